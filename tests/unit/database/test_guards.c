/* SPDX-License-Identifier: MIT */
/* Each guard by itself, with the others out of the way: what several of them refuse together does
 * not show that one is missing. scripts/guard_variants removes them one by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "database/sandbox.h"
#include "database/sqlite_session.h"
#include "fixture.h"
#include "mcp/clock.h"
#include "under_valgrind.h"

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||                               \
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
enum { HAS_SANITIZER = 1 };
#else
enum { HAS_SANITIZER = 0 };
#endif

static struct fixture fixture;
static struct database_backend *backend;
static struct database_sqlite *session;

static void handle_cannot_write(void **state) {
    (void)state;
    assert_int_equal(sqlite3_db_readonly(session->db, "main"), 1);
}

static void options_are_set(void **state) {
    (void)state;
    static const struct {
        int option;
        int value;
    } wanted[] = {{SQLITE_DBCONFIG_DEFENSIVE, 1},
                  {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
                  {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
                  {SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0},
                  {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
                  {SQLITE_DBCONFIG_DQS_DML, 0},
                  {SQLITE_DBCONFIG_DQS_DDL, 0}};
    for (size_t i = 0; i < MCP_COUNT(wanted); i++) {
        int value = -1;
        assert_int_equal(sqlite3_db_config(session->db, wanted[i].option, -1, &value), SQLITE_OK);
        assert_int_equal(value, wanted[i].value);
    }
}

static void limits_are_set(void **state) {
    (void)state;
    static const struct {
        int id;
        int value;
    } wanted[] = {{SQLITE_LIMIT_LENGTH, 1 << 20},
                  {SQLITE_LIMIT_SQL_LENGTH, 65536},
                  {SQLITE_LIMIT_COLUMN, 256},
                  {SQLITE_LIMIT_EXPR_DEPTH, 100},
                  {SQLITE_LIMIT_COMPOUND_SELECT, 20},
                  {SQLITE_LIMIT_VDBE_OP, 100000},
                  {SQLITE_LIMIT_FUNCTION_ARG, 32},
                  {SQLITE_LIMIT_ATTACHED, 0},
                  {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 128},
                  {SQLITE_LIMIT_VARIABLE_NUMBER, 100},
                  {SQLITE_LIMIT_TRIGGER_DEPTH, 0},
                  {SQLITE_LIMIT_WORKER_THREADS, 0}};
    for (size_t i = 0; i < MCP_COUNT(wanted); i++)
        assert_int_equal(sqlite3_limit(session->db, wanted[i].id, -1), wanted[i].value);
}

static int64_t value_of(const char *sql) {
    sqlite3_stmt *row = NULL;
    session->policy.is_internal = true;
    assert_int_equal(sqlite3_prepare_v2(session->db, sql, -1, &row, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    int64_t value = sqlite3_column_int64(row, 0);
    (void)sqlite3_finalize(row);
    session->policy.is_internal = false;
    return value;
}

static void pragmas_are_set(void **state) {
    (void)state;
    assert_int_equal(value_of("PRAGMA query_only"), 1);
    assert_int_equal(value_of("PRAGMA temp_store"), 2);
    assert_int_equal(value_of("PRAGMA cell_size_check"), 1);
}

static void memory_is_bounded(void **state) {
    (void)state;
    assert_int_equal(sqlite3_hard_heap_limit64(-1), 64 << 20);
}

static void names_are_no_addresses(void **state) {
    (void)state;
    sqlite3 *db = NULL;
    int rc = sqlite3_open_v2("file::memory:", &db, SQLITE_OPEN_READWRITE, NULL);
    (void)sqlite3_close(db);
    assert_int_equal(rc, SQLITE_CANTOPEN);
}

/* VACUUM INTO asks only when it runs: an authorizer that left after compiling would be too late. */
static void authorizer_stays_while_a_statement_runs(void **state) {
    (void)state;
    char sql[160];
    sqlite3_stmt *statement = NULL;
    (void)snprintf(sql, sizeof sql, "VACUUM INTO '%s/copy.db'", fixture.dir);
    assert_int_equal(sqlite3_prepare_v2(session->db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_not_equal(sqlite3_step(statement), SQLITE_DONE);
    assert_int_equal(sqlite3_finalize(statement), SQLITE_AUTH);
}

static void clock_stops_a_statement(void **state) {
    (void)state;
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_prepare_v2(session->db,
                                        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 "
                                        "FROM n LIMIT 50000000) SELECT count(*) FROM n",
                                        -1, &statement, NULL),
                     SQLITE_OK);
    session->stop_at_ms = mcp_clock_now_ms() + 20;
    assert_int_equal(sqlite3_step(statement), SQLITE_INTERRUPT);
    (void)sqlite3_finalize(statement);
    session->stop_at_ms = 0;
}

static void run_as_writer(const char *sql) {
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(fixture.path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static enum mcp_code ignore(void *user, struct mcp_str text, struct mcp_err *err) {
    (void)user;
    (void)text;
    (void)err;
    return MCP_OK;
}

static enum mcp_code query(struct database_backend *on, const char *sql) {
    struct database_sink sink = {ignore, ignore, ignore, NULL};
    const struct database_request request = {.sql = mcp_str_of(sql)};
    struct database_tally tally = {0};
    enum mcp_code code = on->ops->query(on, &request, &sink, &tally, NULL);
    database_tally_deinit(&tally);
    return code;
}

/* Under an allow-list a name that is not in the file is a common table expression: so the list of
 * names must be that of the moment. */
static void table_that_appears_later_is_not_allowed_by_that(void **state) {
    (void)state;
    json_auto_t *allowed = json_pack("[s]", "products");
    const struct database_limits limits = {0};
    const struct database_exposure exposure = {.allowed = allowed};
    struct database_backend *strict = NULL;
    assert_int_equal(database_sqlite_open(fixture.path, &limits, &exposure, &strict, NULL), MCP_OK);
    assert_int_equal(query(strict, "SELECT count(*) FROM products"), MCP_OK);
    run_as_writer("CREATE TABLE later (a); INSERT INTO later VALUES (1);");
    assert_int_equal(query(strict, "SELECT a FROM later"), MCP_E_DENIED);
    assert_int_equal(query(strict, "SELECT count(*) FROM later"), MCP_E_DENIED);
    assert_int_equal(query(strict, "SELECT count(*) FROM products"), MCP_OK);
    strict->ops->close(strict);
}

static void transaction_does_not_outlive_its_query(void **state) {
    (void)state;
    assert_int_equal(query(backend, "SELECT count(*) FROM products"), MCP_OK);
    assert_int_not_equal(sqlite3_get_autocommit(session->db), 0);
    assert_int_equal(query(backend, "SELECT nonsense FROM products"), MCP_E_SYNTAX);
    assert_int_not_equal(sqlite3_get_autocommit(session->db), 0);
    run_as_writer("UPDATE products SET stock = stock"); /* nobody holds a lock */
}

/* A sandboxed child that waits until the returned descriptor is closed. */
/* Who runs the tests may have none already: then nothing would be seen of the guard. */
static void allow_core_files(void) {
    struct rlimit bound;
    assert_int_equal(getrlimit(RLIMIT_CORE, &bound), 0);
    bound.rlim_cur = bound.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_CORE, &bound), 0);
}

static pid_t start_sandboxed(int *out_keep) {
    int to_child[2];
    int to_parent[2];
    char byte = 0;
    assert_int_equal(pipe(to_child), 0);
    assert_int_equal(pipe(to_parent), 0);
    pid_t pid = fork();
    if (pid == 0) {
        (void)close(to_child[1]);
        bool is_plain = getuid() != 0 || setuid(65534) == 0;
        is_plain = is_plain && prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0;
        if (!is_plain || database_sandbox_enter((size_t)512 << 20, NULL) != MCP_OK)
            _exit(1);
        (void)!write(to_parent[1], &byte, 1);
        (void)!read(to_child[0], &byte, 1);
        _exit(0);
    }
    assert_true(pid > 0);
    (void)close(to_child[0]);
    (void)close(to_parent[1]);
    assert_int_equal(read(to_parent[0], &byte, 1), 1);
    (void)close(to_parent[0]);
    *out_keep = to_child[1];
    return pid;
}

/* "Max file size             0                    0                    bytes" */
static void expect_limit(const char *limits, const char *name, unsigned long long value) {
    const char *line = strstr(limits, name);
    assert_non_null(line);
    line += strlen(name);
    line += strspn(line, " ");
    assert_true(*line >= '0' && *line <= '9'); /* not "unlimited" */
    assert_int_equal(strtoull(line, NULL, 10), value);
}

static void sandbox_bounds_its_process(void **state) {
    (void)state;
    char path[64];
    char limits[4096] = "";
    struct stat info;
    int keep = -1;
    if (is_under_valgrind()) {
        print_message("skipped: valgrind does not survive the sandbox\n");
        skip();
    }
    allow_core_files();
    pid_t pid = start_sandboxed(&keep);
    (void)snprintf(path, sizeof path, "/proc/%d/limits", (int)pid);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_true(fread(limits, 1, sizeof limits - 1, file) > 0);
    (void)fclose(file);
    assert_int_equal(stat(path, &info), 0);
    (void)close(keep);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    expect_limit(limits, "Max core file size", 0);
    expect_limit(limits, "Max file size", 0);
    expect_limit(limits, "Max open files", 16);
    if (!HAS_SANITIZER)
        expect_limit(limits, "Max address space", 512ULL << 20);
    assert_int_equal(info.st_uid, 0); /* who may not be dumped belongs to nobody else */
}

static int set_up(void **state) {
    (void)state;
    const struct database_limits limits = {0};
    const struct database_exposure exposure = {0};
    fixture_make(&fixture, database_sample_script);
    if (database_sqlite_open(fixture.path, &limits, &exposure, &backend, NULL) != MCP_OK)
        return -1;
    session = (struct database_sqlite *)backend;
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
        cmocka_unit_test(handle_cannot_write),
        cmocka_unit_test(options_are_set),
        cmocka_unit_test(limits_are_set),
        cmocka_unit_test(pragmas_are_set),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(names_are_no_addresses),
        cmocka_unit_test(authorizer_stays_while_a_statement_runs),
        cmocka_unit_test(clock_stops_a_statement),
        cmocka_unit_test(table_that_appears_later_is_not_allowed_by_that),
        cmocka_unit_test(sandbox_bounds_its_process),
        cmocka_unit_test(transaction_does_not_outlive_its_query),
    };
    return cmocka_run_group_tests_name("database.guards", tests, set_up, tear_down);
}
