/* SPDX-License-Identifier: MIT */
/*
 * in: {"metadata": VALUE, "resolve_terms" or "lookup_product": ARGUMENTS, "max_bytes"?: of the
 * answer; 8388608}. out: the structured content of the answer.
 */
#include "probe_product.h"
#include "product_metadata/tool_answer.h"

probe_fn probe_product_tool_answer;

enum mcp_code probe_product_tool_answer(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(product_model_freep) struct product_model *model = NULL;
    MCP_AUTO(product_term_index_freep) struct product_term_index *index = NULL;
    MCP_AUTO(mcp_buf_deinit)
    struct mcp_buf body =
        MCP_BUF_INIT((size_t)probe_int(in, "max_bytes", PRODUCT_ANSWER_MAX_BYTES));
    const json_t *terms = json_object_get(in, "resolve_terms");
    json_t *answer = NULL;
    MCP_TRY(probe_product_model_of(in, &model, err));
    MCP_TRY(product_term_index_new(model, &index, err));
    const struct product_names names = {.model = model, .index = index};
    if (terms != NULL)
        MCP_TRY(product_answer_resolve(&names, terms, &body, err));
    else
        MCP_TRY(product_answer_lookup(&names, json_object_get(in, "lookup_product"), &body, err));
    MCP_TRY(mcp_json_parse(mcp_buf_view(&body), &answer, err));
    *out = answer;
    return MCP_OK;
}
