/* SPDX-License-Identifier: MIT */
/* private_file.h - read a file that holds a secret. Layer: serve. Includes: base. */
#ifndef SERVE_PRIVATE_FILE_H
#define SERVE_PRIVATE_FILE_H

#include "mcp/buf.h"

/*
 * Append the file, which nobody but its owner may read or write (mode 0600 or 0400), to `out`; a
 * FIFO or device is read whatever its mode, and below $CREDENTIALS_DIRECTORY the group may read:
 * the access list that lets this process in shows as that.
 *
 *   errors  DENIED  its mode lets others in
 *           NOT_FOUND, IO, LIMIT  as mcp_file_read, without a place
 */
enum mcp_code serve_private_file_read(const char *path, struct mcp_buf *out,
                                      struct mcp_err *err) MCP_CHECK;

#endif
