/* SPDX-License-Identifier: MIT */
/* Connections that end before the answer, by agreement; and peers that would rather have streams.
 */
#include "live.h"

#define LEGACY  "2025-06-18"
#define PRIMING "2025-11-25"

static struct live_answer answer;

static void start(struct live *live, struct live_peer *peer, const char *version,
                  char session[65]) {
    live_start(live, NULL);
    live_connect(live, peer);
    live_open_session(peer, version, session);
}

static void stop(struct live *live, struct live_peer *peer) {
    live_close(peer);
    live_stop(live);
}

static void resume(struct live_peer *peer, const char *session, const char *last) {
    live_get(peer, session, last);
    live_read_head(peer, &answer);
    assert_int_equal(answer.status, 200);
    assert_true(live_wait_end(peer, &answer));
}

/* S-24 */
static void a_paused_stream_ends_and_is_taken_up_again(void **state) {
    (void)state;
    struct live live;
    struct live_peer peer;
    char session[65];
    start(&live, &peer, PRIMING, session);
    live_post(&peer, session, PRIMING,
              live_call(1, "tell", "{\"n\":1,\"pause\":250,\"hold\":true}", true));
    live_read(&peer, &answer);
    assert_int_equal(answer.status, 200);
    assert_string_equal(live_header(&answer, "Content-Type"), "text/event-stream");
    assert_non_null(strstr(answer.body, "id: 1_1\r\nretry: 250\r\ndata: \r\n\r\n"));
    assert_null(strstr(answer.body, "told"));
    live_open_gate();
    resume(&peer, session, "1_1");
    assert_non_null(strstr(answer.body, "told"));
    assert_int_equal(atomic_load(&live.cancelled), 0);
    stop(&live, &peer);
}

/* The priming event alone is there to come back with. */
static void a_pause_before_anything_was_sent(void **state) {
    (void)state;
    struct live live;
    struct live_peer peer;
    char session[65];
    start(&live, &peer, PRIMING, session);
    live_post(&peer, session, PRIMING,
              live_call(1, "tell", "{\"n\":0,\"pause\":1,\"hold\":true}", false));
    live_read(&peer, &answer);
    assert_int_equal(strncmp(answer.body, "id: 1_0\r\ndata: \r\n\r\n", 19), 0);
    assert_non_null(strstr(answer.body, "retry: 1\r\n"));
    live_open_gate();
    resume(&peer, session, "1_0");
    assert_non_null(strstr(answer.body, "told"));
    stop(&live, &peer);
}

static void a_pause_has_bounds(void **state) {
    (void)state;
    static const struct {
        const char *asked;
        const char *told;
    } rows[] = {{"0", "retry: 1\r\n"},
                {"59999", "retry: 59999\r\n"},
                {"60000", "retry: 60000\r\n"},
                {"60001", "retry: 60000\r\n"}};
    struct live live;
    struct live_peer peer;
    char session[65];
    start(&live, &peer, PRIMING, session);
    for (size_t i = 0; i < MCP_COUNT(rows); i++) {
        char arguments[64];
        (void)snprintf(arguments, sizeof arguments, "{\"n\":0,\"pause\":%s}", rows[i].asked);
        live_post(&peer, session, PRIMING, live_call((int)i + 1, "tell", arguments, false));
        live_read(&peer, &answer);
        assert_non_null(strstr(answer.body, rows[i].told));
    }
    stop(&live, &peer);
}

static void who_cannot_come_back_notices_nothing(void **state) {
    (void)state;
    struct live live;
    struct live_peer peer;
    char session[65];
    start(&live, &peer, LEGACY, session);
    live_post(&peer, session, LEGACY, live_call(1, "tell", "{\"n\":0,\"pause\":250}", false));
    live_read(&peer, &answer);
    assert_int_equal(answer.status, 200);
    assert_string_equal(live_header(&answer, "Content-Type"), "application/json");
    assert_non_null(strstr(answer.body, "told"));
    stop(&live, &peer);
}

/* ---- Accept ---- */

static void post_as(struct live_peer *peer, const char *session, const char *accept,
                    const char *body) {
    live_print(peer,
               "POST /mcp HTTP/1.1\r\nHost: localhost:%u\r\nContent-Type: application/json\r\n"
               "Accept: %s\r\nMcp-Session-Id: %s\r\nContent-Length: %zu\r\n\r\n%s",
               (unsigned)peer->port, accept, session, strlen(body), body);
    live_read(peer, &answer);
}

static void who_names_the_stream_first_gets_one(void **state) {
    (void)state;
    static const char ping[] = "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\"}";
    struct live live;
    struct live_peer peer;
    char session[65];
    start(&live, &peer, LEGACY, session);
    post_as(&peer, session, "text/event-stream, application/json", ping);
    assert_string_equal(live_header(&answer, "Content-Type"), "text/event-stream");
    assert_non_null(strstr(answer.body, "data: {\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}"));
    post_as(&peer, session, "application/json, text/event-stream", ping);
    assert_string_equal(live_header(&answer, "Content-Type"), "application/json");
    post_as(&peer, session, "*/*", ping);
    assert_string_equal(live_header(&answer, "Content-Type"), "application/json");
    stop(&live, &peer);
}

static void a_refusal_is_no_stream(void **state) {
    (void)state;
    struct live live;
    struct live_peer peer;
    char session[65];
    start(&live, &peer, LEGACY, session);
    post_as(&peer, session, "text/event-stream, application/json", "{\"jsonrpc\":\"2.0\"}");
    assert_int_equal(answer.status, 400);
    assert_string_equal(live_header(&answer, "Content-Type"), "application/json");
    stop(&live, &peer);
}

static void without_room_for_a_stream_it_is_json(void **state) {
    (void)state;
    static const char ping[] = "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\"}";
    const struct mcp_listen_options options = {.max_streams = 1};
    struct live live;
    struct live_peer peer;
    struct live_peer stream;
    char session[65];
    live_start(&live, &options);
    live_connect(&live, &peer);
    live_connect(&live, &stream);
    live_open_session(&peer, LEGACY, session);
    live_get(&stream, session, "");
    live_read_head(&stream, &answer);
    assert_int_equal(answer.status, 200);
    post_as(&peer, session, "text/event-stream, application/json", ping);
    assert_int_equal(answer.status, 200);
    assert_string_equal(live_header(&answer, "Content-Type"), "application/json");
    live_close(&stream);
    stop(&live, &peer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_paused_stream_ends_and_is_taken_up_again),
        cmocka_unit_test(a_pause_before_anything_was_sent),
        cmocka_unit_test(a_pause_has_bounds),
        cmocka_unit_test(who_cannot_come_back_notices_nothing),
        cmocka_unit_test(who_names_the_stream_first_gets_one),
        cmocka_unit_test(a_refusal_is_no_stream),
        cmocka_unit_test(without_room_for_a_stream_it_is_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
