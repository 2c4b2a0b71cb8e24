/* SPDX-License-Identifier: MIT */
/* tests/vectors/sql_attacks_postgres.json, whose "about" tells its form, and
 * sql_legitimate_postgres.json through the real pool, on the server that with_postgres.sh starts;
 * this program is its own worker. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "administrator.h"
#include "corpus.h"
#include "database/worker.h"
#include "database/worker_process.h"
#include "mcp/clock.h"

enum { DEADLINE_MS = 1000, MAX_GROWTH_KIB = 64 * 1024, WORKERS = 3 };

static const char state_sql[] =
    "SELECT string_agg(line, E'\\n' ORDER BY line) FROM ("
    " SELECT c.oid::regclass || ' ' || coalesce(md5(query_to_xml(format("
    "  'SELECT * FROM %s ORDER BY 1', c.oid::regclass), true, true, '')::text), '')"
    "  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'S')"
    "  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
    " UNION ALL SELECT 'class ' || oid || relname || relkind::text || coalesce(relacl::text, '')"
    "  FROM pg_class"
    " UNION ALL SELECT 'proc ' || oid || proname || coalesce(proacl::text, '') FROM pg_proc"
    " UNION ALL SELECT 'namespace ' || nspname || coalesce(nspacl::text, '') FROM pg_namespace"
    " UNION ALL SELECT 'role ' || a::text FROM pg_authid a"
    " UNION ALL SELECT 'database ' || datname || coalesce(datacl::text, '') FROM pg_database"
    " UNION ALL SELECT 'setting ' || s::text FROM pg_db_role_setting s"
    " UNION ALL SELECT 'object ' || count(*) FROM pg_largeobject_metadata"
    " UNION ALL SELECT 'extension ' || extname FROM pg_extension"
    " UNION ALL SELECT 'advisory ' || count(*) FROM pg_locks WHERE locktype = 'advisory'"
    " UNION ALL SELECT 'prepared ' || count(*) FROM pg_prepared_xacts"
    " UNION ALL SELECT 'slot ' || slot_name FROM pg_replication_slots"
    " UNION ALL SELECT 'file ' || name FROM pg_ls_dir('.') AS name"
    " UNION ALL SELECT 'snapshot ' || count(*) FROM pg_ls_dir('pg_snapshots')"
    " UNION ALL SELECT 'temporary ' || name FROM pg_ls_dir('/tmp') AS name"
    "  WHERE name ~ 'attack') AS lines(line)";

static struct database_pool *start(const json_t *database, const char *name) {
    struct database_pool *pool = NULL;
    struct mcp_err err = {0};
    json_auto_t *url = json_sprintf("postgresql://%s@/%s?host=%s",
                                    json_string_value(json_object_get(database, "role")), name,
                                    getenv("MCP_TEST_POSTGRES_DIR"));
    json_auto_t *configuration =
        json_pack("{s:O, s:{s:i}}", "url", url, "limits", "deadline_ms", DEADLINE_MS);
    (void)json_object_update(configuration, json_object_get(database, "configuration"));
    const struct database_pool_options options = {.configuration = configuration,
                                                  .worker_count = WORKERS,
                                                  .max_queue = 5000,
                                                  .deadline_ms = DEADLINE_MS};
    if (database_pool_start(&options, &pool, &err) != MCP_OK)
        fail_msg("%s %s", err.where, err.what);
    return pool;
}

static char *state_of(const char *name) {
    PGconn *conn = administrate(name);
    char *state = administrator_ask(conn, state_sql);
    PQfinish(conn);
    return state;
}

static void run_database(const json_t *database, const json_t *queries) {
    const json_t *attacks = json_object_get(database, "attacks");
    const char *title = json_string_value(json_object_get(database, "name"));
    const struct corpus_text texts[] = {{NULL, NULL}};
    char name[64];
    (void)snprintf(name, sizeof name, "corpus_%s", title);
    administrator_make_database(name, json_string_value(json_object_get(database, "script")));
    struct database_pool *pool = start(database, name);
    corpus_run(pool, queries, false, texts);
    char *before = state_of(name);
    long memory = corpus_resident_kib();
    uint64_t began = mcp_clock_now_ms();
    corpus_run(pool, attacks, true, texts);
    uint64_t took = mcp_clock_now_ms() - began;
    corpus_run(pool, queries, false, texts);
    struct database_pool_counts counts = {0};
    database_pool_count(pool, &counts);
    long grown = corpus_resident_kib() - memory;
    char *after = state_of(name);
    database_pool_stop(pool);
    assert_string_equal(after, before);
    assert_true(grown < MAX_GROWTH_KIB);
    free(before);
    free(after);
    (void)printf("%s: %zu attacks in %lu ms (%lu processes killed), %zu queries twice; tables, "
                 "catalogue and files unchanged, memory %+ld KiB\n",
                 title, json_array_size(attacks), (unsigned long)took, (unsigned long)counts.killed,
                 json_array_size(queries), grown);
}

static void corpora_end_as_they_say(void **state) {
    (void)state;
    json_auto_t *attacks =
        json_load_file(VECTORS_DIR "/sql_attacks_postgres.json", JSON_ALLOW_NUL, NULL);
    json_auto_t *legitimate =
        json_load_file(VECTORS_DIR "/sql_legitimate_postgres.json", JSON_ALLOW_NUL, NULL);
    const json_t *databases = json_object_get(attacks, "databases");
    const json_t *others = json_object_get(legitimate, "databases");
    size_t attack_count = 0;
    size_t query_count = 0;
    assert_int_equal(json_array_size(databases), json_array_size(others));
    for (size_t i = 0; i < json_array_size(databases); i++) {
        const json_t *database = json_array_get(databases, i);
        const json_t *other = json_array_get(others, i);
        assert_true(json_equal(json_object_get(database, "name"), json_object_get(other, "name")));
        run_database(database, json_object_get(other, "queries"));
        attack_count += json_array_size(json_object_get(database, "attacks"));
        query_count += json_array_size(json_object_get(other, "queries"));
    }
    (void)printf("postgresql: %zu attacks, %zu legitimate queries, %u failed\n", attack_count,
                 query_count, corpus_failures());
    assert_true(attack_count >= 150);
    assert_true(query_count >= 80);
    assert_int_equal(corpus_failures(), 0);
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], DATABASE_WORKER_ARGUMENT) == 0)
        return database_worker_main(DATABASE_WORKER_FD);
    const struct CMUnitTest tests[] = {cmocka_unit_test(corpora_end_as_they_say)};
    return cmocka_run_group_tests_name("sql.postgres", tests, NULL, NULL);
}
