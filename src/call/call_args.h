/* SPDX-License-Identifier: MIT */
/* call_args.h - the command line of mcp-call. Layer: call. Includes: json dial. */
#ifndef MCP_CALL_ARGS_H
#define MCP_CALL_ARGS_H

#include "mcp/dial.h"

enum call_action { CALL_RUN, CALL_HELP, CALL_VERSION };

enum call_format {
    CALL_AUTO,    /* indented on a terminal, else compact */
    CALL_COMPACT, /* --json */
    CALL_PRETTY,  /* --pretty */
    CALL_RAW      /* --raw */
};

enum { CALL_TIMEOUT_MS = 30000, CALL_MAX_TIMEOUT_MS = 86400000 };

/* What is asked for. Texts are views of argv; the arrays are owned and NULL-terminated. */
struct call_args {
    enum call_action action;
    enum mcp_dial_transport transport;
    enum mcp_client_era era;
    enum mcp_version offer; /* legacy revision; NONE: the newest */
    const char *url;        /* NULL: a command */
    const char **command;   /* its words; empty for a URL */
    const char *method;
    const char *params; /* JSON text, "@FILE", or NULL */
    const char **headers;
    const char **env;
    const char *token_file;
    const char *ca_file;
    /* OAuth; without has_oauth none of these is given */
    const char *oauth_store; /* directory; NULL: nothing is kept */
    const char *issuer;
    const char *client_id;
    const char *client_secret_file;
    const char *client_id_url;
    const char *redirect_uri;
    const char *scope;
    bool has_oauth;
    bool acts_alone;     /* client_credentials */
    bool reads_redirect; /* a pasted URL from standard input */
    uint64_t timeout_ms;
    enum call_format format;
    bool follows_pages;
    bool is_verbose;
};

/*
 * Read the words after the program's name.
 *
 *   mcp-call [OPTIONS] URL METHOD [PARAMS]
 *   mcp-call [OPTIONS] METHOD [PARAMS] -- COMMAND [ARG...]
 *   mcp-call [OPTIONS] -- COMMAND [ARG...] METHOD [PARAMS]
 *
 * The last form reads from the end: PARAMS is a last word that begins with `{` or `@`, METHOD the
 * word before it, which is `ping`, `initialize`, or words with slashes between (`tools/list`).
 *
 *   errors  INVALID  one line that says what to write instead
 *           NOMEM
 */
enum mcp_code call_args_parse(int argc, const char *const *argv, struct call_args *out_args,
                              struct mcp_err *err) MCP_CHECK;
/* Member of a list method's result that holds the items; NULL when it is no list method. */
const char *call_list_key(const char *method);

void call_args_deinit(struct call_args *args);

#endif
