/* SPDX-License-Identifier: MIT */
/* channel.h - one outlet, many senders, one at a time. Layer: server. Includes: base. */
#ifndef SERVER_CHANNEL_H
#define SERVER_CHANNEL_H

#include <pthread.h>
#include <stdint.h>

#include "mcp/outlet.h"

/*
 * Keeps the outlet's promise: begin at most once, never two calls at a time, end exactly once and
 * last. The lock is not held while the outlet is called: who sends has the turn, others wait for
 * it. Who ends while another has the turn does not wait: the other one ends as it leaves.
 *
 *   owner   embedded; the outlet belongs to its transport again once end was called
 *   thread  any
 */
struct mcp_channel {
    pthread_mutex_t lock; /* guards: has_turn, is_begun, is_closed, is_ended */
    pthread_cond_t turn_free;
    struct mcp_outlet *outlet;
    bool has_turn;
    bool is_begun;
    bool is_closed; /* nothing more is sent */
    bool is_ended;  /* the outlet has been told */
};

void mcp_channel_init(struct mcp_channel *channel, struct mcp_outlet *outlet);
void mcp_channel_deinit(struct mcp_channel *channel); /* after end */

/*
 * Send one message; who does not mind its loss need not look at the code. `opening` is told first
 * when nothing was begun yet; NULL: the transport has begun by itself.
 *
 *   errors  CANCELLED  the channel is closed, or the peer is gone
 *           any        of the outlet
 */
enum mcp_code mcp_channel_send(struct mcp_channel *channel, const struct mcp_opening *opening,
                               const struct mcp_str *parts, size_t count, struct mcp_err *err);

/*
 * The same in two steps, for who must decide or do something before the message and let no other
 * one pass: claim the turn (false: closed), then send or release, which give it back.
 */
bool mcp_channel_claim(struct mcp_channel *channel);
enum mcp_code mcp_channel_send_claimed(struct mcp_channel *channel,
                                       const struct mcp_opening *opening,
                                       const struct mcp_str *parts, size_t count,
                                       struct mcp_err *err);
void mcp_channel_release(struct mcp_channel *channel);

/* Let the peer go until it comes back, where its transport has that. */
void mcp_channel_pause(struct mcp_channel *channel, const struct mcp_opening *opening,
                       uint64_t retry_ms);

/* What stays to be said at the end; all of it optional. */
struct mcp_farewell {
    const struct mcp_opening *opening; /* when nothing was begun yet */
    const struct mcp_str *parts;       /* the last message */
    size_t count;                      /* 0: none */
    struct mcp_blob *shared;           /* see struct mcp_outlet */
};

/* Say farewell, end the outlet; waits for the turn. A no-op when the channel is closed already. */
void mcp_channel_finish(struct mcp_channel *channel, const struct mcp_farewell *farewell);

/* End the outlet without another word, at once or as the one who has the turn leaves. Idempotent.
 */
void mcp_channel_close(struct mcp_channel *channel);

/*
 * A channel on its own, shared by its session or listen request and by those who send to it.
 */
struct mcp_stream;

struct mcp_stream *mcp_stream_new(struct mcp_outlet *outlet); /* one reference; NULL: NOMEM */
struct mcp_stream *mcp_stream_ref(struct mcp_stream *stream); /* NULL for NULL */

/* The last one closes the channel, too. NULL is a no-op. */
void mcp_stream_unref(struct mcp_stream *stream);

/* Free it without telling the outlet, which stays its owner's. Nobody else may have a reference;
 * NULL is a no-op. */
void mcp_stream_disown(struct mcp_stream *stream);
struct mcp_channel *mcp_stream_channel(struct mcp_stream *stream);

#endif
