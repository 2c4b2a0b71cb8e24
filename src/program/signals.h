/* SPDX-License-Identifier: MIT */
/* signals.h - SIGTERM, SIGINT and SIGHUP as a descriptor to wait on. Layer: program. */
#ifndef MCP_SIGNALS_H
#define MCP_SIGNALS_H

#include "mcp/err.h"

/*
 * Block SIGTERM, SIGINT and SIGHUP in this thread and those it starts; ignore SIGPIPE. Before any
 * thread. A child made with fork inherits both: its owner resets them before exec.
 */
void mcp_signals_block(void);

/* A non-blocking, close-on-exec descriptor, readable when one of the three is pending.
 * errors: IO. owner: the caller closes it. */
enum mcp_code mcp_signals_open(int *out_fd, struct mcp_err *err) MCP_CHECK;

/* Take one pending signal from the descriptor; 0 when there is none. */
int mcp_signals_take(int fd);

/* Let SIGTERM and SIGINT end the process again, as by default. Call on the main thread. */
void mcp_signals_restore(void);

#endif
