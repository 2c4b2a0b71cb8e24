/* SPDX-License-Identifier: MIT */
/* authority.h - an OAuth resource server's judgement of tokens, for a listener. Layer: serve.
 * Includes: listen oauth. */
#ifndef SERVE_AUTHORITY_H
#define SERVE_AUTHORITY_H

#include <jansson.h>

#include "mcp/listen.h"
#include "serve/keyring.h"

enum { SERVE_OAUTH_LEEWAY_S = 60, SERVE_AUTHORITY_PAGES = 2 };

struct serve_authority;

/*
 * What the settings say: oauth_issuer (URL), oauth_audience (the URL that tokens are made for: this
 * server's as clients call it), oauth_jwks (file with the issuer's keys) or oauth_jwks_url (where
 * they are fetched, see keyring.h), oauth_scopes (file, see scope_file.h; absent: every token may
 * do everything).
 *
 *   in      name  for people, in the metadata; borrowed like the settings
 *   out     *out_authority  NULL when the settings name none; free with serve_authority_free
 *   errors  err->where is the option or the file
 *           INVALID  one of the first three is missing; both places of keys; a URL that cannot be
 *                    one
 *           SYNTAX, SCHEMA, LIMIT, DENIED, EXISTS  the files, as oauth_jwks_parse and
 *                    serve_scopes_parse
 *           NOT_FOUND, IO, NOMEM
 */
enum mcp_code serve_authority_new(const json_t *settings, const char *name,
                                  struct serve_authority **out_authority,
                                  struct mcp_err *err) MCP_CHECK;
void serve_authority_free(struct serve_authority *authority);
void serve_authority_freep(struct serve_authority **authority); /* for MCP_AUTO */

/* For mcp_listen_options; NULL of NULL. Lives as long. */
const struct mcp_authority *serve_authority_face(const struct serve_authority *authority);

/* The metadata of the protected resource, at its own place and at the root: fills `out`, returns
 * how many; 0 of NULL. */
size_t serve_authority_pages(struct serve_authority *authority,
                             struct mcp_page out[SERVE_AUTHORITY_PAGES]);

/*
 * Read the keys again; what fails leaves the former.
 *
 *   errors  as serve_authority_new, of the keys
 *   thread  any, also while tokens are judged
 */
enum mcp_code serve_authority_renew(struct serve_authority *authority,
                                    struct mcp_err *err) MCP_CHECK;

/* Its keys are fetched: renewing them takes a while. False of NULL. */
bool serve_authority_fetches(const struct serve_authority *authority);

void serve_authority_report(struct serve_authority *authority,
                            struct serve_keyring_report *out_report);

#endif
