/* SPDX-License-Identifier: MIT */
/* Every shipped column mapping, in SQLite's dialect, run on the sample database: both servers and
 * the orchestrator's library between them. */
#include <ctype.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "mcp/orchestrator.h"

enum { SQL_BYTES = 1024, QUERY_BYTES = 2048 };

static const char placeholder[] = "{date_column}";

static struct harness harness;
static struct process database;
static struct process product;
static struct orch *orch;

/* The mappings that a resource of the product metadata server says. */
static json_t *read_mappings(const char *uri) {
    struct orch_error error = ORCH_ERROR_INIT;
    json_auto_t *result = NULL;
    assert_int_equal(orch_read_resource(orch, uri, &result, &error), MCP_OK);
    const json_t *contents = json_array_get(json_object_get(result, "contents"), 0);
    assert_string_equal(json_string_value(json_object_get(contents, "uri")), uri);
    json_auto_t *body = json_loads(json_string_value(json_object_get(contents, "text")), 0, NULL);
    json_t *mappings = json_object_get(body, "mappings");
    assert_true(json_object_size(mappings) > 0);
    return json_incref(mappings);
}

/* The first row's value; NULL when the database refuses the query. A new reference. */
static json_t *run(const char *query) {
    struct orch_error error = ORCH_ERROR_INIT;
    json_auto_t *arguments = json_pack("{s:s}", "query", query);
    json_auto_t *answer = NULL;
    assert_int_equal(orch_call_tool(orch, "execute_query", arguments, &answer, &error), MCP_OK);
    const json_t *result = json_object_get(answer, "result");
    if (json_is_true(json_object_get(result, "isError")))
        return NULL;
    const json_t *rows = json_object_get(json_object_get(result, "structuredContent"), "rows");
    return json_incref(json_object_get(json_array_get(rows, 0), "value"));
}

/* `sql` with what stands for the date column in the place of each placeholder. */
static void put_date(const char *sql, const char *date, char out[SQL_BYTES]) {
    size_t used = 0;
    while (*sql != '\0') {
        bool is_here = strncmp(sql, placeholder, strlen(placeholder)) == 0;
        int len = snprintf(out + used, SQL_BYTES - used, "%.*s", is_here ? (int)strlen(date) : 1,
                           is_here ? date : sql);
        assert_in_range(len, 1, SQL_BYTES - used - 1);
        used += (size_t)len;
        sql += is_here ? strlen(placeholder) : 1;
    }
    out[used] = '\0';
}

/* The word before the first dot: "SUM(sales.total_amount)" is about sales. */
static void find_table(const char *sql, char out[64]) {
    const char *dot = strchr(sql, '.');
    assert_non_null(dot);
    const char *start = dot;
    while (start > sql && (isalnum((unsigned char)start[-1]) || start[-1] == '_'))
        start--;
    (void)snprintf(out, 64, "%.*s", (int)(dot - start), start);
}

/* A query that uses a mapping as it is meant: a condition on dates filters, anything else is asked
 * for. */
static void write_query(const char *sql, char out[QUERY_BYTES]) {
    char text[SQL_BYTES];
    char table[64];
    put_date(sql, "orders.order_date", text);
    if (strstr(sql, placeholder) != NULL) {
        (void)snprintf(out, QUERY_BYTES, "SELECT count(*) AS value FROM orders WHERE %s", text);
        return;
    }
    find_table(text, table);
    (void)snprintf(out, QUERY_BYTES, "SELECT %s AS value FROM %s LIMIT 1", text, table);
}

static void every_mapping_runs(void **state) {
    (void)state;
    json_auto_t *mappings = read_mappings("column-mappings://sqlite");
    const char *term = NULL;
    json_t *sql = NULL;
    json_object_foreach(mappings, term, sql) {
        char query[QUERY_BYTES];
        write_query(json_string_value(sql), query);
        json_auto_t *value = run(query);
        if (value == NULL || json_is_null(value))
            fail_msg("\"%s\" does not run: %s", term, query);
    }
}

/* What the dialect changes had to be changed, and nothing is lost on the way. */
static void only_what_does_not_run_is_overridden(void **state) {
    (void)state;
    json_auto_t *generic = read_mappings("column-mappings://list");
    json_auto_t *sqlite = read_mappings("column-mappings://sqlite");
    const char *term = NULL;
    json_t *sql = NULL;
    size_t overridden = 0;
    assert_int_equal(json_object_size(generic), json_object_size(sqlite));
    json_object_foreach(generic, term, sql) {
        char query[QUERY_BYTES];
        if (json_equal(sql, json_object_get(sqlite, term)))
            continue;
        overridden++;
        write_query(json_string_value(sql), query);
        json_auto_t *value = run(query);
        assert_null(value);
    }
    assert_true(overridden > 0);
}

/* Whether the condition `term` holds for a date, an SQL expression. */
static bool holds(const json_t *mappings, const char *term, const char *date) {
    char text[SQL_BYTES];
    char query[QUERY_BYTES];
    put_date(json_string_value(json_object_get(mappings, term)), date, text);
    (void)snprintf(query, sizeof query, "SELECT %s AS value", text);
    json_auto_t *value = run(query);
    assert_true(json_is_integer(value));
    return json_integer_value(value) == 1;
}

static void dates_mean_what_they_say(void **state) {
    (void)state;
    static const struct {
        const char *date;
        const char *term;
        bool is_meant;
    } rows[] = {
        {"CURRENT_DATE", "this month", true},
        {"date('now', 'start of month')", "this month", true},
        {"date('now', 'start of month', '-1 day')", "this month", false},
        {"date('now', 'start of month', '+1 month')", "this month", false},
        {"date('now', '-1 year')", "this month", false},
        {"date('now', 'start of month', '-1 day')", "last month", true},
        {"date('now', 'start of month', '-1 month')", "last month", true},
        {"date('now', 'start of month', '-1 month', '-1 day')", "last month", false},
        {"CURRENT_DATE", "last month", false},
        {"date('now', 'start of year')", "this year", true},
        {"datetime('now', 'start of year', '+1 year', '-1 second')", "this year", true},
        {"date('now', 'start of year', '-1 day')", "this year", false},
        {"date('now', 'start of year', '+1 year')", "this year", false},
    };
    json_auto_t *mappings = read_mappings("column-mappings://sqlite");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (holds(mappings, rows[i].term, rows[i].date) != rows[i].is_meant)
            fail_msg("%s is %s%s", rows[i].date, rows[i].is_meant ? "not " : "", rows[i].term);
}

/* Templates are for those who know what they want: gathering reads what is listed. */
static void gathering_reads_no_template(void **state) {
    (void)state;
    struct orch_error error = ORCH_ERROR_INIT;
    json_auto_t *all = NULL;
    json_auto_t *missing = NULL;
    assert_int_equal(orch_gather_all_resources(orch, &all, &missing, &error), MCP_OK);
    assert_int_equal(json_array_size(missing), 0);
    const json_t *resources =
        json_object_get(json_object_get(all, "Product Metadata MCP"), "resources");
    assert_int_equal(json_object_size(resources), 3);
}

static void an_unknown_dialect_is_refused_with_the_known(void **state) {
    (void)state;
    struct orch_error error = ORCH_ERROR_INIT;
    json_auto_t *result = NULL;
    assert_int_not_equal(orch_read_resource(orch, "column-mappings://mysql", &result, &error),
                         MCP_OK);
    json_auto_t *whole = orch_error_to_json(&error);
    char *text = json_dumps(whole, 0);
    assert_non_null(strstr(text, "no dialect \\\"mysql\\\"; known: postgresql, sqlite"));
    free(text);
    orch_error_deinit(&error);
}

static int open_all(void **state) {
    (void)state;
    struct orch_error error = ORCH_ERROR_INIT;
    harness_open(&harness);
    database = start_database(&harness, 0);
    product = start_product(&harness, 0);
    write_config(&harness,
                 "mcp_servers:\n"
                 "  database_mcp:\n"
                 "    name: \"Database MCP Server\"\n"
                 "    url: \"http://127.0.0.1:%d/mcp\"\n"
                 "    priority: 10\n"
                 "    domains: [sales]\n"
                 "    transport: streamable-http\n"
                 "  product_metadata_mcp:\n"
                 "    name: \"Product Metadata MCP\"\n"
                 "    url: \"http://127.0.0.1:%d/mcp\"\n"
                 "    priority: 1\n"
                 "    domains: [metadata]\n"
                 "    transport: streamable-http\n",
                 database.port, product.port);
    assert_int_equal(orch_new(harness.config, &orch, &error), MCP_OK);
    assert_int_equal(orch_initialize(orch, &error), MCP_OK);
    return 0;
}

static int close_all(void **state) {
    (void)state;
    orch_free(orch);
    assert_int_equal(process_stop(&product, SIGTERM, NULL), 0);
    assert_int_equal(process_stop(&database, SIGTERM, NULL), 0);
    harness_close(&harness);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mapping_runs),
        cmocka_unit_test(only_what_does_not_run_is_overridden),
        cmocka_unit_test(dates_mean_what_they_say),
        cmocka_unit_test(gathering_reads_no_template),
        cmocka_unit_test(an_unknown_dialect_is_refused_with_the_known),
    };
    return cmocka_run_group_tests_name("integration.mappings", tests, open_all, close_all);
}
