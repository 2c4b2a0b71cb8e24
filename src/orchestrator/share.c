/* SPDX-License-Identifier: MIT */
/* share.c - see share.h. */
#include "orchestrator/share.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/random.h"
#include "mcp/alloc.h"
#include "mcp/clock.h"
#include "mcp/log.h"
#include "orchestrator/share_commands.h"
#include "orchestrator/share_parts.h"
#include "orchestrator/share_place.h"
#include "program/secret_file.h"

enum { MAX_NEWS = 64 };

/* --- facts and health ------------------------------------------------------------------------- */

void orch_share_publish(struct orch_share *share) {
    share->facts.phase = share->health.phase;
    share->facts.since_ms = share->health.since_ms;
    orch_state_note_share(share->state, &share->facts);
}

static struct orch_share_moment now(void) {
    struct orch_share_moment moment = {.now_ms = mcp_clock_now_ms(),
                                       .wall_ms = mcp_clock_wall_ms()};
    if (mcp_random_fill(&moment.random, sizeof moment.random, NULL) != MCP_OK)
        moment.random = 0;
    return moment;
}

static void hang_up(struct orch_share *share) {
    share->can_command = false;
    share->can_hear = false;
    orch_redis_link_close(MCP_TAKE(share->commands));
    orch_redis_link_close(MCP_TAKE(share->ears));
}

static void finish_close(struct orch_share *share) {
    void (*done)(void *user) = share->on_closed;
    if (done == NULL)
        return;
    share->on_closed = NULL;
    mcp_loop_timer_clear(share->loop, &share->closing);
    hang_up(share);
    orch_share_health_init(&share->health, mcp_clock_wall_ms());
    orch_share_publish(share);
    explicit_bzero(&share->settings, sizeof share->settings); /* nothing is asked any more */
    done(share->closing_user);
}

void orch_share_fail(struct orch_share *share, const struct mcp_err *cause) {
    struct mcp_err why = *cause;
    const struct orch_share_moment moment = now();
    hang_up(share);
    bool is_news = orch_share_health_down(&share->health, &moment);
    share->facts.last_error_ms = moment.wall_ms;
    (void)snprintf(share->facts.last_error, sizeof share->facts.last_error, "%s", why.what);
    orch_share_publish(share);
    if (is_news && share->on_closed == NULL)
        share->listener.on_change(share->listener.user, share->facts.where, &why);
    orch_share_drop_rights(share);
    orch_share_end_questions(share, SIZE_MAX);
    finish_close(share);
}

/* --- what changed, here and elsewhere --------------------------------------------------------- */

const char *orch_share_message_of(const struct orch_share *share, size_t slot,
                                  enum orch_holding holding, enum orch_share_news news,
                                  char out[ORCH_SHARE_MESSAGE_BYTES]) {
    struct orch_share_message message = {.news = news, .is_tools = holding == ORCH_TOOLS};
    (void)snprintf(message.sender, sizeof message.sender, "%.16s", share->sender);
    (void)snprintf(message.id, sizeof message.id, "%s", share->servers[slot].id);
    return orch_share_message_write(&message, out);
}

void orch_share_names_of(const struct orch_share *share, size_t slot, enum orch_holding holding,
                         struct orch_share_names *out) {
    orch_share_names_make(share->settings.prefix, &share->servers[slot], holding == ORCH_TOOLS,
                          out);
}

bool orch_share_is_usable(const struct orch_share *share) {
    return share->health.phase == ORCH_SHARE_UP && share->commands != NULL;
}

/* To everything that is sent: a refusal shows that it cannot be used. */
void orch_share_on_told(void *user, const struct orch_share_item *items, size_t count,
                        const struct mcp_err *why) {
    struct orch_share *share = user;
    (void)items;
    (void)count;
    if (why != NULL && share->commands != NULL && share->can_command)
        orch_share_fail(share, why);
}

/* A change that is being told. */
struct telling {
    struct orch_share *share;
    struct orch_state_news news;
};

/* What got no answer may be lost: it is told again. */
static void on_outdated(void *user, const struct orch_share_item *items, size_t count,
                        const struct mcp_err *why) {
    struct telling telling = *(struct telling *)user;
    mcp_free(user);
    if (why != NULL)
        orch_state_keep_news(telling.share->state, &telling.news);
    orch_share_on_told(telling.share, items, count, why);
}

bool orch_share_tell_one(struct orch_share *share, const struct orch_state_news *news) {
    char message[ORCH_SHARE_MESSAGE_BYTES];
    struct orch_share_names names;
    if (share->servers[news->slot].id[0] == '\0')
        return true; /* nobody reaches it any more */
    struct telling *telling = mcp_alloc(sizeof *telling);
    if (telling == NULL)
        return false;
    *telling = (struct telling){share, *news};
    const struct orch_share_ear ear = {on_outdated, telling};
    orch_share_names_of(share, news->slot, news->holding, &names);
    (void)orch_share_message_of(share, news->slot, news->holding,
                                news->is_forgotten ? ORCH_SHARE_FORGOTTEN : ORCH_SHARE_OUTDATED,
                                message);
    if (orch_share_send_outdate(share->commands, &names, news->is_forgotten, share->channel,
                                message, &ear) == MCP_OK)
        return true;
    mcp_free(telling);
    return false;
}

void orch_share_tell(struct orch_share *share) {
    struct orch_state_news news[MAX_NEWS];
    size_t count = MAX_NEWS;
    bool may_go_on = true;
    while (orch_share_is_usable(share) && count == MAX_NEWS && may_go_on) {
        count = orch_state_take_news(share->state, news, MAX_NEWS);
        for (size_t i = 0; i < count; i++) {
            if (orch_share_tell_one(share, &news[i]))
                continue;
            orch_state_keep_news(share->state, &news[i]);
            may_go_on = false; /* no memory for it: at the next tick */
        }
    }
}

static void on_drained(void *user, const struct orch_share_item *items, size_t count,
                       const struct mcp_err *why) {
    (void)items;
    (void)count;
    (void)why;
    finish_close(user);
}

static void on_closing_timer(void *user) {
    finish_close(user);
}

/* Closing: after the last lease, what was said is brought to its end. */
void orch_share_drain(struct orch_share *share) {
    const struct mcp_str ping = MCP_STR("PING");
    if (share->on_closed == NULL || share->leases != NULL || share->closing.is_set)
        return;
    share->closing = (struct mcp_loop_timer){.fn = on_closing_timer, .user = share};
    mcp_loop_timer_set(share->loop, &share->closing,
                       mcp_clock_now_ms() + share->settings.timeout_ms);
    if (!orch_share_is_usable(share) ||
        orch_redis_link_ask(share->commands, &ping, 1, on_drained, share, NULL) != MCP_OK)
        finish_close(share);
}

static void hear_change(struct orch_share *share, size_t slot, enum orch_holding holding,
                        enum orch_share_news news) {
    if (news == ORCH_SHARE_OUTDATED || news == ORCH_SHARE_FORGOTTEN)
        orch_state_hear(share->state, slot, holding, news == ORCH_SHARE_FORGOTTEN);
}

static void on_message(void *user, struct mcp_str bytes) {
    struct orch_share *share = user;
    struct orch_share_message message;
    if (orch_share_message_read(bytes, &message, NULL) != MCP_OK ||
        strncmp(message.sender, share->sender, sizeof message.sender - 1) == 0)
        return;
    for (size_t slot = 0; slot < ORCH_MAX_SLOTS; slot++)
        if (strcmp(share->servers[slot].id, message.id) == 0)
            hear_change(share, slot, message.is_tools ? ORCH_TOOLS : ORCH_RESOURCES, message.news);
    if (message.news == ORCH_SHARE_STORED || message.news == ORCH_SHARE_GIVEN_UP)
        orch_share_wake(share, &message);
}

/* --- the connections -------------------------------------------------------------------------- */

/* Both are there, and may do what they have to. Nobody has told us of changes meanwhile. */
static void come_up(struct orch_share *share) {
    const struct orch_share_moment moment = now();
    bool is_news = orch_share_health_up(&share->health, &moment);
    orch_state_doubt(share->state);
    orch_share_publish(share);
    if (is_news)
        share->listener.on_change(share->listener.user, share->facts.where, NULL);
    orch_share_tell(share);
    orch_share_look_queued(share);
}

static void on_probed(void *user, const struct orch_share_item *items, size_t count,
                      const struct mcp_err *why) {
    struct orch_share *share = user;
    (void)items;
    (void)count;
    if (share->commands == NULL)
        return; /* it went down, which is known */
    if (why != NULL) {
        orch_share_fail(share, why);
        return;
    }
    share->can_command = true;
    come_up(share);
}

/* Subscribed first: what is read from now on, we hear of when it changes. */
static void probe(struct orch_share *share) {
    struct mcp_err err = {0};
    const struct orch_share_ear ear = {on_probed, share};
    if (share->can_hear && share->can_command) {
        share->can_command = false;
        if (orch_share_send_probe(share->commands, share->settings.prefix, &ear, &err) != MCP_OK)
            orch_share_fail(share, &err);
    }
}

static void on_commands_up(void *user) {
    struct orch_share *share = user;
    share->can_command = true;
    probe(share);
}

static void on_ears_up(void *user) {
    struct orch_share *share = user;
    share->can_hear = true;
    probe(share);
}

/* The link is gone by itself. */
static void on_commands_down(void *user, const struct mcp_err *why) {
    struct orch_share *share = user;
    if (share->commands == NULL)
        return; /* known: what was asked of it has said so */
    share->commands = NULL;
    orch_share_fail(share, why);
}

static void on_ears_down(void *user, const struct mcp_err *why) {
    struct orch_share *share = user;
    if (share->ears == NULL)
        return;
    share->ears = NULL;
    orch_share_fail(share, why);
}

static void connect_both(struct orch_share *share) {
    struct mcp_err err = {0};
    const struct orch_share_settings *settings = &share->settings;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf secret = MCP_BUF_INIT(0);
    struct orch_redis_target target = {.where = &settings->target,
                                       .ca_file =
                                           settings->ca_file[0] != '\0' ? settings->ca_file : NULL,
                                       .connect_timeout_ms = ORCH_SHARE_CONNECT_MS,
                                       .timeout_ms = settings->timeout_ms};
    const struct orch_redis_handlers commands = {on_commands_up, NULL, on_commands_down, share};
    const struct orch_redis_handlers ears = {on_ears_up, on_message, on_ears_down, share};
    enum mcp_code code = MCP_OK;
    if (settings->password_file[0] != '\0') {
        code = mcp_secret_file_read(settings->password_file, &secret, &err);
        target.password = secret.data;
    }
    if (code == MCP_OK)
        code = orch_redis_link_open(share->loop, &target, &commands, &share->commands, &err);
    target.channel = share->channel;
    if (code == MCP_OK)
        code = orch_redis_link_open(share->loop, &target, &ears, &share->ears, &err);
    if (code != MCP_OK)
        orch_share_fail(share, &err);
}

void orch_share_configure(struct orch_share *share, struct mcp_loop *loop,
                          const struct orch_share_settings *settings) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf shown = MCP_BUF_INIT(sizeof share->facts.where - 1);
    share->loop = loop;
    if (orch_share_settings_equal(&share->settings, settings))
        return;
    hang_up(share);
    orch_share_drop_rights(share);
    orch_share_end_questions(share, SIZE_MAX);
    share->settings = *settings;
    share->facts = (struct orch_share_facts){.is_redis = settings->target.is_redis};
    orch_share_target_show(&settings->target, &shown);
    (void)snprintf(share->facts.where, sizeof share->facts.where, "%s",
                   shown.data != NULL ? shown.data : "");
    (void)orch_share_channel(settings->prefix, share->channel);
    orch_share_health_init(&share->health, mcp_clock_wall_ms());
    orch_share_publish(share);
    if (settings->target.password[0] != '\0')
        (void)mcp_log_hide(settings->target.password);
    share->started_ms = mcp_clock_now_ms();
    if (settings->target.is_redis)
        connect_both(share);
}

void orch_share_tick(struct orch_share *share, uint64_t now_ms) {
    if (!share->settings.target.is_redis || share->on_closed != NULL)
        return;
    if (share->health.phase == ORCH_SHARE_DOWN && share->commands == NULL && share->ears == NULL &&
        now_ms >= share->health.retry_at_ms)
        connect_both(share);
    orch_share_tell(share);
    if (orch_share_is_usable(share) && now_ms >= share->renewed_ms + ORCH_SHARE_RENEW_MS) {
        share->renewed_ms = now_ms;
        orch_share_renew(share);
    }
    if (orch_share_is_usable(share) && now_ms >= share->pinged_ms + ORCH_SHARE_PING_MS) {
        share->pinged_ms = now_ms;
        orch_redis_link_ping(share->commands);
        orch_redis_link_ping(share->ears);
    }
}

void orch_share_set_server(struct orch_share *share, size_t slot,
                           const struct orch_server *server) {
    if (server != NULL) {
        orch_share_server_make(server, mcp_buf_view(&share->place), &share->servers[slot]);
        return;
    }
    share->servers[slot] = (struct orch_share_server){0};
    orch_share_end_questions(share, slot);
}

/* --- beginning and end ------------------------------------------------------------------------ */

enum mcp_code orch_share_new(struct orch_state *state, const struct orch_share_listener *listener,
                             struct orch_share **out_share, struct mcp_err *err) {
    struct orch_share *share = mcp_alloc(sizeof *share);
    if (share == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    *share = (struct orch_share){
        .state = state, .listener = *listener, .place = MCP_BUF_INIT(ORCH_SHARE_PLACE_BYTES)};
    share->servers = mcp_alloc(ORCH_MAX_SLOTS * sizeof *share->servers);
    enum mcp_code code = share->servers != NULL ? orch_share_place(&share->place, err)
                                                : MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    if (code == MCP_OK)
        code = mcp_random_id(share->sender, err);
    if (code != MCP_OK)
        orch_share_free(share);
    else
        *out_share = share;
    return code;
}

void orch_share_free(struct orch_share *share) {
    if (share == NULL)
        return;
    assert(share->leases == NULL && share->commands == NULL && share->ears == NULL);
    mcp_buf_deinit(&share->place);
    mcp_free(share->servers);
    explicit_bzero(&share->settings, sizeof share->settings);
    mcp_free(share);
}

void orch_share_close(struct orch_share *share, void (*done)(void *user), void *user) {
    if (!share->settings.target.is_redis) {
        done(user);
        return;
    }
    orch_share_tell(share);
    share->on_closed = done;
    share->closing_user = user;
    orch_share_end_questions(share, SIZE_MAX);
    orch_share_drain(share);
}
