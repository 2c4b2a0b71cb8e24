/* SPDX-License-Identifier: MIT */
/* secret_file.h - a token or a password that stands alone in a file. Layer: program.
 * Includes: base. */
#ifndef PROGRAM_SECRET_FILE_H
#define PROGRAM_SECRET_FILE_H

#include "mcp/buf.h"

enum { MCP_MAX_SECRET_FILE_BYTES = 64 << 10 };

/*
 * Read it, without white space at its end, and hide it from logs. `out` is replaced.
 *
 *   errors  those of mcp_file_read; INVALID  there is nothing in it
 */
enum mcp_code mcp_secret_file_read(const char *path, struct mcp_buf *out,
                                   struct mcp_err *err) MCP_CHECK;

#endif
