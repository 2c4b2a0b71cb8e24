/* SPDX-License-Identifier: MIT */
/* fleet.c - see fleet.h. */
#include "orchestrator/fleet.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "mcp/alloc.h"
#include "mcp/clock.h"
#include "orchestrator/merge.h"
#include "orchestrator/orch_error.h"
#include "orchestrator/tend.h"
#include "orchestrator/wait.h"

/* One upstream's part in opening or ending all of them. */
struct berth {
    struct orch_waiter waiter; /* first: the callback's argument is the berth */
    struct orch_wait *wait;
    struct mcp_err why;
};

struct orch_fleet {
    struct orch_hub hub;
    size_t count;
    struct orch_upstream **upstreams;
    struct orch_fetcher **fetchers;
    struct berth *berths;  /* made beforehand: ending must not need memory */
    struct orch_wait wait; /* of opening or ending */
    uint64_t timer;        /* the next look at all upstreams; the loop's thread */
};

static void on_berth_done(struct orch_waiter *waiter, const struct mcp_err *why) {
    struct berth *berth = (struct berth *)waiter;
    if (why != NULL)
        berth->why = *why;
    orch_wait_done(berth->wait);
}

static void prepare_berth(struct orch_fleet *fleet, size_t slot) {
    fleet->berths[slot] = (struct berth){.waiter = {.done = on_berth_done}, .wait = &fleet->wait};
}

static void tend_all(void *user) {
    struct orch_fleet *fleet = user;
    uint64_t now_ms = mcp_clock_now_ms();
    for (size_t slot = 0; slot < fleet->count; slot++)
        orch_tend_one(fleet->upstreams[slot], now_ms);
    fleet->timer = mcp_loop_after(fleet->hub.loop, ORCH_TEND_TICK_MS, tend_all, fleet);
}

/* Also when the timer was lost to a shortage of memory. */
static void keep_tending(struct orch_fleet *fleet) {
    if (fleet->timer == 0)
        fleet->timer = mcp_loop_after(fleet->hub.loop, ORCH_TEND_TICK_MS, tend_all, fleet);
}

static void connect_all(void *user) {
    struct orch_fleet *fleet = user;
    for (size_t slot = 0; slot < fleet->count; slot++) {
        prepare_berth(fleet, slot);
        orch_upstream_connect(fleet->upstreams[slot], fleet->hub.max_retries, UINT64_MAX,
                              &fleet->berths[slot].waiter);
    }
    keep_tending(fleet);
}

static void close_all(void *user) {
    struct orch_fleet *fleet = user;
    if (fleet->timer != 0)
        mcp_loop_cancel_timer(fleet->hub.loop, fleet->timer);
    fleet->timer = 0;
    for (size_t slot = 0; slot < fleet->count; slot++) {
        prepare_berth(fleet, slot);
        orch_upstream_close(fleet->upstreams[slot], &fleet->berths[slot].waiter);
    }
}

/* Run `step` on the loop and wait until every upstream is done with it. */
static enum mcp_code for_all(struct orch_fleet *fleet, void (*step)(void *user),
                             struct mcp_err *err) {
    orch_wait_init(&fleet->wait, fleet->count);
    enum mcp_code code = mcp_loop_post(fleet->hub.loop, step, fleet, err);
    if (code == MCP_OK)
        orch_wait_for_all(&fleet->wait);
    orch_wait_deinit(&fleet->wait);
    return code;
}

void orch_fleet_end(struct orch_fleet *fleet) {
    const struct timespec moment = {.tv_nsec = 10000000};
    /* only a shortage of memory refuses a post, and leaving connections behind is no way out */
    while (fleet->count > 0 && for_all(fleet, close_all, NULL) != MCP_OK)
        (void)nanosleep(&moment, NULL);
}

void orch_fleet_free(struct orch_fleet *fleet) {
    if (fleet == NULL)
        return;
    mcp_loop_free(fleet->hub.loop);
    for (size_t slot = 0; slot < fleet->count; slot++) {
        orch_fetcher_free(fleet->fetchers[slot]);
        orch_upstream_free(fleet->upstreams[slot]);
    }
    mcp_free((void *)fleet->fetchers);
    mcp_free((void *)fleet->upstreams);
    mcp_free(fleet->berths);
    mcp_free(fleet);
}

static void fleet_freep(struct orch_fleet **fleet) {
    orch_fleet_free(*fleet);
}

static enum mcp_code no_memory(struct mcp_err *err) {
    return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
}

static enum mcp_code make_room(struct orch_fleet *fleet, size_t count, struct mcp_err *err) {
    fleet->upstreams = mcp_alloc((count + 1) * sizeof(struct orch_upstream *));
    fleet->fetchers = mcp_alloc((count + 1) * sizeof(struct orch_fetcher *));
    fleet->berths = mcp_alloc((count + 1) * sizeof *fleet->berths);
    bool ok = fleet->upstreams != NULL && fleet->fetchers != NULL && fleet->berths != NULL;
    fleet->count = ok ? count : 0;
    return ok ? MCP_OK : no_memory(err);
}

static enum mcp_code fill_slot(struct orch_fleet *fleet, const struct orch_server *server,
                               size_t slot, struct mcp_err *err) {
    MCP_TRY(orch_upstream_new(&fleet->hub, server, slot, &fleet->upstreams[slot], err));
    return orch_fetcher_new(fleet->upstreams[slot], &fleet->fetchers[slot], err);
}

/* Everything but the connections. */
static enum mcp_code build(const struct orch_hub *hub, struct orch_fleet **out_fleet,
                           struct mcp_err *err) {
    const struct orch_conf *conf = orch_state_conf(hub->state);
    MCP_AUTO(fleet_freep) struct orch_fleet *fleet = mcp_alloc(sizeof *fleet);
    if (fleet == NULL)
        return no_memory(err);
    fleet->hub = *hub;
    fleet->hub.max_retries = conf->max_retries;
    fleet->hub.idle_ms = conf->idle_ms;
    MCP_TRY(make_room(fleet, conf->server_count, err));
    for (size_t slot = 0; slot < fleet->count; slot++)
        MCP_TRY(fill_slot(fleet, &conf->servers[slot], slot, err));
    MCP_TRY(mcp_loop_new(&fleet->hub.loop, err));
    *out_fleet = MCP_TAKE(fleet);
    return MCP_OK;
}

static enum mcp_code note_failures(const struct orch_fleet *fleet, json_t *failures,
                                   struct mcp_err *err) {
    const struct orch_conf *conf = orch_state_conf(fleet->hub.state);
    for (size_t slot = 0; slot < fleet->count; slot++)
        if (fleet->berths[slot].why.code != MCP_OK)
            MCP_TRY(
                orch_merge_missing(failures, &conf->servers[slot], &fleet->berths[slot].why, err));
    return MCP_OK;
}

/* Whether what is connected is enough. */
static enum mcp_code judge(const struct orch_fleet *fleet, struct orch_error *error) {
    json_auto_t *failures = json_array();
    char summary[96];
    if (failures == NULL || note_failures(fleet, failures, NULL) != MCP_OK)
        return orch_error_nomem(error);
    size_t failed = json_array_size(failures);
    if (failed > 0 && orch_state_fails_fast(fleet->hub.state)) {
        (void)snprintf(summary, sizeof summary, "%zu of %zu servers could not be reached", failed,
                       fleet->count);
        return orch_error_set_servers(error, ORCH_E_CONNECTION, summary, failures);
    }
    if (failed == fleet->count) {
        (void)snprintf(summary, sizeof summary, "none of %zu servers could be reached",
                       fleet->count);
        return orch_error_set_servers(error, ORCH_E_NO_SERVER,
                                      failed > 0 ? summary : "no server is configured", failures);
    }
    return MCP_OK;
}

enum mcp_code orch_fleet_open(const struct orch_hub *hub, struct orch_fleet **out_fleet,
                              struct orch_error *error) {
    struct mcp_err err = {0};
    struct orch_fleet *fleet = NULL;
    if (build(hub, &fleet, &err) != MCP_OK)
        return orch_error_set(error, ORCH_E_OTHER, &err, NULL);
    assert(fleet != NULL);
    enum mcp_code code = MCP_OK;
    if (fleet->count > 0 && for_all(fleet, connect_all, &err) != MCP_OK)
        code = orch_error_set(error, ORCH_E_OTHER, &err, NULL);
    else
        code = judge(fleet, error);
    if (code == MCP_OK) {
        *out_fleet = fleet;
        return MCP_OK;
    }
    orch_fleet_end(fleet);
    orch_fleet_free(fleet);
    return code;
}

struct orch_state *orch_fleet_state(const struct orch_fleet *fleet) {
    return fleet->hub.state;
}

void orch_shares_free(struct orch_share *shares, size_t count) {
    for (size_t i = 0; shares != NULL && i < count; i++)
        orch_value_unref(shares[i].value);
    mcp_free(shares);
}

/* One share that was not in the cache. */
struct question {
    struct orch_asker asker; /* first: the callback's argument is the question */
    struct orch_fetcher *fetcher;
    struct orch_share *share;
    struct orch_wait *wait;
};

struct collection {
    enum orch_holding holding;
    struct question *questions;
    size_t count;
};

static void on_answer(struct orch_asker *asker, struct orch_value *value,
                      const struct mcp_err *why) {
    struct question *question = (struct question *)asker;
    question->share->value = orch_value_ref(value);
    if (why != NULL)
        question->share->why = *why;
    orch_wait_done(question->wait);
}

static void ask_all(void *user) {
    struct collection *collection = user;
    /* after the last answer the collection may be gone */
    size_t count = collection->count;
    struct question *questions = collection->questions;
    enum orch_holding holding = collection->holding;
    for (size_t i = 0; i < count; i++)
        orch_fetcher_ask(questions[i].fetcher, holding, &questions[i].asker);
}

static enum mcp_code ask(struct orch_fleet *fleet, struct collection *collection,
                         struct mcp_err *err) {
    struct orch_wait wait;
    orch_wait_init(&wait, collection->count);
    for (size_t i = 0; i < collection->count; i++)
        collection->questions[i].wait = &wait;
    enum mcp_code code = mcp_loop_post(fleet->hub.loop, ask_all, collection, err);
    if (code == MCP_OK)
        orch_wait_for_all(&wait);
    orch_wait_deinit(&wait);
    return code;
}

/* Reading again what was given stale: nobody waits for it. */
struct refresh {
    struct orch_asker asker; /* first: the callback's argument is the refresh */
    struct orch_fetcher *fetcher;
    enum orch_holding holding;
};

static void on_refreshed(struct orch_asker *asker, struct orch_value *value,
                         const struct mcp_err *why) {
    (void)value;
    (void)why;
    mcp_free(asker);
}

static void start_refresh(void *user) {
    struct refresh *refresh = user;
    orch_fetcher_ask(refresh->fetcher, refresh->holding, &refresh->asker);
}

/* Without memory for it the next caller tries again. */
static void refresh_later(struct orch_fleet *fleet, size_t slot, enum orch_holding holding) {
    struct refresh *refresh = mcp_alloc(sizeof *refresh);
    if (refresh == NULL)
        return;
    *refresh = (struct refresh){.asker = {.done = on_refreshed, .since_ms = mcp_clock_now_ms()},
                                .fetcher = fleet->fetchers[slot],
                                .holding = holding};
    if (mcp_loop_post(fleet->hub.loop, start_refresh, refresh, NULL) != MCP_OK)
        mcp_free(refresh);
}

/* From the cache: fresh, or stale while it is read again. */
static bool take_cached(struct orch_fleet *fleet, enum orch_holding holding,
                        struct orch_share *share) {
    struct orch_state *state = fleet->hub.state;
    share->value = orch_state_cached(state, share->slot, holding);
    if (share->value != NULL)
        return true;
    share->value = orch_state_stale(state, share->slot, holding, false, &share->age_ms);
    share->is_stale = share->value != NULL;
    if (share->is_stale)
        refresh_later(fleet, share->slot, holding);
    return share->is_stale;
}

static void fall_back(struct orch_state *state, enum orch_holding holding,
                      struct orch_share *share) {
    if (share->value != NULL)
        return;
    share->value = orch_state_stale(state, share->slot, holding, true, &share->age_ms);
    share->is_stale = share->value != NULL;
}

enum mcp_code orch_fleet_collect(const struct orch_visit *visit, enum orch_holding holding,
                                 struct orch_share *shares, size_t count, struct mcp_err *err) {
    struct orch_fleet *fleet = visit->fleet;
    struct collection collection = {.holding = holding};
    struct question *questions MCP_AUTO(mcp_freep) = mcp_alloc((count + 1) * sizeof *questions);
    if (questions == NULL)
        return no_memory(err);
    collection.questions = questions;
    for (size_t i = 0; i < count; i++) {
        if (!take_cached(fleet, holding, &shares[i]))
            questions[collection.count++] = (struct question){
                .asker = {.done = on_answer, .since_ms = visit->since_ms},
                .fetcher = fleet->fetchers[shares[i].slot],
                .share = &shares[i],
            };
    }
    if (collection.count > 0)
        MCP_TRY(ask(fleet, &collection, err));
    for (size_t i = 0; visit->takes_stale && i < count; i++)
        fall_back(fleet->hub.state, holding, &shares[i]);
    return MCP_OK;
}

/* One request under way, on the stack of who waits for it. */
struct errand {
    struct orch_waiter waiter; /* first: the callback's argument is the errand */
    struct orch_upstream *upstream;
    uint64_t since_ms;
    const char *method;
    const json_t *params;
    mcp_reply_fn *on_reply;
    uint64_t serial; /* of the connection in use */
    bool was_up;     /* it is older than the errand: it may be dead */
    bool is_renewed; /* a new one was asked for, which is done once */
    json_t *result;
    struct mcp_err err;
    struct orch_wait wait;
};

/* The server cannot have done it: it does not know the session any more, or only reads. */
static bool may_repeat(const struct errand *errand, const struct mcp_reply *reply) {
    bool is_read = strcmp(errand->method, "resources/read") == 0;
    bool is_lost =
        reply->code == MCP_E_IO || orch_upstream_is_gone(errand->upstream, errand->serial);
    bool is_safe = reply->code == MCP_E_STATE || (is_read && reply->code != MCP_OK && is_lost);
    return is_safe && reply->rpc_error == NULL && errand->was_up && !errand->is_renewed &&
           !orch_upstream_is_closing(errand->upstream);
}

static void on_reply(const struct mcp_reply *reply, void *user) {
    struct errand *errand = user;
    if (may_repeat(errand, reply)) {
        struct mcp_err why = *reply->err;
        errand->is_renewed = true;
        orch_upstream_suspect(errand->upstream, errand->serial, &why);
        orch_upstream_connect(errand->upstream, 0, UINT64_MAX, &errand->waiter);
        return;
    }
    size_t refused = mcp_alloc_refusals();
    if (reply->code != MCP_OK)
        errand->err = *reply->err;
    else
        errand->result = json_deep_copy(reply->result); /* not shared between threads */
    if (reply->code == MCP_OK && (errand->result == NULL || mcp_alloc_refusals() != refused))
        (void)no_memory(&errand->err);
    orch_wait_done(&errand->wait);
}

static void on_ready(struct orch_waiter *waiter, const struct mcp_err *why) {
    struct errand *errand = (struct errand *)waiter;
    if (why != NULL) {
        errand->err = *why;
        orch_wait_done(&errand->wait);
        return;
    }
    errand->serial = orch_upstream_serial(errand->upstream);
    orch_call_send(errand->upstream, errand->method, errand->params,
                   orch_upstream_server(errand->upstream)->timeout_ms, errand->on_reply, errand);
}

static void start_errand(void *user) {
    struct errand *errand = user;
    errand->was_up = orch_upstream_dial(errand->upstream) != NULL;
    orch_upstream_connect(errand->upstream, 0, errand->since_ms, &errand->waiter);
}

enum mcp_code orch_fleet_request(const struct orch_visit *visit, size_t slot, const char *method,
                                 const json_t *params, json_t **out_result, struct mcp_err *err) {
    struct errand errand = {.waiter = {.done = on_ready},
                            .upstream = visit->fleet->upstreams[slot],
                            .since_ms = visit->since_ms,
                            .on_reply = on_reply,
                            .method = method,
                            .params = params};
    orch_wait_init(&errand.wait, 1);
    enum mcp_code code = mcp_loop_post(visit->fleet->hub.loop, start_errand, &errand, err);
    if (code == MCP_OK)
        orch_wait_for_all(&errand.wait);
    orch_wait_deinit(&errand.wait);
    if (code != MCP_OK)
        return code;
    if (errand.err.code != MCP_OK) {
        json_decref(errand.result);
        (void)MCP_FAIL(err, errand.err.code, "%s", errand.err.what);
        return mcp_err_at(err, errand.err.code, "%s", errand.err.where);
    }
    *out_result = errand.result;
    return MCP_OK;
}
