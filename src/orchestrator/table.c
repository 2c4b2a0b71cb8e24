/* SPDX-License-Identifier: MIT */
/* table.c - see table.h. Pure: no I/O, no clock, no log. */
#include "orchestrator/table.h"

#include "mcp/utf8.h"

enum { GAP = 2, MAX_COLUMNS = 16, MIN_CUT = 8, MAX_CELL_BYTES = 65536 };

struct range {
    uint32_t first;
    uint32_t last;
};

static bool is_in(uint32_t point, const struct range *ranges, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (point >= ranges[i].first && point <= ranges[i].last)
            return true;
    return false;
}

static size_t cells_of(uint32_t point) {
    static const struct range none[] = {
        {0x0300, 0x036f}, {0x200b, 0x200f}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}};
    static const struct range two[] = {{0x1100, 0x115f},   {0x2e80, 0x303e},  {0x3041, 0xa4cf},
                                       {0xac00, 0xd7a3},   {0xf900, 0xfaff},  {0xfe30, 0xfe6f},
                                       {0xff00, 0xff60},   {0xffe0, 0xffe6},  {0x1f300, 0x1f64f},
                                       {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};
    if (is_in(point, none, MCP_COUNT(none)))
        return 0;
    return is_in(point, two, MCP_COUNT(two)) ? 2 : 1;
}

size_t orch_text_width(struct mcp_str text) {
    size_t width = 0;
    for (size_t at = 0; at < text.len;)
        width += cells_of(mcp_utf8_next(text, &at));
    return width;
}

static void begin_ink(struct mcp_buf *out, const struct orch_look *look, enum orch_ink ink) {
    static const char *const codes[] = {"", "\033[1m", "\033[32m", "\033[33m", "\033[31m"};
    if (look->has_colour && ink != ORCH_PLAIN)
        mcp_buf_add(out, mcp_str_of(codes[ink]));
}

static void end_ink(struct mcp_buf *out, const struct orch_look *look, enum orch_ink ink) {
    if (look->has_colour && ink != ORCH_PLAIN)
        mcp_buf_add(out, MCP_STR("\033[0m"));
}

void orch_add_text(struct mcp_buf *out, const struct orch_look *look, enum orch_ink ink,
                   const char *text) {
    begin_ink(out, look, ink);
    mcp_utf8_add_printable(out, mcp_str_of(text));
    end_ink(out, look, ink);
}

/* Refusals of memory are remembered by `out` as if it had met them. */
static struct mcp_str shown(const json_t *cell, struct mcp_buf *scratch, struct mcp_buf *out) {
    mcp_buf_clear(scratch);
    mcp_utf8_add_printable(scratch, mcp_json_str(cell));
    if (scratch->status == MCP_E_NOMEM && out->status == MCP_OK)
        out->status = MCP_E_NOMEM;
    return mcp_buf_view(scratch);
}

/* The longest start of `text` that leaves a cell for the mark of a cut. */
static struct mcp_str cut(struct mcp_str text, size_t cells) {
    size_t width = 0;
    size_t end = 0;
    for (size_t at = 0; at < text.len;) {
        width += cells_of(mcp_utf8_next(text, &at));
        if (width + 1 > cells)
            break;
        end = at;
    }
    return (struct mcp_str){text.ptr, end};
}

static size_t fitting(struct mcp_buf *out, struct mcp_str text, size_t cells) {
    size_t width = orch_text_width(text);
    if (width <= cells) {
        mcp_buf_add(out, text);
        return width;
    }
    text = cut(text, cells);
    mcp_buf_add(out, text);
    mcp_buf_add(out, MCP_STR("\xe2\x80\xa6"));
    return orch_text_width(text) + 1;
}

void orch_add_cut(struct mcp_buf *out, const struct orch_look *look, enum orch_ink ink,
                  const char *text) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf scratch = MCP_BUF_INIT(MAX_CELL_BYTES);
    mcp_utf8_add_printable(&scratch, mcp_str_of(text));
    if (scratch.status == MCP_E_NOMEM && out->status == MCP_OK)
        out->status = MCP_E_NOMEM;
    begin_ink(out, look, ink);
    (void)fitting(out, mcp_buf_view(&scratch), look->columns > 0 ? look->columns : SIZE_MAX);
    end_ink(out, look, ink);
}

struct layout {
    size_t widths[MAX_COLUMNS];
    bool is_text[MAX_COLUMNS]; /* something in it is no number */
    size_t count;
};

static size_t total(const struct layout *layout) {
    size_t cells = layout->count > 0 ? (layout->count - 1) * GAP : 0;
    for (size_t c = 0; c < layout->count; c++)
        cells += layout->widths[c];
    return cells;
}

/* Take up to `excess` cells, down to MIN_CUT. */
static void shrink(size_t *width, size_t excess) {
    size_t spare = *width > MIN_CUT ? *width - MIN_CUT : 0;
    *width -= excess < spare ? excess : spare;
}

/* The widest column of text; `count` when none can be cut. */
static size_t widest(const struct layout *layout) {
    size_t found = layout->count;
    for (size_t c = 0; c < layout->count; c++)
        if (layout->is_text[c] && layout->widths[c] > MIN_CUT &&
            (found == layout->count || layout->widths[c] > layout->widths[found]))
            found = c;
    return found;
}

static void fit(struct layout *layout, size_t columns) {
    size_t all = total(layout);
    if (all > columns && layout->count > 0)
        shrink(&layout->widths[layout->count - 1], all - columns);
    for (size_t c = widest(layout); c < layout->count && total(layout) > columns;
         c = widest(layout))
        layout->widths[c]--;
    while (layout->count > 1 && total(layout) > columns)
        layout->count--;
}

static bool is_number(struct mcp_str text) {
    size_t i = 0;
    while (i < text.len && text.ptr[i] >= '0' && text.ptr[i] <= '9')
        i++;
    return i == text.len;
}

static struct layout lay_out(const struct orch_look *look, const json_t *rows,
                             struct mcp_buf *scratch, struct mcp_buf *out) {
    struct layout layout = {.count = json_array_size(json_array_get(rows, 0))};
    if (layout.count > MAX_COLUMNS)
        layout.count = MAX_COLUMNS;
    for (size_t r = 0; r < json_array_size(rows); r++) {
        for (size_t c = 0; c < layout.count; c++) {
            const json_t *cell = json_array_get(json_array_get(rows, r), c);
            struct mcp_str text = shown(cell, scratch, out);
            size_t width = orch_text_width(text);
            if (r > 0 && !is_number(text))
                layout.is_text[c] = true;
            if (width > layout.widths[c])
                layout.widths[c] = width;
        }
    }
    if (look->columns > 0)
        fit(&layout, look->columns);
    return layout;
}

static void add_blanks(struct mcp_buf *out, size_t count) {
    for (; count > 0; count--)
        mcp_buf_addc(out, ' ');
}

static void add_cell(struct mcp_buf *out, const struct layout *layout, size_t column,
                     struct mcp_str text) {
    bool is_last = column + 1 == layout->count;
    size_t cells = layout->widths[column];
    size_t width = orch_text_width(text);
    if (!layout->is_text[column] && !is_last) {
        add_blanks(out, width < cells ? cells - width : 0);
        (void)fitting(out, text, cells);
        add_blanks(out, GAP);
        return;
    }
    width = fitting(out, text, cells);
    add_blanks(out, is_last ? 0 : GAP + cells - width);
}

static void trim(struct mcp_buf *out) {
    while (out->len > 0 && out->data[out->len - 1] == ' ')
        out->data[--out->len] = '\0';
}

void orch_add_table(struct mcp_buf *out, const struct orch_look *look, const json_t *rows) {
    if (json_array_size(rows) < 2)
        return;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf scratch = MCP_BUF_INIT(MAX_CELL_BYTES);
    struct layout layout = lay_out(look, rows, &scratch, out);
    for (size_t r = 0; r < json_array_size(rows); r++) {
        begin_ink(out, look, r == 0 ? ORCH_BOLD : ORCH_PLAIN);
        for (size_t c = 0; c < layout.count; c++)
            add_cell(out, &layout, c,
                     shown(json_array_get(json_array_get(rows, r), c), &scratch, out));
        trim(out);
        end_ink(out, look, r == 0 ? ORCH_BOLD : ORCH_PLAIN);
        mcp_buf_addc(out, '\n');
    }
}
