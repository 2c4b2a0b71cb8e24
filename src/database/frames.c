/* SPDX-License-Identifier: MIT */
/* frames.c - see frames.h. Pure: no I/O, no clock, no log. */
#include "database/frames.h"

#include <stdint.h>

bool database_frame_add(struct mcp_buf *packet, char type, struct mcp_str text) {
    if (packet->status != MCP_OK || text.len > UINT32_MAX ||
        mcp_buf_reserve(packet, DATABASE_FRAME_HEAD_BYTES + text.len) == NULL) {
        packet->status = MCP_OK; /* what is in it is whole */
        return false;
    }
    mcp_buf_addc(packet, type);
    for (unsigned i = 0; i < 4; i++)
        mcp_buf_addc(packet, (char)(text.len >> 8 * i & 0xFF));
    mcp_buf_add(packet, text);
    return true;
}

bool database_frame_next(struct mcp_str *packet, char *out_type, struct mcp_str *out_text) {
    if (packet->len < DATABASE_FRAME_HEAD_BYTES)
        return false;
    size_t len = 0;
    for (unsigned i = 0; i < 4; i++)
        len |= (size_t)(unsigned char)packet->ptr[1 + i] << 8 * i;
    if (len > packet->len - DATABASE_FRAME_HEAD_BYTES)
        return false;
    *out_type = packet->ptr[0];
    *out_text = (struct mcp_str){packet->ptr + DATABASE_FRAME_HEAD_BYTES, len};
    packet->ptr += DATABASE_FRAME_HEAD_BYTES + len;
    packet->len -= DATABASE_FRAME_HEAD_BYTES + len;
    return true;
}
