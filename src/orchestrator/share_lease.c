/* SPDX-License-Identifier: MIT */
/* share_lease.c - see share.h and share_parts.h: one question after the other. */
#include <string.h>

#include "base/random.h"
#include "mcp/clock.h"
#include "orchestrator/share_parts.h"

static void unlink_lease(struct orch_share_lease *lease) {
    struct orch_share *share = lease->share;
    if (lease->phase == ORCH_LEASE_NONE)
        return;
    mcp_loop_timer_clear(share->loop, &lease->timer);
    if (lease->phase == ORCH_LEASE_ASKED && share->commands != NULL)
        orch_redis_link_forget(share->commands, lease);
    *(lease->prev != NULL ? &lease->prev->next : &share->leases) = lease->next;
    if (lease->next != NULL)
        lease->next->prev = lease->prev;
    lease->phase = ORCH_LEASE_NONE;
}

/* It goes on by itself. */
static void let_fetch(struct orch_share_lease *lease) {
    struct orch_share *share = lease->share;
    mcp_loop_timer_clear(share->loop, &lease->timer);
    if (lease->phase == ORCH_LEASE_ASKED && share->commands != NULL)
        orch_redis_link_forget(share->commands, lease);
    lease->phase = ORCH_LEASE_FETCHING;
    lease->done(lease, NULL);
}

/* A callback may change the list. */
void orch_share_end_questions(struct orch_share *share, size_t slot) {
    struct orch_share_lease *lease = share->leases;
    while (lease != NULL) {
        bool is_open = lease->phase != ORCH_LEASE_FETCHING;
        if (is_open && (slot == SIZE_MAX || lease->slot == slot)) {
            let_fetch(lease);
            lease = share->leases;
        } else {
            lease = lease->next;
        }
    }
}

void orch_share_drop_rights(struct orch_share *share) {
    for (struct orch_share_lease *lease = share->leases; lease != NULL; lease = lease->next) {
        lease->has_lock = false;
        lease->knows_generation = false;
    }
}

static void set_timer(struct orch_share_lease *lease, uint64_t wait_ms) {
    mcp_loop_timer_set(lease->share->loop, &lease->timer, mcp_clock_now_ms() + wait_ms);
}

static void look(struct orch_share_lease *lease) {
    struct orch_share *share = lease->share;
    const struct orch_share_ear ear = {lease->on_view, lease};
    orch_share_tell(share); /* what this process knows to be outdated must not come back */
    if (!orch_share_is_usable(share) ||
        orch_share_send_look(share->commands, &lease->names, lease->is_claim ? lease->token : "",
                             &ear, NULL) != MCP_OK) {
        let_fetch(lease);
        return;
    }
    lease->phase = ORCH_LEASE_ASKED;
    lease->local_generation = orch_state_generation(share->state, lease->slot, lease->holding);
    set_timer(lease, share->settings.timeout_ms);
}

static void look_again(struct orch_share_lease *lease) {
    if (lease->phase == ORCH_LEASE_WAITING)
        lease->waited_ms += mcp_clock_now_ms() - lease->waits_since_ms + 1;
    look(lease);
}

static void claim(struct orch_share_lease *lease) {
    lease->is_claim = true;
    look_again(lease);
}

static void release_lock(struct orch_share_lease *lease, enum orch_share_news news) {
    char message[ORCH_SHARE_MESSAGE_BYTES];
    struct orch_share *share = lease->share;
    if (!lease->has_lock || !orch_share_is_usable(share))
        return;
    lease->has_lock = false;
    /* not sent: it ends by itself */
    (void)(orch_share_send_release(
               share->commands, &lease->names, lease->token, share->channel,
               orch_share_message_of(share, lease->slot, lease->holding, news, message)) == MCP_OK);
}

void orch_share_renew(struct orch_share *share) {
    for (struct orch_share_lease *lease = share->leases; lease != NULL; lease = lease->next)
        if (lease->has_lock)
            (void)(orch_share_send_renew(share->commands, &lease->names, lease->token) == MCP_OK);
}

/* Into the cache of this process, with the age it has; NULL when it is no value. */
static struct orch_value *adopt(struct orch_share_lease *lease, const struct orch_share_view *view,
                                const struct orch_share_offer *offer, bool is_spare) {
    struct orch_value *value = NULL;
    const struct orch_state_found found = {
        .slot = lease->slot,
        .holding = lease->holding,
        .generation = lease->local_generation,
        .age_ms = orch_share_age(offer),
        .is_outdated = orch_share_is_outdated(view, offer),
        .is_spare = is_spare,
        .terms = offer->record.terms,
    };
    if (orch_share_record_value(offer->record.body, lease->holding == ORCH_TOOLS, &value, NULL) !=
        MCP_OK)
        return NULL;
    orch_state_adopt(lease->share->state, &found, value);
    return value;
}

static void give(struct orch_share_lease *lease, struct orch_value *value) {
    struct orch_share *share = lease->share;
    share->facts.hits++;
    release_lock(lease, ORCH_SHARE_STORED);
    unlink_lease(lease);
    orch_share_publish(share);
    lease->done(lease, value);
}

static void begin_fetch(struct orch_share_lease *lease) {
    struct orch_share *share = lease->share;
    share->facts.misses++;
    orch_share_publish(share);
    if (!lease->knows_generation) { /* garbage: begin a new one; this fetch is not kept */
        const struct orch_state_news news = {lease->slot, lease->holding, false};
        (void)orch_share_tell_one(share, &news);
    }
    let_fetch(lease);
}

static void await_news(struct orch_share_lease *lease, uint64_t wait_ms) {
    lease->phase = ORCH_LEASE_WAITING;
    lease->waits_since_ms = mcp_clock_now_ms();
    set_timer(lease, wait_ms);
}

static void use_view(struct orch_share_lease *lease, struct orch_share_view *view) {
    const struct orch_share_question question = {.may_claim = lease->names.lock[0] != '\0',
                                                 .is_claim = lease->is_claim,
                                                 .waited_ms = lease->waited_ms,
                                                 .max_wait_ms = lease->max_wait_ms};
    const struct orch_cache_limits limits = orch_state_limits(lease->share->state);
    size_t best = 2;
    uint64_t wait_ms = 0;
    enum orch_share_step step = orch_share_next(&question, view, &limits, &best, &wait_ms);
    MCP_AUTO(orch_value_unrefp) struct orch_value *value = NULL;
    if (best < 2 && (step == ORCH_SHARE_GIVE || step == ORCH_SHARE_FETCH))
        value = adopt(lease, view, &view->offers[best], step == ORCH_SHARE_FETCH);
    if (step == ORCH_SHARE_GIVE && value == NULL) { /* no value after all */
        view->offers[best].is_there = false;
        step = orch_share_next(&question, view, &limits, &best, &wait_ms);
        value = step == ORCH_SHARE_GIVE ? adopt(lease, view, &view->offers[best], false) : NULL;
        if (step == ORCH_SHARE_GIVE && value == NULL)
            step = ORCH_SHARE_FETCH;
    }
    if (step == ORCH_SHARE_GIVE)
        give(lease, value);
    else if (step == ORCH_SHARE_CLAIM)
        claim(lease);
    else if (step == ORCH_SHARE_WAIT)
        await_news(lease, wait_ms);
    else
        begin_fetch(lease);
}

static void on_view(void *user, const struct orch_share_item *items, size_t count,
                    const struct mcp_err *why) {
    struct orch_share_lease *lease = user;
    struct orch_share *share = lease->share;
    struct orch_share_view view;
    struct mcp_err err = {0};
    mcp_loop_timer_clear(share->loop, &lease->timer);
    lease->phase = ORCH_LEASE_QUEUED; /* no answer is due any more */
    if (why == NULL && orch_share_view_read(items, count, &view, &err) != MCP_OK)
        why = &err;
    if (why != NULL) {
        if (share->can_command)
            orch_share_fail(share, why);
        else
            let_fetch(lease);
        return;
    }
    lease->has_lock = view.has_lock;
    lease->generation = view.generation;
    lease->knows_generation = view.knows_generation;
    use_view(lease, &view);
}

static void on_timer(void *user) {
    struct orch_share_lease *lease = user;
    if (lease->phase == ORCH_LEASE_WAITING)
        claim(lease);
    else
        let_fetch(lease); /* Redis is slow, or was not reached yet */
}

void orch_share_ask(struct orch_share *share, size_t slot, enum orch_holding holding,
                    uint64_t max_wait_ms, struct orch_share_lease *lease) {
    bool is_possible = share->settings.target.is_redis && share->on_closed == NULL &&
                       share->health.phase != ORCH_SHARE_DOWN &&
                       share->servers[slot].id[0] != '\0' &&
                       orch_state_limits(share->state).ttl_ms > 0;
    *lease = (struct orch_share_lease){.done = lease->done,
                                       .share = share,
                                       .on_view = on_view,
                                       .slot = slot,
                                       .holding = holding,
                                       .max_wait_ms = max_wait_ms,
                                       .timer = {.fn = on_timer, .user = lease}};
    if (!is_possible || mcp_random_id(lease->token, NULL) != MCP_OK) {
        lease->done(lease, NULL);
        return;
    }
    orch_share_names_of(share, slot, holding, &lease->names);
    lease->next = share->leases;
    if (lease->next != NULL)
        lease->next->prev = lease;
    share->leases = lease;
    lease->phase = ORCH_LEASE_QUEUED;
    if (share->health.phase == ORCH_SHARE_UP)
        look(lease);
    else /* not reached yet: all together wait only so long for it */
        mcp_loop_timer_set(share->loop, &lease->timer,
                           share->started_ms + share->settings.timeout_ms);
}

static bool store(struct orch_share_lease *lease, const struct orch_value *value,
                  const struct orch_cache_terms *terms) {
    char message[ORCH_SHARE_MESSAGE_BYTES];
    struct orch_share *share = lease->share;
    const struct orch_cache_limits limits = orch_state_limits(share->state);
    const struct orch_share_ear ear = {orch_share_on_told, share};
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf body = MCP_BUF_INIT(ORCH_SHARE_MAX_BYTES);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf bytes = MCP_BUF_INIT(ORCH_SHARE_MAX_BYTES + 1024);
    struct orch_share_record record = {.life_ms = orch_share_life(terms, &limits),
                                       .generation = lease->generation,
                                       .terms = *terms};
    bool has_place = !terms->is_private || lease->names.private_value[0] != '\0';
    if (record.life_ms == 0 || !has_place || !lease->knows_generation ||
        mcp_json_write(orch_value_root(value), &body, NULL) != MCP_OK)
        return false;
    record.body = mcp_buf_view(&body);
    if (orch_share_record_write(&record, &bytes, NULL) != MCP_OK)
        return false;
    const struct orch_share_storing storing = {
        .names = &lease->names,
        .record = &record,
        .bytes = mcp_buf_view(&bytes),
        .token = lease->has_lock ? lease->token : "",
        .channel = share->channel,
        .message =
            orch_share_message_of(share, lease->slot, lease->holding, ORCH_SHARE_STORED, message),
    };
    if (orch_share_send_store(share->commands, &storing, &ear, NULL) != MCP_OK)
        return false;
    share->facts.stored++;
    orch_share_publish(share);
    return true;
}

void orch_share_settle(struct orch_share_lease *lease, const struct orch_value *value,
                       const struct orch_cache_terms *terms) {
    if (lease->phase == ORCH_LEASE_NONE)
        return;
    struct orch_share *share = lease->share;
    orch_share_tell(share); /* a change that came meanwhile makes the value an old one */
    if (!orch_share_is_usable(share) || value == NULL || !store(lease, value, terms))
        release_lock(lease, ORCH_SHARE_GIVEN_UP);
    unlink_lease(lease);
    orch_share_drain(share);
}

void orch_share_wake(struct orch_share *share, const struct orch_share_message *message) {
    enum orch_holding holding = message->is_tools ? ORCH_TOOLS : ORCH_RESOURCES;
    struct orch_share_lease *lease = share->leases;
    while (lease != NULL) {
        struct orch_share_lease *next = lease->next;
        if (lease->phase == ORCH_LEASE_WAITING && lease->holding == holding &&
            strcmp(share->servers[lease->slot].id, message->id) == 0) {
            lease->is_claim = message->news != ORCH_SHARE_STORED;
            look_again(lease); /* may end in a callback that changes the list */
            next = share->leases;
        }
        lease = next;
    }
}

void orch_share_look_queued(struct orch_share *share) {
    for (struct orch_share_lease *lease = share->leases; lease != NULL;) {
        bool is_queued = lease->phase == ORCH_LEASE_QUEUED;
        if (is_queued)
            look(lease);
        lease = is_queued ? share->leases : lease->next;
    }
}
