/* SPDX-License-Identifier: MIT */
/* http_hub.h - what the connections of one HTTP listener share. Layer: listen. Includes: base
 * server. */
#ifndef MCP_HTTP_HUB_H
#define MCP_HTTP_HUB_H

#include <pthread.h>
#include <stdatomic.h>

#include "listen/replay_log.h"
#include "listen/reply_pool.h"
#include "mcp/listen.h"
#include "mcp/map.h"

#define MCP_HTTP_MAX_REPLAY_BYTES ((size_t)64 * 1024 * 1024) /* over all sessions */
#define MCP_HTTP_DETACHED_MS      300000 /* a stream nobody reads ends after that */
#define MCP_HTTP_MAX_SESSION_ID   64     /* bytes of a session id we keep things for */
#define MCP_HTTP_PING             ": ping\r\n\r\n"

struct mcp_http_reply;

/* What is kept for one session, by its id. */
struct mcp_http_session {
    struct mcp_replay_log *log;        /* owned; NULL until the first resumable stream */
    struct mcp_http_reply *standalone; /* its GET stream while the server has it, or NULL */
    struct mcp_http_reply *sse;        /* its event stream of 2024-11-05 while connected, or NULL */
};

/*
 * Counted: the listener and every reply hold it, because the server may end a reply after the
 * listener is gone.
 *
 *   thread  any; one lock, held for table look-ups and pointer moves only. Nothing is called out
 *           of this layer under it.
 */
struct mcp_http_hub {
    /* fixed after new */
    struct mcp_server *server;         /* not used once closed */
    struct mcp_listen_options options; /* every default filled in */
    struct mcp_reply_pool pool;
    struct mcp_blob *ping; /* the keep-alive comment */
    int wake_fd;           /* eventfd, owned: the loop waits on it */

    atomic_size_t refs;

    pthread_mutex_t lock;               /* guards: everything below, and what http_reply.h marks */
    pthread_cond_t idle;                /* outstanding fell to 0 */
    size_t outstanding;                 /* replies the server has not ended */
    size_t stream_count;                /* replies that are event streams with a connection */
    size_t replay_bytes;                /* over all logs */
    uint64_t last_stream;               /* numbers given to streams */
    bool is_closed;                     /* nothing more reaches a peer */
    struct mcp_map *sessions;           /* id -> struct mcp_http_session */
    struct mcp_http_reply *ready_first; /* replies whose connection must be woken */
    struct mcp_http_reply *ready_last;
};

/* `options` with every default filled in; copied. errors: NOMEM; IO. */
enum mcp_code mcp_http_hub_new(struct mcp_server *server, const struct mcp_listen_options *options,
                               struct mcp_http_hub **out_hub, struct mcp_err *err) MCP_CHECK;
void mcp_http_hub_unref(struct mcp_http_hub *hub); /* NULL is a no-op; not under the lock */
struct mcp_http_hub *mcp_http_hub_ref(struct mcp_http_hub *hub);

void mcp_http_hub_lock(struct mcp_http_hub *hub);
void mcp_http_hub_unlock(struct mcp_http_hub *hub);

/* Make the loop's wait return. Not under the lock. */
void mcp_http_hub_wake(struct mcp_http_hub *hub);

/* From now on what the server sends is refused, streams end, and the server is not called. */
void mcp_http_hub_close(struct mcp_http_hub *hub);

/* The server has ended a reply. Under the lock. */
void mcp_http_hub_settle_locked(struct mcp_http_hub *hub);

/* Wait until the server has ended every reply, or for `grace_ms`. */
void mcp_http_hub_wait_idle(struct mcp_http_hub *hub, uint64_t grace_ms);

/* Under the lock. NULL when there is none, or (with `must_add`) when allocation is refused. */
struct mcp_http_session *mcp_http_hub_session_locked(struct mcp_http_hub *hub, struct mcp_str id,
                                                     bool must_add);

/* Forget what is kept for a session that ended. */
void mcp_http_hub_forget(struct mcp_http_hub *hub, struct mcp_str id);

/* Ask the server which sessions still live, a few at a time, and forget the others. Call about
 * once a second, on the loop's thread. *cursor begins with 0. */
void mcp_http_hub_sweep(struct mcp_http_hub *hub, size_t *cursor);

/* Keep an event for replay, within both ceilings. Under the lock. */
void mcp_http_hub_keep_locked(struct mcp_http_hub *hub, struct mcp_http_session *session,
                              struct mcp_event_id id, struct mcp_blob *event);

#endif
