/* SPDX-License-Identifier: MIT */
/* child.h - a server as our child process, on pipes. Layer: dial. Includes: loop. */
#ifndef MCP_CHILD_H
#define MCP_CHILD_H

#include "dial/loop.h"

enum {
    MCP_CHILD_QUEUE_BYTES = 1 << 20,   /* written but not read by the child */
    MCP_CHILD_STDERR_BYTES = 64 << 10, /* the last of it is kept */
    MCP_CHILD_GRACE_MS = 2000          /* between closing stdin, SIGTERM and SIGKILL */
};

/*
 * A process in a session of its own, with descriptors 0, 1 and 2 and no others, that dies with us.
 * Its stderr is always drained. Its descendants end with it, unless they make a session of their
 * own (setsid), as daemons do: those are waited for by nobody.
 */
struct mcp_child;

struct mcp_child_spec {
    const char *program; /* absolute */
    char *const *argv;
    char *const *env; /* added to the six inherited names; may be NULL */
};

/* Called on the loop's thread. */
struct mcp_child_handlers {
    void (*on_output)(void *user, struct mcp_str bytes);
    /* It exited or closed its stdout: no more output. Not after stop. */
    void (*on_gone)(void *user, const struct mcp_err *err);
    /* After stop: the process and its group are gone; `child` is released on return. */
    void (*on_closed)(void *user);
    void *user;
};

/* errors: IO the system refuses, or the program cannot be run (os_errno); NOMEM. */
enum mcp_code mcp_child_start(struct mcp_loop *loop, const struct mcp_child_spec *spec,
                              const struct mcp_child_handlers *handlers,
                              struct mcp_child **out_child, struct mcp_err *err) MCP_CHECK;

/*
 * Write to its stdin without waiting; what the pipe does not take is queued.
 * errors: LIMIT more than MCP_CHILD_QUEUE_BYTES would be queued (one message of any size is taken
 * by an empty queue); IO its stdin is closed; NOMEM.
 */
enum mcp_code mcp_child_write(struct mcp_child *child, struct mcp_str bytes,
                              struct mcp_err *err) MCP_CHECK;

/* Close stdin, wait, SIGTERM, wait, SIGKILL to the group. No on_output, no on_gone any more;
 * on_closed follows, never from inside this call. */
void mcp_child_stop(struct mcp_child *child);

long mcp_child_pid(const struct mcp_child *child); /* 0 when it is gone */

/* The last whole lines of its stderr that fit, escaped for a terminal; NUL-terminated. */
void mcp_child_stderr_tail(const struct mcp_child *child, char *out, size_t out_bytes);

#endif
