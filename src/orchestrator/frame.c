/* SPDX-License-Identifier: MIT */
/* frame.c - see frame.h. Pure: no I/O, no clock, no log. */
#include "orchestrator/frame.h"

#include <string.h>

#include "mcp/alloc.h"

enum { MAX_LINE_BYTES = 8192 };

static const char *text_at(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static void add_line(struct mcp_buf *out, const struct orch_look *look, enum orch_ink ink,
                     const struct mcp_buf *line) {
    if (line->status == MCP_E_NOMEM && out->status == MCP_OK)
        out->status = MCP_E_NOMEM;
    orch_add_cut(out, look, ink, line->data != NULL ? line->data : "");
    mcp_buf_addc(out, '\n');
}

static void add_change(struct mcp_buf *line, const json_t *changes, const char *key) {
    size_t count = json_array_size(json_object_get(changes, key));
    if (count > 0)
        mcp_buf_addf(line, ", %zu %s", count, key);
}

static void add_reload(struct mcp_buf *out, const struct orch_look *look, const json_t *reload) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf line = MCP_BUF_INIT(MAX_LINE_BYTES);
    const json_t *changes = json_object_get(reload, "changes");
    const char *why = text_at(reload, "error");
    mcp_buf_addf(&line, "read again %s", text_at(reload, "at"));
    if (why[0] != '\0') {
        mcp_buf_addf(&line, ": %s: the running configuration stays", why);
        add_line(out, look, ORCH_RED, &line);
        return;
    }
    add_change(&line, changes, "added");
    add_change(&line, changes, "removed");
    add_change(&line, changes, "reconnected");
    add_change(&line, changes, "updated");
    mcp_buf_addf(&line, ", %lld kept",
                 (long long)json_integer_value(json_object_get(changes, "kept")));
    add_line(out, look, ORCH_PLAIN, &line);
}

void orch_frame_add_head(struct mcp_buf *out, const struct orch_look *look,
                         const struct orch_frame *frame) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf line = MCP_BUF_INIT(MAX_LINE_BYTES);
    mcp_buf_addf(&line, "%s  every %llu s  %s", frame->now, (unsigned long long)frame->interval_s,
                 frame->config);
    add_line(out, look, ORCH_BOLD, &line);
    if (frame->reload != NULL)
        add_reload(out, look, frame->reload);
}

static size_t count_lines(struct mcp_str text) {
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += text.ptr[i] == '\n';
    return count;
}

void orch_frame_add_in_place(struct mcp_buf *out, struct mcp_str text, size_t lines) {
    size_t count = count_lines(text);
    size_t room = lines > 1 ? lines - 1 : 1; /* the cursor stands below the last one */
    size_t shown = count > room ? room - 1 : count;
    mcp_buf_add(out, MCP_STR("\033[H")); /* written over, not cleared: it would flicker */
    for (size_t i = 0, at = 0; i < shown; i++) {
        const char *end = memchr(text.ptr + at, '\n', text.len - at);
        size_t len = (size_t)(end - (text.ptr + at));
        mcp_buf_add(out, (struct mcp_str){text.ptr + at, len});
        mcp_buf_add(out, MCP_STR("\033[K\n"));
        at += len + 1;
    }
    if (count > shown)
        mcp_buf_addf(out, "(%zu more lines)\033[K\n", count - shown);
    mcp_buf_add(out, MCP_STR("\033[J"));
}
