/* SPDX-License-Identifier: MIT */
/* Connections as their owners use them: targets, threads, and every way to end. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dial_rig.h"

static bool answer(struct script_peer *peer, const struct script_request *request, void *user) {
    char text[2048];
    (void)user;
    if (strcmp(request->method, "POST") != 0) {
        script_reply(peer, "405 No", "", "");
        return true;
    }
    if (strstr(request->body, "\"id\"") == NULL) {
        script_reply(peer, "202 Accepted", "", "");
        return true;
    }
    if (strstr(request->body, "\"initialize\"") != NULL)
        rig_result(request->body, rig_hello, text, sizeof text);
    else if (strstr(request->body, "\"cursor\":\"two\"") != NULL)
        rig_result(request->body, "{\"tools\":[3]}", text, sizeof text);
    else if (strstr(request->body, "tools/list") != NULL)
        rig_result(request->body, "{\"tools\":[1,2],\"nextCursor\":\"two\"}", text, sizeof text);
    else if (strstr(request->body, "fail") != NULL)
        (void)snprintf(text, sizeof text,
                       "{\"jsonrpc\":\"2.0\",\"id\":%d,\"error\":{\"code\":-7,\"message\":\"no\"}}",
                       2);
    else
        rig_result(request->body, "{}", text, sizeof text);
    script_reply(peer, "200 OK", "Content-Type: application/json\r\n", text);
    return true;
}

struct scene {
    struct script_server *server;
    struct rig rig;
    char url[256];
};

static void connect_scene(struct scene *scene) {
    memset(scene, 0, sizeof *scene);
    scene->server = script_server_start(answer, NULL);
    rig_open_url(&scene->rig, MCP_DIAL_AUTO, script_server_url(scene->server, "/", scene->url));
    assert_int_equal(rig_connect(&scene->rig, 2000), MCP_OK);
}

static void close_scene(struct scene *scene) {
    rig_close(&scene->rig);
    script_server_stop(scene->server);
}

/* --- targets ---------------------------------------------------------------------------------- */

static const struct mcp_client_options plain = {.name = "t", .version = "1"};

static void expect_refused(const struct mcp_dial_target *target, enum mcp_code want,
                           const char *what) {
    struct mcp_loop *loop = NULL;
    struct mcp_dial *dial = NULL;
    struct mcp_err err = {0};
    assert_int_equal(mcp_loop_new(&loop, NULL), MCP_OK);
    enum mcp_code code = mcp_dial_new(loop, target, &plain, &dial, &err);
    if (code != want || strstr(err.what, what) == NULL)
        print_error("%s: %s: %s\n", target->url, mcp_code_name(code), err.what);
    assert_int_equal(code, want);
    assert_non_null(strstr(err.what, what));
    assert_null(dial);
    mcp_loop_free(loop);
}

static void urls_that_are_not_dialled(void **state) {
    (void)state;
    static const struct {
        const char *url;
        const char *what;
    } table[] = {
        {"file:///etc/passwd", "only http and https"},
        {"gopher://h/", "only http and https"},
        {"ftp://h/", "only http and https"},
        {"localhost:8000", "only http and https"},
        {"/mcp", "only http and https"},
        {"http:///mcp", "no host"},
        {"http://user@h/", "user name"},
        {"http://user:secret@h/", "user name"},
        {"http://h/#top", "fragment"},
        {"http://h/a b", "byte"},
        {"http://h:99999/", "byte"},
        {"http://h/\r\nX: y", "byte"},
    };
    for (size_t i = 0; i < MCP_COUNT(table); i++) {
        struct mcp_dial_target target = {.url = table[i].url};
        expect_refused(&target, MCP_E_INVALID, table[i].what);
    }
}

static void headers_that_are_not_sent(void **state) {
    (void)state;
    static const char *const table[][2] = {
        {"no colon", "Name: value"},
        {": value", "Name: value"},
        {"a b: value", "Name: value"},
        {"X: a\r\nY: b", "\"X\""},
        {"X: \xC3\xA4", "\"X\""},
        {"Content-Type: text/plain", "set by the transport"},
        {"content-length: 5", "set by the transport"},
        {"Transfer-Encoding: chunked", "set by the transport"},
        {"mcp-session-id: x", "set by the transport"},
        {"Host: other", "set by the transport"},
        {"Accept-Encoding: gzip", "set by the transport"},
    };
    for (size_t i = 0; i < MCP_COUNT(table); i++) {
        const char *const headers[] = {"X-Fine: yes", table[i][0], NULL};
        struct mcp_dial_target target = {.url = "http://h/", .headers = headers};
        expect_refused(&target, MCP_E_INVALID, table[i][1]);
    }
}

static void tokens_are_one_word(void **state) {
    (void)state;
    static const char *const tokens[] = {"a b", "a\n", "\xC3\xA4", "a\r\nX: y"};
    for (size_t i = 0; i < MCP_COUNT(tokens); i++) {
        struct mcp_dial_target target = {.url = "http://h/", .bearer = tokens[i]};
        expect_refused(&target, MCP_E_INVALID, "token");
    }
}

static void commands_that_are_not_run(void **state) {
    (void)state;
    const char *const missing[] = {"no-such-program-here", NULL};
    const char *const relative[] = {"./x", NULL};
    const char *const nothing[] = {NULL};
    const char *const good[] = {"sh", NULL};
    const char *const bad_env[] = {"NAME", NULL};
    const char *const no_name[] = {"=x", NULL};
    struct mcp_dial_target target = {.argv = missing};
    expect_refused(&target, MCP_E_NOT_FOUND, "PATH");
    target = (struct mcp_dial_target){.argv = relative};
    expect_refused(&target, MCP_E_INVALID, "absolute");
    target = (struct mcp_dial_target){.argv = nothing};
    expect_refused(&target, MCP_E_INVALID, "either a URL or a command");
    target = (struct mcp_dial_target){.url = "http://h/", .argv = good};
    expect_refused(&target, MCP_E_INVALID, "either a URL or a command");
    target = (struct mcp_dial_target){.argv = good, .transport = MCP_DIAL_SSE};
    expect_refused(&target, MCP_E_INVALID, "needs a URL");
    target = (struct mcp_dial_target){.url = "http://h/", .transport = MCP_DIAL_STDIO};
    expect_refused(&target, MCP_E_INVALID, "needs a command");
    target = (struct mcp_dial_target){.argv = good, .env = bad_env};
    expect_refused(&target, MCP_E_INVALID, "NAME=value");
    target = (struct mcp_dial_target){.argv = good, .env = no_name};
    expect_refused(&target, MCP_E_INVALID, "NAME=value");
}

/* C-28 */
static void headers_and_token_are_sent(void **state) {
    (void)state;
    const char *const headers[] = {"X-Api-Key: k-1", "X-More: b", NULL};
    struct script_server *server = script_server_start(answer, NULL);
    struct mcp_loop *loop = NULL;
    struct mcp_dial *dial = NULL;
    char url[256];
    struct mcp_dial_target target = {
        .url = script_server_url(server, "/", url), .headers = headers, .bearer = "tok-1"};
    assert_int_equal(mcp_loop_new(&loop, NULL), MCP_OK);
    assert_int_equal(mcp_dial_new(loop, &target, &plain, &dial, NULL), MCP_OK);
    assert_int_equal(mcp_dial_connect_wait(dial, 2000, NULL), MCP_OK);
    mcp_dial_free(dial);
    mcp_loop_free(loop);
    /* what follows the handshake may be cut off by the free */
    assert_true(script_server_count(server, "X-Api-Key: k-1\r\n") >= 1);
    assert_true(script_server_count(server, "Authorization: Bearer tok-1\r\n") >= 1);
    script_server_stop(server);
}

/* Whatever the environment says; through proxies: tests/integration/test_proxy.c. */
static void this_machine_is_behind_no_proxy(void **state) {
    struct scene scene;
    (void)state;
    (void)setenv("http_proxy", "http://127.0.0.1:1", 1); /* NOLINT(concurrency-mt-unsafe) */
    (void)setenv("ALL_PROXY", "http://127.0.0.1:1", 1);  /* NOLINT(concurrency-mt-unsafe) */
    connect_scene(&scene);
    close_scene(&scene);
    (void)unsetenv("http_proxy"); /* NOLINT(concurrency-mt-unsafe) */
    (void)unsetenv("ALL_PROXY");  /* NOLINT(concurrency-mt-unsafe) */
}

/* --- calls ------------------------------------------------------------------------------------ */

static void lists_are_followed(void **state) {
    struct scene scene;
    json_auto_t *result = NULL;
    json_auto_t *want = json_pack("{s:[i,i,i]}", "tools", 1, 2, 3);
    (void)state;
    connect_scene(&scene);
    assert_int_equal(mcp_dial_list_wait(scene.rig.dial, "tools/list", "tools", 2000, &result, NULL),
                     MCP_OK);
    assert_true(json_equal(result, want));
    close_scene(&scene);
}

static void a_json_rpc_error_comes_whole(void **state) {
    struct scene scene;
    json_auto_t *result = NULL;
    json_auto_t *rpc_error = NULL;
    struct mcp_err err = {0};
    (void)state;
    connect_scene(&scene);
    assert_int_equal(
        mcp_dial_request_wait(scene.rig.dial, "fail", NULL, 2000, &result, &rpc_error, &err),
        MCP_E_PEER);
    assert_null(result);
    assert_int_equal(json_integer_value(json_object_get(rpc_error, "code")), -7);
    assert_string_equal(err.where, "fail");
    close_scene(&scene);
}

static void requests_before_connect_fail(void **state) {
    struct rig rig = {0};
    (void)state;
    rig_open_url(&rig, MCP_DIAL_AUTO, "http://127.0.0.1:1/");
    struct mcp_dial_state known;
    mcp_dial_describe(rig.dial, &known);
    assert_false(known.is_ready);
    assert_int_equal(rig_request(&rig, "ping", 1000, NULL), MCP_E_STATE);
    rig_close(&rig);
}

static void *ask_many(void *user) {
    struct rig *rig = user;
    for (int i = 0; i < 25; i++) {
        json_t *result = NULL;
        struct mcp_dial_state known;
        if (mcp_dial_request_wait(rig->dial, "ping", NULL, 5000, &result, NULL, NULL) != MCP_OK)
            return rig;
        json_decref(result);
        mcp_dial_describe(rig->dial, &known);
    }
    return NULL;
}

static void many_threads_share_a_connection(void **state) {
    struct scene scene;
    pthread_t threads[6];
    void *failed = NULL;
    (void)state;
    connect_scene(&scene);
    for (size_t i = 0; i < MCP_COUNT(threads); i++)
        (void)pthread_create(&threads[i], NULL, ask_many, &scene.rig);
    for (size_t i = 0; i < MCP_COUNT(threads); i++) {
        (void)pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    close_scene(&scene);
}

/* --- ends ------------------------------------------------------------------------------------- */

static void count_closed(void *user) {
    (void)__atomic_add_fetch((int *)user, 1, __ATOMIC_SEQ_CST);
}

struct ending {
    struct mcp_dial *dial;
    int closed;
    int answered;
};

static void close_in_callback(const struct mcp_reply *reply, void *user) {
    struct ending *ending = user;
    (void)reply;
    (void)__atomic_add_fetch(&ending->answered, 1, __ATOMIC_SEQ_CST);
    mcp_dial_close(ending->dial, count_closed, &ending->closed);
}

static void a_callback_may_close_its_connection(void **state) {
    struct scene scene;
    (void)state;
    connect_scene(&scene);
    struct ending ending = {.dial = scene.rig.dial};
    mcp_dial_request(ending.dial, "ping", NULL, 2000, close_in_callback, &ending);
    assert_true(rig_wait(&ending.closed, 1));
    assert_int_equal(ending.answered, 1);
    mcp_loop_free(scene.rig.loop);
    script_server_stop(scene.server);
}

static void a_failed_connect_may_close_its_connection(void **state) {
    struct rig rig = {0};
    (void)state;
    rig_open_url(&rig, MCP_DIAL_AUTO, "http://127.0.0.1:1/");
    struct ending ending = {.dial = rig.dial};
    mcp_dial_connect(rig.dial, 2000, close_in_callback, &ending);
    assert_true(rig_wait(&ending.closed, 1));
    assert_int_equal(ending.answered, 1);
    mcp_loop_free(rig.loop);
}

static void count_answered(const struct mcp_reply *reply, void *user) {
    (void)reply;
    (void)__atomic_add_fetch((int *)user, 1, __ATOMIC_SEQ_CST);
}

static void the_loop_closes_what_is_left(void **state) {
    struct scene scene;
    (void)state;
    connect_scene(&scene);
    struct mcp_dial *shell = NULL;
    const char *const argv[] = {"sh", "-c", "cat >/dev/null & wait", NULL};
    struct mcp_dial_target target = {.argv = argv};
    int answered = 0;
    assert_int_equal(mcp_dial_new(scene.rig.loop, &target, &plain, &shell, NULL), MCP_OK);
    mcp_dial_connect(shell, 60000, count_answered, &answered);
    struct mcp_dial *unused = NULL;
    target = (struct mcp_dial_target){.url = "http://127.0.0.1:1/"};
    assert_int_equal(mcp_dial_new(scene.rig.loop, &target, &plain, &unused, NULL), MCP_OK);
    mcp_dial_close(unused, NULL, NULL);
    mcp_loop_free(scene.rig.loop);
    assert_int_equal(answered, 1);
    script_server_stop(scene.server);
}

static void many_children_end_at_the_same_time(void **state) {
    enum { MANY = 8 };
    struct mcp_dial *dials[MANY];
    struct mcp_loop *loop = NULL;
    const char *const argv[] = {"sh", "-c", "while :; do sleep 0.1; done", NULL};
    struct mcp_dial_target target = {.argv = argv};
    int closed = 0;
    int answered = 0;
    (void)state;
    assert_int_equal(mcp_loop_new(&loop, NULL), MCP_OK);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(mcp_dial_new(loop, &target, &plain, &dials[i], NULL), MCP_OK);
        mcp_dial_connect(dials[i], 60000, count_answered, &answered);
    }
    uint64_t before_ms = rig_now_ms();
    for (int i = 0; i < MANY; i++)
        mcp_dial_close(dials[i], count_closed, &closed);
    assert_true(rig_wait(&closed, MANY));
    assert_true(rig_now_ms() - before_ms < 4000);
    assert_int_equal(answered, MANY);
    mcp_loop_free(loop);
}

static void null_is_nothing_to_free(void **state) {
    (void)state;
    mcp_dial_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(urls_that_are_not_dialled, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(headers_that_are_not_sent, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(tokens_are_one_word, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(commands_that_are_not_run, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(headers_and_token_are_sent, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(this_machine_is_behind_no_proxy, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(lists_are_followed, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(a_json_rpc_error_comes_whole, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(requests_before_connect_fail, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(many_threads_share_a_connection, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(a_callback_may_close_its_connection, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(a_failed_connect_may_close_its_connection, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(the_loop_closes_what_is_left, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(many_children_end_at_the_same_time, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(null_is_nothing_to_free, rig_set_up, rig_tear_down),
    };
    return cmocka_run_group_tests_name("dial.dial", tests, NULL, NULL);
}
