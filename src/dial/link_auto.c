/* SPDX-License-Identifier: MIT */
/* link_auto.c - see dial_link.h. Decides which transport carries a connection. */
#include "dial/dial_link.h"
#include "mcp/alloc.h"
#include "mcp/log.h"

struct auto_link {
    struct mcp_dial_link base; /* first */
    struct mcp_loop *loop;
    const struct mcp_target *target;
    void (*on_deadline)(void *user, uint64_t deadline_ms);
    void *user;
    const struct mcp_link_events *above; /* the engine */
    struct mcp_link_events events;       /* ours, for the links below */
    struct mcp_dial_link *inner;         /* in use */
    struct mcp_dial_link *tried;         /* Streamable HTTP, given up; NULL: it was not */
    size_t open;                         /* links below that have not closed */
    bool is_stopped;
    struct mcp_loop_job closed;
};

static struct auto_link *auto_of(struct mcp_link *link) {
    return (struct auto_link *)link;
}

static void close_when_over(void *user) {
    struct auto_link *owner = user;
    if (owner->open == 0 && owner->is_stopped)
        owner->base.on_closed(owner->base.closed_user);
}

static void on_inner_closed(void *user) {
    struct auto_link *owner = user;
    owner->open--;
    close_when_over(owner);
}

static enum mcp_link_kind kind_of(enum mcp_dial_transport transport) {
    switch (transport) {
    case MCP_DIAL_STDIO:
        return MCP_LINK_PIPE;
    case MCP_DIAL_SSE:
        return MCP_LINK_OLD_HTTP;
    case MCP_DIAL_AUTO:
    case MCP_DIAL_STREAMABLE:
        break;
    }
    return MCP_LINK_HTTP;
}

static enum mcp_code start_inner(struct auto_link *owner, enum mcp_dial_transport transport,
                                 struct mcp_err *err) {
    struct mcp_dial_link *inner = NULL;
    if (transport == MCP_DIAL_STDIO)
        MCP_TRY(mcp_link_stdio_new(owner->loop, owner->target, &inner, err));
    else if (transport == MCP_DIAL_SSE)
        MCP_TRY(mcp_link_sse_new(owner->loop, owner->target, &inner, err));
    else
        MCP_TRY(mcp_link_streamable_new(owner->loop, owner->target, &inner, err));
    inner->on_closed = on_inner_closed;
    inner->closed_user = owner;
    enum mcp_code code = inner->link.ops->start(&inner->link, &owner->events, err);
    if (code != MCP_OK) {
        inner->more->release(inner);
        return code;
    }
    owner->inner = inner;
    owner->open++;
    owner->base.is_started = true;
    return MCP_OK;
}

/* Its reply decided that the server does not speak it: nothing of it is under way any more. */
static enum mcp_code use_older(struct mcp_link *link, struct mcp_err *err) {
    struct auto_link *owner = auto_of(link);
    if (owner->target->transport != MCP_DIAL_AUTO || owner->tried != NULL)
        return MCP_FAIL(err, MCP_E_UNSUPPORTED, "no other transport is to be tried");
    owner->tried = owner->inner;
    owner->inner = NULL;
    owner->tried->link.ops->stop(&owner->tried->link);
    MCP_LOG(DEBUG, "dial.auto", "falling back to HTTP+SSE");
    MCP_TRY(start_inner(owner, MCP_DIAL_SSE, err));
    link->kind = MCP_LINK_OLD_HTTP;
    return MCP_OK;
}

/* --- from below ------------------------------------------------------------------------------- */

static void on_message(void *user, struct mcp_str frame) {
    struct auto_link *owner = user;
    owner->base.link.status = owner->inner->link.status;
    owner->above->on_message(owner->above->user, frame);
}

static bool is_waiting(void *user, uint64_t token) {
    const struct auto_link *owner = user;
    return owner->above->is_waiting(owner->above->user, token);
}

static void on_failed(void *user, uint64_t token, const struct mcp_err *err) {
    struct auto_link *owner = user;
    owner->base.link.status = owner->inner != NULL ? owner->inner->link.status : 0;
    owner->above->on_failed(owner->above->user, token, err);
}

static void on_session_lost(void *user, uint64_t refused_token, const struct mcp_err *err) {
    const struct auto_link *owner = user;
    owner->above->on_session_lost(owner->above->user, refused_token, err);
}

static void on_down(void *user, const struct mcp_err *err) {
    const struct auto_link *owner = user;
    owner->above->on_down(owner->above->user, err);
}

/* --- from above ------------------------------------------------------------------------------- */

static enum mcp_code start(struct mcp_link *link, const struct mcp_link_events *events,
                           struct mcp_err *err) {
    struct auto_link *owner = auto_of(link);
    owner->above = events;
    owner->events = (struct mcp_link_events){.on_message = on_message,
                                             .on_failed = on_failed,
                                             .is_waiting = is_waiting,
                                             .on_session_lost = on_session_lost,
                                             .on_down = on_down,
                                             .user = owner};
    bool is_older = link->kind == MCP_LINK_OLD_HTTP;
    return start_inner(owner, is_older ? MCP_DIAL_SSE : owner->target->transport, err);
}

static enum mcp_code send_message(struct mcp_link *link, const struct mcp_link_message *message,
                                  struct mcp_err *err) {
    struct auto_link *owner = auto_of(link);
    if (owner->inner == NULL)
        return MCP_FAIL(err, MCP_E_STATE, "not connected");
    if (message->deadline_ms != 0)
        owner->on_deadline(owner->user, message->deadline_ms);
    return owner->inner->link.ops->send(&owner->inner->link, message, err);
}

static void forget(struct mcp_link *link, uint64_t token) {
    const struct auto_link *owner = auto_of(link);
    if (owner->inner != NULL)
        owner->inner->link.ops->forget(&owner->inner->link, token);
}

static void ready(struct mcp_link *link, const char *version) {
    struct auto_link *owner = auto_of(link);
    owner->inner->link.ops->ready(&owner->inner->link, version);
}

static void stop(struct mcp_link *link) {
    struct auto_link *owner = auto_of(link);
    owner->is_stopped = true;
    if (owner->inner != NULL)
        owner->inner->link.ops->stop(&owner->inner->link);
    else if (owner->open == 0) /* the second transport did not even start */
        mcp_loop_push(owner->loop, &owner->closed);
}

static void describe(const struct mcp_dial_link *link, struct mcp_dial_state *out_state) {
    const struct auto_link *owner = (const struct auto_link *)link;
    out_state->transport = owner->target->transport;
    if (owner->inner != NULL)
        owner->inner->more->describe(owner->inner, out_state);
}

static void release(struct mcp_dial_link *link) {
    struct auto_link *owner = (struct auto_link *)link;
    if (owner->inner != NULL)
        owner->inner->more->release(owner->inner);
    if (owner->tried != NULL)
        owner->tried->more->release(owner->tried);
    mcp_free(owner);
}

void mcp_link_auto_begin_older(struct mcp_dial_link *link) {
    const struct auto_link *owner = (const struct auto_link *)link;
    if (owner->target->transport == MCP_DIAL_AUTO)
        link->link.kind = MCP_LINK_OLD_HTTP;
}

enum mcp_code mcp_link_auto_new(struct mcp_loop *loop, const struct mcp_target *target,
                                void (*on_deadline)(void *user, uint64_t deadline_ms), void *user,
                                struct mcp_dial_link **out_link, struct mcp_err *err) {
    static const struct mcp_link_ops ops = {start, send_message, forget, ready, stop, use_older};
    static const struct mcp_dial_link_ops more = {describe, release};
    struct auto_link *owner = mcp_alloc(sizeof *owner);
    if (owner == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for a connection");
    owner->base.link.ops = &ops;
    owner->base.more = &more;
    owner->loop = loop;
    owner->target = target;
    owner->base.link.kind = kind_of(target->transport);
    owner->on_deadline = on_deadline;
    owner->user = user;
    owner->closed = (struct mcp_loop_job){.fn = close_when_over, .user = owner};
    *out_link = &owner->base;
    return MCP_OK;
}
