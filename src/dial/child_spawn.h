/* SPDX-License-Identifier: MIT */
/* child_spawn.h - fork and exec with nothing inherited. Layer: dial. Includes: base. */
#ifndef MCP_CHILD_SPAWN_H
#define MCP_CHILD_SPAWN_H

#include <sys/types.h>

#include "mcp/err.h"

/* Our ends of the pipes: non-blocking, close-on-exec. */
struct mcp_spawned {
    pid_t pid; /* also its process group and session */
    int in;
    int out;
    int errors;
};

/*
 * Run `program` (absolute): own session, SIGKILL when our thread ends, default signals, no
 * descriptor but its three pipes. Returns when the program runs or cannot.
 * errors: IO with os_errno.
 */
enum mcp_code mcp_child_spawn(const char *program, char *const *argv, char *const *env,
                              struct mcp_spawned *out_spawned, struct mcp_err *err) MCP_CHECK;

#endif
