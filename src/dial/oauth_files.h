/* SPDX-License-Identifier: MIT */
/* oauth_files.h - the store: a file for each authorization server. Layer: dial. Includes: json. */
#ifndef MCP_OAUTH_FILES_H
#define MCP_OAUTH_FILES_H

#include "mcp/json.h"

enum { MCP_OAUTH_FILES_WAIT_MS = 2000 };

/*
 * The record of an issuer; see oauth_record.h for its form.
 *
 *   in      dir  NULL: nothing is kept on disk
 *   out     *out_record  a new reference; NULL when there is none
 *   errors  DENIED  the directory or the file is not ours alone (0700, 0600)
 *           SCHEMA, SYNTAX  the file is damaged; IO, LIMIT, NOMEM
 *           err->where is the path
 */
enum mcp_code mcp_oauth_files_load(const char *dir, const char *issuer, json_t **out_record,
                                   struct mcp_err *err) MCP_CHECK;

/*
 * Put a client and a token (each NULL: none) into the record of an issuer, as oauth_record.h says.
 * It is written whole or not at all, mode 0600; the directory is made with 0700 when it is missing.
 * What other processes put there meanwhile is kept: one at a time writes, waiting for its turn for
 * at most MCP_OAUTH_FILES_WAIT_MS. Blocks so long.
 *
 *   errors  DENIED, SCHEMA, SYNTAX, IO, LIMIT, NOMEM  as above
 *           TIMEOUT  another process does not come to its end
 */
enum mcp_code mcp_oauth_files_update(const char *dir, const char *issuer, const json_t *client,
                                     const json_t *token, struct mcp_err *err) MCP_CHECK;

/*
 * Try to be the only one who refreshes tokens of an issuer. Never waits; a process that ends lets
 * go of it.
 *
 *   out     *out_lock  a descriptor for mcp_oauth_files_unlock; -1: there is no store yet
 *   errors  EXISTS  another one does, in this process or in another
 *           DENIED, IO
 */
enum mcp_code mcp_oauth_files_lock(const char *dir, const char *issuer, int *out_lock,
                                   struct mcp_err *err) MCP_CHECK;
void mcp_oauth_files_unlock(int lock); /* -1 is a no-op */

#endif
