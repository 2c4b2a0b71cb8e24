/* SPDX-License-Identifier: MIT */
/* render.h - the answers of the orchestrator as text for people. Layer: orchestrator. Includes:
 * table. */
#ifndef ORCH_RENDER_H
#define ORCH_RENDER_H

#include "orchestrator/table.h"

/*
 * Each appends text that ends in a line break; everything from a peer is made safe for a terminal.
 *
 *   errors  NOMEM, LIMIT from `out`
 */

/* orch_get_configuration, of the file with this name. */
enum mcp_code orch_render_configuration(struct mcp_buf *out, const struct orch_look *look,
                                        const char *file, const json_t *configuration,
                                        struct mcp_err *err) MCP_CHECK;

/* orch_get_status */
enum mcp_code orch_render_status(struct mcp_buf *out, const struct orch_look *look,
                                 const json_t *status, struct mcp_err *err) MCP_CHECK;

/* orch_status_flaws of a status: one line each, or that there are none. */
enum mcp_code orch_render_flaws(struct mcp_buf *out, const struct orch_look *look,
                                const json_t *status, const json_t *flaws,
                                struct mcp_err *err) MCP_CHECK;

/* orch_gather_all_resources: answer and what is missing. */
enum mcp_code orch_render_gather(struct mcp_buf *out, const struct orch_look *look, json_t *answer,
                                 const json_t *missing, struct mcp_err *err) MCP_CHECK;

/* orch_get_resources_for_domain */
enum mcp_code orch_render_domain(struct mcp_buf *out, const struct orch_look *look,
                                 json_t *resources, const json_t *missing,
                                 struct mcp_err *err) MCP_CHECK;

/* `contents` of orch_read_resource, or `content` of a tool's result: texts as they are (made safe
 * when `is_terminal`), bytes as a remark. */
enum mcp_code orch_render_contents(struct mcp_buf *out, bool is_terminal, const json_t *contents,
                                   struct mcp_err *err) MCP_CHECK;

/* What else an orch_error's context names, one line each. */
enum mcp_code orch_render_context(struct mcp_buf *out, const struct orch_look *look,
                                  const json_t *context, struct mcp_err *err) MCP_CHECK;

/* "{name, price}", "text, 12 bytes", "image/png, 9 bytes". */
void orch_describe_value(struct mcp_buf *out, const json_t *value);

#endif
