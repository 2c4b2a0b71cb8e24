/* SPDX-License-Identifier: MIT */
/* targets.h - the streams a change is told on, taken out of the tables. Layer: server. Includes:
 * base. */
#ifndef MCP_TARGETS_H
#define MCP_TARGETS_H

#include "server/channel.h"
#include "server/subscriptions.h"

struct mcp_target {
    struct mcp_stream *stream; /* a reference */
    json_t *tag;               /* or NULL */
};

/* Starts as {0}. */
struct mcp_targets {
    struct mcp_target *items;
    size_t count, room;
    bool is_short; /* an allocation was refused: the rest is missing */
};

/* Takes references to the stream of a subscriber, unless it is muted or has none; `user` is the
 * targets. The form mcp_subscriptions_each_uri and _each_topic call. */
void mcp_targets_add(struct mcp_subscriber *subscriber, void *user);

/* Hand over what was collected; on failure it is let go. Without the lock: letting a stream go may
 * end its outlet. errors: NOMEM, when anything was refused. */
enum mcp_code mcp_targets_give(struct mcp_targets *found, struct mcp_targets *out_targets,
                               struct mcp_err *err) MCP_CHECK;
void mcp_targets_deinit(struct mcp_targets *targets);

#endif
