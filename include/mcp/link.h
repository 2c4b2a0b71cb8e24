/* SPDX-License-Identifier: MIT */
/* link.h - a client's connection to one server, as the engine sees it. Layer: client. Includes:
 * base. */
#ifndef MCP_LINK_H
#define MCP_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "mcp/buf.h"

#ifdef __cplusplus
extern "C" {
#endif

struct mcp_link;

/* What carries the messages: it decides how the era of the server is found, and how a request is
 * cancelled. */
enum mcp_link_kind {
    MCP_LINK_PIPE,    /* one stream each way, such as stdio */
    MCP_LINK_HTTP,    /* an exchange per message: Streamable HTTP */
    MCP_LINK_OLD_HTTP /* HTTP+SSE, legacy revisions only */
};

/* What the engine wants to know about an outgoing message, so a transport need not parse it. */
struct mcp_link_message {
    struct mcp_str body; /* one JSON-RPC message; copied or written before return */
    const char *method;  /* "" for an answer to the server */
    const char *name;    /* Mcp-Name source (tool, prompt, uri) or NULL */
    const char *version; /* MCP-Protocol-Version to send, or NULL before it is known */
    /* Modern, over HTTP: whole lines "Mcp-Name: echo", NULL at the end; an empty value too. They
     * live as long as `body`. NULL: a legacy message */
    const char *const *headers;
    uint64_t request_token; /* 0: no answer is expected */
    uint64_t deadline_ms;   /* monotonic; 0: none */
};

/* Called by the transport on its loop's thread; the engine may call any operation from inside. */
struct mcp_link_events {
    /* One frame: a JSON-RPC message or a batch. Borrowed. */
    void (*on_message)(void *user, struct mcp_str frame);
    /* The request with this token will get no answer: HTTP error, stream cut, refused. Ignored
     * when it was answered already, so a transport may report every reply that ends. */
    void (*on_failed)(void *user, uint64_t request_token, const struct mcp_err *err);
    /* The request with this token still waits: asked before a cut stream is resumed. */
    bool (*is_waiting)(void *user, uint64_t request_token);
    /* The server no longer knows the session; the transport forgot it, and every exchange under
     * way (nothing more is said of those). The link stays: a new initialize may be sent. The server
     * did not take the request with `refused_token`, whose reply told; 0: it was another message.
     */
    void (*on_session_lost)(void *user, uint64_t refused_token, const struct mcp_err *err);
    /* The whole link is gone; nothing but `stop` follows. */
    void (*on_down)(void *user, const struct mcp_err *err);
    void *user;
};

/*
 * Implemented by transports and by tests. All functions are called on the loop's thread.
 */
struct mcp_link_ops {
    /* `events` lives as long as the client. Called once in the life of a link. */
    enum mcp_code (*start)(struct mcp_link *link, const struct mcp_link_events *events,
                           struct mcp_err *err);
    enum mcp_code (*send)(struct mcp_link *link, const struct mcp_link_message *message,
                          struct mcp_err *err);
    /* Give up waiting for this request (its connection may be closed). */
    void (*forget)(struct mcp_link *link, uint64_t request_token);
    /* initialize is done: version agreed; open what comes after (a GET stream). */
    void (*ready)(struct mcp_link *link, const char *version);
    /* Orderly end (DELETE, close stdin); calls nothing back afterwards. Called exactly once for a
     * start that succeeded, possibly from inside a callback, and also after on_down. */
    void (*stop)(struct mcp_link *link);
    /* Carry what follows by HTTP+SSE instead; nothing is under way. NULL: there is no other
     * transport. errors: UNSUPPORTED another transport was not wanted; those of start */
    enum mcp_code (*use_older)(struct mcp_link *link, struct mcp_err *err);
};

struct mcp_link {
    const struct mcp_link_ops *ops;
    enum mcp_link_kind kind; /* may change with use_older */
    /* HTTP status of the reply that on_message or on_failed is about; 0: none. Set by the transport
     * before it calls them. */
    long status;
};

#ifdef __cplusplus
}
#endif

#endif
