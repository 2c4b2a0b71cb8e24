/* SPDX-License-Identifier: MIT */
#include "issuer.h"

#include <jose/jose.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "harness.h"

json_t *issuer_key(const char *kid) {
    json_t *key = json_pack("{s:s,s:s,s:s}", "alg", "ES256", "kid", kid, "use", "sig");
    assert_true(jose_jwk_gen(NULL, key));
    return key;
}

static json_t *half_of(const json_t *key) {
    json_t *half = json_deep_copy(key);
    assert_true(jose_jwk_pub(NULL, half));
    return half;
}

char *issuer_publish(const json_t *key, const json_t *other) {
    json_t *set = json_pack("{s:[o]}", "keys", half_of(key));
    if (other != NULL)
        assert_int_equal(json_array_append_new(json_object_get(set, "keys"), half_of(other)), 0);
    char *text = json_dumps(set, JSON_COMPACT);
    json_decref(set);
    assert_non_null(text);
    return text;
}

const char *issuer_sign(const json_t *key, const struct wish *wish) {
    static char token[ISSUER_TOKEN_BYTES];
    json_int_t now = (json_int_t)time(NULL);
    json_t *claims = json_pack(
        "{s:s,s:s,s:s,s:s,s:I,s:I,s:s}", "iss", wish->issuer != NULL ? wish->issuer : ISSUER, "aud",
        wish->audience != NULL ? wish->audience : RESOURCE, "sub", "ann", "client_id", "app", "iat",
        now - 3600, "exp", now + (wish->lives_s != 0 ? wish->lives_s : 600), "scope",
        wish->scope != NULL ? wish->scope : SCOPES);
    char *text = json_dumps(claims, JSON_COMPACT);
    json_t *jws = json_pack("{s:o}", "payload", jose_b64_enc(text, strlen(text)));
    json_t *head = json_pack("{s:{s:s,s:s,s:O}}", "protected", "alg", "ES256", "typ", "at+jwt",
                             "kid", json_object_get(key, "kid"));
    assert_true(jose_jws_sig(NULL, jws, head, key));
    (void)snprintf(token, sizeof token, "%s.%s.%s",
                   json_string_value(json_object_get(jws, "protected")),
                   json_string_value(json_object_get(jws, "payload")),
                   json_string_value(json_object_get(jws, "signature")));
    json_decref(head);
    json_decref(jws);
    json_decref(claims);
    free(text);
    return token;
}
