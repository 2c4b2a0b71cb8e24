/* SPDX-License-Identifier: MIT */
/* batch.c - see batch.h. */
#include "server/batch.h"

#include "mcp/alloc.h"
#include "server/channel.h"

enum { MAX_BATCH_REPLY_BYTES = 64 * 1024 * 1024 };

struct message {
    struct mcp_outlet outlet;
    struct mcp_batch *batch;
};

struct mcp_batch {
    pthread_mutex_t lock; /* guards: replies, left */
    struct mcp_buf replies;
    size_t left; /* outlets not ended, and one for opened */
    struct mcp_channel channel;
    struct message messages[];
};

static const struct mcp_opening opening = {.outcome = MCP_OUTCOME_OK};

static struct mcp_batch *of(struct mcp_outlet *outlet) {
    return ((struct message *)(void *)outlet)->batch;
}

/* "[a,b]"; an internal error when there was no room for all of them. */
static void send_replies(struct mcp_batch *batch) {
    static const struct mcp_opening accepted = {.outcome = MCP_OUTCOME_ACCEPTED};
    const struct mcp_str error = MCP_STR("{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":"
                                         "{\"code\":-32603,\"message\":\"Internal error\"}}");
    bool is_whole = mcp_buf_finish(&batch->replies, NULL) == MCP_OK;
    bool is_silent = is_whole && batch->replies.len == 0;
    const struct mcp_str parts[] = {MCP_STR("["), is_whole ? mcp_buf_view(&batch->replies) : error,
                                    MCP_STR("]")};
    const struct mcp_farewell farewell = {is_silent ? &accepted : &opening, parts,
                                          is_silent ? 0 : MCP_COUNT(parts), NULL};
    mcp_channel_finish(&batch->channel, &farewell);
}

static void drop_one(struct mcp_batch *batch) {
    (void)pthread_mutex_lock(&batch->lock);
    bool is_over = --batch->left == 0;
    (void)pthread_mutex_unlock(&batch->lock);
    if (!is_over)
        return;
    send_replies(batch);
    mcp_channel_deinit(&batch->channel);
    mcp_buf_deinit(&batch->replies);
    (void)pthread_mutex_destroy(&batch->lock);
    mcp_free(batch);
}

static void begin(struct mcp_outlet *outlet, const struct mcp_opening *unused) {
    (void)outlet; /* the batch has a status line of its own */
    (void)unused;
}

static enum mcp_code send_message(struct mcp_outlet *outlet, const struct mcp_str *parts,
                                  size_t count, bool is_last, struct mcp_err *err) {
    struct mcp_batch *batch = of(outlet);
    if (!is_last)
        return mcp_channel_send(&batch->channel, &opening, parts, count, err);
    (void)pthread_mutex_lock(&batch->lock);
    if (batch->replies.len > 0)
        mcp_buf_addc(&batch->replies, ',');
    for (size_t i = 0; i < count; i++)
        mcp_buf_add(&batch->replies, parts[i]);
    (void)pthread_mutex_unlock(&batch->lock);
    return MCP_OK;
}

static void end(struct mcp_outlet *outlet) {
    drop_one(of(outlet));
}

struct mcp_batch *mcp_batch_new(struct mcp_outlet *outlet, size_t message_count) {
    static const struct mcp_outlet_ops ops = {begin, send_message, end, NULL};
    struct mcp_batch *batch = mcp_alloc(sizeof *batch + message_count * sizeof batch->messages[0]);
    if (batch == NULL)
        return NULL;
    (void)pthread_mutex_init(&batch->lock, NULL);
    batch->replies = (struct mcp_buf)MCP_BUF_INIT(MAX_BATCH_REPLY_BYTES);
    batch->left = message_count + 1;
    mcp_channel_init(&batch->channel, outlet);
    for (size_t i = 0; i < message_count; i++)
        batch->messages[i] = (struct message){{.ops = &ops}, batch};
    return batch;
}

struct mcp_outlet *mcp_batch_outlet(struct mcp_batch *batch, size_t index) {
    return &batch->messages[index].outlet;
}

void mcp_batch_opened(struct mcp_batch *batch) {
    drop_one(batch);
}
