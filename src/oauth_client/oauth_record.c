/* SPDX-License-Identifier: MIT */
/* oauth_record.c - see oauth_record.h. Pure: no I/O, no clock, no log. */
#include "oauth_client/oauth_record.h"

#include <nettle/sha2.h>
#include <stdint.h>
#include <string.h>

enum { VERSION = 1 };

static enum mcp_code out_of_memory(struct mcp_err *err) {
    return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for a record of credentials");
}

void mcp_oauth_record_name(const char *issuer, char out[MCP_OAUTH_RECORD_NAME_BYTES]) {
    static const char digits[] = "0123456789abcdef";
    struct sha256_ctx hash;
    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_init(&hash);
    sha256_update(&hash, strlen(issuer), (const uint8_t *)issuer);
    sha256_digest(&hash, sizeof digest, digest);
    for (size_t i = 0; i < sizeof digest; i++) {
        out[2 * i] = digits[digest[i] >> 4];
        out[2 * i + 1] = digits[digest[i] & 15];
    }
    memcpy(out + 2 * sizeof digest, ".json", sizeof ".json");
}

static bool is_text_or_absent(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    return value == NULL || json_is_string(value);
}

static bool is_client(const json_t *client) {
    return client == NULL ||
           (json_is_string(json_object_get(client, "id")) && is_text_or_absent(client, "secret") &&
            is_text_or_absent(client, "method") && is_text_or_absent(client, "redirect_uri"));
}

static bool is_token(const json_t *token) {
    const json_t *expiry = json_object_get(token, "expires_at");
    return json_is_string(json_object_get(token, "resource")) &&
           json_is_string(json_object_get(token, "access_token")) &&
           json_is_string(json_object_get(token, "scope")) &&
           is_text_or_absent(token, "refresh_token") && (expiry == NULL || json_is_integer(expiry));
}

static bool is_record(const json_t *record) {
    const json_t *tokens = json_object_get(record, "tokens");
    if (json_integer_value(json_object_get(record, "version")) != VERSION ||
        !is_client(json_object_get(record, "client")) || !json_is_array(tokens) ||
        json_array_size(tokens) > MCP_OAUTH_RECORD_MAX_TOKENS)
        return false;
    for (size_t i = 0; i < json_array_size(tokens); i++)
        if (!is_token(json_array_get(tokens, i)))
            return false;
    return true;
}

enum mcp_code mcp_oauth_record_parse(struct mcp_str text, const char *issuer, json_t **out_record,
                                     struct mcp_err *err) {
    MCP_AUTO(mcp_json_decref) json_t *record = NULL;
    MCP_TRY(mcp_json_parse(text, &record, err));
    if (!is_record(record))
        return MCP_FAIL(err, MCP_E_SCHEMA, "not a record of credentials");
    if (!mcp_str_equal(mcp_json_str(json_object_get(record, "issuer")), mcp_str_of(issuer)))
        return MCP_FAIL(err, MCP_E_SCHEMA, "the record is of another authorization server");
    *out_record = MCP_TAKE(record);
    return MCP_OK;
}

enum mcp_code mcp_oauth_record_new(const char *issuer, json_t **out_record, struct mcp_err *err) {
    *out_record = json_pack("{s:i, s:s, s:[]}", "version", VERSION, "issuer", issuer, "tokens");
    return *out_record != NULL ? MCP_OK : out_of_memory(err);
}

static size_t find(const json_t *tokens, struct mcp_str resource) {
    size_t at = 0;
    while (at < json_array_size(tokens) &&
           !mcp_str_equal(mcp_json_str(json_object_get(json_array_get(tokens, at), "resource")),
                          resource))
        at++;
    return at;
}

const json_t *mcp_oauth_record_token(const json_t *record, const char *resource) {
    const json_t *tokens = json_object_get(record, "tokens");
    return json_array_get(tokens, find(tokens, mcp_str_of(resource)));
}

enum mcp_code mcp_oauth_record_put(json_t *record, const json_t *client, const json_t *token,
                                   struct mcp_err *err) {
    json_t *tokens = json_object_get(record, "tokens");
    if (client != NULL && json_object_set_new(record, "client", json_deep_copy(client)) != 0)
        return out_of_memory(err);
    if (token == NULL)
        return MCP_OK;
    if (json_array_append_new(tokens, json_deep_copy(token)) != 0)
        return out_of_memory(err);
    size_t old = find(tokens, mcp_json_str(json_object_get(token, "resource")));
    if (old + 1 == json_array_size(tokens))
        old = json_array_size(tokens) > MCP_OAUTH_RECORD_MAX_TOKENS ? 0 : SIZE_MAX;
    if (old != SIZE_MAX)
        (void)json_array_remove(tokens, old);
    return MCP_OK;
}
