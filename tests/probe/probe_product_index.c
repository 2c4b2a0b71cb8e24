/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/product_index.json. */
#include <stdio.h>

#include "probe_product.h"
#include "product_metadata/index.h"

probe_fn probe_product_index;

static enum mcp_code add_match(json_t *matches, const struct product_term *term,
                               struct mcp_err *err) {
    char text[256];
    int len = snprintf(text, sizeof text, "%s %.*s", product_term_kind_name(term->kind),
                       (int)term->item->key.len, term->item->key.ptr);
    if (term->kind == PRODUCT_TERM_ALIAS)
        (void)snprintf(text + len, sizeof text - (size_t)len, " %zu", term->position);
    return probe_append(matches, json_string(text), err);
}

static enum mcp_code find(const struct product_index *index, const json_t *text, json_t *out,
                          struct mcp_err *err) {
    const struct product_term *first = NULL;
    size_t count = 0;
    json_t *matches = json_array();
    MCP_TRY(probe_append(out, matches, err));
    MCP_TRY(product_index_find(index, mcp_json_str(text), &first, &count, err));
    for (size_t i = 0; i < count; i++)
        MCP_TRY(add_match(matches, &first[i], err));
    return MCP_OK;
}

static enum mcp_code find_all(const json_t *in, json_t *answers, struct mcp_err *err) {
    MCP_AUTO(product_model_freep) struct product_model *model = NULL;
    MCP_AUTO(product_index_freep) struct product_index *index = NULL;
    const json_t *texts = json_object_get(in, "find");
    MCP_TRY(probe_product_model_of(in, &model, err));
    MCP_TRY(product_index_new(model, &index, err));
    for (size_t i = 0; i < json_array_size(texts); i++)
        MCP_TRY(find(index, json_array_get(texts, i), answers, err));
    return MCP_OK;
}

enum mcp_code probe_product_index(const json_t *in, json_t **out, struct mcp_err *err) {
    json_auto_t *answers = json_array();
    if (answers == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    MCP_TRY(find_all(in, answers, err));
    *out = MCP_TAKE(answers);
    return MCP_OK;
}
