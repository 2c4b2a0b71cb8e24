/* SPDX-License-Identifier: MIT */
/* http_text.h - HTTP header text: lookup, media types, challenges. Layer: wire. Includes: base. */
#ifndef MCP_HTTP_TEXT_H
#define MCP_HTTP_TEXT_H

#include "mcp/buf.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Views into the transport's memory, valid during the arrival. */
struct mcp_http_header {
    struct mcp_str name;
    struct mcp_str value; /* optional white space around it already removed */
};

struct mcp_http_head {
    struct mcp_str method;
    struct mcp_str path;  /* as sent, without the query */
    struct mcp_str query; /* without '?' */
    const struct mcp_http_header *headers;
    size_t header_count;
};

/* First header of that name (ASCII case-insensitive), or NULL; count in *out_count if not NULL. */
const struct mcp_str *mcp_http_find(const struct mcp_http_head *head, struct mcp_str name,
                                    size_t *out_count);

/* "application/json; charset=utf-8" is "application/json". Other parameters are accepted; another
 * charset, or a parameter without a value, is not. */
bool mcp_http_media_type_is(struct mcp_str content_type, struct mcp_str media_type);

/* An Accept value admits the media type: the most specific range that matches decides, q=0 refuses
 * (RFC 9110 section 12.5.1). A range that is malformed is skipped; an empty value admits nothing.
 */
bool mcp_http_accepts(struct mcp_str accept, struct mcp_str media_type);

/* The first range of an Accept value is that media type: what its sender likes best, all weights
 * being equal. */
bool mcp_http_accept_leads(struct mcp_str accept, struct mcp_str media_type);

/*
 * Append the value of the first `name` in "a=1&b=2", form-decoded: %41 is A and + is a space. Names
 * are compared as sent.
 *
 *   errors  NOT_FOUND  no such name (a name without "=" has the empty value)
 *           SYNTAX     % without two hexadecimal digits, or %00
 *           LIMIT, NOMEM
 */
enum mcp_code mcp_http_query_get(struct mcp_str query, struct mcp_str name, struct mcp_buf *out,
                                 struct mcp_err *err) MCP_CHECK;

/* "Bearer abc" -> "abc" (scheme case-insensitive); false when it is another scheme or what follows
 * is not a token68 of RFC 9110 section 11.2. */
bool mcp_http_bearer(struct mcp_str authorization, struct mcp_str *out_token);

/* Cut *rest at the first `separator` outside a quoted string; the part has no blanks around it.
 * False when *rest is used up, which a part that reached its end leaves it as. */
bool mcp_http_next_part(struct mcp_str *rest, char separator, struct mcp_str *out_part);

/* Every byte may stand in a header value: 0x20-0x7E and tab. */
bool mcp_http_value_is_safe(struct mcp_str value);

/* ASCII case-insensitive equality. */
bool mcp_http_equal_nocase(struct mcp_str a, struct mcp_str b);

#ifdef __cplusplus
}
#endif

#endif
