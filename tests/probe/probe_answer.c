/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/answer.json. */
#include <string.h>

#include "database/answer.h"
#include "mcp/alloc.h"
#include "probe.h"

probe_fn probe_answer;

static enum mcp_code fill_storage(const json_t *in, struct database_reply *reply,
                                  struct mcp_buf *storage, struct mcp_err *err) {
    mcp_buf_add(storage, reply->rows);
    MCP_TRY(mcp_buf_finish(storage, err));
    if (json_is_true(json_object_get(in, "takes")))
        reply->storage = storage;
    return MCP_OK;
}

static enum mcp_code make(const json_t *in, const struct database_reply *reply,
                          struct mcp_result *result, struct mcp_err *err) {
    const char *of = NULL;
    const char *query = "";
    const json_t *body = json_object_get(in, "body");
    MCP_TRY(mcp_json_get_string(in, "of", &of, err));
    MCP_TRY(mcp_json_opt_string(in, "query", &query, err));
    if (strcmp(of, "query") == 0)
        return database_answer_query(reply, query, result, err);
    if (strcmp(of, "validation") == 0)
        return database_answer_validation(reply, result, err);
    if (strcmp(of, "plan") == 0)
        return database_answer_plan(reply, result, err);
    if (strcmp(of, "json") == 0)
        return database_answer_json(body, result, err);
    return database_answer_resource(query, body, result, err);
}

/* The bytes are the product: members, and what their text says. */
enum mcp_code probe_answer(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_result_deinit) struct mcp_result result = {0};
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf storage = MCP_BUF_INIT(1 << 20);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(1 << 20);
    json_t *done MCP_AUTO(mcp_json_decref) = json_incref(json_object_get(in, "done"));
    json_t *value = NULL;
    struct database_reply reply = {.columns = mcp_json_str(json_object_get(in, "columns")),
                                   .rows = mcp_json_str(json_object_get(in, "rows")),
                                   .text = mcp_json_str(json_object_get(in, "text")),
                                   .done = done,
                                   .elapsed_ms = (uint64_t)probe_int(in, "elapsed_ms", 0)};
    MCP_TRY(fill_storage(in, &reply, &storage, err));
    MCP_TRY(make(in, &reply, &result, err));
    MCP_TRY(mcp_result_write(&result, &text, err));
    MCP_TRY(mcp_json_parse(mcp_buf_view(&text), &value, err));
    return probe_give(value, out, err);
}
