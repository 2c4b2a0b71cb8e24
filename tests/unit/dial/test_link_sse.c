/* SPDX-License-Identifier: MIT */
/* HTTP+SSE of 2024-11-05 against a scripted server, and finding out that it is needed. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dial_rig.h"

struct script {
    const char *endpoint;   /* data of the endpoint event; NULL: none comes */
    const char *events;     /* more events right after it */
    const char *get_status; /* instead of a stream */
    const char *get_type;   /* media type of the stream; NULL: an event stream */
    const char *url_status; /* of a POST to the stream's own URL; NULL: 405 */
    const char *url_body;
    const char *post_status; /* of requests after the handshake; NULL: 202 and an answer */
    bool ends_after_hello;   /* the stream ends after the answer to initialize */
    bool is_slow;
    int endpoint_ms;       /* time before the endpoint event */
    pthread_mutex_t mutex; /* guards: stream, and what is written to it */
    struct script_peer *stream;
};

static void send_event(struct script *script, const char *request_body, const char *result) {
    char answer[2048];
    char event[4096];
    rig_result(request_body, result, answer, sizeof answer);
    (void)snprintf(event, sizeof event, "event: message\r\ndata: %s\r\n\r\n", answer);
    (void)pthread_mutex_lock(&script->mutex);
    if (script->stream != NULL && script->is_slow)
        script_send_slowly(script->stream, event);
    else if (script->stream != NULL)
        script_send(script->stream, event);
    (void)pthread_mutex_unlock(&script->mutex);
}

static bool open_stream(struct script_peer *peer, struct script *script) {
    char event[1024];
    if (script->get_status != NULL) {
        script_reply(peer, script->get_status, "", "");
        return true;
    }
    if (script->get_type != NULL) {
        script_reply(peer, "200 OK", script->get_type, "{}");
        return true;
    }
    script_open_stream(peer, "");
    script_sleep_ms(script->endpoint_ms);
    (void)pthread_mutex_lock(&script->mutex);
    script->stream = peer;
    if (script->endpoint != NULL) {
        (void)snprintf(event, sizeof event, "event: endpoint\r\ndata: %s\r\n\r\n%s",
                       script->endpoint, script->events != NULL ? script->events : "");
        script_send(peer, event);
    }
    (void)pthread_mutex_unlock(&script->mutex);
    script_wait_closed(peer);
    (void)pthread_mutex_lock(&script->mutex);
    script->stream = NULL;
    (void)pthread_mutex_unlock(&script->mutex);
    return false;
}

static bool answer(struct script_peer *peer, const struct script_request *request, void *user) {
    struct script *script = user;
    bool is_first = strstr(request->body, "\"initialize\"") != NULL;
    if (strcmp(request->method, "GET") == 0)
        return open_stream(peer, script);
    if (strcmp(request->path, "/sse") == 0) {
        script_reply(peer, script->url_status != NULL ? script->url_status : "405 No",
                     "Content-Type: application/json\r\n",
                     script->url_body != NULL ? script->url_body : "");
        return true;
    }
    if (!is_first && script->post_status != NULL) {
        script_reply(peer, script->post_status, "", "sorry");
        return true;
    }
    script_reply(peer, "202 Accepted", "", "Accepted");
    if (strstr(request->body, "\"id\"") != NULL)
        send_event(script, request->body, is_first ? rig_hello : "{\"ok\":true}");
    if (is_first && script->ends_after_hello) {
        script_sleep_ms(50);
        (void)pthread_mutex_lock(&script->mutex);
        script_send(script->stream, "event: message\r\ndata: {\"half");
        script_hang_up(script->stream);
        (void)pthread_mutex_unlock(&script->mutex);
    }
    return true;
}

struct scene {
    struct script_server *server;
    struct rig rig;
    char url[256];
};

static void open_scene(struct scene *scene, struct script *script,
                       enum mcp_dial_transport transport) {
    (void)pthread_mutex_init(&script->mutex, NULL);
    scene->server = script_server_start(answer, script);
    rig_open_url(&scene->rig, transport, script_server_url(scene->server, "/sse", scene->url));
}

static void close_scene(struct scene *scene) {
    rig_close(&scene->rig);
    script_server_stop(scene->server);
}

static void expect_works(struct script *script, enum mcp_dial_transport transport) {
    struct scene scene = {.rig = {0}};
    struct mcp_dial_state known;
    open_scene(&scene, script, transport);
    enum mcp_code code = rig_connect(&scene.rig, 3000);
    if (code != MCP_OK)
        print_error("%s: %s\n", scene.rig.err.where, scene.rig.err.what);
    assert_int_equal(code, MCP_OK);
    assert_int_equal(rig_request(&scene.rig, "tools/list", 3000, "{\"ok\":true}"), MCP_OK);
    mcp_dial_describe(scene.rig.dial, &known);
    assert_true(known.is_ready);
    assert_int_equal(known.transport, MCP_DIAL_SSE);
    assert_int_equal(known.version, MCP_VERSION_2025_06_18);
    close_scene(&scene);
}

static void expect_no_connection(struct script *script, enum mcp_dial_transport transport,
                                 enum mcp_code want, const char *what) {
    struct scene scene = {.rig = {0}};
    open_scene(&scene, script, transport);
    enum mcp_code code = rig_connect(&scene.rig, 500);
    if (code != want || strstr(scene.rig.err.what, what) == NULL)
        print_error("%s %s: %s\n", mcp_code_name(code), scene.rig.err.where, scene.rig.err.what);
    assert_int_equal(code, want);
    assert_non_null(strstr(scene.rig.err.what, what));
    close_scene(&scene);
}

/* --- the transport ---------------------------------------------------------------------------- */

/* C-11 */
static void answers_come_on_the_stream(void **state) {
    (void)state;
    struct script script = {.endpoint = "/messages?session_id=1"};
    expect_works(&script, MCP_DIAL_SSE);
}

static void streams_split_at_every_byte(void **state) {
    (void)state;
    struct script script = {.endpoint = "messages", .is_slow = true};
    expect_works(&script, MCP_DIAL_SSE);
}

/* C-11 */
static void messages_wait_for_the_endpoint(void **state) {
    (void)state;
    struct script script = {.endpoint = "/messages", .endpoint_ms = 150};
    expect_works(&script, MCP_DIAL_SSE);
}

static void the_first_endpoint_counts(void **state) {
    (void)state;
    struct script script = {.endpoint = "/messages",
                            .events = "event: endpoint\r\ndata: http://evil.invalid/x\r\n\r\n"
                                      "event: unknown\r\ndata: {}\r\n\r\n"};
    expect_works(&script, MCP_DIAL_SSE);
}

static void an_absolute_endpoint_of_the_same_origin(void **state) {
    (void)state;
    static char endpoint[300];
    char url[256];
    struct script script = {.endpoint = endpoint};
    struct scene scene = {.rig = {0}};
    open_scene(&scene, &script, MCP_DIAL_SSE);
    (void)snprintf(endpoint, sizeof endpoint, "%s",
                   script_server_url(scene.server, "/messages?x=1", url));
    assert_int_equal(rig_connect(&scene.rig, 2000), MCP_OK);
    close_scene(&scene);
}

/* C-11 */
static void foreign_endpoints_are_refused(void **state) {
    (void)state;
    static const char *const foreign[] = {
        "https://evil.invalid/x", "//evil.invalid/x",   "http://127.0.0.1:1/x",
        "https://127.0.0.1/x",    "http://localhost/x", "http://good@evil.invalid/",
        "javascript:alert(1)",    "file:///etc/passwd", "\\\\evil.invalid\\x",
        "http://[::1]/x",         "/mess ages",
    };
    for (size_t i = 0; i < MCP_COUNT(foreign); i++) {
        struct script script = {.endpoint = foreign[i]};
        expect_no_connection(&script, MCP_DIAL_SSE, MCP_E_DENIED, "as its endpoint");
    }
}

static void an_endpoint_with_a_user_name_is_refused(void **state) {
    (void)state;
    static char endpoint[300];
    char url[256];
    struct script script = {.endpoint = endpoint};
    struct scene scene = {.rig = {0}};
    open_scene(&scene, &script, MCP_DIAL_SSE);
    script_server_url(scene.server, "/messages", url);
    (void)snprintf(endpoint, sizeof endpoint, "http://u:p@%s", url + strlen("http://"));
    assert_int_equal(rig_connect(&scene.rig, 2000), MCP_E_DENIED);
    assert_non_null(strstr(scene.rig.err.what, "user name"));
    close_scene(&scene);
}

static void without_an_endpoint_the_deadline_ends_it(void **state) {
    (void)state;
    struct script script = {.endpoint = NULL};
    expect_no_connection(&script, MCP_DIAL_SSE, MCP_E_TIMEOUT, "no answer within 500 ms");
}

static void a_refused_stream(void **state) {
    (void)state;
    struct script missing = {.get_status = "404 Not Found"};
    struct script locked = {.get_status = "401 Unauthorized"};
    struct script html = {.get_type = "Content-Type: text/html\r\n"};
    expect_no_connection(&missing, MCP_DIAL_SSE, MCP_E_NOT_FOUND, "404");
    expect_no_connection(&locked, MCP_DIAL_SSE, MCP_E_DENIED, "401");
    expect_no_connection(&html, MCP_DIAL_SSE, MCP_E_PEER, "not an event stream but \"text/html\"");
}

static void a_refused_message_fails_its_request(void **state) {
    (void)state;
    struct script script = {.endpoint = "/messages", .post_status = "404 Not Found"};
    struct scene scene = {.rig = {0}};
    open_scene(&scene, &script, MCP_DIAL_SSE);
    assert_int_equal(rig_connect(&scene.rig, 2000), MCP_OK);
    assert_int_equal(rig_request(&scene.rig, "tools/list", 2000, NULL), MCP_E_NOT_FOUND);
    assert_non_null(strstr(scene.rig.err.what, "sorry"));
    close_scene(&scene);
}

static void the_connection_ends_with_its_stream(void **state) {
    (void)state;
    struct script script = {.endpoint = "/messages", .ends_after_hello = true};
    struct scene scene = {.rig = {0}};
    open_scene(&scene, &script, MCP_DIAL_SSE);
    assert_int_equal(rig_connect(&scene.rig, 2000), MCP_OK);
    assert_true(rig_wait(&scene.rig.downs, 1));
    assert_non_null(strstr(scene.rig.down.what, "closed the event stream"));
    assert_int_equal(rig_request(&scene.rig, "tools/list", 2000, NULL), MCP_E_STATE);
    assert_int_equal(rig_read(&scene.rig.ignored), 0);
    close_scene(&scene);
}

/* --- finding out ------------------------------------------------------------------------------ */

static void falls_back_when_the_url_takes_no_post(void **state) {
    (void)state;
    static const char *const statuses[] = {"400 Bad", "404 Not Found", "405 Method Not Allowed"};
    for (size_t i = 0; i < MCP_COUNT(statuses); i++) {
        struct script script = {.endpoint = "/messages", .url_status = statuses[i]};
        expect_works(&script, MCP_DIAL_AUTO);
    }
}

static void does_not_fall_back_from_other_refusals(void **state) {
    (void)state;
    struct script broken = {.endpoint = "/messages", .url_status = "500 Oops"};
    struct script locked = {.endpoint = "/messages", .url_status = "401 No"};
    struct script spoken = {
        .endpoint = "/messages",
        .url_status = "400 Bad",
        .url_body =
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32021,\"message\":\"mine\"}}"};
    expect_no_connection(&broken, MCP_DIAL_AUTO, MCP_E_PEER, "HTTP 500");
    expect_no_connection(&locked, MCP_DIAL_AUTO, MCP_E_DENIED, "HTTP 401");
    expect_no_connection(&spoken, MCP_DIAL_AUTO, MCP_E_PEER, "mine");
}

static void falls_back_from_an_error_that_is_not_modern(void **state) {
    (void)state;
    struct script script = {
        .endpoint = "/messages",
        .url_status = "400 Bad",
        .url_body =
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32600,\"message\":\"no\"}}"};
    expect_works(&script, MCP_DIAL_AUTO);
}

static void names_both_refusals(void **state) {
    (void)state;
    struct script script = {.url_status = "404 Not Found", .get_status = "403 Forbidden"};
    expect_no_connection(&script, MCP_DIAL_AUTO, MCP_E_DENIED,
                         "neither Streamable HTTP (HTTP 404: nothing is served under this path) "
                         "nor HTTP+SSE (HTTP 403");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(answers_come_on_the_stream, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(streams_split_at_every_byte, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(messages_wait_for_the_endpoint, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(the_first_endpoint_counts, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(an_absolute_endpoint_of_the_same_origin, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(foreign_endpoints_are_refused, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(an_endpoint_with_a_user_name_is_refused, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(without_an_endpoint_the_deadline_ends_it, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(a_refused_stream, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(a_refused_message_fails_its_request, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(the_connection_ends_with_its_stream, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(falls_back_when_the_url_takes_no_post, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(does_not_fall_back_from_other_refusals, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(falls_back_from_an_error_that_is_not_modern, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(names_both_refusals, rig_set_up, rig_tear_down),
    };
    return cmocka_run_group_tests_name("dial.link_sse", tests, NULL, NULL);
}
