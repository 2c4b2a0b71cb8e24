/* SPDX-License-Identifier: MIT */
/* sandbox.h - give up everything a SQL worker does not need. Layer: database. Includes: base. */
#ifndef DATABASE_SANDBOX_H
#define DATABASE_SANDBOX_H

#include <stddef.h>

#include "mcp/err.h"

/*
 * For the calling process, for good: no new privileges, no core, no file growth, at most 16
 * descriptors and `memory_bytes` of address space, and only the system calls that computing over
 * already opened files takes: no open, no socket, no exec, no fork, no executable memory. Any other
 * call fails with EPERM. Built with a sanitizer, the address-space bound is left out: the
 * sanitizer's own tables are larger.
 *
 *   errors  IO           the kernel refused a step
 *           UNSUPPORTED  no seccomp
 *   thread  call it while the process has one thread
 */
enum mcp_code database_sandbox_enter(size_t memory_bytes, struct mcp_err *err) MCP_CHECK;

/* The same for a process that keeps one connection to a database server: it may also wait for its
 * sockets, and still opens none. */
enum mcp_code database_sandbox_enter_connected(size_t memory_bytes, struct mcp_err *err) MCP_CHECK;

#endif
