/* SPDX-License-Identifier: MIT */
/* scope_text.c - see scope_text.h. Pure: no I/O, no clock, no log. */
#include "oauth/scope_text.h"

#include <string.h>

bool oauth_scope_is_token(struct mcp_str text) {
    for (size_t i = 0; i < text.len; i++) {
        char byte = text.ptr[i];
        if (byte <= 0x20 || byte >= 0x7F || byte == '"' || byte == '\\')
            return false;
    }
    return text.len > 0;
}

bool oauth_scope_next(struct mcp_str *list, struct mcp_str *out_word) {
    struct mcp_str rest = *list;
    while (rest.len > 0 && rest.ptr[0] == ' ')
        rest = (struct mcp_str){rest.ptr + 1, rest.len - 1};
    if (rest.len == 0)
        return false;
    const char *space = memchr(rest.ptr, ' ', rest.len);
    size_t len = space != NULL ? (size_t)(space - rest.ptr) : rest.len;
    *out_word = (struct mcp_str){rest.ptr, len};
    *list = (struct mcp_str){rest.ptr + len, rest.len - len};
    return true;
}

bool oauth_scope_has(struct mcp_str list, struct mcp_str word) {
    struct mcp_str each = MCP_STR("");
    while (oauth_scope_next(&list, &each)) {
        if (mcp_str_equal(each, word))
            return true;
    }
    return false;
}

void oauth_scope_add(struct mcp_buf *out, size_t start, struct mcp_str word) {
    if (out->len > start)
        mcp_buf_addc(out, ' ');
    mcp_buf_add(out, word);
}
