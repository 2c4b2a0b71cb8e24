/* SPDX-License-Identifier: MIT */
/* challenge.c - see challenge.h. Pure: no I/O, no clock, no log. */
#include "listen/challenge.h"

static void add_quoted(struct mcp_buf *out, struct mcp_str text) {
    mcp_buf_addc(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        char byte = text.ptr[i];
        if (byte < 0x20 || byte >= 0x7F)
            continue;
        if (byte == '"' || byte == '\\')
            mcp_buf_addc(out, '\\');
        mcp_buf_addc(out, byte);
    }
    mcp_buf_addc(out, '"');
}

static void add_parameter(struct mcp_buf *out, bool *has_one, const char *name,
                          struct mcp_str value) {
    if (value.len == 0)
        return;
    mcp_buf_add(out, *has_one ? MCP_STR(", ") : MCP_STR(" "));
    *has_one = true;
    mcp_buf_add(out, mcp_str_of(name));
    mcp_buf_addc(out, '=');
    add_quoted(out, value);
}

void mcp_challenge_write(struct mcp_buf *out, const struct mcp_challenge *challenge) {
    bool has_one = false;
    mcp_buf_add(out, MCP_STR("Bearer"));
    add_parameter(out, &has_one, "error", mcp_str_of(challenge->error));
    add_parameter(out, &has_one, "error_description", mcp_str_of(challenge->description));
    add_parameter(out, &has_one, "scope", challenge->scopes);
    add_parameter(out, &has_one, "resource_metadata", mcp_str_of(challenge->metadata_url));
}
