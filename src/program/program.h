/* SPDX-License-Identifier: MIT */
/* program.h - what every server program's main does around its work. Layer: program. */
#ifndef MCP_PROGRAM_H
#define MCP_PROGRAM_H

#include "program/conf.h"

/* Exit codes of all our programs, documented in --help and the manual pages. */
enum {
    MCP_EXIT_OK = 0,
    MCP_EXIT_FAILURE = 1, /* the work failed: reported on stderr */
    MCP_EXIT_USAGE = 2    /* a bad option, setting or configuration file */
};

/* Block signals in every thread to come, ignore SIGPIPE, route jansson's memory, tzset. First. */
void mcp_program_prepare(void);

/* Read ./.env (absent is fine) and resolve the settings from argv and the environment. */
enum mcp_code mcp_program_settings(const json_t *schema, int argc, char **argv, json_t **out_values,
                                   json_t **out_positional, struct mcp_err *err) MCP_CHECK;

/* `mcp-database: config: PORT ...` on stderr, in colour only on a terminal; returns exit_code. */
int mcp_program_complain(const char *program, const struct mcp_err *err, int exit_code);

/* What may happen while a server program runs. */
struct mcp_program_watch {
    void (*on_reload)(void *user); /* SIGHUP, or the watched file changed (debounced) */
    const char *path;              /* file to watch; NULL: none */
    void *user;
};

/*
 * Wait on the main thread until SIGTERM, SIGINT or mcp_program_quit; reloads in between. A second
 * signal during the stop that follows ends the process at once. Returns the signal, 0 for quit.
 */
int mcp_program_wait(const struct mcp_program_watch *watch);
void mcp_program_quit(void); /* any thread */

#endif
