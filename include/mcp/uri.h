/* SPDX-License-Identifier: MIT */
/* uri.h - split, resolve and compare URI references. Layer: base. Includes: buf. */
#ifndef MCP_URI_H
#define MCP_URI_H

#include <stdint.h>

#include "mcp/buf.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { MCP_URI_MAX_BYTES = 8192 };

/* Absolute or relative reference split by RFC 3986 section 3. Views into `text`; owns nothing. */
struct mcp_uri {
    struct mcp_str scheme;   /* case as given; empty when relative */
    struct mcp_str userinfo; /* without '@'; empty when absent */
    struct mcp_str host;     /* without brackets; empty when no authority */
    uint16_t port;           /* 0 when absent */
    struct mcp_str path;     /* percent-encoded as given */
    struct mcp_str query;    /* without '?' */
    struct mcp_str fragment; /* without '#' */
    bool has_authority;
    bool has_userinfo;
    bool has_query;
    bool has_fragment;
};

/*
 * Split a URI reference.
 *
 *   in      text     at most 8 KiB
 *   out     out_uri  written only on success; its views live as long as `text`
 *   errors  SYNTAX   a byte outside the grammar, a bad percent escape or port; err->where is its
 *                    offset, "byte 17"
 *           LIMIT    longer than 8 KiB
 *   cost    O(length), no allocation
 *   thread  any
 *   spec    RFC 3986 section 3
 */
enum mcp_code mcp_uri_parse(struct mcp_str text, struct mcp_uri *out_uri,
                            struct mcp_err *err) MCP_CHECK;

/* Append the absolute form of `reference` against `base` (RFC 3986 section 5.2, dot segments
 * removed). errors: as parse; INVALID when base is not absolute; NOMEM, LIMIT from out. */
enum mcp_code mcp_uri_resolve(struct mcp_str base, struct mcp_str reference, struct mcp_buf *out,
                              struct mcp_err *err) MCP_CHECK;

/* Scheme, host (ASCII case-insensitive) and effective port (80, 443 by default) are the same. */
bool mcp_uri_same_origin(const struct mcp_uri *a, const struct mcp_uri *b);

/* A host that is this machine by its text alone: "localhost" in any case, ::1, or an IPv4 address
 * of 127.0.0.0/8 in its usual form. What a name leads to is not asked. */
bool mcp_uri_host_is_loopback(struct mcp_str host);

/* Append `text` percent-decoded. errors: SYNTAX on a bad escape or an encoded NUL. */
enum mcp_code mcp_uri_decode(struct mcp_str text, struct mcp_buf *out,
                             struct mcp_err *err) MCP_CHECK;

/* Append `text` with every byte outside RFC 3986 "unreserved" percent-encoded. */
void mcp_uri_encode(struct mcp_str text, struct mcp_buf *out);

#ifdef __cplusplus
}
#endif

#endif
