/* SPDX-License-Identifier: MIT */
/* target.h - a server to dial, checked and copied. Layer: dial. Includes: client. */
#ifndef MCP_TARGET_H
#define MCP_TARGET_H

#include "mcp/dial.h"

enum {
    MCP_TARGET_MAX_HEADERS = 64,
    MCP_TARGET_MAX_ARGS = 1024,
    MCP_TARGET_MAX_MESSAGE_BYTES = 64 << 20,
    MCP_TARGET_CONNECT_MS = 5000
};

/* What mcp_dial_target says, owned, defaults filled in. */
struct mcp_target {
    enum mcp_dial_transport transport; /* AUTO only for URLs */
    char *url;                         /* NULL for stdio; no fragment */
    char *identity;                    /* the URL, or program and arguments, one a line */
    char *program;                     /* stdio: absolute path */
    char **argv;                       /* NULL-terminated */
    char **env;                        /* what the target adds; NULL-terminated */
    char **headers;                    /* "Name: value"; the bearer's is among them */
    struct mcp_authorizer *authorizer; /* a reference; NULL: none */
    char *ca_file;
    uint64_t connect_timeout_ms;
    size_t max_message_bytes;
};

/*
 * Check and copy. The program of a stdio target is found here, once, so that what runs later is
 * what was there now.
 *
 *   errors  INVALID    neither or both of url and argv; not an http or https URL, a user name in
 *                      it; a header that is malformed, set by the transport, or could split the
 *                      request; a name that is not NAME=value; a transport that does not fit;
 *                      both a bearer and an authorizer
 *           NOT_FOUND  no such program; DENIED it is not executable, or everybody may change it
 *           NOMEM
 */
enum mcp_code mcp_target_new(const struct mcp_dial_target *given, struct mcp_target **out_target,
                             struct mcp_err *err) MCP_CHECK;
void mcp_target_free(struct mcp_target *target);

#endif
