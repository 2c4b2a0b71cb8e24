/* SPDX-License-Identifier: MIT */
/* conf_help.c - the options part of --help; see conf.h. Pure: no I/O, no clock, no log. */
#include <string.h>

#include "program/conf.h"

enum { TEXT_COLUMN = 26, LAST_COLUMN = 79, MAX_PARAGRAPH_BYTES = 4096 };

static const char *text_of(const json_t *property, const char *key) {
    return json_string_value(json_object_get(property, key));
}

static bool is_boolean(const json_t *property) {
    const char *type = text_of(property, "type");
    return type != NULL && strcmp(type, "boolean") == 0;
}

/* "-p, --port N" or "--[no-]allow-remote". */
static void add_names(const json_t *property, struct mcp_buf *out) {
    const char *brief = text_of(property, "x-option-short");
    const char *option = text_of(property, "x-option");
    const char *argument = text_of(property, "x-option-argument");
    if (brief != NULL)
        mcp_buf_addf(out, "%s, ", brief);
    if (is_boolean(property))
        mcp_buf_addf(out, "--[no-]%s", option + 2);
    else
        mcp_buf_addf(out, "%s %s", option, argument != NULL ? argument : "VALUE");
}

static void add_items(const json_t *items, const char *between, struct mcp_buf *out) {
    for (size_t i = 0; i < json_array_size(items); i++)
        mcp_buf_addf(out, "%s%s", i > 0 ? between : "",
                     json_string_value(json_array_get(items, i)));
}

static void add_default(const json_t *value, struct mcp_buf *out) {
    if (json_is_string(value))
        mcp_buf_add(out, mcp_json_str(value));
    else if (json_is_integer(value))
        mcp_json_add_integer(out, json_integer_value(value));
    else if (json_is_real(value))
        mcp_json_add_real(out, json_real_value(value));
    else if (json_is_boolean(value))
        mcp_buf_add(out, json_is_true(value) ? MCP_STR("yes") : MCP_STR("no"));
    else
        add_items(value, ",", out);
}

/* " [PORT, default 8002]" */
static void add_origin(const json_t *property, struct mcp_buf *out) {
    const char *name = text_of(property, "x-env");
    const json_t *otherwise = json_object_get(property, "default");
    bool is_empty = json_is_array(otherwise) && json_array_size(otherwise) == 0;
    bool has_default = otherwise != NULL && !is_empty;
    if (name == NULL && !has_default)
        return;
    mcp_buf_addf(out, " [%s", name != NULL ? name : "");
    if (name != NULL && has_default)
        mcp_buf_add(out, MCP_STR(", "));
    if (has_default) {
        mcp_buf_add(out, MCP_STR("default "));
        add_default(otherwise, out);
    }
    mcp_buf_addc(out, ']');
}

/* What it is, the words it takes, its variable and its default. */
static void add_paragraph(const json_t *property, struct mcp_buf *out) {
    const char *description = text_of(property, "description");
    const json_t *words = json_object_get(property, "enum");
    mcp_buf_add(out, mcp_str_of(description));
    if (words != NULL) {
        mcp_buf_add(out, MCP_STR(" One of: "));
        add_items(words, " | ", out);
        mcp_buf_addc(out, '.');
    }
    add_origin(property, out);
}

static void indent(struct mcp_buf *out, size_t from) {
    for (size_t column = from; column < TEXT_COLUMN; column++)
        mcp_buf_addc(out, ' ');
}

/* Words of `text` from TEXT_COLUMN on, lines broken at blanks. */
static void add_wrapped(struct mcp_str text, struct mcp_buf *out) {
    size_t column = TEXT_COLUMN;
    for (size_t at = 0; at < text.len;) {
        const char *blank = memchr(text.ptr + at, ' ', text.len - at);
        size_t len = blank != NULL ? (size_t)(blank - text.ptr) - at : text.len - at;
        bool is_first = column == TEXT_COLUMN;
        if (!is_first && column + 1 + len > LAST_COLUMN) {
            mcp_buf_addc(out, '\n');
            indent(out, 0);
            column = TEXT_COLUMN;
        } else if (!is_first) {
            mcp_buf_addc(out, ' ');
            column++;
        }
        mcp_buf_add(out, (struct mcp_str){text.ptr + at, len});
        column += len;
        at += len + 1;
    }
    mcp_buf_addc(out, '\n');
}

static void add_option(const json_t *property, struct mcp_buf *out) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf names = MCP_BUF_INIT(MAX_PARAGRAPH_BYTES);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf paragraph = MCP_BUF_INIT(MAX_PARAGRAPH_BYTES);
    add_names(property, &names);
    add_paragraph(property, &paragraph);
    mcp_buf_add(out, MCP_STR("  "));
    mcp_buf_add(out, mcp_buf_view(&names));
    if (names.len + 4 > TEXT_COLUMN) {
        mcp_buf_addc(out, '\n');
        indent(out, 0);
    } else {
        indent(out, names.len + 2);
    }
    add_wrapped(mcp_buf_view(&paragraph), out);
}

void mcp_conf_write_options(const json_t *schema, struct mcp_buf *out) {
    const char *key = NULL;
    json_t *property = NULL;
    json_object_foreach(json_object_get(schema, "properties"), key, property) {
        if (text_of(property, "x-option") != NULL)
            add_option(property, out);
    }
}
