/* SPDX-License-Identifier: MIT */
/* rows_text.c - see rows_text.h. Pure: no I/O, no clock, no log. */
#include "database/rows_text.h"

#include <math.h>
#include <string.h>

#include "base/base64.h"
#include "mcp/utf8.h"

static bool needs_quotes(struct mcp_str text) {
    if (text.len == 0 || text.ptr[0] == ' ' || text.ptr[text.len - 1] == ' ')
        return true;
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] == ',' || text.ptr[i] == '"' || text.ptr[i] == '\r' || text.ptr[i] == '\n')
            return true;
    return false;
}

/* One character of valid UTF-8 text that means something to the format, as it must be written. */
static void add_special(struct mcp_buf *out, enum database_format format, char byte) {
    if (format == DATABASE_CSV)
        mcp_buf_add(out, byte == '"' ? MCP_STR("\"\"") : (struct mcp_str){&byte, 1});
    else if (byte == '\n')
        mcp_buf_add(out, MCP_STR("<br>"));
    else if (byte == '|' || byte == '\\') {
        mcp_buf_addc(out, '\\');
        mcp_buf_addc(out, byte);
    } else if (byte != '\r')
        mcp_buf_addc(out, byte);
}

static void add_escaped(struct mcp_buf *out, enum database_format format, struct mcp_str text) {
    const char *special = format == DATABASE_CSV ? "\"" : "|\\\r\n";
    for (size_t i = 0; i < text.len;) {
        size_t run = i;
        while (run < text.len && text.ptr[run] != '\0' && strchr(special, text.ptr[run]) == NULL)
            run++;
        mcp_buf_add(out, (struct mcp_str){text.ptr + i, run - i});
        if (run < text.len && text.ptr[run] == '\0')
            mcp_utf8_add(out, 0xFFFD);
        else if (run < text.len)
            add_special(out, format, text.ptr[run]);
        i = run + 1;
    }
}

static void add_text(struct mcp_buf *out, enum database_format format, struct mcp_str text) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf repaired = MCP_BUF_INIT(text.len * 3);
    if (mcp_utf8_valid_prefix(text) != text.len) {
        (void)mcp_utf8_repair(&repaired, text);
        if (repaired.status != MCP_OK)
            out->status = repaired.status;
        text = mcp_buf_view(&repaired);
    }
    bool is_quoted = format == DATABASE_CSV && needs_quotes(text);
    if (is_quoted)
        mcp_buf_addc(out, '"');
    add_escaped(out, format, text);
    if (is_quoted)
        mcp_buf_addc(out, '"');
}

static void add_cell(struct mcp_buf *out, enum database_format format,
                     const struct database_value *value) {
    switch (value->type) {
    case DATABASE_INTEGER:
    case DATABASE_EXACT_INTEGER:
        mcp_json_add_integer(out, value->integer);
        return;
    case DATABASE_BOOLEAN:
        mcp_buf_add(out, value->integer != 0 ? MCP_STR("true") : MCP_STR("false"));
        return;
    case DATABASE_REAL:
        if (!isfinite(value->real))
            break;
        mcp_json_add_real(out, value->real);
        return;
    case DATABASE_TEXT:
        add_text(out, format, value->bytes);
        return;
    case DATABASE_BLOB:
        mcp_base64_encode(out, value->bytes);
        return;
    case DATABASE_NULL:
        break;
    }
    if (format == DATABASE_MARKDOWN)
        mcp_buf_add(out, MCP_STR("NULL"));
}

void database_rows_text_add(struct mcp_buf *out, enum database_format format,
                            const struct database_value *values, size_t count) {
    bool is_csv = format == DATABASE_CSV;
    for (size_t i = 0; i < count; i++) {
        mcp_buf_add(out, is_csv ? (i > 0 ? MCP_STR(",") : MCP_STR(""))
                                : (i > 0 ? MCP_STR(" | ") : MCP_STR("| ")));
        add_cell(out, format, &values[i]);
    }
    mcp_buf_add(out, is_csv ? MCP_STR("\r\n") : MCP_STR(" |\n"));
}

void database_rows_text_head(struct mcp_buf *out, enum database_format format,
                             const struct database_columns *columns) {
    bool is_csv = format == DATABASE_CSV;
    for (size_t i = 0; i < columns->count; i++) {
        mcp_buf_add(out, is_csv ? (i > 0 ? MCP_STR(",") : MCP_STR(""))
                                : (i > 0 ? MCP_STR(" | ") : MCP_STR("| ")));
        add_text(out, format, columns->names[i]);
    }
    mcp_buf_add(out, is_csv ? MCP_STR("\r\n") : MCP_STR(" |\n"));
    for (size_t i = 0; !is_csv && i < columns->count; i++)
        mcp_buf_add(out, i > 0 ? MCP_STR("---|") : MCP_STR("|---|"));
    if (!is_csv)
        mcp_buf_addc(out, '\n');
}
