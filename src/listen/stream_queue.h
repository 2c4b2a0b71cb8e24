/* SPDX-License-Identifier: MIT */
/* stream_queue.h - what one event stream has yet to send, bounded. Layer: listen. Includes: base.
 */
#ifndef MCP_STREAM_QUEUE_H
#define MCP_STREAM_QUEUE_H

#include "mcp/blob.h"

/*
 * First in, first out; events are shared, so one broadcast to many streams is one copy.
 *
 *   owner   of one reference to each event in it
 *   thread  none: the owner locks
 */
struct mcp_stream_queue {
    struct mcp_blob **ring; /* owned; `room` slots, `count` of them used from `first` on */
    size_t room;
    size_t first;
    size_t count;
    size_t bytes;      /* unsent, over all events */
    size_t taken;      /* bytes of the first event already read */
    size_t max_bytes;  /* ceiling of `bytes`, except that one event always fits when empty */
    size_t max_events; /* ceiling of `count` */
};

void mcp_stream_queue_init(struct mcp_stream_queue *queue, size_t max_bytes, size_t max_events);
void mcp_stream_queue_deinit(struct mcp_stream_queue *queue);
void mcp_stream_queue_clear(struct mcp_stream_queue *queue); /* drop what is unsent */

/* Append (a reference is added). errors: LIMIT a ceiling is reached, nothing is added; NOMEM. */
enum mcp_code mcp_stream_queue_push(struct mcp_stream_queue *queue, struct mcp_blob *event,
                                    struct mcp_err *err) MCP_CHECK;

/* The same without the ceilings: for events that another bounded store already holds. */
enum mcp_code mcp_stream_queue_push_kept(struct mcp_stream_queue *queue, struct mcp_blob *event,
                                         struct mcp_err *err) MCP_CHECK;

/* Move up to `max` bytes out, across events. 0 when empty. */
size_t mcp_stream_queue_read(struct mcp_stream_queue *queue, char *out, size_t max);

#endif
