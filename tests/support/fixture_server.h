/* SPDX-License-Identifier: MIT */
/* fixture_server.h - a small server with one of everything, for the tests of engine and transports.
 */
#ifndef FIXTURE_SERVER_H
#define FIXTURE_SERVER_H

#include <pthread.h>

#include "mcp/server.h"

/*
 * Tools (all take an object):
 *   echo {text: string}       content [text]; a worker's handler when there is an executor: no
 *   fail {code?: string}      fails with that mcp_code name ("E_IO" when absent)
 *   progress {steps: integer} tells progress 1..steps of steps (20 at most), logs "step N" at info,
 * answers slow {}                   on a worker: waits until it is released or cancelled later {}
 * kept; answered by fixture_release, failed when cancelled whoami {}                 text
 * "PRINCIPAL VERSION", structuredContent {"version": ...} weather {city}            has
 * x-mcp-header City and an output schema Resources: fixture://text (encoded once, ttl 1000),
 * fixture://tree (a JSON tree, private), fixture://gone (its handler says NOT_FOUND),
 * fixture://broken (IO) Templates: fixture://item/{id} (completes "id": 1, 10, 100 ...; id "0" is
 * NOT_FOUND) Prompts: hello {name required, mood} with completion of both; many: 150 proposals for
 * "name" x
 */
struct fixture {
    struct mcp_server *server;
    struct mcp_blob *text;
    pthread_mutex_t lock; /* guards: all below */
    pthread_cond_t changed;
    size_t waiting; /* slow calls now inside */
    bool is_released;
    struct mcp_call *kept; /* the later call, or NULL */
};

/* Options may be NULL. The executor may be NULL. errors: those of mcp_server_new and start */
enum mcp_code fixture_open(struct fixture *fixture, const struct mcp_server_options *options,
                           const struct mcp_executor *executor, struct mcp_err *err) MCP_CHECK;
void fixture_close(struct fixture *fixture); /* stops the server first */

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
