/* SPDX-License-Identifier: MIT */
/* listen.h - serve an mcp_server over HTTP or stdio. Layer: listen. Includes: server. */
#ifndef MCP_LISTEN_H
#define MCP_LISTEN_H

#include "mcp/server.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A page beside the protocol, such as /health. Runs on the HTTP thread: quick, no blocking.
 * Returns the HTTP status; the body is written to `out` (max 64 KiB). */
typedef unsigned(mcp_page_fn)(struct mcp_buf *out, void *user);

struct mcp_page {
    const char *path; /* exact match, GET and HEAD */
    const char *content_type;
    mcp_page_fn *render;
    void *user;
    bool is_private; /* asks for a token when the protocol does */
};

struct mcp_bearer {
    const char *name;  /* the principal; at most 255 bytes */
    const char *token; /* at least 16 bytes */
};

/* A certificate and its private key, the text of PEM files. One file with both serves as either. */
struct mcp_tls_pair {
    struct mcp_str cert; /* the server's own first, then its issuers'; 64 KiB, 16 of them at most */
    struct mcp_str key;  /* of the first; without a password */
};

enum { MCP_LISTEN_MAX_PRINCIPAL = 511 }; /* bytes of the name of who calls */

/* What a token stands for. Belongs to the authority that gave it, until release. */
struct mcp_grant {
    const char *principal; /* whose sessions these are; 1 to MCP_LISTEN_MAX_PRINCIPAL bytes */

    /* As mcp_clock_now_ms: from then on the event streams of sessions and of subscriptions/listen
     * that it opened end, as if all had been said; calls are answered still. 0: never. */
    uint64_t expires_ms;
};

enum mcp_admission {
    MCP_ADMISSION_GRANTED,
    MCP_ADMISSION_REFUSED,    /* 401, invalid_token */
    MCP_ADMISSION_UNDECIDABLE /* 503: it cannot be judged at the moment */
};

/*
 * Who judges the tokens that are none of the bearers, such as an OAuth resource server. Its
 * functions run on the HTTP thread: they decide from memory and never wait.
 */
struct mcp_authority {
    /* GRANTED: *out_grant is held until release. Else *out_why is one line for the peer, of
     * printable ASCII without quotes and backslashes, in static storage. */
    enum mcp_admission (*admit)(void *user, struct mcp_str token, struct mcp_grant **out_grant,
                                const char **out_why);
    void (*release)(void *user, struct mcp_grant *grant);

    /* As mcp_gate. False: what it takes is appended, scopes with a space between them. */
    bool (*allows)(void *user, const struct mcp_grant *grant, struct mcp_str method,
                   struct mcp_str name, struct mcp_buf *out_scopes);

    const char *metadata_url; /* of the protected resource's metadata; NULL: none */
    const char *scopes;       /* a newcomer should ask for; NULL: none */
    void *user;
};

/*
 * Zero means the default. Texts are borrowed until the listener is freed.
 *
 * While there are no bearers, no authority, and allow_remote is false the listener is protected:
 * only peers on a loopback address, and not through a proxy, are served. Host and Origin are
 * checked in any case.
 */
struct mcp_listen_options {
    const char *host; /* numeric address or name; "127.0.0.1" */
    uint16_t port;    /* 0: any free one, see mcp_listener_port */
    /* A socket in the file system instead of host and port; NULL: none. Peers that run as the same
     * user count as loopback, others do not; clients call it "localhost" in Host. */
    const char *unix_path;
    unsigned unix_mode; /* its permissions; 0600 */
    int inherited_fd;   /* a listening socket instead of all these, taken; 0: none */
    /* HTTPS instead of HTTP, TLS 1.2 or 1.3; NULL: plain. Copied. The handshake counts towards
     * header_timeout_ms, and the connection towards every limit from its first byte. */
    const struct mcp_tls_pair *tls;
    bool allow_remote;                /* serve peers that are not loopback without a token */
    const struct mcp_bearer *bearers; /* when given, every protocol request needs one; copied */
    size_t bearer_count;
    const struct mcp_authority *authority; /* judges other tokens; then every request needs one */
    /* Host names beside localhost, 127.0.0.1 and [::1] with our port: "name" with our port or none,
     * "name:port" exactly. */
    const char *const *allowed_hosts;
    size_t allowed_host_count;
    const char *const *allowed_origins; /* exact; loopback origins are always allowed */
    size_t allowed_origin_count;
    const struct mcp_page *pages;
    size_t page_count;
    size_t worker_count;                /* threads for MCP_ON_WORKER handlers; 4 */
    size_t worker_queue;                /* waiting jobs; 256 */
    size_t max_body_bytes;              /* 4 MiB */
    size_t max_connections;             /* 1024 */
    size_t max_connections_per_address; /* 256 */
    size_t max_streams;                 /* open event streams; 512 */
    size_t stream_queue_bytes;  /* unsent bytes of one stream; 1 MiB (at least one message) */
    size_t stream_queue_events; /* unsent events of one stream; 1024 */
    size_t replay_bytes;        /* kept for Last-Event-ID per session; 1 MiB */
    size_t replay_events;       /* 256 */
    uint64_t header_timeout_ms; /* whole request head; 5,000 */
    uint64_t body_timeout_ms;   /* whole body; 10,000 */
    uint64_t idle_timeout_ms;   /* keep-alive connection; 60,000 */
    uint64_t keepalive_ms;      /* comment on idle event streams; 15,000 */
};

struct mcp_listener;

/*
 * A peer that breaks an event stream of a legacy session may come back for what it missed, with
 * Last-Event-ID: a reply goes on being collected, and so does a standalone stream for 5 minutes.
 * A peer whose unsent events exceed a bound is cut off.
 *
 * Bind, start the HTTP loop: /mcp (Streamable HTTP), /sse and /messages/ (HTTP+SSE), pages.
 * Installs its worker pool as the server's executor and starts the server.
 *
 *   errors  IO       the address cannot be bound: "port 8000 is in use" and what to do
 *           INVALID  an option outside its contract
 *           SYNTAX, INVALID, LIMIT  the certificate ("/tls/cert") or its key ("/tls/key"). One that
 *                    has expired, or will within 14 days, is served with a warning in the log
 */
enum mcp_code mcp_listener_start_http(struct mcp_server *server,
                                      const struct mcp_listen_options *options,
                                      struct mcp_listener **out_listener,
                                      struct mcp_err *err) MCP_CHECK;

/*
 * Serve one peer on two descriptors (stdin and stdout, or any pair); they are not closed. A line
 * may have max_body_bytes. `on_eof(user)` is called once, on the reader's thread, when the input
 * ends and every answer has been written (or 10 seconds later); it must not stop the listener.
 */
enum mcp_code mcp_listener_start_stdio(struct mcp_server *server,
                                       const struct mcp_listen_options *options, int in_fd,
                                       int out_fd, void (*on_eof)(void *user), void *user,
                                       struct mcp_listener **out_listener,
                                       struct mcp_err *err) MCP_CHECK;

/*
 * Replace the tokens, as a whole, while requests are served: from within milliseconds on only the
 * new ones count. Event streams and calls of a token that is no longer there are cut off; sessions
 * belong to names and stay. Copies the rows.
 *
 *   errors  INVALID  no rows, or a bad one ("/bearers/1"): the former ones stay
 *           STATE    a stdio listener has none
 *           LIMIT, NOMEM
 *   thread  any
 */
enum mcp_code mcp_listener_set_bearers(struct mcp_listener *listener,
                                       const struct mcp_bearer *bearers, size_t bearer_count,
                                       struct mcp_err *err) MCP_CHECK;

/*
 * Replace the certificate and key: connections that begin from within milliseconds on are shown the
 * new ones, those that are there go on. Copies the texts.
 *
 *   errors  SYNTAX, INVALID, LIMIT  as at start ("/tls/key"): the former pair stays
 *           STATE    the listener was started without TLS
 *           NOMEM
 *   thread  any
 */
enum mcp_code mcp_listener_set_tls(struct mcp_listener *listener, const struct mcp_tls_pair *pair,
                                   struct mcp_err *err) MCP_CHECK;

/* Connections: there are now, and refused since the start. All 0 for stdio. Any thread. */
struct mcp_listener_counts {
    size_t connections;
    uint64_t refused_in_all;      /* max_connections were there */
    uint64_t refused_of_address;  /* max_connections_per_address were */
    uint64_t refused_of_stranger; /* of peers that a protected listener does not serve, 64 were */
};
void mcp_listener_count(const struct mcp_listener *listener,
                        struct mcp_listener_counts *out_counts);

uint16_t mcp_listener_port(const struct mcp_listener *listener); /* 0 without one */

/* What clients call it: "http://127.0.0.1:8000", "https://127.0.0.1:8000", "unix:/run/mcp.sock",
 * "stdio". Lives as long. */
const char *mcp_listener_name(const struct mcp_listener *listener);

/*
 * Stop the server and everything that serves it: refuse, cancel, end streams, join. Waits about
 * `grace_ms` for calls in flight to be answered; a handler on a worker that goes on in spite of its
 * cancellation is waited for however long it takes. Not from a handler. Then free, and only then
 * the server.
 */
void mcp_listener_stop(struct mcp_listener *listener, uint64_t grace_ms);
void mcp_listener_free(struct mcp_listener *listener);

#ifdef __cplusplus
}
#endif

#endif
