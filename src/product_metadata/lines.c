/* SPDX-License-Identifier: MIT */
/* lines.c - see lines.h. Pure: no I/O, no clock, no log. */
#include "product_metadata/lines.h"

#include <string.h>

#include "mcp/alloc.h"

/* Step over the line ends in [from, to). */
static void advance(struct product_line_mark *mark, struct mcp_str text, size_t from, size_t to) {
    while (from < to) {
        const char *end = memchr(text.ptr + from, '\n', to - from);
        if (end == NULL)
            return;
        from = (size_t)(end - text.ptr) + 1;
        *mark = (struct product_line_mark){mark->line + 1, from};
    }
}

enum mcp_code product_lines_init(struct mcp_str text, struct product_lines *out_lines,
                                 struct mcp_err *err) {
    size_t count = text.len / PRODUCT_LINES_STEP + 1;
    struct product_line_mark *marks = mcp_alloc(count * sizeof *marks);
    if (marks == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    struct product_line_mark mark = {.line = 1};
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            advance(&mark, text, (i - 1) * PRODUCT_LINES_STEP, i * PRODUCT_LINES_STEP);
        marks[i] = mark;
    }
    *out_lines = (struct product_lines){.marks = marks, .count = count};
    return MCP_OK;
}

void product_lines_deinit(struct product_lines *lines) {
    mcp_free(lines->marks);
    *lines = (struct product_lines){0};
}

struct mcp_place product_lines_find(const struct product_lines *lines, struct mcp_str text,
                                    size_t at) {
    struct product_line_mark mark = {.line = 1};
    size_t from = 0;
    if (lines->count > 0) {
        size_t step = at / PRODUCT_LINES_STEP;
        mark = lines->marks[step];
        from = step * PRODUCT_LINES_STEP;
    }
    advance(&mark, text, from, at);
    return (struct mcp_place){mark.line, at - mark.start + 1};
}
