/* SPDX-License-Identifier: MIT */
/* The letter box, and a listener whose tokens are replaced while it serves. */
#include <unistd.h>

#include "listen/http_renewal.h"
#include "live.h"

#define PING "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\"}"

static const struct mcp_bearer ann = {"ann", "0123456789abcdef"};
static const struct mcp_bearer ann_new = {"ann", "0123456789ABCDEF"};
static const struct mcp_bearer bob = {"bob", "fedcba9876543210"};

static struct live_answer answer;

static struct mcp_bearers *bearers_of(const struct mcp_bearer *row) {
    struct mcp_bearers *bearers = NULL;
    assert_int_equal(mcp_bearers_new(row, 1, &bearers, NULL), MCP_OK);
    return bearers;
}

static void the_newest_is_taken_once(void **state) {
    (void)state;
    struct mcp_http_renewal renewal;
    struct mcp_http_news taken = {0};
    unsigned char digest[MCP_BEARER_DIGEST_BYTES];
    mcp_http_renewal_init(&renewal);
    assert_false(mcp_http_renewal_take(&renewal, &taken));
    const struct mcp_http_news first = {.bearers = bearers_of(&ann)};
    const struct mcp_http_news second = {.bearers = bearers_of(&bob)};
    mcp_http_renewal_put(&renewal, &first);
    mcp_http_renewal_put(&renewal, &second);
    assert_true(mcp_http_renewal_take(&renewal, &taken));
    assert_string_equal(mcp_bearers_find(taken.bearers, mcp_str_of(bob.token), digest), "bob");
    assert_false(mcp_http_renewal_take(&renewal, &taken));
    mcp_bearers_unref(taken.bearers);
    const struct mcp_http_news left = {.bearers = bearers_of(&ann)};
    mcp_http_renewal_put(&renewal, &left);
    mcp_http_renewal_deinit(&renewal); /* nobody took it: released */
}

static unsigned ping_as(struct live_peer *peer, const char *token, const char *session) {
    live_print(peer,
               "POST /mcp HTTP/1.1\r\nHost: localhost:%u\r\nContent-Type: application/json\r\n"
               "Accept: */*\r\nAuthorization: Bearer %s\r\n%s%s%sContent-Length: %zu\r\n\r\n%s",
               (unsigned)peer->port, token, session[0] != '\0' ? "Mcp-Session-Id: " : "", session,
               session[0] != '\0' ? "\r\n" : "", strlen(PING), PING);
    live_read(peer, &answer);
    return answer.status;
}

static void wait_status(struct live_peer *peer, const char *token, unsigned wanted) {
    uint64_t until = live_now_ms() + 5000;
    unsigned status = ping_as(peer, token, "");
    while (status != wanted && live_now_ms() < until) {
        (void)usleep(1000);
        status = ping_as(peer, token, "");
    }
    assert_int_equal(status, wanted);
}

static void open_session_as(struct live_peer *peer, const char *token, char out_id[65]) {
    static const char initialize[] =
        "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{\"protocolVersion\":"
        "\"2025-06-18\",\"capabilities\":{},\"clientInfo\":{\"name\":\"t\",\"version\":\"1\"}}}";
    live_print(peer,
               "POST /mcp HTTP/1.1\r\nHost: localhost:%u\r\nContent-Type: application/json\r\n"
               "Accept: */*\r\nAuthorization: Bearer %s\r\nContent-Length: %zu\r\n\r\n%s",
               (unsigned)peer->port, token, sizeof initialize - 1, initialize);
    live_read(peer, &answer);
    assert_int_equal(answer.status, 200);
    (void)snprintf(out_id, 65, "%s", live_header(&answer, "Mcp-Session-Id"));
}

static void open_sse_as(struct live_peer *peer, const char *token) {
    live_print(peer, "GET /sse HTTP/1.1\r\nHost: localhost:%u\r\nAuthorization: Bearer %s\r\n\r\n",
               (unsigned)peer->port, token);
    live_read_head(peer, &answer);
    assert_int_equal(answer.status, 200);
    assert_true(live_wait_text(peer, &answer, "endpoint"));
}

static void only_the_new_tokens_count(void **state) {
    (void)state;
    struct live live;
    struct live_peer peer;
    char session[65];
    const struct mcp_bearer before[] = {ann, bob};
    const struct mcp_bearer after[] = {ann_new, bob};
    const struct mcp_listen_options options = {.bearers = before, .bearer_count = 2};
    live_start(&live, &options);
    live_connect(&live, &peer);
    open_session_as(&peer, ann.token, session);
    assert_int_equal(mcp_listener_set_bearers(live.listener, after, 2, NULL), MCP_OK);
    wait_status(&peer, ann.token, 401);
    assert_int_equal(ping_as(&peer, ann_new.token, session), 200); /* the session is the name's */
    assert_int_equal(ping_as(&peer, bob.token, session), 404);
    live_close(&peer);
    live_stop(&live);
}

static void streams_of_a_token_that_is_gone_are_cut(void **state) {
    (void)state;
    struct live live;
    struct live_peer hers;
    struct live_peer his;
    const struct mcp_bearer before[] = {ann, bob};
    const struct mcp_listen_options options = {
        .bearers = before, .bearer_count = 2, .keepalive_ms = 50};
    live_start(&live, &options);
    live_connect(&live, &hers);
    live_connect(&live, &his);
    open_sse_as(&hers, ann.token);
    open_sse_as(&his, bob.token);
    assert_int_equal(mcp_listener_set_bearers(live.listener, &bob, 1, NULL), MCP_OK);
    assert_true(live_is_closed(&hers));
    assert_true(live_wait_text(&his, &answer, ": ping"));
    live_close(&hers);
    live_close(&his);
    live_stop(&live);
}

static void bad_tokens_change_nothing(void **state) {
    (void)state;
    struct live live;
    struct live_peer peer;
    struct mcp_err err = {0};
    const struct mcp_bearer bad = {"eve", "short"};
    const struct mcp_listen_options options = {.bearers = &ann, .bearer_count = 1};
    live_start(&live, &options);
    live_connect(&live, &peer);
    assert_int_equal(mcp_listener_set_bearers(live.listener, &bad, 1, &err), MCP_E_INVALID);
    assert_string_equal(err.where, "/bearers/0");
    assert_int_equal(mcp_listener_set_bearers(live.listener, NULL, 0, NULL), MCP_E_INVALID);
    assert_int_not_equal(ping_as(&peer, ann.token, ""), 401);
    assert_int_equal(ping_as(&peer, bad.token, ""), 401);
    live_close(&peer);
    live_stop(&live);
}

/* Tokens are replaced 200 times under requests of a token that is always among them. */
static void requests_go_on_meanwhile(void **state) {
    (void)state;
    struct live live;
    struct live_peer peer;
    const struct mcp_bearer sets[][2] = {{ann, bob}, {bob, ann_new}};
    const struct mcp_listen_options options = {.bearers = sets[0], .bearer_count = 2};
    live_start(&live, &options);
    live_connect(&live, &peer);
    for (size_t i = 0; i < 200; i++) {
        assert_int_equal(mcp_listener_set_bearers(live.listener, sets[i % 2], 2, NULL), MCP_OK);
        unsigned status = ping_as(&peer, bob.token, "");
        assert_true(status != 401 && status != 0);
    }
    live_close(&peer);
    live_stop(&live);
}

static void stdio_has_no_tokens(void **state) {
    (void)state;
    struct live none = {0};
    struct mcp_err err = {0};
    struct mcp_listener *listener = NULL;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    struct mcp_server *server = live_new_server(&none);
    assert_int_equal(
        mcp_listener_start_stdio(server, NULL, ends[0], ends[1], NULL, NULL, &listener, NULL),
        MCP_OK);
    assert_int_equal(mcp_listener_set_bearers(listener, &ann, 1, &err), MCP_E_STATE);
    mcp_listener_stop(listener, 0);
    mcp_listener_free(listener);
    mcp_server_free(server);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_is_taken_once),
        cmocka_unit_test(only_the_new_tokens_count),
        cmocka_unit_test(streams_of_a_token_that_is_gone_are_cut),
        cmocka_unit_test(bad_tokens_change_nothing),
        cmocka_unit_test(requests_go_on_meanwhile),
        cmocka_unit_test(stdio_has_no_tokens),
    };
    return cmocka_run_group_tests_name("listen.http_renewal", tests, NULL, NULL);
}
