/* SPDX-License-Identifier: MIT */
/* The metadata behind a real engine: what clients list, read and are told. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "product_metadata/content_hash.h"
#include "product_metadata/reload.h"
#include "torture.h"
#include "trace_outlet.h"
#include "vectors.h"

struct scene {
    char path[64];
    struct mcp_schema *schema;
    struct product_store *store;
    struct mcp_server *server;
    struct product_reload reload;
    char session[33];
    struct trace_outlet stream; /* notifications of the session */
};

static const char first[] = "{\"last_updated\": \"2024-01-01T00:00:00Z\", \"product_aliases\": {},"
                            " \"column_mappings\": {\"a\": \"t.a\"}}";
static const char second[] = "{\"last_updated\": \"2024-01-01T00:00:00Z\", \"product_aliases\": {},"
                             " \"column_mappings\": {\"a\": \"t.b\"}}";

static void put(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* One message of the session; the answer as trace_outlet_json shows it. */
static json_t *ask(struct scene *scene, const char *body) {
    struct trace_outlet outlet;
    trace_outlet_init(&outlet);
    const struct mcp_arrival arrival = {.body = mcp_str_of(body),
                                        .carrier = MCP_CARRIER_STDIO,
                                        .session_id = mcp_str_of(scene->session),
                                        .now_ms = 1000};
    mcp_server_receive(scene->server, &arrival, &outlet.base);
    assert_true(trace_outlet_wait_end(&outlet));
    json_t *answer = trace_outlet_json(&outlet);
    trace_outlet_deinit(&outlet);
    assert_non_null(answer);
    return answer;
}

static json_t *result_of(const json_t *answer) {
    return json_object_get(json_array_get(json_object_get(answer, "sent"), 0), "result");
}

static void tell(struct scene *scene, const char *body) {
    json_decref(ask(scene, body));
}

static enum mcp_code open_server(struct scene *scene, struct mcp_err *err) {
    const struct mcp_server_options options = {
        .name = "p", .version = "1", .max_subscriptions = PRODUCT_RESOURCES_MAX_COMPARED + 1};
    MCP_TRY(mcp_server_new(&options, &scene->server, err));
    MCP_TRY(product_resources_add(scene->server, scene->store, err));
    scene->reload.server = scene->server;
    MCP_TRY(mcp_server_start(scene->server, err));
    return mcp_server_open_session(scene->server, MCP_CARRIER_STDIO, MCP_STR(""), 0, scene->session,
                                   err);
}

static void initialize(struct scene *scene) {
    tell(scene, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{"
                "\"protocolVersion\":\"2025-06-18\",\"capabilities\":{},"
                "\"clientInfo\":{\"name\":\"t\",\"version\":\"1\"}}}");
    tell(scene, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}");
    assert_int_equal(mcp_server_attach(scene->server, mcp_str_of(scene->session), MCP_STR(""),
                                       &scene->stream.base, NULL),
                     MCP_OK);
}

static int set_up(void **state) {
    struct scene *scene = calloc(1, sizeof *scene);
    *state = scene;
    if (scene == NULL)
        return -1;
    (void)snprintf(scene->path, sizeof scene->path, "/tmp/mcp-reload-XXXXXX");
    int fd = mkstemp(scene->path);
    if (fd < 0)
        return -1;
    (void)close(fd);
    trace_outlet_init(&scene->stream);
    if (product_loader_schema(&scene->schema, NULL) != MCP_OK ||
        product_store_new(&scene->store, NULL) != MCP_OK)
        return -1;
    scene->reload = (struct product_reload){
        .path = scene->path, .schema = scene->schema, .store = scene->store};
    if (open_server(scene, NULL) != MCP_OK)
        return -1;
    initialize(scene);
    return 0;
}

static int tear_down(void **state) {
    struct scene *scene = *state;
    mcp_server_stop(scene->server);
    (void)trace_outlet_wait_end(&scene->stream);
    mcp_server_free(scene->server);
    trace_outlet_deinit(&scene->stream);
    product_store_free(scene->store);
    mcp_schema_free(scene->schema);
    (void)unlink(scene->path);
    free(scene);
    return 0;
}

static void reload(struct scene *scene, const char *text, enum mcp_code expected) {
    struct mcp_err err = {0};
    put(scene->path, text);
    enum mcp_code code = product_reload_run(&scene->reload, &err);
    assert_int_equal(code, expected);
    assert_int_equal(err.code, expected);
}

static void expect_text(struct scene *scene, const char *uri, const char *text) {
    char body[256];
    (void)snprintf(body, sizeof body,
                   "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"resources/read\",\"params\":{"
                   "\"uri\":\"%s\"}}",
                   uri);
    json_auto_t *answer = ask(scene, body);
    const json_t *contents = json_object_get(result_of(answer), "contents");
    json_auto_t *want =
        json_pack("[{s:s, s:s, s:s}]", "uri", uri, "mimeType", "application/json", "text", text);
    assert_int_equal(json_equal(contents, want), 1);
}

static void the_list_is_the_contract(void **state) {
    json_auto_t *answer =
        ask(*state, "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"resources/list\"}");
    json_auto_t *want =
        json_pack("[{s:s, s:s, s:s, s:s}, {s:s, s:s, s:s, s:s}, {s:s, s:s, s:s, s:s}]", "uri",
                  "product-aliases://list", "name", "Product Aliases", "description",
                  "Product name aliases and mappings", "mimeType", "application/json", "uri",
                  "column-mappings://list", "name", "Column Mappings", "description",
                  "User-friendly term to SQL column mappings", "mimeType", "application/json",
                  "uri", "metadata-summary://info", "name", "Metadata Summary", "description",
                  "Summary of available metadata", "mimeType", "application/json");
    const json_t *resources = json_object_get(result_of(answer), "resources");
    assert_int_equal(json_equal(resources, want), 1);
}

static void before_the_first_load_a_read_is_an_error(void **state) {
    json_auto_t *answer = ask(*state, "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"resources/read\","
                                      "\"params\":{\"uri\":\"product-aliases://list\"}}");
    assert_null(result_of(answer));
}

static void each_resource_reads_as_loaded(void **state) {
    struct scene *scene = *state;
    reload(scene, first, MCP_OK);
    expect_text(scene, "product-aliases://list", "{\"aliases\":{}}");
    expect_text(scene, "column-mappings://list", "{\"mappings\":{\"a\":\"t.a\"}}");
    char summary[512];
    char hash[PRODUCT_HASH_BYTES];
    product_content_hash(mcp_str_of(first), hash);
    (void)snprintf(summary, sizeof summary,
                   "{\"total_products\":0,\"total_mappings\":1,"
                   "\"last_updated\":\"2024-01-01T00:00:00Z\",\"version\":\"%s\","
                   "\"content_hash\":\"%s\",\"status\":\"ok\"}",
                   hash, hash);
    expect_text(scene, "metadata-summary://info", summary);
}

static void subscribe(struct scene *scene, const char *uri) {
    char body[256];
    (void)snprintf(body, sizeof body,
                   "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"resources/subscribe\",\"params\":{"
                   "\"uri\":\"%s\"}}",
                   uri);
    tell(scene, body);
}

static void expect_told(const struct scene *scene, size_t count, const char *uri) {
    json_auto_t *told = trace_outlet_json(&scene->stream);
    const json_t *sent = json_object_get(told, "sent");
    assert_int_equal(json_array_size(sent), count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(json_string_value(json_object_get(
                                json_object_get(json_array_get(sent, i), "params"), "uri")),
                            uri);
}

static void expect_each_told(const struct scene *scene, size_t count, const char *const *uris) {
    json_auto_t *told = trace_outlet_json(&scene->stream);
    const json_t *sent = json_object_get(told, "sent");
    assert_int_equal(json_array_size(sent), count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(json_string_value(json_object_get(
                                json_object_get(json_array_get(sent, i), "params"), "uri")),
                            uris[i]);
}

static void subscribers_hear_of_what_changed_and_nothing_else(void **state) {
    struct scene *scene = *state;
    reload(scene, first, MCP_OK);
    subscribe(scene, "product-aliases://list");
    subscribe(scene, "column-mappings://list");
    subscribe(scene, "metadata-summary://info");
    reload(scene, first, MCP_OK);
    expect_told(scene, 0, NULL);
    reload(scene, second, MCP_OK);
    static const char *const uris[] = {"column-mappings://list", "metadata-summary://info"};
    expect_each_told(scene, 2, uris);
    expect_text(scene, "column-mappings://list", "{\"mappings\":{\"a\":\"t.b\"}}");
}

static void the_summary_changes_when_a_reload_fails(void **state) {
    struct scene *scene = *state;
    reload(scene, first, MCP_OK);
    subscribe(scene, "metadata-summary://info");
    subscribe(scene, "product-aliases://list");
    reload(scene, "{", MCP_E_SYNTAX);
    expect_told(scene, 1, "metadata-summary://info");
    json_auto_t *answer = ask(scene, "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"resources/read\","
                                     "\"params\":{\"uri\":\"metadata-summary://info\"}}");
    const json_t *contents = json_object_get(result_of(answer), "contents");
    const char *text = json_string_value(json_object_get(json_array_get(contents, 0), "text"));
    json_auto_t *summary = json_loads(text, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(summary, "status")), "degraded");
    const json_t *failure = json_object_get(summary, "reload_error");
    char where[80];
    (void)snprintf(where, sizeof where, "%s:1:2", strrchr(scene->path, '/') + 1);
    assert_string_equal(json_string_value(json_object_get(failure, "where")), where);
    assert_non_null(strstr(json_string_value(json_object_get(failure, "what")), "(json)"));
    reload(scene, first, MCP_OK);
    expect_told(scene, 2, "metadata-summary://info");
}

#define PRODUCT(id, name) "{\"canonical_id\": \"" id "\", \"canonical_name\": \"" name "\"}"

static const char two_products[] = "{\"product_aliases\": {\"a b\": " PRODUCT(
    "1", "A") ", \"c\": " PRODUCT("2", "C") "},"
                                            " \"column_mappings\": {}, \"dialects\": {\"x\": {}}}";
static const char other_products[] = "{\"product_aliases\": {\"a b\": " PRODUCT(
    "1", "B") ", \"c\": " PRODUCT("2", "C") "},"
                                            " \"column_mappings\": {}, \"dialects\": {\"x\": {}}}";

static void subscribers_of_views_hear_of_theirs(void **state) {
    struct scene *scene = *state;
    reload(scene, two_products, MCP_OK);
    subscribe(scene, "product-aliases://a%20b");
    subscribe(scene, "product-aliases://c");
    subscribe(scene, "product-aliases://gone");
    subscribe(scene, "product-aliases://category/none");
    subscribe(scene, "column-mappings://x");
    reload(scene, two_products, MCP_OK);
    expect_told(scene, 0, NULL);
    reload(scene, other_products, MCP_OK);
    expect_told(scene, 1, "product-aliases://a%20b");
    subscribe(scene, "product-aliases://%61%20b"); /* another spelling of the same */
    reload(scene, second, MCP_OK);                 /* all three, and what is gone, too */
    json_auto_t *told = trace_outlet_json(&scene->stream);
    assert_int_equal(json_array_size(json_object_get(told, "sent")), 1 + 4);
}

/* Beyond the bound a change is assumed. */
static void so_many_views_are_compared_in_a_swap(void **state) {
    struct scene *scene = *state;
    char uri[64];
    reload(scene, first, MCP_OK);
    for (size_t n = 0; n <= PRODUCT_RESOURCES_MAX_COMPARED; n++) {
        (void)snprintf(uri, sizeof uri, "product-aliases://nobody-%zu", n);
        subscribe(scene, uri);
        if (n + 2 < PRODUCT_RESOURCES_MAX_COMPARED)
            continue;
        size_t views = n + 1;
        reload(scene, second, MCP_OK);
        if (views <= PRODUCT_RESOURCES_MAX_COMPARED)
            expect_told(scene, 0, NULL);
    }
    expect_told(scene, 1, uri);
}

/* A URI of the template, and beside it the list that would match it. */
static void a_product_called_list_has_another_spelling(void **state) {
    struct scene *scene = *state;
    reload(scene,
           "{\"product_aliases\": {\"list\": " PRODUCT("1", "A") "}, \"column_mappings\": {}}",
           MCP_OK);
    const char *product = "{\"canonical_id\":\"1\",\"canonical_name\":\"A\",\"aliases\":[],"
                          "\"database_references\":{},\"categories\":[]}";
    char text[256];
    (void)snprintf(text, sizeof text, "{\"aliases\":{\"list\":%s}}", product);
    expect_text(scene, "product-aliases://list", text);
    (void)snprintf(text, sizeof text,
                   "{\"product\":\"list\",\"total_products\":1,\"truncated\":false,"
                   "\"aliases\":{\"list\":%s}}",
                   product);
    expect_text(scene, "product-aliases://%6Cist", text);
}

static void expect_error(struct scene *scene, const char *body, const char *message) {
    json_auto_t *answer = ask(scene, body);
    const json_t *error =
        json_object_get(json_array_get(json_object_get(answer, "sent"), 0), "error");
    assert_string_equal(json_string_value(json_object_get(error, "message")), message);
}

#define READ(uri)                                                                                  \
    "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"resources/read\",\"params\":{\"uri\":\"" uri "\"}" \
    "}"
#define COMPLETE                                                                                   \
    "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"completion/complete\",\"params\":{\"ref\":{"       \
    "\"type\":\"ref/resource\",\"uri\":\"column-mappings://{dialect}\"},\"argument\":{"            \
    "\"name\":\"dialect\",\"value\":\"X\"}}}"

static void views_refuse_with_what_there_is(void **state) {
    struct scene *scene = *state;
    expect_error(scene, READ("column-mappings://x"), "Invalid request: no metadata is loaded");
    expect_error(scene, COMPLETE, "Invalid request: no metadata is loaded");
    reload(scene, two_products, MCP_OK);
    expect_error(scene, READ("column-mappings://y"),
                 "Resource not found: no dialect \"y\"; known: x");
    json_auto_t *answer = ask(scene, COMPLETE);
    json_auto_t *want =
        json_pack("{s:{s:[s], s:i, s:b}}", "completion", "values", "x", "total", 1, "hasMore", 0);
    assert_int_equal(json_equal(result_of(answer), want), 1);
}

static void a_bad_file_keeps_what_is_served(void **state) {
    struct scene *scene = *state;
    struct product_store_status status;
    reload(scene, first, MCP_OK);
    subscribe(scene, "column-mappings://list");
    reload(scene, "{", MCP_E_SYNTAX);
    MCP_AUTO(product_snapshot_unrefp) struct product_snapshot *snapshot = NULL;
    product_store_status(scene->store, &status, &snapshot);
    assert_int_equal(status.failure_count, 1);
    assert_non_null(strstr(status.failure.where, scene->path));
    assert_non_null(strstr(status.failure.what, "(json)"));
    expect_told(scene, 0, NULL);
    expect_text(scene, "column-mappings://list", "{\"mappings\":{\"a\":\"t.a\"}}");
    assert_int_equal(unlink(scene->path), 0);
    assert_int_equal(product_reload_run(&scene->reload, NULL), MCP_E_NOT_FOUND);
    expect_text(scene, "column-mappings://list", "{\"mappings\":{\"a\":\"t.a\"}}");
    reload(scene, second, MCP_OK);
    expect_told(scene, 1, "column-mappings://list");
}

/* Without a server, so that nothing but the reload allocates. */
static enum mcp_code reloads_twice(void *user, struct mcp_err *err) {
    const struct scene *scene = user;
    MCP_AUTO(product_store_freep) struct product_store *store = NULL;
    MCP_TRY(product_store_new(&store, err));
    const struct product_reload job = {
        .path = scene->path, .schema = scene->schema, .store = store};
    MCP_TRY(product_reload_run(&job, err));
    return product_reload_run(&job, err);
}

static void survives_any_refused_allocation(void **state) {
    struct scene *scene = *state;
    put(scene->path, first);
    torture_run(reloads_twice, scene);
}

static enum mcp_code registers(void *user, struct mcp_err *err) {
    const struct scene *scene = user;
    const struct mcp_server_options options = {.name = "p", .version = "1"};
    struct mcp_server *server = NULL;
    MCP_TRY(mcp_server_new(&options, &server, err));
    enum mcp_code code = product_resources_add(server, scene->store, err);
    mcp_server_free(server);
    return code;
}

static void registration_survives_any_refused_allocation(void **state) {
    torture_run(registers, *state);
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {SCENE(the_list_is_the_contract),
                                       SCENE(before_the_first_load_a_read_is_an_error),
                                       SCENE(each_resource_reads_as_loaded),
                                       SCENE(subscribers_hear_of_what_changed_and_nothing_else),
                                       SCENE(the_summary_changes_when_a_reload_fails),
                                       SCENE(subscribers_of_views_hear_of_theirs),
                                       SCENE(so_many_views_are_compared_in_a_swap),
                                       SCENE(a_product_called_list_has_another_spelling),
                                       SCENE(views_refuse_with_what_there_is),
                                       SCENE(a_bad_file_keeps_what_is_served),
                                       SCENE(survives_any_refused_allocation),
                                       SCENE(registration_survives_any_refused_allocation)};
    return cmocka_run_group_tests_name("product_metadata.product_reload", tests, NULL, NULL);
}
