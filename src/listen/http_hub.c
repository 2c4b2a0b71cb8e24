/* SPDX-License-Identifier: MIT */
/* http_hub.c - see http_hub.h. */
#include "listen/http_hub.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/random.h"
#include "listen/os_error.h"
#include "mcp/alloc.h"

#define SWEEP_AT_ONCE 32

static void free_session(struct mcp_http_session *session) {
    if (session == NULL)
        return;
    mcp_replay_log_free(session->log);
    mcp_free(session);
}

static void drop_session(void *value) {
    free_session(value);
}

static void free_hub(struct mcp_http_hub *hub) {
    if (hub->wake_fd >= 0)
        (void)close(hub->wake_fd);
    mcp_map_free(hub->sessions);
    mcp_blob_unref(hub->ping);
    mcp_reply_pool_deinit(&hub->pool);
    (void)pthread_cond_destroy(&hub->idle);
    (void)pthread_mutex_destroy(&hub->lock);
    mcp_free(hub);
}

static void init_locks(struct mcp_http_hub *hub) {
    pthread_condattr_t clock;
    (void)pthread_condattr_init(&clock);
    (void)pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&hub->idle, &clock);
    (void)pthread_condattr_destroy(&clock);
    (void)pthread_mutex_init(&hub->lock, NULL);
}

enum mcp_code mcp_http_hub_new(struct mcp_server *server, const struct mcp_listen_options *options,
                               struct mcp_http_hub **out_hub, struct mcp_err *err) {
    uint64_t seed = 0;
    MCP_TRY(mcp_random_fill(&seed, sizeof seed, err));
    struct mcp_http_hub *hub = mcp_alloc(sizeof *hub);
    if (hub == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    init_locks(hub);
    mcp_reply_pool_init(&hub->pool);
    hub->server = server;
    hub->options = *options;
    hub->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    atomic_init(&hub->refs, 1);
    hub->ping = mcp_blob_new(MCP_STR(MCP_HTTP_PING));
    enum mcp_code code = mcp_map_new(seed, drop_session, &hub->sessions, err);
    if (code == MCP_OK && hub->wake_fd < 0)
        code = mcp_os_error(err, "eventfd");
    if (code == MCP_OK && hub->ping == NULL)
        code = MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    if (code != MCP_OK) {
        free_hub(hub);
        return code;
    }
    *out_hub = hub;
    return MCP_OK;
}

void mcp_http_hub_lock(struct mcp_http_hub *hub) {
    (void)pthread_mutex_lock(&hub->lock);
}

void mcp_http_hub_unlock(struct mcp_http_hub *hub) {
    (void)pthread_mutex_unlock(&hub->lock);
}

struct mcp_http_hub *mcp_http_hub_ref(struct mcp_http_hub *hub) {
    atomic_fetch_add_explicit(&hub->refs, 1, memory_order_relaxed);
    return hub;
}

void mcp_http_hub_unref(struct mcp_http_hub *hub) {
    if (hub != NULL && atomic_fetch_sub_explicit(&hub->refs, 1, memory_order_acq_rel) == 1)
        free_hub(hub);
}

void mcp_http_hub_wake(struct mcp_http_hub *hub) {
    uint64_t one = 1;
    (void)!write(hub->wake_fd, &one, sizeof one); /* a full counter is awake already */
}

void mcp_http_hub_close(struct mcp_http_hub *hub) {
    mcp_http_hub_lock(hub);
    hub->is_closed = true;
    mcp_http_hub_unlock(hub);
}

void mcp_http_hub_wait_idle(struct mcp_http_hub *hub, uint64_t grace_ms) {
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)(grace_ms / 1000);
    until.tv_nsec += (long)(grace_ms % 1000) * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    mcp_http_hub_lock(hub);
    int rc = 0;
    while (hub->outstanding > 0 && rc != ETIMEDOUT)
        rc = pthread_cond_timedwait(&hub->idle, &hub->lock, &until);
    mcp_http_hub_unlock(hub);
}

void mcp_http_hub_settle_locked(struct mcp_http_hub *hub) {
    if (--hub->outstanding == 0)
        (void)pthread_cond_broadcast(&hub->idle);
}

struct mcp_http_session *mcp_http_hub_session_locked(struct mcp_http_hub *hub, struct mcp_str id,
                                                     bool must_add) {
    struct mcp_http_session *session = mcp_map_get(hub->sessions, id);
    if (session != NULL || !must_add)
        return session;
    session = mcp_alloc(sizeof *session);
    if (session == NULL || mcp_map_put(hub->sessions, id, session, NULL) != MCP_OK) {
        mcp_free(session);
        return NULL;
    }
    return session;
}

void mcp_http_hub_forget(struct mcp_http_hub *hub, struct mcp_str id) {
    mcp_http_hub_lock(hub);
    struct mcp_http_session *session = mcp_map_take(hub->sessions, id);
    if (session != NULL && session->log != NULL)
        hub->replay_bytes -= mcp_replay_log_bytes(session->log);
    mcp_http_hub_unlock(hub);
    free_session(session);
}

struct sweep_id {
    char text[MCP_HTTP_MAX_SESSION_ID];
    size_t len;
};

/* Ids of the next sessions in the table; wraps round to its beginning. */
static size_t next_ids(struct mcp_http_hub *hub, size_t *cursor, struct sweep_id *ids) {
    size_t count = 0;
    struct mcp_str id;
    void *value = NULL;
    mcp_http_hub_lock(hub);
    bool has_more = true;
    while (count < SWEEP_AT_ONCE && has_more) {
        has_more = mcp_map_next(hub->sessions, cursor, &id, &value);
        if (has_more) {
            ids[count].len = id.len;
            memcpy(ids[count++].text, id.ptr, id.len);
        }
    }
    mcp_http_hub_unlock(hub);
    if (!has_more)
        *cursor = 0;
    return count;
}

void mcp_http_hub_sweep(struct mcp_http_hub *hub, size_t *cursor) {
    struct sweep_id ids[SWEEP_AT_ONCE];
    size_t count = next_ids(hub, cursor, ids);
    for (size_t i = 0; i < count; i++) {
        enum mcp_version version = MCP_VERSION_NONE;
        struct mcp_str id = {ids[i].text, ids[i].len};
        if (mcp_server_session_version(hub->server, id, &version, NULL) == MCP_E_NOT_FOUND)
            mcp_http_hub_forget(hub, id);
    }
}

void mcp_http_hub_keep_locked(struct mcp_http_hub *hub, struct mcp_http_session *session,
                              struct mcp_event_id id, struct mcp_blob *event) {
    if (session == NULL || session->log == NULL)
        return;
    size_t before = mcp_replay_log_bytes(session->log);
    if (mcp_replay_log_add(session->log, id, event, NULL) != MCP_OK)
        return;
    hub->replay_bytes += mcp_replay_log_bytes(session->log) - before; /* may wrap, and back */
    while (hub->replay_bytes > MCP_HTTP_MAX_REPLAY_BYTES) {
        before = mcp_replay_log_bytes(session->log);
        if (!mcp_replay_log_drop_oldest(session->log))
            return;
        hub->replay_bytes -= before - mcp_replay_log_bytes(session->log);
    }
}
