/* SPDX-License-Identifier: MIT */
/* csv.c - see csv.h. Pure: no I/O, no clock, no log. */
#include "product_metadata/csv.h"

#include <string.h>

#include "mcp/utf8.h"

void product_csv_deinit(struct product_csv *csv) {
    mcp_buf_deinit(&csv->room);
}

static bool is_end(const struct product_csv *csv) {
    return csv->now.at >= csv->text.len;
}

/* '\0' at the end; a NUL of the text is found when its field is. */
static char peek(const struct product_csv *csv) {
    if (is_end(csv))
        return '\0';
    return csv->text.ptr[csv->now.at];
}

static void step(struct product_csv *csv) {
    bool ends_line = csv->text.ptr[csv->now.at++] == '\n';
    if (ends_line) {
        csv->now.line++;
        csv->now.start = csv->now.at;
    }
}

/* LF or CRLF. */
static bool take_line_end(struct product_csv *csv) {
    size_t next = csv->now.at + 1;
    if (peek(csv) == '\r' && next < csv->text.len && csv->text.ptr[next] == '\n')
        csv->now.at = next;
    if (peek(csv) != '\n')
        return false;
    step(csv);
    return true;
}

static struct mcp_place place_of(struct product_csv_mark mark) {
    return (struct mcp_place){mark.line + 1, mark.at - mark.start + 1};
}

/* The field that begins at `from` is at fault: go on in the next line. */
static enum mcp_code refuse(struct product_csv *csv, struct product_csv_mark from,
                            enum mcp_code code, const char *what, struct mcp_err *err) {
    struct mcp_place place = place_of(from);
    csv->now = from;
    while (!is_end(csv) && !take_line_end(csv))
        step(csv);
    return mcp_err_at(err, MCP_FAIL(err, code, "%s", what), "%zu:%zu", place.line, place.column);
}

/* Up to the closing quote, which is taken. False: there is none. */
static bool take_quoted(struct product_csv *csv) {
    step(csv);
    while (!is_end(csv) && csv->room.status == MCP_OK) {
        char c = peek(csv);
        step(csv);
        if (c == '"' && peek(csv) != '"')
            return true;
        if (c == '"')
            step(csv);
        mcp_buf_addc(&csv->room, c);
    }
    return false;
}

static bool ends_plain(char c) {
    return c == ',' || c == '"' || c == '\r' || c == '\n';
}

static void take_plain(struct product_csv *csv) {
    size_t from = csv->now.at;
    while (!is_end(csv) && !ends_plain(peek(csv)))
        csv->now.at++;
    mcp_buf_add(&csv->room, (struct mcp_str){csv->text.ptr + from, csv->now.at - from});
}

/* What stands behind a field, or NULL when it may: a comma, a line end, the end. */
static const char *judge_end(const struct product_csv *csv, bool is_quoted) {
    size_t next = csv->now.at + 1;
    char c = peek(csv);
    if (is_end(csv) || c == ',' || c == '\n')
        return NULL;
    if (c == '\r')
        return next < csv->text.len && csv->text.ptr[next] == '\n'
                   ? NULL
                   : "a carriage return without a line feed";
    return is_quoted ? "expected a comma or the end of the line behind the closing quote"
                     : "a quote inside a field: put the field in quotes and double it";
}

static const char *judge_text(const struct product_csv *csv, size_t begin) {
    if (csv->room.len == begin)
        return NULL;
    struct mcp_str text = {csv->room.data + begin, csv->room.len - begin};
    if (memchr(text.ptr, '\0', text.len) != NULL)
        return "a NUL byte";
    return mcp_utf8_valid_prefix(text) < text.len ? "invalid UTF-8" : NULL;
}

static enum mcp_code check_bounds(struct product_csv *csv, struct product_csv_mark from,
                                  size_t begin, struct mcp_err *err) {
    if (csv->room.status == MCP_E_NOMEM)
        return mcp_buf_finish(&csv->room, err);
    if (csv->room.status != MCP_OK)
        return refuse(csv, from, MCP_E_LIMIT, "a row of more than 1048576 bytes", err);
    if (csv->room.len - begin > PRODUCT_CSV_MAX_FIELD_BYTES)
        return refuse(csv, from, MCP_E_LIMIT, "a field of more than 65536 bytes", err);
    if (csv->count == PRODUCT_CSV_MAX_FIELDS)
        return refuse(csv, from, MCP_E_LIMIT, "more than 256 fields", err);
    return MCP_OK;
}

static enum mcp_code take_field(struct product_csv *csv, struct mcp_err *err) {
    const struct product_csv_mark from = csv->now;
    size_t begin = csv->room.len;
    bool is_quoted = peek(csv) == '"';
    bool is_closed = true;
    if (is_quoted)
        is_closed = take_quoted(csv);
    else
        take_plain(csv);
    MCP_TRY(check_bounds(csv, from, begin, err));
    const char *what = is_closed ? judge_end(csv, is_quoted) : "the quote is not closed";
    if (what == NULL)
        what = judge_text(csv, begin);
    if (what != NULL)
        return refuse(csv, from, MCP_E_SYNTAX, what, err);
    csv->fields[csv->count].place = place_of(from);
    csv->ends[csv->count++] = csv->room.len;
    return MCP_OK;
}

/* The fields' texts, once the room does not move any more. */
static void settle(struct product_csv *csv, struct product_csv_row *out_row) {
    size_t begin = 0;
    for (size_t i = 0; i < csv->count; i++) {
        csv->fields[i].text = MCP_STR(""); /* there may be no room at all */
        if (csv->ends[i] > begin)
            csv->fields[i].text = (struct mcp_str){csv->room.data + begin, csv->ends[i] - begin};
        begin = csv->ends[i];
    }
    *out_row = (struct product_csv_row){csv->fields, csv->count};
}

static void begin_row(struct product_csv *csv) {
    static const char mark[] = "\xEF\xBB\xBF";
    if (csv->now.at == 0 && csv->text.len >= 3 && memcmp(csv->text.ptr, mark, 3) == 0)
        csv->now = (struct product_csv_mark){.at = 3, .start = 3};
    while (take_line_end(csv)) {
    }
    mcp_buf_clear(&csv->room);
    csv->room.max = PRODUCT_CSV_MAX_ROW_BYTES;
    csv->count = 0;
}

enum mcp_code product_csv_next(struct product_csv *csv, struct product_csv_row *out_row,
                               struct mcp_err *err) {
    begin_row(csv);
    for (bool more = !is_end(csv); more;) {
        MCP_TRY(take_field(csv, err));
        more = peek(csv) == ',';
        if (more)
            step(csv);
    }
    (void)take_line_end(csv);
    settle(csv, out_row);
    return MCP_OK;
}
