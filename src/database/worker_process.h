/* SPDX-License-Identifier: MIT */
/* worker_process.h - one SQL worker process: start, talk, kill, reap. Layer: database.
 * Includes: json. */
#ifndef DATABASE_WORKER_PROCESS_H
#define DATABASE_WORKER_PROCESS_H

#include <sys/types.h>

#include "mcp/json.h"

/* What must be run to get a worker: this very program, told so by its first argument. */
#define DATABASE_WORKER_PROGRAM  "/proc/self/exe"
#define DATABASE_WORKER_ARGUMENT "--sql-worker"
enum { DATABASE_WORKER_FD = 3 };

struct database_process {
    pid_t pid; /* 0: none */
    int fd;    /* SEQPACKET, non-blocking; -1: none */
};

/*
 * Start a process of our own program with one socket at descriptor 3, nothing else but stderr, no
 * environment but TZ; it has been sent its configuration when this returns.
 *
 *   errors  IO     out of processes, descriptors, or memory
 *   thread  any; the process dies with the thread that started it
 */
enum mcp_code database_process_start(const json_t *configuration, struct database_process *out,
                                     struct mcp_err *err) MCP_CHECK;

/* One frame. errors: IO the process is gone. */
enum mcp_code database_process_send(const struct database_process *process, char type,
                                    struct mcp_str text, struct mcp_err *err) MCP_CHECK;

/* Kill, reap, close; safe on a zeroed or ended one. Returns the wait status, -1 when there was
 * none. */
int database_process_end(struct database_process *process);

#endif
