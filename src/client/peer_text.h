/* SPDX-License-Identifier: MIT */
/* peer_text.h - words of a peer made fit for our messages. Layer: client. Includes: base. */
#ifndef MCP_PEER_TEXT_H
#define MCP_PEER_TEXT_H

#include "mcp/buf.h"

enum { MCP_PEER_TEXT_BYTES = 192 };

/* What a peer said, for one line of a message: control, bidi and malformed bytes escaped, cut
 * between code points with "..." at the end when it does not fit. Always NUL-terminated. */
struct mcp_peer_text {
    char text[MCP_PEER_TEXT_BYTES];
};

struct mcp_peer_text mcp_peer_text(struct mcp_str said);

#endif
