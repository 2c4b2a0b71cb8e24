/* SPDX-License-Identifier: MIT */
/* The configuration changes while servers are connected and calls go on. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "live.h"

#define ONE  "{\"resources\": [{\"uri\": \"x://1\", \"name\": \"One\", \"text\": \"one\"}]}"
#define HANG "{\"hang\": \"resources/list\", \"resources\": []}"

static struct live live;
static json_t *changes; /* of the last reload */

static int set_up(void **state) {
    (void)state;
    live_open(&live);
    live.settings = "\"fail_fast\": false, \"max_retries\": 0";
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    json_decref(changes);
    changes = NULL;
    live_close(&live);
    return 0;
}

static const char *text_at(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static void rest(void) {
    const struct timespec moment = {.tv_nsec = 2000000};
    (void)nanosleep(&moment, NULL);
}

static enum mcp_code reload(void) {
    live_write(&live);
    json_decref(changes);
    changes = NULL;
    orch_error_deinit(&live.error);
    return orch_reload(live.orch, &changes, &live.error);
}

static void expect_reload(const char *want) {
    assert_int_equal(reload(), MCP_OK);
    json_t *wanted = json_loads(want, 0, NULL);
    if (!json_equal(changes, wanted))
        (void)json_dumpf(changes, stderr, 0);
    assert_true(json_equal(changes, wanted));
    json_decref(wanted);
}

static json_int_t pid_of(const char *id) {
    json_t *server = live_status(&live, id);
    json_int_t pid = json_integer_value(json_object_get(server, "child_pid"));
    json_decref(server);
    return pid;
}

/* Logs of servers that are not in the configuration any more. */
static void remove_log(const char *id) {
    char path[160];
    (void)snprintf(path, sizeof path, "%s/%s.log", live.dir, id);
    (void)unlink(path);
}

static void only_what_changed_is_touched(void **state) {
    (void)state;
    live_add(&live, "stays", 1, "d", ONE);
    live_add(&live, "moves", 2, "d", ONE);
    live_add(&live, "renewed", 3, "d", ONE);
    live_add(&live, "leaves", 4, "d", ONE);
    live_start(&live);
    json_decref(live_gather(&live, NULL));
    json_int_t stays = pid_of("stays");
    json_int_t moves = pid_of("moves");
    json_int_t renewed = pid_of("renewed");
    (void)json_object_del(live.servers, "leaves");
    live_set(&live, "moves", "priority", json_integer(9));
    live_set(&live, "moves", "name", json_string("Moved"));
    live_set(&live, "renewed", "env", json_pack("{s:s}", "NEW", "1"));
    live_add(&live, "comes", 5, "d", ONE);
    expect_reload("{\"added\": [\"comes\"], \"removed\": [\"leaves\"], \"reconnected\": "
                  "[\"renewed\"], \"updated\": [\"moves\"], \"kept\": 1, \"settings\": false}");
    live_wait(&live, "comes", true);
    live_wait(&live, "renewed", true);
    assert_int_equal(pid_of("stays"), stays);
    assert_int_equal(pid_of("moves"), moves);
    assert_int_not_equal(pid_of("renewed"), renewed);
    assert_null(live_status(&live, "leaves"));
    json_t *missing = NULL;
    json_t *all = live_gather(&live, &missing);
    assert_int_equal(json_array_size(missing), 0);
    assert_int_equal(json_object_size(all), 4);
    assert_non_null(json_object_get(all, "Moved"));
    json_decref(missing);
    json_decref(all);
    assert_int_equal(live_count(&live, "stays", "initialize"), 1);
    assert_int_equal(live_count(&live, "stays", "resources/list"), 1); /* cached still */
    assert_int_equal(live_count(&live, "moves", "resources/list"), 1);
    assert_int_equal(live_count(&live, "renewed", "resources/list"), 2);
    assert_int_equal(live_count(&live, "comes", "initialize"), 1);
    remove_log("leaves");
}

static void the_process_of_a_removed_server_ends(void **state) {
    (void)state;
    live_add(&live, "a", 1, "d", ONE);
    live_add(&live, "b", 2, "d", ONE);
    live_start(&live);
    assert_int_equal(orch_initialize(live.orch, NULL), MCP_OK);
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%lld", (long long)pid_of("b"));
    (void)json_object_del(live.servers, "b");
    assert_int_equal(reload(), MCP_OK);
    uint64_t until_ms = live_now_ms() + 10000;
    while (access(path, F_OK) == 0) {
        assert_true(live_now_ms() < until_ms);
        rest();
    }
    remove_log("b");
}

static void a_bad_file_keeps_the_running_configuration(void **state) {
    (void)state;
    live_add(&live, "a", 1, "d", ONE);
    live_start(&live);
    json_decref(live_gather(&live, NULL));
    json_int_t pid = pid_of("a");
    live_set(&live, "a", "priority", json_integer(1000));
    assert_int_not_equal(reload(), MCP_OK);
    assert_int_equal(live.error.kind, ORCH_E_CONFIGURATION);
    assert_non_null(strstr(live.error.err.where, "config.yaml:1:"));
    assert_non_null(strstr(live.error.err.what, "expected at most 999, got 1000"));
    assert_null(changes);
    (void)unlink(live.config);
    assert_int_not_equal(orch_reload(live.orch, NULL, NULL), MCP_OK);
    json_decref(live_gather(&live, NULL));
    assert_int_equal(pid_of("a"), pid);
    assert_int_equal(live_count(&live, "a", "initialize"), 1);
}

static void while_closed_it_loads(void **state) {
    (void)state;
    live_add(&live, "a", 1, "d", ONE);
    live_start(&live);
    expect_reload("{\"added\": [\"a\"], \"removed\": [], \"reconnected\": [], \"updated\": [], "
                  "\"kept\": 0, \"settings\": true}");
    live_add(&live, "b", 2, "d", ONE);
    expect_reload("{\"added\": [\"b\"], \"removed\": [], \"reconnected\": [], \"updated\": [], "
                  "\"kept\": 1, \"settings\": false}");
    assert_int_equal(live_count(&live, "a", "initialize"), 0);
    json_t *all = live_gather(&live, NULL);
    assert_int_equal(json_object_size(all), 2);
    json_decref(all);
}

static void slots_are_numbered_anew_after_a_close(void **state) {
    (void)state;
    live_add(&live, "a", 2, "d", ONE);
    live_add(&live, "b", 1, "d", ONE);
    live_start(&live);
    json_decref(live_gather(&live, NULL));
    live_set(&live, "a", "env", json_pack("{s:s}", "NEW", "1"));
    (void)json_object_del(live.servers, "b");
    assert_int_equal(reload(), MCP_OK);
    orch_close(live.orch);
    json_t *all = live_gather(&live, NULL);
    assert_int_equal(json_object_size(all), 1);
    json_decref(all);
    assert_true(live_count(&live, "a", "initialize") >= 2);
    remove_log("b");
}

static void settings_take_effect(void **state) {
    (void)state;
    live_add(&live, "a", 1, "d", ONE);
    live_start(&live);
    json_decref(live_gather(&live, NULL));
    live.settings = "\"fail_fast\": true, \"max_retries\": 0, \"resource_cache_ttl\": 0";
    assert_int_equal(reload(), MCP_OK);
    assert_true(json_is_true(json_object_get(changes, "settings")));
    json_decref(live_gather(&live, NULL));
    json_decref(live_gather(&live, NULL));
    assert_int_equal(live_count(&live, "a", "resources/list"), 3); /* the cache is off */
    live_add(&live, "dead", 2, "d", "{\"die\": \"initialize\"}");
    assert_int_equal(reload(), MCP_OK); /* waits for nobody */
    json_t *all = NULL;
    orch_error_deinit(&live.error);
    assert_int_not_equal(orch_gather_all_resources(live.orch, &all, NULL, &live.error), MCP_OK);
    assert_int_equal(live.error.kind, ORCH_E_RESOURCE_FETCH);
}

struct caller {
    pthread_t thread;
    json_t *all;
    json_t *missing;
    enum mcp_code code;
    atomic_bool is_done;
};

static void *gather_once(void *user) {
    struct caller *caller = user;
    caller->code = orch_gather_all_resources(live.orch, &caller->all, &caller->missing, NULL);
    atomic_store(&caller->is_done, true);
    return NULL;
}

/* Begin a gather that hangs at `id`. */
static void begin(struct caller *caller, const char *id) {
    *caller = (struct caller){.all = NULL};
    assert_int_equal(pthread_create(&caller->thread, NULL, gather_once, caller), 0);
    uint64_t until_ms = live_now_ms() + 10000;
    while (live_count(&live, id, "resources/list") == 0) {
        assert_true(live_now_ms() < until_ms);
        rest();
    }
}

static void end(struct caller *caller) {
    assert_int_equal(pthread_join(caller->thread, NULL), 0);
    json_decref(caller->all);
    json_decref(caller->missing);
}

static void check_under_way(const char *part) {
    struct caller caller;
    begin(&caller, "hung");
    uint64_t began_ms = live_now_ms();
    assert_int_equal(reload(), MCP_OK);
    assert_int_equal(pthread_join(caller.thread, NULL), 0);
    assert_true(live_now_ms() - began_ms < 8000); /* not the timeout of 10 s */
    assert_int_equal(caller.code, MCP_OK);
    assert_int_equal(json_array_size(caller.missing), 1);
    const json_t *entry = json_array_get(caller.missing, 0);
    assert_string_equal(text_at(entry, "id"), "hung");
    if (strstr(text_at(entry, "error"), part) == NULL)
        print_error("%s\n", text_at(entry, "error"));
    assert_non_null(strstr(text_at(entry, "error"), part));
    assert_string_equal(text_at(entry, "code"), "E_CANCELLED");
    assert_non_null(json_object_get(caller.all, "a"));
    json_decref(caller.all);
    json_decref(caller.missing);
}

static void a_request_to_a_removed_server_ends_and_says_why(void **state) {
    (void)state;
    live_add(&live, "a", 1, "d", ONE);
    live_add(&live, "hung", 2, "d", HANG);
    live_start(&live);
    assert_int_equal(orch_initialize(live.orch, NULL), MCP_OK);
    (void)json_object_del(live.servers, "hung");
    check_under_way("the server was removed from the configuration");
    remove_log("hung");
}

static void a_request_to_a_changed_server_ends_and_says_why(void **state) {
    (void)state;
    live_add(&live, "a", 1, "d", ONE);
    live_add(&live, "hung", 2, "d", HANG);
    live_start(&live);
    assert_int_equal(orch_initialize(live.orch, NULL), MCP_OK);
    live_set(&live, "hung", "env", json_pack("{s:s}", "NEW", "1"));
    check_under_way("the configuration of the server has changed");
    live_wait(&live, "hung", true); /* the new one */
}

/* Servers nobody listens for, so many that two configurations fill every slot there is. */
static void add_unreachable(int port) {
    for (int i = 0; i < ORCH_MAX_SERVERS - 1; i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "u%d", i);
        (void)json_object_set_new(live.servers, id,
                                  json_pack("{s:s, s:o, s:i}", "name", id, "url",
                                            json_sprintf("http://127.0.0.1:%d/", port), "priority",
                                            2));
    }
}

static void too_many_servers_of_before(void **state) {
    (void)state;
    struct caller caller;
    live_add(&live, "hung", 1, "d", HANG);
    live_set(&live, "hung", "timeout", json_integer(60));
    live_start(&live);
    assert_int_equal(orch_initialize(live.orch, NULL), MCP_OK);
    begin(&caller, "hung");
    add_unreachable(1);
    assert_int_equal(reload(), MCP_OK);
    add_unreachable(2);
    assert_int_equal(reload(), MCP_OK); /* those of before stay: somebody is inside */
    add_unreachable(3);
    assert_int_equal(reload(), MCP_E_LIMIT);
    assert_int_equal(live.error.kind, ORCH_E_OTHER);
    assert_false(atomic_load(&caller.is_done)); /* nothing changed */
    live_set(&live, "hung", "env", json_pack("{s:s}", "NEW", "1"));
    for (int i = 0; i < ORCH_MAX_SERVERS - 1; i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "u%d", i);
        (void)json_object_del(live.servers, id);
    }
    assert_int_equal(reload(), MCP_OK); /* needs one slot */
    end(&caller);
    add_unreachable(4);
    uint64_t until_ms = live_now_ms() + 20000;
    while (reload() != MCP_OK) {
        assert_true(live_now_ms() < until_ms);
        rest();
    }
}

enum { GATHERERS = 3, RELOADS = 60 };

static atomic_bool is_over;

/* Whole, or it says what is missing: a and b are in every configuration. */
static void *gather_on(void *user) {
    size_t *count = user;
    while (!atomic_load(&is_over)) {
        json_t *all = NULL;
        json_t *missing = NULL;
        (void)orch_invalidate(live.orch, *count % 3 == 0 ? NULL : "a");
        if (orch_gather_all_resources(live.orch, &all, &missing, NULL) != MCP_OK)
            return NULL; /* with failures tolerated, and a there, it does not fail */
        bool has_a = json_object_get(all, "a") != NULL;
        bool has_b = json_object_get(all, "b") != NULL || json_array_size(missing) > 0;
        json_decref(all);
        json_decref(missing);
        if (!has_a || !has_b)
            return NULL;
        ++*count;
    }
    return user;
}

/* The one that is there is reached in another way each time. */
static void set_round(int round) {
    (void)json_object_del(live.servers, "c");
    if (round % 2 == 0)
        live_add(&live, "c", 3, "d", ONE);
    live_set(&live, "a", "priority", json_integer(1 + round % 7));
    live_set(&live, "b", "env", json_pack("{s:o}", "ROUND", json_sprintf("%d", round / 3)));
}

static void gathers_go_on_meanwhile(void **state) {
    (void)state;
    pthread_t threads[GATHERERS];
    size_t counts[GATHERERS] = {0};
    live_add(&live, "a", 1, "d", ONE);
    live_add(&live, "b", 2, "d", ONE);
    live_start(&live);
    assert_int_equal(orch_initialize(live.orch, NULL), MCP_OK);
    atomic_store(&is_over, false);
    for (size_t i = 0; i < GATHERERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, gather_on, &counts[i]), 0);
    for (int round = 0; round < RELOADS; round++) {
        set_round(round);
        assert_int_equal(reload(), MCP_OK);
        json_t *status = NULL;
        assert_int_equal(orch_get_status(live.orch, &status, NULL), MCP_OK);
        assert_int_equal(json_array_size(json_object_get(status, "servers")), 2 + (round % 2 == 0));
        json_decref(status);
        rest();
    }
    atomic_store(&is_over, true);
    for (size_t i = 0; i < GATHERERS; i++) {
        void *outcome = NULL;
        assert_int_equal(pthread_join(threads[i], &outcome), 0);
        assert_non_null(outcome);
        assert_true(counts[i] > 0);
    }
    assert_int_equal(live_count(&live, "a", "initialize"), 1);
    remove_log("c");
}

static void closing_while_reloading(void **state) {
    (void)state;
    live_add(&live, "a", 1, "d", ONE);
    live_start(&live);
    for (int round = 0; round < 5; round++) {
        struct caller caller = {.all = NULL};
        assert_int_equal(orch_initialize(live.orch, NULL), MCP_OK);
        live_set(&live, "a", "env", json_pack("{s:o}", "ROUND", json_sprintf("%d", round)));
        assert_int_equal(pthread_create(&caller.thread, NULL, gather_once, &caller), 0);
        assert_int_equal(reload(), MCP_OK);
        orch_close(live.orch);
        assert_int_equal(pthread_join(caller.thread, NULL), 0);
        json_decref(caller.all);
        json_decref(caller.missing);
    }
}

static void staying_open_without_a_server(void **state) {
    (void)state;
    live_add(&live, "dead", 1, "d", "{\"die\": \"initialize\"}");
    live_start(&live);
    orch_stay_open(live.orch);
    assert_int_equal(orch_initialize(live.orch, NULL), MCP_OK);
    live_add(&live, "a", 2, "d", ONE);
    (void)json_object_del(live.servers, "dead");
    assert_int_equal(reload(), MCP_OK);
    live_wait(&live, "a", true);
    (void)json_object_del(live.servers, "a");
    assert_int_equal(reload(), MCP_OK);
    json_t *all = NULL;
    orch_error_deinit(&live.error);
    assert_int_not_equal(orch_gather_all_resources(live.orch, &all, NULL, &live.error), MCP_OK);
    assert_int_equal(live.error.kind, ORCH_E_NO_SERVER);
    remove_log("a");
    remove_log("dead");
}

#define LIVE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        LIVE(only_what_changed_is_touched),
        LIVE(the_process_of_a_removed_server_ends),
        LIVE(a_bad_file_keeps_the_running_configuration),
        LIVE(while_closed_it_loads),
        LIVE(slots_are_numbered_anew_after_a_close),
        LIVE(settings_take_effect),
        LIVE(a_request_to_a_removed_server_ends_and_says_why),
        LIVE(a_request_to_a_changed_server_ends_and_says_why),
        LIVE(too_many_servers_of_before),
        LIVE(gathers_go_on_meanwhile),
        LIVE(closing_while_reloading),
        LIVE(staying_open_without_a_server),
    };
    return cmocka_run_group_tests_name("orchestrator.reload", tests, NULL, NULL);
}
