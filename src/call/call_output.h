/* SPDX-License-Identifier: MIT */
/* call_output.h - how mcp-call shows a result. Layer: call. Includes: json. */
#ifndef MCP_CALL_OUTPUT_H
#define MCP_CALL_OUTPUT_H

#include "call/call_args.h"

/*
 * Append a result as lines.
 *
 *   in      format  CALL_AUTO is CALL_COMPACT here: who knows the terminal decides before
 *   notes   CALL_RAW shows the text of `content`, `contents` and `messages`, each ended by a line
 *           break, and blobs decoded without one; a result without any text is shown compact
 *   errors  NOMEM  LIMIT
 *           SYNTAX  CALL_RAW: a blob that is not base64
 */
enum mcp_code call_output_result(const json_t *result, enum call_format format, struct mcp_buf *out,
                                 struct mcp_err *err) MCP_CHECK;

#endif
