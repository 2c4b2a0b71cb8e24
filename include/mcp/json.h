/* SPDX-License-Identifier: MIT */
/* json.h - strict JSON text to jansson values and back, typed access. Layer: json. Includes: base.
 */
#ifndef MCP_JSON_H
#define MCP_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "mcp/buf.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Parse one JSON text. Duplicate keys, trailing bytes, a byte order mark, invalid UTF-8, NaN and
 * \u0000 are refused; depth is bounded by jansson's 2048. Any top-level value is accepted.
 * Integers outside int64 and reals outside double are refused.
 *
 *   out     *out_root  a new reference
 *   errors  SYNTAX     err->where is "line:column" (1-based, column in bytes) of the first
 *                      byte that cannot continue a JSON text, or of the end; for what is JSON but
 *                      refused here, of the last byte of the key, string or number
 *           NOMEM      allocation refused, or over the thread's allocation budget
 *   spec    RFC 8259
 */
enum mcp_code mcp_json_parse(struct mcp_str text, json_t **out_root, struct mcp_err *err) MCP_CHECK;

enum { MCP_JSON_MAX_DEPTH = 2048 };

/*
 * Append `value` compact, members in insertion order. U+0085, U+2028 and U+2029 are written as
 * \u escapes: some event-stream clients split lines there. Reals as in mcp_json_add_real.
 *
 *   errors  NOMEM, LIMIT  from out; LIMIT also when nested deeper than MCP_JSON_MAX_DEPTH
 *   cost    one pass, no allocation but out's
 */
enum mcp_code mcp_json_write(const json_t *value, struct mcp_buf *out,
                             struct mcp_err *err) MCP_CHECK;
enum mcp_code mcp_json_write_pretty(const json_t *value, struct mcp_buf *out,
                                    struct mcp_err *err) MCP_CHECK; /* two spaces, final newline */

/* Append text as a JSON string with its quotes; malformed UTF-8 becomes U+FFFD. */
void mcp_json_add_string(struct mcp_buf *out, struct mcp_str text);

/* The same for text that is JSON itself, as these functions write it: only quotes and backslashes
 * are looked for. */
void mcp_json_add_json_string(struct mcp_buf *out, struct mcp_str json);

/* Append the first of %.15g, %.16g, %.17g that reads back as the same double (fewer digits below
 * the normal range), with ".0" when it would look like an integer; null when not finite. Any
 * locale. */
void mcp_json_add_real(struct mcp_buf *out, double value);
void mcp_json_add_integer(struct mcp_buf *out, int64_t value);

/*
 * Typed members of an object. The plain form fails with SCHEMA when the key is absent, the
 * optional form leaves *out untouched; both fail with SCHEMA on another type. err->where is
 * "/key". Views and strings are borrowed from `object`.
 */
enum mcp_code mcp_json_get_string(const json_t *object, const char *key, const char **out,
                                  struct mcp_err *err) MCP_CHECK;
enum mcp_code mcp_json_opt_string(const json_t *object, const char *key, const char **out,
                                  struct mcp_err *err) MCP_CHECK;
enum mcp_code mcp_json_get_integer(const json_t *object, const char *key, int64_t min, int64_t max,
                                   int64_t *out, struct mcp_err *err) MCP_CHECK;
enum mcp_code mcp_json_opt_integer(const json_t *object, const char *key, int64_t min, int64_t max,
                                   int64_t *out, struct mcp_err *err) MCP_CHECK;
enum mcp_code mcp_json_opt_bool(const json_t *object, const char *key, bool *out,
                                struct mcp_err *err) MCP_CHECK;
enum mcp_code mcp_json_get_object(const json_t *object, const char *key, json_t **out,
                                  struct mcp_err *err) MCP_CHECK;
enum mcp_code mcp_json_opt_object(const json_t *object, const char *key, json_t **out,
                                  struct mcp_err *err) MCP_CHECK;
enum mcp_code mcp_json_get_array(const json_t *object, const char *key, json_t **out,
                                 struct mcp_err *err) MCP_CHECK;
enum mcp_code mcp_json_opt_array(const json_t *object, const char *key, json_t **out,
                                 struct mcp_err *err) MCP_CHECK;

/* Bytes of a JSON string value; empty for anything else. */
struct mcp_str mcp_json_str(const json_t *value);

/* "object", "array", "string", "integer", "number", "boolean", "null". */
const char *mcp_json_type_name(const json_t *value);

/* Route jansson's allocations through mcp_alloc. Call once at start of a program. */
void mcp_json_use_allocator(void);

void mcp_json_decref(json_t **value); /* for MCP_AUTO */

#ifdef __cplusplus
}
#endif

#endif
