/* SPDX-License-Identifier: MIT */
/* Bounds of the HTTP listener: connections, sizes, deadlines. */
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "live.h"

#define PING "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\"}"

static struct live_answer answer;

static unsigned ping(struct live_peer *peer) {
    live_post(peer, "", "", PING);
    live_read(peer, &answer);
    return answer.status;
}

/* What was refused of all, of an address, and of strangers. */
static void expect_refused(const struct live *live, size_t connections, const uint64_t wanted[3]) {
    struct mcp_listener_counts counts;
    mcp_listener_count(live->listener, &counts);
    assert_int_equal(counts.connections, connections);
    assert_int_equal(counts.refused_in_all, wanted[0]);
    assert_int_equal(counts.refused_of_address, wanted[1]);
    assert_int_equal(counts.refused_of_stranger, wanted[2]);
}

static void check_connection_cap(const struct mcp_listen_options *options, size_t most) {
    struct live live;
    struct live_peer peers[8];
    live_start(&live, options);
    for (size_t i = 0; i <= most; i++) {
        live_connect(&live, &peers[i]);
        assert_int_equal(ping(&peers[i]) != 0, i < most);
    }
    assert_true(live_is_closed(&peers[most]));
    expect_refused(&live, most, (const uint64_t[]){0, 1, 0});
    live_close(&peers[most]);
    live_close(&peers[0]); /* one leaves, one may come */
    uint64_t until = live_now_ms() + 5000;
    unsigned status = 0;
    while (status == 0 && live_now_ms() < until) {
        live_connect(&live, &peers[0]);
        status = ping(&peers[0]);
        if (status == 0)
            live_close(&peers[0]);
    }
    assert_int_not_equal(status, 0);
    for (size_t i = 0; i < most; i++)
        live_close(&peers[i]);
    live_stop(&live);
}

static void an_address_has_so_many_connections(void **state) {
    (void)state;
    const struct mcp_listen_options options = {.max_connections_per_address = 4};
    check_connection_cap(&options, 4);
}

/* Near the ceiling idle connections make room, so hold them with calls that wait. */
static void all_addresses_together_have_so_many(void **state) {
    (void)state;
    enum { MOST = 4 };
    struct live live;
    struct live_peer peers[MOST + 1];
    char session[65];
    const struct mcp_listen_options options = {.max_connections = MOST};
    live_start(&live, &options);
    live_connect(&live, &peers[0]);
    live_open_session(&peers[0], "2025-06-18", session);
    for (size_t i = 0; i < MOST; i++) {
        if (i > 0)
            live_connect(&live, &peers[i]);
        live_post(&peers[i], session, "2025-06-18", live_call((int)i, "wait", "{}", false));
        live_wait_count(&live.calls, i + 1);
    }
    live_connect(&live, &peers[MOST]);
    assert_int_equal(ping(&peers[MOST]), 0);
    expect_refused(&live, MOST, (const uint64_t[]){1, 0, 0});
    live_open_gate();
    for (size_t i = 0; i < MOST; i++) {
        live_read(&peers[i], &answer);
        assert_int_equal(answer.status, 200);
    }
    for (size_t i = 0; i <= MOST; i++)
        live_close(&peers[i]);
    live_stop(&live);
}

static void the_longest_idle_connection_makes_room(void **state) {
    (void)state;
    enum { MOST = 10, ALL = 20 };
    struct live live;
    struct live_peer peers[ALL];
    const struct mcp_listen_options options = {.max_connections = MOST};
    live_start(&live, &options);
    for (size_t i = 0; i < ALL; i++) {
        live_connect(&live, &peers[i]);
        assert_int_not_equal(ping(&peers[i]), 0);
    }
    assert_true(live_is_closed(&peers[0]));
    assert_int_not_equal(ping(&peers[ALL - 1]), 0);
    for (size_t i = 0; i < ALL; i++)
        live_close(&peers[i]);
    live_stop(&live);
}

static unsigned post_body_of(struct live_peer *peer, size_t len, bool is_chunked) {
    char body[256];
    (void)snprintf(body, sizeof body, "%-255s", PING);
    live_print(peer,
               "POST /mcp HTTP/1.1\r\nHost: localhost:%u\r\nContent-Type: application/json\r\n"
               "Accept: */*\r\n",
               (unsigned)peer->port);
    if (is_chunked)
        live_print(peer, "Transfer-Encoding: chunked\r\n\r\n%zx\r\n%.*s\r\n0\r\n\r\n", len,
                   (int)len, body);
    else
        live_print(peer, "Content-Length: %zu\r\n\r\n%.*s", len, (int)len, body);
    live_read(peer, &answer);
    return answer.status;
}

static void a_body_has_so_many_bytes(void **state) {
    (void)state;
    struct live live;
    struct live_peer peer;
    const struct mcp_listen_options options = {.max_body_bytes = 100};
    live_start(&live, &options);
    for (int chunked = 0; chunked < 2; chunked++) {
        for (size_t len = 99; len <= 101; len++) {
            live_connect(&live, &peer);
            unsigned status = post_body_of(&peer, len, chunked == 1);
            assert_int_equal(status == 413, len > 100);
            assert_int_not_equal(status, 0);
            live_close(&peer);
        }
    }
    live_stop(&live);
}

static void a_head_has_so_many_headers(void **state) {
    (void)state;
    struct live live;
    for (size_t count = 98; count <= 102; count++) {
        struct live_peer peer;
        live_start(&live, NULL);
        live_connect(&live, &peer);
        live_print(&peer, "GET /nope HTTP/1.1\r\nHost: localhost:%u\r\n", (unsigned)live.port);
        for (size_t i = 1; i < count; i++)
            live_print(&peer, "X-%zu: 1\r\n", i);
        live_print(&peer, "\r\n");
        live_read(&peer, &answer);
        assert_int_equal(answer.status, count <= 100 ? 404 : 431);
        live_close(&peer);
        live_stop(&live);
    }
}

static void a_head_has_so_many_bytes(void **state) {
    (void)state;
    struct live live;
    struct live_peer peer;
    char value[20000];
    memset(value, 'x', sizeof value);
    live_start(&live, NULL);
    live_connect(&live, &peer);
    live_print(&peer, "GET /nope HTTP/1.1\r\nHost: localhost:%u\r\nX: %.*s\r\n\r\n",
               (unsigned)live.port, 8192, value);
    live_read(&peer, &answer);
    assert_int_equal(answer.status, 404);
    live_print(&peer, "GET /nope HTTP/1.1\r\nHost: localhost:%u\r\nX: %.*s\r\n\r\n",
               (unsigned)live.port, 20000, value);
    live_read(&peer, &answer);
    assert_true(answer.status == 431 || answer.status == 0);
    live_close(&peer);
    live_connect(&live, &peer);
    live_print(&peer, "GET /%.*s HTTP/1.1\r\nHost: localhost:%u\r\n\r\n", 2047, value,
               (unsigned)live.port);
    live_read(&peer, &answer);
    assert_int_equal(answer.status, 404);
    live_print(&peer, "GET /%.*s HTTP/1.1\r\nHost: localhost:%u\r\n\r\n", 2048, value,
               (unsigned)live.port);
    live_read(&peer, &answer);
    assert_int_equal(answer.status, 414);
    live_close(&peer);
    live_stop(&live);
}

/* Send `text` a byte at a time, one each 20 ms, until the server hangs up; how long that took. */
static uint64_t drip(struct live_peer *peer, const char *text) {
    uint64_t start = live_now_ms();
    for (const char *at = text; *at != '\0' && live_now_ms() - start < 4000; at++) {
        char byte = '\0';
        if (send(peer->fd, at, 1, MSG_NOSIGNAL) != 1 ||
            recv(peer->fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK) == 0)
            break;
        (void)usleep(20000);
    }
    return live_now_ms() - start;
}

static const char slow_head[] =
    "GET /health HTTP/1.1\r\nHost: localhost\r\nX-A: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n"
    "X-B: "
    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\r\n";

static void a_dripped_head_has_a_deadline(void **state) {
    (void)state;
    struct live live;
    struct live_peer peer;
    const struct mcp_listen_options options = {.header_timeout_ms = 200};
    live_start(&live, &options);
    live_connect(&live, &peer);
    uint64_t took_ms = drip(&peer, slow_head);
    assert_true(took_ms >= 150 && took_ms < 2000);
    live_close(&peer);
    live_stop(&live);
}

static void a_silent_connection_has_a_deadline(void **state) {
    (void)state;
    struct live live;
    struct live_peer peer;
    const struct mcp_listen_options options = {.header_timeout_ms = 100};
    live_start(&live, &options);
    live_connect(&live, &peer);
    assert_true(live_is_closed(&peer));
    live_close(&peer);
    live_stop(&live);
}

static void a_dripped_body_has_a_deadline(void **state) {
    (void)state;
    struct live live;
    struct live_peer peer;
    char body[301];
    const struct mcp_listen_options options = {.body_timeout_ms = 200};
    memset(body, ' ', sizeof body - 1);
    body[300] = '\0';
    live_start(&live, &options);
    live_connect(&live, &peer);
    live_print(&peer,
               "POST /mcp HTTP/1.1\r\nHost: localhost:%u\r\nContent-Type: application/json\r\n"
               "Accept: */*\r\nContent-Length: 300\r\n\r\n",
               (unsigned)live.port);
    uint64_t took_ms = drip(&peer, body);
    assert_true(took_ms >= 150 && took_ms < 2000);
    live_close(&peer);
    live_stop(&live);
}

static void a_kept_connection_has_a_deadline_and_so_has_its_next_head(void **state) {
    (void)state;
    struct live live;
    struct live_peer peer;
    const struct mcp_listen_options options = {.idle_timeout_ms = 150, .header_timeout_ms = 5000};
    live_start(&live, &options);
    live_connect(&live, &peer);
    assert_int_not_equal(ping(&peer), 0);
    uint64_t start = live_now_ms();
    assert_true(live_is_closed(&peer));
    assert_true(live_now_ms() - start >= 100);
    live_close(&peer);
    live_connect(&live, &peer);
    assert_int_not_equal(ping(&peer), 0);
    assert_true(drip(&peer, "GETGETGETGETGETGETGETGETGETGETGETGETGETGETGETGETGETGETGETGETGETGET") <
                1200);
    live_close(&peer);
    live_stop(&live);
}

static void waiting_for_an_answer_has_no_deadline_of_ours(void **state) {
    (void)state;
    struct live live;
    struct live_peer peer;
    char session[65];
    const struct mcp_listen_options options = {
        .header_timeout_ms = 100, .body_timeout_ms = 100, .idle_timeout_ms = 100};
    live_start(&live, &options);
    live_connect(&live, &peer);
    live_open_session(&peer, "2025-06-18", session);
    live_post(&peer, session, "2025-06-18", live_call(1, "wait", "{}", false));
    live_wait_count(&live.calls, 1);
    (void)usleep(400000);
    live_open_gate();
    live_read(&peer, &answer);
    assert_int_equal(answer.status, 200);
    live_close(&peer);
    live_stop(&live);
}

static void slow_peers_do_not_slow_others(void **state) {
    (void)state;
    enum { SLOW = 200 };
    struct live live;
    static struct live_peer slow[SLOW];
    struct live_peer peer;
    const struct mcp_listen_options options = {.header_timeout_ms = 300};
    live_start(&live, &options);
    for (size_t i = 0; i < SLOW; i++) {
        live_connect(&live, &slow[i]);
        live_print(&slow[i], "POST /mcp HT");
    }
    live_connect(&live, &peer);
    uint64_t start = live_now_ms();
    assert_int_not_equal(ping(&peer), 0);
    assert_true(live_now_ms() - start < 250);
    for (size_t i = 0; i < SLOW; i++) {
        assert_true(live_is_closed(&slow[i]));
        live_close(&slow[i]);
    }
    live_close(&peer);
    live_stop(&live);
}

/* An address of this machine that is not loopback; 0 when there is none. */
static in_addr_t outer_address(void) {
    struct ifaddrs *list = NULL;
    in_addr_t found = 0;
    if (getifaddrs(&list) != 0)
        return 0;
    for (const struct ifaddrs *at = list; at != NULL; at = at->ifa_next) {
        struct sockaddr_in v4;
        if (at->ifa_addr == NULL || at->ifa_addr->sa_family != AF_INET ||
            (at->ifa_flags & IFF_LOOPBACK) != 0)
            continue;
        memcpy(&v4, at->ifa_addr, sizeof v4);
        found = v4.sin_addr.s_addr;
    }
    freeifaddrs(list);
    return found;
}

static void connect_from_outside(const struct live *live, in_addr_t address,
                                 struct live_peer *peer) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(live->port)};
    struct timeval wait = {.tv_sec = 5};
    to.sin_addr.s_addr = address;
    *peer = (struct live_peer){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
                               .port = live->port};
    (void)setsockopt(peer->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    assert_int_equal(connect(peer->fd, (struct sockaddr *)&to, sizeof to), 0);
}

static void strangers_are_refused_until_told_otherwise(void **state) {
    (void)state;
    struct live live;
    struct live_peer peer;
    in_addr_t address = outer_address();
    const struct mcp_bearer bearer = {"ann", "0123456789abcdef"};
    const struct {
        struct mcp_listen_options options;
        unsigned status;
        const char *text;
    } rows[] = {
        {{.host = "0.0.0.0"}, 403, "--token-file FILE"},
        {{.host = "0.0.0.0"}, 403, "--allow-remote"},
        {{.host = "0.0.0.0", .allow_remote = true}, 400, "jsonrpc"},
        {{.host = "0.0.0.0", .bearers = &bearer, .bearer_count = 1}, 401, "token"},
    };
    if (address == 0)
        skip();
    for (size_t i = 0; i < MCP_COUNT(rows); i++) {
        live_start(&live, &rows[i].options);
        connect_from_outside(&live, address, &peer);
        unsigned status = ping(&peer);
        assert_int_equal(status, rows[i].status);
        assert_non_null(strstr(answer.body, rows[i].text));
        live_close(&peer);
        live_stop(&live);
    }
}

static void refused_strangers_have_so_many_connections(void **state) {
    (void)state;
    enum { MOST = 64 };
    struct live live;
    static struct live_peer peers[MOST + 1];
    in_addr_t address = outer_address();
    const struct mcp_listen_options options = {.host = "0.0.0.0"};
    if (address == 0)
        skip();
    live_start(&live, &options);
    for (size_t i = 0; i <= MOST; i++)
        connect_from_outside(&live, address, &peers[i]);
    assert_int_equal(ping(&peers[MOST]), 0);
    expect_refused(&live, MOST, (const uint64_t[]){0, 0, 1});
    assert_int_equal(ping(&peers[MOST - 1]), 403);
    struct live_peer near;
    live_connect(&live, &near);
    assert_int_not_equal(ping(&near), 0);
    live_close(&near);
    for (size_t i = 0; i <= MOST; i++)
        live_close(&peers[i]);
    live_stop(&live);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_has_so_many_connections),
        cmocka_unit_test(all_addresses_together_have_so_many),
        cmocka_unit_test(the_longest_idle_connection_makes_room),
        cmocka_unit_test(a_body_has_so_many_bytes),
        cmocka_unit_test(a_head_has_so_many_headers),
        cmocka_unit_test(a_head_has_so_many_bytes),
        cmocka_unit_test(a_dripped_head_has_a_deadline),
        cmocka_unit_test(a_silent_connection_has_a_deadline),
        cmocka_unit_test(a_dripped_body_has_a_deadline),
        cmocka_unit_test(a_kept_connection_has_a_deadline_and_so_has_its_next_head),
        cmocka_unit_test(waiting_for_an_answer_has_no_deadline_of_ours),
        cmocka_unit_test(slow_peers_do_not_slow_others),
        cmocka_unit_test(strangers_are_refused_until_told_otherwise),
        cmocka_unit_test(refused_strangers_have_so_many_connections),
    };
    return cmocka_run_group_tests_name("listen.http_limits", tests, NULL, NULL);
}
