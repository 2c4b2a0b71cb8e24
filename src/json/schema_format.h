/* SPDX-License-Identifier: MIT */
/* schema_format.h - the values of `format` that can be asserted. Layer: json. Includes: buf. */
#ifndef MCP_SCHEMA_FORMAT_H
#define MCP_SCHEMA_FORMAT_H

#include "mcp/buf.h"

/* date-time, date, time, email, hostname, ipv4, ipv6, uri, uri-reference, uuid, regex,
 * json-pointer. Static storage. */
struct mcp_schema_format;

/* NULL for a format that is not known: such a one is always an annotation. */
const struct mcp_schema_format *mcp_schema_format_find(struct mcp_str name);
const char *mcp_schema_format_name(const struct mcp_schema_format *format);

/* "an e-mail address", for "expected an e-mail address". */
const char *mcp_schema_format_noun(const struct mcp_schema_format *format);

/*
 *   errors  NOMEM
 *   cost    O(length); `regex` compiles, a hostname with an "xn--" label decodes it
 *   spec    RFC 3339, 5321, 1123, 5890-5893, 2673, 4291, 3986, 4122, 6901; ECMA-262
 */
enum mcp_code mcp_schema_format_check(const struct mcp_schema_format *format, struct mcp_str text,
                                      bool *out_valid, struct mcp_err *err) MCP_CHECK;

/* The pieces, by their own rules. */
bool mcp_schema_is_hostname(struct mcp_str text);
bool mcp_schema_is_email(struct mcp_str text);
bool mcp_schema_is_ipv4(struct mcp_str text);
bool mcp_schema_is_ipv6(struct mcp_str text);
bool mcp_schema_is_uri(struct mcp_str text);
bool mcp_schema_is_uri_reference(struct mcp_str text);
bool mcp_schema_is_date(struct mcp_str text);
bool mcp_schema_is_time(struct mcp_str text);
bool mcp_schema_is_date_time(struct mcp_str text);

#endif
