/* SPDX-License-Identifier: MIT */
/* sse_writer.h - text/event-stream bytes. Layer: wire. Includes: base. */
#ifndef MCP_SSE_WRITER_H
#define MCP_SSE_WRITER_H

#include <stdint.h>

#include "mcp/buf.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One event as `event:`, `id:`, `data:` lines ended by CR LF and an empty line. `type` and `id` are
 * left out when empty; data is split at CR, LF and CR LF into several data lines. */
void mcp_sse_write_event(struct mcp_buf *out, struct mcp_str type, struct mcp_str id,
                         struct mcp_str data);

/* The same in two halves, when data (without line breaks) is appended in parts between them. */
void mcp_sse_write_open(struct mcp_buf *out, struct mcp_str type, struct mcp_str id);
void mcp_sse_write_close(struct mcp_buf *out);

/* An event with an id, empty data, and `retry:` when retry_ms is not 0 (2025-11-25 priming). */
void mcp_sse_write_priming(struct mcp_buf *out, struct mcp_str id, uint64_t retry_ms);

void mcp_sse_write_comment(struct mcp_buf *out, struct mcp_str text); /* ": text", one line */

#ifdef __cplusplus
}
#endif

#endif
