/* SPDX-License-Identifier: MIT */
/* http_loop.h - state of one HTTP loop and its connections. Layer: listen. Includes: base server.
 */
#ifndef MCP_HTTP_LOOP_H
#define MCP_HTTP_LOOP_H

#include <stdatomic.h>

#include <microhttpd.h>

#include "listen/http_guard.h"
#include "listen/http_reply.h"
#include "listen/peer_limit.h"
#include "listen/peer_watch.h"
#include "listen/reaper.h"
#include "listen/tls_identity.h"

#define MCP_HTTP_CONNECTION_MEMORY 10240 /* of the HTTP library for each: heads of 8 KiB fit */
#define MCP_HTTP_MAX_HEADERS       100
#define MCP_HTTP_DRAIN_BYTES       65536 /* of the body of a refused request, to keep it usable */
#define MCP_HTTP_KEPT_BODY_BYTES   1024  /* body storage a connection keeps between requests */
#define MCP_HTTP_MAX_STRANGERS     64    /* connections of refused peers in protected mode */
#define MCP_HTTP_MAX_SCOPES        2048  /* bytes of the scopes named in a challenge */
#define MCP_HTTP_TICK_MS           1000

/* Where a request is. */
enum mcp_http_step {
    MCP_HTTP_STEP_HEAD,   /* its line has been read, the guard not asked yet */
    MCP_HTTP_STEP_BODY,   /* collecting the body */
    MCP_HTTP_STEP_REFUSE, /* the body is read and thrown away, then `verdict` is the answer */
    MCP_HTTP_STEP_REPLY,  /* the server has it */
    MCP_HTTP_STEP_DONE    /* an answer is queued */
};

struct mcp_http_loop;

/* One connection and the request it is about. Everything is of the loop's thread. */
struct mcp_http_connection {
    struct mcp_reaper_entry reaper; /* first */
    struct mcp_http_loop *loop;
    struct MHD_Connection *mhd;
    struct mcp_http_connection *before; /* all connections of the loop */
    struct mcp_http_connection *after;
    struct mcp_peer_key key;
    struct mcp_tls_identity *identity; /* counted: what it has been shown; NULL: plain HTTP */
    int socket;
    bool is_counted;  /* in the loop's peer limit */
    bool is_stranger; /* and in stranger_count */
    bool is_loopback;
    bool is_watched; /* added to the peer watch */
    bool is_lost;    /* the peer hung up */
    bool is_suspended;

    /* the request */
    enum mcp_http_step step;
    struct mcp_http_route route;
    struct mcp_http_facts facts; /* views into the HTTP library's memory */
    struct mcp_http_verdict verdict;
    bool is_denied;               /* the server refused for want of scopes */
    struct mcp_buf needed;        /* those it takes */
    struct mcp_http_reply *reply; /* counted, or NULL */
    struct mcp_buf body;
    size_t drained;         /* bytes of a refused body */
    bool is_streaming;      /* an event stream is open */
    uint64_t last_write_ms; /* of the stream */
};

/* Written on the loop's thread, read on any. */
struct mcp_http_tally {
    atomic_size_t connections;
    atomic_uint_fast64_t refused_in_all;
    atomic_uint_fast64_t refused_of_address;
    atomic_uint_fast64_t refused_of_stranger;
};

struct mcp_http_loop {
    struct mcp_http_tally tally;
    struct mcp_http_hub *hub; /* counted */
    struct MHD_Daemon *daemon;
    bool is_unix; /* peers come in by a file */
    struct mcp_http_policy policy;
    struct mcp_tls_identity *identity; /* counted; shown to who comes; NULL: plain HTTP */
    const char **page_paths;           /* owned; of options.pages */
    struct mcp_reaper reaper;
    struct mcp_peer_watch watch;
    struct mcp_peer_limit limit;
    size_t stranger_count;
    struct mcp_http_connection *connections;
    struct mcp_http_reply *detached; /* standalone streams without a reader, each counted */
    struct MHD_Response *accepted;   /* 202 without a body, shared */
    uint64_t now_ms;                 /* read when the loop woke */
    size_t sweep_cursor;
};

#endif
