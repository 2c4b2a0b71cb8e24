/* SPDX-License-Identifier: MIT */
/* upstream.c - see upstream.h. */
#include "orchestrator/upstream.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/random.h"
#include "client/backoff.h"
#include "mcp/alloc.h"
#include "mcp/clock.h"
#include "orchestrator/auth.h"
#include "orchestrator/share.h"
#include "orchestrator/waiters.h"

enum { BACKOFF_BASE_MS = 250, BACKOFF_CAP_MS = 5000 }; /* between the attempts of one caller */
enum { HEAL_BASE_MS = 1000, HEAL_CAP_MS = 60000 };     /* between attempts of our own */

enum phase { DOWN, CONNECTING, RETRY_WAIT, UP, CLOSING };

/* One dial and its way out: callbacks may come until it is gone. */
struct conn {
    struct orch_upstream *upstream;
    struct mcp_dial *dial;
    uint64_t serial;
    bool is_given_up;
};

struct orch_upstream {
    const struct orch_hub *hub;
    const struct orch_server *server;
    struct orch_auth auth;
    size_t slot;
    enum phase phase;
    struct conn *conn;    /* CONNECTING and UP */
    uint64_t serial;      /* of the newest conn */
    size_t conns_left;    /* given up, not yet gone */
    uint64_t timer;       /* RETRY_WAIT */
    uint64_t deadline_ms; /* of all attempts */
    unsigned retries_left;
    uint64_t failed_ms;        /* when attempts last ended in failure; 0: never */
    struct mcp_err why;        /* of that, or of being closed */
    unsigned ignored;          /* messages nobody understood, told so far */
    void (*retry)(void *user); /* the next attempt; user is the upstream */
    struct mcp_backoff backoff;
    struct mcp_backoff heal;
    uint64_t up_ms;         /* when the connection was made */
    uint64_t retry_at_ms;   /* DOWN: the next attempt of our own; 0: never connected */
    struct orch_waiter own; /* of that */
    bool is_retrying;
    struct orch_pulse pulse;
    struct orch_waiter *waiters; /* for the connection */
    struct orch_waiter *closers; /* for the end */
};

void orch_upstream_free(struct orch_upstream *upstream) {
    if (upstream == NULL)
        return;
    assert(upstream->conn == NULL && upstream->conns_left == 0 && upstream->waiters == NULL);
    mcp_free(upstream);
}

const struct orch_server *orch_upstream_server(const struct orch_upstream *upstream) {
    return upstream->server;
}

size_t orch_upstream_slot(const struct orch_upstream *upstream) {
    return upstream->slot;
}

const struct orch_hub *orch_upstream_hub(const struct orch_upstream *upstream) {
    return upstream->hub;
}

bool orch_upstream_is_closing(const struct orch_upstream *upstream) {
    return upstream->phase == CLOSING;
}

bool orch_upstream_is_closed(const struct orch_upstream *upstream) {
    return upstream->phase == CLOSING && upstream->conn == NULL && upstream->conns_left == 0;
}

const struct mcp_err *orch_upstream_cause(const struct orch_upstream *upstream,
                                          const struct mcp_err *otherwise) {
    return upstream->phase == CLOSING ? &upstream->why : otherwise;
}

void orch_upstream_set_server(struct orch_upstream *upstream, const struct orch_server *server) {
    upstream->server = server;
}

struct mcp_dial *orch_upstream_dial(const struct orch_upstream *upstream) {
    return upstream->phase == UP ? upstream->conn->dial : NULL;
}

uint64_t orch_upstream_serial(const struct orch_upstream *upstream) {
    return upstream->serial;
}

bool orch_upstream_is_gone(const struct orch_upstream *upstream, uint64_t serial) {
    struct mcp_dial *dial = orch_upstream_dial(upstream);
    return dial == NULL || upstream->serial != serial ||
           !mcp_client_is_ready(mcp_dial_client(dial));
}

struct orch_pulse *orch_upstream_pulse(struct orch_upstream *upstream) {
    return &upstream->pulse;
}

void orch_upstream_tell(const struct orch_upstream *upstream, enum orch_event_kind kind,
                        const char *detail) {
    if (upstream->hub->on_event == NULL)
        return;
    struct orch_event event = {kind, upstream->server->id, upstream->server->name, detail};
    upstream->hub->on_event(&event, upstream->hub->user);
}

static void tell_why(const struct orch_upstream *upstream, enum orch_event_kind kind,
                     const struct mcp_err *why) {
    char line[sizeof why->where + sizeof why->what + 3];
    (void)snprintf(line, sizeof line, "%s%s%s", why->where, why->where[0] != '\0' ? ": " : "",
                   why->what);
    orch_upstream_tell(upstream, kind, line);
}

static void finish_close(struct orch_upstream *upstream) {
    if (!orch_upstream_is_closed(upstream))
        return;
    orch_auth_close(&upstream->auth);
    orch_waiters_wake(&upstream->closers, NULL);
}

static void on_conn_gone(void *user) {
    struct conn *conn = user;
    struct orch_upstream *upstream = conn->upstream;
    mcp_free(conn);
    upstream->conns_left--;
    finish_close(upstream);
}

/* End the connection without waiting for it. */
static void give_up(struct orch_upstream *upstream) {
    struct conn *conn = MCP_TAKE(upstream->conn);
    if (conn == NULL)
        return;
    conn->is_given_up = true;
    upstream->conns_left++;
    mcp_dial_close(conn->dial, on_conn_gone, conn);
}

/* What a child said last tells more than that it is gone. */
static void add_stderr(const struct conn *conn, struct mcp_err *why) {
    struct mcp_dial_state state = {0};
    mcp_dial_describe(conn->dial, &state);
    if (state.stderr_tail[0] != '\0')
        orch_state_set_tail(conn->upstream->hub->state, conn->upstream->slot, state.stderr_tail);
    size_t len = strnlen(state.stderr_tail, sizeof state.stderr_tail);
    while (len > 0 && (state.stderr_tail[len - 1] == '\n' || state.stderr_tail[len - 1] == '\r'))
        len--;
    size_t start = len;
    while (start > 0 && state.stderr_tail[start - 1] != '\n')
        start--;
    size_t used = strlen(why->what);
    if (len == start || strstr(why->what, "last words") != NULL)
        return;
    (void)snprintf(why->what + used, sizeof why->what - used, "; its last words: %.*s",
                   (int)(len - start), state.stderr_tail + start);
}

void orch_upstream_note_tail(struct orch_upstream *upstream) {
    struct mcp_dial_state state = {0};
    if (upstream->phase != UP)
        return;
    mcp_dial_describe(upstream->conn->dial, &state);
    if (state.child_pid != 0)
        orch_state_set_tail(upstream->hub->state, upstream->slot, state.stderr_tail);
}

static uint64_t draw(struct mcp_backoff *backoff) {
    uint64_t random = 0;
    if (mcp_random_fill(&random, sizeof random, NULL) != MCP_OK)
        random = UINT64_MAX / 2;
    return mcp_backoff_next(backoff, random);
}

/* Half of the ceiling for certain: a server that is gone is not asked in a hurry. */
static void plan_retry(struct orch_upstream *upstream, uint64_t now_ms) {
    uint64_t least_ms = mcp_backoff_ceiling(&upstream->heal) / 2;
    upstream->retry_at_ms = now_ms + least_ms + draw(&upstream->heal) / 2;
}

static void note(const struct orch_upstream *upstream, enum orch_note_kind kind,
                 uint64_t lived_ms) {
    struct orch_note noted = {.kind = kind, .lived_ms = lived_ms};
    orch_state_note(upstream->hub->state, upstream->slot, &noted);
}

static void end_attempts(struct orch_upstream *upstream, const struct mcp_err *why) {
    upstream->phase = DOWN;
    upstream->failed_ms = mcp_clock_now_ms();
    upstream->why = *why;
    plan_retry(upstream, upstream->failed_ms);
    note(upstream, ORCH_NOTE_UNREACHED, 0);
    orch_state_mark_disconnected(upstream->hub->state, upstream->slot, why);
    tell_why(upstream, ORCH_EV_CONNECT_ENDED, why);
    orch_waiters_wake(&upstream->waiters, why);
}

/* Failures that another attempt may not meet again. */
static bool may_pass(const struct mcp_err *why) {
    return why->code == MCP_E_IO || why->code == MCP_E_TIMEOUT || why->code == MCP_E_PEER;
}

/* The attempt under way failed; its connection has been given up. */
static void after_failure(struct orch_upstream *upstream, const struct mcp_err *why) {
    uint64_t wait_ms = draw(&upstream->backoff);
    bool in_time = mcp_clock_now_ms() + wait_ms < upstream->deadline_ms;
    if (upstream->retries_left == 0 || !in_time || !may_pass(why)) {
        end_attempts(upstream, why);
        return;
    }
    upstream->retries_left--;
    upstream->phase = RETRY_WAIT;
    note(upstream, ORCH_NOTE_RETRY, 0);
    orch_state_mark_disconnected(upstream->hub->state, upstream->slot, why);
    tell_why(upstream, ORCH_EV_RETRYING, why);
    upstream->timer = mcp_loop_after(upstream->hub->loop, wait_ms, upstream->retry, upstream);
    if (upstream->timer == 0) /* no memory for a timer */
        end_attempts(upstream, why);
}

static void fail_conn(struct orch_upstream *upstream, const struct mcp_err *cause) {
    struct mcp_err why = *cause;
    add_stderr(upstream->conn, &why);
    give_up(upstream);
    after_failure(upstream, &why);
}

static void lose_conn(struct orch_upstream *upstream, const struct mcp_err *cause) {
    struct mcp_err why = *cause;
    add_stderr(upstream->conn, &why);
    uint64_t now_ms = mcp_clock_now_ms();
    upstream->phase = DOWN;
    give_up(upstream);
    mcp_backoff_note(&upstream->heal, upstream->up_ms, now_ms);
    plan_retry(upstream, now_ms);
    note(upstream, ORCH_NOTE_LOST, now_ms - upstream->up_ms);
    /* nobody tells us of changes any more, and a restarted server may hold something else */
    orch_state_expire(upstream->hub->state, upstream->slot, ORCH_RESOURCES);
    orch_state_expire(upstream->hub->state, upstream->slot, ORCH_TOOLS);
    orch_state_mark_disconnected(upstream->hub->state, upstream->slot, &why);
    tell_why(upstream, ORCH_EV_DISCONNECTED, &why);
}

static bool is_current(const struct conn *conn) {
    return !conn->is_given_up && conn->upstream->conn == conn;
}

static void on_down(void *user, const struct mcp_err *err) {
    struct conn *conn = user;
    if (!is_current(conn))
        return;
    if (conn->upstream->phase == UP)
        lose_conn(conn->upstream, err);
    else
        fail_conn(conn->upstream, err);
}

void orch_upstream_suspect(struct orch_upstream *upstream, uint64_t serial,
                           const struct mcp_err *why) {
    if (upstream->phase == UP && upstream->serial == serial)
        lose_conn(upstream, why);
}

static void on_notification(void *user, const char *method, const json_t *params) {
    (void)params;
    static const struct {
        const char *method;
        enum orch_holding holding;
    } changes[] = {{"notifications/resources/list_changed", ORCH_RESOURCES},
                   {"notifications/resources/updated", ORCH_RESOURCES},
                   {"notifications/tools/list_changed", ORCH_TOOLS}};
    struct conn *conn = user;
    if (!is_current(conn))
        return;
    for (size_t i = 0; i < MCP_COUNT(changes); i++) {
        if (strcmp(method, changes[i].method) != 0)
            continue;
        orch_state_expire(conn->upstream->hub->state, conn->upstream->slot, changes[i].holding);
        orch_upstream_tell(conn->upstream, ORCH_EV_CHANGED, method);
        orch_share_tell(conn->upstream->hub->share);
    }
}

/* Changes may have gone untold. */
static void on_gap(void *user) {
    struct conn *conn = user;
    if (is_current(conn))
        (void)orch_state_invalidate_slot(conn->upstream->hub->state, conn->upstream->slot);
}

static void on_ignored(void *user, const struct mcp_err *err) {
    enum { MAX_TOLD = 10 }; /* a server that talks nonsense must not flood the log */
    const struct conn *conn = user;
    if (is_current(conn) && conn->upstream->ignored++ < MAX_TOLD)
        tell_why(conn->upstream, ORCH_EV_IGNORED, err);
}

static void describe(const struct conn *conn, struct orch_link_facts *out) {
    struct mcp_dial_state state = {0};
    mcp_dial_describe(conn->dial, &state);
    (void)snprintf(out->transport, sizeof out->transport, "%s",
                   orch_transport_name(state.transport));
    (void)snprintf(out->version, sizeof out->version, "%s", mcp_version_text(state.version));
    out->child_pid = state.child_pid;
}

static void on_connected(const struct mcp_reply *reply, void *user) {
    struct conn *conn = user;
    struct orch_upstream *upstream = conn->upstream;
    if (!is_current(conn))
        return;
    if (reply->code != MCP_OK) {
        fail_conn(upstream, reply->err);
        return;
    }
    struct orch_link_facts facts = {0};
    char detail[64];
    describe(conn, &facts);
    (void)snprintf(detail, sizeof detail, "%s over %s", facts.version, facts.transport);
    upstream->phase = UP;
    upstream->up_ms = mcp_clock_now_ms();
    upstream->pulse.looked_ms = upstream->up_ms;
    mcp_backoff_reset(&upstream->backoff);
    orch_state_mark_connected(
        upstream->hub->state, upstream->slot, &facts,
        json_deep_copy(mcp_client_server_capabilities(mcp_dial_client(conn->dial))));
    orch_upstream_tell(upstream, ORCH_EV_CONNECTED, detail);
    enum mcp_code watched =
        mcp_client_watch(mcp_dial_client(conn->dial),
                         &(struct mcp_client_changes){.tools = true, .resources = true}, NULL);
    (void)watched; /* untold of changes, what was gathered gets old all the same */
    orch_waiters_wake(&upstream->waiters, NULL);
}

static void on_url(void *user, const char *url) {
    orch_upstream_tell(user, ORCH_EV_AUTHORIZE, url);
}

static enum mcp_code open_conn(struct orch_upstream *upstream, struct mcp_err *err) {
    const struct orch_server *server = upstream->server;
    MCP_TRY(orch_auth_prepare(&upstream->auth, upstream->hub->loop, server, err));
    struct mcp_dial_target target = {.transport = server->transport,
                                     .url = server->url,
                                     .argv = server->argv,
                                     .env = server->env,
                                     .headers = server->headers,
                                     .bearer = upstream->auth.token.data,
                                     .authorizer = upstream->auth.authorizer,
                                     .connect_timeout_ms = server->timeout_ms};
    struct conn *conn = mcp_alloc(sizeof *conn);
    if (conn == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    struct mcp_client_options options = {.name = "mcp-orchestrator",
                                         .version = ORCH_VERSION,
                                         .on_notification = on_notification,
                                         .on_ignored = on_ignored,
                                         .on_gap = on_gap,
                                         .on_down = on_down,
                                         .user = conn};
    enum mcp_code code = mcp_dial_new(upstream->hub->loop, &target, &options, &conn->dial, err);
    if (code != MCP_OK) {
        mcp_free(conn);
        return code;
    }
    conn->upstream = upstream;
    conn->serial = ++upstream->serial;
    upstream->conn = conn;
    return MCP_OK;
}

static void attempt(void *user) {
    struct orch_upstream *upstream = user;
    const struct orch_server *server = upstream->server;
    struct mcp_err err = {0};
    char where[256];
    const char *address = server->url != NULL ? server->url : server->argv[0];
    (void)snprintf(where, sizeof where, "%.*s", (int)strcspn(address, "?#"), address);
    upstream->timer = 0;
    upstream->phase = CONNECTING;
    orch_upstream_tell(upstream, ORCH_EV_CONNECTING, where);
    if (open_conn(upstream, &err) != MCP_OK) {
        after_failure(upstream, &err);
        return;
    }
    uint64_t now_ms = mcp_clock_now_ms();
    uint64_t left_ms = upstream->deadline_ms > now_ms ? upstream->deadline_ms - now_ms : 1;
    mcp_dial_connect(upstream->conn->dial, left_ms, on_connected, upstream->conn);
}

static void on_own_retry(struct orch_waiter *waiter, const struct mcp_err *why) {
    (void)why; /* the status and the observer have it */
    struct orch_upstream *upstream =
        (struct orch_upstream *)((char *)waiter - offsetof(struct orch_upstream, own));
    upstream->is_retrying = false;
}

enum mcp_code orch_upstream_new(const struct orch_hub *hub, const struct orch_server *server,
                                size_t slot, struct orch_upstream **out_upstream,
                                struct mcp_err *err) {
    struct orch_upstream *upstream = mcp_alloc(sizeof *upstream);
    if (upstream == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    upstream->hub = hub;
    upstream->server = server;
    upstream->slot = slot;
    upstream->auth.on_url = on_url;
    upstream->auth.user = upstream;
    upstream->retry = attempt;
    upstream->own.done = on_own_retry;
    mcp_backoff_init(&upstream->backoff, BACKOFF_BASE_MS, BACKOFF_CAP_MS, 0);
    mcp_backoff_init(&upstream->heal, HEAL_BASE_MS, HEAL_CAP_MS, ORCH_BREAKER_HEALTHY_MS);
    *out_upstream = upstream;
    return MCP_OK;
}

void orch_upstream_connect(struct orch_upstream *upstream, unsigned retries, uint64_t since_ms,
                           struct orch_waiter *waiter) {
    struct mcp_err why;
    if (upstream->phase == CLOSING) {
        why = upstream->why;
        waiter->done(waiter, &why);
        return;
    }
    bool is_shared = upstream->phase == DOWN && upstream->failed_ms > since_ms;
    if (is_shared)
        why = upstream->why;
    bool is_settled = upstream->phase == UP || upstream->phase == DOWN;
    if (is_shared ||
        (is_settled && !orch_state_may_ask(upstream->hub->state, upstream->slot, &why))) {
        waiter->done(waiter, &why);
        return;
    }
    if (upstream->phase == UP) {
        waiter->done(waiter, NULL);
        return;
    }
    orch_waiters_push(&upstream->waiters, waiter);
    if (upstream->phase != DOWN)
        return;
    upstream->retries_left = retries;
    upstream->deadline_ms = mcp_clock_now_ms() + upstream->server->timeout_ms;
    mcp_backoff_reset(&upstream->backoff);
    attempt(upstream);
}

void orch_upstream_start(struct orch_upstream *upstream, unsigned retries) {
    upstream->is_retrying = true;
    orch_upstream_connect(upstream, retries, UINT64_MAX, &upstream->own);
}

void orch_upstream_retry(struct orch_upstream *upstream, uint64_t now_ms) {
    if (upstream->phase != DOWN || upstream->is_retrying || upstream->retry_at_ms == 0 ||
        now_ms < upstream->retry_at_ms)
        return;
    uint64_t wait_ms = orch_state_breaker_wait(upstream->hub->state, upstream->slot);
    upstream->retry_at_ms = now_ms + wait_ms;
    if (wait_ms == 0)
        orch_upstream_start(upstream, 0);
}

static void begin_close(struct orch_upstream *upstream, const struct mcp_err *why) {
    bool was_up = upstream->phase == UP;
    upstream->why = *why;
    if (upstream->timer != 0)
        mcp_loop_cancel_timer(upstream->hub->loop, upstream->timer);
    upstream->timer = 0;
    upstream->phase = CLOSING;
    give_up(upstream);
    if (was_up) /* what failed before keeps its cause */
        orch_state_mark_disconnected(upstream->hub->state, upstream->slot, NULL);
    orch_waiters_wake(&upstream->waiters, why);
}

void orch_upstream_close(struct orch_upstream *upstream, const struct mcp_err *why,
                         struct orch_waiter *waiter) {
    if (waiter != NULL)
        orch_waiters_push(&upstream->closers, waiter);
    if (upstream->phase != CLOSING)
        begin_close(upstream, why);
    finish_close(upstream);
}
