/* SPDX-License-Identifier: MIT */
/* renewal.h - what is read again of a server's secrets, on SIGHUP or when a file changed. Layer:
 * serve. Includes: listen program. */
#ifndef SERVE_RENEWAL_H
#define SERVE_RENEWAL_H

#include "mcp/listen.h"
#include "program/program.h"
#include "serve/authority.h"

/* thread: main */
struct serve_renewal {
    const char *program;                  /* for the log */
    const json_t *settings;               /* token_file, tls_cert, tls_key */
    struct mcp_listener *listener;        /* borrowed; NULL: it has no secrets (stdio) */
    struct serve_authority *authority;    /* borrowed; NULL: none */
    const struct mcp_program_watch *next; /* the program's own reload; NULL: none */
};

/* Read one kind of secret again, as below; for whoever watches its file. */
void serve_renewal_tokens(void *user);
void serve_renewal_tls(void *user);
void serve_renewal_keys(void *user);

/*
 * Read every secret again and hand it to the listener, then let the program reload. What cannot be
 * read or is wrong leaves the former in place, and a warning says so. `user` is a struct
 * serve_renewal.
 */
void serve_renewal_run(void *user);

/* The program's own tick; it must have one. */
void serve_renewal_tick(void *user);

#endif
