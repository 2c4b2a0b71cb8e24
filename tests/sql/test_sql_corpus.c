/* SPDX-License-Identifier: MIT */
/* tests/vectors/sql_attacks.json, whose "about" tells its form, through the real pool; this program
 * is its own worker. */
#include <dirent.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/file.h"
#include "database/request.h"
#include "database/worker.h"
#include "database/worker_pool.h"
#include "database/worker_process.h"
#include "fixture.h"
#include "mcp/alloc.h"
#include "mcp/clock.h"
#include "probe.h"

enum { DEADLINE_MS = 300, LONGEST_MS = 3000, MAX_GROWTH_KIB = 64 * 1024, WORKERS = 3 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t all_done = PTHREAD_COND_INITIALIZER;
static size_t waiting;
static unsigned failures;
static struct fixture fixture;

struct run {
    const json_t *row;
    bool is_attack;
};

static void complain(const struct run *run, const char *what, const char *got) {
    failures++;
    (void)printf("FAILED %s: %s: %s\n", json_string_value(json_object_get(run->row, "name")), what,
                 got);
}

/* "E_DENIED|E_SYNTAX" holds "E_DENIED". */
static bool has_code(const char *codes, enum mcp_code code) {
    const char *name = mcp_code_name(code);
    const char *at = strstr(codes, name);
    return at != NULL && (at[strlen(name)] == '|' || at[strlen(name)] == '\0');
}

static void check_attack(const struct run *run, const struct database_reply *reply) {
    const json_t *refused = json_object_get(run->row, "refused");
    const char *said = reply->err != NULL ? reply->err->what : "rows";
    char got[400];
    (void)snprintf(got, sizeof got, "%s: %s", mcp_code_name(reply->code), said);
    if (refused == NULL) {
        if (reply->elapsed_ms > LONGEST_MS || reply->code == MCP_E_IO)
            complain(run, "expected a bounded end", got);
        return;
    }
    const char *without = json_string_value(json_object_get(run->row, "without"));
    const char *what = json_string_value(json_object_get(refused, "what"));
    const char *code = json_string_value(json_object_get(refused, "code"));
    if (reply->code == MCP_OK || code == NULL || what == NULL || !has_code(code, reply->code) ||
        strstr(said, what) == NULL || (without != NULL && strstr(said, without) != NULL))
        complain(run, "expected a refusal", got);
}

static bool equals(const json_t *wanted, const char *format, struct mcp_str text) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf whole = MCP_BUF_INIT(4 << 20);
    json_t *got MCP_AUTO(mcp_json_decref) = NULL;
    mcp_buf_addf(&whole, "%c", format[0]);
    mcp_buf_add(&whole, text);
    mcp_buf_addf(&whole, "%c", format[1]);
    return wanted == NULL ||
           (mcp_json_parse(mcp_buf_view(&whole), &got, NULL) == MCP_OK && json_equal(wanted, got));
}

static void check_query(const struct run *run, const struct database_reply *reply) {
    if (reply->code != MCP_OK) {
        complain(run, "expected rows", reply->err->what);
        return;
    }
    char got[400];
    (void)snprintf(got, sizeof got, "%.*s %.*s", (int)reply->columns.len, reply->columns.ptr,
                   (int)reply->rows.len, reply->rows.ptr);
    const json_t *count = json_object_get(run->row, "row_count");
    const json_t *truncated = json_object_get(run->row, "truncated");
    const json_t *text = json_object_get(run->row, "text");
    if (!equals(json_object_get(run->row, "rows"), "[]", reply->rows))
        complain(run, "other rows", got);
    if (!equals(json_object_get(run->row, "columns"), "  ", reply->columns))
        complain(run, "other columns", got);
    if (count != NULL && !json_equal(count, json_object_get(reply->done, "row_count")))
        complain(run, "other row count", got);
    if (truncated != NULL && !json_equal(truncated, json_object_get(reply->done, "truncated")))
        complain(run, "other truncation", got);
    if (text != NULL && !mcp_str_equal(mcp_json_str(text), reply->text))
        complain(run, "other text", got);
}

static void on_done(const struct database_reply *reply, void *user) {
    struct run *run = user;
    (void)pthread_mutex_lock(&lock);
    if (run->is_attack)
        check_attack(run, reply);
    else
        check_query(run, reply);
    waiting--;
    (void)pthread_cond_signal(&all_done);
    (void)pthread_mutex_unlock(&lock);
    mcp_free(run);
}

static void add_with_directory(struct mcp_buf *out, struct mcp_str text) {
    static const char mark[] = "@DIR@";
    for (size_t i = 0; i < text.len;) {
        bool is_mark = text.len - i >= 5 && memcmp(text.ptr + i, mark, 5) == 0;
        if (is_mark)
            mcp_buf_add(out, mcp_str_of(fixture.dir));
        else
            mcp_buf_addc(out, text.ptr[i]);
        i += is_mark ? 5 : 1;
    }
}

static void submit(struct database_pool *pool, const json_t *row, bool is_attack) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf sql = MCP_BUF_INIT(1 << 16);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf plain = MCP_BUF_INIT(1 << 16);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(1 << 17);
    json_auto_t *options = json_object_get(row, "options") != NULL
                               ? json_copy(json_object_get(row, "options"))
                               : json_object();
    uint64_t ticket = 0;
    struct mcp_err err = {0};
    struct run *run = mcp_alloc(sizeof *run);
    assert_non_null(run);
    *run = (struct run){row, is_attack};
    if (json_object_get(row, "params") != NULL)
        (void)json_object_set(options, "params", json_object_get(row, "params"));
    assert_int_equal(probe_bytes(json_object_get(row, "sql"), &plain, &err), MCP_OK);
    add_with_directory(&sql, mcp_buf_view(&plain));
    assert_int_equal(database_request_write(json_object_size(options) > 0 ? options : NULL,
                                            mcp_buf_view(&sql), &text, &err),
                     MCP_OK);
    (void)pthread_mutex_lock(&lock);
    waiting++;
    (void)pthread_mutex_unlock(&lock);
    assert_int_equal(
        database_pool_submit(
            pool, &(struct database_task){DATABASE_JOB_QUERY, mcp_buf_view(&text), on_done, run},
            &ticket, &err),
        MCP_OK);
    database_pool_go(pool, ticket);
}

static void run_rows(struct database_pool *pool, const json_t *rows, bool is_attack) {
    for (size_t i = 0; i < json_array_size(rows); i++)
        submit(pool, json_array_get(rows, i), is_attack);
    (void)pthread_mutex_lock(&lock);
    while (waiting > 0)
        (void)pthread_cond_wait(&all_done, &lock);
    (void)pthread_mutex_unlock(&lock);
}

static size_t files_in(const char *path) {
    DIR *directory = opendir(path);
    size_t count = 0;
    assert_non_null(directory);
    while (readdir(directory) != NULL)
        count++;
    (void)closedir(directory);
    return count;
}

static long resident_kib(void) {
    char text[128] = "";
    char *after = text;
    FILE *file = fopen("/proc/self/statm", "r");
    assert_non_null(file);
    assert_non_null(fgets(text, sizeof text, file));
    (void)fclose(file);
    (void)strtol(text, &after, 10); /* the whole size; the resident one follows */
    return strtol(after, NULL, 10) * (sysconf(_SC_PAGESIZE) / 1024);
}

static void make_database(const json_t *database) {
    const char *script = json_string_value(json_object_get(database, "script"));
    bool has_sample = json_is_true(json_object_get(database, "sample"));
    sqlite3 *db = NULL;
    fixture_make(&fixture, has_sample ? database_sample_script : "PRAGMA user_version = 1;");
    assert_int_equal(sqlite3_open(fixture.path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, script, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static struct database_pool *start(const json_t *database) {
    struct database_pool *pool = NULL;
    struct mcp_err err = {0};
    json_auto_t *configuration =
        json_pack("{s:s, s:{s:i}}", "path", fixture.path, "limits", "deadline_ms", DEADLINE_MS);
    (void)json_object_update(configuration, json_object_get(database, "configuration"));
    const struct database_pool_options options = {.configuration = configuration,
                                                  .worker_count = WORKERS,
                                                  .max_queue = 5000,
                                                  .deadline_ms = DEADLINE_MS};
    if (database_pool_start(&options, &pool, &err) != MCP_OK)
        print_error("%s %s\n", err.where, err.what);
    assert_non_null(pool);
    return pool;
}

static void run_database(const json_t *database) {
    const json_t *attacks = json_object_get(database, "attacks");
    const json_t *queries = json_object_get(database, "queries");
    const char *name = json_string_value(json_object_get(database, "name"));
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf before = MCP_BUF_INIT(64 << 20);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf after = MCP_BUF_INIT(64 << 20);
    make_database(database);
    struct database_pool *pool = start(database);
    assert_int_equal(mcp_file_read(fixture.path, &before, NULL), MCP_OK);
    size_t files = files_in(fixture.dir);
    run_rows(pool, queries, false);
    long memory = resident_kib();
    uint64_t began = mcp_clock_now_ms();
    run_rows(pool, attacks, true);
    uint64_t took = mcp_clock_now_ms() - began;
    run_rows(pool, queries, false);
    struct database_pool_counts counts = {0};
    database_pool_count(pool, &counts);
    long grown = resident_kib() - memory;
    database_pool_stop(pool);
    assert_int_equal(mcp_file_read(fixture.path, &after, NULL), MCP_OK);
    assert_true(mcp_str_equal(mcp_buf_view(&before), mcp_buf_view(&after)));
    assert_int_equal(files_in(fixture.dir), files);
    assert_true(grown < MAX_GROWTH_KIB);
    fixture_remove(&fixture);
    (void)printf("%s: %zu attacks in %lu ms (%lu processes killed), %zu queries twice; file and "
                 "directory unchanged, memory %+ld KiB\n",
                 name, json_array_size(attacks), (unsigned long)took, (unsigned long)counts.killed,
                 json_array_size(queries), grown);
}

static void corpora_end_as_they_say(void **state) {
    (void)state;
    json_auto_t *corpus = json_load_file(VECTORS_DIR "/sql_attacks.json", 0, NULL);
    assert_non_null(corpus);
    const json_t *databases = json_object_get(corpus, "databases");
    size_t attacks = 0;
    size_t queries = 0;
    for (size_t i = 0; i < json_array_size(databases); i++) {
        const json_t *database = json_array_get(databases, i);
        run_database(database);
        attacks += json_array_size(json_object_get(database, "attacks"));
        queries += json_array_size(json_object_get(database, "queries"));
    }
    (void)printf("sqlite: %zu attacks, %zu legitimate queries, %u failed\n", attacks, queries,
                 failures);
    assert_true(attacks >= 300);
    assert_true(queries >= 150);
    assert_int_equal(failures, 0);
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], DATABASE_WORKER_ARGUMENT) == 0)
        return database_worker_main(DATABASE_WORKER_FD);
    const struct CMUnitTest tests[] = {cmocka_unit_test(corpora_end_as_they_say)};
    return cmocka_run_group_tests_name("sql.corpus", tests, NULL, NULL);
}
