/* SPDX-License-Identifier: MIT */
/* authorizer_run.c - see authorizer_parts.h. Effect: the fetches, files and sockets of an
 * authorization. */
#include <string.h>

#include "base/random.h"
#include "dial/authorizer_parts.h"
#include "dial/http_error.h"
#include "dial/oauth_files.h"
#include "mcp/alloc.h"
#include "mcp/clock.h"
#include "mcp/log.h"
#include "oauth_client/oauth_record.h"
#include "oauth_client/oauth_response.h"

enum { FETCH_TIMEOUT_MS = 30000, TURN_MS = 20 };

static const char any_redirect_uri[] = "http://127.0.0.1/callback";

static int64_t now_s(void) {
    return mcp_clock_wall_ms() / 1000;
}

static void let_go(struct mcp_authorizer *authorizer) {
    mcp_oauth_files_unlock(authorizer->lock);
    authorizer->lock = -1;
}

/* --- the end of an authorization -------------------------------------------------------------- */

void mcp_authorizer_clear(struct mcp_authorizer *authorizer) {
    mcp_fetch_cancel(authorizer->fetch);
    authorizer->fetch = NULL;
    mcp_oauth_receiver_close(authorizer->receiver);
    authorizer->receiver = NULL;
    mcp_loop_timer_clear(authorizer->loop, &authorizer->timer);
    mcp_loop_timer_clear(authorizer->loop, &authorizer->turn);
    authorizer->turn_until_ms = 0;
    let_go(authorizer);
    mcp_oauth_flow_free(authorizer->flow);
    authorizer->flow = NULL;
    mcp_buf_deinit(&authorizer->answer);
}

void mcp_authorizer_finish(struct mcp_authorizer *authorizer, const struct mcp_err *err) {
    char origin[MCP_HTTP_ORIGIN_BYTES];
    mcp_http_origin(mcp_str_of(authorizer->settings.server_url), origin);
    authorizer->outcome = *err;
    (void)mcp_err_at(&authorizer->outcome, err->code, "authorization for %s", origin);
    if (err->code != MCP_OK)
        MCP_LOG(WARN, "dial.authorizer", "no token: code=%s where=%s what=%s",
                mcp_code_name(err->code), authorizer->outcome.where, err->what);
    mcp_authorizer_clear(authorizer);
    /* Without references it leaves in a moment, and nobody waits. */
    if (!authorizer->is_ending && atomic_load(&authorizer->refs) > 0) {
        authorizer->is_ending = true;
        mcp_loop_push(authorizer->loop, &authorizer->end);
    }
}

static void fail(struct mcp_authorizer *authorizer, enum mcp_code code, const char *what) {
    struct mcp_err err = {0};
    (void)MCP_FAIL(&err, code, "%s", what);
    mcp_authorizer_finish(authorizer, &err);
}

/* --- what is kept ----------------------------------------------------------------------------- */

/* *out_record is a new reference; NULL: nothing is kept. */
static enum mcp_code load(const struct mcp_authorizer *authorizer, const char *issuer,
                          json_t **out_record, struct mcp_err *err) {
    const json_t *kept = json_object_get(authorizer->record, "issuer");
    *out_record = NULL;
    if (authorizer->store_dir != NULL)
        return mcp_oauth_files_load(authorizer->store_dir, issuer, out_record, err);
    if (kept != NULL && mcp_str_equal(mcp_json_str(kept), mcp_str_of(issuer)))
        *out_record = json_incref(authorizer->record);
    return MCP_OK;
}

static enum mcp_code save(struct mcp_authorizer *authorizer, struct mcp_err *err) {
    const struct mcp_oauth_flow *flow = authorizer->flow;
    const char *issuer = mcp_oauth_flow_issuer(flow);
    const json_t *client = mcp_oauth_flow_client(flow);
    const json_t *token = mcp_oauth_flow_token(flow);
    MCP_AUTO(mcp_json_decref) json_t *record = NULL;
    if (client == NULL && token == NULL)
        return MCP_OK;
    if (authorizer->store_dir != NULL)
        return mcp_oauth_files_update(authorizer->store_dir, issuer, client, token, err);
    MCP_TRY(load(authorizer, issuer, &record, err));
    if (record == NULL)
        MCP_TRY(mcp_oauth_record_new(issuer, &record, err));
    MCP_TRY(mcp_oauth_record_put(record, client, token, err));
    json_decref(authorizer->record);
    authorizer->record = MCP_TAKE(record);
    return MCP_OK;
}

/* A token that cannot be kept is good all the same. */
static void save_or_warn(struct mcp_authorizer *authorizer) {
    struct mcp_err err = {0};
    if (save(authorizer, &err) != MCP_OK)
        MCP_LOG(WARN, "dial.authorizer", "credentials are not kept: where=%s what=%s", err.where,
                err.what);
}

static void take_token(struct mcp_authorizer *authorizer) {
    struct mcp_err err = {0};
    json_t *token = json_deep_copy(mcp_oauth_flow_token(authorizer->flow));
    save_or_warn(authorizer);
    if (token == NULL) {
        fail(authorizer, MCP_E_NOMEM, "out of memory for a token");
        return;
    }
    json_decref(authorizer->token);
    authorizer->token = token;
    authorizer->serial++;
    mcp_authorizer_finish(authorizer, &err);
}

/* --- effects ---------------------------------------------------------------------------------- */

static void act(struct mcp_authorizer *authorizer, enum mcp_code code,
                struct mcp_oauth_effect effect, const struct mcp_err *err);

static enum mcp_code on_head(void *user, const struct mcp_fetch *fetch, struct mcp_err *err) {
    struct mcp_authorizer *authorizer = user;
    (void)err;
    authorizer->status = mcp_fetch_status(fetch);
    return MCP_OK;
}

static enum mcp_code on_body(void *user, struct mcp_str bytes, struct mcp_err *err) {
    struct mcp_authorizer *authorizer = user;
    mcp_buf_add(&authorizer->answer, bytes);
    return mcp_buf_finish(&authorizer->answer, err);
}

static void on_fetched(void *user, const struct mcp_err *cause) {
    struct mcp_authorizer *authorizer = user;
    struct mcp_oauth_effect effect = {0};
    struct mcp_err err = *cause;
    authorizer->fetch = NULL;
    enum mcp_code code = err.code;
    if (code == MCP_OK)
        code = mcp_oauth_flow_fetched(authorizer->flow, authorizer->status,
                                      mcp_buf_view(&authorizer->answer), now_s(), &effect, &err);
    act(authorizer, code, effect, &err);
}

static enum mcp_code add_header(struct curl_slist **list, const char *name, const char *value,
                                struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf line = MCP_BUF_INIT(MCP_OAUTH_RESPONSE_MAX_BYTES);
    if (value == NULL)
        return MCP_OK;
    mcp_buf_addf(&line, "%s: ", name);
    mcp_buf_add(&line, mcp_str_of(value));
    MCP_TRY(mcp_buf_finish(&line, err));
    struct curl_slist *longer = curl_slist_append(*list, line.data);
    if (longer == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for a header");
    *list = longer;
    return MCP_OK;
}

/* None of the server's own headers: those are for the server. */
static enum mcp_code headers_of(const struct mcp_oauth_effect *effect, struct curl_slist **list,
                                struct mcp_err *err) {
    MCP_TRY(add_header(list, "Accept", "application/json", err));
    MCP_TRY(add_header(list, "Content-Type", effect->content_type, err));
    return add_header(list, "Authorization", effect->authorization, err);
}

static enum mcp_code fetch(struct mcp_authorizer *authorizer, const struct mcp_oauth_effect *effect,
                           struct mcp_err *err) {
    const struct mcp_fetch_config config = {.url = effect->url,
                                            .ca_file = authorizer->ca_file,
                                            .is_public_only =
                                                authorizer->is_public && !effect->is_configured};
    const struct mcp_fetch_handlers handlers = {on_head, on_body, on_fetched, authorizer};
    struct mcp_fetch_request request = {.config = &config,
                                        .method = effect->method,
                                        .body = effect->body,
                                        .timeout_ms = FETCH_TIMEOUT_MS,
                                        .is_once = effect->content_type != NULL};
    mcp_buf_deinit(&authorizer->answer);
    authorizer->answer = (struct mcp_buf)MCP_BUF_INIT(MCP_OAUTH_RESPONSE_MAX_BYTES);
    authorizer->status = 0;
    enum mcp_code code = headers_of(effect, &request.headers, err);
    if (code != MCP_OK) {
        curl_slist_free_all(request.headers);
        return code;
    }
    return mcp_fetch_start(authorizer->loop, &request, &handlers, &authorizer->fetch, err);
}

/* --- the person ------------------------------------------------------------------------------- */

bool mcp_authorizer_on_query(void *user, struct mcp_str query) {
    struct mcp_authorizer *authorizer = user;
    struct mcp_oauth_effect effect = {0};
    struct mcp_err err = {0};
    if (authorizer->flow == NULL)
        return false;
    enum mcp_code code = mcp_oauth_flow_redirected(authorizer->flow, query, &effect, &err);
    if (code == MCP_E_STATE)
        return false;
    mcp_oauth_receiver_close(authorizer->receiver);
    authorizer->receiver = NULL;
    mcp_loop_timer_clear(authorizer->loop, &authorizer->timer);
    act(authorizer, code, effect, &err);
    return true;
}

void mcp_authorizer_on_time(void *user) {
    fail(user, MCP_E_TIMEOUT, "nobody authorized access in time");
}

static void receive(struct mcp_authorizer *authorizer, const struct mcp_oauth_effect *wanted) {
    struct mcp_oauth_effect effect = {0};
    struct mcp_err err = {0};
    const char *uri = wanted->redirect_uri != NULL ? wanted->redirect_uri : any_redirect_uri;
    enum mcp_code code = mcp_oauth_receiver_open(authorizer->loop, uri, mcp_authorizer_on_query,
                                                 authorizer, &authorizer->receiver, &err);
    if (code == MCP_E_IO && wanted->may_change_redirect_uri) {
        err = (struct mcp_err){0};
        code = mcp_oauth_receiver_open(authorizer->loop, any_redirect_uri, mcp_authorizer_on_query,
                                       authorizer, &authorizer->receiver, &err);
    }
    if (code == MCP_OK)
        code = mcp_oauth_flow_receiving(
            authorizer->flow, mcp_oauth_receiver_uri(authorizer->receiver), &effect, &err);
    act(authorizer, code, effect, &err);
}

/* True: another one refreshes a token of the issuer, and this one looks again in a while. Whoever
 * takes too long is not waited for, and a lock that cannot be had is done without: two that refresh
 * are a nuisance to the authorization server, no harm to the store. */
static bool awaits_turn(struct mcp_authorizer *authorizer, const char *issuer) {
    uint64_t now_ms = mcp_clock_now_ms();
    if (authorizer->store_dir == NULL ||
        mcp_oauth_files_lock(authorizer->store_dir, issuer, &authorizer->lock, NULL) !=
            MCP_E_EXISTS)
        return false;
    if (authorizer->turn_until_ms == 0)
        authorizer->turn_until_ms = now_ms + FETCH_TIMEOUT_MS;
    if (now_ms >= authorizer->turn_until_ms)
        return false;
    mcp_loop_timer_set(authorizer->loop, &authorizer->turn, now_ms + TURN_MS);
    return true;
}

/* What is kept is read in its turn, so a token that another one just got is found; the turn is over
 * unless this one sends something at once. */
static void load_record(struct mcp_authorizer *authorizer, const char *issuer) {
    struct mcp_oauth_effect effect = {0};
    struct mcp_err err = {0};
    MCP_AUTO(mcp_json_decref) json_t *record = NULL;
    if (awaits_turn(authorizer, issuer))
        return;
    enum mcp_code code = load(authorizer, issuer, &record, &err);
    if (code == MCP_OK)
        code = mcp_oauth_flow_loaded(authorizer->flow, record, now_s(), &effect, &err);
    if (effect.kind != MCP_OAUTH_EFFECT_FETCH)
        let_go(authorizer);
    act(authorizer, code, effect, &err);
}

void mcp_authorizer_on_turn(void *user) {
    struct mcp_authorizer *authorizer = user;
    load_record(authorizer, mcp_oauth_flow_issuer(authorizer->flow));
}

/* What a flow wants, or the failure it ended with. */
static void act(struct mcp_authorizer *authorizer, enum mcp_code code,
                struct mcp_oauth_effect effect, const struct mcp_err *err) {
    struct mcp_err why = *err;
    if (code == MCP_OK && effect.kind == MCP_OAUTH_EFFECT_FETCH)
        code = fetch(authorizer, &effect, &why);
    if (code != MCP_OK) {
        mcp_authorizer_finish(authorizer, &why);
        return;
    }
    switch (effect.kind) {
    case MCP_OAUTH_EFFECT_FETCH:
        return;
    case MCP_OAUTH_EFFECT_LOAD:
        load_record(authorizer, effect.issuer);
        return;
    case MCP_OAUTH_EFFECT_RECEIVE:
        let_go(authorizer); /* a person takes their time */
        receive(authorizer, &effect);
        return;
    case MCP_OAUTH_EFFECT_ASK:
        save_or_warn(authorizer);
        mcp_loop_timer_set(authorizer->loop, &authorizer->timer,
                           mcp_clock_now_ms() + authorizer->person_timeout_ms);
        authorizer->on_url(authorizer->user, effect.url);
        return;
    case MCP_OAUTH_EFFECT_DONE:
        take_token(authorizer);
        return;
    }
}

/* --- the beginning of one --------------------------------------------------------------------- */

static enum mcp_code begin(struct mcp_authorizer *authorizer, bool is_step_up,
                           struct mcp_oauth_effect *out_effect, struct mcp_err *err) {
    struct mcp_oauth_start start = {
        .challenge = mcp_str_of(authorizer->challenge),
        .is_step_up = is_step_up,
        .refused_token = json_string_value(json_object_get(authorizer->token, "access_token")),
        .held_scope = json_string_value(json_object_get(authorizer->token, "scope")),
    };
    MCP_TRY(mcp_random_fill(start.state_random, sizeof start.state_random, err));
    MCP_TRY(mcp_random_fill(start.verifier_random, sizeof start.verifier_random, err));
    MCP_TRY(mcp_oauth_flow_new(&authorizer->settings, &start, &authorizer->flow, err));
    return mcp_oauth_flow_begin(authorizer->flow, out_effect, err);
}

void mcp_authorizer_begin(struct mcp_authorizer *authorizer, bool is_step_up) {
    struct mcp_oauth_effect effect = {0};
    struct mcp_err err = {0};
    enum mcp_code code = begin(authorizer, is_step_up, &effect, &err);
    act(authorizer, code, effect, &err);
}
