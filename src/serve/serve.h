/* SPDX-License-Identifier: MIT */
/* serve.h - what our server programs share: settings to listener, wait, stop. Layer: serve.
 * Includes: listen program. */
#ifndef SERVE_SERVE_H
#define SERVE_SERVE_H

#include "mcp/listen.h"
#include "program/program.h"

struct serve_options {
    const char *program;    /* "mcp-database"; for messages and the log */
    const json_t *settings; /* host, port, unix_socket, unix_mode, transport, log_level,
                               token_file, tls_cert, tls_key, oauth_issuer, oauth_audience,
                                  oauth_jwks,
                                  oauth_jwks_url, oauth_scopes, allow_remote, allowed_hosts,
                               allowed_origins */
    mcp_page_fn *health;    /* renders /health; its status is 503 while stopping */
    void *health_user;
    const struct mcp_program_watch *watch; /* reload; NULL: none */
    void (*started)(void *user);           /* it listens; NULL: nobody wants to know */
    void (*release)(void *user); /* ends calls that others still answer; before the server goes */
    void *user;
};

/* Set the log level the settings name; before the program's own start-up says anything. */
void serve_set_log_level(const json_t *settings);

/* For mcp_server_options.on_broken_promise. Logs where, not what: that may be data. */
void serve_log_broken_promise(void *unused, const char *tool, const struct mcp_err *why);

/*
 * Serve until SIGTERM, SIGINT, or the end of stdin: takes `server` (freed before return, after
 * release). Complains on stderr itself. Returns the program's exit code.
 */
int serve_run(struct mcp_server *server, const struct serve_options *options);

#endif
