/* SPDX-License-Identifier: MIT */
/* dial_link.h - what the dial layer wants of a link beside mcp_link_ops. Layer: dial. Includes:
 * client. */
#ifndef MCP_DIAL_LINK_H
#define MCP_DIAL_LINK_H

#include "dial/loop.h"
#include "dial/target.h"

/* Answers to the server's own requests that are on their way over HTTP, each on a connection: a
 * flood of requests must not make a flood of connections. */
enum { MCP_DIAL_MAX_ANSWERS = 64 };

struct mcp_dial_link;

struct mcp_dial_link_ops {
    /* Fill in what is known: transport, child_pid, stderr_tail. */
    void (*describe)(const struct mcp_dial_link *link, struct mcp_dial_state *out_state);
    /* Release the memory: never started, or after on_closed. */
    void (*release)(struct mcp_dial_link *link);
};

struct mcp_dial_link {
    struct mcp_link link; /* first */
    const struct mcp_dial_link_ops *more;
    /* After stop, when nothing is left of the connection; not from inside stop or a callback. */
    void (*on_closed)(void *user);
    void *closed_user;
    bool is_started;
};

/* Nothing is opened before start. `loop` and `target` are borrowed. errors: NOMEM. */
enum mcp_code mcp_link_stdio_new(struct mcp_loop *loop, const struct mcp_target *target,
                                 struct mcp_dial_link **out_link, struct mcp_err *err) MCP_CHECK;
enum mcp_code mcp_link_streamable_new(struct mcp_loop *loop, const struct mcp_target *target,
                                      struct mcp_dial_link **out_link,
                                      struct mcp_err *err) MCP_CHECK;
enum mcp_code mcp_link_sse_new(struct mcp_loop *loop, const struct mcp_target *target,
                               struct mcp_dial_link **out_link, struct mcp_err *err) MCP_CHECK;

/*
 * The link of any target: the transport it names, or for AUTO Streamable HTTP until the engine
 * wants the older HTTP+SSE. `on_deadline` is told of each request's deadline.
 */
enum mcp_code mcp_link_auto_new(struct mcp_loop *loop, const struct mcp_target *target,
                                void (*on_deadline)(void *user, uint64_t deadline_ms), void *user,
                                struct mcp_dial_link **out_link, struct mcp_err *err) MCP_CHECK;

/* Before start, for a target that is AUTO: it is known to speak HTTP+SSE only. */
void mcp_link_auto_begin_older(struct mcp_dial_link *link);

#endif
