/* SPDX-License-Identifier: MIT */
/* program.h - what every server program's main does around its work. Layer: program. */
#ifndef MCP_PROGRAM_H
#define MCP_PROGRAM_H

#include "program/conf.h"
#include "program/file_watch.h"

/* Exit codes of all our programs, documented in --help and the manual pages. */
enum {
    MCP_EXIT_OK = 0,
    MCP_EXIT_FAILURE = 1, /* the work failed: reported on stderr */
    MCP_EXIT_USAGE = 2    /* a bad option, setting or configuration file */
};

/* Block signals in every thread to come, ignore SIGPIPE, route jansson's memory, tzset, keep what a
 * service manager handed over from children. First. */
void mcp_program_prepare(void);

/* The listening socket that a service manager handed over, the caller's from now on; 0: none. */
int mcp_program_take_socket(void);

/* What the words before "--" ask for instead of work; the first one counts. */
enum mcp_program_wish { MCP_WISH_WORK, MCP_WISH_HELP, MCP_WISH_VERSION };
enum mcp_program_wish mcp_program_wish(int argc, char **argv); /* --help -h --version -V */

/*
 * Read ./.env (absent, or a directory, is fine) and resolve the settings from argv (without the
 * program's name) and the environment. As mcp_conf_resolve; IO: .env cannot be read.
 */
enum mcp_code mcp_program_settings(const json_t *schema, int argc, char **argv, json_t **out_values,
                                   json_t **out_positional, struct mcp_err *err) MCP_CHECK;

/* `mcp-database: command line: --port is "abc": expected ...` on stderr, in colour only on a
 * terminal (and not with NO_COLOR); returns exit_code. */
int mcp_program_complain(const char *program, const struct mcp_err *err, int exit_code);

/* The usage text, then the options of the schema (NULL: none), on stdout. Returns the exit code. */
int mcp_program_help(const char *usage, const json_t *schema);

/* Watch a file from now on: before it is read for the first time, so that no change falls between.
 * NULL when that is impossible (logged): then only SIGHUP reloads. */
struct mcp_file_watch *mcp_program_watch_file(const char *path);

enum { MCP_PROGRAM_MAX_FILES = 8 };

/* One file more, with something of its own to do when it changed (debounced). */
struct mcp_program_file {
    struct mcp_file_watch *file; /* borrowed; NULL: none */
    void (*on_change)(void *user);
    void *user;
};

/* What may happen while a server program runs. */
struct mcp_program_watch {
    void (*on_reload)(void *user); /* SIGHUP, or the watched file changed (debounced) */
    struct mcp_file_watch *file;   /* borrowed; NULL: none */
    void *user;
    void (*on_tick)(void *user); /* at the start and every tick_ms; NULL: never */
    uint64_t tick_ms;
    const struct mcp_program_file *files; /* more of them */
    size_t file_count;                    /* at most MCP_PROGRAM_MAX_FILES */
};

/*
 * Wait on the main thread until SIGTERM, SIGINT or mcp_program_quit; reloads in between. A second
 * signal during the stop that follows ends the process at once. Returns the signal, 0 for quit, -1
 * when signals cannot be watched (logged).
 */
int mcp_program_wait(const struct mcp_program_watch *watch); /* watch may be NULL */
void mcp_program_quit(void);                                 /* any thread, also before the wait */

#endif
