/* SPDX-License-Identifier: MIT */
/* http_guard.h - may this request come in? Decided from its head. Layer: listen. Includes: base
 * wire. */
#ifndef MCP_HTTP_GUARD_H
#define MCP_HTTP_GUARD_H

#include "listen/bearers.h"
#include "listen/http_route.h"
#include "mcp/http_text.h"
#include "mcp/listen.h"

#define MCP_HTTP_PRINCIPAL_BYTES (MCP_LISTEN_MAX_PRINCIPAL + 1) /* with its NUL */

/* Headers the transport itself reads. */
enum mcp_http_field {
    MCP_HTTP_HOST,
    MCP_HTTP_CONTENT_LENGTH,
    MCP_HTTP_TRANSFER_ENCODING,
    MCP_HTTP_ORIGIN,
    MCP_HTTP_AUTHORIZATION,
    MCP_HTTP_CONTENT_TYPE,
    MCP_HTTP_ACCEPT,
    MCP_HTTP_EXPECT,
    MCP_HTTP_SESSION_ID,
    MCP_HTTP_LAST_EVENT_ID,
    MCP_HTTP_PROTOCOL_VERSION,
    MCP_HTTP_FETCH_SITE,
    MCP_HTTP_FIELD_COUNT
};

/* What one pass over the headers found. Views into the head. */
struct mcp_http_facts {
    struct mcp_str value[MCP_HTTP_FIELD_COUNT]; /* the first of each; empty when absent */
    uint8_t count[MCP_HTTP_FIELD_COUNT];        /* 0, 1, or 2 for more than one */
    bool accepts_json;                          /* one of the Accept headers admits it */
    bool accepts_stream;
    bool prefers_stream;                      /* and names it first */
    bool is_forwarded;                        /* a proxy says it passed this on */
    bool is_chunked;                          /* body length unknown */
    bool is_origin_allowed;                   /* an Origin came and it may read the answer */
    uint64_t content_length;                  /* 0 when absent; UINT64_MAX when it does not fit */
    char principal[MCP_HTTP_PRINCIPAL_BYTES]; /* who calls; "" when nobody needs to say */
    bool is_bearer;                           /* one of the static tokens says so, */
    unsigned char digest[MCP_BEARER_DIGEST_BYTES]; /* this one */
    struct mcp_grant *grant; /* the authority says so: the caller's to release; NULL: not it */
};

/* Fixed for the life of a listener, but for the tokens and what follows from them. */
struct mcp_http_policy {
    const struct mcp_listen_options
        *options;                /* hosts, origins, authority, max_body_bytes (not 0) */
    struct mcp_bearers *bearers; /* counted, or NULL; not those of the options */
    uint16_t port;               /* ours, as clients write it in Host, */
    bool is_usual_port;          /* or leave it out */
    bool is_protected;           /* only loopback peers: nobody judges tokens, not allow_remote */
};

/* One request as the HTTP library saw it. */
struct mcp_http_inquiry {
    const struct mcp_http_head *head;
    enum mcp_http_endpoint endpoint;
    bool is_http_1_0;
    bool is_loopback; /* the peer's socket address */
    bool is_open;     /* a page that asks nobody for a token */
};

struct mcp_http_verdict {
    unsigned status;       /* 0: come in; 204: a preflight, answered by its headers; else refused */
    const char *text;      /* why, one line, static; NULL when status is 0 or 204 */
    const char *allow;     /* with 405: the methods there are; NULL: those of the endpoint */
    const char *challenge; /* WWW-Authenticate at its shortest; NULL: none */
    const char *error;     /* the one it names, static; NULL: none */
    bool must_close; /* where the next request begins is in doubt, or nothing more is wanted */
};

/*
 * Everything that can be refused before a byte of the body is read, in this order: framing that
 * two parsers could read differently (400), protected mode, Host and Origin (403), the target
 * (400, 404, 414), the token (400, 401, 503), the method (405, 501), Content-Type (415), Accept
 * (406), Content-Length (413).
 *
 *   out     out_facts  written in every case
 *   cost    O(bytes of the head), no allocation
 *   thread  any
 */
struct mcp_http_verdict mcp_http_guard_check(const struct mcp_http_policy *policy,
                                             const struct mcp_http_inquiry *inquiry,
                                             struct mcp_http_facts *out_facts);

/* The socket address is of this machine: 127/8, ::1, ::ffff:127/104, or a local socket. */
struct sockaddr;
bool mcp_http_guard_is_loopback(const struct sockaddr *address);

#endif
