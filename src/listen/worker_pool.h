/* SPDX-License-Identifier: MIT */
/* worker_pool.h - threads for handlers that block. Layer: listen. Includes: server. */
#ifndef MCP_WORKER_POOL_H
#define MCP_WORKER_POOL_H

#include "mcp/server.h"

#define MCP_WORKER_POOL_MAX_THREADS 256
#define MCP_WORKER_POOL_MAX_QUEUE   65536

struct mcp_worker_pool;

/*
 * Start the threads.
 *
 *   in      thread_count  1 to 256
 *           queue_length  jobs that may wait for a thread, 1 to 65536
 *   errors  INVALID, NOMEM, IO (no thread can be made; none is left behind)
 */
enum mcp_code mcp_worker_pool_start(size_t thread_count, size_t queue_length,
                                    struct mcp_worker_pool **out_pool,
                                    struct mcp_err *err) MCP_CHECK;

/* Refuse new jobs, finish those taken (a job that waits for a cancelled call ends soon), join and
 * release. NULL is a no-op. Not from a job. */
void mcp_worker_pool_stop(struct mcp_worker_pool *pool);

/*
 * Run `job(arg)` on one of the threads. Any thread may call.
 *
 *   errors  LIMIT  queue_length jobs wait already: "256 calls wait for a worker"
 *           STATE  stopping
 */
enum mcp_code mcp_worker_pool_submit(struct mcp_worker_pool *pool, void (*job)(void *arg),
                                     void *arg, struct mcp_err *err) MCP_CHECK;

/* The same as the server's executor. */
struct mcp_executor mcp_worker_pool_executor(struct mcp_worker_pool *pool);

#endif
