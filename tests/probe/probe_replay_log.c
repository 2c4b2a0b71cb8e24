/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/replay_log.json. */
#include <string.h>

#include "listen/replay_log.h"
#include "probe.h"

probe_fn probe_replay_log;

static json_t *code_text(enum mcp_code code) {
    return json_string(code == MCP_OK ? "OK" : mcp_code_name(code));
}

static uint64_t number(const json_t *op, size_t index) {
    return (uint64_t)json_integer_value(json_array_get(op, index));
}

static enum mcp_code add(struct mcp_replay_log *log, const json_t *op, json_t **out,
                         struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf bytes = MCP_BUF_INIT(1 << 20);
    MCP_TRY(probe_bytes(json_array_get(op, 3), &bytes, err));
    MCP_AUTO(mcp_blob_unrefp) struct mcp_blob *event = mcp_blob_new(mcp_buf_view(&bytes));
    if (event == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    const struct mcp_event_id id = {number(op, 1), number(op, 2)};
    return probe_give(code_text(mcp_replay_log_add(log, id, event, NULL)), out, err);
}

static enum mcp_code copy(const struct mcp_replay_log *log, const json_t *op, json_t **out,
                          struct mcp_err *err) {
    MCP_AUTO(mcp_stream_queue_deinit) struct mcp_stream_queue queue;
    mcp_stream_queue_init(&queue, 1, 1);
    const struct mcp_event_id last = {number(op, 1), number(op, 2)};
    enum mcp_code code = mcp_replay_log_copy(log, last, &queue, NULL);
    if (code == MCP_E_NOMEM)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    if (code != MCP_OK)
        return probe_give(code_text(code), out, err);
    char bytes[4096];
    size_t len = mcp_stream_queue_read(&queue, bytes, sizeof bytes);
    return probe_give(probe_text((struct mcp_str){bytes, len}), out, err);
}

static enum mcp_code event_id(const json_t *op, json_t **out, struct mcp_err *err) {
    struct mcp_event_id id;
    if (!mcp_event_id_read(mcp_json_str(json_array_get(op, 1)), &id))
        return probe_give(json_null(), out, err);
    return probe_give(json_pack("[I, I]", (json_int_t)id.stream, (json_int_t)id.sequence), out,
                      err);
}

static enum mcp_code open_stream(struct mcp_replay_log *log, const json_t *op, json_t **out,
                                 struct mcp_err *err) {
    MCP_TRY(mcp_replay_log_open(log, number(op, 1), log, err));
    return probe_give(json_string("OK"), out, err);
}

/* Operations that cannot fail. */
static json_t *ask(struct mcp_replay_log *log, const json_t *op, const char *name) {
    char text[MCP_EVENT_ID_BYTES];
    if (strcmp(name, "owned") == 0)
        return json_boolean(mcp_replay_log_owner(log, number(op, 1)) != NULL);
    if (strcmp(name, "drop") == 0)
        return json_boolean(mcp_replay_log_drop_oldest(log));
    if (strcmp(name, "bytes") == 0)
        return json_integer((json_int_t)mcp_replay_log_bytes(log));
    if (strcmp(name, "text") == 0) {
        mcp_event_id_write((struct mcp_event_id){number(op, 1), number(op, 2)}, text);
        return json_string(text);
    }
    mcp_replay_log_close(log, number(op, 1));
    return json_null();
}

static enum mcp_code run_op(struct mcp_replay_log *log, const json_t *op, json_t **out,
                            struct mcp_err *err) {
    const char *name = json_string_value(json_array_get(op, 0));
    if (strcmp(name, "open") == 0)
        return open_stream(log, op, out, err);
    if (strcmp(name, "add") == 0)
        return add(log, op, out, err);
    if (strcmp(name, "copy") == 0)
        return copy(log, op, out, err);
    if (strcmp(name, "id") == 0)
        return event_id(op, out, err);
    return probe_give(ask(log, op, name), out, err);
}

enum mcp_code probe_replay_log(const json_t *in, json_t **out, struct mcp_err *err) {
    json_auto_t *results = json_array();
    if (results == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    const json_t *ops = json_object_get(in, "ops");
    MCP_AUTO(mcp_replay_log_freep) struct mcp_replay_log *log = NULL;
    MCP_TRY(mcp_replay_log_new((size_t)probe_int(in, "max_bytes", 100),
                               (size_t)probe_int(in, "max_events", 10), &log, err));
    for (size_t i = 0; i < json_array_size(ops); i++) {
        json_t *result = NULL;
        MCP_TRY(run_op(log, json_array_get(ops, i), &result, err));
        if (json_array_append_new(results, result) != 0)
            return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    }
    *out = MCP_TAKE(results);
    return MCP_OK;
}
