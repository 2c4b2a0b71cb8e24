/* SPDX-License-Identifier: MIT */
/* tls_identity.h - a certificate and its key, as TLS sessions use them. Layer: listen. Includes:
 * base. */
#ifndef MCP_TLS_IDENTITY_H
#define MCP_TLS_IDENTITY_H

#include <gnutls/gnutls.h>
#include <stdint.h>

#include "mcp/listen.h"

enum {
    MCP_TLS_MAX_BYTES = 65536, /* of the certificates, and of the key */
    MCP_TLS_MAX_CHAIN = 16
};

/* TLS 1.2 and 1.3, for MHD_OPTION_HTTPS_PRIORITIES. */
#define MCP_TLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%SERVER_PRECEDENCE"

/* Immutable, counted: a session holds on to the one it began with. */
struct mcp_tls_identity;

/*
 *   errors  SYNTAX  no certificate ("/tls/cert") or no key ("/tls/key") in PEM form, or a key with
 *                   a password
 *           INVALID the key is not that of the first certificate ("/tls/key")
 *           LIMIT   more than MCP_TLS_MAX_BYTES or MCP_TLS_MAX_CHAIN
 *           NOMEM
 *   thread  any
 */
enum mcp_code mcp_tls_identity_new(const struct mcp_tls_pair *pair,
                                   struct mcp_tls_identity **out_identity,
                                   struct mcp_err *err) MCP_CHECK;
struct mcp_tls_identity *mcp_tls_identity_ref(struct mcp_tls_identity *identity); /* or NULL */
void mcp_tls_identity_unref(struct mcp_tls_identity *identity);

/* What is wrong with the first certificate at a time: "it expired on 2026-01-31"; NULL when
 * nothing is. Writes to `out` only then. */
enum { MCP_TLS_DOUBT_BYTES = 64 };
const char *mcp_tls_identity_doubt(const struct mcp_tls_identity *identity, int64_t wall_ms,
                                   char out[MCP_TLS_DOUBT_BYTES]);

/* Show it in a session that has not begun yet, and must end before the last unref. False: no
 * memory; then the session must not go on. */
bool mcp_tls_identity_show(const struct mcp_tls_identity *identity, gnutls_session_t session);

#endif
