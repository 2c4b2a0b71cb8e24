/* SPDX-License-Identifier: MIT */
/* http_relay.c - see http_relay.h. */
#include "listen/http_relay.h"

#include "listen/http_status.h"
#include "mcp/alloc.h"

struct mcp_http_relay {
    struct mcp_outlet outlet;
    struct mcp_http_reply *stream; /* counted */
    /* guarded by the hub's lock */
    unsigned refs;
    unsigned status; /* what begin said; 0 until then */
};

static struct mcp_http_relay *of(struct mcp_outlet *outlet) {
    return (struct mcp_http_relay *)(void *)outlet;
}

static void unref(struct mcp_http_relay *relay, bool is_end) {
    struct mcp_http_hub *hub = relay->stream->hub;
    mcp_http_hub_lock(hub);
    bool is_last = --relay->refs == 0;
    if (is_end)
        mcp_http_hub_settle_locked(hub);
    mcp_http_hub_unlock(hub);
    if (!is_last)
        return;
    mcp_http_reply_unref(relay->stream);
    mcp_free(relay);
}

static void begin(struct mcp_outlet *outlet, const struct mcp_opening *opening) {
    struct mcp_http_relay *relay = of(outlet);
    mcp_http_hub_lock(relay->stream->hub);
    relay->status = mcp_http_status_of_outcome(opening->outcome);
    mcp_http_hub_unlock(relay->stream->hub);
}

static enum mcp_code send(struct mcp_outlet *outlet, const struct mcp_str *parts, size_t count,
                          bool is_last, struct mcp_err *err) {
    (void)is_last;
    struct mcp_http_relay *relay = of(outlet);
    mcp_http_hub_lock(relay->stream->hub);
    bool is_refused = relay->status >= 400;
    mcp_http_hub_unlock(relay->stream->hub);
    if (is_refused)
        return MCP_OK; /* the POST's status says it */
    return mcp_http_reply_push(relay->stream, parts, count, err);
}

static void end(struct mcp_outlet *outlet) {
    unref(of(outlet), true);
}

static const struct mcp_outlet_ops ops = {begin, send, end, NULL};

enum mcp_code mcp_http_relay_new(struct mcp_http_reply *stream, struct mcp_http_relay **out_relay,
                                 struct mcp_err *err) {
    struct mcp_http_relay *relay = mcp_alloc(sizeof *relay);
    if (relay == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    relay->outlet.ops = &ops;
    relay->stream = stream;
    relay->refs = 2;
    mcp_http_hub_lock(stream->hub);
    stream->refs++;
    stream->hub->outstanding++;
    mcp_http_hub_unlock(stream->hub);
    *out_relay = relay;
    return MCP_OK;
}

struct mcp_outlet *mcp_http_relay_outlet(struct mcp_http_relay *relay) {
    return &relay->outlet;
}

unsigned mcp_http_relay_close(struct mcp_http_relay *relay) {
    mcp_http_hub_lock(relay->stream->hub);
    unsigned status = relay->status;
    mcp_http_hub_unlock(relay->stream->hub);
    unref(relay, false);
    return status >= 400 ? status : 202;
}
