/* SPDX-License-Identifier: MIT */
/* auth.h - how one server's requests are authorized. Layer: orchestrator. Includes: conf. */
#ifndef ORCH_AUTH_H
#define ORCH_AUTH_H

#include "mcp/authorizer.h"
#include "orchestrator/conf.h"

/* Zeroed: nothing is known yet. Lives where it is until it is closed. */
struct orch_auth {
    struct mcp_authorizer *authorizer;           /* NULL: no OAuth */
    struct mcp_buf token;                        /* of the file; empty: none */
    void (*on_url)(void *user, const char *url); /* a person must open it */
    void *user;
};

/*
 * Before each connection: read the token's file, or make the authorizer unless it is there.
 *
 *   errors  those of the files; DENIED others may read a key; INVALID a file that is empty,
 * settings that do not fit; NOMEM
 */
enum mcp_code orch_auth_prepare(struct orch_auth *auth, struct mcp_loop *loop,
                                const struct orch_server *server, struct mcp_err *err) MCP_CHECK;

/* Before the loop is freed. May be called twice. */
void orch_auth_close(struct orch_auth *auth);

#endif
