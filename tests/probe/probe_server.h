/* SPDX-License-Identifier: MIT */
/* probe_server.h - the engine's script, for tests that want the answers of a run that failed. */
#ifndef PROBE_SERVER_H
#define PROBE_SERVER_H

#include "probe.h"

/* A server, and what its peers have heard. */
struct probe_server;

/* A server as `in` wants it. errors: NOMEM */
enum mcp_code probe_server_open(const json_t *in, struct probe_server **out_bench,
                                struct mcp_err *err) MCP_CHECK;
void probe_server_close(struct probe_server *bench);

/* As probe_server, but each step's result is appended to `results`, an array, as it comes; then
 * the server stops. NOMEM when any allocation was refused, even if every step has a result. */
enum mcp_code probe_server_run(struct probe_server *bench, const json_t *in, json_t *results,
                               struct mcp_err *err) MCP_CHECK;

/* As newly opened, to be run again. errors: NOMEM */
enum mcp_code probe_server_renew(struct probe_server *bench, struct mcp_err *err) MCP_CHECK;

#endif
