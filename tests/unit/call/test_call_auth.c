/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "call/call_auth.h"

static char secret_path[] = "/tmp/mcp-call-auth-XXXXXX";
static char stderr_path[] = "/tmp/mcp-call-auth-XXXXXX";
static struct mcp_loop *loop;

static struct call_args arguments(void) {
    return (struct call_args){
        .url = "https://mcp.example/mcp", .has_oauth = true, .client_id = "c", .timeout_ms = 1000};
}

static void without_oauth_nothing_is_opened(void **state) {
    (void)state;
    struct call_auth auth = {0};
    const struct call_args args = {.url = "https://mcp.example/mcp", .timeout_ms = 1000};
    assert_int_equal(call_auth_open(loop, &args, &auth, NULL), MCP_OK);
    assert_null(auth.authorizer);
    assert_int_equal(call_auth_timeout_ms(&args), 1000);
    call_auth_close(&auth);
}

static void a_person_is_given_time(void **state) {
    (void)state;
    struct call_args args = arguments();
    assert_int_equal(call_auth_timeout_ms(&args), CALL_AUTH_TIMEOUT_MS);
    args.timeout_ms = CALL_AUTH_TIMEOUT_MS + 1;
    assert_int_equal(call_auth_timeout_ms(&args), CALL_AUTH_TIMEOUT_MS + 1);
    args = arguments();
    args.acts_alone = true;
    assert_int_equal(call_auth_timeout_ms(&args), 1000);
}

static void a_secret_comes_from_its_file(void **state) {
    (void)state;
    struct call_auth auth = {0};
    struct call_args args = arguments();
    struct mcp_err err = {0};
    args.acts_alone = true;
    args.client_secret_file = secret_path;
    assert_int_equal(call_auth_open(loop, &args, &auth, &err), MCP_OK);
    assert_string_equal(auth.secret.data, "hush-hush");
    assert_non_null(auth.authorizer);
    call_auth_close(&auth);
    assert_null(auth.authorizer);
    args.client_secret_file = "/nowhere/at/all";
    assert_int_equal(call_auth_open(loop, &args, &auth, &err), MCP_E_NOT_FOUND);
    call_auth_close(&auth);
}

static void settings_that_do_not_fit_are_refused(void **state) {
    (void)state;
    struct call_auth auth = {0};
    struct call_args args = arguments();
    struct mcp_err err = {0};
    args.acts_alone = true; /* and no secret */
    args.client_id = NULL;
    assert_int_equal(call_auth_open(loop, &args, &auth, &err), MCP_E_INVALID);
    call_auth_close(&auth);
}

/* With `input` as standard input; what was said on stderr goes to `said`. */
static void paste(const char *input, char *said, size_t said_bytes) {
    struct call_auth auth = {0};
    struct call_args args = arguments();
    int ends[2];
    int kept[2] = {dup(STDIN_FILENO), dup(STDERR_FILENO)};
    args.reads_redirect = true;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], input, strlen(input)), (ssize_t)strlen(input));
    (void)close(ends[1]);
    (void)dup2(ends[0], STDIN_FILENO);
    (void)close(ends[0]);
    assert_non_null(freopen(stderr_path, "w", stderr));
    enum mcp_code code = call_auth_open(loop, &args, &auth, NULL);
    for (int i = 0; i < 1000 && ftell(stderr) == 0 && input[0] != '\0'; i++)
        (void)usleep(5000);
    call_auth_close(&auth);
    (void)fflush(stderr);
    (void)dup2(kept[0], STDIN_FILENO);
    (void)dup2(kept[1], STDERR_FILENO);
    (void)close(kept[0]);
    (void)close(kept[1]);
    assert_int_equal(code, MCP_OK);
    FILE *file = fopen(stderr_path, "r");
    said[fread(said, 1, said_bytes - 1, file)] = '\0';
    (void)fclose(file);
}

static void what_is_pasted_at_the_wrong_time_is_said(void **state) {
    (void)state;
    char said[512];
    paste("http://127.0.0.1/callback?code=x&state=y\n", said, sizeof said);
    assert_non_null(strstr(said, "* "));
    paste("http://127.0.0.1/callback?code=x&state=y", said, sizeof said); /* no line end */
    assert_non_null(strstr(said, "* "));
}

static void nothing_is_pasted(void **state) {
    (void)state;
    char said[512];
    paste("", said, sizeof said);
    assert_string_equal(said, "");
}

static int set_up(void **state) {
    (void)state;
    int fd = mkstemp(secret_path);
    bool is_written = fd >= 0 && write(fd, "hush-hush\n", 10) == 10 && close(fd) == 0;
    fd = mkstemp(stderr_path);
    return is_written && fd >= 0 && close(fd) == 0 && mcp_loop_new(&loop, NULL) == MCP_OK ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    mcp_loop_free(loop);
    (void)unlink(secret_path);
    (void)unlink(stderr_path);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_oauth_nothing_is_opened),
        cmocka_unit_test(a_person_is_given_time),
        cmocka_unit_test(a_secret_comes_from_its_file),
        cmocka_unit_test(settings_that_do_not_fit_are_refused),
        cmocka_unit_test(what_is_pasted_at_the_wrong_time_is_said),
        cmocka_unit_test(nothing_is_pasted),
    };
    return cmocka_run_group_tests_name("call.call_auth", tests, set_up, tear_down);
}
