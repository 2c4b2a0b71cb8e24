/* SPDX-License-Identifier: MIT */
/* Requests and answers over real sockets. */
#include <unistd.h>

#include "live.h"

#define PING   "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\"}"
#define LEGACY "2025-06-18"

static struct live_answer answer;

static bool holds(const char *text) {
    if (strstr(answer.body, text) != NULL)
        return true;
    print_error("%u %.400s\n", answer.status, answer.body);
    return false;
}

/* S-17, S-18, S-21 */
static void initialize_opens_a_session(void **state) {
    (void)state;
    struct live live;
    struct live_peer peer;
    char session[65];
    live_start(&live, NULL);
    live_connect(&live, &peer);
    live_open_session(&peer, LEGACY, session);
    assert_int_equal(strlen(session), 32);
    live_post(&peer, session, LEGACY, PING);
    live_read(&peer, &answer);
    assert_int_equal(answer.status, 200);
    assert_string_equal(live_header(&answer, "Content-Type"), "application/json");
    assert_string_equal(answer.body, "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}");
    live_close(&peer);
    live_stop(&live);
}

static void answers_come_from_this_thread_a_worker_or_later(void **state) {
    (void)state;
    struct live live;
    struct live_peer peer;
    char session[65];
    live_start(&live, NULL);
    live_connect(&live, &peer);
    live_open_session(&peer, LEGACY, session);
    live_post(&peer, session, LEGACY, live_call(1, "echo", "{\"text\":\"inline\"}", false));
    live_read(&peer, &answer);
    assert_true(answer.status == 200 && holds("inline"));
    live_post(&peer, session, LEGACY, live_call(2, "wait", "{}", false));
    live_wait_count(&live.calls, 2);
    live_open_gate();
    live_read(&peer, &answer);
    assert_true(answer.status == 200 && holds("waited"));
    live_post(&peer, session, LEGACY, live_call(3, "later", "{}", false));
    live_finish_later("at last");
    live_read(&peer, &answer);
    assert_true(answer.status == 200 && holds("at last"));
    assert_string_equal(live_header(&answer, "Content-Type"), "application/json");
    live_close(&peer);
    live_stop(&live);
}

static void big_and_small_resources_arrive_whole(void **state) {
    (void)state;
    struct live live;
    struct live_peer peer;
    char session[65];
    live_start(&live, NULL);
    live_connect(&live, &peer);
    live_open_session(&peer, LEGACY, session);
    for (int i = 0; i < 20; i++) {
        bool is_big = i % 2 == 1;
        char body[256];
        (void)snprintf(body, sizeof body,
                       "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"resources/read\",\"params\":{"
                       "\"uri\":\"test://%s\"}}",
                       i, is_big ? "big" : "small");
        live_post(&peer, session, LEGACY, body);
        live_read(&peer, &answer);
        assert_int_equal(answer.status, 200);
        assert_true(answer.body_len > (is_big ? LIVE_BIG_BYTES : 1024));
        assert_string_equal(answer.body + answer.body_len - 3, "]}}");
    }
    live_close(&peer);
    live_stop(&live);
}

static void a_modern_request_needs_no_session(void **state) {
    (void)state;
    struct live live;
    struct live_peer peer;
    const char *body =
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"resources/read\",\"params\":{\"uri\":"
        "\"test://small\",\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
        "\"io.modelcontextprotocol/clientCapabilities\":{}}}}";
    live_start(&live, NULL);
    live_connect(&live, &peer);
    live_print(&peer,
               "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nContent-Type: application/json\r\n"
               "Accept: application/json, text/event-stream\r\nMCP-Protocol-Version: 2026-07-28\r\n"
               "Mcp-Method: resources/read\r\nMcp-Name: test://small\r\nMcp-Session-Id: none\r\n"
               "Content-Length: %zu\r\n\r\n%s",
               (unsigned)live.port, strlen(body), body);
    live_read(&peer, &answer);
    assert_int_equal(answer.status, 200);
    assert_string_equal(live_header(&answer, "Mcp-Session-Id"), "");
    assert_true(holds("resultType"));
    live_print(&peer,
               "GET /mcp HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nAccept: text/event-stream\r\n"
               "MCP-Protocol-Version: 2026-07-28\r\n\r\n",
               (unsigned)live.port);
    live_read(&peer, &answer);
    assert_int_equal(answer.status, 405);
    assert_string_equal(live_header(&answer, "Allow"), "POST");
    live_close(&peer);
    live_stop(&live);
}

/* One request on its way in two pieces, at every place. */
static void a_request_may_be_split_at_every_byte(void **state) {
    (void)state;
    struct live live;
    struct live_peer peer;
    char session[65];
    char request[1024];
    live_start(&live, NULL);
    live_connect(&live, &peer);
    live_open_session(&peer, LEGACY, session);
    int len = snprintf(request, sizeof request,
                       "POST /mcp HTTP/1.1\r\nHost: localhost:%u\r\nContent-Type: "
                       "application/json\r\nAccept: application/json, text/event-stream\r\n"
                       "Mcp-Session-Id: %s\r\nContent-Length: %zu\r\n\r\n%s",
                       (unsigned)live.port, session, strlen(PING), PING);
    assert_true(len > 0 && (size_t)len < sizeof request);
    for (size_t at = 1; at < (size_t)len; at++) {
        live_write(&peer, request, at);
        (void)usleep(200); /* two segments, most likely; the answer must be the same anyway */
        live_write(&peer, request + at, (size_t)len - at);
        live_read(&peer, &answer);
        assert_int_equal(answer.status, 200);
        assert_true(holds("\"id\":7,\"result\":{}"));
    }
    for (size_t at = 0; at < (size_t)len; at++)
        live_write(&peer, request + at, 1);
    live_read(&peer, &answer);
    assert_int_equal(answer.status, 200);
    live_close(&peer);
    live_stop(&live);
}

static void pipelined_requests_are_answered_in_order(void **state) {
    (void)state;
    struct live live;
    struct live_peer peer;
    char session[65];
    char all[32768] = "";
    size_t len = 0;
    live_start(&live, NULL);
    live_connect(&live, &peer);
    live_open_session(&peer, LEGACY, session);
    live_open_gate();
    for (int i = 0; i < 20; i++) {
        const char *body = i % 3 == 2 ? live_call(i, "wait", "{}", false)
                                      : live_call(i, "echo", "{\"text\":\"x\"}", false);
        len += (size_t)snprintf(all + len, sizeof all - len,
                                "POST /mcp HTTP/1.1\r\nHost: localhost:%u\r\nContent-Type: "
                                "application/json\r\nAccept: */*\r\nMcp-Session-Id: %s\r\n"
                                "Content-Length: %zu\r\n\r\n%s",
                                (unsigned)live.port, session, strlen(body), body);
    }
    live_write(&peer, all, len);
    for (int i = 0; i < 20; i++) {
        char id[32];
        (void)snprintf(id, sizeof id, "\"id\":%d,", i);
        live_read(&peer, &answer);
        assert_int_equal(answer.status, 200);
        assert_true(holds(id));
    }
    live_close(&peer);
    live_stop(&live);
}

static void a_chunked_body_is_put_together(void **state) {
    (void)state;
    struct live live;
    struct live_peer peer;
    char session[65];
    live_start(&live, NULL);
    live_connect(&live, &peer);
    live_open_session(&peer, LEGACY, session);
    live_print(&peer,
               "POST /mcp HTTP/1.1\r\nHost: localhost:%u\r\nContent-Type: application/json\r\n"
               "Accept: */*\r\nMcp-Session-Id: %s\r\nTransfer-Encoding: chunked\r\n\r\n"
               "10\r\n{\"jsonrpc\":\"2.0\"\r\n18\r\n,\"id\":7,\"method\":\"ping\"}\r\n0\r\n\r\n",
               (unsigned)live.port, session);
    live_read(&peer, &answer);
    assert_int_equal(answer.status, 200);
    assert_true(holds("\"id\":7"));
    live_close(&peer);
    live_stop(&live);
}

static void a_peer_may_ask_before_it_sends_the_body(void **state) {
    (void)state;
    struct live live;
    struct live_peer peer;
    char session[65];
    live_start(&live, NULL);
    live_connect(&live, &peer);
    live_open_session(&peer, LEGACY, session);
    live_print(&peer,
               "POST /mcp HTTP/1.1\r\nHost: localhost:%u\r\nContent-Type: application/json\r\n"
               "Accept: */*\r\nMcp-Session-Id: %s\r\nExpect: 100-continue\r\nContent-Length: "
               "%zu\r\n\r\n",
               (unsigned)live.port, session, strlen(PING));
    live_read_head(&peer, &answer);
    assert_int_equal(answer.status, 100);
    live_print(&peer, "%s", PING);
    live_read(&peer, &answer);
    assert_int_equal(answer.status, 200);
    /* what is refused is refused at once, without the 100 */
    live_print(&peer,
               "POST /mcp HTTP/1.1\r\nHost: localhost:%u\r\nContent-Type: application/json\r\n"
               "Accept: */*\r\nExpect: 100-continue\r\nContent-Length: 99000000\r\n\r\n",
               (unsigned)live.port);
    live_read(&peer, &answer);
    assert_int_equal(answer.status, 413);
    live_close(&peer);
    live_stop(&live);
}

static void http_1_0_is_answered_and_closed(void **state) {
    (void)state;
    struct live live;
    struct live_peer peer;
    live_start(&live, NULL);
    live_connect(&live, &peer);
    live_print(&peer, "GET /nope HTTP/1.0\r\nHost: localhost:%u\r\n\r\n", (unsigned)live.port);
    live_read(&peer, &answer);
    assert_int_equal(answer.status, 404);
    assert_true(live_is_closed(&peer));
    live_close(&peer);
    live_stop(&live);
}

/* "%u" stands for the port. */
static const struct refusal {
    const char *name;
    const char *request;
    const char *header; /* name of a header that must be there, or NULL */
    const char *value;
    unsigned status;
    bool is_closed;
} refusals[] = {
    {"two lengths",
     "POST /mcp HTTP/1.1\r\nHost: localhost:%u\r\nContent-Length: 5\r\nContent-Length: "
     "6\r\n\r\n12345",
     "Connection", "close", 400, true},
    {"length and chunked",
     "POST /mcp HTTP/1.1\r\nHost: localhost:%u\r\nContent-Length: 4\r\nTransfer-Encoding: "
     "chunked\r\n\r\n0\r\n\r\n",
     NULL, NULL, 400, true},
    {"odd transfer encoding",
     "POST /mcp HTTP/1.1\r\nHost: localhost:%u\r\nTransfer-Encoding: gzip\r\n\r\n", NULL, NULL, 400,
     true},
    {"two hosts", "GET /health HTTP/1.1\r\nHost: localhost:%u\r\nHost: evil\r\n\r\n", NULL, NULL,
     400, true},
    {"no host", "GET /health HTTP/1.1\r\nX: %u\r\n\r\n", NULL, NULL, 400, true},
    {"encoded nul", "GET /health%00/evil HTTP/1.1\r\nHost: localhost:%u\r\n\r\n", NULL, NULL, 400,
     true},
    {"absolute target", "GET http://localhost/health HTTP/1.1\r\nHost: localhost:%u\r\n\r\n", NULL,
     NULL, 400, true},
    {"unknown method", "BREW /mcp HTTP/1.1\r\nHost: localhost:%u\r\n\r\n", NULL, NULL, 501, true},
    {"other host", "GET /health HTTP/1.1\r\nHost: evil.com:%u\r\n\r\n", NULL, NULL, 403, false},
    {"other origin",
     "GET /health HTTP/1.1\r\nHost: localhost:%u\r\nOrigin: http://evil.com\r\n\r\n", NULL, NULL,
     403, false},
    {"through a proxy",
     "GET /health HTTP/1.1\r\nHost: localhost:%u\r\nX-Forwarded-For: 127.0.0.1\r\n\r\n", NULL, NULL,
     403, true},
    {"no such page", "GET /nope HTTP/1.1\r\nHost: localhost:%u\r\n\r\n", NULL, NULL, 404, false},
    {"method of mcp", "PUT /mcp HTTP/1.1\r\nHost: localhost:%u\r\nContent-Length: 3\r\n\r\nabc",
     "Allow", "GET, POST, DELETE", 405, false},
    {"method of sse", "POST /sse HTTP/1.1\r\nHost: localhost:%u\r\nContent-Length: 0\r\n\r\n",
     "Allow", "GET", 405, false},
    {"method of messages", "GET /messages/ HTTP/1.1\r\nHost: localhost:%u\r\n\r\n", "Allow", "POST",
     405, false},
    {"media type",
     "POST /mcp HTTP/1.1\r\nHost: localhost:%u\r\nContent-Type: text/plain\r\nAccept: "
     "*/*\r\nContent-Length: 2\r\n\r\n{}",
     NULL, NULL, 415, false},
    {"accept",
     "POST /mcp HTTP/1.1\r\nHost: localhost:%u\r\nContent-Type: application/json\r\nAccept: "
     "application/json\r\nContent-Length: 2\r\n\r\n{}",
     NULL, NULL, 406, false},
    {"accept of get", "GET /mcp HTTP/1.1\r\nHost: localhost:%u\r\nAccept: application/json\r\n\r\n",
     NULL, NULL, 406, false},
    {"get without session",
     "GET /mcp HTTP/1.1\r\nHost: localhost:%u\r\nAccept: text/event-stream\r\n\r\n", NULL, NULL,
     400, false},
    {"get of unknown session",
     "GET /mcp HTTP/1.1\r\nHost: localhost:%u\r\nAccept: text/event-stream\r\nMcp-Session-Id: "
     "0123\r\n\r\n",
     NULL, NULL, 404, false},
    {"get of the modern revision",
     "GET /mcp HTTP/1.1\r\nHost: localhost:%u\r\nAccept: text/event-stream\r\n"
     "MCP-Protocol-Version: 2026-07-28\r\n\r\n",
     "Allow", "POST", 405, false},
    {"delete of the modern revision",
     "DELETE /mcp HTTP/1.1\r\nHost: localhost:%u\r\nMCP-Protocol-Version: 2026-07-28\r\n\r\n",
     "Allow", "POST", 405, false},
    {"modern get with a session, which it ignores",
     "GET /mcp HTTP/1.1\r\nHost: localhost:%u\r\nAccept: text/event-stream\r\n"
     "MCP-Protocol-Version: 2026-07-28\r\nMcp-Session-Id: 0123\r\n\r\n",
     "Allow", "POST", 405, false},
    {"delete without session", "DELETE /mcp HTTP/1.1\r\nHost: localhost:%u\r\n\r\n", NULL, NULL,
     400, false},
    {"delete of unknown session",
     "DELETE /mcp HTTP/1.1\r\nHost: localhost:%u\r\nMcp-Session-Id: 0123\r\n\r\n", NULL, NULL, 404,
     false},
    {"post of unknown session",
     "POST /mcp HTTP/1.1\r\nHost: localhost:%u\r\nContent-Type: application/json\r\nAccept: "
     "*/*\r\nMcp-Session-Id: 0123\r\nContent-Length: "
     "40\r\n\r\n{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\"}",
     NULL, NULL, 404, false},
    {"not json",
     "POST /mcp HTTP/1.1\r\nHost: localhost:%u\r\nContent-Type: application/json\r\nAccept: "
     "*/*\r\nContent-Length: 3\r\n\r\n{]x",
     NULL, NULL, 400, false},
    {"empty body",
     "POST /mcp HTTP/1.1\r\nHost: localhost:%u\r\nContent-Type: application/json\r\nAccept: "
     "*/*\r\nContent-Length: 0\r\n\r\n",
     NULL, NULL, 400, false},
    {"body too long",
     "POST /mcp HTTP/1.1\r\nHost: localhost:%u\r\nContent-Type: application/json\r\nAccept: "
     "*/*\r\nContent-Length: 4194305\r\n\r\n",
     NULL, NULL, 413, true},
    {"message without session",
     "POST /messages/ HTTP/1.1\r\nHost: localhost:%u\r\nContent-Type: "
     "application/json\r\nContent-Length: 2\r\n\r\n{}",
     NULL, NULL, 400, false},
    {"message of bad session",
     "POST /messages/?session_id=x HTTP/1.1\r\nHost: localhost:%u\r\nContent-Type: "
     "application/json\r\nContent-Length: 2\r\n\r\n{}",
     NULL, NULL, 400, false},
    {"message of unknown session",
     "POST /messages/?session_id=0123456789abcdef0123456789abcdef HTTP/1.1\r\nHost: "
     "localhost:%u\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
     NULL, NULL, 404, false},
};

static unsigned render_health(struct mcp_buf *out, void *user) {
    mcp_buf_add(out, MCP_STR("{\"status\":\"ok\"}"));
    return *(const unsigned *)user;
}

static void check_refusal(const struct live *live, const struct refusal *row) {
    struct live_peer peer;
    char request[1024];
    live_connect(live, &peer);
    const char *mark = strstr(row->request, "%u");
    assert_non_null(mark);
    (void)snprintf(request, sizeof request, "%.*s%u%s", (int)(mark - row->request), row->request,
                   (unsigned)live->port, mark + 2);
    live_write(&peer, request, strlen(request));
    live_read(&peer, &answer);
    if (answer.status != row->status)
        print_error("%s: %u %s\n", row->name, answer.status, answer.body);
    assert_int_equal(answer.status, row->status);
    if (row->header != NULL)
        assert_string_equal(live_header(&answer, row->header), row->value);
    if (strstr(request, " /mcp") != NULL && answer.body_len > 0)
        assert_true(holds("{\"jsonrpc\":\"2.0\",\"id\":") && holds("\"error\":{\"code\":-32"));
    if (row->is_closed) {
        assert_true(live_is_closed(&peer));
    } else {
        live_print(&peer, "GET /health HTTP/1.1\r\nHost: localhost:%u\r\n\r\n",
                   (unsigned)live->port);
        live_read(&peer, &answer);
        assert_int_equal(answer.status, 200);
    }
    live_close(&peer);
}

/* S-14, S-15, S-19, S-39 */
static void refusals_have_their_status_and_the_connection_stays_where_it_can(void **state) {
    (void)state;
    struct live live;
    unsigned ok = 200;
    const struct mcp_page page = {"/health", "application/json", render_health, &ok, false};
    const struct mcp_listen_options options = {.pages = &page, .page_count = 1};
    live_start(&live, &options);
    for (size_t i = 0; i < MCP_COUNT(refusals); i++)
        check_refusal(&live, &refusals[i]);
    assert_int_equal(atomic_load(&live.calls), 0);
    live_stop(&live);
}

/* The bytes behind a request with two readings must not become a request of their own. */
static void nothing_is_smuggled(void **state) {
    (void)state;
    struct live live;
    struct live_peer peer;
    char session[65];
    const char *body = live_call(1, "echo", "{\"text\":\"smuggled\"}", false);
    live_start(&live, NULL);
    live_connect(&live, &peer);
    live_open_session(&peer, LEGACY, session);
    live_print(
        &peer,
        "POST /mcp HTTP/1.1\r\nHost: localhost:%u\r\nContent-Length: 5\r\nTransfer-Encoding: "
        "chunked\r\n\r\n0\r\n\r\nPOST /mcp HTTP/1.1\r\nHost: localhost:%u\r\nContent-Type: "
        "application/json\r\nAccept: */*\r\nMcp-Session-Id: %s\r\nContent-Length: "
        "%zu\r\n\r\n%s",
        (unsigned)live.port, (unsigned)live.port, session, strlen(body), body);
    live_read(&peer, &answer);
    assert_int_equal(answer.status, 400);
    assert_true(live_is_closed(&peer));
    live_close(&peer);
    live_stop(&live);
    assert_int_equal(atomic_load(&live.calls), 0);
}

static void pages_answer_get_and_head(void **state) {
    (void)state;
    struct live live;
    struct live_peer peer;
    unsigned status = 503;
    const struct mcp_page page = {"/health", "application/json", render_health, &status, false};
    const struct mcp_listen_options options = {.pages = &page, .page_count = 1};
    live_start(&live, &options);
    live_connect(&live, &peer);
    live_print(&peer, "GET /health?verbose HTTP/1.1\r\nHost: localhost:%u\r\n\r\n",
               (unsigned)live.port);
    live_read(&peer, &answer);
    assert_int_equal(answer.status, 503);
    assert_string_equal(answer.body, "{\"status\":\"ok\"}");
    assert_string_equal(live_header(&answer, "Content-Type"), "application/json");
    live_print(&peer, "HEAD /health HTTP/1.1\r\nHost: localhost:%u\r\n\r\n", (unsigned)live.port);
    live_read_head(&peer, &answer);
    assert_int_equal(answer.status, 503);
    assert_string_equal(live_header(&answer, "Content-Length"), "15");
    live_print(&peer, "GET /health HTTP/1.1\r\nHost: localhost:%u\r\n\r\n", (unsigned)live.port);
    live_read(&peer, &answer);
    assert_int_equal(answer.status, 503);
    live_close(&peer);
    live_stop(&live);
}

static unsigned render_much(struct mcp_buf *out, void *user) {
    for (size_t i = 0; i < *(const size_t *)user; i++)
        mcp_buf_addc(out, 'x');
    return 200;
}

static void a_page_has_at_most_64_kib(void **state) {
    (void)state;
    struct live live;
    struct live_peer peer;
    size_t len = 65536;
    const struct mcp_page page = {"/much", "text/plain", render_much, &len, false};
    const struct mcp_listen_options options = {.pages = &page, .page_count = 1};
    live_start(&live, &options);
    live_connect(&live, &peer);
    for (; len <= 65537; len++) {
        live_print(&peer, "GET /much HTTP/1.1\r\nHost: localhost:%u\r\n\r\n", (unsigned)live.port);
        live_read(&peer, &answer);
        assert_int_equal(answer.status, len == 65536 ? 200 : 500);
    }
    live_close(&peer);
    live_stop(&live);
}

static void post_as(struct live_peer *peer, const char *token, const char *session,
                    const char *body) {
    live_print(peer,
               "POST /mcp HTTP/1.1\r\nHost: localhost:%u\r\nContent-Type: application/json\r\n"
               "Accept: */*\r\nAuthorization: Bearer %s\r\n%s%s%sContent-Length: %zu\r\n\r\n%s",
               (unsigned)peer->port, token, session[0] != '\0' ? "Mcp-Session-Id: " : "", session,
               session[0] != '\0' ? "\r\n" : "", strlen(body), body);
    live_read(peer, &answer);
}

static void a_session_belongs_to_its_token(void **state) {
    (void)state;
    struct live live;
    struct live_peer peer;
    char session[65];
    const struct mcp_bearer bearers[] = {{"ann", "0123456789abcdef"}, {"bob", "fedcba9876543210"}};
    const struct mcp_listen_options options = {.bearers = bearers, .bearer_count = 2};
    const char *initialize =
        "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{\"protocolVersion\":"
        "\"2025-06-18\",\"capabilities\":{},\"clientInfo\":{\"name\":\"t\",\"version\":\"1\"}}}";
    live_start(&live, &options);
    live_connect(&live, &peer);
    live_post(&peer, "", "", initialize);
    live_read(&peer, &answer);
    assert_int_equal(answer.status, 401);
    assert_string_equal(live_header(&answer, "WWW-Authenticate"), "Bearer");
    post_as(&peer, "0123456789abcdee", "", initialize);
    assert_int_equal(answer.status, 401);
    post_as(&peer, "0123456789abcdef", "", initialize);
    assert_int_equal(answer.status, 200);
    (void)snprintf(session, sizeof session, "%s", live_header(&answer, "Mcp-Session-Id"));
    post_as(&peer, "0123456789abcdef", session, PING);
    assert_int_equal(answer.status, 200);
    post_as(&peer, "fedcba9876543210", session, PING);
    assert_int_equal(answer.status, 404);
    live_close(&peer);
    live_stop(&live);
}

/* S-21 */
static void delete_ends_the_session(void **state) {
    (void)state;
    struct live live;
    struct live_peer peer;
    char session[65];
    live_start(&live, NULL);
    live_connect(&live, &peer);
    live_open_session(&peer, LEGACY, session);
    for (int i = 0; i < 2; i++) {
        live_print(&peer,
                   "DELETE /mcp HTTP/1.1\r\nHost: localhost:%u\r\nMcp-Session-Id: %s\r\n\r\n",
                   (unsigned)live.port, session);
        live_read(&peer, &answer);
        assert_int_equal(answer.status, i == 0 ? 200 : 404);
    }
    live_post(&peer, session, LEGACY, PING);
    live_read(&peer, &answer);
    assert_int_equal(answer.status, 404);
    live_close(&peer);
    live_stop(&live);
}

static void post_modern(struct live_peer *peer, const char *name) {
    char body[512];
    (void)snprintf(body, sizeof body,
                   "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":"
                   "\"%s\",\"arguments\":{},\"_meta\":{"
                   "\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
                   "\"io.modelcontextprotocol/clientCapabilities\":{}}}}",
                   name);
    live_print(peer,
               "POST /mcp HTTP/1.1\r\nHost: localhost:%u\r\nContent-Type: application/json\r\n"
               "Accept: */*\r\nMCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\n"
               "Mcp-Name: %s\r\nContent-Length: %zu\r\n\r\n%s",
               (unsigned)peer->port, name, strlen(body), body);
}

/* S-38 */
static void a_modern_peer_that_hangs_up_cancels(void **state) {
    (void)state;
    struct live live;
    struct live_peer peer;
    live_start(&live, NULL);
    live_connect(&live, &peer);
    post_modern(&peer, "wait");
    live_wait_count(&live.calls, 1);
    live_close(&peer);
    live_wait_count(&live.cancelled, 1);
    live_stop(&live);
}

/* S-25 */
static void a_legacy_peer_that_hangs_up_does_not(void **state) {
    (void)state;
    struct live live;
    struct live_peer peer;
    char session[65];
    live_start(&live, NULL);
    live_connect(&live, &peer);
    live_open_session(&peer, LEGACY, session);
    live_post(&peer, session, LEGACY, live_call(1, "wait", "{}", false));
    live_wait_count(&live.calls, 1);
    live_close(&peer);
    live_connect(&live, &peer); /* the loop has seen the end when it answers this */
    live_post(&peer, session, LEGACY, PING);
    live_read(&peer, &answer);
    assert_int_equal(answer.status, 200);
    assert_int_equal(atomic_load(&live.cancelled), 0);
    live_close(&peer);
    live_stop(&live);
}

static void the_host_may_be_any_address(void **state) {
    (void)state;
    struct live live;
    struct live_peer peer;
    const struct mcp_listen_options options = {.host = "0.0.0.0"};
    live_start(&live, &options);
    live_connect(&live, &peer);
    live_post(&peer, "", "", PING);
    live_read(&peer, &answer);
    assert_true(answer.status != 0 && answer.status != 403);
    live_close(&peer);
    live_stop(&live);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(initialize_opens_a_session),
        cmocka_unit_test(answers_come_from_this_thread_a_worker_or_later),
        cmocka_unit_test(big_and_small_resources_arrive_whole),
        cmocka_unit_test(a_modern_request_needs_no_session),
        cmocka_unit_test(a_request_may_be_split_at_every_byte),
        cmocka_unit_test(pipelined_requests_are_answered_in_order),
        cmocka_unit_test(a_chunked_body_is_put_together),
        cmocka_unit_test(a_peer_may_ask_before_it_sends_the_body),
        cmocka_unit_test(http_1_0_is_answered_and_closed),
        cmocka_unit_test(refusals_have_their_status_and_the_connection_stays_where_it_can),
        cmocka_unit_test(nothing_is_smuggled),
        cmocka_unit_test(pages_answer_get_and_head),
        cmocka_unit_test(a_page_has_at_most_64_kib),
        cmocka_unit_test(a_session_belongs_to_its_token),
        cmocka_unit_test(delete_ends_the_session),
        cmocka_unit_test(a_modern_peer_that_hangs_up_cancels),
        cmocka_unit_test(a_legacy_peer_that_hangs_up_does_not),
        cmocka_unit_test(the_host_may_be_any_address),
    };
    return cmocka_run_group_tests_name("listen.http_listener", tests, NULL, NULL);
}
