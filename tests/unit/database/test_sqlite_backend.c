/* SPDX-License-Identifier: MIT */
/* The engine's refusals, without a process around it: what one handle lets through. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "fixture.h"

static struct fixture fixture;
static struct database_backend *backend;

struct seen {
    char columns[4096];
    char text[4096];
    struct mcp_buf rows;
};

static enum mcp_code keep_columns(void *user, struct mcp_str json, struct mcp_err *err) {
    (void)err;
    struct seen *seen = user;
    (void)snprintf(seen->columns, sizeof seen->columns, "%.*s", (int)json.len, json.ptr);
    return MCP_OK;
}

static enum mcp_code keep_rows(void *user, struct mcp_str json, struct mcp_err *err) {
    struct seen *seen = user;
    mcp_buf_add(&seen->rows, json);
    return mcp_buf_finish(&seen->rows, err);
}

static enum mcp_code keep_text(void *user, struct mcp_str text, struct mcp_err *err) {
    (void)err;
    struct seen *seen = user;
    size_t used = strlen(seen->text);
    (void)snprintf(seen->text + used, sizeof seen->text - used, "%.*s", (int)text.len, text.ptr);
    return MCP_OK;
}

static enum mcp_code ask(struct database_backend *on, const struct database_request *request,
                         struct seen *seen, struct database_tally *tally, struct mcp_err *err) {
    struct database_sink sink = {keep_columns, keep_rows, keep_text, seen};
    return on->ops->query(on, request, &sink, tally, err);
}

static enum mcp_code query(struct database_backend *on, const char *sql, struct seen *seen,
                           struct database_tally *tally, struct mcp_err *err) {
    const struct database_request request = {.sql = mcp_str_of(sql)};
    return ask(on, &request, seen, tally, err);
}

static void expect_rows(const char *sql, const char *columns, const char *rows) {
    struct seen seen = {.rows = MCP_BUF_INIT(1 << 24)};
    struct database_tally tally = {0};
    struct mcp_err err = {0};
    enum mcp_code code = query(backend, sql, &seen, &tally, &err);
    if (code != MCP_OK)
        print_error("%s: %s %s\n", sql, err.where, err.what);
    assert_int_equal(code, MCP_OK);
    assert_string_equal(seen.columns, columns);
    assert_string_equal(seen.rows.len > 0 ? seen.rows.data : "", rows);
    database_tally_deinit(&tally);
    mcp_buf_deinit(&seen.rows);
}

static void expect_refusal(const char *sql, enum mcp_code wanted, const char *part) {
    struct seen seen = {.rows = MCP_BUF_INIT(1 << 24)};
    struct database_tally tally = {0};
    struct mcp_err err = {0};
    enum mcp_code code = query(backend, sql, &seen, &tally, &err);
    if (code != wanted || strstr(err.what, part) == NULL)
        print_error("%s: %s: %s %s\n", sql, mcp_code_name(code), err.where, err.what);
    assert_int_equal(code, wanted);
    assert_non_null(strstr(err.what, part));
    mcp_buf_deinit(&seen.rows);
}

static void reads_work(void **state) {
    (void)state;
    expect_rows("SELECT product_id FROM products WHERE product_id IN (123, 456, 789) ORDER BY 1",
                "[\"product_id\"]",
                "{\"product_id\":123},{\"product_id\":456},{\"product_id\":789}");
    expect_rows("WITH x(a) AS (VALUES (1), (2)) SELECT sum(a) AS s FROM x", "[\"s\"]", "{\"s\":3}");
    expect_rows("VALUES (1, 'drop table products; update')", "[\"column1\",\"column2\"]",
                "{\"column1\":1,\"column2\":\"drop table products; update\"}");
    expect_rows("SELECT value FROM json_each('[1,2]')", "[\"value\"]",
                "{\"value\":1},{\"value\":2}");
    expect_rows("SELECT row_number() OVER (ORDER BY category_id) AS n FROM categories LIMIT 1",
                "[\"n\"]", "{\"n\":1}");
    expect_rows("SELECT 1 AS a, 2 AS a ; -- the end\n ;", "[\"a\",\"a_2\"]", "{\"a\":1,\"a_2\":2}");
    expect_rows("SELECT category_id FROM categories WHERE 0", "[\"category_id\"]", "");
}

static void explain_query_plan_is_a_read(void **state) {
    (void)state;
    struct seen seen = {.rows = MCP_BUF_INIT(1 << 20)};
    struct database_tally tally = {0};
    assert_int_equal(query(backend, "EXPLAIN QUERY PLAN SELECT * FROM sales WHERE order_id = 1",
                           &seen, &tally, NULL),
                     MCP_OK);
    assert_non_null(strstr(seen.rows.data, "sales_by_order"));
    database_tally_deinit(&tally);
    mcp_buf_deinit(&seen.rows);
}

static void writes_are_refused(void **state) {
    (void)state;
    static const char *const writes[] = {
        "INSERT INTO products VALUES (1,'x',1,1,1,1,'2020-01-01')",
        "UPDATE products SET price = 0",
        "DELETE FROM products",
        "DROP TABLE products",
        "CREATE TABLE x (a)",
        "CREATE TEMP TABLE x (a)",
        "CREATE VIEW x AS SELECT 1",
        "ALTER TABLE products RENAME TO x",
        "REPLACE INTO categories VALUES (1, 'x')",
        "INSERT INTO categories VALUES (9, 'x') RETURNING category_id",
        "WITH x AS (SELECT 1) DELETE FROM products",
        "/* -- */ INSERT INTO categories(category_name) /*\n*/ SELECT 5000",
        "PRAGMA journal_mode = WAL",
        "PRAGMA query_only = OFF",
        "PRAGMA writable_schema = 1",
        "ATTACH '/tmp/mcp-attack.db' AS x",
        "DETACH main",
        "BEGIN",
        "COMMIT",
        "SAVEPOINT x",
        "ANALYZE",
        "REINDEX",
    };
    for (size_t i = 0; i < MCP_COUNT(writes); i++)
        expect_refusal(writes[i], MCP_E_DENIED, "only reads");
    expect_refusal("VACUUM INTO '/tmp/mcp-attack.db'", MCP_E_DENIED, "");
    expect_refusal("VACUUM", MCP_E_DENIED, "");
    assert_int_not_equal(access("/tmp/mcp-attack.db", F_OK), 0);
}

static void tricks_are_refused(void **state) {
    (void)state;
    expect_refusal("SELECT 1; DROP TABLE products", MCP_E_DENIED, "one statement");
    expect_refusal("SELECT 1;/**/DROP TABLE products", MCP_E_DENIED, "one statement");
    expect_refusal("SELECT fts3_tokenizer('simple', x'4141414141414141')", MCP_E_DENIED,
                   "fts3_tokenizer() is not available");
    expect_refusal("SELECT load_extension('x')", MCP_E_DENIED, "load_extension() is not available");
    expect_refusal("SELECT * FROM sqlite_master", MCP_E_DENIED, "not readable");
    expect_refusal("SELECT * FROM pragma_table_info('products')", MCP_E_DENIED, "");
    expect_refusal("EXPLAIN SELECT 1", MCP_E_DENIED, "EXPLAIN QUERY PLAN");
    expect_refusal("SELECT ?", MCP_E_INVALID, "placeholder");
    expect_refusal("", MCP_E_SYNTAX, "empty");
    expect_refusal(" -- nothing\n", MCP_E_SYNTAX, "empty");
    expect_refusal("SELEC 1", MCP_E_SYNTAX, "syntax error");
    expect_refusal("SELECT * FROM nowhere", MCP_E_SYNTAX, "no such table: nowhere");
    struct mcp_err err = {0};
    struct seen seen = {.rows = MCP_BUF_INIT(100)};
    struct database_tally tally = {0};
    const struct database_request request = {.sql = MCP_STR("SELECT 1\0; DROP TABLE products")};
    assert_int_equal(ask(backend, &request, &seen, &tally, &err), MCP_E_SYNTAX);
    assert_non_null(strstr(err.what, "NUL"));
}

static void syntax_errors_have_a_place(void **state) {
    (void)state;
    struct seen seen = {.rows = MCP_BUF_INIT(100)};
    struct database_tally tally = {0};
    struct mcp_err err = {0};
    assert_int_equal(query(backend, "SELECT a FRM b", &seen, &tally, &err), MCP_E_SYNTAX);
    assert_string_equal(err.where, "character 14");
}

static void endless_queries_end(void **state) {
    (void)state;
    expect_refusal("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
                   "SELECT count(*) FROM n",
                   MCP_E_TIMEOUT, "took longer than 300 ms");
    expect_refusal("SELECT zeroblob(2000000)", MCP_E_LIMIT, "longer than 1048576 bytes");
    expect_rows("SELECT 1 AS still", "[\"still\"]", "{\"still\":1}");
}

static enum mcp_code ask_with(const char *sql, const char *params, char *rows, size_t bytes,
                              struct mcp_err *err) {
    struct seen seen = {.rows = MCP_BUF_INIT(1 << 20)};
    struct database_tally tally = {0};
    json_auto_t *values = json_loads(params, 0, NULL);
    const struct database_request request = {.sql = mcp_str_of(sql), .params = values};
    enum mcp_code code = ask(backend, &request, &seen, &tally, err);
    (void)snprintf(rows, bytes, "%s", seen.rows.len > 0 ? seen.rows.data : "");
    database_tally_deinit(&tally);
    mcp_buf_deinit(&seen.rows);
    return code;
}

static void placeholders_are_bound_by_place_and_by_name(void **state) {
    (void)state;
    char rows[256];
    assert_int_equal(ask_with("SELECT ? AS a, ? AS b, ? AS c, ? AS d", "[1, 2.5, \"x\", null]",
                              rows, sizeof rows, NULL),
                     MCP_OK);
    assert_string_equal(rows, "{\"a\":1,\"b\":2.5,\"c\":\"x\",\"d\":null}");
    assert_int_equal(ask_with("SELECT :yes AS a, $no AS b", "{\"yes\": true, \"$no\": false}", rows,
                              sizeof rows, NULL),
                     MCP_OK);
    assert_string_equal(rows, "{\"a\":1,\"b\":0}");
}

static void placeholders_without_a_fitting_value_are_named(void **state) {
    (void)state;
    char rows[256];
    struct mcp_err err = {0};
    assert_int_equal(ask_with("SELECT ?, ?", "[1]", rows, sizeof rows, &err), MCP_E_INVALID);
    assert_non_null(strstr(err.what, "number 2 has no value"));
    err = (struct mcp_err){0};
    assert_int_equal(ask_with("SELECT :a", "[1]", rows, sizeof rows, &err), MCP_E_INVALID);
    assert_non_null(strstr(err.what, "an object with its name"));
    err = (struct mcp_err){0};
    assert_int_equal(ask_with("SELECT ?", "[[1]]", rows, sizeof rows, &err), MCP_E_INVALID);
    assert_non_null(strstr(err.what, "takes a string, number, boolean or null"));
}

static void query_length_is_bounded(void **state) {
    (void)state;
    char sql[2002];
    (void)snprintf(sql, sizeof sql, "SELECT 1 AS a --%*s", 1984, "");
    sql[2000] = '\0';
    assert_int_equal(strlen(sql), 2000);
    expect_rows(sql, "[\"a\"]", "{\"a\":1}");
    sql[2000] = ' ';
    sql[2001] = '\0';
    expect_refusal(sql, MCP_E_LIMIT, "longer than 2000 bytes");
}

static void expect_truncated(const char *sql, uint64_t rows, bool is_truncated) {
    struct seen seen = {.rows = MCP_BUF_INIT(1 << 24)};
    struct database_tally tally = {0};
    assert_int_equal(query(backend, sql, &seen, &tally, NULL), MCP_OK);
    assert_int_equal(tally.row_count, rows);
    assert_int_equal(tally.is_truncated, is_truncated);
    database_tally_deinit(&tally);
    mcp_buf_deinit(&seen.rows);
}

static void truncation_is_exact(void **state) {
    (void)state;
    expect_truncated("SELECT sale_id FROM sales LIMIT 99", 99, false);
    expect_truncated("SELECT sale_id FROM sales LIMIT 100", 100, false);
    expect_truncated("SELECT sale_id FROM sales LIMIT 101", 100, true);
    /* each row is {"x":"…"}: 8 bytes and the text, a comma between; the cap is 100,000 */
    expect_truncated("SELECT printf('%.*c', 49991, 'y') AS x FROM sales LIMIT 2", 2, false);
    expect_truncated("SELECT printf('%.*c', 49992, 'y') AS x FROM sales LIMIT 2", 1, true);
}

static void catalogue_describes_every_table(void **state) {
    (void)state;
    json_t *catalogue = NULL;
    assert_int_equal(backend->ops->describe(backend, &catalogue, NULL), MCP_OK);
    json_t *products = json_object_get(json_object_get(catalogue, "tables"), "products");
    assert_int_equal(json_object_size(json_object_get(catalogue, "tables")), 5);
    assert_int_equal(json_integer_value(json_object_get(products, "row_count")), 12);
    json_t *want = json_loads("[{\"table\":\"categories\",\"columns\":[\"category_id\"],"
                              "\"references\":[\"category_id\"]}]",
                              0, NULL);
    assert_true(json_equal(json_object_get(products, "foreign_keys"), want));
    json_decref(want);
    json_decref(catalogue);
    expect_refusal("PRAGMA table_info(products)", MCP_E_DENIED, "PRAGMA");
}

static void exposure_hides_and_masks(void **state) {
    (void)state;
    json_auto_t *denied = json_pack("[s]", "sales");
    json_auto_t *masked = json_pack("[s]", "customers.email");
    const struct database_exposure exposure = {NULL, denied, masked};
    const struct database_limits limits = {.deadline_ms = 1000};
    struct database_backend *whole = backend;
    assert_int_equal(database_sqlite_open(fixture.path, &limits, &exposure, &backend, NULL),
                     MCP_OK);
    expect_rows("SELECT email FROM customers LIMIT 1", "[\"email\"]", "{\"email\":null}");
    expect_refusal("SELECT total_amount FROM sales", MCP_E_DENIED,
                   "column sales.total_amount is not exposed");
    expect_refusal("SELECT count(*) FROM sales", MCP_E_DENIED, "not exposed");
    json_t *catalogue = NULL;
    assert_int_equal(backend->ops->describe(backend, &catalogue, NULL), MCP_OK);
    assert_null(json_object_get(json_object_get(catalogue, "tables"), "sales"));
    json_decref(catalogue);
    backend->ops->close(backend);
    backend = whole;
}

/* Nothing of the catalogue names what is hidden: keys and indexes over it, views nobody can read.
 */
static void catalogue_names_nothing_hidden(void **state) {
    (void)state;
    struct fixture own;
    struct database_backend *opened = NULL;
    json_t *catalogue = NULL;
    char text[4096];
    fixture_make(&own, "CREATE TABLE vault (token TEXT PRIMARY KEY);"
                       "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, email TEXT,"
                       " token TEXT REFERENCES vault, host AS (substr(email, 3)));"
                       "CREATE INDEX by_email ON people (name, email);"
                       "CREATE INDEX by_lower ON people (lower(email));"
                       "CREATE INDEX by_name ON people (name);"
                       "CREATE VIEW mails AS SELECT email AS address FROM people;"
                       "CREATE VIRTUAL TABLE found USING fts5(email, content='people');"
                       "CREATE TABLE part (a, b); CREATE INDEX part_b ON part (b);");
    json_auto_t *denied = json_pack("[s, s, s]", "vault", "people.email", "people.token");
    json_auto_t *allowed = json_pack("[s, s]", "part.a", "nothing");
    const struct database_limits limits = {.deadline_ms = 1000};
    const struct database_exposure exposures[] = {{NULL, denied, NULL}, {allowed, NULL, NULL}};
    static const char *const wanted[] = {"{\"people\":[\"id\",\"name\"],\"part\":[\"a\",\"b\"]}",
                                         "{\"part\":[\"a\"]}"};
    static const char *const hidden[] = {"vault", "token",   "email", "by_lower",
                                         "host",  "address", "found", "mails"};
    for (size_t i = 0; i < 2; i++) {
        json_auto_t *columns = json_loads(wanted[i], 0, NULL);
        const char *name = NULL;
        json_t *names = NULL;
        size_t at = 0;
        json_t *column = NULL;
        assert_int_equal(database_sqlite_open(own.path, &limits, &exposures[i], &opened, NULL),
                         MCP_OK);
        assert_int_equal(opened->ops->describe(opened, &catalogue, NULL), MCP_OK);
        json_t *tables = json_object_get(catalogue, "tables");
        assert_int_equal(json_object_size(tables), json_object_size(columns));
        json_object_foreach(columns, name, names) {
            json_t *listed = json_object_get(json_object_get(tables, name), "columns");
            assert_int_equal(json_array_size(listed), json_array_size(names));
            json_array_foreach(names, at, column) {
                assert_true(
                    json_equal(column, json_object_get(json_array_get(listed, at), "name")));
            }
        }
        text[json_dumpb(catalogue, text, sizeof text - 1, 0)] = '\0';
        for (size_t n = 0; n < MCP_COUNT(hidden); n++)
            assert_null(strstr(text, hidden[n]));
        mcp_json_decref(&catalogue);
        opened->ops->close(opened);
    }
    fixture_remove(&own);
}

static void expect_open_error(const char *path, enum mcp_code wanted, const char *part) {
    const struct database_limits limits = {0};
    const struct database_exposure exposure = {0};
    struct database_backend *none = NULL;
    struct mcp_err err = {0};
    enum mcp_code code = database_sqlite_open(path, &limits, &exposure, &none, &err);
    if (code != wanted || strstr(err.what, part) == NULL)
        print_error("%s: %s %s\n", mcp_code_name(code), err.where, err.what);
    assert_int_equal(code, wanted);
    assert_string_equal(err.where, path);
    assert_non_null(strstr(err.what, part));
    assert_null(none);
}

static void write_file(const char *path, const char *text, size_t len) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void what_is_not_a_database_is_named(void **state) {
    (void)state;
    char path[128];
    char link[128];
    (void)snprintf(path, sizeof path, "%s/other", fixture.dir);
    (void)snprintf(link, sizeof link, "%s/link", fixture.dir);
    expect_open_error(path, MCP_E_NOT_FOUND, "no such file");
    expect_open_error(fixture.dir, MCP_E_IO, "not a regular file");
    expect_open_error("/dev/zero", MCP_E_IO, "not a regular file");
    write_file(path, "", 0);
    expect_open_error(path, MCP_E_IO, "not a SQLite database");
    write_file(path, "a text file that is long enough", 31);
    expect_open_error(path, MCP_E_IO, "not a SQLite database");
    char head[100] = "SQLite format 3";
    write_file(path, head, sizeof head);
    expect_open_error(path, MCP_E_IO, "");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink(fixture.path, link), 0);
    struct database_backend *through = NULL;
    const struct database_limits limits = {0};
    const struct database_exposure exposure = {0};
    assert_int_equal(database_sqlite_open(link, &limits, &exposure, &through, NULL), MCP_OK);
    through->ops->close(through);
    assert_int_equal(unlink(link), 0);
}

static void create_leaves_what_exists_alone(void **state) {
    (void)state;
    struct mcp_err err = {0};
    assert_int_equal(database_sqlite_create(fixture.path, "SELECT 1", &err), MCP_E_EXISTS);
    char path[128];
    (void)snprintf(path, sizeof path, "%s/bad.db", fixture.dir);
    err = (struct mcp_err){0};
    assert_int_equal(database_sqlite_create(path, "CREATE nonsense", &err), MCP_E_IO);
    assert_int_not_equal(access(path, F_OK), 0);
}

static void file_is_unchanged_after_all_of_it(void **state) {
    (void)state;
    sqlite3 *db = NULL;
    sqlite3_stmt *row = NULL;
    assert_int_equal(sqlite3_open_v2(fixture.path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &row, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(row, 0), "ok");
    assert_int_equal(sqlite3_finalize(row), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static int set_up(void **state) {
    (void)state;
    const struct database_limits limits = {
        .max_query_bytes = 2000, .max_rows = 100, .max_result_bytes = 100000, .deadline_ms = 300};
    const struct database_exposure exposure = {0};
    fixture_make(&fixture, database_sample_script);
    assert_int_equal(database_sqlite_open(fixture.path, &limits, &exposure, &backend, NULL),
                     MCP_OK);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    backend->ops->close(backend);
    fixture_remove(&fixture);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_work),
        cmocka_unit_test(explain_query_plan_is_a_read),
        cmocka_unit_test(writes_are_refused),
        cmocka_unit_test(tricks_are_refused),
        cmocka_unit_test(syntax_errors_have_a_place),
        cmocka_unit_test(endless_queries_end),
        cmocka_unit_test(placeholders_are_bound_by_place_and_by_name),
        cmocka_unit_test(placeholders_without_a_fitting_value_are_named),
        cmocka_unit_test(query_length_is_bounded),
        cmocka_unit_test(truncation_is_exact),
        cmocka_unit_test(catalogue_describes_every_table),
        cmocka_unit_test(exposure_hides_and_masks),
        cmocka_unit_test(catalogue_names_nothing_hidden),
        cmocka_unit_test(what_is_not_a_database_is_named),
        cmocka_unit_test(create_leaves_what_exists_alone),
        cmocka_unit_test(file_is_unchanged_after_all_of_it),
    };
    return cmocka_run_group_tests_name("database.sqlite_backend", tests, set_up, tear_down);
}
