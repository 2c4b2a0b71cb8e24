/* SPDX-License-Identifier: MIT */
/* keyring.c - see keyring.h. Effect: a lock, a file, the clock, the log. */
#include "serve/keyring.h"

#include <pthread.h>
#include <string.h>

#include "base/file.h"
#include "mcp/alloc.h"
#include "mcp/clock.h"
#include "mcp/log.h"
#include "oauth/jwks_url.h"
#include "oauth/jwt_verify.h"
#include "oauth/key_store.h"
#include "oauth/token_cache.h"
#include "serve/key_fetch.h"

enum { MS_PER_S = 1000 };

struct serve_keyring {
    struct serve_keyring_options options;
    struct serve_key_fetch *fetch; /* NULL: keys are in a file */
    pthread_mutex_t lock;          /* guards: store, cache */
    struct oauth_key_store store;
    struct oauth_token_cache *cache; /* judged by the keys of store */
};

static void lock(struct serve_keyring *keyring) {
    (void)pthread_mutex_lock(&keyring->lock);
}

static void unlock(struct serve_keyring *keyring) {
    (void)pthread_mutex_unlock(&keyring->lock);
}

/* Under the lock. Those of a file count until there are others. */
static const struct oauth_jwks *keys_of(const struct serve_keyring *keyring) {
    return keyring->options.url != NULL ? oauth_key_store_keys(&keyring->store, mcp_clock_now_ms())
                                        : keyring->store.keys;
}

/* Under the lock. A key that is gone takes its tokens with it. */
static void take_keys(struct serve_keyring *keyring, struct oauth_jwks *keys, uint64_t fresh_ms) {
    oauth_key_store_took(&keyring->store, keys, fresh_ms, mcp_clock_now_ms());
    oauth_token_cache_clear(keyring->cache);
}

/* ---- fetched ---- */

static uint64_t due(void *user) {
    struct serve_keyring *keyring = user;
    lock(keyring);
    uint64_t due_ms = oauth_key_store_due(&keyring->store);
    unlock(keyring);
    return due_ms;
}

static void begin(void *user) {
    struct serve_keyring *keyring = user;
    lock(keyring);
    oauth_key_store_begin(&keyring->store);
    unlock(keyring);
}

static void failed(void *user, const struct mcp_err *why) {
    struct serve_keyring *keyring = user;
    uint64_t now_ms = mcp_clock_now_ms();
    lock(keyring);
    oauth_key_store_failed(&keyring->store, now_ms);
    bool has_keys = oauth_key_store_keys(&keyring->store, now_ms) != NULL;
    uint64_t retry_ms = oauth_key_store_due(&keyring->store) - now_ms;
    unlock(keyring);
    MCP_LOG(WARN, keyring->options.program,
            "event=keys_not_fetched url=\"%s\" what=\"%s\" serving=%s retry_ms=%llu",
            keyring->options.url, why->what, has_keys ? "former" : "nobody",
            (unsigned long long)retry_ms);
}

static void took(void *user, struct mcp_str body, struct mcp_str cache_control) {
    struct serve_keyring *keyring = user;
    struct oauth_jwks *keys = NULL;
    struct mcp_err err = {0};
    if (oauth_jwks_parse(body, &keys, &err) != MCP_OK) {
        failed(user, &err);
        return;
    }
    uint64_t fresh_ms = oauth_jwks_url_fresh_ms(cache_control);
    size_t count = oauth_jwks_count(keys);
    lock(keyring);
    bool is_first = keyring->store.keys == NULL || keyring->store.failures > 0;
    take_keys(keyring, keys, fresh_ms);
    unlock(keyring);
    if (is_first)
        MCP_LOG(INFO, keyring->options.program, "event=keys_fetched url=\"%s\" count=%zu",
                keyring->options.url, count);
    else
        MCP_LOG(DEBUG, keyring->options.program, "event=keys_fetched count=%zu", count);
}

static enum mcp_code start_fetching(struct serve_keyring *keyring, struct mcp_err *err) {
    struct serve_key_wish wish = {.url = keyring->options.url,
                                  .max_bytes = OAUTH_MAX_JWKS_BYTES,
                                  .due = due,
                                  .begin = begin,
                                  .took = took,
                                  .failed = failed,
                                  .user = keyring};
    struct mcp_err why = {0};
    enum mcp_code code = oauth_jwks_url_check(wish.url, &wish.is_plain, &why);
    if (code != MCP_OK)
        return mcp_err_at(err, MCP_FAIL(err, code, "%s", why.what), "%s", wish.url);
    MCP_LOG(INFO, keyring->options.program, "event=keys_wanted url=\"%s\" until_then=503",
            wish.url);
    return serve_key_fetch_start(&wish, &keyring->fetch, err);
}

/* ---- in a file ---- */

static enum mcp_code read_keys(const char *path, struct oauth_jwks **out_keys,
                               struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(OAUTH_MAX_JWKS_BYTES + 1);
    struct mcp_err why = {0};
    if (strstr(path, "://") != NULL)
        return mcp_err_at(
            err, MCP_FAIL(err, MCP_E_INVALID, "a URL is no file: --oauth-jwks-url fetches keys"),
            "%s", path);
    enum mcp_code code = mcp_file_read(path, &text, &why);
    if (code == MCP_OK)
        code = oauth_jwks_parse(mcp_buf_view(&text), out_keys, &why);
    if (code == MCP_OK)
        return MCP_OK;
    bool is_within = why.where[0] == '/' && strcmp(why.where, path) != 0;
    return mcp_err_at(err, MCP_FAIL(err, code, "%s", why.what), "%s%s%s", path,
                      is_within ? ": " : "", is_within ? why.where : "");
}

static enum mcp_code read_file(struct serve_keyring *keyring, struct mcp_err *err) {
    struct oauth_jwks *keys = NULL;
    MCP_TRY(read_keys(keyring->options.path, &keys, err));
    lock(keyring);
    oauth_key_store_begin(&keyring->store);
    take_keys(keyring, keys, 0);
    unlock(keyring);
    return MCP_OK;
}

/* ---- both ---- */

enum mcp_code serve_keyring_open(const struct serve_keyring_options *options,
                                 struct serve_keyring **out_keyring, struct mcp_err *err) {
    const struct oauth_key_times times = {.unknown_ms = SERVE_KEYS_UNKNOWN_MS,
                                          .usable_ms = SERVE_KEYS_USABLE_MS};
    struct serve_keyring *keyring = mcp_alloc(sizeof *keyring);
    if (keyring == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    keyring->options = *options;
    (void)pthread_mutex_init(&keyring->lock, NULL);
    oauth_key_store_init(&keyring->store, &times, mcp_clock_now_ms());
    enum mcp_code code = oauth_token_cache_new(SERVE_KEYS_MAX_TOKENS, &keyring->cache, err);
    if (code == MCP_OK)
        code = options->url != NULL ? start_fetching(keyring, err) : read_file(keyring, err);
    if (code != MCP_OK) {
        serve_keyring_close(keyring);
        return code;
    }
    *out_keyring = keyring;
    return MCP_OK;
}

void serve_keyring_close(struct serve_keyring *keyring) {
    if (keyring == NULL)
        return;
    serve_key_fetch_stop(keyring->fetch);
    oauth_token_cache_free(keyring->cache);
    oauth_key_store_deinit(&keyring->store);
    (void)pthread_mutex_destroy(&keyring->lock);
    mcp_free(keyring);
}

bool serve_keyring_fetches(const struct serve_keyring *keyring) {
    return keyring->fetch != NULL;
}

enum mcp_code serve_keyring_renew(struct serve_keyring *keyring, struct mcp_err *err) {
    if (keyring->fetch == NULL)
        return read_file(keyring, err);
    lock(keyring);
    oauth_key_store_hurry(&keyring->store, mcp_clock_now_ms());
    unlock(keyring);
    serve_key_fetch_wake(keyring->fetch);
    return MCP_OK;
}

/* Under the lock. Without keys not even a token that was good before is. */
static enum oauth_fault judge(struct serve_keyring *keyring, struct mcp_str token,
                              const unsigned char digest[OAUTH_CACHE_DIGEST_BYTES],
                              struct oauth_claims **out_claims) {
    uint64_t now_s = (uint64_t)mcp_clock_wall_ms() / MS_PER_S;
    const struct oauth_jwks *keys = keys_of(keyring);
    const struct oauth_claims *known =
        keys != NULL ? oauth_token_cache_get(keyring->cache, digest, now_s) : NULL;
    if (known != NULL) {
        *out_claims = oauth_claims_copy(known);
        return *out_claims != NULL ? OAUTH_OK : OAUTH_NO_MEMORY;
    }
    enum oauth_fault fault =
        oauth_jwt_verify(token, keys, &keyring->options.rules, now_s, out_claims);
    if (fault == OAUTH_OK)
        oauth_token_cache_put(keyring->cache, digest, *out_claims);
    return fault;
}

enum oauth_fault serve_keyring_verify(struct serve_keyring *keyring, struct mcp_str token,
                                      struct oauth_claims **out_claims) {
    unsigned char digest[OAUTH_CACHE_DIGEST_BYTES];
    bool is_forward = false;
    oauth_token_cache_digest(token, digest);
    lock(keyring);
    enum oauth_fault fault = judge(keyring, token, digest, out_claims);
    if (fault == OAUTH_KEY_UNKNOWN && keyring->fetch != NULL)
        is_forward = oauth_key_store_unknown(&keyring->store, mcp_clock_now_ms());
    unlock(keyring);
    if (is_forward)
        serve_key_fetch_wake(keyring->fetch);
    return fault;
}

void serve_keyring_report(struct serve_keyring *keyring, struct serve_keyring_report *out_report) {
    uint64_t now_ms = mcp_clock_now_ms();
    lock(keyring);
    const struct oauth_jwks *keys = keys_of(keyring);
    *out_report = (struct serve_keyring_report){
        .key_count = keys != NULL ? oauth_jwks_count(keys) : 0,
        .age_s = keys != NULL ? (now_ms - keyring->store.taken_ms) / MS_PER_S : 0,
        .failures = keyring->store.failures,
        .fetches = keyring->options.url != NULL};
    unlock(keyring);
}
