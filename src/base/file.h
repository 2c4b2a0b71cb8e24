/* SPDX-License-Identifier: MIT */
/* file.h - whole files in and out. Layer: base. Includes: buf. */
#ifndef MCP_FILE_H
#define MCP_FILE_H

#include <stdint.h>
#include <sys/stat.h>

#include "mcp/buf.h"

/*
 * Append the whole of a regular file (or a FIFO, for process substitution) to `out`.
 *
 *   errors  NOT_FOUND  no such file or directory
 *           IO         a directory, no permission, read error: os_errno is set
 *           LIMIT      larger than out->max allows; the bound is in the message
 *           err->where is the path
 */
enum mcp_code mcp_file_read(const char *path, struct mcp_buf *out, struct mcp_err *err) MCP_CHECK;

/* Write to a temporary file beside `path`, sync, rename over it: whole or not at all. */
enum mcp_code mcp_file_write_atomic(const char *path, struct mcp_str bytes, mode_t mode,
                                    struct mcp_err *err) MCP_CHECK;

/* mkdir -p of the directory part of `path`. */
enum mcp_code mcp_file_make_parents(const char *path, struct mcp_err *err) MCP_CHECK;

#endif
