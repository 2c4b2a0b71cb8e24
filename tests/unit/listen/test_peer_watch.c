/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "listen/peer_watch.h"

struct pair {
    int ours;
    int theirs;
    size_t told;
};

static void open_pair(struct pair *pair) {
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    *pair = (struct pair){fds[0], fds[1], 0};
}

static void count(void *peer) {
    ((struct pair *)peer)->told++;
}

static void a_peer_that_closes_is_told_once(void **state) {
    (void)state;
    struct mcp_peer_watch watch = MCP_PEER_WATCH_INIT;
    struct pair pair;
    open_pair(&pair);
    assert_int_equal(mcp_peer_watch_open(&watch, NULL), MCP_OK);
    assert_int_equal(mcp_peer_watch_add(&watch, pair.ours, &pair, NULL), MCP_OK);
    mcp_peer_watch_run(&watch, count);
    assert_int_equal(pair.told, 0);
    assert_int_equal(close(pair.theirs), 0);
    mcp_peer_watch_run(&watch, count);
    mcp_peer_watch_run(&watch, count);
    assert_int_equal(pair.told, 1);
    assert_int_equal(close(pair.ours), 0);
    mcp_peer_watch_close(&watch);
    mcp_peer_watch_close(&watch);
}

static void a_peer_that_left_before_is_told_too(void **state) {
    (void)state;
    struct mcp_peer_watch watch = MCP_PEER_WATCH_INIT;
    struct pair pair;
    open_pair(&pair);
    assert_int_equal(mcp_peer_watch_open(&watch, NULL), MCP_OK);
    assert_int_equal(shutdown(pair.theirs, SHUT_WR), 0);
    assert_int_equal(mcp_peer_watch_add(&watch, pair.ours, &pair, NULL), MCP_OK);
    mcp_peer_watch_run(&watch, count);
    assert_int_equal(pair.told, 1);
    assert_int_equal(close(pair.ours), 0);
    assert_int_equal(close(pair.theirs), 0);
    mcp_peer_watch_close(&watch);
}

static void what_a_peer_sends_wakes_nobody(void **state) {
    (void)state;
    struct mcp_peer_watch watch = MCP_PEER_WATCH_INIT;
    struct pair pair;
    open_pair(&pair);
    assert_int_equal(mcp_peer_watch_open(&watch, NULL), MCP_OK);
    assert_int_equal(mcp_peer_watch_add(&watch, pair.ours, &pair, NULL), MCP_OK);
    assert_int_equal(write(pair.theirs, "x", 1), 1);
    mcp_peer_watch_run(&watch, count);
    assert_int_equal(pair.told, 0);
    mcp_peer_watch_remove(&watch, pair.ours);
    assert_int_equal(close(pair.theirs), 0);
    mcp_peer_watch_run(&watch, count);
    assert_int_equal(pair.told, 0);
    assert_int_equal(close(pair.ours), 0);
    mcp_peer_watch_close(&watch);
}

static void a_crowd_that_leaves_is_told_in_one_run(void **state) {
    (void)state;
    enum { CROWD = 128 + 7 };
    static struct pair crowd[CROWD];
    struct mcp_peer_watch watch = MCP_PEER_WATCH_INIT;
    assert_int_equal(mcp_peer_watch_open(&watch, NULL), MCP_OK);
    for (size_t i = 0; i < CROWD; i++) {
        open_pair(&crowd[i]);
        assert_int_equal(mcp_peer_watch_add(&watch, crowd[i].ours, &crowd[i], NULL), MCP_OK);
        assert_int_equal(close(crowd[i].theirs), 0);
    }
    mcp_peer_watch_run(&watch, count);
    for (size_t i = 0; i < CROWD; i++) {
        assert_int_equal(crowd[i].told, 1);
        assert_int_equal(close(crowd[i].ours), 0);
    }
    mcp_peer_watch_close(&watch);
}

static void a_bad_descriptor_is_an_error(void **state) {
    (void)state;
    struct mcp_peer_watch watch = MCP_PEER_WATCH_INIT;
    struct mcp_err err = {0};
    assert_int_equal(mcp_peer_watch_open(&watch, NULL), MCP_OK);
    assert_int_equal(mcp_peer_watch_add(&watch, -1, NULL, &err), MCP_E_IO);
    assert_int_not_equal(err.os_errno, 0);
    mcp_peer_watch_close(&watch);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_peer_that_closes_is_told_once),
        cmocka_unit_test(a_peer_that_left_before_is_told_too),
        cmocka_unit_test(what_a_peer_sends_wakes_nobody),
        cmocka_unit_test(a_crowd_that_leaves_is_told_in_one_run),
        cmocka_unit_test(a_bad_descriptor_is_an_error),
    };
    return cmocka_run_group_tests_name("listen.peer_watch", tests, NULL, NULL);
}
