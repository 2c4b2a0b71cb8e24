/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/key_store.json. */
#include <string.h>

#include "oauth/key_store.h"
#include "probe.h"

probe_fn probe_key_store;

/* A set whose only key has this name, so that it can be told from others. */
static enum mcp_code make_set(const char *kid, struct oauth_jwks **out, struct mcp_err *err) {
    static const char digits[] = "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4";
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(4096);
    mcp_buf_addf(&text,
                 "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"%s\",\"y\":\"%s\",\"kid\":"
                 "\"%s\"}]}",
                 digits, digits, kid);
    MCP_TRY(mcp_buf_finish(&text, err));
    return oauth_jwks_parse(mcp_buf_view(&text), out, err);
}

/* Which of "A" to "Z" is the set. */
static json_t *name_of(const struct oauth_jwks *keys) {
    for (char kid[2] = "A"; keys != NULL && kid[0] <= 'Z'; kid[0]++) {
        const json_t *jwk = NULL;
        if (oauth_jwks_find(keys, kid, OAUTH_ES256, &jwk) == OAUTH_OK)
            return json_string(kid);
    }
    return json_null();
}

static json_t *due_of(const struct oauth_key_store *store) {
    uint64_t due_ms = oauth_key_store_due(store);
    return due_ms == UINT64_MAX ? json_null() : json_integer((json_int_t)due_ms);
}

static enum mcp_code step(struct oauth_key_store *store, const json_t *do_, json_t **out_result,
                          struct mcp_err *err) {
    const char *name = json_string_value(json_array_get(do_, 0));
    uint64_t now_ms = (uint64_t)json_integer_value(json_array_get(do_, 1));
    json_t *result = NULL;
    if (strcmp(name, "begin") == 0) {
        oauth_key_store_begin(store);
        result = due_of(store);
    } else if (strcmp(name, "took") == 0) {
        struct oauth_jwks *keys = NULL;
        MCP_TRY(make_set(json_string_value(json_array_get(do_, 2)), &keys, err));
        oauth_key_store_took(store, keys, (uint64_t)json_integer_value(json_array_get(do_, 3)),
                             now_ms);
        result = due_of(store);
    } else if (strcmp(name, "failed") == 0) {
        oauth_key_store_failed(store, now_ms);
        result = due_of(store);
    } else if (strcmp(name, "hurry") == 0) {
        oauth_key_store_hurry(store, now_ms);
        result = due_of(store);
    } else if (strcmp(name, "unknown") == 0) {
        result = json_boolean(oauth_key_store_unknown(store, now_ms));
    } else if (strcmp(name, "due") == 0) {
        result = due_of(store);
    } else {
        result = name_of(oauth_key_store_keys(store, now_ms));
    }
    return probe_give(result, out_result, err);
}

enum mcp_code probe_key_store(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(oauth_key_store_deinit) struct oauth_key_store store = {.keys = NULL};
    MCP_AUTO(mcp_json_decref) json_t *results = json_array();
    const json_t *steps = json_object_get(in, "do");
    const json_t *times = json_object_get(in, "times");
    const struct oauth_key_times given = {
        .max_age_ms = (uint64_t)probe_int(times, "max_age_ms", 0),
        .unknown_ms = (uint64_t)probe_int(times, "unknown_ms", 0),
        .retry_ms = (uint64_t)probe_int(times, "retry_ms", 0),
        .max_retry_ms = (uint64_t)probe_int(times, "max_retry_ms", 0),
        .usable_ms = (uint64_t)probe_int(times, "usable_ms", 0),
    };
    oauth_key_store_init(&store, &given, (uint64_t)probe_int(in, "now_ms", 0));
    for (size_t i = 0; i < json_array_size(steps); i++) {
        json_t *result = NULL;
        MCP_TRY(step(&store, json_array_get(steps, i), &result, err));
        if (json_array_append_new(results, result) != 0)
            return MCP_FAIL(err, MCP_E_NOMEM, "no memory");
    }
    return probe_give(MCP_TAKE(results), out, err);
}
