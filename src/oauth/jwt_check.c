/* SPDX-License-Identifier: MIT */
/* jwt_check.c - see jwt_check.h. Pure: no I/O, no clock, no log. */
#include "oauth/jwt_check.h"

#include <string.h>

#include "base/base64.h"
#include "mcp/json.h"

/* Base64url digits that OAUTH_MAX_HEADER_BYTES take. */
enum { MAX_HEADER_DIGITS = (OAUTH_MAX_HEADER_BYTES * 8 + 5) / 6 };

/* Members a header may not have, or may only have as a string; a table, so that none is forgotten.
 * RFC 7515 section 4.1, RFC 7797, RFC 7516. */
static const struct {
    const char *name;
    enum oauth_fault fault; /* OK: a string */
} members[] = {
    {"alg", OAUTH_OK},         {"kid", OAUTH_OK},         {"typ", OAUTH_OK},
    {"cty", OAUTH_OK},         {"x5t", OAUTH_OK},         {"x5t#S256", OAUTH_OK},
    {"jwk", OAUTH_KEY_INSIDE}, {"jku", OAUTH_KEY_INSIDE}, {"x5c", OAUTH_KEY_INSIDE},
    {"x5u", OAUTH_KEY_INSIDE}, {"crit", OAUTH_EXTENSION}, {"b64", OAUTH_EXTENSION},
    {"zip", OAUTH_EXTENSION},
};

static enum oauth_fault judge_member(const char *name, const json_t *value) {
    for (size_t i = 0; i < MCP_COUNT(members); i++) {
        if (strcmp(members[i].name, name) != 0)
            continue;
        if (members[i].fault != OAUTH_OK)
            return members[i].fault;
        return json_is_string(value) ? OAUTH_OK : OAUTH_HEADER_MEMBER;
    }
    return OAUTH_HEADER_MEMBER;
}

static enum oauth_fault judge_members(json_t *header) {
    enum oauth_fault first = OAUTH_OK;
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach(header, name, value) {
        enum oauth_fault fault = judge_member(name, value);
        if (fault != OAUTH_OK && (first == OAUTH_OK || fault < first))
            first = fault;
    }
    return first;
}

static char lower(char byte) {
    return (char)(byte >= 'A' && byte <= 'Z' ? byte - 'A' + 'a' : byte);
}

/* `text` is `lowered` but for the case of its ASCII letters. */
static bool is_media_type(const char *text, const char *lowered) {
    static const char prefix[] = "application/";
    size_t i = 0;
    while (i < sizeof prefix - 1 && lower(text[i]) == prefix[i])
        i++;
    text += i == sizeof prefix - 1 ? i : 0;
    for (i = 0; lowered[i] != '\0'; i++) {
        if (lower(text[i]) != lowered[i])
            return false;
    }
    return text[i] == '\0';
}

static enum oauth_fault judge_types(const json_t *header) {
    const char *typ = json_string_value(json_object_get(header, "typ"));
    if (typ != NULL && !is_media_type(typ, "at+jwt") && !is_media_type(typ, "jwt"))
        return OAUTH_TYPE;
    return OAUTH_OK;
}

static enum oauth_fault judge_names(const json_t *header, struct oauth_jwt *jwt) {
    const char *cty = json_string_value(json_object_get(header, "cty"));
    if (cty != NULL && is_media_type(cty, "jwt")) /* another token inside */
        return OAUTH_HEADER_MEMBER;
    if (!oauth_alg_find(mcp_json_str(json_object_get(header, "alg")), &jwt->alg))
        return OAUTH_ALGORITHM;
    enum oauth_fault fault = judge_types(header);
    const json_t *kid = json_object_get(header, "kid");
    if (fault != OAUTH_OK || kid == NULL)
        return fault;
    struct mcp_str text = mcp_json_str(kid);
    if (text.len == 0 || text.len > OAUTH_MAX_KID_BYTES)
        return OAUTH_KEY_NAME;
    memcpy(jwt->kid, text.ptr, text.len); /* zeroed before */
    return OAUTH_OK;
}

static enum oauth_fault judge_header(struct mcp_str text, struct oauth_jwt *jwt) {
    MCP_AUTO(mcp_json_decref) json_t *header = NULL;
    enum mcp_code code = mcp_json_parse(text, &header, NULL);
    if (code == MCP_E_NOMEM)
        return OAUTH_NO_MEMORY;
    if (code != MCP_OK || !json_is_object(header))
        return OAUTH_HEADER_JSON;
    enum oauth_fault fault = judge_members(header);
    return fault != OAUTH_OK ? fault : judge_names(header, jwt);
}

/* The bytes up to the next dot, or to the end; *rest is what follows the dot, NULL without one. */
static struct mcp_str take_part(struct mcp_str *rest) {
    const char *dot = rest->len > 0 ? memchr(rest->ptr, '.', rest->len) : NULL;
    struct mcp_str part = {rest->ptr, dot != NULL ? (size_t)(dot - rest->ptr) : rest->len};
    *rest = dot != NULL ? (struct mcp_str){dot + 1, rest->len - part.len - 1}
                        : (struct mcp_str){NULL, 0};
    return part;
}

static enum oauth_fault split(struct mcp_str token, struct oauth_jwt *jwt) {
    struct mcp_str rest = token;
    if (token.len > OAUTH_MAX_TOKEN_BYTES)
        return OAUTH_TOO_LONG;
    jwt->header = take_part(&rest);
    jwt->payload = take_part(&rest);
    jwt->signature = take_part(&rest);
    if (jwt->header.len > MAX_HEADER_DIGITS)
        return OAUTH_TOO_LONG;
    if (rest.ptr != NULL || jwt->header.len == 0 || jwt->payload.len == 0 ||
        jwt->signature.len == 0)
        return OAUTH_NOT_COMPACT;
    return OAUTH_OK;
}

enum oauth_fault oauth_jwt_decode(struct mcp_str part, struct mcp_buf *out) {
    switch (mcp_base64url_decode(out, part, NULL)) {
    case MCP_OK:
        return OAUTH_OK;
    case MCP_E_NOMEM:
        return OAUTH_NO_MEMORY;
    case MCP_E_LIMIT:
        return OAUTH_TOO_LONG;
    default:
        return OAUTH_NOT_BASE64;
    }
}

enum oauth_fault oauth_jwt_check(struct mcp_str token, struct oauth_jwt *out_jwt) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf header = MCP_BUF_INIT(OAUTH_MAX_HEADER_BYTES);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf other = MCP_BUF_INIT(OAUTH_MAX_TOKEN_BYTES);
    struct oauth_jwt jwt = {0};
    enum oauth_fault fault = split(token, &jwt);
    if (fault == OAUTH_OK)
        fault = oauth_jwt_decode(jwt.header, &header);
    if (fault == OAUTH_OK)
        fault = oauth_jwt_decode(jwt.payload, &other);
    mcp_buf_clear(&other);
    if (fault == OAUTH_OK)
        fault = oauth_jwt_decode(jwt.signature, &other);
    if (fault == OAUTH_OK)
        fault = judge_header(mcp_buf_view(&header), &jwt);
    if (fault != OAUTH_OK)
        return fault;
    size_t expected = oauth_alg_row(jwt.alg)->signature_bytes;
    if (expected > 0 && other.len != expected)
        return OAUTH_SIGNATURE;
    *out_jwt = jwt;
    return OAUTH_OK;
}
