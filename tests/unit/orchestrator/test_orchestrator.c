/* SPDX-License-Identifier: MIT */
/* The library on stub servers: what a gather holds, what a call reaches, what an error names. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

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

static void expect(const json_t *got, const char *want) {
    json_t *wanted = json_loads(want, JSON_DECODE_ANY, NULL);
    assert_non_null(wanted);
    if (!json_equal(got, wanted)) {
        char *text = json_dumps(got, JSON_ENCODE_ANY);
        print_error("got  %s\nwant %s\n", text, want);
        fail();
    }
    json_decref(wanted);
}

static const char *text_at(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static void expect_text(const json_t *object, const char *key, const char *part) {
    if (strstr(text_at(object, key), part) == NULL)
        print_error("%s is \"%s\"\n", key, text_at(object, key));
    assert_non_null(strstr(text_at(object, key), part));
}

static json_int_t stat_of(const char *key) {
    json_t *status = NULL;
    assert_int_equal(orch_get_status(live.orch, &status, NULL), MCP_OK);
    json_int_t value =
        json_integer_value(json_object_get(json_object_get(status, "cache_stats"), key));
    json_decref(status);
    return value;
}

static void everything_is_gathered_in_the_documents_shape(void **state) {
    (void)state;
    live_add(&live, "low", 9, "d", ONE);
    live_add(&live, "high", 1, "d",
             "{\"page\": 2, \"resources\": ["
             "{\"uri\": \"x://1\", \"name\": \"J\", \"mimeType\": \"application/json\", \"text\": "
             "\"{\\\"a\\\": [1]}\"},"
             "{\"uri\": \"x://2\", \"name\": \"T\", \"mimeType\": \"text/plain\", \"text\": \"t\"},"
             "{\"uri\": \"x://3\", \"name\": \"B\", \"mimeType\": \"image/png\", \"blob\": "
             "\"AAEC\"},"
             "{\"uri\": \"x://4\", \"name\": \"T\", \"mimeType\": \"text/plain\", \"text\": \"u\"},"
             "{\"uri\": \"x://5\", \"text\": \"v\"}]}");
    live_start(&live);
    json_t *missing = NULL;
    json_t *all = live_gather(&live, &missing);
    expect(all, "{\"high\": {\"priority\": 1, \"domains\": [\"d\"], \"capabilities\": "
                "[\"list_resources\"], \"resources\": {\"J\": {\"a\": [1]}, \"T\": \"t\", \"B\": "
                "{\"blob\": \"AAEC\", \"mimeType\": \"image/png\"}, \"x://4\": \"u\", \"x://5\": "
                "\"v\"}}, \"low\": {\"priority\": 9, \"domains\": [\"d\"], \"capabilities\": "
                "[\"list_resources\"], \"resources\": {\"One\": \"one\"}}}");
    expect(missing, "[]");
    void *first = json_object_iter(all);
    assert_string_equal(json_object_iter_key(first), "high");
    assert_int_equal(live_count(&live, "high", "resources/list"), 3);
    json_decref(all);
    json_decref(missing);
}

static void what_was_gathered_is_cached_and_cannot_be_changed(void **state) {
    (void)state;
    live_add(&live, "a", 1, "d", ONE);
    live_start(&live);
    json_t *first = live_gather(&live, NULL);
    (void)json_object_clear(json_object_get(json_object_get(first, "a"), "resources"));
    json_t *second = live_gather(&live, NULL);
    expect(json_object_get(json_object_get(second, "a"), "resources"), "{\"One\": \"one\"}");
    assert_int_equal(live_count(&live, "a", "resources/list"), 1);
    assert_int_equal(stat_of("hits"), 1);
    assert_int_equal(stat_of("misses"), 1);
    assert_int_equal(stat_of("cached_items"), 1);
    json_decref(first);
    json_decref(second);
}

static void a_server_with_nothing_is_cached_too(void **state) {
    (void)state;
    live_add(&live, "empty", 1, "d", "{\"resources\": []}");
    live_add(&live, "other", 1, "d", "{\"tools\": []}");
    live_start(&live);
    for (int i = 0; i < 3; i++) {
        json_t *all = live_gather(&live, NULL);
        expect(json_object_get(json_object_get(all, "empty"), "resources"), "{}");
        expect(json_object_get(json_object_get(all, "other"), "resources"), "{}");
        json_decref(all);
    }
    assert_int_equal(live_count(&live, "empty", "resources/list"), 1);
    assert_int_equal(live_count(&live, "other", "resources/list"), 0);
}

static void time_to_live_of_zero_asks_every_time(void **state) {
    (void)state;
    live.settings = "\"resource_cache_ttl\": 0";
    live_add(&live, "a", 1, "d", ONE);
    live_start(&live);
    json_decref(live_gather(&live, NULL));
    json_decref(live_gather(&live, NULL));
    assert_int_equal(live_count(&live, "a", "resources/list"), 2);
}

#define ONE_BAD                                                                                    \
    "{\"resources\": [{\"uri\": \"x://1\", \"name\": \"One\", \"text\": \"one\"}, {\"uri\": "      \
    "\"x://2\", \"name\": \"Two\", \"fail\": \"disk on fire\"}]}"

static void a_resource_that_cannot_be_read_is_named(void **state) {
    (void)state;
    live_add(&live, "a", 1, "d", ONE_BAD);
    live_start(&live);
    for (size_t i = 1; i <= 2; i++) { /* incomplete: not cached */
        json_t *missing = NULL;
        json_t *all = live_gather(&live, &missing);
        const json_t *part = json_object_get(all, "a");
        expect(json_object_get(part, "resources"), "{\"One\": \"one\"}");
        const json_t *failure = json_array_get(json_object_get(part, "errors"), 0);
        assert_string_equal(text_at(failure, "name"), "Two");
        assert_string_equal(text_at(failure, "uri"), "x://2");
        expect_text(failure, "error", "disk on fire");
        assert_string_equal(text_at(json_array_get(missing, 0), "resource"), "Two");
        assert_string_equal(text_at(json_array_get(missing, 0), "id"), "a");
        assert_int_equal(live_count(&live, "a", "resources/list"), i);
        json_decref(all);
        json_decref(missing);
    }
}

static void fail_fast_insists_on_every_resource(void **state) {
    (void)state;
    live.settings = "\"fail_fast\": true";
    live_add(&live, "a", 1, "d", ONE_BAD);
    live_start(&live);
    json_t *all = NULL;
    assert_int_not_equal(orch_gather_all_resources(live.orch, &all, NULL, &live.error), MCP_OK);
    assert_null(all);
    assert_int_equal(live.error.kind, ORCH_E_RESOURCE_FETCH);
    const json_t *named = json_array_get(json_object_get(live.error.context, "servers"), 0);
    assert_string_equal(text_at(named, "uri"), "x://2");
    assert_non_null(strstr(live.error.err.what, "\"x://2\" of \"a\""));
    orch_tolerate_failures(live.orch);
    json_decref(live_gather(&live, NULL));
}

static void a_server_that_hangs_delays_nobody_but_itself(void **state) {
    (void)state;
    live_add(&live, "mute", 1, "d", "{\"hang\": \"initialize\"}");
    live_set(&live, "mute", "timeout", json_integer(1));
    live_add(&live, "a", 2, "d", ONE);
    live_start(&live);
    uint64_t began = live_now_ms();
    assert_int_equal(orch_initialize(live.orch, &live.error), MCP_OK);
    assert_in_range(live_now_ms() - began, 900, 2500);
    json_t *server = live_status(&live, "mute");
    assert_false(json_is_true(json_object_get(server, "connected")));
    assert_true(text_at(server, "error")[0] != '\0');
    assert_true(text_at(server, "error_at")[0] != '\0');
    json_decref(server);
    json_t *missing = NULL;
    json_t *all = live_gather(&live, &missing);
    expect(json_object_get(json_object_get(all, "a"), "resources"), "{\"One\": \"one\"}");
    assert_null(json_object_get(all, "mute"));
    assert_string_equal(text_at(json_array_get(missing, 0), "name"), "mute");
    assert_string_equal(text_at(json_array_get(missing, 0), "code"), "E_TIMEOUT");
    json_decref(all);
    json_decref(missing);
}

static void a_read_that_hangs_is_missing_when_the_time_is_over(void **state) {
    (void)state;
    live_add(&live, "a", 1, "d",
             "{\"resources\": [{\"uri\": \"x://1\", \"name\": \"One\", \"hang\": true}, {\"uri\": "
             "\"x://2\", \"name\": \"Two\", \"text\": \"two\"}]}");
    live_set(&live, "a", "timeout", json_integer(1));
    live_start(&live);
    uint64_t began = live_now_ms();
    json_t *missing = NULL;
    json_t *all = live_gather(&live, &missing);
    assert_in_range(live_now_ms() - began, 900, 2500);
    expect(json_object_get(json_object_get(all, "a"), "resources"), "{\"Two\": \"two\"}");
    assert_string_equal(text_at(json_array_get(missing, 0), "resource"), "One");
    assert_string_equal(text_at(json_array_get(missing, 0), "code"), "E_TIMEOUT");
    json_decref(all);
    json_decref(missing);
    json_t *server = live_status(&live, "a"); /* slow is not dead */
    assert_true(json_is_true(json_object_get(server, "connected")));
    json_decref(server);
}

static void more_resources_than_reads_in_flight(void **state) {
    (void)state;
    enum { COUNT = 5 * ORCH_READS_IN_FLIGHT + 1 };
    json_t *list = json_array();
    for (int i = 0; i < COUNT; i++)
        (void)json_array_append_new(
            list, json_pack("{s:o, s:o, s:o}", "uri", json_sprintf("x://%d", i), "name",
                            json_sprintf("N%d", i), "text", json_sprintf("%d", i)));
    json_t *script = json_pack("{s:o, s:i}", "resources", list, "page", 7);
    char *text = json_dumps(script, 0);
    live_add(&live, "a", 1, "d", text);
    live_start(&live);
    json_t *all = live_gather(&live, NULL);
    json_t *resources = json_object_get(json_object_get(all, "a"), "resources");
    assert_int_equal(json_object_size(resources), COUNT);
    int at = 0;
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach(resources, name, value) { /* in the order of the list */
        char want[16];
        (void)snprintf(want, sizeof want, "N%d", at++);
        assert_string_equal(name, want);
    }
    json_decref(all);
    json_decref(script);
    free(text);
}

static void a_list_that_is_refused_is_a_missing_server(void **state) {
    (void)state;
    live_add(&live, "a", 1, "d", "{\"resources\": [], \"refuse\": \"resources/list\"}");
    live_add(&live, "b", 1, "d", ONE);
    live_start(&live);
    json_t *missing = NULL;
    json_t *all = live_gather(&live, &missing);
    assert_int_equal(json_object_size(all), 1);
    expect_text(json_array_get(missing, 0), "error", "not today");
    assert_string_equal(text_at(json_array_get(missing, 0), "code"), "E_PEER");
    json_decref(all);
    json_decref(missing);
    json_t *server = live_status(&live, "a"); /* it answered: the connection is good */
    assert_true(json_is_true(json_object_get(server, "connected")));
    json_decref(server);
}

static void a_uri_listed_twice_is_read_once(void **state) {
    (void)state;
    live_add(&live, "a", 1, "d",
             "{\"resources\": [{\"uri\": \"x://1\", \"name\": \"N\", \"text\": \"t\"}, {\"uri\": "
             "\"x://1\", \"name\": \"M\", \"text\": \"t\"}]}");
    live_start(&live);
    json_t *all = live_gather(&live, NULL);
    expect(json_object_get(json_object_get(all, "a"), "resources"), "{\"N\": \"t\"}");
    assert_int_equal(live_count(&live, "a", "resources/read"), 1);
    json_decref(all);
}

static void a_resource_without_a_uri_spoils_the_list(void **state) {
    (void)state;
    live_add(&live, "a", 1, "d", "{\"resources\": [{\"name\": \"N\"}]}");
    live_add(&live, "b", 1, "d", ONE);
    live_start(&live);
    json_t *missing = NULL;
    json_t *all = live_gather(&live, &missing);
    expect_text(json_array_get(missing, 0), "error", "has no uri");
    json_decref(all);
    json_decref(missing);
}

static void contents_that_are_wrong_are_named(void **state) {
    (void)state;
    live_add(&live, "a", 1, "d",
             "{\"resources\": [{\"uri\": \"x://1\", \"name\": \"A\", \"contents\": 5}, {\"uri\": "
             "\"x://2\", \"name\": \"B\", \"mimeType\": \"application/json\", \"text\": \"{\"}, "
             "{\"uri\": \"x://3\", \"name\": \"C\", \"contents\": []}]}");
    live_start(&live);
    json_t *all = live_gather(&live, NULL);
    const json_t *part = json_object_get(all, "a");
    expect(json_object_get(part, "resources"), "{\"B\": \"{\", \"C\": []}");
    const json_t *errors = json_object_get(part, "errors");
    assert_int_equal(json_array_size(errors), 2);
    expect_text(json_array_get(errors, 0), "error", "no contents array");
    expect_text(json_array_get(errors, 1), "error", "kept as text");
    json_decref(all);
}

static void as_many_resources_as_allowed(void **state) {
    (void)state;
    live_add(&live, "below", 1, "d", "{\"many\": 9999, \"page\": 1000}");
    live_add(&live, "at", 2, "d", "{\"many\": 10000, \"page\": 1000}");
    live_add(&live, "above", 3, "d", "{\"many\": 10001, \"page\": 1000}");
    live_set(&live, "below", "timeout", json_integer(100));
    live_set(&live, "at", "timeout", json_integer(100));
    live_start(&live);
    json_t *missing = NULL;
    json_t *all = live_gather(&live, &missing);
    assert_int_equal(json_object_size(json_object_get(json_object_get(all, "below"), "resources")),
                     9999);
    assert_int_equal(json_object_size(json_object_get(json_object_get(all, "at"), "resources")),
                     10000);
    assert_null(json_object_get(all, "above"));
    assert_int_equal(json_array_size(missing), 1);
    assert_string_equal(text_at(json_array_get(missing, 0), "error"),
                        "lists 10001 resources: more than 10000");
    json_decref(all);
    json_decref(missing);
}

static void domain_asks_the_best_server(void **state) {
    (void)state;
    live_add(&live, "second", 2, "sales", ONE);
    live_add(&live, "first", 1, "sales",
             "{\"resources\": [{\"uri\": \"y://1\", \"name\": \"Best\", \"text\": \"b\"}]}");
    live_add(&live, "files", 1, "files", ONE);
    live_start(&live);
    json_t *resources = NULL;
    json_t *missing = NULL;
    assert_int_equal(orch_get_resources_for_domain(live.orch, "sales", &resources, &missing, NULL),
                     MCP_OK);
    expect(resources, "{\"Best\": \"b\"}");
    expect(missing, "[]");
    json_decref(resources);
    json_decref(missing);
    assert_int_equal(orch_get_resources_for_domain(live.orch, "Sales", &resources, NULL, NULL),
                     MCP_OK);
    expect(resources, "{}");
    json_decref(resources);
    assert_int_equal(live_count(&live, "second", "resources/list"), 0);
}

static void domain_falls_to_the_next_server_and_says_so(void **state) {
    (void)state;
    live_add(&live, "first", 1, "sales", "{\"resources\": [], \"hang\": \"resources/list\"}");
    live_set(&live, "first", "timeout", json_integer(1));
    live_add(&live, "second", 2, "sales", ONE);
    live_start(&live);
    json_t *resources = NULL;
    json_t *missing = NULL;
    assert_int_equal(orch_get_resources_for_domain(live.orch, "sales", &resources, &missing, NULL),
                     MCP_OK);
    expect(resources, "{\"One\": \"one\"}");
    assert_string_equal(text_at(json_array_get(missing, 0), "id"), "first");
    assert_string_equal(text_at(json_array_get(missing, 0), "instead"), "second");
    json_decref(resources);
    json_decref(missing);
}

static void a_better_server_that_is_down_is_passed_over_and_named(void **state) {
    (void)state;
    live.settings = "\"fail_fast\": false, \"max_retries\": 0";
    live_add(&live, "worst", 9, "sales.*", "{\"die\": \"initialize\"}");
    live_add(&live, "dead", 1, "sales.eu", "{\"die\": \"initialize\"}");
    live_add(&live, "other", 1, "files", "{\"die\": \"initialize\"}");
    live_add(&live, "good", 2, "sales.*", ONE);
    live_start(&live);
    const char *const asked[] = {"sales.eu", "sales.*"};
    for (size_t i = 0; i < 2; i++) {
        json_t *resources = NULL;
        json_t *missing = NULL;
        assert_int_equal(
            orch_get_resources_for_domain(live.orch, asked[i], &resources, &missing, NULL), MCP_OK);
        expect(resources, "{\"One\": \"one\"}");
        assert_int_equal(json_array_size(missing), 1);
        assert_string_equal(text_at(json_array_get(missing, 0), "id"), "dead");
        expect_text(json_array_get(missing, 0), "error", "no licence");
        assert_string_equal(text_at(json_array_get(missing, 0), "instead"), "good");
        json_decref(resources);
        json_decref(missing);
    }
    assert_int_equal(live_count(&live, "dead", "initialize"), 1);
}

static void domain_without_an_answer_is_an_error(void **state) {
    (void)state;
    live_add(&live, "a", 1, "sales", "{\"resources\": [], \"hang\": \"resources/list\"}");
    live_set(&live, "a", "timeout", json_integer(1));
    live_start(&live);
    json_t *resources = NULL;
    assert_int_equal(
        orch_get_resources_for_domain(live.orch, "sales", &resources, NULL, &live.error),
        MCP_E_TIMEOUT);
    assert_null(resources);
    assert_int_equal(live.error.kind, ORCH_E_RESOURCE_FETCH);
    assert_int_equal(json_array_size(json_object_get(live.error.context, "servers")), 1);
}

static void a_resource_is_read_from_whoever_has_it(void **state) {
    (void)state;
    live_add(&live, "first", 1, "d", "{\"resources\": []}");
    live_add(&live, "second", 2, "d", ONE);
    live_start(&live);
    json_t *result = NULL;
    assert_int_equal(orch_read_resource(live.orch, "x://1", &result, NULL), MCP_OK);
    expect(result, "{\"server\": \"second\", \"contents\": [{\"uri\": \"x://1\", \"text\": "
                   "\"one\"}]}");
    json_decref(result);
    assert_int_equal(live_count(&live, "first", "resources/read"), 1);
    json_decref(live_gather(&live, NULL)); /* now it is known who lists it */
    assert_int_equal(orch_read_resource(live.orch, "x://1", &result, NULL), MCP_OK);
    json_decref(result);
    assert_int_equal(live_count(&live, "first", "resources/read"), 1);
}

static void a_resource_nobody_has_names_every_answer(void **state) {
    (void)state;
    live_add(&live, "first", 1, "d", "{\"resources\": []}");
    live_add(&live, "second", 2, "d", ONE);
    live_start(&live);
    json_t *result = NULL;
    assert_int_equal(orch_read_resource(live.orch, "x://9", &result, &live.error), MCP_E_PEER);
    assert_int_equal(live.error.kind, ORCH_E_RESOURCE_FETCH);
    const json_t *servers = json_object_get(live.error.context, "servers");
    assert_int_equal(json_array_size(servers), 2);
    expect_text(json_array_get(servers, 0), "error", "Resource not found");
    orch_error_deinit(&live.error);
    assert_int_equal(orch_read_resource(live.orch, "x://\xff", &result, &live.error),
                     MCP_E_INVALID);
}

static void a_tool_is_called_on_the_best_server_that_has_it(void **state) {
    (void)state;
    live_add(&live, "second", 2, "d", "{\"tools\": [{\"name\": \"t\"}, {\"name\": \"u\"}]}");
    live_add(&live, "first", 1, "d", "{\"tools\": [{\"name\": \"t\", \"fail\": true}]}");
    live_start(&live);
    json_t *arguments = json_pack("{s:i}", "n", 5);
    json_t *result = NULL;
    assert_int_equal(orch_call_tool(live.orch, "u", arguments, &result, NULL), MCP_OK);
    expect(result, "{\"server\": \"second\", \"result\": {\"content\": [{\"type\": \"text\", "
                   "\"text\": \"{\\\"n\\\":5}\"}], \"isError\": false}}");
    json_decref(result);
    assert_int_equal(orch_call_tool(live.orch, "t", NULL, &result, NULL), MCP_OK);
    expect(result, "{\"server\": \"first\", \"result\": {\"content\": [{\"type\": \"text\", "
                   "\"text\": \"{}\"}], \"isError\": true}}");
    json_decref(result);
    json_decref(arguments);
    assert_int_equal(live_count(&live, "first", "tools/list"), 1);
}

static void a_tool_nobody_lists_is_an_error(void **state) {
    (void)state;
    live_add(&live, "a", 1, "d", "{\"tools\": []}");
    live_add(&live, "b", 2, "d", ONE);
    live_start(&live);
    json_t *result = NULL;
    assert_int_equal(orch_call_tool(live.orch, "t", NULL, &result, &live.error), MCP_E_NOT_FOUND);
    assert_int_equal(live.error.kind, ORCH_E_TOOL_CALL);
    assert_non_null(strstr(live.error.err.what, "no server lists the tool \"t\""));
    assert_int_equal(json_array_size(json_object_get(live.error.context, "servers")), 2);
    assert_null(result);
}

static void a_call_that_kills_its_server_is_not_repeated(void **state) {
    (void)state;
    live_add(&live, "a", 1, "d", "{\"tools\": [{\"name\": \"t\", \"die\": true}]}");
    live_start(&live);
    json_t *result = NULL;
    assert_int_not_equal(orch_call_tool(live.orch, "t", NULL, &result, &live.error), MCP_OK);
    assert_int_equal(live.error.kind, ORCH_E_TOOL_CALL);
    assert_int_equal(live_count(&live, "a", "tools/call"), 1);
    live_wait(&live, "a", false);
    json_t *server = live_status(&live, "a");
    assert_true(text_at(server, "error")[0] != '\0');
    json_decref(server);
}

static void invalidate_asks_again(void **state) {
    (void)state;
    live_add(&live, "a", 1, "d", ONE);
    live_add(&live, "b", 1, "d", ONE);
    live_start(&live);
    assert_int_equal(orch_invalidate(live.orch, NULL), 0); /* nothing is loaded yet */
    json_decref(live_gather(&live, NULL));
    assert_int_equal(orch_invalidate(live.orch, "a"), 1);
    assert_int_equal(orch_invalidate(live.orch, "nobody"), 0);
    assert_int_equal(orch_invalidate(live.orch, ""), 0);
    json_decref(live_gather(&live, NULL));
    assert_int_equal(live_count(&live, "a", "resources/list"), 2);
    assert_int_equal(live_count(&live, "b", "resources/list"), 1);
    assert_int_equal(orch_invalidate(live.orch, NULL), 2);
    json_decref(live_gather(&live, NULL));
    assert_int_equal(live_count(&live, "b", "resources/list"), 2);
}

static void a_change_that_is_announced_is_read(void **state) {
    (void)state;
    live_add(&live, "a", 1, "d",
             "{\"announce\": true, \"resources\": [{\"uri\": \"x://1\", \"name\": \"N\", "
             "\"count\": true}]}");
    live_start(&live);
    json_t *all = live_gather(&live, NULL);
    expect(json_object_get(json_object_get(all, "a"), "resources"), "{\"N\": \"1\"}");
    json_decref(all);
    /* the notification follows the answer: give it as long as it takes */
    uint64_t until = live_now_ms() + 10000;
    while (live_count(&live, "a", "resources/read") < 2) {
        assert_true(live_now_ms() < until);
        json_decref(live_gather(&live, NULL));
    }
}

static void the_server_says_how_long_it_lives(void **state) {
    (void)state;
    live_add(&live, "never", 1, "d",
             "{\"ttl_ms\": 0, \"resources\": [{\"uri\": \"x://1\", \"text\": \"t\"}]}");
    live_add(&live, "long", 2, "d",
             "{\"ttl_ms\": 60000, \"scope\": \"public\", \"resources\": [{\"uri\": \"x://1\", "
             "\"text\": \"t\"}]}");
    live_start(&live);
    for (int i = 0; i < 2; i++)
        json_decref(live_gather(&live, NULL));
    assert_int_equal(live_count(&live, "never", "resources/list"), 2);
    assert_int_equal(live_count(&live, "long", "resources/list"), 1);
    json_t *server = live_status(&live, "long");
    const json_t *share = json_object_get(json_object_get(server, "cache"), "resources");
    assert_string_equal(text_at(share, "scope"), "public");
    assert_int_equal(json_integer_value(json_object_get(share, "ttl_ms")), 60000);
    json_decref(server);
}

static void what_cannot_be_read_again_is_given_stale(void **state) {
    (void)state;
    live.settings = "\"fail_fast\": false, \"max_retries\": 0, \"resource_cache_ttl\": 1";
    live_add(
        &live, "a", 1, "d",
        "{\"mute_after\": 3, \"resources\": [{\"uri\": \"x://1\", \"name\": \"One\", \"text\": "
        "\"one\"}]}");
    live_set(&live, "a", "timeout", json_integer(3));
    live_start(&live);
    json_decref(live_gather(&live, NULL));
    const struct timespec expiry = {.tv_sec = 1, .tv_nsec = 50000000};
    (void)nanosleep(&expiry, NULL);
    json_t *missing = NULL;
    json_t *all = live_gather(&live, &missing);
    expect(json_object_get(json_object_get(all, "a"), "resources"), "{\"One\": \"one\"}");
    const json_t *told = json_array_get(missing, 0);
    assert_string_equal(text_at(told, "state"), "stale");
    assert_string_equal(text_at(told, "code"), "E_TIMEOUT");
    assert_in_range(json_integer_value(json_object_get(told, "age_ms")), 1000, 9000);
    json_decref(all);
    json_decref(missing);
    json_t *resources = NULL;
    assert_int_equal(orch_get_resources_for_domain(live.orch, "d", &resources, &missing, NULL),
                     MCP_OK);
    expect(resources, "{\"One\": \"one\"}");
    assert_string_equal(text_at(json_array_get(missing, json_array_size(missing) - 1), "state"),
                        "stale");
    json_decref(resources);
    json_decref(missing);
}

static void stale_is_given_at_once_and_read_again(void **state) {
    (void)state;
    live.settings = "\"fail_fast\": true, \"resource_cache_ttl\": 1, "
                    "\"stale_while_revalidate\": 60";
    live_add(&live, "a", 1, "d",
             "{\"resources\": [{\"uri\": \"x://1\", \"name\": \"N\", \"count\": true}]}");
    live_start(&live);
    json_decref(live_gather(&live, NULL));
    const struct timespec expiry = {.tv_sec = 1, .tv_nsec = 50000000};
    (void)nanosleep(&expiry, NULL);
    json_t *missing = NULL;
    json_t *all = live_gather(&live, &missing);
    expect(json_object_get(json_object_get(all, "a"), "resources"), "{\"N\": \"1\"}");
    assert_string_equal(text_at(json_array_get(missing, 0), "code"), "OK");
    json_decref(all);
    json_decref(missing);
    uint64_t until = live_now_ms() + 10000;
    while (live_count(&live, "a", "resources/read") < 2)
        assert_true(live_now_ms() < until);
    assert_int_equal(stat_of("stale"), 1);
}

static void a_list_that_goes_in_a_circle_is_named(void **state) {
    (void)state;
    live_add(&live, "a", 1, "d", "{\"loop\": true, \"resources\": []}");
    live_add(&live, "b", 1, "d", ONE);
    live_start(&live);
    json_t *missing = NULL;
    json_t *all = live_gather(&live, &missing);
    assert_string_equal(text_at(json_array_get(missing, 0), "id"), "a");
    expect_text(json_array_get(missing, 0), "error", "cursor");
    assert_int_equal(live_count(&live, "a", "resources/list"), 2);
    json_decref(all);
    json_decref(missing);
}

static void status_before_anything_is_loaded(void **state) {
    (void)state;
    live_start(&live);
    json_t *status = NULL;
    assert_int_equal(orch_get_status(live.orch, &status, NULL), MCP_OK);
    expect(status, "{\"initialized\": false, \"servers\": [], \"cache_stats\": null}");
    json_decref(status);
}

static void configuration_errors_name_every_problem(void **state) {
    (void)state;
    live_add(&live, "a", 1000, "d", ONE);
    live_set(&live, "a", "prority", json_integer(1));
    live_start(&live);
    assert_int_equal(orch_initialize(live.orch, &live.error), MCP_E_SCHEMA);
    assert_int_equal(live.error.kind, ORCH_E_CONFIGURATION);
    assert_non_null(strstr(live.error.err.where, "config.yaml:1:"));
    assert_int_equal(json_array_size(json_object_get(live.error.context, "problems")), 2);
    orch_error_deinit(&live.error);
    json_t *configuration = NULL;
    assert_int_equal(orch_get_configuration(live.orch, &configuration, &live.error), MCP_E_SCHEMA);
    assert_null(configuration);
}

static void a_missing_file_is_a_configuration_error(void **state) {
    (void)state;
    assert_int_equal(orch_new("/nonexistent/config.yaml", &live.orch, NULL), MCP_OK);
    assert_int_equal(orch_load_configuration(live.orch, &live.error), MCP_E_NOT_FOUND);
    assert_int_equal(live.error.kind, ORCH_E_CONFIGURATION);
    assert_string_equal(live.error.err.where, "/nonexistent/config.yaml");
}

static void configuration_is_shown_with_defaults(void **state) {
    (void)state;
    live_add(&live, "a", 1, "d", ONE);
    live_start(&live);
    json_t *configuration = NULL;
    assert_int_equal(orch_get_configuration(live.orch, &configuration, NULL), MCP_OK);
    expect(json_object_get(configuration, "orchestration"),
           "{\"resource_cache_ttl\": 300, \"stale_while_revalidate\": 0, \"stale_on_error\": 3600, "
           "\"cache_max_mib\": 256, \"health_interval\": 30, \"cache\": {\"backend\": \"memory\", "
           "\"prefix\": \"mcp\", \"timeout_ms\": 500}, \"fail_fast\": false, "
           "\"enable_logging\": true, "
           "\"log_level\": \"INFO\", \"max_retries\": 3}");
    json_decref(configuration);
}

static void the_default_path_is_the_documents(void **state) {
    (void)state;
    assert_int_equal(chdir(live.dir), 0);
    assert_int_equal(orch_new(NULL, &live.orch, NULL), MCP_OK);
    assert_int_not_equal(orch_load_configuration(live.orch, &live.error), MCP_OK);
    assert_string_equal(live.error.err.where, "resources/mcp_config.yaml");
}

#define LIVE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        LIVE(everything_is_gathered_in_the_documents_shape),
        LIVE(what_was_gathered_is_cached_and_cannot_be_changed),
        LIVE(a_server_with_nothing_is_cached_too),
        LIVE(time_to_live_of_zero_asks_every_time),
        LIVE(a_resource_that_cannot_be_read_is_named),
        LIVE(fail_fast_insists_on_every_resource),
        LIVE(a_server_that_hangs_delays_nobody_but_itself),
        LIVE(a_read_that_hangs_is_missing_when_the_time_is_over),
        LIVE(more_resources_than_reads_in_flight),
        LIVE(a_list_that_is_refused_is_a_missing_server),
        LIVE(a_uri_listed_twice_is_read_once),
        LIVE(a_resource_without_a_uri_spoils_the_list),
        LIVE(contents_that_are_wrong_are_named),
        LIVE(as_many_resources_as_allowed),
        LIVE(domain_asks_the_best_server),
        LIVE(domain_falls_to_the_next_server_and_says_so),
        LIVE(a_better_server_that_is_down_is_passed_over_and_named),
        LIVE(domain_without_an_answer_is_an_error),
        LIVE(a_resource_is_read_from_whoever_has_it),
        LIVE(a_resource_nobody_has_names_every_answer),
        LIVE(a_tool_is_called_on_the_best_server_that_has_it),
        LIVE(a_tool_nobody_lists_is_an_error),
        LIVE(a_call_that_kills_its_server_is_not_repeated),
        LIVE(invalidate_asks_again),
        LIVE(a_change_that_is_announced_is_read),
        LIVE(the_server_says_how_long_it_lives),
        LIVE(what_cannot_be_read_again_is_given_stale),
        LIVE(stale_is_given_at_once_and_read_again),
        LIVE(a_list_that_goes_in_a_circle_is_named),
        LIVE(status_before_anything_is_loaded),
        LIVE(configuration_errors_name_every_problem),
        LIVE(a_missing_file_is_a_configuration_error),
        LIVE(configuration_is_shown_with_defaults),
        LIVE(the_default_path_is_the_documents),
    };
    return cmocka_run_group_tests_name("orchestrator.orchestrator", tests, NULL, NULL);
}
