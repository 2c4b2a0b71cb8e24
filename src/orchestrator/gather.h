/* SPDX-License-Identifier: MIT */
/* gather.h - the questions put to all servers together. Layer: orchestrator. Includes: fleet. */
#ifndef ORCH_GATHER_H
#define ORCH_GATHER_H

#include "orchestrator/fleet.h"

/* The calls of mcp/orchestrator.h of the same names, on connections that are open. out_missing
 * may be NULL. */
enum mcp_code orch_gather_all(struct orch_fleet *fleet, json_t **out_resources,
                              json_t **out_missing, struct orch_error *error) MCP_CHECK;
enum mcp_code orch_gather_domain(struct orch_fleet *fleet, const char *domain,
                                 json_t **out_resources, json_t **out_missing,
                                 struct orch_error *error) MCP_CHECK;
enum mcp_code orch_gather_read(struct orch_fleet *fleet, const char *uri, json_t **out_result,
                               struct orch_error *error) MCP_CHECK;
enum mcp_code orch_gather_call(struct orch_fleet *fleet, const char *tool, const json_t *arguments,
                               json_t **out_result, struct orch_error *error) MCP_CHECK;

#endif
