/* SPDX-License-Identifier: MIT */
/* errand.h - one request to one server, and its answer waited for. Layer: orchestrator. Includes:
 * upstream. */
#ifndef ORCH_ERRAND_H
#define ORCH_ERRAND_H

#include "orchestrator/upstream.h"

struct orch_errand_order {
    struct orch_upstream *upstream;
    uint64_t since_ms; /* connecting that failed since is not repeated */
    const char *method;
    const json_t *params; /* borrowed until it returns */
};

/*
 * Connect when needed, ask, and ask once more where that is safe and the connection turned out
 * dead; within the server's timeout each.
 *
 *   out     *out_result  a new object nobody else holds
 *   errors  what connecting or the request failed with
 *   thread  any but the loop's
 */
enum mcp_code orch_errand_run(const struct orch_errand_order *order, json_t **out_result,
                              struct mcp_err *err) MCP_CHECK;

#endif
