/* SPDX-License-Identifier: MIT */
/* collect.c - see collect.h. */
#include "orchestrator/collect.h"

#include "mcp/alloc.h"
#include "mcp/clock.h"
#include "orchestrator/wait.h"

void orch_collect_free(struct orch_share *shares, size_t count) {
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
    enum mcp_code code = mcp_loop_post(orch_fleet_loop(fleet), ask_all, collection, err);
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
                                .fetcher = orch_fleet_fetcher(fleet, slot),
                                .holding = holding};
    if (mcp_loop_post(orch_fleet_loop(fleet), start_refresh, refresh, NULL) != MCP_OK)
        mcp_free(refresh);
}

/* From the cache: fresh, or stale while it is read again. */
static bool take_cached(struct orch_fleet *fleet, enum orch_holding holding,
                        struct orch_share *share) {
    struct orch_state *state = orch_fleet_state(fleet);
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

enum mcp_code orch_collect_run(const struct orch_visit *visit, enum orch_holding holding,
                               struct orch_share *shares, size_t count, struct mcp_err *err) {
    struct orch_fleet *fleet = visit->fleet;
    struct collection collection = {.holding = holding};
    struct question *questions MCP_AUTO(mcp_freep) = mcp_alloc((count + 1) * sizeof *questions);
    if (questions == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    collection.questions = questions;
    for (size_t i = 0; i < count; i++) {
        if (!take_cached(fleet, holding, &shares[i]))
            questions[collection.count++] = (struct question){
                .asker = {.done = on_answer, .since_ms = visit->since_ms},
                .fetcher = orch_fleet_fetcher(fleet, shares[i].slot),
                .share = &shares[i],
            };
    }
    if (collection.count > 0)
        MCP_TRY(ask(fleet, &collection, err));
    for (size_t i = 0; visit->takes_stale && i < count; i++)
        fall_back(orch_fleet_state(fleet), holding, &shares[i]);
    return MCP_OK;
}
