/* SPDX-License-Identifier: MIT */
/* share_plan.c - see share_plan.h. Pure: no I/O, no clock, no log. */
#include "orchestrator/share_plan.h"

/* One that Redis keeps for ever was not stored by us. */
static void take_offer(const struct orch_share_item *value, const struct orch_share_item *left,
                       struct orch_share_offer *out) {
    *out = (struct orch_share_offer){0};
    if (!value->is_text || left->number <= 0)
        return;
    out->is_there = orch_share_record_read(value->text, &out->record, NULL) == MCP_OK;
    out->left_ms = (uint64_t)left->number;
}

static bool take_generation(const struct orch_share_item *item, uint64_t *out) {
    enum { MAX_DIGITS = 15 };
    uint64_t number = 0;
    if (item->text.len == 0 || item->text.len > MAX_DIGITS)
        return false;
    for (size_t i = 0; i < item->text.len; i++) {
        if (item->text.ptr[i] < '0' || item->text.ptr[i] > '9')
            return false;
        number = number * 10 + (uint64_t)(item->text.ptr[i] - '0');
    }
    *out = number;
    return true;
}

enum mcp_code orch_share_view_read(const struct orch_share_item *items, size_t count,
                                   struct orch_share_view *out_view, struct mcp_err *err) {
    static const size_t numbers[] = {0, 1, 4, 6};
    struct orch_share_view view = {0};
    if (count != ORCH_SHARE_VIEW_ITEMS)
        return MCP_FAIL(err, MCP_E_SYNTAX, "an answer of %zu parts, not %d", count,
                        ORCH_SHARE_VIEW_ITEMS);
    for (size_t i = 0; i < MCP_COUNT(numbers); i++)
        if (!items[numbers[i]].is_number)
            return MCP_FAIL(err, MCP_E_SYNTAX, "part %zu of the answer is no number", numbers[i]);
    view.has_lock = items[0].number == 1;
    view.was_locked = !view.has_lock && items[1].number > 0;
    if (view.was_locked)
        view.lock_left_ms = (uint64_t)items[1].number;
    view.knows_generation = !items[2].is_text || take_generation(&items[2], &view.generation);
    take_offer(&items[3], &items[4], &view.offers[0]);
    take_offer(&items[5], &items[6], &view.offers[1]);
    *out_view = view;
    return MCP_OK;
}

static uint64_t least(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

uint64_t orch_share_age(const struct orch_share_offer *offer) {
    return offer->record.life_ms > offer->left_ms ? offer->record.life_ms - offer->left_ms : 0;
}

bool orch_share_is_outdated(const struct orch_share_view *view,
                            const struct orch_share_offer *offer) {
    return !view->knows_generation || offer->record.generation != view->generation;
}

static bool is_of_use(const struct orch_share_offer *offer, bool is_private_place) {
    return offer->is_there && offer->record.terms.is_private == is_private_place;
}

/* One that is not outdated before one that is, then the younger one. */
static bool is_better(const struct orch_share_view *view, const struct orch_share_offer *a,
                      const struct orch_share_offer *b) {
    bool is_old_a = orch_share_is_outdated(view, a);
    bool is_old_b = orch_share_is_outdated(view, b);
    return is_old_a != is_old_b ? is_old_b : orch_share_age(a) < orch_share_age(b);
}

static size_t best_of(const struct orch_share_view *view) {
    size_t best = 2;
    for (size_t i = 0; i < 2; i++)
        if (is_of_use(&view->offers[i], i == 1) &&
            (best == 2 || is_better(view, &view->offers[i], &view->offers[best])))
            best = i;
    return best;
}

static bool is_fresh(const struct orch_share_view *view, const struct orch_share_offer *offer,
                     const struct orch_cache_limits *limits) {
    uint64_t ttl_ms = least(offer->record.terms.ttl_ms, limits->ttl_ms);
    return !orch_share_is_outdated(view, offer) && ttl_ms > 0 && orch_share_age(offer) <= ttl_ms;
}

enum orch_share_step orch_share_next(const struct orch_share_question *question,
                                     const struct orch_share_view *view,
                                     const struct orch_cache_limits *limits, size_t *out_best,
                                     uint64_t *out_wait_ms) {
    *out_best = best_of(view);
    if (*out_best < 2 && is_fresh(view, &view->offers[*out_best], limits))
        return ORCH_SHARE_GIVE;
    if (!question->may_claim || view->has_lock)
        return ORCH_SHARE_FETCH;
    if (!question->is_claim)
        return ORCH_SHARE_CLAIM;
    if (!view->was_locked || question->waited_ms >= question->max_wait_ms)
        return ORCH_SHARE_FETCH;
    uint64_t left_ms = question->max_wait_ms - question->waited_ms;
    *out_wait_ms = least(view->lock_left_ms, left_ms) + 1;
    if (*out_wait_ms > left_ms)
        *out_wait_ms = left_ms;
    return ORCH_SHARE_WAIT;
}

uint64_t orch_share_life(const struct orch_cache_terms *terms,
                         const struct orch_cache_limits *limits) {
    uint64_t ttl_ms = least(terms->ttl_ms, limits->ttl_ms);
    uint64_t grace_ms =
        limits->revalidate_ms > limits->on_error_ms ? limits->revalidate_ms : limits->on_error_ms;
    return limits->ttl_ms == 0 || ttl_ms == 0 ? 0 : ttl_ms + grace_ms;
}

void orch_share_health_init(struct orch_share_health *health, int64_t wall_ms) {
    *health = (struct orch_share_health){.phase = ORCH_SHARE_STARTING, .since_ms = wall_ms};
    mcp_backoff_init(&health->backoff, ORCH_SHARE_RETRY_BASE_MS, ORCH_SHARE_RETRY_CAP_MS,
                     ORCH_SHARE_RETRY_CAP_MS);
}

bool orch_share_health_up(struct orch_share_health *health,
                          const struct orch_share_moment *moment) {
    bool was_down = health->phase == ORCH_SHARE_DOWN;
    health->phase = ORCH_SHARE_UP;
    health->since_ms = moment->wall_ms;
    health->up_ms = moment->now_ms;
    return was_down;
}

bool orch_share_health_down(struct orch_share_health *health,
                            const struct orch_share_moment *moment) {
    bool was_down = health->phase == ORCH_SHARE_DOWN;
    if (health->phase == ORCH_SHARE_UP)
        mcp_backoff_note(&health->backoff, health->up_ms, moment->now_ms);
    uint64_t least_ms = mcp_backoff_ceiling(&health->backoff) / 2;
    health->retry_at_ms =
        moment->now_ms + least_ms + mcp_backoff_next(&health->backoff, moment->random) / 2;
    health->phase = ORCH_SHARE_DOWN;
    if (!was_down)
        health->since_ms = moment->wall_ms;
    return !was_down;
}

const char *orch_share_phase_name(enum orch_share_phase phase) {
    static const char *const names[] = {"starting", "up", "down"};
    return names[phase];
}
