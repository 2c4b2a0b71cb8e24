/* SPDX-License-Identifier: MIT */
/* fleet.c - see fleet.h. */
#include "orchestrator/fleet.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "mcp/alloc.h"
#include "mcp/clock.h"
#include "orchestrator/errand.h"
#include "orchestrator/merge.h"
#include "orchestrator/orch_error.h"
#include "orchestrator/share.h"
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
    /* By slot, NULL where it is free; changed on the loop's thread, once it runs. */
    struct orch_upstream **upstreams;
    struct orch_fetcher **fetchers;
    size_t slots;          /* all above are free */
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
    orch_share_tick(fleet->hub.share, now_ms);
    for (size_t slot = 0; slot < fleet->slots; slot++)
        if (fleet->upstreams[slot] != NULL)
            orch_tend_one(fleet->upstreams[slot], now_ms);
    fleet->timer = mcp_loop_after(fleet->hub.loop, ORCH_TEND_TICK_MS, tend_all, fleet);
}

/* Also when the timer was lost to a shortage of memory. */
static void keep_tending(struct orch_fleet *fleet) {
    if (fleet->timer == 0)
        fleet->timer = mcp_loop_after(fleet->hub.loop, ORCH_TEND_TICK_MS, tend_all, fleet);
}

/* On the loop: from now on, or anew. */
static void share_cache(struct orch_fleet *fleet) {
    orch_share_configure(fleet->hub.share, fleet->hub.loop,
                         &orch_state_conf(fleet->hub.state)->share);
}

static void connect_all(void *user) {
    struct orch_fleet *fleet = user;
    share_cache(fleet);
    for (size_t slot = 0; slot < fleet->slots; slot++) {
        if (fleet->upstreams[slot] == NULL)
            continue;
        prepare_berth(fleet, slot);
        orch_upstream_connect(fleet->upstreams[slot], fleet->hub.max_retries, UINT64_MAX,
                              &fleet->berths[slot].waiter);
    }
    keep_tending(fleet);
}

/* Nobody waits for them. */
static void start_all(void *user) {
    struct orch_fleet *fleet = user;
    share_cache(fleet);
    for (size_t slot = 0; slot < fleet->slots; slot++)
        if (fleet->upstreams[slot] != NULL)
            orch_upstream_start(fleet->upstreams[slot], fleet->hub.max_retries);
    keep_tending(fleet);
}

static void on_share_closed(void *user) {
    struct orch_fleet *fleet = user;
    orch_wait_done(&fleet->wait);
}

static void close_all(void *user) {
    struct orch_fleet *fleet = user;
    if (fleet->timer != 0)
        mcp_loop_cancel_timer(fleet->hub.loop, fleet->timer);
    fleet->timer = 0;
    struct mcp_err why = {0};
    (void)MCP_FAIL(&why, MCP_E_CANCELLED, "the connection is being closed");
    for (size_t slot = 0; slot < fleet->slots; slot++) {
        if (fleet->upstreams[slot] == NULL)
            continue;
        prepare_berth(fleet, slot);
        orch_upstream_close(fleet->upstreams[slot], &why, &fleet->berths[slot].waiter);
    }
    orch_share_close(fleet->hub.share, on_share_closed, fleet);
}

/* Nothing changes it meanwhile. */
static size_t count_upstreams(const struct orch_fleet *fleet) {
    size_t count = 0;
    for (size_t slot = 0; slot < fleet->slots; slot++)
        count += fleet->upstreams[slot] != NULL;
    return count;
}

/* Run `step` on the loop and wait until every upstream, and `others`, are done with it. */
static enum mcp_code for_all(struct orch_fleet *fleet, void (*step)(void *user), size_t others,
                             struct mcp_err *err) {
    orch_wait_init(&fleet->wait, count_upstreams(fleet) + others);
    enum mcp_code code = mcp_loop_post(fleet->hub.loop, step, fleet, err);
    if (code == MCP_OK)
        orch_wait_for_all(&fleet->wait);
    orch_wait_deinit(&fleet->wait);
    return code;
}

void orch_fleet_end(struct orch_fleet *fleet) {
    const struct timespec moment = {.tv_nsec = 10000000};
    /* only a shortage of memory refuses a post, and leaving connections behind is no way out */
    while (for_all(fleet, close_all, 1, NULL) != MCP_OK)
        (void)nanosleep(&moment, NULL);
}

static void empty_slot(struct orch_fleet *fleet, size_t slot) {
    orch_share_set_server(fleet->hub.share, slot, NULL);
    orch_fetcher_free(MCP_TAKE(fleet->fetchers[slot]));
    orch_upstream_free(MCP_TAKE(fleet->upstreams[slot]));
}

void orch_fleet_free(struct orch_fleet *fleet) {
    if (fleet == NULL)
        return;
    mcp_loop_free(fleet->hub.loop);
    for (size_t slot = 0; slot < fleet->slots; slot++)
        empty_slot(fleet, slot);
    orch_share_free(fleet->hub.share);
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

static enum mcp_code make_room(struct orch_fleet *fleet, struct mcp_err *err) {
    fleet->upstreams = mcp_alloc(ORCH_MAX_SLOTS * sizeof(struct orch_upstream *));
    fleet->fetchers = mcp_alloc(ORCH_MAX_SLOTS * sizeof(struct orch_fetcher *));
    fleet->berths = mcp_alloc(ORCH_MAX_SLOTS * sizeof *fleet->berths);
    bool ok = fleet->upstreams != NULL && fleet->fetchers != NULL && fleet->berths != NULL;
    return ok ? MCP_OK : no_memory(err);
}

static enum mcp_code fill_slot(struct orch_fleet *fleet, const struct orch_server *server,
                               size_t slot, struct mcp_err *err) {
    MCP_TRY(orch_upstream_new(&fleet->hub, server, slot, &fleet->upstreams[slot], err));
    if (slot >= fleet->slots)
        fleet->slots = slot + 1;
    orch_share_set_server(fleet->hub.share, slot, server);
    return orch_fetcher_new(fleet->upstreams[slot], &fleet->fetchers[slot], err);
}

static enum mcp_code fill_slots(struct orch_fleet *fleet, struct mcp_err *err) {
    const struct orch_conf *conf = orch_state_conf(fleet->hub.state);
    size_t *slots MCP_AUTO(mcp_freep) = mcp_alloc((conf->server_count + 1) * sizeof *slots);
    if (slots == NULL)
        return no_memory(err);
    orch_state_places(fleet->hub.state, slots);
    for (size_t place = 0; place < conf->server_count; place++)
        MCP_TRY(fill_slot(fleet, &conf->servers[place], slots[place], err));
    return MCP_OK;
}

static void take_settings(struct orch_fleet *fleet, const struct orch_conf *conf) {
    fleet->hub.max_retries = conf->max_retries;
    fleet->hub.idle_ms = conf->idle_ms;
}

static void on_share_change(void *user, const char *where, const struct mcp_err *why) {
    const struct orch_fleet *fleet = user;
    char detail[sizeof why->what + 640];
    (void)snprintf(detail, sizeof detail, "%s%s%s", where, why != NULL ? ": " : "",
                   why != NULL ? why->what : "");
    const struct orch_event event = {why != NULL ? ORCH_EV_CACHE_DOWN : ORCH_EV_CACHE_UP, "", "",
                                     detail};
    if (fleet->hub.on_event != NULL)
        fleet->hub.on_event(&event, fleet->hub.user);
}

/* Everything but the connections. */
static enum mcp_code build(const struct orch_hub *hub, struct orch_fleet **out_fleet,
                           struct mcp_err *err) {
    MCP_AUTO(fleet_freep) struct orch_fleet *fleet = mcp_alloc(sizeof *fleet);
    if (fleet == NULL)
        return no_memory(err);
    fleet->hub = *hub;
    take_settings(fleet, orch_state_conf(hub->state));
    const struct orch_share_listener listener = {on_share_change, fleet};
    MCP_TRY(orch_share_new(hub->state, &listener, &fleet->hub.share, err));
    MCP_TRY(make_room(fleet, err));
    MCP_TRY(fill_slots(fleet, err));
    MCP_TRY(mcp_loop_new(&fleet->hub.loop, err));
    *out_fleet = MCP_TAKE(fleet);
    return MCP_OK;
}

/* In the order of the file. */
static enum mcp_code note_failures(const struct orch_fleet *fleet, json_t *failures,
                                   struct mcp_err *err) {
    for (size_t slot = 0; slot < fleet->slots; slot++) {
        const struct orch_upstream *upstream = fleet->upstreams[slot];
        if (upstream != NULL && fleet->berths[slot].why.code != MCP_OK)
            MCP_TRY(orch_merge_missing(failures, orch_upstream_server(upstream),
                                       &fleet->berths[slot].why, err));
    }
    return MCP_OK;
}

/* Whether what is connected is enough. */
static enum mcp_code judge(const struct orch_fleet *fleet, struct orch_error *error) {
    json_auto_t *failures = json_array();
    char summary[96];
    if (failures == NULL || note_failures(fleet, failures, NULL) != MCP_OK)
        return orch_error_nomem(error);
    size_t failed = json_array_size(failures);
    size_t count = count_upstreams(fleet);
    if (failed > 0 && orch_state_fails_fast(fleet->hub.state)) {
        (void)snprintf(summary, sizeof summary, "%zu of %zu servers could not be reached", failed,
                       count);
        return orch_error_set_servers(error, ORCH_E_CONNECTION, summary, failures);
    }
    if (failed == count) {
        (void)snprintf(summary, sizeof summary, "none of %zu servers could be reached", count);
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
    bool is_patient = orch_state_is_patient(hub->state);
    if (is_patient && mcp_loop_post(fleet->hub.loop, start_all, fleet, &err) == MCP_OK) {
        *out_fleet = fleet;
        return MCP_OK;
    }
    if (is_patient || for_all(fleet, connect_all, 0, &err) != MCP_OK)
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

/* Going over to another configuration, on the stack of who waits for it. */
struct change {
    struct orch_fleet *fleet;
    const struct orch_fleet_change *order;
    size_t *slots;   /* by place in the new configuration */
    size_t *former;  /* by place in the old one */
    size_t prepared; /* steps that have their slot */
    bool is_done;
    struct mcp_err err;
    struct orch_wait wait;
};

/* What an earlier change put aside and nobody can use any more. */
static void sweep(struct orch_fleet *fleet) {
    for (size_t slot = 0; slot < fleet->slots; slot++) {
        const struct orch_upstream *upstream = fleet->upstreams[slot];
        if (upstream == NULL || !orch_upstream_is_closed(upstream) ||
            orch_state_is_listed(fleet->hub.state, slot))
            continue;
        empty_slot(fleet, slot);
        orch_state_release(fleet->hub.state, slot);
    }
    orch_state_drop_unused(fleet->hub.state);
}

static bool is_new(const struct orch_reload_step *step) {
    return step->verdict == ORCH_RELOAD_ADD || step->verdict == ORCH_RELOAD_RECONNECT;
}

static enum mcp_code prepare_step(struct change *change, size_t place) {
    struct orch_fleet *fleet = change->fleet;
    const struct orch_reload_step *step = &change->order->plan->steps[place];
    const struct orch_server *server = &change->order->conf->servers[place];
    size_t *slot = &change->slots[place];
    if (!is_new(step)) {
        *slot = change->former[step->from];
        return MCP_OK;
    }
    MCP_TRY(orch_state_reserve(fleet->hub.state, server, slot, &change->err));
    enum mcp_code code = fill_slot(fleet, server, *slot, &change->err);
    if (code != MCP_OK) {
        empty_slot(fleet, *slot);
        orch_state_release(fleet->hub.state, *slot);
    }
    return code;
}

static void undo(const struct change *change) {
    for (size_t place = 0; place < change->prepared; place++) {
        if (!is_new(&change->order->plan->steps[place]))
            continue;
        empty_slot(change->fleet, change->slots[place]);
        orch_state_release(change->fleet->hub.state, change->slots[place]);
    }
}

static void dismiss(const struct change *change, size_t former_place, const char *reason) {
    struct orch_upstream *upstream = change->fleet->upstreams[change->former[former_place]];
    struct mcp_err why = {0};
    (void)MCP_FAIL(&why, MCP_E_CANCELLED, "%s", reason);
    if (orch_upstream_dial(upstream) != NULL)
        orch_upstream_tell(upstream, ORCH_EV_DISCONNECTED, reason);
    orch_upstream_close(upstream, &why, NULL);
    orch_share_set_server(change->fleet->hub.share, change->former[former_place], NULL);
}

/* Nothing in it can fail. */
static void carry_out(struct change *change) {
    struct orch_fleet *fleet = change->fleet;
    const struct orch_reload_plan *plan = change->order->plan;
    struct orch_conf *conf = change->order->conf;
    for (size_t place = 0; place < plan->step_count; place++)
        orch_upstream_set_server(fleet->upstreams[change->slots[place]], &conf->servers[place]);
    take_settings(fleet, conf);
    orch_state_switch(fleet->hub.state, conf, change->slots);
    share_cache(fleet);
    for (size_t i = 0; i < plan->removed_count; i++)
        dismiss(change, plan->removed[i], "the server was removed from the configuration");
    for (size_t place = 0; place < plan->step_count; place++) {
        if (plan->steps[place].verdict == ORCH_RELOAD_RECONNECT)
            dismiss(change, plan->steps[place].from, "the configuration of the server has changed");
        if (is_new(&plan->steps[place]))
            orch_upstream_start(fleet->upstreams[change->slots[place]], fleet->hub.max_retries);
    }
    keep_tending(fleet);
    change->is_done = true;
}

static void run_change(void *user) {
    struct change *change = user;
    enum mcp_code code = MCP_OK;
    if (change->order->may_sweep)
        sweep(change->fleet);
    for (size_t place = 0; code == MCP_OK && place < change->order->conf->server_count; place++) {
        code = prepare_step(change, place);
        change->prepared += code == MCP_OK;
    }
    if (code == MCP_OK)
        carry_out(change);
    else
        undo(change);
    orch_wait_done(&change->wait);
}

enum mcp_code orch_fleet_change(struct orch_fleet *fleet, const struct orch_fleet_change *order,
                                struct mcp_err *err) {
    const struct orch_conf *before = orch_state_conf(fleet->hub.state);
    size_t *slots MCP_AUTO(mcp_freep) = mcp_alloc((order->conf->server_count + 1) * sizeof *slots);
    size_t *former MCP_AUTO(mcp_freep) = mcp_alloc((before->server_count + 1) * sizeof *former);
    if (slots == NULL || former == NULL)
        return no_memory(err);
    struct change change = {.fleet = fleet, .order = order, .slots = slots, .former = former};
    orch_state_places(fleet->hub.state, former);
    orch_wait_init(&change.wait, 1);
    enum mcp_code code = mcp_loop_post(fleet->hub.loop, run_change, &change, err);
    if (code == MCP_OK)
        orch_wait_for_all(&change.wait);
    orch_wait_deinit(&change.wait);
    if (code != MCP_OK || change.is_done)
        return code;
    return MCP_FAIL(err, change.err.code, "%s", change.err.what);
}

struct orch_state *orch_fleet_state(const struct orch_fleet *fleet) {
    return fleet->hub.state;
}

struct orch_fetcher *orch_fleet_fetcher(const struct orch_fleet *fleet, size_t slot) {
    return fleet->fetchers[slot];
}

struct mcp_loop *orch_fleet_loop(const struct orch_fleet *fleet) {
    return fleet->hub.loop;
}

enum mcp_code orch_fleet_request(const struct orch_visit *visit, size_t slot, const char *method,
                                 const json_t *params, json_t **out_result, struct mcp_err *err) {
    const struct orch_errand_order order = {visit->fleet->upstreams[slot], visit->since_ms, method,
                                            params};
    return orch_errand_run(&order, out_result, err);
}
