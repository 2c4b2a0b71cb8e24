/* SPDX-License-Identifier: MIT */
/* Both servers as OAuth resource servers: tokens signed here by an issuer of our own. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "issuer.h"
#include "talk.h"

#define META  "https://mcp.example/.well-known/oauth-protected-resource/mcp"
#define PLACE "/.well-known/oauth-protected-resource"

static const char rules[] =
    "{\"rules\": [{\"method\": \"*\", \"scopes\": \"mcp:use\"},\n"
    " {\"method\": \"tools/*\", \"scopes\": \"mcp:tools\"}],\n"
    " \"includes\": [{\"scope\": \"mcp:admin\", \"scopes\": \"mcp:use mcp:tools\"}]}\n";
static const char ping[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}";
static const char list[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}";

enum { PATH_BYTES = 128 };

static const char *const programs[] = {"mcp-product-metadata", "mcp-database"};
enum { PROGRAMS = sizeof programs / sizeof programs[0] };

static struct harness harness;
static char keys_path[PATH_BYTES];
static char rules_path[PATH_BYTES];
static char tokens_path[PATH_BYTES];
static json_t *first;  /* the issuer's keys, private */
static json_t *second; /* the one that comes after it */

/* ---- the issuer ---- */

static void put(const char *path, const char *text, mode_t mode) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static void publish(const json_t *key) {
    char *text = issuer_publish(key, NULL);
    put(keys_path, text, 0644);
    free(text);
}

static const char *sign(const struct wish *wish) {
    return issuer_sign(wish->key != NULL ? wish->key : first, wish);
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
    char head[ISSUER_TOKEN_BYTES + 256];
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

static void a_changed_file_of_keys_is_noticed(void **state) {
    (void)state;
    const struct wish by_second = {.key = second};
    publish(first);
    struct process process = start(programs[0], NULL);
    publish(second);
    uint64_t until = now_ms() + PATIENCE_MS;
    while (!is_let_in(&process, sign(&by_second)) && now_ms() < until)
        sleep_ms(5);
    assert_true(is_let_in(&process, sign(&by_second)));
    assert_false(is_let_in(&process, sign(&(struct wish){.scope = NULL})));
    assert_int_equal(process_stop(&process, SIGTERM, NULL), 0);
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
    expect_refused(arguments, arguments[7], "--oauth-jwks-url fetches keys");
    arguments[6] = "--oauth-jwks-url";
    arguments[7] = "http://login.example/jwks";
    expect_refused(arguments, arguments[7], "take https");
    arguments[6] = "--oauth-jwks";
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
    first = issuer_key("one");
    second = issuer_key("two");
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
        cmocka_unit_test(a_changed_file_of_keys_is_noticed),
        cmocka_unit_test(static_tokens_go_on_beside_it),
        cmocka_unit_test(what_is_wrong_with_a_setting_is_said),
    };
    return cmocka_run_group_tests_name("integration.oauth", tests, set_up, tear_down);
}
