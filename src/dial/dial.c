/* SPDX-License-Identifier: MIT */
/* dial.c - see mcp/dial.h. Effect: a connection on the loop. */
#include "mcp/dial.h"

#include <assert.h>
#include <pthread.h>
#include <string.h>

#include "base/random.h"
#include "dial/dial_link.h"
#include "dial/era_cache.h"
#include "mcp/alloc.h"
#include "mcp/clock.h"
#include "mcp/log.h"

enum { MAX_IGNORED_LOGGED = 10 }; /* of one connection, as warnings */

struct mcp_dial {
    struct mcp_loop_guest guest; /* first */
    struct mcp_loop *loop;
    struct mcp_target *target;
    struct mcp_dial_link *link;
    struct mcp_client *client;         /* NULL once closing began */
    struct mcp_client_options options; /* the caller's callbacks */
    struct mcp_loop_timer tick;
    struct mcp_loop_job close;
    mcp_reply_fn *on_connected; /* of the first connect */
    void *connect_user;
    bool is_closing;
    bool is_link_closed;
    void (*on_closed)(void *user);
    void *closed_user;
};

/* --- callbacks of the engine ------------------------------------------------------------------ */

static void on_notification(void *user, const char *method, const json_t *params) {
    const struct mcp_dial *dial = user;
    if (dial->options.on_notification != NULL)
        dial->options.on_notification(dial->options.user, method, params);
}

static void on_ignored(void *user, const struct mcp_err *err) {
    const struct mcp_dial *dial = user;
    if (dial->options.on_ignored != NULL)
        dial->options.on_ignored(dial->options.user, err);
    else if (mcp_client_ignored(dial->client) <= MAX_IGNORED_LOGGED)
        MCP_LOG(WARN, "dial", "message ignored: code=%s where=%s what=%s", mcp_code_name(err->code),
                err->where, err->what);
}

static void on_down(void *user, const struct mcp_err *err) {
    const struct mcp_dial *dial = user;
    if (dial->options.on_down != NULL)
        dial->options.on_down(dial->options.user, err);
}

static void on_gap(void *user) {
    const struct mcp_dial *dial = user;
    if (dial->options.on_gap != NULL)
        dial->options.on_gap(dial->options.user);
}

static void on_form(void *user, struct mcp_ask *ask) {
    const struct mcp_dial *dial = user;
    dial->options.on_form(dial->options.user, ask);
}

static void on_url(void *user, struct mcp_ask *ask) {
    const struct mcp_dial *dial = user;
    dial->options.on_url(dial->options.user, ask);
}

static void on_sampling(void *user, struct mcp_ask *ask) {
    const struct mcp_dial *dial = user;
    dial->options.on_sampling(dial->options.user, ask);
}

static void on_roots(void *user, struct mcp_ask *ask) {
    const struct mcp_dial *dial = user;
    dial->options.on_roots(dial->options.user, ask);
}

/* --- deadlines -------------------------------------------------------------------------------- */

static void on_deadline(void *user, uint64_t deadline_ms) {
    struct mcp_dial *dial = user;
    if (!dial->tick.is_set || deadline_ms < dial->tick.due_ms)
        mcp_loop_timer_set(dial->loop, &dial->tick, deadline_ms);
}

static void on_wake(void *user) {
    on_deadline(user, mcp_clock_now_ms());
}

static void on_tick(void *user) {
    struct mcp_dial *dial = user;
    uint64_t next_ms = mcp_client_tick(dial->client, mcp_clock_now_ms());
    if (next_ms != UINT64_MAX)
        on_deadline(dial, next_ms);
}

/* The caller's options with ourselves between. */
static struct mcp_client_options engine_options(struct mcp_dial *dial) {
    struct mcp_client_options options = dial->options;
    options.on_notification = on_notification;
    options.on_ignored = on_ignored;
    options.on_down = on_down;
    options.on_gap = on_gap;
    options.on_wake = on_wake;
    if (options.jitter_seed == 0 &&
        mcp_random_fill(&options.jitter_seed, sizeof options.jitter_seed, NULL) != MCP_OK)
        options.jitter_seed = mcp_clock_now_ms();
    options.on_form = options.on_form != NULL ? on_form : NULL;
    options.on_url = options.on_url != NULL ? on_url : NULL;
    options.on_sampling = options.on_sampling != NULL ? on_sampling : NULL;
    options.on_roots = options.on_roots != NULL ? on_roots : NULL;
    options.user = dial;
    return options;
}

/* --- the end ---------------------------------------------------------------------------------- */

static void release(struct mcp_dial *dial) {
    mcp_client_free(dial->client);
    if (dial->link != NULL)
        dial->link->more->release(dial->link);
    mcp_target_free(dial->target);
    mcp_free(dial);
}

static void finish(struct mcp_dial *dial) {
    void (*on_closed)(void *user) = dial->on_closed;
    void *user = dial->closed_user;
    mcp_loop_leave(dial->loop, &dial->guest);
    release(dial);
    if (on_closed != NULL)
        on_closed(user);
}

static void on_link_closed(void *user) {
    struct mcp_dial *dial = user;
    dial->is_link_closed = true;
    if (dial->is_closing)
        finish(dial);
}

static void begin_close(void *user) {
    struct mcp_dial *dial = user;
    struct mcp_client *client = MCP_TAKE(dial->client);
    dial->is_closing = true;
    mcp_client_free(client);
    mcp_loop_timer_clear(dial->loop, &dial->tick);
    if (!dial->link->is_started || dial->is_link_closed)
        finish(dial);
}

/* The loop ends: what nobody closed is closed now. */
static void close_guest(struct mcp_loop_guest *guest) {
    struct mcp_dial *dial = (struct mcp_dial *)guest;
    if (!dial->is_closing)
        mcp_loop_push(dial->loop, &dial->close);
}

void mcp_dial_close(struct mcp_dial *dial, void (*on_closed)(void *user), void *user) {
    dial->on_closed = on_closed;
    dial->closed_user = user;
    mcp_loop_push(dial->loop, &dial->close);
}

/* --- the beginning ---------------------------------------------------------------------------- */

static void enter(void *user) {
    struct mcp_dial *dial = user;
    mcp_loop_enter(dial->loop, &dial->guest);
}

static enum mcp_code build(struct mcp_dial *dial, const struct mcp_dial_target *target,
                           struct mcp_err *err) {
    struct mcp_client_options options = engine_options(dial);
    MCP_TRY(mcp_target_new(target, &dial->target, err));
    if (options.max_message_bytes == 0)
        options.max_message_bytes = dial->target->max_message_bytes;
    MCP_TRY(mcp_link_auto_new(dial->loop, dial->target, on_deadline, dial, &dial->link, err));
    dial->link->on_closed = on_link_closed;
    dial->link->closed_user = dial;
    return mcp_client_new(&options, &dial->link->link, &dial->client, err);
}

enum mcp_code mcp_dial_new(struct mcp_loop *loop, const struct mcp_dial_target *target,
                           const struct mcp_client_options *options, struct mcp_dial **out_dial,
                           struct mcp_err *err) {
    struct mcp_dial *dial = mcp_alloc(sizeof *dial);
    if (dial == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for a connection");
    dial->guest.close = close_guest;
    dial->loop = loop;
    dial->options = *options;
    dial->tick = (struct mcp_loop_timer){.fn = on_tick, .user = dial};
    dial->close = (struct mcp_loop_job){.fn = begin_close, .user = dial};
    enum mcp_code code = build(dial, target, err);
    if (code != MCP_OK) {
        release(dial);
        return code;
    }
    mcp_loop_run(loop, enter, dial);
    *out_dial = dial;
    return MCP_OK;
}

struct mcp_client *mcp_dial_client(struct mcp_dial *dial) {
    return dial->client;
}

/* --- calls from any thread -------------------------------------------------------------------- */

enum call_kind { CONNECT, REQUEST, LIST };

/* What is asked; texts and params are borrowed, NULL where the kind has none. */
struct call_spec {
    struct mcp_dial *dial;
    enum call_kind kind;
    const char *method;
    const char *key;
    const json_t *params;
    uint64_t timeout_ms;
    mcp_reply_fn *on_done;
    void *user;
};

static void on_connected(const struct mcp_reply *reply, void *user) {
    struct mcp_dial *dial = user;
    mcp_reply_fn *on_done = dial->on_connected;
    void *done_user = dial->connect_user;
    if (dial->client != NULL) { /* NULL: it is being closed, which says nothing of the server */
        struct mcp_era_verdict verdict = {mcp_client_verdict(dial->client), MCP_DIAL_AUTO};
        if (reply->code == MCP_OK && dial->link->link.kind == MCP_LINK_OLD_HTTP &&
            dial->target->transport == MCP_DIAL_AUTO)
            verdict.transport = MCP_DIAL_SSE;
        mcp_era_cache_put(mcp_loop_eras(dial->loop), mcp_str_of(dial->target->identity), verdict);
    }
    on_done(reply, done_user);
}

static void run_connect(struct mcp_dial *dial, uint64_t now_ms, const struct call_spec *spec) {
    struct mcp_era_verdict verdict =
        mcp_era_cache_get(mcp_loop_eras(dial->loop), mcp_str_of(dial->target->identity));
    mcp_client_expect(dial->client, verdict.era);
    if (verdict.transport == MCP_DIAL_SSE && dial->options.era != MCP_ERA_MODERN)
        mcp_link_auto_begin_older(dial->link);
    if (dial->on_connected != NULL) { /* connected before, which the engine refuses */
        mcp_client_connect(dial->client, now_ms, spec->timeout_ms, spec->on_done, spec->user);
        return;
    }
    dial->on_connected = spec->on_done;
    dial->connect_user = spec->user;
    mcp_client_connect(dial->client, now_ms, spec->timeout_ms, on_connected, dial);
}

/* The same on its way to the loop; owns copies. */
struct call {
    struct mcp_loop_job job;
    struct call_spec spec;
    char *method;
    char *key;
    json_t *params;
};

static void call_free(struct call *call) {
    json_decref(call->params);
    mcp_free(call->key);
    mcp_free(call->method);
    mcp_free(call);
}

static void run_call(void *user) {
    struct call *call = user;
    const struct call_spec *spec = &call->spec;
    struct mcp_client *client = spec->dial->client;
    uint64_t now_ms = mcp_clock_now_ms();
    if (spec->kind == CONNECT)
        run_connect(spec->dial, now_ms, spec);
    else if (spec->kind == LIST)
        mcp_client_list(client, call->method, call->key, now_ms, spec->timeout_ms, spec->on_done,
                        spec->user);
    else
        (void)mcp_client_request(client, call->method, call->params, now_ms, spec->timeout_ms,
                                 spec->on_done, spec->user);
    call_free(call);
}

/* NULL when memory is refused. Params are copied: a count is not for two threads. */
static struct call *call_new(const struct call_spec *spec) {
    struct call *call = mcp_alloc(sizeof *call);
    if (call == NULL)
        return NULL;
    call->job = (struct mcp_loop_job){.fn = run_call, .user = call};
    call->spec = *spec;
    call->method = mcp_strdup(spec->method);
    call->key = mcp_strdup(spec->key);
    call->params = json_deep_copy(spec->params);
    if ((call->method == NULL) == (spec->method == NULL) &&
        (call->key == NULL) == (spec->key == NULL) &&
        (call->params == NULL) == (spec->params == NULL))
        return call;
    call_free(call);
    return NULL;
}

static void post_call(const struct call_spec *spec) {
    struct call *call = call_new(spec);
    if (call != NULL) {
        mcp_loop_push(spec->dial->loop, &call->job);
        return;
    }
    struct mcp_err err = {0};
    (void)MCP_FAIL(&err, MCP_E_NOMEM, "out of memory for a request");
    spec->on_done(&(struct mcp_reply){.code = err.code, .err = &err}, spec->user);
}

void mcp_dial_connect(struct mcp_dial *dial, uint64_t timeout_ms, mcp_reply_fn *on_done,
                      void *user) {
    post_call(&(struct call_spec){
        .dial = dial, .kind = CONNECT, .timeout_ms = timeout_ms, .on_done = on_done, .user = user});
}

void mcp_dial_request(struct mcp_dial *dial, const char *method, const json_t *params,
                      uint64_t timeout_ms, mcp_reply_fn *on_done, void *user) {
    post_call(&(struct call_spec){.dial = dial,
                                  .kind = REQUEST,
                                  .method = method,
                                  .params = params,
                                  .timeout_ms = timeout_ms,
                                  .on_done = on_done,
                                  .user = user});
}

void mcp_dial_list(struct mcp_dial *dial, const char *method, const char *key, uint64_t timeout_ms,
                   mcp_reply_fn *on_done, void *user) {
    post_call(&(struct call_spec){.dial = dial,
                                  .kind = LIST,
                                  .method = method,
                                  .key = key,
                                  .timeout_ms = timeout_ms,
                                  .on_done = on_done,
                                  .user = user});
}

/* --- blocking forms --------------------------------------------------------------------------- */

struct wait {
    struct mcp_loop *loop;
    struct mcp_loop_job job; /* wakes who waits */
    pthread_mutex_t mutex;   /* guards: is_done */
    pthread_cond_t done;
    bool is_done;
    struct mcp_err err;
    json_t *result;
    json_t *rpc_error;
};

static void wake(void *user) {
    struct wait *wait = user;
    (void)pthread_mutex_lock(&wait->mutex);
    wait->is_done = true;
    (void)pthread_cond_signal(&wait->done);
    (void)pthread_mutex_unlock(&wait->mutex);
}

static void wait_init(struct wait *wait, struct mcp_loop *loop) {
    assert(!mcp_loop_is_own_thread(loop));
    *wait = (struct wait){.loop = loop, .job = {.fn = wake, .user = wait}};
    (void)pthread_mutex_init(&wait->mutex, NULL);
    (void)pthread_cond_init(&wait->done, NULL);
}

static void wait_until_done(struct wait *wait) {
    (void)pthread_mutex_lock(&wait->mutex);
    while (!wait->is_done)
        (void)pthread_cond_wait(&wait->done, &wait->mutex);
    (void)pthread_mutex_unlock(&wait->mutex);
    (void)pthread_cond_destroy(&wait->done);
    (void)pthread_mutex_destroy(&wait->mutex);
}

/* The same value, for a reference of our own. */
static json_t *shared(const json_t *value) {
    return (json_t *)(uintptr_t)value; /* NOLINT(performance-no-int-to-ptr): only counted */
}

/* The engine still holds the tree: it is handed over when this call has gone back, so that no two
 * threads count its references. */
static void on_reply(const struct mcp_reply *reply, void *user) {
    struct wait *wait = user;
    if (reply->code == MCP_OK)
        wait->result = json_incref(shared(reply->result));
    else
        wait->err = *reply->err;
    wait->rpc_error = json_incref(shared(reply->rpc_error));
    mcp_loop_push(wait->loop, &wait->job);
}

/* Hand over what came; the first failure recorded in `err` wins, as everywhere. */
static enum mcp_code wait_result(struct wait *wait, json_t **out_result, json_t **out_error,
                                 struct mcp_err *err) {
    wait_until_done(wait);
    json_auto_t *result = wait->result;
    json_auto_t *rpc_error = wait->rpc_error;
    enum mcp_code code = wait->err.code;
    if (code != MCP_OK && err != NULL && err->code == MCP_OK)
        *err = wait->err;
    if (code == MCP_OK && out_result != NULL)
        *out_result = MCP_TAKE(result);
    if (rpc_error != NULL && out_error != NULL)
        *out_error = MCP_TAKE(rpc_error);
    return code;
}

enum mcp_code mcp_dial_connect_wait(struct mcp_dial *dial, uint64_t timeout_ms,
                                    struct mcp_err *err) {
    struct wait wait;
    wait_init(&wait, dial->loop);
    mcp_dial_connect(dial, timeout_ms, on_reply, &wait);
    return wait_result(&wait, NULL, NULL, err);
}

/* NOLINTNEXTLINE(readability-function-size): the contract */
enum mcp_code mcp_dial_request_wait(struct mcp_dial *dial, const char *method, const json_t *params,
                                    uint64_t timeout_ms, json_t **out_result, json_t **out_error,
                                    struct mcp_err *err) {
    struct wait wait;
    wait_init(&wait, dial->loop);
    mcp_dial_request(dial, method, params, timeout_ms, on_reply, &wait);
    return wait_result(&wait, out_result, out_error, err);
}

enum mcp_code mcp_dial_list_wait(struct mcp_dial *dial, const char *method, const char *key,
                                 uint64_t timeout_ms, json_t **out_result, struct mcp_err *err) {
    struct wait wait;
    wait_init(&wait, dial->loop);
    mcp_dial_list(dial, method, key, timeout_ms, on_reply, &wait);
    return wait_result(&wait, out_result, NULL, err);
}

void mcp_dial_free(struct mcp_dial *dial) {
    struct wait wait;
    if (dial == NULL)
        return;
    wait_init(&wait, dial->loop);
    mcp_dial_close(dial, wake, &wait);
    wait_until_done(&wait);
}

struct watching {
    const struct mcp_dial *dial;
    const struct mcp_client_changes *changes;
    enum mcp_code code;
    struct mcp_err *err;
};

static void watch(void *user) {
    struct watching *wanted = user;
    wanted->code = mcp_client_watch(wanted->dial->client, wanted->changes, wanted->err);
}

enum mcp_code mcp_dial_watch(struct mcp_dial *dial, const struct mcp_client_changes *changes,
                             struct mcp_err *err) {
    struct watching wanted = {dial, changes, MCP_OK, err};
    mcp_loop_run(dial->loop, watch, &wanted);
    return wanted.code;
}

struct description {
    const struct mcp_dial *dial;
    struct mcp_dial_state *out;
};

static void describe(void *user) {
    const struct description *wanted = user;
    const struct mcp_dial *dial = wanted->dial;
    wanted->out->is_ready = mcp_client_is_ready(dial->client);
    wanted->out->version = mcp_client_version(dial->client);
    dial->link->more->describe(dial->link, wanted->out);
}

void mcp_dial_describe(struct mcp_dial *dial, struct mcp_dial_state *out_state) {
    struct description wanted = {dial, out_state};
    *out_state = (struct mcp_dial_state){.is_ready = false};
    mcp_loop_run(dial->loop, describe, &wanted);
}
