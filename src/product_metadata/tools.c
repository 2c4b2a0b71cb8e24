/* SPDX-License-Identifier: MIT */
/* tools.c - see tools.h. Pure: no I/O, no clock, no log. */
#include "product_metadata/tools.h"

#include "product_metadata/embedded.h"
#include "product_metadata/tool_answer.h"

typedef enum mcp_code(answer_fn)(const struct product_names *names, const json_t *arguments,
                                 struct mcp_buf *out, struct mcp_err *err);

/* The same JSON as text and as structured content. */
static enum mcp_code give(struct mcp_str body, struct mcp_result *result, struct mcp_err *err) {
    MCP_AUTO(mcp_blob_unrefp) struct mcp_blob *encoded = mcp_blob_new(body);
    if (encoded == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    MCP_TRY(mcp_result_take(
        result,
        json_pack("{s:[{s:s, s:s%}]}", "content", "type", "text", "text", body.ptr, body.len),
        err));
    mcp_result_set_encoded(result, "structuredContent", encoded);
    return MCP_OK;
}

static enum mcp_code run(answer_fn *answer, struct product_store *store, const json_t *arguments,
                         struct mcp_result *result, struct mcp_err *err) {
    MCP_AUTO(product_snapshot_unrefp) struct product_snapshot *snapshot = product_store_get(store);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf body = MCP_BUF_INIT(PRODUCT_ANSWER_MAX_BYTES);
    if (snapshot == NULL)
        return MCP_FAIL(err, MCP_E_STATE, "no metadata is loaded");
    const struct product_names names = {.model = product_snapshot_model(snapshot),
                                        .index = product_snapshot_terms(snapshot)};
    MCP_TRY(answer(&names, arguments, &body, err));
    return give(mcp_buf_view(&body), result, err);
}

static enum mcp_code resolve_terms(struct mcp_call *call, const json_t *arguments,
                                   struct mcp_result *result, void *user, struct mcp_err *err) {
    (void)call;
    return run(product_answer_resolve, user, arguments, result, err);
}

static enum mcp_code lookup_product(struct mcp_call *call, const json_t *arguments,
                                    struct mcp_result *result, void *user, struct mcp_err *err) {
    (void)call;
    return run(product_answer_lookup, user, arguments, result, err);
}

enum mcp_code product_tools_add(struct mcp_server *server, struct product_store *store,
                                struct mcp_err *err) {
    const struct mcp_tool tools[] = {
        {.name = "resolve_terms",
         .title = "Find out what terms mean",
         .description = "For each word of a question, the products and column mappings it can "
                        "mean, the best first, with the database columns and values or the SQL to "
                        "use. Tolerates case, typos and beginnings of names.",
         .input_schema = product_resolve_terms_input,
         .output_schema = product_resolve_terms_output,
         .where = MCP_ON_WORKER, /* milliseconds at the worst, for many misspelt terms */
         .run = resolve_terms},
        {.name = "lookup_product",
         .title = "Show one product",
         .description = "All that is known of one product, by its key or another name that only it "
                        "has: ids, aliases, database references, categories.",
         .input_schema = product_lookup_product_input,
         .output_schema = product_lookup_product_output,
         .where = MCP_INLINE,
         .run = lookup_product},
    };
    for (size_t i = 0; i < MCP_COUNT(tools); i++) {
        struct mcp_tool tool = tools[i];
        tool.hints = MCP_HINT_READ_ONLY | MCP_HINT_IDEMPOTENT;
        tool.user = store;
        MCP_TRY(mcp_server_add_tool(server, &tool, err));
    }
    return MCP_OK;
}
