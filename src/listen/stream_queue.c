/* SPDX-License-Identifier: MIT */
/* stream_queue.c - see stream_queue.h. Pure: no I/O, no clock, no log. */
#include "listen/stream_queue.h"

#include <assert.h>
#include <string.h>

#include "mcp/alloc.h"

void mcp_stream_queue_init(struct mcp_stream_queue *queue, size_t max_bytes, size_t max_events) {
    *queue = (struct mcp_stream_queue){.max_bytes = max_bytes, .max_events = max_events};
}

static void drop_first(struct mcp_stream_queue *queue) {
    struct mcp_blob *event = queue->ring[queue->first];
    queue->bytes -= mcp_blob_view(event).len - queue->taken;
    queue->taken = 0;
    queue->first = (queue->first + 1) % queue->room;
    queue->count--;
    mcp_blob_unref(event);
}

void mcp_stream_queue_clear(struct mcp_stream_queue *queue) {
    while (queue->count > 0)
        drop_first(queue);
}

void mcp_stream_queue_deinit(struct mcp_stream_queue *queue) {
    mcp_stream_queue_clear(queue);
    mcp_free(queue->ring);
    mcp_stream_queue_init(queue, queue->max_bytes, queue->max_events);
}

static enum mcp_code grow(struct mcp_stream_queue *queue, struct mcp_err *err) {
    size_t room = queue->room == 0 ? 4 : queue->room * 2;
    struct mcp_blob **ring = mcp_alloc(room * sizeof(struct mcp_blob *));
    if (ring == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    for (size_t i = 0; i < queue->count; i++) {
        size_t slot = queue->first + i;
        ring[i] = queue->ring[slot < queue->room ? slot : slot - queue->room];
    }
    mcp_free(queue->ring);
    queue->ring = ring;
    queue->room = room;
    queue->first = 0;
    return MCP_OK;
}

enum mcp_code mcp_stream_queue_push_kept(struct mcp_stream_queue *queue, struct mcp_blob *event,
                                         struct mcp_err *err) {
    if (queue->count >= queue->room)
        MCP_TRY(grow(queue, err));
    assert(queue->room > 0);
    queue->ring[(queue->first + queue->count) % queue->room] = mcp_blob_ref(event);
    queue->count++;
    queue->bytes += mcp_blob_view(event).len;
    return MCP_OK;
}

enum mcp_code mcp_stream_queue_push(struct mcp_stream_queue *queue, struct mcp_blob *event,
                                    struct mcp_err *err) {
    size_t len = mcp_blob_view(event).len;
    if (queue->count >= queue->max_events)
        return MCP_FAIL(err, MCP_E_LIMIT, "%zu events wait to be sent", queue->count);
    bool fits = queue->bytes <= queue->max_bytes && len <= queue->max_bytes - queue->bytes;
    if (queue->count > 0 && !fits)
        return MCP_FAIL(err, MCP_E_LIMIT, "%zu bytes wait to be sent", queue->bytes);
    return mcp_stream_queue_push_kept(queue, event, err);
}

size_t mcp_stream_queue_read(struct mcp_stream_queue *queue, char *out, size_t max) {
    size_t done = 0;
    while (queue->count > 0 && done < max) {
        struct mcp_str event = mcp_blob_view(queue->ring[queue->first]);
        size_t left = event.len - queue->taken;
        size_t step = left < max - done ? left : max - done;
        memcpy(out + done, event.ptr + queue->taken, step);
        done += step;
        queue->taken += step;
        queue->bytes -= step;
        if (step == left)
            drop_first(queue);
    }
    return done;
}
