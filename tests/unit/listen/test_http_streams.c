/* SPDX-License-Identifier: MIT */
/* Event streams over real sockets: HTTP+SSE, GET /mcp, replies that become streams, resumption. */
#include <sys/socket.h>
#include <unistd.h>

#include "live.h"
#include "mcp/clock.h"

#define PING    "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\"}"
#define LEGACY  "2025-06-18"
#define PRIMING "2025-11-25"

static struct live_answer answer;
static struct live_answer other;

/* ---- HTTP+SSE ---- */

static void open_sse(struct live_peer *peer, char session[33]) {
    live_print(peer, "GET /sse HTTP/1.1\r\nHost: localhost:%u\r\n\r\n", (unsigned)peer->port);
    live_read_head(peer, &answer);
    assert_int_equal(answer.status, 200);
    assert_string_equal(live_header(&answer, "Content-Type"), "text/event-stream; charset=utf-8");
    assert_string_equal(live_header(&answer, "Cache-Control"), "no-store");
    assert_string_equal(live_header(&answer, "X-Accel-Buffering"), "no");
    assert_true(live_wait_text(peer, &answer, "\r\n\r\n"));
    assert_int_equal(sscanf(answer.body,
                            "event: endpoint\r\ndata: /messages/?session_id=%32[0-9a-f]\r\n\r\n",
                            session),
                     1);
    assert_int_equal(strlen(session), 32);
}

static unsigned post_message(struct live_peer *peer, const char *session, const char *body) {
    live_print(peer,
               "POST /messages/?session_id=%s HTTP/1.1\r\nHost: localhost:%u\r\nContent-Type: "
               "application/json\r\nContent-Length: %zu\r\n\r\n%s",
               session, (unsigned)peer->port, strlen(body), body);
    live_read(peer, &other);
    return other.status;
}

static void start_sse_session(struct live_peer *stream, struct live_peer *posts, char session[33]) {
    open_sse(stream, session);
    assert_int_equal(
        post_message(posts, session,
                     "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{"
                     "\"protocolVersion\":\"2024-11-05\",\"capabilities\":{},\"clientInfo\":{"
                     "\"name\":\"t\",\"version\":\"1\"}}}"),
        202);
    assert_string_equal(other.body, "Accepted");
    assert_true(live_wait_text(stream, &answer, "\"protocolVersion\":\"2024-11-05\""));
    assert_int_equal(post_message(posts, session,
                                  "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}"),
                     202);
}

/* S-16 */
static void answers_to_messages_come_on_the_stream(void **state) {
    (void)state;
    struct live live;
    struct live_peer stream;
    struct live_peer posts;
    char session[33] = "";
    live_start(&live, NULL);
    live_connect(&live, &stream);
    live_connect(&live, &posts);
    start_sse_session(&stream, &posts, session);
    assert_int_equal(post_message(&posts, session, PING), 202);
    assert_true(live_wait_text(&stream, &answer,
                               "event: message\r\ndata: "
                               "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}\r\n\r\n"));
    assert_int_equal(post_message(&posts, session, live_call(8, "tell", "{\"n\":2}", true)), 202);
    assert_true(live_wait_text(&stream, &answer, "told"));
    const char *first = strstr(answer.body, "notifications/progress");
    assert_true(first != NULL && strstr(first + 1, "notifications/progress") != NULL);
    assert_null(strstr(answer.body, "id: "));
    live_close(&stream);
    live_close(&posts);
    live_stop(&live);
}

static void what_is_not_a_message_is_refused_and_the_session_lives(void **state) {
    (void)state;
    struct live live;
    struct live_peer stream;
    struct live_peer posts;
    char session[33] = "";
    live_start(&live, NULL);
    live_connect(&live, &stream);
    live_connect(&live, &posts);
    start_sse_session(&stream, &posts, session);
    assert_int_equal(post_message(&posts, session, "{nonsense"), 400);
    assert_string_equal(other.body, "Could not parse message");
    assert_int_equal(post_message(&posts, "00000000000000000000000000000000", PING), 404);
    assert_string_equal(other.body, "Could not find session");
    assert_int_equal(post_message(&posts, "", PING), 400);
    assert_string_equal(other.body, "Invalid session ID");
    assert_int_equal(post_message(&posts, session, PING), 202);
    assert_true(live_wait_text(&stream, &answer, "\"id\":7"));
    assert_null(strstr(answer.body, "-32700"));
    live_close(&stream);
    live_close(&posts);
    live_stop(&live);
}

static void the_session_ends_with_its_stream(void **state) {
    (void)state;
    struct live live;
    struct live_peer stream;
    struct live_peer posts;
    char session[33] = "";
    live_start(&live, NULL);
    live_connect(&live, &stream);
    live_connect(&live, &posts);
    start_sse_session(&stream, &posts, session);
    assert_int_equal(post_message(&posts, session, live_call(1, "wait", "{}", false)), 202);
    live_wait_count(&live.calls, 1);
    live_close(&stream);
    live_wait_count(&live.cancelled, 1);
    assert_int_equal(post_message(&posts, session, PING), 404);
    struct mcp_server_counts counts;
    mcp_server_count(live.server, &counts);
    assert_int_equal(counts.sessions, 0);
    live_close(&posts);
    live_stop(&live);
}

/* ---- GET /mcp ---- */

static void open_stream(struct live_peer *peer, const char *session, const char *last,
                        struct live_answer *out) {
    live_get(peer, session, last);
    live_read_head(peer, out);
    if (out->status != 200)
        print_error("GET: %u\n", out->status);
    assert_int_equal(out->status, 200);
    assert_string_equal(live_header(out, "Content-Type"), "text/event-stream");
    assert_string_equal(live_header(out, "Cache-Control"), "no-cache, no-transform");
}

/* The id of the last event decoded so far. */
static void last_id(const struct live_answer *from, char out[64]) {
    const char *at = from->body;
    out[0] = '\0';
    while ((at = strstr(at, "id: ")) != NULL) {
        assert_int_equal(sscanf(at, "id: %63[0-9_]", out), 1);
        at += 4;
    }
    assert_int_not_equal(out[0], '\0');
}

/* S-19, S-20 */
static void notifications_come_on_the_standalone_stream_with_ids(void **state) {
    (void)state;
    struct live live;
    struct live_peer stream;
    struct live_peer posts;
    char session[65];
    live_start(&live, NULL);
    live_connect(&live, &stream);
    live_connect(&live, &posts);
    live_open_session(&posts, LEGACY, session);
    open_stream(&stream, session, "", &answer);
    mcp_server_tool_list_changed(live.server);
    assert_true(live_wait_text(&stream, &answer, "notifications/tools/list_changed"));
    assert_int_equal(strncmp(answer.body, "event: message\r\nid: 1_1\r\ndata: {", 32), 0);
    /* a second one is refused and the first goes on */
    live_get(&posts, session, "");
    live_read(&posts, &other);
    assert_int_equal(other.status, 409);
    mcp_server_resource_list_changed(live.server);
    assert_true(live_wait_text(&stream, &answer, "notifications/resources/list_changed"));
    assert_non_null(strstr(answer.body, "id: 1_2\r\n"));
    live_close(&stream);
    live_close(&posts);
    live_stop(&live);
}

/* S-24 */
static void the_newest_legacy_revision_is_primed(void **state) {
    (void)state;
    struct live live;
    struct live_peer stream;
    struct live_peer posts;
    char session[65];
    live_start(&live, NULL);
    live_connect(&live, &stream);
    live_connect(&live, &posts);
    live_open_session(&posts, PRIMING, session);
    open_stream(&stream, session, "", &answer);
    assert_true(live_wait_text(&stream, &answer, "\r\n\r\n"));
    assert_string_equal(answer.body, "id: 1_0\r\ndata: \r\n\r\n");
    live_post(&posts, session, PRIMING, live_call(1, "tell", "{\"n\":1}", true));
    live_read(&posts, &other);
    assert_int_equal(other.status, 200);
    assert_int_equal(
        strncmp(other.body, "id: 2_0\r\ndata: \r\n\r\nevent: message\r\nid: 2_1\r\n", 43), 0);
    live_close(&stream);
    live_close(&posts);
    live_stop(&live);
}

static void delete_ends_the_standalone_stream(void **state) {
    (void)state;
    struct live live;
    struct live_peer stream;
    struct live_peer posts;
    char session[65];
    live_start(&live, NULL);
    live_connect(&live, &stream);
    live_connect(&live, &posts);
    live_open_session(&posts, LEGACY, session);
    open_stream(&stream, session, "", &answer);
    live_print(&posts, "DELETE /mcp HTTP/1.1\r\nHost: localhost:%u\r\nMcp-Session-Id: %s\r\n\r\n",
               (unsigned)live.port, session);
    live_read(&posts, &other);
    assert_int_equal(other.status, 200);
    assert_true(live_wait_end(&stream, &answer));
    live_close(&stream);
    live_close(&posts);
    live_stop(&live);
}

/* ---- replies that become streams ---- */

/* S-18 */
static void a_reply_becomes_a_stream_at_its_first_notification(void **state) {
    (void)state;
    struct live live;
    struct live_peer peer;
    char session[65];
    live_start(&live, NULL);
    live_connect(&live, &peer);
    live_open_session(&peer, LEGACY, session);
    live_post(&peer, session, LEGACY, live_call(1, "tell", "{\"n\":3}", true));
    live_read(&peer, &answer);
    assert_int_equal(answer.status, 200);
    assert_string_equal(live_header(&answer, "Content-Type"), "text/event-stream");
    const char *result = strstr(answer.body, "told");
    const char *third = strstr(answer.body, "id: 1_3\r\n");
    assert_true(result != NULL && third != NULL && third < result);
    assert_non_null(strstr(answer.body, "id: 1_4\r\n"));
    /* the connection is good for more */
    live_post(&peer, session, LEGACY, PING);
    live_read(&peer, &answer);
    assert_int_equal(answer.status, 200);
    assert_string_equal(live_header(&answer, "Content-Type"), "application/json");
    live_close(&peer);
    live_stop(&live);
}

/* S-39 */
static void a_modern_stream_has_no_ids(void **state) {
    (void)state;
    struct live live;
    struct live_peer peer;
    const char *body =
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"tell\","
        "\"arguments\":{\"n\":2},\"_meta\":{\"progressToken\":1,"
        "\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
        "\"io.modelcontextprotocol/clientCapabilities\":{}}}}";
    live_start(&live, NULL);
    live_connect(&live, &peer);
    live_print(&peer,
               "POST /mcp HTTP/1.1\r\nHost: localhost:%u\r\nContent-Type: application/json\r\n"
               "Accept: */*\r\nMCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\n"
               "Mcp-Name: tell\r\nContent-Length: %zu\r\n\r\n%s",
               (unsigned)live.port, strlen(body), body);
    live_read(&peer, &answer);
    assert_int_equal(answer.status, 200);
    assert_string_equal(live_header(&answer, "Content-Type"), "text/event-stream");
    assert_non_null(strstr(answer.body, "notifications/progress"));
    assert_null(strstr(answer.body, "id: "));
    live_close(&peer);
    live_stop(&live);
}

/* ---- resumption ---- */

/* Wait until the loop has seen that the stream's peer left: then a plain GET is not a conflict. */
static void reopen(struct live *live, struct live_peer *peer, const char *session,
                   const char *last) {
    uint64_t until = live_now_ms() + 5000;
    for (;;) {
        live_connect(live, peer);
        live_get(peer, session, last);
        live_read_head(peer, &answer);
        if (answer.status != 409 || live_now_ms() > until)
            break;
        live_close(peer);
        (void)usleep(1000);
    }
    assert_int_equal(answer.status, 200);
}

/* S-20, S-22 */
static void a_dropped_reply_is_finished_on_another_connection(void **state) {
    (void)state;
    struct live live;
    struct live_peer peer;
    char session[65];
    char id[64];
    live_start(&live, NULL);
    live_connect(&live, &peer);
    live_open_session(&peer, LEGACY, session);
    live_post(&peer, session, LEGACY, live_call(1, "tell", "{\"n\":2,\"hold\":true}", true));
    live_read_head(&peer, &answer);
    assert_true(live_wait_text(&peer, &answer, "id: 1_2\r\n"));
    last_id(&answer, id);
    live_close(&peer);
    live_open_gate(); /* the call ends, perhaps before the stream has a reader again */
    reopen(&live, &peer, session, "1_1");
    assert_true(live_wait_end(&peer, &answer));
    assert_null(strstr(answer.body, "id: 1_1\r\n"));
    assert_non_null(strstr(answer.body, "id: 1_2\r\n"));
    assert_non_null(strstr(answer.body, "told"));
    assert_int_equal(atomic_load(&live.cancelled), 0);
    /* and once more: what was sent is kept, all of it was seen */
    open_stream(&peer, session, "1_3", &answer);
    assert_true(live_wait_end(&peer, &answer));
    assert_int_equal(answer.body_len, 0);
    live_close(&peer);
    live_stop(&live);
}

/* S-22 */
static void a_resumed_stream_goes_on(void **state) {
    (void)state;
    struct live live;
    struct live_peer peer;
    char session[65];
    live_start(&live, NULL);
    live_connect(&live, &peer);
    live_open_session(&peer, LEGACY, session);
    live_post(&peer, session, LEGACY, live_call(1, "tell", "{\"n\":2,\"hold\":true}", true));
    live_read_head(&peer, &answer);
    assert_true(live_wait_text(&peer, &answer, "id: 1_2\r\n"));
    live_close(&peer);
    reopen(&live, &peer, session, "1_0");
    assert_true(live_wait_text(&peer, &answer, "id: 1_2\r\n"));
    assert_non_null(strstr(answer.body, "id: 1_1\r\n"));
    live_open_gate();
    assert_true(live_wait_end(&peer, &answer));
    assert_non_null(strstr(answer.body, "told"));
    live_close(&peer);
    live_stop(&live);
}

/* S-22 */
static void what_cannot_be_resumed_says_so(void **state) {
    (void)state;
    struct live live;
    struct live_peer stream;
    struct live_peer peer;
    char session[65];
    char second[65];
    static const struct {
        const char *last;
        unsigned status;
    } rows[] = {{"x", 400}, {"1", 400}, {"9_0", 400}, {"1_9", 409}, {"0_0", 400}, {"1_0", 409}};
    live_start(&live, NULL);
    live_connect(&live, &stream);
    live_connect(&live, &peer);
    live_open_session(&peer, LEGACY, session);
    live_open_session(&peer, LEGACY, second);
    open_stream(&stream, session, "", &answer);
    for (size_t i = 0; i < MCP_COUNT(rows); i++) {
        live_get(&peer, session, rows[i].last);
        live_read(&peer, &other);
        assert_int_equal(other.status, rows[i].status);
    }
    live_get(&peer, second, "1_0"); /* the stream of another session */
    live_read(&peer, &other);
    assert_int_equal(other.status, 400);
    mcp_server_tool_list_changed(live.server);
    assert_true(live_wait_text(&stream, &answer, "list_changed"));
    live_close(&stream);
    live_close(&peer);
    live_stop(&live);
}

static void a_dropped_standalone_stream_collects_until_somebody_comes(void **state) {
    (void)state;
    struct live live;
    struct live_peer stream;
    struct live_peer posts;
    char session[65];
    live_start(&live, NULL);
    live_connect(&live, &stream);
    live_connect(&live, &posts);
    live_open_session(&posts, LEGACY, session);
    open_stream(&stream, session, "", &answer);
    mcp_server_tool_list_changed(live.server);
    assert_true(live_wait_text(&stream, &answer, "id: 1_1\r\n"));
    live_close(&stream);
    mcp_server_resource_list_changed(live.server);
    reopen(&live, &stream, session, "1_1");
    assert_true(live_wait_text(&stream, &answer, "notifications/resources/list_changed"));
    assert_null(strstr(answer.body, "id: 1_1\r\n"));
    mcp_server_tool_list_changed(live.server);
    assert_true(live_wait_text(&stream, &answer, "id: 1_3\r\n"));
    /* a plain GET after the next drop starts another stream */
    live_close(&stream);
    reopen(&live, &stream, session, "");
    mcp_server_tool_list_changed(live.server);
    assert_true(live_wait_text(&stream, &answer, "id: 2_1\r\n"));
    live_close(&stream);
    live_close(&posts);
    live_stop(&live);
}

static void events_that_are_no_longer_kept_are_not_skipped_silently(void **state) {
    (void)state;
    struct live live;
    struct live_peer peer;
    char session[65];
    const struct mcp_listen_options options = {.replay_events = 3};
    live_start(&live, &options);
    live_connect(&live, &peer);
    live_open_session(&peer, LEGACY, session);
    live_post(&peer, session, LEGACY, live_call(1, "tell", "{\"n\":5}", true));
    live_read(&peer, &answer);
    assert_non_null(strstr(answer.body, "id: 1_6\r\n"));
    static const struct {
        const char *last;
        unsigned status;
    } rows[] = {{"1_2", 400}, {"1_3", 200}, {"1_4", 200}, {"1_6", 200}, {"1_7", 400}};
    for (size_t i = 0; i < MCP_COUNT(rows); i++) {
        live_get(&peer, session, rows[i].last);
        live_read(&peer, &answer);
        assert_int_equal(answer.status, rows[i].status);
    }
    live_close(&peer);
    live_stop(&live);
}

/* ---- what nobody comes back for ---- */

static atomic_uint_fast64_t later_by_ms;

static uint64_t shifted_ms(void *user) {
    (void)user;
    return live_now_ms() + atomic_load(&later_by_ms);
}

static int64_t no_wall_ms(void *user) {
    (void)user;
    return 0;
}

/* Until the server has that many sessions and streams, in its next ticks. */
static void wait_counts(const struct live *live, size_t sessions, size_t streams) {
    struct mcp_server_counts counts;
    uint64_t until = live_now_ms() + 5000;
    do {
        (void)usleep(1000);
        mcp_server_count(live->server, &counts);
    } while ((counts.sessions != sessions || counts.streams != streams) && live_now_ms() < until);
    assert_int_equal(counts.sessions, sessions);
    assert_int_equal(counts.streams, streams);
}

static void streams_and_sessions_without_a_peer_end_some_day(void **state) {
    (void)state;
    struct live live;
    struct live_peer peer;
    char session[65];
    const struct mcp_clock clock = {.monotonic_ms = shifted_ms, .wall_ms = no_wall_ms};
    const struct mcp_listen_options options = {.keepalive_ms = 10};
    atomic_store(&later_by_ms, 0);
    mcp_clock_install(&clock);
    live_start(&live, &options);
    live_connect(&live, &peer);
    live_open_session(&peer, LEGACY, session);
    open_stream(&peer, session, "", &answer);
    wait_counts(&live, 1, 1);
    live_close(&peer);
    reopen(&live, &peer, session, "1_0"); /* it was kept */
    live_close(&peer);
    (void)usleep(50000);
    wait_counts(&live, 1, 1); /* and is kept again */
    atomic_store(&later_by_ms, 301000);
    wait_counts(&live, 1, 0);
    live_connect(&live, &peer);
    live_get(&peer, session, "1_0");
    live_read(&peer, &answer);
    assert_int_equal(answer.status, 400); /* it has sent nothing, and is gone */
    live_close(&peer);
    atomic_store(&later_by_ms, 301000 + 1801000);
    wait_counts(&live, 0, 0);
    live_stop(&live);
    mcp_clock_install(NULL);
}

/* ---- pace ---- */

static void idle_streams_get_comments(void **state) {
    (void)state;
    struct live live;
    struct live_peer stream;
    char session[33] = "";
    const struct mcp_listen_options options = {.keepalive_ms = 20};
    live_start(&live, &options);
    live_connect(&live, &stream);
    open_sse(&stream, session);
    for (int i = 0; i < 3; i++) {
        assert_true(live_wait_text(&stream, &answer, ": ping\r\n\r\n"));
        answer.body_len = 0;
        answer.body[0] = '\0';
    }
    live_close(&stream);
    live_stop(&live);
}

static void streams_have_a_bound(void **state) {
    (void)state;
    enum { MOST = 5 };
    struct live live;
    struct live_peer streams[MOST + 1];
    struct live_peer posts;
    char session[65];
    const struct mcp_listen_options options = {.max_streams = MOST};
    live_start(&live, &options);
    for (size_t i = 0; i <= MOST; i++) {
        live_connect(&live, &streams[i]);
        live_print(&streams[i], "GET /sse HTTP/1.1\r\nHost: localhost:%u\r\n\r\n",
                   (unsigned)live.port);
        live_read_head(&streams[i], &answer);
        assert_int_equal(answer.status, i < MOST ? 200 : 503);
    }
    /* a reply that cannot become a stream is one JSON body, without the notifications */
    live_connect(&live, &posts);
    live_open_session(&posts, LEGACY, session);
    live_post(&posts, session, LEGACY, live_call(1, "tell", "{\"n\":2}", true));
    live_read(&posts, &answer);
    assert_int_equal(answer.status, 200);
    assert_string_equal(live_header(&answer, "Content-Type"), "application/json");
    assert_non_null(strstr(answer.body, "told"));
    struct mcp_server_counts counts;
    mcp_server_count(live.server, &counts);
    assert_int_equal(counts.sessions, MOST + 1);
    for (size_t i = 0; i <= MOST; i++)
        live_close(&streams[i]);
    live_close(&posts);
    live_stop(&live);
}

static void a_peer_that_does_not_read_is_cut_off_and_others_are_not(void **state) {
    (void)state;
    struct live live;
    struct live_peer slow;
    struct live_peer good;
    struct live_peer posts;
    char slow_session[33] = "";
    char good_session[33] = "";
    const struct mcp_listen_options options = {.stream_queue_bytes = 200000};
    const char *read_big =
        "{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"resources/read\",\"params\":{"
        "\"uri\":\"test://big\"}}";
    int small = 4096;
    live_start(&live, &options);
    live_connect(&live, &slow);
    live_connect(&live, &good);
    live_connect(&live, &posts);
    (void)setsockopt(slow.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    start_sse_session(&slow, &posts, slow_session);
    start_sse_session(&good, &posts, good_session);
    unsigned status = 202;
    for (int i = 0; i < 1000 && status == 202; i++)
        status = post_message(&posts, slow_session, read_big);
    assert_int_equal(status, 404); /* its session ended with its stream */
    assert_int_equal(post_message(&posts, good_session, PING), 202);
    assert_true(live_wait_text(&good, &answer, "\"id\":7"));
    live_close(&slow);
    live_close(&good);
    live_close(&posts);
    live_stop(&live);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_to_messages_come_on_the_stream),
        cmocka_unit_test(what_is_not_a_message_is_refused_and_the_session_lives),
        cmocka_unit_test(the_session_ends_with_its_stream),
        cmocka_unit_test(notifications_come_on_the_standalone_stream_with_ids),
        cmocka_unit_test(the_newest_legacy_revision_is_primed),
        cmocka_unit_test(delete_ends_the_standalone_stream),
        cmocka_unit_test(a_reply_becomes_a_stream_at_its_first_notification),
        cmocka_unit_test(a_modern_stream_has_no_ids),
        cmocka_unit_test(a_dropped_reply_is_finished_on_another_connection),
        cmocka_unit_test(a_resumed_stream_goes_on),
        cmocka_unit_test(what_cannot_be_resumed_says_so),
        cmocka_unit_test(a_dropped_standalone_stream_collects_until_somebody_comes),
        cmocka_unit_test(events_that_are_no_longer_kept_are_not_skipped_silently),
        cmocka_unit_test(streams_and_sessions_without_a_peer_end_some_day),
        cmocka_unit_test(idle_streams_get_comments),
        cmocka_unit_test(streams_have_a_bound),
        cmocka_unit_test(a_peer_that_does_not_read_is_cut_off_and_others_are_not),
    };
    return cmocka_run_group_tests_name("listen.http_streams", tests, NULL, NULL);
}
