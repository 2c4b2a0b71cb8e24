/* SPDX-License-Identifier: MIT */
/* tests/vectors/sql_attacks.json, whose "about" tells its form, through the real pool; this program
 * is its own worker. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/file.h"
#include "corpus.h"
#include "database/worker.h"
#include "database/worker_pool.h"
#include "database/worker_process.h"
#include "fixture.h"
#include "mcp/clock.h"

enum { DEADLINE_MS = 300, MAX_GROWTH_KIB = 64 * 1024, WORKERS = 3 };

static struct fixture fixture;

static size_t files_in(const char *path) {
    DIR *directory = opendir(path);
    size_t count = 0;
    assert_non_null(directory);
    while (readdir(directory) != NULL)
        count++;
    (void)closedir(directory);
    return count;
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
    const struct corpus_text texts[] = {{"@DIR@", fixture.dir}, {NULL, NULL}};
    make_database(database);
    struct database_pool *pool = start(database);
    assert_int_equal(mcp_file_read(fixture.path, &before, NULL), MCP_OK);
    size_t files = files_in(fixture.dir);
    corpus_run(pool, queries, false, texts);
    long memory = corpus_resident_kib();
    uint64_t began = mcp_clock_now_ms();
    corpus_run(pool, attacks, true, texts);
    uint64_t took = mcp_clock_now_ms() - began;
    corpus_run(pool, queries, false, texts);
    struct database_pool_counts counts = {0};
    database_pool_count(pool, &counts);
    long grown = corpus_resident_kib() - memory;
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
                 corpus_failures());
    assert_true(attacks >= 300);
    assert_true(queries >= 150);
    assert_int_equal(corpus_failures(), 0);
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], DATABASE_WORKER_ARGUMENT) == 0)
        return database_worker_main(DATABASE_WORKER_FD);
    const struct CMUnitTest tests[] = {cmocka_unit_test(corpora_end_as_they_say)};
    return cmocka_run_group_tests_name("sql.corpus", tests, NULL, NULL);
}
