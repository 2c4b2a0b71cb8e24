/* SPDX-License-Identifier: MIT */
/* line_framer.c - see mcp/line_framer.h. Pure: no I/O, no clock, no log. */
#include "mcp/line_framer.h"

#include <string.h>

/* What one feed met besides lines it could deliver. */
struct trouble {
    bool too_long;
    bool no_memory;
};

/* The buffer has room for a CR that will turn out to belong to the line end. */
static size_t max_line(const struct mcp_line_framer *framer) {
    return framer->partial.max - 1;
}

static struct mcp_str without_cr(struct mcp_str line) {
    if (line.len > 0 && line.ptr[line.len - 1] == '\r')
        line.len--;
    return line;
}

static void skip_line(struct mcp_line_framer *framer, struct trouble *trouble) {
    if (framer->partial.status == MCP_E_NOMEM)
        trouble->no_memory = true;
    else
        trouble->too_long = true;
    framer->skipped += framer->partial.status == MCP_E_NOMEM ? 0 : 1;
    framer->skipping = true;
    mcp_buf_clear(&framer->partial);
}

/* Keep the start of a line whose end has not come yet. */
static void keep(struct mcp_line_framer *framer, struct mcp_str bytes, struct trouble *trouble) {
    if (framer->skipping || bytes.len == 0)
        return;
    mcp_buf_add(&framer->partial, bytes);
    struct mcp_str line = without_cr(mcp_buf_view(&framer->partial));
    if (framer->partial.status != MCP_OK || line.len > max_line(framer))
        skip_line(framer, trouble);
}

static enum mcp_code deliver(struct mcp_line_framer *framer, struct mcp_str line,
                             struct trouble *trouble, struct mcp_err *err) {
    line = without_cr(line);
    if (line.len == 0)
        return MCP_OK;
    if (line.len > max_line(framer)) {
        framer->skipped++;
        trouble->too_long = true;
        return MCP_OK;
    }
    return framer->on_line(line, framer->user, err);
}

/* `tail` is what this feed adds to the line, up to its LF. */
static enum mcp_code finish_line(struct mcp_line_framer *framer, struct mcp_str tail,
                                 struct trouble *trouble, struct mcp_err *err) {
    if (!framer->skipping && framer->partial.len == 0)
        return deliver(framer, tail, trouble, err);
    keep(framer, tail, trouble);
    enum mcp_code code = MCP_OK;
    if (!framer->skipping)
        code = deliver(framer, mcp_buf_view(&framer->partial), trouble, err);
    framer->skipping = false;
    mcp_buf_clear(&framer->partial);
    return code;
}

static enum mcp_code report(const struct mcp_line_framer *framer, const struct trouble *trouble,
                            struct mcp_err *err) {
    if (trouble->too_long)
        return MCP_FAIL(err, MCP_E_LIMIT, "line with more than %zu bytes", max_line(framer));
    if (trouble->no_memory)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    return MCP_OK;
}

void mcp_line_framer_init(struct mcp_line_framer *framer, size_t max_line_bytes,
                          mcp_line_fn *on_line, void *user) {
    *framer = (struct mcp_line_framer){
        .partial = MCP_BUF_INIT(max_line_bytes + 1), .on_line = on_line, .user = user};
}

void mcp_line_framer_deinit(struct mcp_line_framer *framer) {
    mcp_buf_deinit(&framer->partial);
}

enum mcp_code mcp_line_framer_feed(struct mcp_line_framer *framer, struct mcp_str bytes,
                                   struct mcp_err *err) {
    struct trouble trouble = {0};
    size_t at = 0;
    while (at < bytes.len) {
        const char *start = bytes.ptr + at;
        const char *lf = memchr(start, '\n', bytes.len - at);
        if (lf == NULL) {
            keep(framer, (struct mcp_str){start, bytes.len - at}, &trouble);
            break;
        }
        struct mcp_str tail = {start, (size_t)(lf - start)};
        MCP_TRY(finish_line(framer, tail, &trouble, err));
        at += tail.len + 1;
    }
    return report(framer, &trouble, err);
}

enum mcp_code mcp_line_framer_end(struct mcp_line_framer *framer, struct mcp_err *err) {
    struct trouble trouble = {0};
    MCP_TRY(finish_line(framer, MCP_STR(""), &trouble, err));
    return report(framer, &trouble, err);
}
