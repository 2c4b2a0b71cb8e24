/* SPDX-License-Identifier: MIT */
/* peer_text.c - see peer_text.h. Pure: no I/O, no clock, no log. */
#include "client/peer_text.h"

#include <string.h>

#include "mcp/utf8.h"

/* One code point escaped takes at most ten bytes: \u10ffff or \xff. */
enum { POINT_BYTES = 16 };

static const char dots[] = "...";

struct mcp_peer_text mcp_peer_text(struct mcp_str said) {
    struct mcp_peer_text out = {0};
    size_t used = 0;
    size_t last_fit = 0; /* the longest prefix that leaves room for the dots */
    for (size_t at = 0; at < said.len;) {
        size_t from = at;
        (void)mcp_utf8_next(said, &at);
        MCP_AUTO(mcp_buf_deinit) struct mcp_buf point = MCP_BUF_INIT(POINT_BYTES);
        mcp_utf8_add_printable(&point, (struct mcp_str){said.ptr + from, at - from});
        if (used + point.len >= sizeof out.text) {
            memcpy(out.text + last_fit, dots, sizeof dots);
            return out;
        }
        memcpy(out.text + used, mcp_buf_view(&point).ptr, point.len);
        used += point.len;
        if (used + sizeof dots <= sizeof out.text)
            last_fit = used;
    }
    return out;
}
