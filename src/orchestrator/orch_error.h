/* SPDX-License-Identifier: MIT */
/* orch_error.h - building an orch_error. Layer: orchestrator. Includes: base json. */
#ifndef ORCH_ERROR_H
#define ORCH_ERROR_H

#include "mcp/orchestrator.h"

/*
 * Record a failure from an inner record and return its code. The first failure recorded wins;
 * `context` is taken in every case (NULL: none).
 */
enum mcp_code orch_error_set(struct orch_error *error, enum orch_error_kind kind,
                             const struct mcp_err *err, json_t *context);

/*
 * Record that servers failed: the line names as many as fit and counts the rest, the context holds
 * all of them.
 *
 *   in  summary   "2 of 3 servers could not be reached"
 *       failures  array of {"name", "error", "code", "uri"?}; borrowed. The first one's code
 *                 becomes the code of the whole
 */
enum mcp_code orch_error_set_servers(struct orch_error *error, enum orch_error_kind kind,
                                     const char *summary, const json_t *failures);

/* Out of memory, recorded as OTHER. */
enum mcp_code orch_error_nomem(struct orch_error *error);

/* A copy that shares nothing; a context that cannot be copied is left out. */
void orch_error_copy(const struct orch_error *from, struct orch_error *to);

/* The code with this name ("E_IO"), MCP_E_PEER when there is none. */
enum mcp_code orch_code_of_name(const char *name);

#endif
