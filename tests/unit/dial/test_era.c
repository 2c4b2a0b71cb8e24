/* SPDX-License-Identifier: MIT */
/* Which era is spoken, over real transports: how it is found, kept, and what it looks like. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dial_rig.h"

static const char discovery[] =
    "{\"resultType\":\"complete\",\"supportedVersions\":[\"2026-07-28\"],\"capabilities\":{},"
    "\"_meta\":{\"io.modelcontextprotocol/serverInfo\":{\"name\":\"script\",\"version\":\"1\"}}}";

/* --- a server of one kind --------------------------------------------------------------------- */

enum kind { MODERN, LEGACY, OLD, DEAF };

struct scene {
    enum kind kind;
    struct script_server *server;
    struct script_peer *stream; /* OLD: of the one client; set before any POST is answered */
    struct mcp_loop *loop;
    int closed; /* atomic: exchanges the client closed */
    char url[256];
};

static void answer_result(struct script_peer *peer, const struct script_request *request,
                          const char *result) {
    char text[2048];
    rig_result(request->body, result, text, sizeof text);
    script_reply(peer, "200 OK", "Content-Type: application/json\r\n", text);
}

static bool answer_modern(struct script_peer *peer, const struct script_request *request,
                          struct scene *scene) {
    if (strcmp(request->method, "POST") != 0) {
        script_reply(peer, "405 No", "", "");
        return true;
    }
    if (strstr(request->body, "\"slow\"") != NULL) {
        script_wait_closed(peer);
        (void)__atomic_add_fetch(&scene->closed, 1, __ATOMIC_SEQ_CST);
        return false;
    }
    if (strstr(request->body, "server/discover") != NULL)
        answer_result(peer, request, discovery);
    else
        answer_result(peer, request, "{\"resultType\":\"complete\",\"tools\":[]}");
    return true;
}

static bool answer_legacy(struct script_peer *peer, const struct script_request *request) {
    if (strstr(request->body, "\"initialize\"") != NULL)
        answer_result(peer, request, rig_hello);
    else if (strstr(request->body, "server/discover") != NULL)
        script_reply(peer, "400 Bad", "", "no session");
    else if (strstr(request->body, "\"id\"") != NULL)
        answer_result(peer, request, "{\"tools\":[]}");
    else
        script_reply(peer, strcmp(request->method, "POST") == 0 ? "202 OK" : "405 No", "", "");
    return true;
}

static bool answer_old(struct script_peer *peer, const struct script_request *request,
                       struct scene *scene) {
    char text[1024];
    char event[1200];
    if (strcmp(request->method, "GET") == 0) {
        __atomic_store_n(&scene->stream, peer, __ATOMIC_SEQ_CST);
        script_open_stream(peer, "");
        script_send(peer, "event: endpoint\ndata: /messages\n\n");
        script_wait_closed(peer);
        return false;
    }
    if (strcmp(request->path, "/messages") != 0) {
        script_reply(peer, "405 No", "", "");
        return true;
    }
    script_reply(peer, "202 Accepted", "", "");
    rig_result(request->body, rig_hello, text, sizeof text);
    (void)snprintf(event, sizeof event, "event: message\ndata: %s\n\n", text);
    if (strstr(request->body, "\"id\"") != NULL)
        script_send(__atomic_load_n(&scene->stream, __ATOMIC_SEQ_CST), event);
    return true;
}

static bool answer(struct script_peer *peer, const struct script_request *request, void *user) {
    struct scene *scene = user;
    switch (scene->kind) {
    case MODERN:
        return answer_modern(peer, request, scene);
    case LEGACY:
        return answer_legacy(peer, request);
    case OLD:
        return answer_old(peer, request, scene);
    case DEAF:
        break;
    }
    script_reply(peer, "500 Oops", "", "");
    return true;
}

static void open_scene(struct scene *scene) {
    scene->server = script_server_start(answer, scene);
    (void)script_server_url(scene->server, "/mcp", scene->url);
    assert_int_equal(mcp_loop_new(&scene->loop, NULL), MCP_OK);
}

static void close_scene(struct scene *scene) {
    mcp_loop_free(scene->loop);
    script_server_stop(scene->server);
}

static struct mcp_dial *open_dial(struct mcp_loop *loop, const struct mcp_dial_target *target) {
    struct mcp_dial *dial = NULL;
    const struct mcp_client_options options = {
        .name = "test", .version = "1", .probe_timeout_ms = 300};
    struct mcp_err err = {0};
    if (mcp_dial_new(loop, target, &options, &dial, &err) != MCP_OK)
        fail_msg("%s", err.what);
    return dial;
}

/* What it connects to, and nothing left of it. */
static struct mcp_dial_state connect_once(struct scene *scene, enum mcp_code want) {
    const struct mcp_dial_target target = {.url = scene->url};
    struct mcp_dial *dial = open_dial(scene->loop, &target);
    struct mcp_dial_state state;
    struct mcp_err err = {0};
    enum mcp_code code = mcp_dial_connect_wait(dial, 3000, &err);
    if (code != want)
        print_error("%s: %s\n", err.where, err.what);
    assert_int_equal(code, want);
    mcp_dial_describe(dial, &state);
    mcp_dial_free(dial);
    return state;
}

/* --- HTTP ------------------------------------------------------------------------------------- */

/* C-13, C-14 */
static void modern_messages_say_it_in_their_headers(void **state) {
    (void)state;
    struct scene scene = {.kind = MODERN};
    open_scene(&scene);
    const struct mcp_dial_target target = {.url = scene.url};
    struct mcp_dial *dial = open_dial(scene.loop, &target);
    json_auto_t *params = json_pack("{s:s}", "name", "h\xc3\xa9");
    json_auto_t *result = NULL;
    assert_int_equal(mcp_dial_connect_wait(dial, 3000, NULL), MCP_OK);
    assert_int_equal(mcp_dial_request_wait(dial, "prompts/get", params, 3000, &result, NULL, NULL),
                     MCP_OK);
    mcp_dial_free(dial);
    assert_int_equal(script_server_count(scene.server, "MCP-Protocol-Version: 2026-07-28"), 2);
    assert_int_equal(script_server_count(scene.server, "Mcp-Method: server/discover"), 1);
    assert_int_equal(script_server_count(scene.server, "Mcp-Method: prompts/get"), 1);
    assert_int_equal(script_server_count(scene.server, "Mcp-Name: =?base64?aMOp?="), 1);
    assert_int_equal(script_server_count(scene.server, "GET "), 0);
    assert_int_equal(script_server_count(scene.server, "DELETE "), 0);
    assert_int_equal(script_server_count(scene.server, "Mcp-Session-Id"), 0);
    close_scene(&scene);
}

/* C-18 */
static void a_modern_request_given_up_is_closed(void **state) {
    (void)state;
    struct scene scene = {.kind = MODERN};
    open_scene(&scene);
    const struct mcp_dial_target target = {.url = scene.url};
    struct mcp_dial *dial = open_dial(scene.loop, &target);
    json_auto_t *params = json_pack("{s:s}", "name", "slow");
    assert_int_equal(mcp_dial_connect_wait(dial, 3000, NULL), MCP_OK);
    assert_int_equal(mcp_dial_request_wait(dial, "tools/call", params, 100, NULL, NULL, NULL),
                     MCP_E_TIMEOUT);
    assert_true(rig_wait(&scene.closed, 1));
    assert_int_equal(script_server_count(scene.server, "notifications/cancelled"), 0);
    mcp_dial_free(dial);
    close_scene(&scene);
}

static void a_modern_server_is_asked_each_time(void **state) {
    (void)state;
    struct scene scene = {.kind = MODERN};
    open_scene(&scene);
    for (int i = 1; i <= 2; i++) {
        assert_int_equal(connect_once(&scene, MCP_OK).version, MCP_VERSION_2026_07_28);
        assert_int_equal(script_server_count(scene.server, "server/discover HTTP"), 0);
        assert_int_equal(script_server_count(scene.server, "\"server/discover\""), i);
    }
    assert_int_equal(script_server_count(scene.server, "\"initialize\""), 0);
    close_scene(&scene);
}

static void a_legacy_server_is_asked_once(void **state) {
    (void)state;
    struct scene scene = {.kind = LEGACY};
    open_scene(&scene);
    for (int i = 1; i <= 3; i++) {
        struct mcp_dial_state known = connect_once(&scene, MCP_OK);
        assert_int_equal(known.version, MCP_VERSION_2025_06_18);
        assert_int_equal(known.transport, MCP_DIAL_STREAMABLE);
        assert_int_equal(script_server_count(scene.server, "\"server/discover\""), 1);
    }
    close_scene(&scene);
}

static void a_server_of_the_older_transport_is_asked_once(void **state) {
    (void)state;
    struct scene scene = {.kind = OLD};
    open_scene(&scene);
    for (int i = 1; i <= 3; i++) {
        assert_int_equal(connect_once(&scene, MCP_OK).transport, MCP_DIAL_SSE);
        assert_int_equal(script_server_count(scene.server, "POST /mcp"), 2);
    }
    close_scene(&scene);
}

static void a_failure_forgets_what_a_server_was(void **state) {
    (void)state;
    struct scene scene = {.kind = LEGACY};
    open_scene(&scene);
    (void)connect_once(&scene, MCP_OK);
    scene.kind = DEAF;
    (void)connect_once(&scene, MCP_E_PEER);
    scene.kind = MODERN;
    assert_int_equal(connect_once(&scene, MCP_OK).version, MCP_VERSION_2026_07_28);
    close_scene(&scene);
}

/* A server that became modern says so when it is asked to initialize. */
static void a_change_is_noticed_from_the_error(void **state) {
    (void)state;
    struct scene scene = {.kind = OLD};
    open_scene(&scene);
    (void)connect_once(&scene, MCP_OK);
    scene.kind = MODERN;
    (void)connect_once(&scene, MCP_E_PEER);
    assert_int_equal(connect_once(&scene, MCP_OK).version, MCP_VERSION_2026_07_28);
    close_scene(&scene);
}

/* --- stdio ------------------------------------------------------------------------------------ */

#define HELLO                                                                                      \
    "{\\\"protocolVersion\\\":\\\"2025-06-18\\\",\\\"capabilities\\\":{},"                         \
    "\\\"serverInfo\\\":{\\\"name\\\":\\\"s\\\",\\\"version\\\":\\\"1\\\"}}"

static struct mcp_dial_state connect_shell(struct mcp_loop *loop, const char *script,
                                           enum mcp_code want) {
    const char *const argv[] = {"sh", "-c", script, NULL};
    const struct mcp_dial_target target = {.argv = argv};
    struct mcp_dial *dial = open_dial(loop, &target);
    struct mcp_dial_state state;
    struct mcp_err err = {0};
    enum mcp_code code = mcp_dial_connect_wait(dial, 5000, &err);
    if (code != want)
        print_error("%s: %s\n", err.where, err.what);
    assert_int_equal(code, want);
    mcp_dial_describe(dial, &state);
    mcp_dial_free(dial);
    return state;
}

static void a_modern_child_is_found(void **state) {
    (void)state;
    struct mcp_loop *loop = NULL;
    static const char script[] =
        "read -r line; case $line in *server/discover*) echo "
        "'{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"supportedVersions\":[\"2026-07-28\"],"
        "\"capabilities\":{}}}';; esac; read -r line";
    assert_int_equal(mcp_loop_new(&loop, NULL), MCP_OK);
    assert_int_equal(connect_shell(loop, script, MCP_OK).version, MCP_VERSION_2026_07_28);
    mcp_loop_free(loop);
}

static void a_silent_child_is_initialized(void **state) {
    (void)state;
    struct mcp_loop *loop = NULL;
    static const char script[] =
        "while read -r line; do case $line in *'\"initialize\"'*) "
        "id=${line#*'\"id\":'}; echo \"{\\\"jsonrpc\\\":\\\"2.0\\\",\\\"id\\\":${id%%,*},"
        "\\\"result\\\":" HELLO "}\";; esac; done";
    assert_int_equal(mcp_loop_new(&loop, NULL), MCP_OK);
    uint64_t before = rig_now_ms();
    assert_int_equal(connect_shell(loop, script, MCP_OK).version, MCP_VERSION_2025_06_18);
    assert_true(rig_now_ms() - before >= 300);
    before = rig_now_ms();
    assert_int_equal(connect_shell(loop, script, MCP_OK).version, MCP_VERSION_2025_06_18);
    assert_true(rig_now_ms() - before < 300); /* it is known by now */
    mcp_loop_free(loop);
}

static void a_child_that_ends_at_the_question_is_not_asked_again(void **state) {
    (void)state;
    struct mcp_loop *loop = NULL;
    static const char script[] =
        "read -r line; case $line in *'\"initialize\"'*) "
        "id=${line#*'\"id\":'}; echo \"{\\\"jsonrpc\\\":\\\"2.0\\\",\\\"id\\\":${id%%,*},"
        "\\\"result\\\":" HELLO "}\"; read -r line; read -r line;; *) exit 1;; esac";
    assert_int_equal(mcp_loop_new(&loop, NULL), MCP_OK);
    (void)connect_shell(loop, script, MCP_E_PEER);
    assert_int_equal(connect_shell(loop, script, MCP_OK).version, MCP_VERSION_2025_06_18);
    mcp_loop_free(loop);
}

#define RIG_TEST(name) cmocka_unit_test_setup_teardown(name, rig_set_up, rig_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        RIG_TEST(modern_messages_say_it_in_their_headers),
        RIG_TEST(a_modern_request_given_up_is_closed),
        RIG_TEST(a_modern_server_is_asked_each_time),
        RIG_TEST(a_legacy_server_is_asked_once),
        RIG_TEST(a_server_of_the_older_transport_is_asked_once),
        RIG_TEST(a_failure_forgets_what_a_server_was),
        RIG_TEST(a_change_is_noticed_from_the_error),
        RIG_TEST(a_modern_child_is_found),
        RIG_TEST(a_silent_child_is_initialized),
        RIG_TEST(a_child_that_ends_at_the_question_is_not_asked_again),
    };
    return cmocka_run_group_tests_name("dial.era", tests, NULL, NULL);
}
