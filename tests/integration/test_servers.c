/* SPDX-License-Identifier: MIT */
/* The orchestrator's library against both real servers: connect, gather, prefer, survive. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"
#include "mcp/orchestrator.h"

static struct harness harness;
static struct process database;
static struct process product;

static void write_both(const char *orchestration) {
    write_config(&harness,
                 "mcp_servers:\n"
                 "  database_mcp:\n"
                 "    name: \"Database MCP Server\"\n"
                 "    url: \"http://127.0.0.1:%d/sse\"\n"
                 "    priority: 10\n"
                 "    domains: [sales, orders, products]\n"
                 "    transport: sse\n"
                 "    timeout: 5\n"
                 "  product_metadata_mcp:\n"
                 "    name: \"Product Metadata MCP\"\n"
                 "    url: \"http://127.0.0.1:%d/mcp\"\n"
                 "    priority: 1\n"
                 "    domains: [products, metadata]\n"
                 "    transport: streamable-http\n"
                 "    timeout: 5\n"
                 "orchestration:\n"
                 "%s",
                 database.port, product.port, orchestration);
}

static struct orch *open_orch(void) {
    struct orch *orch = NULL;
    struct orch_error error = ORCH_ERROR_INIT;
    assert_int_equal(orch_new(harness.config, &orch, &error), MCP_OK);
    enum mcp_code code = orch_initialize(orch, &error);
    if (code != MCP_OK)
        print_error("%s %s\n", error.err.where, error.err.what);
    assert_int_equal(code, MCP_OK);
    return orch;
}

static const json_t *find_server(const json_t *status, const char *name) {
    size_t i = 0;
    const json_t *server = NULL;
    json_array_foreach(json_object_get(status, "servers"), i, server) {
        if (strcmp(json_string_value(json_object_get(server, "name")), name) == 0)
            return server;
    }
    fail_msg("no server %s in the status", name);
    return NULL;
}

static bool is_connected(struct orch *orch, const char *name) {
    json_auto_t *status = NULL;
    struct orch_error error = ORCH_ERROR_INIT;
    assert_int_equal(orch_get_status(orch, &status, &error), MCP_OK);
    return json_is_true(json_object_get(find_server(status, name), "connected"));
}

static void both_servers_connect(void **state) {
    (void)state;
    write_both("  fail_fast: true\n");
    struct orch *orch = open_orch();
    assert_true(is_connected(orch, "Database MCP Server"));
    assert_true(is_connected(orch, "Product Metadata MCP"));
    orch_free(orch);
}

static void gathering_yields_the_documents_shape(void **state) {
    (void)state;
    write_both("  fail_fast: true\n");
    struct orch *orch = open_orch();
    struct orch_error error = ORCH_ERROR_INIT;
    json_auto_t *all = NULL;
    json_auto_t *missing = NULL;
    assert_int_equal(orch_gather_all_resources(orch, &all, &missing, &error), MCP_OK);
    assert_int_equal(json_array_size(missing), 0);
    assert_int_equal(json_object_size(all), 2);
    void *first = json_object_iter(all);
    assert_string_equal(json_object_iter_key(first), "Product Metadata MCP");
    const json_t *server = json_object_iter_value(first);
    assert_int_equal(json_integer_value(json_object_get(server, "priority")), 1);
    const json_t *resources = json_object_get(server, "resources");
    const json_t *aliases =
        json_object_get(json_object_get(resources, "Product Aliases"), "aliases");
    const json_t *wand = json_object_get(aliases, "abracadabra");
    assert_string_equal(json_string_value(json_object_get(wand, "canonical_id")), "PROD_123");
    assert_non_null(json_object_get(json_object_get(resources, "Column Mappings"), "mappings"));
    const json_t *summary = json_object_get(resources, "Metadata Summary");
    assert_int_equal(json_integer_value(json_object_get(summary, "total_mappings")), 10);
    const json_t *tables = json_object_get(
        json_object_get(json_object_get(json_object_get(all, "Database MCP Server"), "resources"),
                        "Database Metadata"),
        "tables");
    assert_int_equal(json_object_size(tables), 5);
    orch_free(orch);
}

static void priority_decides_who_answers_a_domain(void **state) {
    (void)state;
    write_both("  fail_fast: true\n");
    struct orch *orch = open_orch();
    struct orch_error error = ORCH_ERROR_INIT;
    json_auto_t *products = NULL;
    json_auto_t *sales = NULL;
    json_auto_t *nothing = NULL;
    assert_int_equal(orch_get_resources_for_domain(orch, "products", &products, NULL, &error),
                     MCP_OK);
    assert_non_null(json_object_get(products, "Product Aliases"));
    assert_int_equal(orch_get_resources_for_domain(orch, "sales", &sales, NULL, &error), MCP_OK);
    assert_non_null(json_object_get(sales, "Database Metadata"));
    assert_int_equal(orch_get_resources_for_domain(orch, "weather", &nothing, NULL, &error),
                     MCP_OK);
    assert_int_equal(json_object_size(nothing), 0);
    orch_free(orch);
}

static void second_gather_comes_from_the_cache(void **state) {
    (void)state;
    write_both("  resource_cache_ttl: 60\n");
    struct orch *orch = open_orch();
    struct orch_error error = ORCH_ERROR_INIT;
    for (int i = 0; i < 3; i++) {
        json_auto_t *all = NULL;
        assert_int_equal(orch_gather_all_resources(orch, &all, NULL, &error), MCP_OK);
    }
    json_auto_t *status = NULL;
    assert_int_equal(orch_get_status(orch, &status, &error), MCP_OK);
    const json_t *stats = json_object_get(status, "cache_stats");
    assert_int_equal(json_integer_value(json_object_get(stats, "misses")), 2);
    assert_int_equal(json_integer_value(json_object_get(stats, "hits")), 4);
    assert_string_equal(json_string_value(json_object_get(stats, "hit_rate")), "66.67%");
    orch_free(orch);
}

static void tool_call_reaches_the_database(void **state) {
    (void)state;
    write_both("  fail_fast: true\n");
    struct orch *orch = open_orch();
    struct orch_error error = ORCH_ERROR_INIT;
    json_auto_t *arguments = json_pack("{s:s}", "query", "SELECT count(*) AS n FROM products");
    json_auto_t *result = NULL;
    assert_int_equal(orch_call_tool(orch, "execute_query", arguments, &result, &error), MCP_OK);
    const json_t *rows = json_object_get(
        json_object_get(json_object_get(result, "result"), "structuredContent"), "rows");
    assert_int_equal(json_integer_value(json_object_get(json_array_get(rows, 0), "n")), 12);
    orch_free(orch);
}

static void killed_server_is_noticed_and_its_return_too(void **state) {
    (void)state;
    write_both("  fail_fast: false\n  resource_cache_ttl: 0\n");
    struct orch *orch = open_orch();
    struct orch_error error = ORCH_ERROR_INIT;
    int port = product.port;
    (void)process_stop(&product, SIGKILL, NULL);
    json_t *all = NULL;
    json_t *missing = NULL;
    assert_int_equal(orch_gather_all_resources(orch, &all, &missing, &error), MCP_OK);
    assert_null(json_object_get(all, "Product Metadata MCP"));
    assert_non_null(json_object_get(all, "Database MCP Server"));
    assert_int_equal(json_array_size(missing), 1);
    assert_false(is_connected(orch, "Product Metadata MCP"));
    json_decref(all);
    json_decref(missing);
    product = start_product(&harness, port);
    all = NULL;
    assert_int_equal(orch_gather_all_resources(orch, &all, NULL, &error), MCP_OK);
    assert_non_null(json_object_get(all, "Product Metadata MCP"));
    assert_true(is_connected(orch, "Product Metadata MCP"));
    json_decref(all);
    orch_free(orch);
}

static void use_after_close_works(void **state) {
    (void)state;
    write_both("  fail_fast: true\n");
    struct orch *orch = open_orch();
    struct orch_error error = ORCH_ERROR_INIT;
    orch_close(orch);
    assert_int_equal(orch_initialize(orch, &error), MCP_OK);
    assert_true(is_connected(orch, "Database MCP Server"));
    orch_free(orch);
}

/* One bad server beside the good product server. */
static void gather_beside(int bad_port, const char *path, const char *transport) {
    write_config(&harness,
                 "mcp_servers:\n"
                 "  bad:\n    name: Bad\n    url: \"http://127.0.0.1:%d%s\"\n    priority: 1\n"
                 "    transport: %s\n    timeout: 2\n"
                 "  good:\n    name: Good\n    url: \"http://127.0.0.1:%d/sse\"\n    priority: 2\n"
                 "    timeout: 5\n"
                 "orchestration:\n  fail_fast: false\n  max_retries: 0\n",
                 bad_port, path, transport, product.port);
    struct orch *orch = open_orch();
    struct orch_error error = ORCH_ERROR_INIT;
    json_auto_t *all = NULL;
    json_auto_t *missing = NULL;
    uint64_t began = now_ms();
    assert_int_equal(orch_gather_all_resources(orch, &all, &missing, &error), MCP_OK);
    assert_true(now_ms() - began < 8000);
    assert_non_null(json_object_get(all, "Good"));
    assert_null(json_object_get(all, "Bad"));
    assert_int_equal(json_array_size(missing), 1);
    assert_string_equal(json_string_value(json_object_get(json_array_get(missing, 0), "name")),
                        "Bad");
    orch_free(orch);
}

static void bad_servers_harm_only_themselves(void **state) {
    (void)state;
    const enum bad_peer_kind kinds[] = {BAD_SILENT, BAD_GARBAGE, BAD_JSON};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        int port = 0;
        struct bad_peer *peer = bad_peer_start(kinds[i], &port);
        gather_beside(port, "/sse", "sse");
        gather_beside(port, "/mcp", "streamable-http");
        bad_peer_stop(peer);
    }
}

static void fail_fast_names_every_failure_and_leaves_nothing_open(void **state) {
    (void)state;
    write_config(&harness,
                 "mcp_servers:\n"
                 "  one:\n    name: One\n    url: \"http://127.0.0.1:1/sse\"\n    priority: 1\n"
                 "  two:\n    name: Two\n    url: \"http://127.0.0.1:1/mcp\"\n    priority: 2\n"
                 "    transport: streamable-http\n"
                 "  good:\n    name: Good\n    url: \"http://127.0.0.1:%d/sse\"\n    priority: 3\n"
                 "orchestration:\n  fail_fast: true\n  max_retries: 0\n",
                 product.port);
    struct orch *orch = NULL;
    struct orch_error error = ORCH_ERROR_INIT;
    assert_int_equal(orch_new(harness.config, &orch, &error), MCP_OK);
    assert_int_not_equal(orch_initialize(orch, &error), MCP_OK);
    assert_int_equal(error.kind, ORCH_E_CONNECTION);
    assert_int_equal(json_array_size(json_object_get(error.context, "servers")), 2);
    orch_error_deinit(&error);
    assert_false(is_connected(orch, "Good"));
    orch_free(orch);
}

static void write_metadata(const char *path, const char *term) {
    char other[160];
    (void)snprintf(other, sizeof other, "%s.new", path);
    FILE *file = fopen(other, "w");
    assert_non_null(file);
    (void)fprintf(file,
                  "{\"last_updated\": \"2025-08-17T00:00:00Z\", \"version\": \"1\", "
                  "\"product_aliases\": {}, \"column_mappings\": {\"%s\": \"a.b\"}}",
                  term);
    (void)fclose(file);
    assert_int_equal(rename(other, path), 0);
}

/* The server's column mappings have this term; what is cached is good for an hour. */
static bool has_term(struct orch *orch, const char *server, const char *term) {
    json_auto_t *all = NULL;
    assert_int_equal(orch_gather_all_resources(orch, &all, NULL, NULL), MCP_OK);
    const json_t *resources = json_object_get(json_object_get(all, server), "resources");
    const json_t *mappings = json_object_get(resources, "Column Mappings");
    return json_object_get(json_object_get(mappings, "mappings"), term) != NULL;
}

static void wait_for_term(struct orch *orch, const char *server, const char *term) {
    const struct timespec moment = {.tv_nsec = 20000000};
    for (int i = 0; i < 1000 && !has_term(orch, server, term); i++)
        (void)nanosleep(&moment, NULL);
    assert_true(has_term(orch, server, term));
}

/* Of both eras: one is listened to, the other is subscribed at. */
static void a_change_of_content_is_told_and_read_again(void **state) {
    (void)state;
    static const char *const changes[] = {"second", "third", "fourth"};
    char path[128];
    (void)snprintf(path, sizeof path, "%s/told.json", harness.dir);
    write_metadata(path, "first");
    const char *const arguments[] = {"--host",          "127.0.0.1", "--port", "0",
                                     "--metadata-path", path,        NULL};
    struct process teller = process_start(&harness, "mcp-product-metadata", arguments);
    write_config(&harness,
                 "mcp_servers:\n"
                 "  new:\n    name: New\n    url: \"http://127.0.0.1:%d/mcp\"\n    priority: 1\n"
                 "    transport: streamable-http\n"
                 "  old:\n    name: Old\n    url: \"http://127.0.0.1:%d/sse\"\n    priority: 2\n"
                 "    transport: sse\n"
                 "orchestration:\n  fail_fast: true\n  resource_cache_ttl: 3600\n",
                 teller.port, teller.port);
    struct orch *orch = open_orch();
    assert_true(has_term(orch, "New", "first"));
    assert_true(has_term(orch, "Old", "first"));
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        write_metadata(path, changes[i]);
        wait_for_term(orch, "New", changes[i]);
        wait_for_term(orch, "Old", changes[i]);
    }
    orch_free(orch);
    assert_int_equal(process_stop(&teller, SIGTERM, NULL), 0);
    (void)unlink(path);
}

static int set_up(void **state) {
    (void)state;
    (void)signal(SIGPIPE, SIG_IGN);
    harness_open(&harness);
    database = start_database(&harness, 0);
    product = start_product(&harness, 0);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    int one = process_stop(&database, SIGTERM, NULL);
    int two = process_stop(&product, SIGINT, NULL);
    harness_close(&harness);
    return one == 0 && two == 0 ? 0 : -1;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_servers_connect),
        cmocka_unit_test(gathering_yields_the_documents_shape),
        cmocka_unit_test(priority_decides_who_answers_a_domain),
        cmocka_unit_test(second_gather_comes_from_the_cache),
        cmocka_unit_test(tool_call_reaches_the_database),
        cmocka_unit_test(killed_server_is_noticed_and_its_return_too),
        cmocka_unit_test(a_change_of_content_is_told_and_read_again),
        cmocka_unit_test(use_after_close_works),
        cmocka_unit_test(bad_servers_harm_only_themselves),
        cmocka_unit_test(fail_fast_names_every_failure_and_leaves_nothing_open),
    };
    return cmocka_run_group_tests_name("integration.servers", tests, set_up, tear_down);
}
