/* SPDX-License-Identifier: MIT */
/* everything_server.c - the fixture server of the official suites, on the public API alone. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "everything.h"

static const char usage[] =
    "usage: everything-server [--port N] [--transport http|stdio]\n"
    "\n"
    "Serves what the official MCP conformance suite asks a server for, on loopback.\n"
    "Without --port any free port is taken; the line \"listening on URL\" names it.\n";

static enum mcp_code add_all(struct mcp_server *server, struct mcp_err *err) {
    MCP_TRY(everything_add_tools(server, err));
    MCP_TRY(everything_add_legacy_input(server, err));
    MCP_TRY(everything_add_input(server, err));
    return everything_add_others(server, err);
}

static void on_eof(void *user) {
    (void)user;
    (void)kill(getpid(), SIGTERM);
}

static enum mcp_code start(struct mcp_server *server, const struct mcp_listen_options *options,
                           bool is_stdio, struct mcp_listener **out_listener, struct mcp_err *err) {
    if (is_stdio)
        return mcp_listener_start_stdio(server, options, STDIN_FILENO, STDOUT_FILENO, on_eof, NULL,
                                        out_listener, err);
    MCP_TRY(mcp_listener_start_http(server, options, out_listener, err));
    (void)fprintf(stderr, "listening on http://127.0.0.1:%u/mcp\n",
                  (unsigned)mcp_listener_port(*out_listener));
    return MCP_OK;
}

static enum mcp_code serve(const struct mcp_listen_options *options, bool is_stdio,
                           const sigset_t *signals, struct mcp_err *err) {
    const struct mcp_server_options about = {.name = "everything-server",
                                             .title = "Everything",
                                             .version = "1.0.0",
                                             .instructions = "A fixture for conformance tests."};
    struct mcp_server *server = NULL;
    struct mcp_listener *listener = NULL;
    int signal = 0;
    MCP_TRY(mcp_server_new(&about, &server, err));
    enum mcp_code code = add_all(server, err);
    if (code == MCP_OK)
        code = start(server, options, is_stdio, &listener, err);
    if (code == MCP_OK) {
        (void)sigwait(signals, &signal);
        mcp_listener_stop(listener, 1000);
        mcp_listener_free(listener);
    }
    mcp_server_free(server);
    return code;
}

static bool read_arguments(int argc, char **argv, struct mcp_listen_options *options,
                           bool *is_stdio) {
    static const struct option known[] = {
        {"port", required_argument, NULL, 'p'}, {"transport", required_argument, NULL, 't'}, {0}};
    for (int word = getopt_long(argc, argv, "", known, NULL); word != -1;
         word = getopt_long(argc, argv, "", known, NULL)) {
        if (word == 'p')
            options->port = (uint16_t)strtoul(optarg, NULL, 10);
        else if (word == 't')
            *is_stdio = strcmp(optarg, "stdio") == 0;
        else
            return false;
    }
    return optind == argc;
}

int main(int argc, char **argv) {
    struct mcp_listen_options options = {.host = "127.0.0.1"};
    struct mcp_err err = {0};
    bool is_stdio = false;
    sigset_t signals;
    if (!read_arguments(argc, argv, &options, &is_stdio)) {
        (void)fputs(usage, stderr);
        return 2;
    }
    mcp_json_use_allocator();
    (void)signal(SIGPIPE, SIG_IGN);
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
    if (serve(&options, is_stdio, &signals, &err) == MCP_OK)
        return 0;
    (void)fprintf(stderr, "everything-server: %s %s\n", err.where, err.what);
    return 1;
}
