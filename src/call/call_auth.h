/* SPDX-License-Identifier: MIT */
/* call_auth.h - a person at the terminal authorizes. Layer: call. Includes: dial. */
#ifndef CALL_AUTH_H
#define CALL_AUTH_H

#include <pthread.h>

#include "call/call_args.h"
#include "mcp/authorizer.h"

enum { CALL_AUTH_TIMEOUT_MS = 300000 }; /* for a person to authorize */

/* Zeroed: nothing is open. */
struct call_auth {
    struct mcp_authorizer *authorizer; /* NULL: no OAuth */
    struct mcp_buf secret;
    pthread_t reader; /* of what is pasted */
    bool reads_redirect;
    bool has_reader;
    int wake[2]; /* closed: it ends */
};

/* errors: those of the secret's file; INVALID settings that do not fit; NOMEM, IO. `auth` stays
 * where it is until it is closed, which it must be after a failure too. */
enum mcp_code call_auth_open(struct mcp_loop *loop, const struct call_args *args,
                             struct call_auth *auth, struct mcp_err *err) MCP_CHECK;
void call_auth_close(struct call_auth *auth);

/* How long a step may take: longer when a person may have to authorize in between. */
uint64_t call_auth_timeout_ms(const struct call_args *args);

#endif
