/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/stream_queue.json. */
#include <string.h>

#include "listen/stream_queue.h"
#include "probe.h"

#define MAX_READ 4096

probe_fn probe_stream_queue;

static enum mcp_code push(struct mcp_stream_queue *queue, const json_t *op, bool is_kept,
                          json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf bytes = MCP_BUF_INIT(1 << 20);
    MCP_TRY(probe_bytes(json_array_get(op, 1), &bytes, err));
    MCP_AUTO(mcp_blob_unrefp) struct mcp_blob *event = mcp_blob_new(mcp_buf_view(&bytes));
    if (event == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    struct mcp_err refused = {0};
    enum mcp_code code = is_kept ? mcp_stream_queue_push_kept(queue, event, &refused)
                                 : mcp_stream_queue_push(queue, event, &refused);
    if (code == MCP_E_NOMEM)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    return probe_give(json_string(code == MCP_OK ? "OK" : mcp_code_name(code)), out, err);
}

static enum mcp_code run_op(struct mcp_stream_queue *queue, const json_t *op, json_t **out,
                            struct mcp_err *err) {
    const char *name = json_string_value(json_array_get(op, 0));
    if (strcmp(name, "push") == 0 || strcmp(name, "push_kept") == 0)
        return push(queue, op, strcmp(name, "push_kept") == 0, out, err);
    if (strcmp(name, "read") == 0) {
        char bytes[MAX_READ];
        size_t max = (size_t)json_integer_value(json_array_get(op, 1));
        size_t len = mcp_stream_queue_read(queue, bytes, max < MAX_READ ? max : MAX_READ);
        return probe_give(probe_text((struct mcp_str){bytes, len}), out, err);
    }
    if (strcmp(name, "state") == 0)
        return probe_give(json_pack("[I, I]", (json_int_t)queue->count, (json_int_t)queue->bytes),
                          out, err);
    mcp_stream_queue_clear(queue);
    return probe_give(json_null(), out, err);
}

enum mcp_code probe_stream_queue(const json_t *in, json_t **out, struct mcp_err *err) {
    json_auto_t *results = json_array();
    if (results == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    const json_t *ops = json_object_get(in, "ops");
    MCP_AUTO(mcp_stream_queue_deinit) struct mcp_stream_queue queue;
    mcp_stream_queue_init(&queue, (size_t)probe_int(in, "max_bytes", 100),
                          (size_t)probe_int(in, "max_events", 10));
    for (size_t i = 0; i < json_array_size(ops); i++) {
        json_t *result = NULL;
        MCP_TRY(run_op(&queue, json_array_get(ops, i), &result, err));
        if (json_array_append_new(results, result) != 0)
            return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    }
    *out = MCP_TAKE(results);
    return MCP_OK;
}
