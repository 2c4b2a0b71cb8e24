/* SPDX-License-Identifier: MIT */
/* call.h - requests on the connection of an upstream, each measured. Layer: orchestrator. Includes:
 * upstream. */
#ifndef ORCH_CALL_H
#define ORCH_CALL_H

#include "orchestrator/upstream.h"

/*
 * As mcp_dial_request on the live connection, which there must be; what came of it is noted for the
 * status and the breaker. Of requests that fail together the breaker counts one, and none when the
 * server answered another one meanwhile. The loop's thread only.
 */
void orch_call_send(struct orch_upstream *upstream, const char *method, const json_t *params,
                    uint64_t timeout_ms, mcp_reply_fn *on_done, void *user);

#endif
