/* SPDX-License-Identifier: MIT */
/* Browsers: preflights, and which answers a page may read. */
#include "live.h"

#define PING   "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\"}"
#define APP    "https://app.example.com"
#define LOCAL  "http://localhost:6274"
#define LISTED "Mcp-Session-Id, MCP-Protocol-Version, WWW-Authenticate"

static struct live_answer answer;
static const struct mcp_bearer ann = {"ann", "0123456789abcdef"};
static const char *const origins[] = {APP};
static const struct mcp_listen_options with_token = {
    .bearers = &ann, .bearer_count = 1, .allowed_origins = origins, .allowed_origin_count = 1};
static struct live live;
static struct live_peer peer;

static void open_live(const struct mcp_listen_options *options) {
    live_start(&live, options);
    live_connect(&live, &peer);
}

static void close_live(void) {
    live_close(&peer);
    live_stop(&live);
}

static void preflight(const char *path, const char *origin, const char *more) {
    live_print(&peer,
               "OPTIONS %s HTTP/1.1\r\nHost: localhost:%u\r\nOrigin: %s\r\n"
               "Access-Control-Request-Method: POST\r\n%s\r\n",
               path, (unsigned)peer.port, origin, more);
    live_read(&peer, &answer);
}

static void post(const char *origin, const char *more, const char *body) {
    live_print(&peer,
               "POST /mcp HTTP/1.1\r\nHost: localhost:%u\r\nOrigin: %s\r\n"
               "Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n"
               "%sContent-Length: %zu\r\n\r\n%s",
               (unsigned)peer.port, origin, more, strlen(body), body);
    live_read_head(&peer, &answer);
}

/* No header that lets a page do anything. */
static void expect_nothing_allowed(void) {
    assert_null(strstr(answer.head, "Access-Control-"));
}

static void a_listed_origin_is_told_what_it_may_send(void **state) {
    (void)state;
    static const struct {
        const char *path;
        const char *methods;
    } rows[] = {{"/mcp", "GET, POST, DELETE, OPTIONS"},
                {"/sse", "GET, OPTIONS"},
                {"/messages/", "POST, OPTIONS"}};
    open_live(&with_token);
    for (size_t i = 0; i < MCP_COUNT(rows); i++) {
        preflight(rows[i].path, APP, ""); /* browsers send no token with it */
        assert_int_equal(answer.status, 204);
        assert_string_equal(live_header(&answer, "Access-Control-Allow-Origin"), APP);
        assert_string_equal(live_header(&answer, "Access-Control-Allow-Methods"), rows[i].methods);
        assert_string_equal(live_header(&answer, "Access-Control-Max-Age"), "600");
        assert_string_equal(live_header(&answer, "Vary"), "Origin");
        assert_string_equal(live_header(&answer, "Access-Control-Allow-Credentials"), "");
    }
    close_live();
}

static void the_protocols_headers_may_be_sent(void **state) {
    (void)state;
    static const char *const known[] = {"Authorization", "Content-Type",   "Accept",
                                        "Last-Event-ID", "Mcp-Session-Id", "MCP-Protocol-Version",
                                        "Mcp-Method",    "Mcp-Name"};
    open_live(&with_token);
    preflight("/mcp", APP,
              "Access-Control-Request-Headers: authorization,mcp-param-region, X-Evil\r\n");
    const char *names = live_header(&answer, "Access-Control-Allow-Headers");
    for (size_t i = 0; i < MCP_COUNT(known); i++)
        assert_non_null(strstr(names, known[i]));
    assert_non_null(strstr(names, ", mcp-param-region"));
    assert_null(strstr(names, "X-Evil"));
    preflight("/mcp", APP, "Access-Control-Request-Headers: mcp-param-, *\r\n");
    names = live_header(&answer, "Access-Control-Allow-Headers");
    assert_null(strstr(names, "mcp-param-"));
    assert_null(strchr(names, '*'));
    close_live();
}

static void more_names_than_fit_are_told_none(void **state) {
    (void)state;
    char asked[3000] = "Access-Control-Request-Headers: ";
    size_t len = strlen(asked);
    for (int i = 0; i < 100; i++)
        len += (size_t)snprintf(asked + len, sizeof asked - len, "mcp-param-abcdefghij%03d,", i);
    (void)snprintf(asked + len - 1, sizeof asked - len + 1, "\r\n");
    open_live(&with_token);
    preflight("/mcp", APP, asked);
    assert_int_equal(answer.status, 204);
    assert_string_equal(live_header(&answer, "Access-Control-Allow-Headers"), "");
    close_live();
}

static void an_unlisted_origin_is_told_nothing(void **state) {
    (void)state;
    static const char *const others[] = {"https://evil.com",
                                         "https://app.example.com.evil.com",
                                         "https://app.example.com:8443",
                                         "http://app.example.com",
                                         "https://localhost.evil.com",
                                         "http://localhost@evil.com",
                                         "null",
                                         ""};
    open_live(&with_token);
    for (size_t i = 0; i < MCP_COUNT(others); i++) {
        preflight("/mcp", others[i], "");
        assert_int_equal(answer.status, 403);
        expect_nothing_allowed();
        post(others[i], "Authorization: Bearer 0123456789abcdef\r\n", "{}");
        assert_int_equal(answer.status, 403);
        expect_nothing_allowed();
        live_close(&peer);
        live_connect(&live, &peer);
    }
    assert_int_equal(atomic_load(&live.calls), 0);
    close_live();
}

static void a_refusal_can_be_read_with_its_challenge(void **state) {
    (void)state;
    open_live(&with_token);
    post(APP, "", "{}");
    assert_int_equal(answer.status, 401);
    assert_string_equal(live_header(&answer, "Access-Control-Allow-Origin"), APP);
    assert_string_equal(live_header(&answer, "Access-Control-Expose-Headers"), LISTED);
    assert_string_equal(live_header(&answer, "WWW-Authenticate"), "Bearer");
    close_live();
}

static void answers_sessions_and_streams_can_be_read(void **state) {
    (void)state;
    static const char initialize[] =
        "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{\"protocolVersion\":"
        "\"2025-06-18\",\"capabilities\":{},\"clientInfo\":{\"name\":\"t\",\"version\":\"1\"}}}";
    char more[160];
    open_live(NULL); /* pages of programs on this machine need not be listed */
    post(LOCAL, "", initialize);
    assert_int_equal(answer.status, 200);
    assert_string_equal(live_header(&answer, "Access-Control-Allow-Origin"), LOCAL);
    assert_string_equal(live_header(&answer, "Access-Control-Expose-Headers"), LISTED);
    (void)snprintf(more, sizeof more, "Mcp-Session-Id: %s\r\n",
                   live_header(&answer, "Mcp-Session-Id"));
    live_close(&peer);
    live_connect(&live, &peer);
    post(LOCAL, more, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}");
    assert_int_equal(answer.status, 202);
    assert_string_equal(live_header(&answer, "Access-Control-Allow-Origin"), LOCAL);
    live_close(&peer);
    live_connect(&live, &peer);
    post(LOCAL, more, live_call(1, "tell", "{\"n\":1}", true));
    assert_string_equal(live_header(&answer, "Content-Type"), "text/event-stream");
    assert_string_equal(live_header(&answer, "Access-Control-Allow-Origin"), LOCAL);
    close_live();
}

static void who_is_no_page_gets_none_of_it(void **state) {
    (void)state;
    open_live(NULL);
    live_print(&peer, "OPTIONS /mcp HTTP/1.1\r\nHost: localhost:%u\r\n\r\n", (unsigned)live.port);
    live_read(&peer, &answer);
    assert_int_equal(answer.status, 204);
    assert_string_equal(live_header(&answer, "Allow"), "GET, POST, DELETE, OPTIONS");
    expect_nothing_allowed();
    live_post(&peer, "", "", PING);
    live_read(&peer, &answer);
    expect_nothing_allowed();
    close_live();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_listed_origin_is_told_what_it_may_send),
        cmocka_unit_test(the_protocols_headers_may_be_sent),
        cmocka_unit_test(more_names_than_fit_are_told_none),
        cmocka_unit_test(an_unlisted_origin_is_told_nothing),
        cmocka_unit_test(a_refusal_can_be_read_with_its_challenge),
        cmocka_unit_test(answers_sessions_and_streams_can_be_read),
        cmocka_unit_test(who_is_no_page_gets_none_of_it),
    };
    return cmocka_run_group_tests_name("listen.http_cors", tests, NULL, NULL);
}
