/* SPDX-License-Identifier: MIT */
/* jwks.c - see jwks.h. Pure: no I/O, no clock, no log. */
#include "oauth/jwks.h"

#include <string.h>

#include "mcp/alloc.h"
#include "oauth/jwk_fit.h"

struct key {
    json_t *jwk;   /* its public members alone */
    char *kid;     /* NULL: none */
    unsigned algs; /* it serves, never 0; see jwk_fit.h */
};

struct oauth_jwks {
    struct key rows[OAUTH_MAX_JWKS_KEYS];
    size_t count;
};

void oauth_jwks_free(struct oauth_jwks *keys) {
    if (keys == NULL)
        return;
    for (size_t i = 0; i < keys->count; i++) {
        json_decref(keys->rows[i].jwk);
        mcp_free(keys->rows[i].kid);
    }
    mcp_free(keys);
}

void oauth_jwks_freep(struct oauth_jwks **keys) {
    oauth_jwks_free(*keys);
    *keys = NULL;
}

size_t oauth_jwks_count(const struct oauth_jwks *keys) {
    return keys->count;
}

/* What libjose needs of a key and nothing more: "use", "alg" and the like are judged here. */
static json_t *public_part(const json_t *jwk) {
    static const char *const members[] = {"kty", "n", "e", "crv", "x", "y"};
    json_auto_t *part = json_object();
    for (size_t i = 0; part != NULL && i < MCP_COUNT(members); i++) {
        json_t *value = json_object_get(jwk, members[i]);
        if (value == NULL)
            continue;
        if (json_object_set_new(part, members[i], json_copy(value)) != 0)
            return NULL;
    }
    return MCP_TAKE(part);
}

static bool is_same_kid(const char *a, const char *b) {
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static enum mcp_code add_key(struct oauth_jwks *keys, const json_t *jwk, struct mcp_err *err) {
    unsigned algs = 0;
    MCP_TRY(oauth_jwk_fit(jwk, &algs, err));
    if (algs == 0)
        return MCP_OK;
    const char *kid = json_string_value(json_object_get(jwk, "kid"));
    for (size_t i = 0; i < keys->count; i++) {
        if ((keys->rows[i].algs & algs) != 0 && is_same_kid(keys->rows[i].kid, kid))
            return mcp_err_at(
                err, MCP_FAIL(err, MCP_E_EXISTS, "another key for the same algorithm has this kid"),
                "/kid");
    }
    struct key *row = &keys->rows[keys->count++];
    *row = (struct key){.jwk = public_part(jwk), .kid = mcp_strdup(kid), .algs = algs};
    if (row->jwk == NULL || (kid != NULL && row->kid == NULL))
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory while keeping a key");
    return MCP_OK;
}

static enum mcp_code add_keys(struct oauth_jwks *keys, const json_t *list, struct mcp_err *err) {
    size_t i = 0;
    const json_t *jwk = NULL;
    if (json_array_size(list) > OAUTH_MAX_JWKS_KEYS)
        return mcp_err_at(err, MCP_FAIL(err, MCP_E_LIMIT, "more than %d keys", OAUTH_MAX_JWKS_KEYS),
                          "/keys");
    json_array_foreach(list, i, jwk) {
        enum mcp_code code = add_key(keys, jwk, err);
        if (code != MCP_OK)
            return mcp_err_at(err, code, "/keys/%zu", i);
    }
    if (keys->count == 0)
        return mcp_err_at(
            err, MCP_FAIL(err, MCP_E_SCHEMA, "no public key to verify signatures with"), "/keys");
    return MCP_OK;
}

enum mcp_code oauth_jwks_parse(struct mcp_str text, struct oauth_jwks **out_keys,
                               struct mcp_err *err) {
    MCP_AUTO(mcp_json_decref) json_t *root = NULL;
    MCP_AUTO(oauth_jwks_freep) struct oauth_jwks *keys = NULL;
    json_t *list = NULL;
    if (text.len > OAUTH_MAX_JWKS_BYTES)
        return MCP_FAIL(err, MCP_E_LIMIT, "more than %d bytes", OAUTH_MAX_JWKS_BYTES);
    MCP_TRY(mcp_json_parse(text, &root, err));
    if (!json_is_object(root))
        return MCP_FAIL(err, MCP_E_SCHEMA, "expected an object, got %s", mcp_json_type_name(root));
    MCP_TRY(mcp_json_get_array(root, "keys", &list, err));
    keys = mcp_alloc(sizeof *keys);
    if (keys == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for a key set");
    MCP_TRY(add_keys(keys, list, err));
    *out_keys = MCP_TAKE(keys);
    return MCP_OK;
}

static enum oauth_fault find_unnamed(const struct oauth_jwks *keys, enum oauth_alg alg,
                                     const json_t **out_jwk) {
    const json_t *found = NULL;
    for (size_t i = 0; i < keys->count; i++) {
        if ((keys->rows[i].algs & 1U << alg) == 0)
            continue;
        if (found != NULL)
            return OAUTH_KEY_UNNAMED;
        found = keys->rows[i].jwk;
    }
    if (found == NULL)
        return OAUTH_KEY_UNKNOWN;
    *out_jwk = found;
    return OAUTH_OK;
}

enum oauth_fault oauth_jwks_find(const struct oauth_jwks *keys, const char *kid, enum oauth_alg alg,
                                 const json_t **out_jwk) {
    enum oauth_fault fault = OAUTH_KEY_UNKNOWN;
    if (kid[0] == '\0')
        return find_unnamed(keys, alg, out_jwk);
    for (size_t i = 0; i < keys->count; i++) {
        if (!is_same_kid(keys->rows[i].kid, kid))
            continue;
        if ((keys->rows[i].algs & 1U << alg) != 0) {
            *out_jwk = keys->rows[i].jwk;
            return OAUTH_OK;
        }
        fault = OAUTH_KEY_UNSUITABLE;
    }
    return fault;
}
