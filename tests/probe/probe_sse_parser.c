/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/sse_parser.json. */
#include "mcp/sse_parser.h"
#include "probe.h"

probe_fn probe_sse_parser;

struct sink {
    json_t *events;
    const char *stop_at;
};

static enum mcp_code append(json_t *list, json_t *entry, struct mcp_err *err) {
    if (entry == NULL || json_array_append_new(list, entry) != 0)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    return MCP_OK;
}

static enum mcp_code record(const struct mcp_sse_event *event, void *user, struct mcp_err *err) {
    struct sink *sink = user;
    if (sink->stop_at != NULL && mcp_str_equal(event->data, mcp_str_of(sink->stop_at)))
        return MCP_FAIL(err, MCP_E_CANCELLED, "stopped");
    return append(sink->events,
                  json_pack("{s:o, s:o, s:o}", "type", probe_text(event->type), "data",
                            probe_text(event->data), "id", probe_text(event->id)),
                  err);
}

/* Feed `first` bytes, then pieces of `step` bytes; *out_events is a new array, NULL on failure. */
static enum mcp_code parse(const json_t *in, struct mcp_str bytes, size_t first, size_t step,
                           json_t **out_events, struct mcp_err *err) {
    json_auto_t *events = json_array();
    if (events == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    struct sink sink = {events, json_string_value(json_object_get(in, "stop_at"))};
    MCP_AUTO(mcp_sse_parser_deinit) struct mcp_sse_parser parser;
    mcp_sse_parser_init(&parser, (size_t)probe_int(in, "limit", 4096), record, &sink);
    MCP_TRY(mcp_sse_parser_feed(&parser, (struct mcp_str){bytes.ptr, first}, err));
    for (size_t at = first; at < bytes.len; at += step) {
        size_t len = bytes.len - at < step ? bytes.len - at : step;
        MCP_TRY(mcp_sse_parser_feed(&parser, (struct mcp_str){bytes.ptr + at, len}, err));
    }
    if (parser.retry_ms >= 0)
        MCP_TRY(append(events, json_pack("{s:I}", "retry_ms", (json_int_t)parser.retry_ms), err));
    *out_events = MCP_TAKE(events);
    return MCP_OK;
}

static enum mcp_code compare(const json_t *in, struct mcp_str bytes, size_t first, size_t step,
                             const json_t *whole, enum mcp_code one) {
    json_auto_t *pieces = NULL;
    enum mcp_code two = parse(in, bytes, first, step, &pieces, NULL);
    if (two == MCP_E_NOMEM)
        return two;
    return one == two && (one != MCP_OK || json_equal(whole, pieces)) ? MCP_OK : MCP_E_BUG;
}

enum mcp_code probe_sse_parser(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(1 << 24);
    MCP_TRY(probe_bytes(json_object_get(in, "bytes"), &text, err));
    struct mcp_str bytes = mcp_buf_view(&text);
    json_auto_t *whole = NULL;
    enum mcp_code one = parse(in, bytes, bytes.len, 1, &whole, err);
    if (one == MCP_E_NOMEM)
        return one;
    enum mcp_code same = compare(in, bytes, 0, 1, whole, one);
    for (size_t first = 0; same == MCP_OK && first < bytes.len && bytes.len < 1000; first++)
        same = compare(in, bytes, first, bytes.len, whole, one);
    if (same != MCP_OK)
        return MCP_FAIL(err, same, "the split changed the result");
    if (one == MCP_OK)
        *out = MCP_TAKE(whole);
    return one;
}
