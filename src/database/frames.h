/* SPDX-License-Identifier: MIT */
/* frames.h - several frames in one packet from a worker. Layer: database. Includes: base. */
#ifndef DATABASE_FRAMES_H
#define DATABASE_FRAMES_H

#include "mcp/buf.h"

/*
 * A frame is one type byte, the length of its text in four bytes (the least first), and the text.
 * A packet holds one or more and nothing else: what belongs to one small answer wakes its receiver
 * once.
 */
enum { DATABASE_FRAME_HEAD_BYTES = 5 };

/* Append a frame. False, and nothing appended, when the packet's ceiling or memory refuses it. */
bool database_frame_add(struct mcp_buf *packet, char type, struct mcp_str text) MCP_CHECK;

/* Take the first frame off `packet`. False at its end, and when what is left is not a frame: then
 * it is not empty. The text is a view of the packet. */
bool database_frame_next(struct mcp_str *packet, char *out_type,
                         struct mcp_str *out_text) MCP_CHECK;

#endif
