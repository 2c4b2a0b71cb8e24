/* SPDX-License-Identifier: MIT */
/* postgres_url.h - a connection URL whose password is nobody's business. Layer: database.
 * Includes: base. */
#ifndef DATABASE_POSTGRES_URL_H
#define DATABASE_POSTGRES_URL_H

#include <stdbool.h>

#include "mcp/buf.h"

enum { DATABASE_URL_MAX_BYTES = 4096 };

/*
 * postgresql:// or postgres://, no control characters or blanks, at most 4 KiB. The rest is judged
 * by the engine's own library, whose messages are not shown: they quote.
 *
 *   errors  INVALID, LIMIT
 */
enum mcp_code database_url_check(struct mcp_str url, struct mcp_err *err) MCP_CHECK;

/* A password after the user's name, or as a parameter. */
bool database_url_has_password(struct mcp_str url);

/* Append the URL with each password replaced by ***. */
void database_url_mask(struct mcp_str url, struct mcp_buf *out);

/*
 * Append the URL with each ${NAME} replaced by that variable's value, percent-encoded; $${ stands
 * for ${ itself.
 *
 *   in      envp       NAME=value, NULL-terminated
 *   errors  NOT_FOUND  a variable is not set
 *           SYNTAX     "${" without a name and "}"
 *           LIMIT      more than 4 KiB
 */
enum mcp_code database_url_expand(struct mcp_str url, char *const *envp, struct mcp_buf *out,
                                  struct mcp_err *err) MCP_CHECK;

#endif
