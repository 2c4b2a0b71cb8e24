/* SPDX-License-Identifier: MIT */
/* sse_writer.c - see mcp/sse_writer.h. Pure: no I/O, no clock, no log. */
#include "mcp/sse_writer.h"

#include <string.h>

static bool breaks_line(char byte) {
    return byte == '\r' || byte == '\n';
}

/* Bytes before the next CR or LF. */
static size_t line_length(struct mcp_str text) {
    const char *lf = memchr(text.ptr, '\n', text.len);
    size_t len = lf != NULL ? (size_t)(lf - text.ptr) : text.len;
    const char *cr = memchr(text.ptr, '\r', len);
    return cr != NULL ? (size_t)(cr - text.ptr) : len;
}

static void add_field(struct mcp_buf *out, struct mcp_str name, struct mcp_str value) {
    if (value.len == 0)
        return;
    mcp_buf_add(out, name);
    for (size_t i = 0; i < value.len; i++)
        if (!breaks_line(value.ptr[i]) && value.ptr[i] != '\0')
            mcp_buf_addc(out, value.ptr[i]);
    mcp_buf_add(out, MCP_STR("\r\n"));
}

void mcp_sse_write_open(struct mcp_buf *out, struct mcp_str type, struct mcp_str id) {
    add_field(out, MCP_STR("event: "), type);
    add_field(out, MCP_STR("id: "), id);
    mcp_buf_add(out, MCP_STR("data: "));
}

void mcp_sse_write_close(struct mcp_buf *out) {
    mcp_buf_add(out, MCP_STR("\r\n\r\n"));
}

void mcp_sse_write_event(struct mcp_buf *out, struct mcp_str type, struct mcp_str id,
                         struct mcp_str data) {
    mcp_sse_write_open(out, type, id);
    size_t len = data.len > 0 ? line_length(data) : 0;
    while (len < data.len) {
        mcp_buf_add(out, (struct mcp_str){data.ptr, len});
        mcp_buf_add(out, MCP_STR("\r\ndata: "));
        bool is_crlf = data.ptr[len] == '\r' && len + 1 < data.len && data.ptr[len + 1] == '\n';
        len += is_crlf ? 2 : 1;
        data = (struct mcp_str){data.ptr + len, data.len - len};
        len = data.len > 0 ? line_length(data) : 0;
    }
    mcp_buf_add(out, data);
    mcp_sse_write_close(out);
}

void mcp_sse_write_priming(struct mcp_buf *out, struct mcp_str id, uint64_t retry_ms) {
    add_field(out, MCP_STR("id: "), id);
    if (retry_ms > 0)
        mcp_buf_addf(out, "retry: %llu\r\n", (unsigned long long)retry_ms);
    mcp_buf_add(out, MCP_STR("data: "));
    mcp_sse_write_close(out);
}

void mcp_sse_write_comment(struct mcp_buf *out, struct mcp_str text) {
    mcp_buf_add(out, MCP_STR(": "));
    for (size_t i = 0; i < text.len; i++)
        mcp_buf_addc(out, (char)(breaks_line(text.ptr[i]) ? ' ' : text.ptr[i]));
    mcp_buf_add(out, MCP_STR("\r\n\r\n"));
}
