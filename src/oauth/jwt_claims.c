/* SPDX-License-Identifier: MIT */
/* jwt_claims.c - see jwt_claims.h. Pure: no I/O, no clock, no log. */
#include "oauth/jwt_claims.h"

#include <assert.h>
#include <string.h>

#include "mcp/alloc.h"
#include "mcp/json.h"
#include "oauth/scope_text.h"

/* A scope list is part of a token of 8 KiB. */
enum { MAX_SCOPES_BYTES = 8192 };

struct oauth_claims *oauth_claims_copy(const struct oauth_claims *claims) {
    MCP_AUTO(oauth_claims_freep) struct oauth_claims *copy = mcp_alloc(sizeof *copy);
    if (copy == NULL)
        return NULL;
    copy->expires_s = claims->expires_s;
    copy->principal = mcp_strdup(claims->principal);
    copy->scopes = mcp_strdup(claims->scopes);
    return copy->principal != NULL && copy->scopes != NULL ? MCP_TAKE(copy) : NULL;
}

void oauth_claims_free(struct oauth_claims *claims) {
    if (claims == NULL)
        return;
    mcp_free(claims->principal);
    mcp_free(claims->scopes);
    mcp_free(claims);
}

void oauth_claims_freep(struct oauth_claims **claims) {
    oauth_claims_free(*claims);
    *claims = NULL;
}

static bool is_texts(const json_t *value) {
    size_t i = 0;
    const json_t *item = NULL;
    json_array_foreach(value, i, item) {
        if (!json_is_string(item))
            return false;
    }
    return json_is_array(value);
}

static bool is_date(const json_t *value) {
    json_int_t number = json_integer_value(value);
    return json_is_integer(value) && number >= 0 && (uint64_t)number <= OAUTH_MAX_DATE_S;
}

/* RFC 7519 section 4.1, RFC 9068 section 2.2. */
static enum oauth_fault judge_types(const json_t *claims) {
    static const struct {
        const char *name;
        bool is_text, is_list, is_time; /* what it may be */
    } rows[] = {
        {"iss", .is_text = true},
        {"sub", .is_text = true},
        {"jti", .is_text = true},
        {"aud", .is_text = true, .is_list = true},
        {"exp", .is_time = true},
        {"nbf", .is_time = true},
        {"iat", .is_time = true},
        {"client_id", .is_text = true},
        {"azp", .is_text = true},
        {"scope", .is_text = true},
        {"scp", .is_text = true, .is_list = true},
    };
    for (size_t i = 0; i < MCP_COUNT(rows); i++) {
        const json_t *value = json_object_get(claims, rows[i].name);
        if (value != NULL && !(rows[i].is_text && json_is_string(value)) &&
            !(rows[i].is_list && is_texts(value)) && !(rows[i].is_time && is_date(value)))
            return OAUTH_CLAIM_TYPE;
    }
    return OAUTH_OK;
}

static bool is_audience(const json_t *aud, struct mcp_str audience) {
    size_t i = 0;
    const json_t *item = NULL;
    if (json_is_string(aud))
        return mcp_str_equal(mcp_json_str(aud), audience);
    json_array_foreach(aud, i, item) {
        if (mcp_str_equal(mcp_json_str(item), audience))
            return true;
    }
    return false;
}

static uint64_t date_of(const json_t *claims, const char *name, uint64_t otherwise) {
    const json_t *value = json_object_get(claims, name);
    return value != NULL ? (uint64_t)json_integer_value(value) : otherwise;
}

static enum oauth_fault judge_dates(const json_t *claims, uint64_t leeway_s, uint64_t now_s) {
    if (json_object_get(claims, "exp") == NULL)
        return OAUTH_NO_EXPIRY;
    if (now_s >= date_of(claims, "exp", 0) + leeway_s)
        return OAUTH_EXPIRED;
    if (now_s + leeway_s < date_of(claims, "nbf", 0))
        return OAUTH_NOT_YET;
    return now_s + leeway_s < date_of(claims, "iat", 0) ? OAUTH_ISSUED_LATER : OAUTH_OK;
}

static enum oauth_fault judge(const json_t *claims, const struct oauth_rules *rules,
                              uint64_t leeway_s, uint64_t now_s) {
    enum oauth_fault fault = judge_types(claims);
    if (fault != OAUTH_OK)
        return fault;
    const json_t *iss = json_object_get(claims, "iss");
    if (iss == NULL || !mcp_str_equal(mcp_json_str(iss), rules->issuer))
        return OAUTH_ISSUER;
    if (!is_audience(json_object_get(claims, "aud"), rules->audience))
        return OAUTH_AUDIENCE;
    fault = judge_dates(claims, leeway_s, now_s);
    if (fault != OAUTH_OK)
        return fault;
    return json_object_get(claims, "cnf") != NULL ? OAUTH_BOUND : OAUTH_OK;
}

static void add_encoded(struct mcp_buf *out, struct mcp_str text) {
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.ptr[i];
        if (byte > 0x20 && byte < 0x7F && byte != '%')
            mcp_buf_addc(out, (char)byte);
        else
            mcp_buf_addf(out, "%%%02X", byte);
    }
}

static enum oauth_fault write_principal(const json_t *claims, struct mcp_str issuer,
                                        struct mcp_buf *out) {
    const json_t *sub = json_object_get(claims, "sub");
    const json_t *client = json_object_get(claims, "client_id");
    if (client == NULL)
        client = json_object_get(claims, "azp");
    if ((sub == NULL && client == NULL) || (sub != NULL && json_string_length(sub) == 0) ||
        (client != NULL && json_string_length(client) == 0))
        return OAUTH_SUBJECT;
    add_encoded(out, issuer);
    mcp_buf_addc(out, ' ');
    add_encoded(out, mcp_json_str(sub));
    mcp_buf_addc(out, ' ');
    add_encoded(out, mcp_json_str(client));
    enum mcp_code code = mcp_buf_finish(out, NULL);
    if (code != MCP_OK)
        return code == MCP_E_NOMEM ? OAUTH_NO_MEMORY : OAUTH_SUBJECT;
    return OAUTH_OK;
}

/* Some issuers write none as "", or two spaces between two. */
static bool add_scopes(struct mcp_buf *out, struct mcp_str list) {
    struct mcp_str word = MCP_STR("");
    while (oauth_scope_next(&list, &word)) {
        if (!oauth_scope_is_token(word))
            return false;
        oauth_scope_add(out, 0, word);
    }
    return true;
}

static enum oauth_fault write_scopes(const json_t *claims, struct mcp_buf *out) {
    const json_t *scopes = json_object_get(claims, "scope");
    size_t i = 0;
    const json_t *item = NULL;
    if (scopes == NULL)
        scopes = json_object_get(claims, "scp");
    if (json_is_string(scopes) && !add_scopes(out, mcp_json_str(scopes)))
        return OAUTH_SCOPE;
    json_array_foreach(scopes, i, item) {
        if (!oauth_scope_is_token(mcp_json_str(item)))
            return OAUTH_SCOPE;
        oauth_scope_add(out, 0, mcp_json_str(item));
    }
    return mcp_buf_finish(out, NULL) == MCP_OK ? OAUTH_OK : OAUTH_NO_MEMORY;
}

static enum oauth_fault give(const json_t *claims, const struct oauth_rules *rules,
                             uint64_t leeway_s, struct oauth_claims **out_claims) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf principal = MCP_BUF_INIT(OAUTH_MAX_PRINCIPAL_BYTES);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf scopes = MCP_BUF_INIT(MAX_SCOPES_BYTES);
    enum oauth_fault fault = write_principal(claims, rules->issuer, &principal);
    if (fault == OAUTH_OK)
        fault = write_scopes(claims, &scopes);
    if (fault != OAUTH_OK)
        return fault;
    struct oauth_claims *fresh = mcp_alloc(sizeof *fresh);
    if (fresh == NULL)
        return OAUTH_NO_MEMORY;
    fresh->principal = mcp_buf_take(&principal, NULL);
    fresh->scopes = scopes.data != NULL ? mcp_buf_take(&scopes, NULL) : mcp_strdup("");
    fresh->expires_s = date_of(claims, "exp", 0) + leeway_s;
    if (fresh->scopes == NULL) {
        oauth_claims_free(fresh);
        return OAUTH_NO_MEMORY;
    }
    *out_claims = fresh;
    return OAUTH_OK;
}

enum oauth_fault oauth_claims_read(struct mcp_str json, const struct oauth_rules *rules,
                                   uint64_t now_s, struct oauth_claims **out_claims) {
    MCP_AUTO(mcp_json_decref) json_t *claims = NULL;
    uint64_t leeway_s = rules->leeway_s;
    assert(rules->issuer.len > 0 && rules->audience.len > 0);
    if (leeway_s > OAUTH_MAX_LEEWAY_S)
        leeway_s = OAUTH_MAX_LEEWAY_S;
    enum mcp_code code = mcp_json_parse(json, &claims, NULL);
    if (code == MCP_E_NOMEM)
        return OAUTH_NO_MEMORY;
    if (code != MCP_OK || !json_is_object(claims))
        return OAUTH_CLAIMS_JSON;
    enum oauth_fault fault = judge(claims, rules, leeway_s, now_s);
    return fault != OAUTH_OK ? fault : give(claims, rules, leeway_s, out_claims);
}
