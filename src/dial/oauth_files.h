/* SPDX-License-Identifier: MIT */
/* oauth_files.h - the store: a file for each authorization server. Layer: dial. Includes: json. */
#ifndef MCP_OAUTH_FILES_H
#define MCP_OAUTH_FILES_H

#include "mcp/json.h"

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

/* Write it whole or not at all, mode 0600; the directory is made with 0700 when it is missing.
 * errors: DENIED, IO, NOMEM */
enum mcp_code mcp_oauth_files_save(const char *dir, const char *issuer, const json_t *record,
                                   struct mcp_err *err) MCP_CHECK;

#endif
