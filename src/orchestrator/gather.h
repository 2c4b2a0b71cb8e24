/* SPDX-License-Identifier: MIT */
/* gather.h - the questions put to all servers together. Layer: orchestrator. Includes: fleet. */
#ifndef ORCH_GATHER_H
#define ORCH_GATHER_H

#include "orchestrator/fleet.h"

/* The calls of mcp/orchestrator.h of the same names, on connections that are open. out_missing
 * may be NULL. */
enum mcp_code orch_gather_all(const struct orch_visit *visit, json_t **out_resources,
                              json_t **out_missing, struct orch_error *error) MCP_CHECK;
enum mcp_code orch_gather_domain(const struct orch_visit *visit, const char *domain,
                                 json_t **out_resources, json_t **out_missing,
                                 struct orch_error *error) MCP_CHECK;
enum mcp_code orch_gather_read(const struct orch_visit *visit, const char *uri, json_t **out_result,
                               struct orch_error *error) MCP_CHECK;
enum mcp_code orch_gather_call(const struct orch_visit *visit, const char *tool,
                               const json_t *arguments, json_t **out_result,
                               struct orch_error *error) MCP_CHECK;
enum mcp_code orch_gather_tools(const struct orch_visit *visit, struct orch_error *error) MCP_CHECK;

#endif
