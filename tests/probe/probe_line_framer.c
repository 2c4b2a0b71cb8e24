/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/line_framer.json. */
#include "mcp/line_framer.h"
#include "probe.h"

probe_fn probe_line_framer;

struct sink {
    json_t *log;
    const char *stop_at;
};

static enum mcp_code append(json_t *log, json_t *entry, struct mcp_err *err) {
    if (entry == NULL || json_array_append_new(log, entry) != 0)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    return MCP_OK;
}

static enum mcp_code on_line(struct mcp_str line, void *user, struct mcp_err *err) {
    struct sink *sink = user;
    if (sink->stop_at != NULL && mcp_str_equal(line, mcp_str_of(sink->stop_at)))
        return MCP_FAIL(err, MCP_E_CANCELLED, "stopped");
    return append(sink->log, probe_text(line), err);
}

/* A feed that skipped a line is logged and the stream goes on; other failures end it. */
static enum mcp_code note(struct mcp_line_framer *framer, enum mcp_code code, json_t *log,
                          struct mcp_err *failed, struct mcp_err *err) {
    if (code == MCP_OK)
        return MCP_OK;
    if (code != MCP_E_LIMIT) {
        *err = *failed;
        return code;
    }
    return append(log,
                  json_pack("{s:s, s:I}", "refused", mcp_code_name(code), "skipped",
                            (json_int_t)framer->skipped),
                  err);
}

/* Feed one case value, whole or byte by byte. */
static enum mcp_code feed(struct mcp_line_framer *framer, const json_t *piece, bool one_by_one,
                          json_t *log, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf bytes = MCP_BUF_INIT(1 << 20);
    MCP_TRY(probe_bytes(piece, &bytes, err));
    struct mcp_str all = mcp_buf_view(&bytes);
    size_t step = one_by_one ? 1 : all.len + 1;
    for (size_t at = 0; at < all.len; at += step) {
        struct mcp_str part = {all.ptr + at, all.len - at < step ? all.len - at : step};
        struct mcp_err failed = {0};
        enum mcp_code code = mcp_line_framer_feed(framer, part, &failed);
        MCP_TRY(note(framer, code, log, &failed, err));
    }
    return MCP_OK;
}

static enum mcp_code end(struct mcp_line_framer *framer, const json_t *in, json_t *log,
                         struct mcp_err *err) {
    struct mcp_err failed = {0};
    if (json_is_false(json_object_get(in, "end")))
        return MCP_OK;
    return note(framer, mcp_line_framer_end(framer, &failed), log, &failed, err);
}

static enum mcp_code run(const json_t *in, bool one_by_one, json_t **out, struct mcp_err *err) {
    json_auto_t *log = json_array();
    if (log == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    struct sink sink = {log, json_string_value(json_object_get(in, "stop_at"))};
    const json_t *pieces = json_object_get(in, "feed");
    MCP_AUTO(mcp_line_framer_deinit) struct mcp_line_framer framer;
    mcp_line_framer_init(&framer, (size_t)probe_int(in, "limit", 64), on_line, &sink);
    for (size_t i = 0; i < json_array_size(pieces); i++)
        MCP_TRY(feed(&framer, json_array_get(pieces, i), one_by_one, log, err));
    MCP_TRY(end(&framer, in, log, err));
    *out = MCP_TAKE(log);
    return MCP_OK;
}

/* The lines alone: when a refusal is reported depends on the split. */
static json_t *lines_of(const json_t *log) {
    json_t *lines = json_array();
    for (size_t i = 0; i < json_array_size(log); i++)
        if (json_object_get(json_array_get(log, i), "refused") == NULL)
            (void)json_array_append(lines, json_array_get(log, i));
    return lines;
}

enum mcp_code probe_line_framer(const json_t *in, json_t **out, struct mcp_err *err) {
    json_auto_t *whole = NULL;
    json_auto_t *pieces = NULL;
    MCP_TRY(run(in, false, &whole, err));
    MCP_TRY(run(in, true, &pieces, err));
    json_auto_t *whole_lines = lines_of(whole);
    json_auto_t *pieces_lines = lines_of(pieces);
    if (whole_lines == NULL || pieces_lines == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    if (!json_equal(whole_lines, pieces_lines))
        return MCP_FAIL(err, MCP_E_BUG, "the split changed the lines");
    *out = MCP_TAKE(whole);
    return MCP_OK;
}
