/* SPDX-License-Identifier: MIT */
/* merge.h - from protocol results to the shapes callers see. Layer: orchestrator. Includes: conf.
 */
#ifndef ORCH_MERGE_H
#define ORCH_MERGE_H

#include "orchestrator/conf.h"

/*
 * Value of one resource from the `contents` of resources/read.
 *
 *   in      listed_mime  mimeType in the list, for contents without one; NULL: none
 *   out     *out_value   new: parsed JSON when the type is application/json or ends in +json (or
 *                        there is no type and the text is an object or array), else a string;
 *                        {"blob", "mimeType"}; several contents: [{"uri", "value"}, ...]
 *           *out_remark  "" or why JSON was kept as text; room for ORCH_REMARK_BYTES
 *   errors  SCHEMA  not contents: neither text nor blob
 */
enum { ORCH_REMARK_BYTES = 192 };
enum mcp_code orch_merge_value(const json_t *contents, const char *listed_mime, json_t **out_value,
                               char *out_remark, struct mcp_err *err) MCP_CHECK;

/* Put `value` (taken in every case) under the resource's name; under its URI when the name is
 * missing or taken; under "URI#2", "URI#3" when even that is. */
enum mcp_code orch_merge_put(json_t *resources, const char *name, const char *uri, json_t *value,
                             struct mcp_err *err) MCP_CHECK;

/* {"name": resource, "uri", "error", "code"} appended to `errors`. */
enum mcp_code orch_merge_note(json_t *errors, const char *name, const char *uri,
                              const struct mcp_err *why, struct mcp_err *err) MCP_CHECK;

/*
 * One server's part of a gather: {"priority", "domains", "capabilities", "resources", "errors"?},
 * set in `answer` under the display name. Nothing is shared with `fetched`, which is
 * {"resources": {...}, "errors": [...], ...}.
 */
enum mcp_code orch_merge_server(json_t *answer, const struct orch_server *server,
                                const json_t *fetched, struct mcp_err *err) MCP_CHECK;

/* {"id", "name", "state": "missing", "error", "code"} of an absent server appended to `missing`. */
enum mcp_code orch_merge_missing(json_t *missing, const struct orch_server *server,
                                 const struct mcp_err *why, struct mcp_err *err) MCP_CHECK;

/* One whose part of the answer is stale: the same with "state": "stale" and "age_ms". Without a
 * cause (its code is OK) it is being read again. */
enum mcp_code orch_merge_stale(json_t *missing, const struct orch_server *server, uint64_t age_ms,
                               const struct mcp_err *why, struct mcp_err *err) MCP_CHECK;

/* One entry for each of the fetch's errors: {"id", "name", "uri", "resource", "state": "failed",
 * "error", "code"}. */
enum mcp_code orch_merge_missing_resources(json_t *missing, const struct orch_server *server,
                                           const json_t *fetched, struct mcp_err *err) MCP_CHECK;

#endif
