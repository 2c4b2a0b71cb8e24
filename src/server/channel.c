/* SPDX-License-Identifier: MIT */
/* channel.c - see channel.h. */
#include "server/channel.h"

#include <stdatomic.h>

#include "mcp/alloc.h"

void mcp_channel_init(struct mcp_channel *channel, struct mcp_outlet *outlet) {
    *channel = (struct mcp_channel){.outlet = outlet};
    (void)pthread_mutex_init(&channel->lock, NULL);
    (void)pthread_cond_init(&channel->turn_free, NULL);
}

void mcp_channel_deinit(struct mcp_channel *channel) {
    (void)pthread_cond_destroy(&channel->turn_free);
    (void)pthread_mutex_destroy(&channel->lock);
}

bool mcp_channel_claim(struct mcp_channel *channel) {
    (void)pthread_mutex_lock(&channel->lock);
    while (channel->has_turn && !channel->is_closed)
        (void)pthread_cond_wait(&channel->turn_free, &channel->lock);
    bool is_ours = !channel->is_closed;
    if (is_ours)
        channel->has_turn = true;
    (void)pthread_mutex_unlock(&channel->lock);
    return is_ours;
}

/* Give the turn back; or, when the channel was closed meanwhile, end the outlet and keep the turn:
 * nobody may have it any more. */
static void leave_turn(struct mcp_channel *channel, bool closes) {
    (void)pthread_mutex_lock(&channel->lock);
    channel->is_closed = channel->is_closed || closes;
    bool ends = channel->is_closed;
    channel->has_turn = ends;
    channel->is_ended = ends;
    (void)pthread_cond_broadcast(&channel->turn_free);
    (void)pthread_mutex_unlock(&channel->lock);
    if (ends)
        channel->outlet->ops->end(channel->outlet);
}

/* With the turn only. */
static void begin_once(struct mcp_channel *channel, const struct mcp_opening *opening) {
    if (!channel->is_begun && opening != NULL)
        channel->outlet->ops->begin(channel->outlet, opening);
    channel->is_begun = true;
}

enum mcp_code mcp_channel_send(struct mcp_channel *channel, const struct mcp_opening *opening,
                               const struct mcp_str *parts, size_t count, struct mcp_err *err) {
    if (!mcp_channel_claim(channel))
        return MCP_FAIL(err, MCP_E_CANCELLED, "the stream is closed");
    return mcp_channel_send_claimed(channel, opening, parts, count, err);
}

enum mcp_code mcp_channel_send_claimed(struct mcp_channel *channel,
                                       const struct mcp_opening *opening,
                                       const struct mcp_str *parts, size_t count,
                                       struct mcp_err *err) {
    begin_once(channel, opening);
    enum mcp_code code = channel->outlet->ops->send(channel->outlet, parts, count, false, err);
    leave_turn(channel, false);
    return code;
}

void mcp_channel_release(struct mcp_channel *channel) {
    leave_turn(channel, false);
}

void mcp_channel_pause(struct mcp_channel *channel, const struct mcp_opening *opening,
                       uint64_t retry_ms) {
    if (channel->outlet->ops->pause == NULL || !mcp_channel_claim(channel))
        return;
    begin_once(channel, opening);
    channel->outlet->ops->pause(channel->outlet, retry_ms);
    leave_turn(channel, false);
}

void mcp_channel_finish(struct mcp_channel *channel, const struct mcp_farewell *farewell) {
    if (!mcp_channel_claim(channel))
        return;
    begin_once(channel, farewell->opening);
    /* A peer that left cannot be told anything; the transport knows. */
    channel->outlet->shared = farewell->shared;
    if (farewell->count > 0)
        (void)channel->outlet->ops->send(channel->outlet, farewell->parts, farewell->count, true,
                                         NULL);
    leave_turn(channel, true);
}

void mcp_channel_close(struct mcp_channel *channel) {
    (void)pthread_mutex_lock(&channel->lock);
    bool ends = !channel->is_ended && !channel->has_turn;
    channel->is_closed = true;
    channel->is_ended = channel->is_ended || ends;
    (void)pthread_cond_broadcast(&channel->turn_free);
    (void)pthread_mutex_unlock(&channel->lock);
    if (ends)
        channel->outlet->ops->end(channel->outlet);
}

struct mcp_stream {
    atomic_size_t refs;
    struct mcp_channel channel;
};

struct mcp_stream *mcp_stream_new(struct mcp_outlet *outlet) {
    struct mcp_stream *stream = mcp_alloc(sizeof *stream);
    if (stream == NULL)
        return NULL;
    atomic_init(&stream->refs, 1);
    mcp_channel_init(&stream->channel, outlet);
    return stream;
}

struct mcp_stream *mcp_stream_ref(struct mcp_stream *stream) {
    if (stream != NULL)
        atomic_fetch_add_explicit(&stream->refs, 1, memory_order_relaxed);
    return stream;
}

void mcp_stream_unref(struct mcp_stream *stream) {
    if (stream == NULL || atomic_fetch_sub_explicit(&stream->refs, 1, memory_order_acq_rel) > 1)
        return;
    mcp_channel_close(&stream->channel);
    mcp_channel_deinit(&stream->channel);
    mcp_free(stream);
}

void mcp_stream_disown(struct mcp_stream *stream) {
    if (stream == NULL)
        return;
    mcp_channel_deinit(&stream->channel);
    mcp_free(stream);
}

struct mcp_channel *mcp_stream_channel(struct mcp_stream *stream) {
    return &stream->channel;
}
