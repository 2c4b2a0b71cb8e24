/* SPDX-License-Identifier: MIT */
/* hostile_orchestrator.c - a case against the orchestrator: the hostile server beside a good one.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hostile_rig.h"
#include "mcp/dial.h"

struct gather {
    struct orch *orch;
    json_t *all;
    json_t *missing;
    struct orch_error error;
    uint64_t took_ms;
    int is_done; /* atomic */
};

/* --- configuration -----------------------------------------------------------------------------
 */

static json_t *describe_hostile(const struct hostile_case *hostile, uint64_t timeout_s) {
    const json_t *transport = json_object_get(hostile->spec, "transport");
    char url[256];
    json_t *entry =
        json_pack("{s:s, s:i, s:i}", "name", "hostile", "priority", 2, "timeout", (int)timeout_s);
    if (strncmp(hostile->way, "stdio", 5) == 0) {
        const char *const *argv = hostile_argv(hostile);
        json_t *args = json_array();
        for (size_t i = 1; argv[i] != NULL; i++)
            (void)json_array_append_new(args, json_string(argv[i]));
        (void)json_object_set_new(entry, "command", json_string(argv[0]));
        (void)json_object_set_new(entry, "args", args);
        return entry;
    }
    const char *kind = strcmp(hostile->way, "sse") == 0 ? "sse" : "streamable-http";
    (void)json_object_set_new(entry, "url", json_string(hostile_url(hostile, url)));
    (void)json_object_set_new(entry, "transport", json_string(transport != NULL ? "auto" : kind));
    return entry;
}

static void write_configuration(const struct hostile_case *hostile, uint64_t timeout_s,
                                const char *path) {
    char url[256];
    json_t *root = json_pack("{s:{s:o, s:{s:s, s:i, s:i, s:s, s:s}}, s:{s:b, s:i, s:i}}",
                             "mcp_servers", "hostile", describe_hostile(hostile, timeout_s), "good",
                             "name", "good", "priority", 1, "timeout", 30, "url",
                             hostile_good_url(url), "transport", "streamable-http", "orchestration",
                             "fail_fast", 0, "max_retries", 0, "health_interval", 0);
    assert_non_null(root);
    assert_int_equal(json_dump_file(root, path, 0), 0);
    json_decref(root);
}

/* --- the gather --------------------------------------------------------------------------------
 */

static void *run_gather(void *user) {
    struct gather *gather = user;
    uint64_t before_ms = hostile_now_ms();
    if (orch_gather_all_resources(gather->orch, &gather->all, &gather->missing, &gather->error) !=
        MCP_OK)
        gather->missing = NULL; /* not even the good server answered: the judge sees it */
    gather->took_ms = hostile_now_ms() - before_ms;
    __atomic_store_n(&gather->is_done, 1, __ATOMIC_SEQ_CST);
    return NULL;
}

/* Nobody lists it, so the server that comes first is asked first. */
static void ask_good(struct orch *orch) {
    json_auto_t *result = NULL;
    struct orch_error error = ORCH_ERROR_INIT;
    uint64_t before_ms = hostile_now_ms();
    enum mcp_code code = orch_read_resource(orch, "test://good", &result, &error);
    uint64_t took_ms = hostile_now_ms() - before_ms;
    if (code != MCP_OK)
        print_error("the other server: %s\n", error.err.what);
    assert_int_equal(code, MCP_OK);
    assert_string_equal(json_string_value(json_object_get(result, "server")), "good");
    if (took_ms > HOSTILE_GOOD_MS)
        print_error("the other server took %llu ms\n", (unsigned long long)took_ms);
    assert_true(took_ms <= HOSTILE_GOOD_MS);
    hostile_note_good(took_ms);
}

/* The hostile server's part of the answer: an entry of `missing`, or NULL. */
static const json_t *complaint(const struct gather *gather) {
    for (size_t i = 0; i < json_array_size(gather->missing); i++) {
        const json_t *entry = json_array_get(gather->missing, i);
        if (strcmp(json_string_value(json_object_get(entry, "id")), "hostile") == 0)
            return entry;
    }
    return NULL;
}

static void judge_complaint(const struct hostile_case *hostile, const json_t *entry) {
    const json_t *error = hostile_error(hostile, true);
    const char *text = json_string_value(json_object_get(entry, "error"));
    const char *code = json_string_value(json_object_get(entry, "code"));
    bool is_right = json_equal(json_object_get(error, "code"), json_object_get(entry, "code")) &&
                    hostile_is_told(json_object_get(error, "what"), text, true);
    if (!is_right)
        print_error("%s: %s \"%s\"\n", hostile->title, code, text);
    assert_true(is_right);
}

static void judge(const struct hostile_case *hostile, const struct gather *gather,
                  uint64_t timeout_ms) {
    const json_t *wanted = json_object_get(hostile->spec, "gathered");
    bool is_whole =
        wanted == NULL ? json_object_get(hostile->spec, "error") == NULL : json_is_true(wanted);
    const json_t *entry = complaint(gather);
    if ((entry == NULL) != is_whole)
        print_error("%s: %s\n", hostile->title,
                    entry != NULL ? json_string_value(json_object_get(entry, "error"))
                                  : "nothing is missing");
    assert_int_equal(entry == NULL, is_whole);
    if (entry != NULL)
        judge_complaint(hostile, entry);
    const json_t *good = json_object_get(json_object_get(gather->all, "good"), "resources");
    assert_int_equal(json_object_size(good), 1);
    if (gather->took_ms > hostile_sum.longest_ms)
        hostile_sum.longest_ms = gather->took_ms;
    if (gather->took_ms > timeout_ms + HOSTILE_ALLOWANCE_MS)
        print_error("%s: %llu ms\n", hostile->title, (unsigned long long)gather->took_ms);
    assert_true(gather->took_ms <= timeout_ms + HOSTILE_ALLOWANCE_MS);
}

static void run(const struct hostile_case *hostile, uint64_t timeout_s, const char *config) {
    struct gather gather = {.error = ORCH_ERROR_INIT};
    struct orch_error error = ORCH_ERROR_INIT;
    pthread_t thread;
    uint64_t before_ms = hostile_now_ms();
    write_configuration(hostile, timeout_s, config);
    assert_int_equal(orch_new(config, &gather.orch, NULL), MCP_OK);
    assert_int_equal(orch_initialize(gather.orch, &error), MCP_OK);
    assert_true(hostile_now_ms() - before_ms <= timeout_s * 1000 + HOSTILE_ALLOWANCE_MS);
    assert_int_equal(pthread_create(&thread, NULL, run_gather, &gather), 0);
    while (!__atomic_load_n(&gather.is_done, __ATOMIC_SEQ_CST)) {
        ask_good(gather.orch);
        hostile_pause();
    }
    (void)pthread_join(thread, NULL);
    ask_good(gather.orch);
    /* A dead connection is made anew once: two times the timeout. */
    judge(hostile, &gather, 2 * timeout_s * 1000);
    json_decref(gather.all);
    json_decref(gather.missing);
    orch_error_deinit(&gather.error);
    orch_error_deinit(&error);
    orch_free(gather.orch);
}

void hostile_run_orchestrator(void **state) {
    const struct hostile_case *hostile = *state;
    struct hostile_use before;
    char path[] = "/tmp/mcp-hostile-XXXXXX";
    uint64_t timeout_ms = hostile_number(hostile, "timeout_ms", HOSTILE_TIMEOUT_MS);
    uint64_t timeout_s = (hostile_number(hostile, "connect_ms", timeout_ms) + 999) / 1000;
    int file = mkstemp(path);
    assert_true(file >= 0);
    (void)close(file);
    hostile_mark(&before);
    run(hostile, timeout_s, path);
    (void)unlink(path);
    hostile_check_use(hostile, &before,
                      hostile_number(hostile, "gather_memory_mib",
                                     hostile_number(hostile, "memory_mib", HOSTILE_MEMORY_MIB)));
    assert_int_equal(hostile_visits(), 0);
    hostile_sum.cases++;
}
