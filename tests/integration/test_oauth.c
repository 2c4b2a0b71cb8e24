/* SPDX-License-Identifier: MIT */
/* Both servers as OAuth resource servers: tokens signed here by an issuer of our own. */
#include <jose/jose.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "talk.h"

#define ISSUER   "https://login.example"
#define RESOURCE "https://mcp.example/mcp"
#define META     "https://mcp.example/.well-known/oauth-protected-resource/mcp"
#define PLACE    "/.well-known/oauth-protected-resource"
#define SCOPES   "mcp:use mcp:tools"

static const char rules[] =
    "{\"rules\": [{\"method\": \"*\", \"scopes\": \"mcp:use\"},\n"
    " {\"method\": \"tools/*\", \"scopes\": \"mcp:tools\"}],\n"
    " \"includes\": [{\"scope\": \"mcp:admin\", \"scopes\": \"mcp:use mcp:tools\"}]}\n";
static const char ping[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}";
static const char list[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}";

enum { PATH_BYTES = 128, TOKEN_BYTES = 4096 };

static const char *const programs[] = {"mcp-product-metadata", "mcp-database"};
enum { PROGRAMS = sizeof programs / sizeof programs[0] };

static struct harness harness;
static char keys_path[PATH_BYTES];
static char rules_path[PATH_BYTES];
static char tokens_path[PATH_BYTES];
static json_t *first;  /* the issuer's keys, private */
static json_t *second; /* the one that comes after it */

/* ---- the issuer ---- */

static json_t *new_key(const char *kid) {
    json_t *key = json_pack("{s:s,s:s,s:s}", "alg", "ES256", "kid", kid, "use", "sig");
    assert_true(jose_jwk_gen(NULL, key));
    return key;
}

static void put(const char *path, const char *text, mode_t mode) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static void publish(const json_t *key) {
    json_t *half = json_deep_copy(key);
    assert_true(jose_jwk_pub(NULL, half));
    json_t *set = json_pack("{s:[o]}", "keys", half);
    char *text = json_dumps(set, JSON_COMPACT);
    put(keys_path, text, 0644);
    free(text);
    json_decref(set);
}

struct wish {
    const json_t *key; /* NULL: the first */
    const char *issuer;
    const char *audience;
    const char *scope;
    int lives_s; /* 0: 600 */
};

/* A compact JWT. Static storage. */
static const char *sign(const struct wish *wish) {
    static char token[TOKEN_BYTES];
    const json_t *key = wish->key != NULL ? wish->key : first;
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

/* ---- the server ---- */

static struct process start(const char *program, const char *token_file) {
    const char *arguments[24] = {"--host",         "127.0.0.1", "--port",           "0",
                                 "--oauth-issuer", ISSUER,      "--oauth-audience", RESOURCE,
                                 "--oauth-jwks",   keys_path,   "--oauth-scopes",   rules_path};
    int count = 12;
    if (token_file != NULL) {
        arguments[count++] = "--token-file";
        arguments[count++] = token_file;
    }
    if (strcmp(program, "mcp-database") == 0) {
        arguments[count++] = "--database";
        arguments[count++] = harness.database;
    }
    return process_start(&harness, program, arguments);
}

/* The whole answer to a POST; to be freed. */
static char *ask(const struct process *process, const char *token, const char *body) {
    char head[TOKEN_BYTES + 256];
    (void)snprintf(head, sizeof head, "POST /mcp HTTP/1.1%s%s",
                   token != NULL ? "\r\nAuthorization: Bearer " : "", token != NULL ? token : "");
    return talk_exchange(process->port, head, body, NULL);
}

static int status_of(const char *answer) {
    return strncmp(answer, "HTTP/1.1 ", 9) == 0 ? (int)strtol(answer + 9, NULL, 10) : 0;
}

static void expect(const struct process *process, const char *token, const char *body, int status,
                   const char *challenge) {
    char *answer = ask(process, token, body);
    if (status_of(answer) != status || strstr(answer, challenge) == NULL)
        fail_msg("not %d with \"%s\": %s", status, challenge, answer);
    free(answer);
}

static void expect_fault(const struct process *process, const struct wish *wish, const char *why) {
    char challenge[512];
    (void)snprintf(challenge, sizeof challenge,
                   "WWW-Authenticate: Bearer error=\"invalid_token\", error_description=\"%s\", "
                   "scope=\"" SCOPES "\", resource_metadata=\"" META "\"\r\n",
                   why);
    expect(process, sign(wish), ping, 401, challenge);
}

/* Let in: what answers 400 is the protocol, which wants a session first. */
static bool is_let_in(const struct process *process, const char *token) {
    char *answer = ask(process, token, ping);
    bool is_in = status_of(answer) == 400;
    free(answer);
    return is_in;
}

/* S-59 */
static void tokens_are_judged_and_refusals_say_what_to_do(void **state) {
    (void)state;
    for (size_t i = 0; i < PROGRAMS; i++) {
        publish(first);
        struct process process = start(programs[i], NULL);
        expect(&process, NULL, ping, 401,
               "WWW-Authenticate: Bearer scope=\"" SCOPES "\", resource_metadata=\"" META "\"\r\n");
        assert_true(is_let_in(&process, sign(&(struct wish){.scope = SCOPES})));
        assert_true(is_let_in(&process, sign(&(struct wish){.scope = "mcp:admin"})));

        const struct wish other_audience = {.audience = "https://mcp.example/other"};
        const struct wish longer_audience = {.audience = RESOURCE "/"};
        const struct wish other_issuer = {.issuer = "https://login.example.evil"};
        const struct wish old = {.lives_s = -3000};
        const struct wish forged = {.key = second};
        expect_fault(&process, &other_audience, "the token is for another audience");
        expect_fault(&process, &longer_audience, "the token is for another audience");
        expect_fault(&process, &other_issuer, "the token is from another issuer");
        expect_fault(&process, &old, "the token has expired");
        expect_fault(&process, &forged, "the token is signed with a key that is not known");
        assert_int_equal(process_stop(&process, SIGTERM, NULL), 0);
    }
}

/* S-59 */
static void a_missing_scope_is_403_with_all_that_it_takes(void **state) {
    (void)state;
    publish(first);
    for (size_t i = 0; i < PROGRAMS; i++) {
        struct process process = start(programs[i], NULL);
        expect(&process, sign(&(struct wish){.scope = "mcp:use"}), list, 403,
               "WWW-Authenticate: Bearer error=\"insufficient_scope\", scope=\"" SCOPES
               "\", resource_metadata=\"" META "\"\r\n");
        assert_true(is_let_in(&process, sign(&(struct wish){.scope = "mcp:use"})));
        assert_int_equal(process_stop(&process, SIGTERM, NULL), 0);
    }
}

/* S-59 */
static void the_metadata_is_told_to_everybody(void **state) {
    (void)state;
    static const char *const places[] = {PLACE, PLACE "/mcp"};
    publish(first);
    for (size_t i = 0; i < PROGRAMS; i++) {
        struct process process = start(programs[i], NULL);
        for (size_t j = 0; j < sizeof places / sizeof places[0]; j++) {
            char head[128];
            (void)snprintf(head, sizeof head, "GET %s HTTP/1.1", places[j]);
            char *answer = talk_exchange(process.port, head, "", NULL);
            assert_int_equal(status_of(answer), 200);
            assert_non_null(strstr(answer, "\"resource\":\"" RESOURCE "\""));
            assert_non_null(strstr(answer, "\"authorization_servers\":[\"" ISSUER "\"]"));
            assert_non_null(strstr(answer, "\"scopes_supported\":[\"mcp:use\",\"mcp:tools\"]"));
            assert_non_null(strstr(answer, "\"bearer_methods_supported\":[\"header\"]"));
            free(answer);
        }
        assert_int_equal(process_stop(&process, SIGTERM, NULL), 0);
    }
}

static bool log_says(const struct process *process, const char *mark) {
    char text[32768];
    FILE *file = fopen(process->log, "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    (void)fclose(file);
    return strstr(text, mark) != NULL;
}

static void hang_up(const struct process *process, const char *mark) {
    uint64_t until = now_ms() + PATIENCE_MS;
    assert_int_equal(kill(process->pid, SIGHUP), 0);
    while (!log_says(process, mark) && now_ms() < until)
        sleep_ms(5);
    assert_true(log_says(process, mark));
}

static void sighup_renews_keys_and_bad_ones_change_nothing(void **state) {
    (void)state;
    const struct wish by_second = {.key = second};
    for (size_t i = 0; i < PROGRAMS; i++) {
        publish(first);
        struct process process = start(programs[i], NULL);
        put(keys_path, "{\"keys\": []}", 0644);
        hang_up(&process, "event=keys_not_renewed");
        assert_true(is_let_in(&process, sign(&(struct wish){.scope = NULL})));
        publish(second);
        hang_up(&process, "event=keys_renewed");
        assert_true(is_let_in(&process, sign(&by_second)));
        assert_false(is_let_in(&process, sign(&(struct wish){.scope = NULL})));
        assert_int_equal(process_stop(&process, SIGTERM, NULL), 0);
    }
}

static void static_tokens_go_on_beside_it(void **state) {
    (void)state;
    publish(first);
    put(tokens_path, "robot:0123456789abcdef\n", 0600);
    struct process process = start(programs[0], tokens_path);
    assert_true(is_let_in(&process, "0123456789abcdef"));
    assert_true(is_let_in(&process, sign(&(struct wish){.scope = NULL})));
    assert_false(is_let_in(&process, "fedcba9876543210"));
    assert_int_equal(process_stop(&process, SIGTERM, NULL), 0);
}

static void expect_refused(const char *const *arguments, const char *where, const char *why) {
    char output[4096];
    assert_int_equal(process_run(programs[0], arguments, output, sizeof output), 2);
    if (strstr(output, where) == NULL || strstr(output, why) == NULL)
        fail_msg("neither \"%s\" nor \"%s\" in: %s", where, why, output);
}

static void what_is_wrong_with_a_setting_is_said(void **state) {
    (void)state;
    publish(first);
    const char *const alone[] = {"--port", "0", "--oauth-issuer", ISSUER, NULL};
    expect_refused(alone, "go together", "--oauth-audience is missing");
    const char *arguments[] = {"--port",
                               "0",
                               "--oauth-issuer",
                               ISSUER,
                               "--oauth-audience",
                               RESOURCE,
                               "--oauth-jwks",
                               keys_path,
                               "--oauth-scopes",
                               rules_path,
                               NULL};
    arguments[5] = "http://mcp.example/mcp";
    expect_refused(arguments, "--oauth-audience", "");
    arguments[5] = RESOURCE;
    arguments[7] = "/nonexistent/keys.json";
    expect_refused(arguments, "/nonexistent/keys.json", "");
    arguments[7] = "https://login.example/jwks";
    expect_refused(arguments, arguments[7], "read from a file, not fetched");
    char *private_key = json_dumps(first, JSON_COMPACT);
    char set[4096];
    (void)snprintf(set, sizeof set, "{\"keys\":[%s]}", private_key);
    put(keys_path, set, 0644);
    arguments[7] = keys_path;
    expect_refused(arguments, keys_path, "private");
    free(private_key);
    publish(first);
    put(rules_path, "{\"rules\": [{\"method\": \"ping\", \"scopes\": \"\"}]}", 0644);
    expect_refused(arguments, "/rules/0", "");
    put(rules_path, rules, 0644);
}

static void place(char out[PATH_BYTES], const char *name) {
    (void)snprintf(out, PATH_BYTES, "%s/%s", harness.dir, name);
}

static int set_up(void **state) {
    (void)state;
    (void)signal(SIGPIPE, SIG_IGN);
    harness_open(&harness);
    place(keys_path, "keys.json");
    place(rules_path, "rules.json");
    place(tokens_path, "tokens");
    put(rules_path, rules, 0644);
    first = new_key("one");
    second = new_key("two");
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    json_decref(first);
    json_decref(second);
    harness_close(&harness);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_are_judged_and_refusals_say_what_to_do),
        cmocka_unit_test(a_missing_scope_is_403_with_all_that_it_takes),
        cmocka_unit_test(the_metadata_is_told_to_everybody),
        cmocka_unit_test(sighup_renews_keys_and_bad_ones_change_nothing),
        cmocka_unit_test(static_tokens_go_on_beside_it),
        cmocka_unit_test(what_is_wrong_with_a_setting_is_said),
    };
    return cmocka_run_group_tests_name("integration.oauth", tests, set_up, tear_down);
}
