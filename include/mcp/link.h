/* SPDX-License-Identifier: MIT */
/* link.h - a client's connection to one server, as the engine sees it. Layer: client. */
#ifndef MCP_LINK_H
#define MCP_LINK_H

#include <stdint.h>

#include "mcp/buf.h"

struct mcp_link;

/* What the engine wants to know about an outgoing message, so a transport need not parse it. */
struct mcp_link_message {
    struct mcp_str body;    /* one JSON-RPC message; copied or written before return */
    const char *method;     /* "" for an answer to the server */
    const char *name;       /* Mcp-Name source (tool, prompt, uri) or NULL */
    const char *version;    /* MCP-Protocol-Version to send, or NULL before it is known */
    uint64_t request_token; /* 0: no answer is expected */
    uint64_t deadline_ms;   /* monotonic; 0: none */
};

/* Called by the transport on its loop's thread. */
struct mcp_link_events {
    /* One frame: a JSON-RPC message or a batch. Borrowed. */
    void (*on_message)(void *user, struct mcp_str frame);
    /* The request with this token will get no answer: HTTP error, stream cut, refused. */
    void (*on_failed)(void *user, uint64_t request_token, const struct mcp_err *err);
    /* The whole link is gone; nothing more follows. */
    void (*on_down)(void *user, const struct mcp_err *err);
    void *user;
};

/*
 * Implemented by transports and by tests. All functions are called on the loop's thread.
 */
struct mcp_link_ops {
    enum mcp_code (*start)(struct mcp_link *link, const struct mcp_link_events *events,
                           struct mcp_err *err);
    enum mcp_code (*send)(struct mcp_link *link, const struct mcp_link_message *message,
                          struct mcp_err *err);
    /* Give up waiting for this request (its connection may be closed). */
    void (*forget)(struct mcp_link *link, uint64_t request_token);
    /* initialize is done: version agreed; open what comes after (a GET stream). */
    void (*ready)(struct mcp_link *link, const char *version);
    /* Orderly end (DELETE, close stdin); calls nothing back afterwards. */
    void (*stop)(struct mcp_link *link);
};

struct mcp_link {
    const struct mcp_link_ops *ops;
};

#endif
