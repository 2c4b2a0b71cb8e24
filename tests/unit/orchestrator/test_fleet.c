/* SPDX-License-Identifier: MIT */
/* The life of connections: opened together, lost, made again, ended, used by many threads. */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "live.h"

#define ONE "{\"resources\": [{\"uri\": \"x://1\", \"name\": \"One\", \"text\": \"one\"}]}"

static struct live live;

static int set_up(void **state) {
    (void)state;
    live_open(&live);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    live_close(&live);
    return 0;
}

static const char *text_at(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static atomic_int events[ORCH_EV_IGNORED + 1];

static void count_event(const struct orch_event *event, void *user) {
    (void)user;
    assert_non_null(event->detail);
    atomic_fetch_add(&events[event->kind], 1);
}

static void forget_events(void) {
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
        atomic_store(&events[i], 0);
}

static void no_server_configured(void **state) {
    (void)state;
    live_start(&live);
    assert_int_equal(orch_initialize(live.orch, &live.error), MCP_E_NOT_FOUND);
    assert_int_equal(live.error.kind, ORCH_E_NO_SERVER);
    assert_string_equal(live.error.err.what, "no server is configured");
}

static void fail_fast_names_every_failure_and_leaves_nothing_open(void **state) {
    (void)state;
    live.settings = "\"fail_fast\": true, \"max_retries\": 0";
    live_add(&live, "good", 1, "d", ONE);
    live_add(&live, "dead", 2, "d", "{\"die\": \"initialize\"}");
    live_add(&live, "mute", 3, "d", "{\"hang\": \"initialize\"}");
    live_set(&live, "mute", "timeout", json_integer(1));
    live_start(&live);
    assert_int_not_equal(orch_initialize(live.orch, &live.error), MCP_OK);
    assert_int_equal(live.error.kind, ORCH_E_CONNECTION);
    const json_t *servers = json_object_get(live.error.context, "servers");
    assert_int_equal(json_array_size(servers), 2);
    assert_string_equal(text_at(json_array_get(servers, 0), "id"), "dead");
    assert_non_null(strstr(text_at(json_array_get(servers, 0), "error"), "no licence"));
    assert_string_equal(text_at(json_array_get(servers, 1), "code"), "E_TIMEOUT");
    assert_non_null(strstr(live.error.err.what, "2 of 3 servers could not be reached: \"dead\""));
    json_t *server = live_status(&live, "good");
    assert_false(json_is_true(json_object_get(server, "connected")));
    json_decref(server);
}

static void without_fail_fast_one_server_is_enough(void **state) {
    (void)state;
    live.settings = "\"fail_fast\": false, \"max_retries\": 0";
    live_add(&live, "good", 1, "d", ONE);
    live_add(&live, "dead", 2, "d", "{\"die\": \"initialize\"}");
    live_start(&live);
    assert_int_equal(orch_initialize(live.orch, NULL), MCP_OK);
    assert_int_equal(orch_initialize(live.orch, NULL), MCP_OK); /* already */
    json_t *server = live_status(&live, "good");
    assert_true(json_is_true(json_object_get(server, "connected")));
    assert_string_equal(text_at(server, "transport"), "stdio");
    assert_true(json_integer_value(json_object_get(server, "child_pid")) > 0);
    assert_true(json_is_null(json_object_get(server, "error")));
    assert_true(text_at(server, "last_connected")[0] != '\0');
    json_decref(server);
}

static void what_failed_while_initializing_is_not_tried_twice(void **state) {
    (void)state;
    live.settings = "\"fail_fast\": false, \"max_retries\": 0";
    live_add(&live, "good", 1, "d", ONE);
    live_add(&live, "mute", 2, "d", "{\"hang\": \"initialize\"}");
    live_set(&live, "mute", "timeout", json_integer(1));
    live_start(&live);
    uint64_t began = live_now_ms();
    json_decref(live_gather(&live, NULL)); /* initializes */
    assert_in_range(live_now_ms() - began, 900, 1900);
    assert_int_equal(live_count(&live, "mute", "initialize"), 1);
    json_decref(live_gather(&live, NULL));
    assert_int_equal(live_count(&live, "mute", "initialize"), 2);
}

static void nonsense_is_told_and_survived(void **state) {
    (void)state;
    live_add(&live, "a", 1, "d",
             "{\"nonsense\": 20, \"resources\": [{\"uri\": \"x://1\", \"text\": \"t\"}]}");
    live_start(&live);
    forget_events();
    orch_observe(live.orch, count_event, NULL);
    json_decref(live_gather(&live, NULL));
    assert_int_equal(atomic_load(&events[ORCH_EV_IGNORED]), 10); /* of 20: then it is enough */
}

static void none_could_be_reached(void **state) {
    (void)state;
    live.settings = "\"fail_fast\": false, \"max_retries\": 0";
    live_add(&live, "dead", 2, "d", "{\"die\": \"initialize\"}");
    live_start(&live);
    assert_int_not_equal(orch_initialize(live.orch, &live.error), MCP_OK);
    assert_int_equal(live.error.kind, ORCH_E_NO_SERVER);
    assert_int_equal(json_array_size(json_object_get(live.error.context, "servers")), 1);
}

static void retries_are_made_and_counted(void **state) {
    (void)state;
    live.settings = "\"max_retries\": 3";
    live_add(&live, "flaky", 1, "d", "{\"die\": \"initialize\", \"die_times\": 2}");
    live_start(&live);
    forget_events();
    orch_observe(live.orch, count_event, NULL);
    assert_int_equal(orch_initialize(live.orch, NULL), MCP_OK);
    assert_int_equal(live_count(&live, "flaky", "initialize"), 3);
    assert_int_equal(atomic_load(&events[ORCH_EV_CONNECTING]), 3);
    assert_int_equal(atomic_load(&events[ORCH_EV_RETRYING]), 2);
    assert_int_equal(atomic_load(&events[ORCH_EV_CONNECTED]), 1);
    assert_int_equal(atomic_load(&events[ORCH_EV_CONNECT_ENDED]), 0);
}

static void retries_end(void **state) {
    (void)state;
    live.settings = "\"max_retries\": 2";
    live_add(&live, "dead", 1, "d", "{\"die\": \"initialize\"}");
    live_start(&live);
    assert_int_not_equal(orch_initialize(live.orch, NULL), MCP_OK);
    assert_int_equal(live_count(&live, "dead", "initialize"), 3);
}

static void what_cannot_get_better_is_not_retried(void **state) {
    (void)state;
    live.settings = "\"max_retries\": 100, \"fail_fast\": true";
    live_add(&live, "none", 1, "d", "{}");
    live_set(&live, "none", "command", json_string("no-such-program-anywhere"));
    live_start(&live);
    forget_events();
    orch_observe(live.orch, count_event, NULL);
    assert_int_equal(orch_initialize(live.orch, &live.error), MCP_E_NOT_FOUND);
    assert_int_equal(atomic_load(&events[ORCH_EV_RETRYING]), 0);
    assert_int_equal(atomic_load(&events[ORCH_EV_CONNECT_ENDED]), 1);
}

static void a_lost_connection_is_noticed_and_made_again(void **state) {
    (void)state;
    live_add(&live, "a", 1, "d",
             "{\"resources\": [{\"uri\": \"x://1\", \"name\": \"One\", \"text\": \"one\"}], "
             "\"tools\": [{\"name\": \"t\", \"die\": true}]}");
    live_start(&live);
    json_decref(live_gather(&live, NULL));
    json_t *result = NULL;
    assert_int_not_equal(orch_call_tool(live.orch, "t", NULL, &result, NULL), MCP_OK);
    live_wait(&live, "a", false);
    json_t *server = live_status(&live, "a");
    assert_true(text_at(server, "error")[0] != '\0');
    assert_true(json_is_null(json_object_get(server, "child_pid")));
    json_decref(server);
    json_decref(live_gather(&live, NULL)); /* connects again, and asks again */
    assert_int_equal(live_count(&live, "a", "initialize"), 2);
    assert_int_equal(live_count(&live, "a", "resources/list"), 2);
    live_wait(&live, "a", true);
}

static void a_connection_that_dies_under_a_fetch_is_made_again_once(void **state) {
    (void)state;
    live_add(&live, "a", 1, "d",
             "{\"die\": \"resources/read\", \"die_times\": 1, \"resources\": [{\"uri\": \"x://1\", "
             "\"name\": \"One\", \"text\": \"one\"}]}");
    live_add(&live, "b", 2, "d", "{\"die\": \"resources/list\", \"resources\": []}");
    live_start(&live);
    assert_int_equal(orch_initialize(live.orch, NULL), MCP_OK);
    json_t *missing = NULL;
    json_t *all = live_gather(&live, &missing);
    const json_t *resources = json_object_get(json_object_get(all, "a"), "resources");
    assert_string_equal(text_at(resources, "One"), "one");
    assert_int_equal(live_count(&live, "a", "initialize"), 2);
    assert_string_equal(text_at(json_array_get(missing, 0), "id"), "b");
    assert_int_equal(live_count(&live, "b", "initialize"), 2);
    json_decref(all);
    json_decref(missing);
    assert_int_equal(live_count(&live, "a", "resources/list"), 2);
    json_decref(live_gather(&live, NULL)); /* what the second try read was cached */
    assert_int_equal(live_count(&live, "a", "resources/list"), 2);
}

static void a_server_that_died_comes_back_by_itself(void **state) {
    (void)state;
    live.settings = "\"fail_fast\": false, \"max_retries\": 0";
    live_add(&live, "good", 1, "d", ONE);
    live_add(&live, "late", 2, "d", "{\"die\": \"initialize\", \"die_times\": 1}");
    live_start(&live);
    assert_int_equal(orch_initialize(live.orch, NULL), MCP_OK);
    live_wait(&live, "late", true); /* nobody asked for it */
    json_t *server = live_status(&live, "late");
    assert_int_equal(json_integer_value(json_object_get(server, "failures")), 1);
    json_decref(server);
}

static void a_silent_server_is_asked_and_given_up(void **state) {
    (void)state;
    live.settings = "\"fail_fast\": false, \"max_retries\": 0, \"health_interval\": 1";
    live_add(&live, "a", 1, "d", ONE);
    live_add(&live, "mute", 2, "d", "{\"mute_after\": 1, \"resources\": []}");
    live_set(&live, "mute", "timeout", json_integer(3));
    live_start(&live);
    assert_int_equal(orch_initialize(live.orch, NULL), MCP_OK);
    live_wait(&live, "mute", true);
    live_wait(&live, "mute", false);
    assert_true(live_count(&live, "mute", "ping") >= 1);
    assert_true(live_count(&live, "a", "ping") >= 1); /* it refuses to: that is an answer, too */
    live_wait(&live, "a", true);
    assert_int_equal(live_count(&live, "a", "initialize"), 1);
    live_wait(&live, "mute", true); /* a new process */
}

static void a_server_that_keeps_failing_is_left_alone(void **state) {
    (void)state;
    live.settings = "\"fail_fast\": false, \"max_retries\": 0";
    live_add(&live, "good", 1, "d", ONE);
    live_add(&live, "dead", 2, "d", "{\"die\": \"initialize\"}");
    live_start(&live);
    for (int i = 0; i < 8; i++)
        json_decref(live_gather(&live, NULL));
    assert_in_range(live_count(&live, "dead", "initialize"), 5, 6);
    json_t *missing = NULL;
    json_decref(live_gather(&live, &missing));
    const char *why = text_at(json_array_get(missing, 0), "error");
    if (strstr(why, "5 failures in a row, the last: ") == NULL)
        print_error("%s\n", why);
    assert_non_null(strstr(why, "left alone for "));
    json_decref(missing);
    json_t *server = live_status(&live, "dead");
    const json_t *breaker = json_object_get(server, "breaker");
    assert_string_equal(text_at(breaker, "state"), "open");
    json_decref(server);
    orch_close(live.orch);
    json_decref(live_gather(&live, NULL)); /* a new beginning */
    assert_in_range(live_count(&live, "dead", "initialize"), 6, 8);
}

static void a_crash_loop_is_capped_and_named(void **state) {
    (void)state;
    live.settings = "\"fail_fast\": false, \"max_retries\": 0";
    live_add(&live, "good", 1, "d", ONE);
    live_add(&live, "crash", 2, "d", "{\"die\": \"resources/list\", \"resources\": []}");
    live_start(&live);
    assert_int_equal(orch_initialize(live.orch, NULL), MCP_OK);
    for (int i = 0; i < 6; i++)
        json_decref(live_gather(&live, NULL));
    size_t starts = live_count(&live, "crash", "initialize");
    assert_int_equal(starts, 5);
    print_message("a crash loop: 6 gathers, %zu starts, then left alone\n", starts);
    json_t *server = live_status(&live, "crash");
    const json_t *breaker = json_object_get(server, "breaker");
    assert_string_equal(text_at(breaker, "reason"), "crash loop");
    assert_non_null(strstr(text_at(server, "stderr_tail"), "no licence"));
    json_decref(server);
}

static void a_read_on_a_dead_connection_is_made_again_once(void **state) {
    (void)state;
    live_add(&live, "a", 1, "d",
             "{\"die\": \"resources/read\", \"die_times\": 1, \"resources\": [{\"uri\": \"x://1\", "
             "\"name\": \"One\", \"text\": \"one\"}]}");
    live_start(&live);
    assert_int_equal(orch_initialize(live.orch, NULL), MCP_OK);
    json_t *result = NULL;
    assert_int_equal(orch_read_resource(live.orch, "x://1", &result, NULL), MCP_OK);
    json_decref(result);
    assert_int_equal(live_count(&live, "a", "resources/read"), 2);
    assert_int_equal(live_count(&live, "a", "initialize"), 2);
}

static void close_and_initialize_again(void **state) {
    (void)state;
    live_add(&live, "a", 1, "d", ONE);
    live_start(&live);
    orch_close(live.orch); /* nothing is open */
    for (size_t i = 1; i <= 2; i++) {
        json_decref(live_gather(&live, NULL)); /* initializes */
        assert_int_equal(live_count(&live, "a", "initialize"), i);
        orch_close(live.orch);
        json_t *server = live_status(&live, "a");
        assert_false(json_is_true(json_object_get(server, "connected")));
        assert_true(json_is_null(json_object_get(server, "error")));
        json_decref(server);
    }
}

static void configuration_is_read_while_closed_only(void **state) {
    (void)state;
    live_add(&live, "a", 1, "d", ONE);
    live_start(&live);
    assert_int_equal(orch_load_configuration(live.orch, NULL), MCP_OK);
    assert_int_equal(orch_load_configuration(live.orch, NULL), MCP_OK);
    assert_int_equal(orch_initialize(live.orch, NULL), MCP_OK);
    assert_int_equal(orch_load_configuration(live.orch, &live.error), MCP_E_STATE);
    assert_int_equal(live.error.kind, ORCH_E_OTHER);
    orch_close(live.orch);
    assert_int_equal(orch_load_configuration(live.orch, NULL), MCP_OK);
}

enum { THREADS = 8 };

static void *gather_once(void *user) {
    json_t **out = user;
    return orch_gather_all_resources(live.orch, out, NULL, NULL) == MCP_OK ? NULL : user;
}

static void many_callers_share_one_fetch(void **state) {
    (void)state;
    pthread_t threads[THREADS];
    json_t *answers[THREADS] = {NULL};
    live_add(&live, "a", 1, "d", ONE);
    live_add(&live, "b", 2, "d", "{\"resources\": []}");
    live_start(&live);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, gather_once, &answers[i]), 0);
    for (size_t i = 0; i < THREADS; i++) {
        void *failed = NULL;
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
        assert_true(json_equal(answers[i], answers[0]));
    }
    for (size_t i = 0; i < THREADS; i++)
        json_decref(answers[i]);
    assert_int_equal(live_count(&live, "a", "initialize"), 1);
    assert_int_equal(live_count(&live, "a", "resources/list"), 1);
    assert_int_equal(live_count(&live, "b", "resources/list"), 1);
}

static void *initialize_once(void *user) {
    struct orch_error *error = user;
    return orch_initialize(live.orch, error) == MCP_OK ? NULL : user;
}

static void callers_that_arrive_meanwhile_share_the_failure(void **state) {
    (void)state;
    pthread_t threads[THREADS];
    struct orch_error errors[THREADS] = {ORCH_ERROR_INIT};
    live.settings = "\"fail_fast\": false, \"max_retries\": 0";
    live_add(&live, "mute", 1, "d", "{\"hang\": \"initialize\"}");
    live_set(&live, "mute", "timeout", json_integer(1));
    live_start(&live);
    uint64_t began = live_now_ms();
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, initialize_once, &errors[i]), 0);
    for (size_t i = 0; i < THREADS; i++) {
        void *failed = NULL;
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_non_null(failed);
        assert_int_equal(errors[i].kind, ORCH_E_NO_SERVER);
        assert_int_equal(json_array_size(json_object_get(errors[i].context, "servers")), 1);
        orch_error_deinit(&errors[i]);
    }
    assert_true(live_now_ms() - began < 3000);
    assert_int_equal(live_count(&live, "mute", "initialize"), 1);
}

static void close_ends_calls_under_way(void **state) {
    (void)state;
    pthread_t thread;
    json_t *answer = NULL;
    void *failed = NULL;
    const struct timespec moment = {.tv_nsec = 5000000};
    live_add(&live, "a", 1, "d", "{\"resources\": [], \"hang\": \"resources/list\"}");
    live_start(&live);
    assert_int_equal(orch_initialize(live.orch, NULL), MCP_OK);
    uint64_t began = live_now_ms();
    assert_int_equal(pthread_create(&thread, NULL, gather_once, &answer), 0);
    while (live_count(&live, "a", "resources/list") == 0)
        (void)nanosleep(&moment, NULL);
    orch_close(live.orch);
    assert_int_equal(pthread_join(thread, &failed), 0);
    assert_non_null(failed);
    assert_null(answer);
    assert_true(live_now_ms() - began < 8000);
}

static void *gather_often(void *user) {
    (void)user;
    for (int i = 0; i < 20; i++) {
        json_t *all = NULL;
        json_t *status = NULL;
        if (orch_gather_all_resources(live.orch, &all, NULL, NULL) == MCP_OK)
            json_decref(all);
        if (orch_get_status(live.orch, &status, NULL) == MCP_OK)
            json_decref(status);
        if (i % 5 == 4)
            (void)orch_invalidate(live.orch, "a");
    }
    return NULL;
}

static void threads_gather_invalidate_and_close_at_will(void **state) {
    (void)state;
    pthread_t threads[4];
    live_add(&live, "a", 1, "d", ONE);
    live_add(&live, "b", 2, "d",
             "{\"die\": \"resources/list\", \"die_times\": 3, \"resources\": []}");
    live_start(&live);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, gather_often, NULL), 0);
    for (int i = 0; i < 3; i++)
        orch_close(live.orch);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    json_decref(live_gather(&live, NULL));
}

static void wait_for_event(enum orch_event_kind kind, int count) {
    const struct timespec moment = {.tv_nsec = 2000000};
    uint64_t until_ms = live_now_ms() + 10000;
    while (atomic_load(&events[kind]) < count) {
        assert_true(live_now_ms() < until_ms);
        (void)nanosleep(&moment, NULL);
    }
}

static void wait_for_count(const char *id, const char *method, size_t count) {
    const struct timespec moment = {.tv_nsec = 2000000};
    uint64_t until_ms = live_now_ms() + 10000;
    while (live_count(&live, id, method) < count) {
        assert_true(live_now_ms() < until_ms);
        (void)nanosleep(&moment, NULL);
    }
}

static void a_resource_that_was_updated_is_read_again(void **state) {
    (void)state;
    json_t *result = NULL;
    live_add(&live, "a", 1, "d",
             "{\"subscribe\": true, \"many\": 2, \"tools\": [{\"name\": \"touch\"}]}");
    live_start(&live);
    forget_events();
    orch_observe(live.orch, count_event, NULL);
    json_decref(live_gather(&live, NULL));
    json_decref(live_gather(&live, NULL));
    wait_for_count("a", "resources/subscribe", 2);
    assert_int_equal(live_count(&live, "a", "resources/list"), 1);
    assert_int_equal(orch_call_tool(live.orch, "touch", NULL, &result, NULL), MCP_OK);
    json_decref(result);
    wait_for_event(ORCH_EV_CHANGED, 2);
    json_decref(live_gather(&live, NULL));
    assert_int_equal(live_count(&live, "a", "resources/list"), 2);
    assert_int_equal(live_count(&live, "a", "resources/subscribe"), 2); /* not again */
}

#define LIVE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        LIVE(no_server_configured),
        LIVE(fail_fast_names_every_failure_and_leaves_nothing_open),
        LIVE(without_fail_fast_one_server_is_enough),
        LIVE(what_failed_while_initializing_is_not_tried_twice),
        LIVE(nonsense_is_told_and_survived),
        LIVE(none_could_be_reached),
        LIVE(retries_are_made_and_counted),
        LIVE(retries_end),
        LIVE(what_cannot_get_better_is_not_retried),
        LIVE(a_resource_that_was_updated_is_read_again),
        LIVE(a_lost_connection_is_noticed_and_made_again),
        LIVE(a_connection_that_dies_under_a_fetch_is_made_again_once),
        LIVE(a_server_that_died_comes_back_by_itself),
        LIVE(a_silent_server_is_asked_and_given_up),
        LIVE(a_server_that_keeps_failing_is_left_alone),
        LIVE(a_crash_loop_is_capped_and_named),
        LIVE(a_read_on_a_dead_connection_is_made_again_once),
        LIVE(close_and_initialize_again),
        LIVE(configuration_is_read_while_closed_only),
        LIVE(many_callers_share_one_fetch),
        LIVE(callers_that_arrive_meanwhile_share_the_failure),
        LIVE(close_ends_calls_under_way),
        LIVE(threads_gather_invalidate_and_close_at_will),
    };
    return cmocka_run_group_tests_name("orchestrator.fleet", tests, NULL, NULL);
}
