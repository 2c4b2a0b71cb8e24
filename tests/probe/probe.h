/* SPDX-License-Identifier: MIT */
/* probe.h - a pure module as a function from one JSON case to one JSON result. */
#ifndef PROBE_H
#define PROBE_H

#include "mcp/json.h"

/*
 * Run one case. `in` is the case's "in" member. On MCP_OK *out is a new reference, compared with
 * the case's "out"; on failure the error is compared with its "error" ({code, where?, what?}).
 */
typedef enum mcp_code(probe_fn)(const json_t *in, json_t **out, struct mcp_err *err);

/* Bytes of a case value: a string as it is; {"base64": "..."} decoded; {"repeat": S, "times": N};
 * an array of such values joined. */
enum mcp_code probe_bytes(const json_t *value, struct mcp_buf *out, struct mcp_err *err);

/* A JSON string of the bytes, or {"base64": ...} when they are not valid UTF-8 or hold a NUL. */
json_t *probe_text(struct mcp_str bytes);

/* MCP_E_NOMEM recorded when `value` (a fresh json_t) is NULL, else stored in *out. */
enum mcp_code probe_give(json_t *value, json_t **out, struct mcp_err *err);

/* Integer member with a default. */
json_int_t probe_int(const json_t *in, const char *key, json_int_t otherwise);

#endif
