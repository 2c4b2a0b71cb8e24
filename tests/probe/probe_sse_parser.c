/* SPDX-License-Identifier: MIT */
/* in: {"bytes": B, "limit"?: N}; out: the events. Fed whole, then one byte at a time: same result.
 */
#include "mcp/sse_parser.h"
#include "probe.h"

probe_fn probe_sse_parser;

static enum mcp_code record(const struct mcp_sse_event *event, void *user, struct mcp_err *err) {
    json_t *entry =
        json_pack("{s:s%, s:s%, s:s%}", "type", event->type.ptr, event->type.len, "data",
                  event->data.ptr, event->data.len, "id", event->id.ptr, event->id.len);
    if (entry == NULL || json_array_append_new(user, entry) != 0)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    return MCP_OK;
}

/* Feed `in` in pieces of `step` bytes; *out_events is a new array, NULL on failure. */
static enum mcp_code parse(struct mcp_str in, size_t step, size_t limit, json_t **out_events,
                           struct mcp_err *err) {
    json_auto_t *events = json_array();
    if (events == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    MCP_AUTO(mcp_sse_parser_deinit) struct mcp_sse_parser parser;
    mcp_sse_parser_init(&parser, limit, record, events);
    for (size_t at = 0; at < in.len; at += step) {
        size_t len = in.len - at < step ? in.len - at : step;
        MCP_TRY(mcp_sse_parser_feed(&parser, (struct mcp_str){in.ptr + at, len}, err));
    }
    *out_events = MCP_TAKE(events);
    return MCP_OK;
}

enum mcp_code probe_sse_parser(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf bytes = MCP_BUF_INIT(1 << 24);
    MCP_TRY(probe_bytes(json_object_get(in, "bytes"), &bytes, err));
    size_t limit = (size_t)probe_int(in, "limit", 4096);
    json_auto_t *whole = NULL;
    json_auto_t *pieces = NULL;
    struct mcp_err pieces_err = {0};
    enum mcp_code one = parse(mcp_buf_view(&bytes), bytes.len + 1, limit, &whole, err);
    enum mcp_code two = parse(mcp_buf_view(&bytes), 1, limit, &pieces, &pieces_err);
    if (one != two || !(one != MCP_OK || json_equal(whole, pieces)))
        return MCP_FAIL(err, MCP_E_BUG, "the split changed the result");
    if (one == MCP_OK)
        *out = MCP_TAKE(whole);
    return one;
}
