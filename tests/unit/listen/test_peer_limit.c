/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "listen/peer_limit.h"
#include "torture.h"

static struct mcp_peer_key key_of(const char *text, uint16_t port) {
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        return mcp_peer_key_of((const struct sockaddr *)&v4);
    assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
    return mcp_peer_key_of((const struct sockaddr *)&v6);
}

static bool same(struct mcp_peer_key a, struct mcp_peer_key b) {
    return a.len == b.len && memcmp(a.bytes, b.bytes, a.len) == 0;
}

static void a_key_is_the_address_without_the_port(void **state) {
    (void)state;
    struct sockaddr local = {.sa_family = AF_UNIX};
    assert_true(same(key_of("10.0.0.1", 1), key_of("10.0.0.1", 2)));
    assert_false(same(key_of("10.0.0.1", 1), key_of("10.0.0.2", 1)));
    assert_true(same(key_of("::ffff:10.0.0.1", 1), key_of("10.0.0.1", 2)));
    assert_true(same(key_of("2001:db8::1", 1), key_of("2001:db8::1", 2)));
    assert_false(same(key_of("2001:db8::1", 1), key_of("2001:db8::2", 1)));
    assert_int_equal(mcp_peer_key_of(&local).len, 1);
}

static void each_address_has_its_share(void **state) {
    (void)state;
    struct mcp_peer_limit limit;
    struct mcp_err err = {0};
    struct mcp_peer_key one = key_of("10.0.0.1", 1);
    struct mcp_peer_key two = key_of("10.0.0.2", 1);
    assert_int_equal(mcp_peer_limit_init(&limit, 100, 3, NULL), MCP_OK);
    for (int i = 0; i < 3; i++)
        assert_int_equal(mcp_peer_limit_enter(&limit, one, NULL), MCP_OK);
    assert_false(mcp_peer_limit_has_room(&limit, one));
    assert_int_equal(mcp_peer_limit_enter(&limit, one, &err), MCP_E_LIMIT);
    assert_int_equal(mcp_peer_limit_enter(&limit, two, NULL), MCP_OK);
    mcp_peer_limit_leave(&limit, one);
    assert_int_equal(mcp_peer_limit_enter(&limit, one, NULL), MCP_OK);
    assert_int_equal(limit.count, 4);
    mcp_peer_limit_deinit(&limit);
}

static void all_together_have_a_bound(void **state) {
    (void)state;
    struct mcp_peer_limit limit;
    char text[16];
    assert_int_equal(mcp_peer_limit_init(&limit, 3, 3, NULL), MCP_OK);
    for (int i = 0; i < 4; i++) {
        (void)snprintf(text, sizeof text, "10.0.0.%d", i);
        assert_int_equal(mcp_peer_limit_has_room(&limit, key_of(text, 1)), i < 3);
        assert_int_equal(mcp_peer_limit_enter(&limit, key_of(text, 1), NULL),
                         i < 3 ? MCP_OK : MCP_E_LIMIT);
    }
    mcp_peer_limit_deinit(&limit);
}

static void an_address_without_connections_is_forgotten(void **state) {
    (void)state;
    struct mcp_peer_limit limit;
    struct mcp_peer_key one = key_of("10.0.0.1", 1);
    assert_int_equal(mcp_peer_limit_init(&limit, 3, 3, NULL), MCP_OK);
    mcp_peer_limit_leave(&limit, one);
    assert_int_equal(mcp_peer_limit_enter(&limit, one, NULL), MCP_OK);
    mcp_peer_limit_leave(&limit, one);
    assert_int_equal(limit.count, 0);
    assert_int_equal(mcp_map_count(limit.by_address), 0);
    mcp_peer_limit_deinit(&limit);
    mcp_peer_limit_deinit(&limit);
}

static enum mcp_code enter_two(void *user, struct mcp_err *err) {
    (void)user;
    struct mcp_peer_limit limit;
    enum mcp_code code = mcp_peer_limit_init(&limit, 3, 3, err);
    if (code == MCP_OK)
        code = mcp_peer_limit_enter(&limit, key_of("10.0.0.1", 1), err);
    if (code == MCP_OK)
        code = mcp_peer_limit_enter(&limit, key_of("10.0.0.2", 1), err);
    mcp_peer_limit_deinit(&limit);
    return code;
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    torture_run(enter_two, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_is_the_address_without_the_port),
        cmocka_unit_test(each_address_has_its_share),
        cmocka_unit_test(all_together_have_a_bound),
        cmocka_unit_test(an_address_without_connections_is_forgotten),
        cmocka_unit_test(survives_any_refused_allocation),
    };
    return cmocka_run_group_tests_name("listen.peer_limit", tests, NULL, NULL);
}
