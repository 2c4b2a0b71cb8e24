/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "oauth/jwt_verify.h"
#include "under_valgrind.h"
#include "vectors.h"

probe_fn probe_jwt_verify;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("oauth.jwt_verify", probe_jwt_verify);
}

static enum oauth_fault judge(const char *token, const struct oauth_jwks *keys) {
    const struct oauth_rules rules = {MCP_STR("https://as.example"),
                                      MCP_STR("https://mcp.example/mcp"), 0};
    struct oauth_claims *claims = NULL;
    enum oauth_fault fault = oauth_jwt_verify(mcp_str_of(token), keys, &rules, 1000000, &claims);
    assert_true((claims != NULL) == (fault == OAUTH_OK));
    oauth_claims_free(claims);
    return fault;
}

/* Whichever letter is another: in the header, the claims or the signature. */
static void change_each_byte(const json_t *in) {
    char *keys_text = json_dumps(json_object_get(in, "keys"), 0);
    char *token = strdup(json_string_value(json_object_get(in, "token")));
    struct oauth_jwks *keys = NULL;
    assert_int_equal(oauth_jwks_parse(mcp_str_of(keys_text), &keys, NULL), MCP_OK);
    assert_int_equal(judge(token, keys), OAUTH_OK);
    const size_t step = is_under_valgrind() ? 31 : 1;
    for (size_t i = 0; i < strlen(token); i += step) {
        char *at = &token[i];
        const char was = *at;
        for (const char *other = "AQgw_.="; *other != '\0'; other++) {
            *at = *other;
            if (*other != was)
                assert_int_not_equal(judge(token, keys), OAUTH_OK);
        }
        *at = was;
    }
    for (size_t len = strlen(token); len > step; len -= step) { /* and however little is missing */
        token[len - step] = '\0';
        assert_int_not_equal(judge(token, keys), OAUTH_OK);
    }
    oauth_jwks_free(keys);
    free(token);
    free(keys_text);
}

static void every_changed_byte_is_noticed(void **state) {
    (void)state;
    static const char *const names[] = {"rs256_is_accepted", "ps256_is_accepted",
                                        "es256_is_accepted"};
    json_t *file = vectors_load("oauth.jwt_verify");
    size_t changed = 0;
    size_t i = 0;
    const json_t *row = NULL;
    json_array_foreach(json_object_get(file, "cases"), i, row) {
        for (size_t j = 0; j < MCP_COUNT(names); j++) {
            if (strcmp(json_string_value(json_object_get(row, "name")), names[j]) != 0)
                continue;
            change_each_byte(json_object_get(row, "in"));
            changed++;
        }
    }
    assert_int_equal(changed, MCP_COUNT(names));
    json_decref(file);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation),
                                      cmocka_unit_test(every_changed_byte_is_noticed)};
    return vectors_run("oauth.jwt_verify", probe_jwt_verify, more, MCP_COUNT(more));
}
