/* SPDX-License-Identifier: MIT */
/* outlet.h - where the server's messages to a peer go. Layer: server. Includes: base. */
#ifndef MCP_OUTLET_H
#define MCP_OUTLET_H

#include <stdint.h>

#include "mcp/blob.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a transport that has a status line should say; others ignore it. */
enum mcp_outcome {
    MCP_OUTCOME_OK,          /* a body or a stream follows */
    MCP_OUTCOME_ACCEPTED,    /* taken, nothing to answer */
    MCP_OUTCOME_BAD_REQUEST, /* not JSON-RPC, bad version, missing session, modern parameter error
                              */
    MCP_OUTCOME_NOT_FOUND,   /* unknown or ended session; modern unknown method */
    MCP_OUTCOME_FORBIDDEN,   /* its sender may not do that: see struct mcp_gate */
    MCP_OUTCOME_UNAVAILABLE  /* stopping, or a bound (sessions, queue) is reached */
};

/* Told at most once, before the first send. */
struct mcp_opening {
    enum mcp_outcome outcome;
    struct mcp_str session_id; /* to name in Mcp-Session-Id; empty: none */
};

struct mcp_outlet;

/*
 * Implemented by a transport (and by tests). The server calls begin at most once, send any number
 * of times, end exactly once, in that order, from any thread but never two at a time, and holding
 * no lock of its own: these functions may call mcp_server_outlet_gone and mcp_server_end_session.
 *
 * A standalone stream (mcp_server_attach) is not begun: its transport has opened it. A request
 * that its peer cancelled has no answer: begin(ACCEPTED) unless something was sent, then end.
 */
struct mcp_outlet_ops {
    void (*begin)(struct mcp_outlet *outlet, const struct mcp_opening *opening);

    /*
     * One JSON-RPC message in `count` parts, to be joined without anything between them; copied or
     * written before return. is_last: nothing but end follows, so one plain body is enough.
     * errors: CANCELLED the peer is gone; LIMIT its queue is full (the stream is being closed).
     */
    enum mcp_code (*send)(struct mcp_outlet *outlet, const struct mcp_str *parts, size_t count,
                          bool is_last, struct mcp_err *err);

    /* Nothing more comes; the server has forgotten the outlet. */
    void (*end)(struct mcp_outlet *outlet);

    /*
     * The answer takes its time: where a peer may leave and come back for what it missed, tell it
     * to do so after `retry_ms` and let it go. Between begin and end like send; NULL, or nothing
     * happens, where there is no such thing.
     */
    void (*pause)(struct mcp_outlet *outlet, uint64_t retry_ms);
};

/* A transport embeds this as the first member of its own object. */
struct mcp_outlet {
    const struct mcp_outlet_ops *ops;
    struct mcp_blob *shared; /* the server's, during send: all of it is one of the parts, and others
                                will show it too; NULL: no such part */
};

#ifdef __cplusplus
}
#endif

#endif
