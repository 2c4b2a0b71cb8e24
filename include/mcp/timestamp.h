/* SPDX-License-Identifier: MIT */
/* timestamp.h - RFC 3339 text and milliseconds since 1970. Layer: base. Includes: buf. */
#ifndef MCP_TIMESTAMP_H
#define MCP_TIMESTAMP_H

#include <stdint.h>

#include "mcp/buf.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { MCP_TIMESTAMP_BYTES = 32 }; /* room for "2026-01-31T23:59:59.999Z" and a NUL */

/* UTC with Z; milliseconds are written only when they are not zero. Years 0000 to 9999;
 * a moment outside them is written as the nearest one inside. */
void mcp_timestamp_format(int64_t wall_ms, char out[MCP_TIMESTAMP_BYTES]);

/*
 * Parse RFC 3339 date-time ("T", "t" or a space between date and time); a missing offset is taken
 * as UTC, fractions beyond milliseconds are cut, second 60 is accepted only at 23:59:60 UTC.
 *
 *   errors  SYNTAX  not of the form, or a field or the year in UTC out of range; err->where "byte
 * 8"
 */
enum mcp_code mcp_timestamp_parse(struct mcp_str text, int64_t *out_wall_ms,
                                  struct mcp_err *err) MCP_CHECK;

#ifdef __cplusplus
}
#endif

#endif
