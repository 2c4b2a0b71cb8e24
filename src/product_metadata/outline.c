/* SPDX-License-Identifier: MIT */
/* outline.c - see outline.h. Pure: no I/O, no clock, no log. */
#include "product_metadata/outline.h"

#include <assert.h>
#include <string.h>

#include "json/text_scan.h"
#include "mcp/alloc.h"
#include "mcp/utf8.h"

enum { FIRST_ROOM = 64, MAX_NAME_BYTES = 64, SEEN_BEYOND = 64 };

/* The walk, and what the parser would have read before the step under way. */
struct walk {
    struct mcp_text_scan scan;
    const char *before; /* an object up to `from`, made short */
    size_t from;
    struct mcp_err *err;
};

const char *product_part_name(enum product_part part) {
    static const char *const names[] = {"product_aliases", "column_mappings"};
    return names[part];
}

/* The parser's own words for what stopped the walk: it reads the last member only, so that a long
 * text costs no more memory when it is broken. */
static enum mcp_code refuse(const struct walk *walk) {
    struct mcp_str text = walk->scan.text;
    size_t left = text.len - walk->scan.at;
    size_t end = walk->scan.at + (left < SEEN_BEYOND ? left : SEEN_BEYOND);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf piece = MCP_BUF_INIT(text.len + SEEN_BEYOND);
    MCP_AUTO(mcp_json_decref) json_t *value = NULL;
    struct mcp_err why = {.what = "not JSON"};
    struct mcp_str seen = {text.ptr + walk->from, end - walk->from};
    mcp_buf_add(&piece, mcp_str_of(walk->before));
    mcp_buf_add(&piece, (struct mcp_str){seen.ptr, mcp_utf8_valid_prefix(seen)});
    MCP_TRY(mcp_buf_finish(&piece, walk->err));
    if (mcp_json_parse(mcp_buf_view(&piece), &value, &why) == MCP_E_NOMEM)
        return MCP_FAIL(walk->err, MCP_E_NOMEM, "%s", why.what);
    struct mcp_place place = mcp_text_scan_place(text, walk->scan.at);
    enum mcp_code code = MCP_FAIL(walk->err, MCP_E_SYNTAX, "%s", why.what);
    return mcp_err_at(walk->err, code, "%zu:%zu", place.line, place.column);
}

static enum mcp_code add(struct product_spans *spans, struct product_span span,
                         struct mcp_err *err) {
    if (spans->count == spans->room) {
        size_t room = spans->room > 0 ? 2 * spans->room : FIRST_ROOM;
        struct product_span *rows = mcp_realloc(spans->rows, room * sizeof *rows);
        if (rows == NULL)
            return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
        spans->rows = rows;
        spans->room = room;
    }
    spans->rows[spans->count++] = span;
    return MCP_OK;
}

/* `"key":`, then white space. */
static enum mcp_code take_key(struct walk *walk, struct product_span *out,
                              struct mcp_str *out_key) {
    mcp_text_scan_space(&walk->scan);
    out->key = (uint32_t)walk->scan.at;
    walk->from = walk->scan.at;
    if (!mcp_text_scan_string(&walk->scan, out_key))
        return refuse(walk);
    if (!mcp_text_scan_byte(&walk->scan, ':'))
        return refuse(walk);
    mcp_text_scan_space(&walk->scan);
    out->value = (uint32_t)walk->scan.at;
    return MCP_OK;
}

/* After a value: another member follows, or the object ends. */
static enum mcp_code take_separator(struct walk *walk, bool *out_more) {
    walk->before = "{\"\\u007f\":0"; /* an unlikely key: one like it would be a duplicate */
    walk->from = walk->scan.at;
    *out_more = mcp_text_scan_byte(&walk->scan, ',');
    if (!*out_more && !mcp_text_scan_byte(&walk->scan, '}'))
        return refuse(walk);
    walk->before = "{\"\\u007f\":0,";
    return MCP_OK;
}

/* At '{'. */
static bool begin(struct walk *walk) {
    walk->scan.at++;
    walk->before = "{";
    return !mcp_text_scan_byte(&walk->scan, '}');
}

static enum mcp_code take_value(struct walk *walk, struct product_spans *spans,
                                struct product_span span) {
    if (!mcp_text_scan_value(&walk->scan))
        return refuse(walk);
    span.end = (uint32_t)walk->scan.at;
    return add(spans, span, walk->err);
}

static enum mcp_code read_row(struct walk *walk, struct product_spans *spans) {
    struct product_span span = {0};
    struct mcp_str key;
    MCP_TRY(take_key(walk, &span, &key));
    return take_value(walk, spans, span);
}

/* The members of a list. */
static enum mcp_code read_part(struct walk *walk, struct product_spans *spans) {
    for (bool more = begin(walk); more;) {
        MCP_TRY(read_row(walk, spans));
        MCP_TRY(take_separator(walk, &more));
    }
    return MCP_OK;
}

/* Which list the scanned key names; PRODUCT_PART_COUNT: none. */
static enum product_part part_of(struct mcp_str inside) {
    char bytes[MAX_NAME_BYTES];
    struct mcp_buf plain = {.data = bytes, .cap = sizeof bytes, .max = sizeof bytes - 1};
    enum product_part part = PRODUCT_PART_PRODUCTS;
    if (inside.len > 6 * (sizeof bytes - 1))
        return PRODUCT_PART_COUNT;
    mcp_text_scan_unescape(inside, &plain);
    while (part < PRODUCT_PART_COUNT &&
           !mcp_str_equal(mcp_buf_view(&plain), mcp_str_of(product_part_name(part))))
        part++;
    return part;
}

static enum mcp_code read_member(struct walk *walk, struct product_outline *outline) {
    struct product_span span = {0};
    struct mcp_str key;
    MCP_TRY(take_key(walk, &span, &key));
    enum product_part part = part_of(key);
    bool is_list = part < PRODUCT_PART_COUNT && !outline->has_part[part] &&
                   mcp_text_scan_peek(&walk->scan) == '{';
    if (is_list) {
        outline->has_part[part] = true;
        return read_part(walk, &outline->parts[part]);
    }
    return take_value(walk, &outline->others, span);
}

static enum mcp_code read_root(struct walk *walk, struct product_outline *outline) {
    for (bool more = begin(walk); more;) {
        MCP_TRY(read_member(walk, outline));
        MCP_TRY(take_separator(walk, &more));
    }
    walk->before = "{}";
    walk->from = walk->scan.at;
    mcp_text_scan_space(&walk->scan);
    return walk->scan.at == walk->scan.text.len ? MCP_OK : refuse(walk);
}

enum mcp_code product_outline_read(struct mcp_str text, struct product_outline *out_outline,
                                   struct mcp_err *err) {
    MCP_AUTO(product_outline_deinit) struct product_outline outline = {0};
    struct walk walk = {.scan = {text, 0}, .before = "", .err = err};
    assert(text.len < UINT32_MAX);
    mcp_text_scan_space(&walk.scan);
    outline.is_object = mcp_text_scan_peek(&walk.scan) == '{';
    if (outline.is_object)
        MCP_TRY(read_root(&walk, &outline));
    *out_outline = outline;
    outline = (struct product_outline){0};
    return MCP_OK;
}

void product_outline_deinit(struct product_outline *outline) {
    for (int i = 0; i < PRODUCT_PART_COUNT; i++)
        mcp_free(outline->parts[i].rows);
    mcp_free(outline->others.rows);
    *outline = (struct product_outline){0};
}
