/* SPDX-License-Identifier: MIT */
/* authorizer.c - see mcp/authorizer.h. Effect: state on the loop.
 */
#include <string.h>

#include "base/random.h"
#include "dial/authorizer_parts.h"
#include "mcp/alloc.h"
#include "mcp/clock.h"
#include "oauth_client/oauth_redirect.h"
#include "oauth_client/oauth_url.h"

enum { PERSON_TIMEOUT_MS = 300000 };

static int64_t now_s(void) {
    return mcp_clock_wall_ms() / 1000;
}

/* --- who waits -------------------------------------------------------------------------------- */

void mcp_authorizer_forget(struct mcp_authorizer *authorizer, struct mcp_authorizer_wait *wait) {
    if (!wait->is_waiting)
        return;
    wait->is_waiting = false;
    *(wait->prev != NULL ? &wait->prev->next : &authorizer->first) = wait->next;
    *(wait->next != NULL ? &wait->next->prev : &authorizer->last) = wait->prev;
}

static void join(struct mcp_authorizer *authorizer, struct mcp_authorizer_wait *wait) {
    wait->is_waiting = true;
    wait->round = authorizer->round;
    wait->prev = authorizer->last;
    wait->next = NULL;
    *(wait->prev != NULL ? &wait->prev->next : &authorizer->first) = wait;
    authorizer->last = wait;
}

/* Any of them may ask again from inside, which begins another authorization: those that wait for
 * that one stand behind these. */
static void tell_all(void *user) {
    struct mcp_authorizer *authorizer = user;
    struct mcp_err err = authorizer->outcome;
    authorizer->is_ending = false;
    authorizer->round++;
    if (authorizer->first == NULL)
        return; /* nobody is left, and it may be going */
    (void)mcp_authorizer_ref(authorizer);
    while (authorizer->first != NULL && authorizer->first->round != authorizer->round) {
        struct mcp_authorizer_wait *wait = authorizer->first;
        mcp_authorizer_forget(authorizer, wait);
        wait->fn(wait->user, &err);
    }
    mcp_authorizer_free(authorizer);
}

const char *mcp_authorizer_token(const struct mcp_authorizer *authorizer, uint64_t *out_serial) {
    *out_serial = authorizer->token != NULL ? authorizer->serial : 0;
    return json_string_value(json_object_get(authorizer->token, "access_token"));
}

bool mcp_authorizer_must_wait(const struct mcp_authorizer *authorizer) {
    const json_t *expiry = json_object_get(authorizer->token, "expires_at");
    bool is_over = expiry != NULL && json_integer_value(expiry) <= now_s();
    return authorizer->flow != NULL || is_over;
}

bool mcp_authorizer_takes(long status, const char *challenge) {
    return status == 401 ||
           (status == 403 && challenge != NULL && strstr(challenge, "insufficient_scope") != NULL);
}

void mcp_authorizer_ask(struct mcp_authorizer *authorizer,
                        const struct mcp_authorizer_refusal *refusal,
                        struct mcp_authorizer_wait *wait) {
    const struct mcp_err none = {0};
    join(authorizer, wait);
    if (authorizer->flow != NULL || authorizer->is_ending)
        return;
    bool is_refused = refusal->status != 0;
    if (is_refused && authorizer->token != NULL && refusal->serial != authorizer->serial) {
        mcp_authorizer_finish(authorizer, &none); /* there is another token by now */
        return;
    }
    if (is_refused) {
        authorizer->is_public = refusal->is_public;
        mcp_free(authorizer->challenge);
        authorizer->challenge = mcp_strdup(refusal->challenge);
    }
    mcp_authorizer_begin(authorizer, refusal->status == 403);
}

/* --- life ------------------------------------------------------------------------------------- */

static void enter(void *user) {
    struct mcp_authorizer *authorizer = user;
    mcp_loop_enter(authorizer->loop, &authorizer->guest);
}

static void release(struct mcp_authorizer *authorizer) {
    for (size_t i = 0; i < authorizer->text_count; i++)
        mcp_free(authorizer->texts[i]);
    mcp_free(authorizer->challenge);
    mcp_oauth_key_free(authorizer->key);
    json_decref(authorizer->record);
    json_decref(authorizer->token);
    mcp_free(authorizer);
}

/* Nobody refers to it any more. */
static void leave(void *user) {
    struct mcp_authorizer *authorizer = user;
    mcp_authorizer_clear(authorizer);
    mcp_loop_leave(authorizer->loop, &authorizer->guest);
    release(authorizer);
}

struct mcp_authorizer *mcp_authorizer_ref(struct mcp_authorizer *authorizer) {
    if (authorizer != NULL)
        (void)atomic_fetch_add(&authorizer->refs, 1);
    return authorizer;
}

void mcp_authorizer_free(struct mcp_authorizer *authorizer) {
    if (authorizer != NULL && atomic_fetch_sub(&authorizer->refs, 1) == 1)
        mcp_loop_push(authorizer->loop, &authorizer->leave);
}

/* The loop ends: its connections do, and with them the last references. */
static void close_guest(struct mcp_loop_guest *guest) {
    (void)guest;
}

static enum mcp_code copy_texts(struct mcp_authorizer *authorizer,
                                const struct mcp_authorizer_options *options, struct mcp_err *err) {
    struct mcp_oauth_settings *settings = &authorizer->settings;
    const char *name = options->client_name != NULL ? options->client_name : "mcp-orchestra";
    const struct {
        const char *text;
        const char **out;
    } texts[MCP_AUTHORIZER_MAX_TEXTS] = {
        {options->server_url, &settings->server_url},
        {options->issuer, &settings->issuer},
        {options->client_id, &settings->client_id},
        {options->client_secret, &settings->client_secret},
        {options->client_id_url, &settings->client_id_url},
        {name, &settings->client_name},
        {options->redirect_uri, &settings->redirect_uri},
        {options->scope, &settings->scope},
        {options->store_dir, &authorizer->store_dir},
        {options->ca_file, &authorizer->ca_file},
        {options->idp_token_endpoint, &settings->idp_token_endpoint},
        {options->idp_client_id, &settings->idp_client_id},
        {options->idp_client_secret, &settings->idp_client_secret},
    };
    for (size_t i = 0; i < MCP_AUTHORIZER_MAX_TEXTS; i++) {
        char *copy = mcp_strdup(texts[i].text);
        if (copy == NULL && texts[i].text != NULL)
            return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for an authorizer");
        *texts[i].out = copy;
        authorizer->texts[authorizer->text_count++] = copy;
    }
    return MCP_OK;
}

/* Of the client, and of what it acts with. */
static enum mcp_code check_client(const struct mcp_authorizer_options *options,
                                  struct mcp_err *err) {
    bool has_proof = options->client_secret != NULL || options->client_key != NULL;
    if (has_proof && options->client_id == NULL)
        return MCP_FAIL(err, MCP_E_INVALID, "a client_%s needs its client_id",
                        options->client_key != NULL ? "key" : "secret");
    if (options->client_secret != NULL && options->client_key != NULL)
        return MCP_FAIL(err, MCP_E_INVALID, "a client has a secret or a key, not both");
    if (options->grant != MCP_AUTHORIZER_CODE && options->client_id == NULL)
        return MCP_FAIL(err, MCP_E_INVALID, "%s need a client_id",
                        options->grant == MCP_AUTHORIZER_CLIENT ? "client_credentials"
                                                                : "grants of an identity provider");
    return MCP_OK;
}

static enum mcp_code check_provider(const struct mcp_authorizer_options *options,
                                    struct mcp_err *err) {
    struct mcp_err why = {0};
    if (options->grant != MCP_AUTHORIZER_IDENTITY)
        return MCP_OK;
    if (options->idp_token_endpoint == NULL || options->idp_client_id == NULL ||
        options->on_id_token == NULL)
        return MCP_FAIL(err, MCP_E_INVALID,
                        "grants of an identity provider need idp_token_endpoint, idp_client_id and "
                        "on_id_token");
    if (mcp_oauth_url_check(options->idp_token_endpoint, true, &why) != MCP_OK)
        return MCP_FAIL(err, MCP_E_INVALID, "the identity provider's token endpoint: %s", why.what);
    return MCP_OK;
}

static enum mcp_code check(const struct mcp_authorizer_options *options, struct mcp_err *err) {
    struct mcp_str host;
    struct mcp_str path;
    uint16_t port = 0;
    struct mcp_err why = {0};
    MCP_TRY(check_client(options, err));
    MCP_TRY(check_provider(options, err));
    if (options->client_id_url != NULL &&
        mcp_oauth_url_check(options->client_id_url, false, &why) != MCP_OK)
        return MCP_FAIL(err, MCP_E_INVALID, "the URL of the client metadata document: %s",
                        why.what);
    if (options->redirect_uri != NULL)
        MCP_TRY(mcp_oauth_redirect_split(options->redirect_uri, &host, &port, &path, err));
    return MCP_OK;
}

static enum mcp_code sign(void *user, const char *client_id, const char *audience,
                          struct mcp_buf *out, struct mcp_err *err) {
    const struct mcp_authorizer *authorizer = user;
    char id[33];
    MCP_TRY(mcp_random_id(id, err));
    const struct mcp_oauth_claims claims = {client_id, audience, id, now_s()};
    return mcp_oauth_assertion_write(authorizer->key, &claims, out, err);
}

static enum mcp_code fill(struct mcp_authorizer *authorizer,
                          const struct mcp_authorizer_options *options, struct mcp_err *err) {
    static const enum mcp_oauth_grant grants[] = {[MCP_AUTHORIZER_CODE] = MCP_OAUTH_GRANT_CODE,
                                                  [MCP_AUTHORIZER_CLIENT] = MCP_OAUTH_GRANT_CLIENT,
                                                  [MCP_AUTHORIZER_IDENTITY] =
                                                      MCP_OAUTH_GRANT_IDENTITY};
    struct mcp_oauth_settings *settings = &authorizer->settings;
    settings->grant = grants[options->grant];
    settings->has_person = options->on_url != NULL;
    settings->id_token = options->on_id_token;
    settings->id_token_user = options->user;
    if (options->client_key != NULL) {
        enum mcp_code code =
            mcp_oauth_key_parse(mcp_str_of(options->client_key), &authorizer->key, err);
        if (code != MCP_OK)
            return mcp_err_at(err, code, "client_key");
        settings->sign = sign;
        settings->sign_user = authorizer;
    }
    return copy_texts(authorizer, options, err);
}

enum mcp_code mcp_authorizer_new(struct mcp_loop *loop,
                                 const struct mcp_authorizer_options *options,
                                 struct mcp_authorizer **out_authorizer, struct mcp_err *err) {
    MCP_TRY(check(options, err));
    struct mcp_authorizer *authorizer = mcp_alloc(sizeof *authorizer);
    if (authorizer == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for an authorizer");
    authorizer->guest.close = close_guest;
    authorizer->loop = loop;
    atomic_init(&authorizer->refs, 1);
    authorizer->person_timeout_ms =
        options->person_timeout_ms != 0 ? options->person_timeout_ms : PERSON_TIMEOUT_MS;
    authorizer->on_url = options->on_url;
    authorizer->user = options->user;
    authorizer->leave = (struct mcp_loop_job){.fn = leave, .user = authorizer};
    authorizer->end = (struct mcp_loop_job){.fn = tell_all, .user = authorizer};
    authorizer->timer = (struct mcp_loop_timer){.fn = mcp_authorizer_on_time, .user = authorizer};
    authorizer->turn = (struct mcp_loop_timer){.fn = mcp_authorizer_on_turn, .user = authorizer};
    authorizer->lock = -1;
    enum mcp_code code = fill(authorizer, options, err);
    if (code != MCP_OK) {
        release(authorizer);
        return code;
    }
    mcp_loop_run(loop, enter, authorizer);
    *out_authorizer = authorizer;
    return MCP_OK;
}

/* --- a pasted redirect ------------------------------------------------------------------------ */

struct pasted {
    struct mcp_authorizer *authorizer;
    struct mcp_str query;
    bool is_taken;
};

static void look(void *user) {
    struct pasted *pasted = user;
    pasted->is_taken = mcp_authorizer_on_query(pasted->authorizer, pasted->query);
}

enum mcp_code mcp_authorizer_redirected(struct mcp_authorizer *authorizer, const char *url,
                                        struct mcp_err *err) {
    struct pasted pasted = {authorizer, mcp_oauth_redirect_query(mcp_str_of(url)), false};
    mcp_loop_run(authorizer->loop, look, &pasted);
    return pasted.is_taken
               ? MCP_OK
               : MCP_FAIL(err, MCP_E_STATE, "the URL belongs to no authorization under way");
}
