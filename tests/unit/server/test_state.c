/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "server/state.h"
#include "torture.h"
#include "trace_outlet.h"

enum { CARRIER = 2 };

static const struct mcp_session_wish alice = {.principal = {"alice", 5}, .carrier = CARRIER};

static const struct mcp_state_limits limits = {.max_sessions = 4,
                                               .session_idle_ms = 100,
                                               .session_age_ms = 10000,
                                               .max_inflight = 4,
                                               .max_inflight_per_session = 2,
                                               .max_subscriptions = 2};

struct request {
    struct mcp_inflight_entry entry;
    int holds;
    int cancels;
};

static void hold(struct mcp_inflight_entry *entry) {
    ((struct request *)(void *)entry)->holds++;
}

static void cancel(struct mcp_inflight_entry *entry) {
    ((struct request *)(void *)entry)->cancels++;
}

static const struct mcp_inflight_ops ops = {hold, cancel};

static struct mcp_state *fresh(void) {
    struct mcp_state *state = NULL;
    assert_int_equal(mcp_state_new(&limits, &state, NULL), MCP_OK);
    return state;
}

static struct mcp_session_key key_of(const char *id) {
    return (struct mcp_session_key){mcp_str_of(id), MCP_STR("alice"), CARRIER};
}

static struct mcp_session_key open_session(struct mcp_state *state, char id[33]) {
    assert_int_equal(mcp_state_open(state, &alice, 0, id, NULL), MCP_OK);
    assert_int_equal(strlen(id), 32);
    return key_of(id);
}

static struct mcp_peer_box *new_peer(const char *id) {
    const struct mcp_peer_facts facts = {.version = MCP_VERSION_2025_06_18, .session_id = id};
    struct mcp_peer_box *peer = mcp_peer_new(&facts);
    assert_non_null(peer);
    return peer;
}

static void greet(struct mcp_state *state, const char *id) {
    MCP_AUTO(mcp_peer_unrefp) struct mcp_peer_box *peer = new_peer(id);
    assert_int_equal(mcp_state_greet(state, mcp_str_of(id), peer, NULL), MCP_OK);
}

static size_t cancel_all(struct mcp_list *cancelled) {
    size_t count = 0;
    struct mcp_inflight_entry *entry = mcp_inflight_take_cancelled(cancelled);
    for (; entry != NULL; entry = mcp_inflight_take_cancelled(cancelled), count++)
        entry->ops->cancel(entry);
    return count;
}

static size_t told_of_uri(struct mcp_state *state, struct mcp_str uri) {
    struct mcp_targets targets = {0};
    assert_int_equal(mcp_state_targets_of_uri(state, uri, &targets, NULL), MCP_OK);
    size_t count = targets.count;
    mcp_targets_deinit(&targets);
    return count;
}

static size_t told_of_topic(struct mcp_state *state, enum mcp_topic topic) {
    struct mcp_targets targets = {0};
    assert_int_equal(mcp_state_targets_of_topic(state, topic, &targets, NULL), MCP_OK);
    size_t count = targets.count;
    mcp_targets_deinit(&targets);
    return count;
}

static void a_session_is_greeted_once_then_ready(void **unused) {
    (void)unused;
    char id[33];
    struct mcp_state *state = fresh();
    const struct mcp_session_key key = open_session(state, id);
    enum mcp_version version = MCP_VERSION_NEWEST;
    struct mcp_seat seat = {0};
    assert_int_equal(mcp_state_seat(state, &key, 1, &seat, NULL), MCP_OK);
    assert_int_equal(seat.phase, MCP_SESSION_NEW);
    assert_null(seat.peer);
    assert_int_equal(mcp_state_version(state, key.id, &version, NULL), MCP_OK);
    assert_int_equal(version, MCP_VERSION_NONE);
    mcp_state_ready(state, key.id, 7); /* too early: nothing happens */
    greet(state, id);
    MCP_AUTO(mcp_peer_unrefp) struct mcp_peer_box *second = new_peer(id);
    assert_int_equal(mcp_state_greet(state, key.id, second, NULL), MCP_E_STATE);
    assert_int_equal(mcp_state_version(state, key.id, &version, NULL), MCP_OK);
    assert_int_equal(version, MCP_VERSION_2025_06_18);
    mcp_state_ready(state, key.id, 7);
    assert_int_equal(mcp_state_seat(state, &key, 1, &seat, NULL), MCP_OK);
    assert_int_equal(seat.phase, MCP_SESSION_READY);
    mcp_peer_unref(seat.peer);
    mcp_state_free(state);
}

static void an_unknown_session_is_not_found(void **unused) {
    (void)unused;
    struct mcp_state *state = fresh();
    const struct mcp_session_key key = key_of("00000000000000000000000000000000");
    struct mcp_seat seat = {0};
    enum mcp_version version = MCP_VERSION_NONE;
    struct request request = {.entry = {.ops = &ops}};
    struct mcp_leftover leftover = {0};
    MCP_AUTO(mcp_peer_unrefp) struct mcp_peer_box *peer = new_peer("x");
    assert_int_equal(mcp_state_check(state, &key, 0, NULL), MCP_E_NOT_FOUND);
    assert_int_equal(mcp_state_seat(state, &key, 0, &seat, NULL), MCP_E_NOT_FOUND);
    assert_int_equal(mcp_state_enter(state, &key, 0, &request.entry, &seat, NULL), MCP_E_NOT_FOUND);
    assert_int_equal(mcp_state_version(state, key.id, &version, NULL), MCP_E_NOT_FOUND);
    assert_int_equal(mcp_state_greet(state, key.id, peer, NULL), MCP_E_NOT_FOUND);
    assert_int_equal(mcp_state_subscribe(state, key.id, MCP_STR("x://1"), NULL), MCP_E_NOT_FOUND);
    assert_int_equal(mcp_state_attach(state, &key, NULL, NULL), MCP_E_NOT_FOUND);
    assert_false(mcp_state_close(state, &key, &leftover));
    mcp_state_unsubscribe(state, key.id, MCP_STR("x://1"));
    mcp_state_ready(state, key.id, 7);
    mcp_state_free(state);
}

static void closing_hands_over_calls_and_stream(void **unused) {
    (void)unused;
    char id[33];
    struct mcp_state *state = fresh();
    const struct mcp_session_key key = open_session(state, id);
    json_auto_t *one = json_integer(1);
    struct request request = {.entry = {.ops = &ops, .id = one}};
    struct mcp_seat seat = {0};
    struct trace_outlet trace;
    trace_outlet_init(&trace);
    struct mcp_stream *stream = mcp_stream_new(&trace.base);
    assert_int_equal(mcp_state_enter(state, &key, 1, &request.entry, &seat, NULL), MCP_OK);
    assert_int_equal(mcp_state_attach(state, &key, stream, NULL), MCP_OK);
    assert_int_equal(mcp_state_attach(state, &key, stream, NULL), MCP_E_EXISTS);
    struct mcp_state_counts counts;
    mcp_state_count(state, &counts);
    assert_int_equal(counts.streams, 1);
    assert_int_equal(counts.in_flight, 1);

    struct mcp_leftover leftover = {0};
    assert_true(mcp_state_close(state, &key, &leftover));
    assert_ptr_equal(leftover.stream, stream);
    assert_int_equal(cancel_all(&leftover.cancelled), 1);
    assert_int_equal(request.holds, 1);
    mcp_state_count(state, &counts);
    assert_int_equal(counts.sessions, 0);
    assert_int_equal(counts.streams, 0);
    assert_int_equal(counts.in_flight, 1); /* until it returns */
    assert_int_equal(mcp_state_leave(state, &request.entry), MCP_CANCELLED_BY_PEER);
    mcp_stream_unref(leftover.stream);
    assert_int_equal(trace.ended, 1);
    trace_outlet_deinit(&trace);
    mcp_state_free(state);
}

static void idle_sessions_expire_one_by_one(void **unused) {
    (void)unused;
    char ids[2][33];
    struct mcp_state *state = fresh();
    struct mcp_leftover leftover = {0};
    (void)open_session(state, ids[0]);
    (void)open_session(state, ids[1]);
    assert_false(mcp_state_expire(state, 99, &leftover));
    assert_true(mcp_state_expire(state, 100, &leftover));
    assert_true(mcp_state_expire(state, 100, &leftover));
    assert_false(mcp_state_expire(state, 100, &leftover));
    assert_int_equal(cancel_all(&leftover.cancelled), 0);
    assert_null(leftover.stream);
    mcp_state_free(state);
}

static void changes_reach_ready_sessions_with_a_stream(void **unused) {
    (void)unused;
    char id[33];
    struct mcp_state *state = fresh();
    const struct mcp_session_key key = open_session(state, id);
    struct trace_outlet trace;
    trace_outlet_init(&trace);
    greet(state, id);
    assert_int_equal(mcp_state_subscribe(state, key.id, MCP_STR("x://1"), NULL), MCP_OK);
    assert_int_equal(mcp_state_attach(state, &key, mcp_stream_new(&trace.base), NULL), MCP_OK);
    assert_int_equal(told_of_uri(state, MCP_STR("x://1")), 0); /* not initialized */
    mcp_state_ready(state, key.id, MCP_TOPIC_TOOL_LIST);
    assert_int_equal(told_of_uri(state, MCP_STR("x://1")), 1);
    assert_int_equal(told_of_uri(state, MCP_STR("x://2")), 0);
    assert_int_equal(told_of_topic(state, MCP_TOPIC_TOOL_LIST), 1);
    assert_int_equal(told_of_topic(state, MCP_TOPIC_PROMPT_LIST), 0);
    mcp_state_unsubscribe(state, key.id, MCP_STR("x://1"));
    assert_int_equal(told_of_uri(state, MCP_STR("x://1")), 0);

    struct mcp_leftover leftover = {0};
    mcp_state_outlet_gone(state, &trace.base, &leftover);
    assert_non_null(leftover.stream);
    mcp_stream_unref(leftover.stream);
    assert_int_equal(trace.ended, 1);
    assert_int_equal(told_of_topic(state, MCP_TOPIC_TOOL_LIST), 0);
    assert_int_equal(mcp_state_subscribe(state, key.id, MCP_STR("a"), NULL), MCP_OK);
    assert_int_equal(mcp_state_subscribe(state, key.id, MCP_STR("b"), NULL), MCP_OK);
    assert_int_equal(mcp_state_subscribe(state, key.id, MCP_STR("c"), NULL), MCP_E_LIMIT);
    trace_outlet_deinit(&trace);
    mcp_state_free(state);
}

static void a_leaving_peer_cancels_only_what_ends_with_it(void **unused) {
    (void)unused;
    char id[33];
    struct mcp_state *state = fresh();
    const struct mcp_session_key key = open_session(state, id);
    struct mcp_outlet outlets[3] = {{0}};
    json_auto_t *one = json_integer(1);
    struct request legacy = {.entry = {.ops = &ops, .id = one, .outlet = &outlets[0]}};
    struct request modern = {
        .entry = {.ops = &ops, .id = one, .outlet = &outlets[1], .ends_with_outlet = true}};
    struct mcp_seat seat = {0};
    struct mcp_leftover leftover = {0};
    assert_int_equal(mcp_state_enter(state, &key, 1, &legacy.entry, &seat, NULL), MCP_OK);
    assert_int_equal(mcp_state_enter_modern(state, MCP_STR(""), &modern.entry, NULL), MCP_OK);
    for (size_t i = 0; i < 3; i++) {
        mcp_state_outlet_gone(state, &outlets[i], &leftover);
        assert_int_equal(cancel_all(&leftover.cancelled), i == 1);
        assert_null(leftover.stream);
    }
    mcp_state_cancel(state, key.id, one, &leftover.cancelled);
    assert_int_equal(cancel_all(&leftover.cancelled), 1);
    assert_int_equal(legacy.cancels, 1);
    mcp_state_cancel(state, MCP_STR("nobody"), one, &leftover.cancelled);
    assert_int_equal(cancel_all(&leftover.cancelled), 0);
    mcp_state_leave(state, &legacy.entry);
    mcp_state_leave(state, &modern.entry);
    mcp_state_free(state);
}

static void modern_requests_on_a_sessions_pipe_share_its_ids(void **unused) {
    (void)unused;
    char id[33];
    struct mcp_state *state = fresh();
    const struct mcp_session_key key = open_session(state, id);
    json_auto_t *one = json_integer(1);
    struct request first = {.entry = {.ops = &ops, .id = one}};
    struct request second = {.entry = {.ops = &ops, .id = one}};
    assert_int_equal(mcp_state_enter_modern(state, key.id, &first.entry, NULL), MCP_OK);
    assert_int_equal(mcp_state_enter_modern(state, key.id, &second.entry, NULL), MCP_E_EXISTS);
    assert_int_equal(mcp_state_enter_modern(state, MCP_STR(""), &second.entry, NULL), MCP_OK);
    mcp_state_leave(state, &first.entry);
    mcp_state_leave(state, &second.entry);
    mcp_state_free(state);
}

static void listening_joins_all_or_nothing(void **unused) {
    (void)unused;
    struct mcp_state *state = fresh();
    struct trace_outlet trace;
    trace_outlet_init(&trace);
    json_auto_t *tag = json_integer(9);
    struct mcp_subscriber subscriber = {.stream = mcp_stream_new(&trace.base), .tag = tag};
    json_auto_t *three = json_pack("[s, s, s]", "a", "b", "c");
    json_auto_t *two = json_pack("[s, s]", "a", "b");
    assert_int_equal(mcp_state_listen(state, &subscriber, 1, three, NULL), MCP_E_LIMIT);
    assert_int_equal(told_of_uri(state, MCP_STR("a")), 0);
    assert_int_equal(told_of_topic(state, MCP_TOPIC_RESOURCE_LIST), 0);
    assert_int_equal(mcp_state_listen(state, &subscriber, 1, two, NULL), MCP_OK);
    struct mcp_targets targets = {0};
    assert_int_equal(mcp_state_targets_of_uri(state, MCP_STR("b"), &targets, NULL), MCP_OK);
    assert_int_equal(targets.count, 1);
    assert_ptr_equal(targets.items[0].tag, tag);
    mcp_targets_deinit(&targets);
    mcp_state_unlisten(state, &subscriber);
    mcp_state_unlisten(state, &subscriber);
    assert_int_equal(told_of_topic(state, MCP_TOPIC_RESOURCE_LIST), 0);
    mcp_stream_unref(subscriber.stream);
    trace_outlet_deinit(&trace);
    mcp_state_free(state);
}

static void a_stopping_server_refuses_and_hands_everything_over(void **unused) {
    (void)unused;
    char id[33];
    struct mcp_state *state = fresh();
    const struct mcp_session_key key = open_session(state, id);
    struct trace_outlet trace;
    trace_outlet_init(&trace);
    assert_int_equal(mcp_state_attach(state, &key, mcp_stream_new(&trace.base), NULL), MCP_OK);
    json_auto_t *one = json_integer(1);
    struct request request = {.entry = {.ops = &ops, .id = one}};
    struct request late = {.entry = {.ops = &ops, .id = one}};
    struct mcp_seat seat = {0};
    assert_int_equal(mcp_state_enter(state, &key, 1, &request.entry, &seat, NULL), MCP_OK);
    struct mcp_list cancelled;
    mcp_list_init(&cancelled);
    mcp_state_stop(state, &cancelled);
    assert_int_equal(cancel_all(&cancelled), 1);
    assert_true(mcp_state_is_stopping(state));
    assert_int_equal(mcp_state_enter(state, &key, 1, &late.entry, &seat, NULL), MCP_E_STATE);
    assert_int_equal(mcp_state_enter_modern(state, key.id, &late.entry, NULL), MCP_E_STATE);
    assert_int_equal(mcp_state_open(state, &alice, 0, id, NULL), MCP_E_STATE);
    assert_int_equal(mcp_state_attach(state, &key, NULL, NULL), MCP_E_STATE);
    struct mcp_subscriber subscriber = {0};
    assert_int_equal(mcp_state_listen(state, &subscriber, 1, NULL, NULL), MCP_E_STATE);
    struct mcp_stream *stream = mcp_state_take_stream(state);
    assert_non_null(stream);
    assert_null(mcp_state_take_stream(state));
    mcp_stream_unref(stream);
    assert_int_equal(trace.ended, 1);
    assert_int_equal(mcp_state_leave(state, &request.entry), MCP_CANCELLED_BY_STOP);
    trace_outlet_deinit(&trace);
    mcp_state_free(state);
}

static enum mcp_code targets_of_many(void *user, struct mcp_err *err) {
    (void)user;
    struct trace_outlet trace;
    struct mcp_state *state = NULL;
    struct mcp_targets targets = {0};
    struct mcp_subscriber subscribers[10] = {{0}};
    MCP_TRY(mcp_state_new(&limits, &state, err));
    trace_outlet_init(&trace);
    struct mcp_stream *stream = mcp_stream_new(&trace.base);
    enum mcp_code code = stream != NULL ? MCP_OK : MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    for (size_t i = 0; i < 10 && code == MCP_OK; i++) {
        subscribers[i].stream = stream;
        code = mcp_state_listen(state, &subscribers[i], MCP_TOPIC_TOOL_LIST, NULL, err);
    }
    if (code == MCP_OK)
        code = mcp_state_targets_of_topic(state, MCP_TOPIC_TOOL_LIST, &targets, err);
    if (code == MCP_OK)
        assert_int_equal(targets.count, 10);
    mcp_targets_deinit(&targets);
    for (size_t i = 0; i < 10; i++)
        mcp_state_unlisten(state, &subscribers[i]);
    mcp_stream_unref(stream);
    trace_outlet_deinit(&trace);
    mcp_state_free(state);
    return code;
}

static enum mcp_code open_and_subscribe(void *user, struct mcp_err *err) {
    (void)user;
    char id[33];
    struct mcp_state *state = NULL;
    MCP_TRY(mcp_state_new(&limits, &state, err));
    enum mcp_code code = mcp_state_open(state, &alice, 0, id, err);
    if (code == MCP_OK)
        code = mcp_state_subscribe(state, mcp_str_of(id), MCP_STR("x://1"), err);
    mcp_state_free(state);
    return code;
}

static void survives_any_refused_allocation(void **unused) {
    (void)unused;
    torture_run(targets_of_many, NULL);
    torture_run(open_and_subscribe, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_is_greeted_once_then_ready),
        cmocka_unit_test(an_unknown_session_is_not_found),
        cmocka_unit_test(closing_hands_over_calls_and_stream),
        cmocka_unit_test(idle_sessions_expire_one_by_one),
        cmocka_unit_test(changes_reach_ready_sessions_with_a_stream),
        cmocka_unit_test(a_leaving_peer_cancels_only_what_ends_with_it),
        cmocka_unit_test(modern_requests_on_a_sessions_pipe_share_its_ids),
        cmocka_unit_test(listening_joins_all_or_nothing),
        cmocka_unit_test(a_stopping_server_refuses_and_hands_everything_over),
        cmocka_unit_test(survives_any_refused_allocation),
    };
    return cmocka_run_group_tests_name("server.state", tests, NULL, NULL);
}
