/* SPDX-License-Identifier: MIT */
/* fixture_server.h - a small server with one of everything, for the tests of engine and transports.
 */
#ifndef FIXTURE_SERVER_H
#define FIXTURE_SERVER_H

#include <pthread.h>

#include "mcp/server.h"

/* What it offers is told in the "about" of tests/vectors/server.json. */
struct fixture {
    struct mcp_server *server;
    struct mcp_blob *text;
    pthread_mutex_t lock; /* guards: all below */
    pthread_cond_t changed;
    size_t waiting; /* slow calls now inside */
    bool is_released;
    struct mcp_call *kept; /* the later call, or NULL */
    bool asks;             /* has the questions, too */
};

/* Options may be NULL. The executor may be NULL. errors: those of mcp_server_new and start */
enum mcp_code fixture_open(struct fixture *fixture, const struct mcp_server_options *options,
                           const struct mcp_executor *executor, struct mcp_err *err) MCP_CHECK;

/* The same with tools, a prompt and a resource that ask the client: fixture_questions.c. */
enum mcp_code fixture_open_asking(struct fixture *fixture, const struct mcp_server_options *options,
                                  struct mcp_err *err) MCP_CHECK;
enum mcp_code fixture_add_questions(struct fixture *fixture, struct mcp_err *err) MCP_CHECK;
void fixture_close(struct fixture *fixture); /* stops the server first */

/* Stop the server and release what waits, as fixture_close does first. */
void fixture_stop(struct fixture *fixture);

/* A stopped server as it was after its start, without the cost of another start: what was
 * registered and encoded stays, sessions, counters and everything in flight are gone.
 * errors: those of mcp_state_new */
enum mcp_code fixture_renew(struct fixture *fixture, struct mcp_err *err) MCP_CHECK;

/* Let slow calls return and answer the later call, if there is one. */
void fixture_release(struct fixture *fixture);

/* Wait until `count` slow calls are inside; false after 5 seconds. */
bool fixture_wait_slow(struct fixture *fixture, size_t count);

/* An executor that runs each job on a thread of its own; join them before the fixture is closed. */
struct fixture_threads {
    pthread_t threads[64];
    size_t count;
    size_t max; /* further jobs are refused with LIMIT */
};
struct mcp_executor fixture_executor(struct fixture_threads *threads, size_t max);
void fixture_join(struct fixture_threads *threads);

#endif
