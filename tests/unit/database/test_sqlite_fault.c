/* SPDX-License-Identifier: MIT */
/* What the engine meets in files and in memory, and how it is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "fixture.h"

enum { NOBODY = 65534 };

static struct fixture fixture;

static enum mcp_code ignore(void *user, struct mcp_str json, struct mcp_err *err) {
    (void)user;
    (void)json;
    (void)err;
    return MCP_OK;
}

static enum mcp_code open_it(struct database_backend **out_backend, struct mcp_err *err) {
    const struct database_limits limits = {.deadline_ms = 20000, .heap_bytes = 16 << 20};
    const struct database_exposure exposure = {0};
    return database_sqlite_open(fixture.path, &limits, &exposure, out_backend, err);
}

static void expect(enum mcp_code code, const struct mcp_err *err, enum mcp_code wanted,
                   const char *what) {
    if (code != wanted || strstr(err->what, what) == NULL)
        print_error("%s: %s %s\n", mcp_code_name(code), err->where, err->what);
    assert_int_equal(code, wanted);
    assert_non_null(strstr(err->what, what));
}

/* The same error when the file is opened, or else when it is read. */
static void expect_fault(const char *sql, enum mcp_code wanted, const char *what) {
    const struct database_request request = {.sql = mcp_str_of(sql)};
    const struct database_sink sink = {ignore, ignore, ignore, NULL};
    struct database_backend *backend = NULL;
    struct database_tally tally = {0};
    struct mcp_err err = {0};
    enum mcp_code code = open_it(&backend, &err);
    if (code == MCP_OK) {
        code = backend->ops->query(backend, &request, &sink, &tally, &err);
        backend->ops->close(backend);
    }
    database_tally_deinit(&tally);
    expect(code, &err, wanted, what);
}

static sqlite3 *write_with(const char *script) {
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(fixture.path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, script, NULL, NULL, NULL), SQLITE_OK);
    return db;
}

static void too_much_memory_is_told(void **state) {
    (void)state;
    expect_fault("WITH RECURSIVE c(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM c LIMIT 1000000) "
                 "SELECT count(*) FROM (SELECT DISTINCT i || 'the same again and again' FROM c)",
                 MCP_E_LIMIT, "the query needs more than 16 MiB of memory; narrow it");
}

static void a_long_value_is_told(void **state) {
    (void)state;
    expect_fault(
        "WITH RECURSIVE c(s) AS (VALUES ('twice') UNION ALL SELECT s || s FROM c LIMIT 30) "
        "SELECT max(length(s)) FROM c",
        MCP_E_LIMIT, "a value is longer than 1048576 bytes");
}

static void a_writer_in_the_way_is_told(void **state) {
    (void)state;
    struct database_backend *backend = NULL;
    const struct database_request request = {.sql = MCP_STR("SELECT count(*) FROM products")};
    const struct database_sink sink = {ignore, ignore, ignore, NULL};
    struct database_tally tally = {0};
    struct mcp_err err = {0};
    assert_int_equal(open_it(&backend, &err), MCP_OK);
    sqlite3 *writer = write_with("BEGIN EXCLUSIVE");
    enum mcp_code code = backend->ops->query(backend, &request, &sink, &tally, &err);
    assert_int_equal(sqlite3_close(writer), SQLITE_OK);
    backend->ops->close(backend);
    database_tally_deinit(&tally);
    expect(code, &err, MCP_E_STATE, "the database is locked by a writer; try again");
}

/* A journal that nobody holds is of a writer that was interrupted. */
static void an_interrupted_writer_is_told(void **state) {
    (void)state;
    char journal[128];
    (void)snprintf(journal, sizeof journal, "%s-journal", fixture.path);
    FILE *file = fopen(journal, "w");
    assert_non_null(file);
    assert_int_equal(fputs("a journal", file) >= 0, true);
    assert_int_equal(fclose(file), 0);
    expect_fault("SELECT 1", MCP_E_IO, "a writer was interrupted and left a journal");
    assert_int_equal(unlink(journal), 0);
}

static void a_damaged_file_is_told(void **state) {
    (void)state;
    char junk[4096];
    memset(junk, 'x', sizeof junk);
    FILE *file = fopen(fixture.path, "r+");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long size = ftell(file);
    for (long at = 4096; at < size; at += 4096) { /* but for the page of the schema */
        assert_int_equal(fseek(file, at, SEEK_SET), 0);
        assert_int_equal(fwrite(junk, sizeof junk, 1, file), 1);
    }
    assert_int_equal(fclose(file), 0);
    expect_fault("SELECT * FROM products", MCP_E_IO, "the database is damaged: ");
}

/* Root may write everywhere: it becomes somebody else for a while. */
static void a_wal_that_cannot_be_made_is_told(void **state) {
    (void)state;
    bool is_root = geteuid() == 0;
    assert_int_equal(sqlite3_close(write_with("PRAGMA journal_mode = WAL")), SQLITE_OK);
    assert_int_equal(chmod(fixture.dir, 0555), 0);
    assert_int_equal(chmod(fixture.path, 0444), 0);
    if (is_root)
        assert_int_equal(seteuid(NOBODY), 0);
    expect_fault("SELECT count(*) FROM products", MCP_E_IO,
                 "a WAL database whose directory is not writable");
    if (is_root)
        assert_int_equal(seteuid(0), 0);
    assert_int_equal(chmod(fixture.dir, 0755), 0);
}

static int set_up(void **state) {
    (void)state;
    fixture_make(&fixture, database_sample_script);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    fixture_remove(&fixture);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(too_much_memory_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_long_value_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_writer_in_the_way_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_interrupted_writer_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_damaged_file_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_wal_that_cannot_be_made_is_told, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("database.sqlite_fault", tests, NULL, NULL);
}
