/* SPDX-License-Identifier: MIT */
/* schema_ecma_reader.c - see schema_ecma_reader.h. Pure: no I/O, no clock, no log. */
#include "json/schema_ecma_reader.h"

#include <ctype.h>

enum mcp_code mcp_schema_ecma_fail(struct mcp_schema_ecma *ecma, size_t at, const char *what) {
    return mcp_err_at(ecma->err, MCP_FAIL(ecma->err, MCP_E_SYNTAX, "%s", what), "byte %zu", at);
}

int mcp_schema_ecma_peek(const struct mcp_schema_ecma *ecma, size_t ahead) {
    size_t at = ecma->at + ahead;
    return at < ecma->in.len ? (unsigned char)ecma->in.ptr[at] : -1;
}

void mcp_schema_ecma_add_point(struct mcp_buf *out, uint32_t point) {
    if (point < 0x80 && isalnum((int)point) != 0)
        mcp_buf_addc(out, (char)point);
    else
        mcp_buf_addf(out, "\\x{%x}", (unsigned)point);
}
