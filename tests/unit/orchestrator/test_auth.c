/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "mcp/json.h"
#include "orchestrator/auth.h"
#include "program/secret_file.h"

static char path[] = "/tmp/mcp-auth-XXXXXX";
static struct mcp_loop *loop;

static void write_file(const char *text, size_t len) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static struct orch_server server_with(const json_t *auth) {
    return (struct orch_server){.id = "a", .url = "https://mcp.example/mcp", .auth = auth};
}

static enum mcp_code prepare(struct orch_auth *auth, json_t *settings, struct mcp_err *err) {
    json_auto_t *kept = settings;
    const struct orch_server server = server_with(kept);
    return orch_auth_prepare(auth, loop, &server, err);
}

static void without_settings_there_is_nothing(void **state) {
    (void)state;
    struct orch_auth auth = {0};
    assert_int_equal(prepare(&auth, NULL, NULL), MCP_OK);
    assert_null(auth.authorizer);
    assert_int_equal(auth.token.len, 0);
    orch_auth_close(&auth);
}

static void a_token_is_read_anew_each_time(void **state) {
    (void)state;
    struct orch_auth auth = {0};
    static const char *const texts[] = {"first-token\n", "second-token \t\r\n\n"};
    static const char *const tokens[] = {"first-token", "second-token"};
    for (size_t i = 0; i < 2; i++) {
        write_file(texts[i], strlen(texts[i]));
        assert_int_equal(prepare(&auth, json_pack("{s:s}", "token_file", path), NULL), MCP_OK);
        assert_string_equal(auth.token.data, tokens[i]);
        assert_null(auth.authorizer);
    }
    orch_auth_close(&auth);
    orch_auth_close(&auth);
    assert_int_equal(auth.token.len, 0);
}

static void a_bad_file_is_named(void **state) {
    (void)state;
    struct orch_auth auth = {0};
    struct mcp_err err = {0};
    write_file(" \n", 2);
    assert_int_equal(prepare(&auth, json_pack("{s:s}", "token_file", path), &err), MCP_E_INVALID);
    assert_string_equal(err.where, path);
    assert_string_equal(err.what, "the file of a secret is empty");
    assert_int_equal(prepare(&auth, json_pack("{s:s}", "token_file", "/nowhere/at/all"), &err),
                     MCP_E_NOT_FOUND);
    assert_int_equal(
        prepare(&auth, json_pack("{s:s, s:s}", "client_id", "c", "client_secret_file", "/nowhere"),
                &err),
        MCP_E_NOT_FOUND);
    assert_null(auth.authorizer);
    orch_auth_close(&auth);
}

static void a_file_has_a_bound(void **state) {
    (void)state;
    static char text[MCP_MAX_SECRET_FILE_BYTES + 1];
    memset(text, 'x', sizeof text);
    for (size_t len = MCP_MAX_SECRET_FILE_BYTES - 1; len <= sizeof text; len++) {
        struct orch_auth auth = {0};
        write_file(text, len);
        enum mcp_code code = prepare(&auth, json_pack("{s:s}", "token_file", path), NULL);
        assert_int_equal(code, len <= MCP_MAX_SECRET_FILE_BYTES ? MCP_OK : MCP_E_LIMIT);
        orch_auth_close(&auth);
    }
}

static void an_authorizer_is_made_once(void **state) {
    (void)state;
    struct orch_auth auth = {0};
    struct mcp_err err = {0};
    write_file("hush-hush\n", 10);
    for (int i = 0; i < 2; i++) {
        json_t *settings = json_pack("{s:s, s:s, s:s, s:s, s:b}", "grant", "client_credentials",
                                     "client_id", "c", "client_secret_file", path, "issuer",
                                     "https://issuer.example", "headless", 1);
        enum mcp_code code = prepare(&auth, settings, &err);
        if (code != MCP_OK)
            print_error("%s %s\n", err.where, err.what);
        assert_int_equal(code, MCP_OK);
        assert_non_null(auth.authorizer);
        (void)unlink(path); /* it is not needed again */
    }
    orch_auth_close(&auth);
    assert_null(auth.authorizer);
}

static void a_key_is_read_and_must_be_ours_alone(void **state) {
    static const char pem[] = "-----BEGIN PRIVATE KEY-----\n"
                              "MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n"
                              "-----END PRIVATE KEY-----\n";
    struct orch_auth auth = {0};
    struct mcp_err err = {0};
    (void)state;
    write_file(pem, sizeof pem - 1);
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(
        prepare(&auth, json_pack("{s:s, s:s}", "client_id", "c", "client_key_file", path), &err),
        MCP_E_DENIED);
    assert_string_equal(err.where, path);
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(
        prepare(&auth, json_pack("{s:s, s:s}", "client_id", "c", "client_key_file", path), NULL),
        MCP_OK);
    assert_non_null(auth.authorizer);
    orch_auth_close(&auth);
    write_file("no key", 6);
    err = (struct mcp_err){0};
    assert_int_equal(
        prepare(&auth, json_pack("{s:s, s:s}", "client_id", "c", "client_key_file", path), &err),
        MCP_E_INVALID);
    assert_non_null(strstr(err.where, path));
    assert_null(strstr(err.what, "no key\""));
    orch_auth_close(&auth);
}

static void settings_that_do_not_fit_are_refused(void **state) {
    (void)state;
    struct orch_auth auth = {0};
    struct mcp_err err = {0};
    assert_int_equal(prepare(&auth, json_pack("{s:s}", "grant", "client_credentials"), &err),
                     MCP_E_INVALID);
    assert_true(err.what[0] != '\0');
    assert_null(auth.authorizer);
    orch_auth_close(&auth);
}

static int set_up(void **state) {
    (void)state;
    int fd = mkstemp(path);
    return fd >= 0 && close(fd) == 0 && mcp_loop_new(&loop, NULL) == MCP_OK ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    mcp_loop_free(loop);
    (void)unlink(path);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_settings_there_is_nothing),
        cmocka_unit_test(a_token_is_read_anew_each_time),
        cmocka_unit_test(a_bad_file_is_named),
        cmocka_unit_test(a_file_has_a_bound),
        cmocka_unit_test(an_authorizer_is_made_once),
        cmocka_unit_test(a_key_is_read_and_must_be_ours_alone),
        cmocka_unit_test(settings_that_do_not_fit_are_refused),
    };
    return cmocka_run_group_tests_name("orchestrator.auth", tests, set_up, tear_down);
}
