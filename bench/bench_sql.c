/* SPDX-License-Identifier: MIT */
/*
 * bench_sql - one query of 1, 100 and 1,000 rows of 5 columns: through a worker process of
 * mcp-database into the bytes of its result, against a plain loop over sqlite3_step that writes the
 * same bytes. Prints one line of JSON a row count: "plain", "ours" (both processes) and "engine"
 * (ours without the hand-over, in this process) as "cpu_us" and "us" of the clock on the wall, and
 * the "ratio" of CPU to the plain loop's. A figure is the median of interleaved turns.
 */
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sqlite3.h>

#include "database/answer.h"
#include "database/request.h"
#include "database/sqlite_backend.h"
#include "database/worker.h"
#include "database/worker_process.h"
#include "mcp/alloc.h"

enum { TURNS = 15, COLUMNS = 5, MAX_BYTES = 64 << 20, TURN_NS = 20000000 };

static const char sql_of_rows[] = "SELECT id, name, price, note, stock FROM items LIMIT %d";

static void give_up(const char *what) {
    (void)fprintf(stderr, "bench_sql: %s\n", what);
    _exit(1);
}

static void make_database(const char *path) {
    static const char script[] =
        "CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT, price REAL, note TEXT, stock "
        "INTEGER);"
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)"
        "INSERT INTO items SELECT i, 'Product number ' || i, i + 0.25, 'a note of some words', i % "
        "97"
        " FROM n;";
    sqlite3 *db = NULL;
    (void)unlink(path);
    if (sqlite3_open(path, &db) != SQLITE_OK ||
        sqlite3_exec(db, script, NULL, NULL, NULL) != SQLITE_OK)
        give_up("cannot make the database");
    (void)sqlite3_close(db);
}

/* ---- the plain loop: one statement kept, a buffer kept, printf for numbers ---- */

struct plain {
    sqlite3_stmt *statement;
    char *rows, *reply;
    size_t len;
};

static char *put(char *to, const char *text, size_t len) {
    memcpy(to, text, len);
    return to + len;
}

static char *put_text(char *to, const char *text, size_t len) {
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '"' || text[i] == '\\')
            *to++ = '\\';
        *to++ = text[i];
    }
    return to;
}

static char *put_value(char *to, sqlite3_stmt *statement, int i) {
    switch (sqlite3_column_type(statement, i)) {
    case SQLITE_INTEGER:
        return to + snprintf(to, 32, "%lld", sqlite3_column_int64(statement, i));
    case SQLITE_FLOAT:
        return to + snprintf(to, 32, "%.15g", sqlite3_column_double(statement, i));
    default:
        *to++ = '"';
        to = put_text(to, (const char *)sqlite3_column_text(statement, i),
                      (size_t)sqlite3_column_bytes(statement, i));
        *to++ = '"';
        return to;
    }
}

static char *put_row(char *to, sqlite3_stmt *statement) {
    static const char *const keys[COLUMNS] = {
        "{\"id\":", ",\"name\":", ",\"price\":", ",\"note\":", ",\"stock\":"};
    for (int i = 0; i < COLUMNS; i++) {
        to = put(to, keys[i], strlen(keys[i]));
        to = put_value(to, statement, i);
    }
    *to++ = '}';
    return to;
}

static void run_plain(void *user) {
    static const char head[] =
        "{\"columns\":[\"id\",\"name\",\"price\",\"note\",\"stock\"],\"types\":["
        "\"INTEGER\",\"TEXT\",\"REAL\",\"TEXT\",\"INTEGER\"],\"rows\":[";
    struct plain *plain = user;
    char *to = put(plain->rows, head, sizeof head - 1);
    int count = 0;
    while (sqlite3_step(plain->statement) == SQLITE_ROW) {
        if (count++ > 0)
            *to++ = ',';
        to = put_row(to, plain->statement);
    }
    (void)sqlite3_reset(plain->statement);
    to += snprintf(to, 256,
                   "],\"row_count\":%d,\"query\":\"%s\",\"truncated\":false,\"elapsed_ms\":0}",
                   count, sqlite3_sql(plain->statement));
    size_t len = (size_t)(to - plain->rows);
    static const char begin[] = "{\"content\":[{\"type\":\"text\",\"text\":\"";
    static const char between[] = "\"}],\"structuredContent\":";
    to = put(plain->reply, begin, sizeof begin - 1);
    to = put_text(to, plain->rows, len);
    to = put(to, between, sizeof between - 1);
    to = put(to, plain->rows, len);
    *to++ = '}';
    plain->len = (size_t)(to - plain->reply);
}

/* ---- ours ---- */

struct ours {
    struct database_pool *pool;
    struct database_backend *backend;
    char sql[160];
    struct mcp_buf request;
    struct mcp_buf reply;
    pthread_mutex_t lock; /* guards: is_done */
    pthread_cond_t done;
    bool is_done;
};

static void write_reply(struct ours *ours, const struct database_reply *reply) {
    MCP_AUTO(mcp_result_deinit) struct mcp_result result = {0};
    struct mcp_err err = {0};
    mcp_buf_clear(&ours->reply);
    if (reply->code != MCP_OK || database_answer_query(reply, ours->sql, &result, &err) != MCP_OK ||
        mcp_result_write(&result, &ours->reply, &err) != MCP_OK)
        give_up(reply->code != MCP_OK ? reply->err->what : err.what);
}

static void on_done(const struct database_reply *reply, void *user) {
    struct ours *ours = user;
    write_reply(ours, reply);
    (void)pthread_mutex_lock(&ours->lock);
    ours->is_done = true;
    (void)pthread_cond_signal(&ours->done);
    (void)pthread_mutex_unlock(&ours->lock);
}

static void run_pool(void *user) {
    struct ours *ours = user;
    uint64_t ticket = 0;
    struct mcp_err err = {0};
    const struct database_task task = {DATABASE_JOB_QUERY, mcp_buf_view(&ours->request), on_done,
                                       ours};
    ours->is_done = false;
    if (database_pool_submit(ours->pool, &task, &ticket, &err) != MCP_OK)
        give_up(err.what);
    database_pool_go(ours->pool, ticket);
    (void)pthread_mutex_lock(&ours->lock);
    while (!ours->is_done)
        (void)pthread_cond_wait(&ours->done, &ours->lock);
    (void)pthread_mutex_unlock(&ours->lock);
}

/* ---- in process ---- */

struct gathered {
    struct mcp_buf columns, rows;
};

static enum mcp_code gather_columns(void *user, struct mcp_str json, struct mcp_err *err) {
    mcp_buf_add(&((struct gathered *)user)->columns, json);
    return mcp_buf_finish(&((struct gathered *)user)->columns, err);
}

static enum mcp_code gather_rows(void *user, struct mcp_str json, struct mcp_err *err) {
    mcp_buf_add(&((struct gathered *)user)->rows, json);
    return mcp_buf_finish(&((struct gathered *)user)->rows, err);
}

static void run_engine(void *user) {
    static struct gathered gathered = {MCP_BUF_INIT(MAX_BYTES), MCP_BUF_INIT(MAX_BYTES)};
    struct ours *ours = user;
    struct database_request request = {.sql = mcp_str_of(ours->sql)};
    const struct database_sink sink = {gather_columns, gather_rows, gather_rows, &gathered};
    MCP_AUTO(database_tally_deinit) struct database_tally tally = {0};
    struct mcp_err err = {0};
    mcp_buf_clear(&gathered.columns);
    mcp_buf_clear(&gathered.rows);
    if (ours->backend->ops->query(ours->backend, &request, &sink, &tally, &err) != MCP_OK)
        give_up(err.what);
    json_t *done MCP_AUTO(mcp_json_decref) =
        json_pack("{s:I, s:b, s:O, s:O}", "row_count", (json_int_t)tally.row_count, "truncated",
                  tally.is_truncated, "warnings", tally.warnings, "types", tally.types);
    write_reply(ours, &(struct database_reply){.columns = mcp_buf_view(&gathered.columns),
                                               .rows = mcp_buf_view(&gathered.rows),
                                               .done = done});
}

/* ---- turns ---- */

struct cost {
    double us, cpu_us;
};

static uint64_t clock_ns(clockid_t clock) {
    struct timespec now = {0};
    (void)clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

/* The CPU clock of our one worker: the child of one of our threads. */
static clockid_t worker_clock(void) {
    clockid_t clock = CLOCK_PROCESS_CPUTIME_ID;
    DIR *tasks = opendir("/proc/self/task");
    const struct dirent *task = NULL;
    while (tasks != NULL && (task = readdir(tasks)) != NULL) {
        char path[300];
        int pid = 0;
        (void)snprintf(path, sizeof path, "/proc/self/task/%s/children", task->d_name);
        FILE *children = fopen(path, "r");
        if (children != NULL && fscanf(children, "%d", &pid) == 1)
            (void)clock_getcpuclockid(pid, &clock);
        if (children != NULL)
            (void)fclose(children);
    }
    (void)closedir(tasks);
    return clock;
}

static struct cost turn(void (*fn)(void *user), void *user, clockid_t worker) {
    uint64_t cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID) + clock_ns(worker);
    uint64_t began = clock_ns(CLOCK_MONOTONIC);
    uint64_t took = 0;
    unsigned count = 0;
    do {
        fn(user);
        count++;
        took = clock_ns(CLOCK_MONOTONIC) - began;
    } while (took < TURN_NS);
    cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID) + clock_ns(worker) - cpu;
    return (struct cost){(double)took / count / 1000, (double)cpu / count / 1000};
}

static int by_value(const void *a, const void *b) {
    double left = *(const double *)a;
    double right = *(const double *)b;
    return (left > right) - (left < right);
}

static double median(double *values) {
    qsort(values, TURNS, sizeof *values, by_value);
    return values[TURNS / 2];
}

static void compare(const struct plain *plain, const struct ours *ours) {
    static const char mark[] = "\"structuredContent\":{";
    const char *a = strstr(plain->reply, "\"rows\":[");
    const char *wanted = strstr(plain->reply, mark);
    const char *got = strstr(ours->reply.data, mark);
    if (a == NULL || wanted == NULL || got == NULL)
        give_up("a reply without rows");
    wanted = strstr(wanted, "\"rows\":[");
    got = strstr(got, "\"rows\":[");
    size_t len = (size_t)(strstr(wanted, "]") - wanted);
    if (strncmp(wanted, got, len) != 0)
        give_up("the replies differ");
}

static void print_row(const char *name, const struct cost *costs, const struct cost *plain) {
    double us[TURNS], cpu_us[TURNS], ratios[TURNS];
    for (int i = 0; i < TURNS; i++) {
        us[i] = costs[i].us;
        cpu_us[i] = costs[i].cpu_us;
        ratios[i] = costs[i].cpu_us / plain[i].cpu_us;
    }
    (void)printf(", \"%s\": {\"cpu_us\": %.1f, \"us\": %.1f, \"ratio\": %.2f}", name,
                 median(cpu_us), median(us), median(ratios));
}

static void prepare(struct plain *plain, struct ours *ours, sqlite3 *db, int rows) {
    (void)snprintf(ours->sql, sizeof ours->sql, sql_of_rows, rows);
    mcp_buf_clear(&ours->request);
    if (database_request_write(NULL, mcp_str_of(ours->sql), &ours->request, NULL) != MCP_OK ||
        sqlite3_prepare_v2(db, ours->sql, -1, &plain->statement, NULL) != SQLITE_OK)
        give_up("cannot prepare");
    run_plain(plain);
    plain->reply[plain->len] = '\0';
    run_engine(ours);
    compare(plain, ours);
    run_pool(ours);
    compare(plain, ours);
}

static void measure(struct plain *plain, struct ours *ours, sqlite3 *db, int rows) {
    struct cost costs[3][TURNS];
    clockid_t worker = worker_clock();
    prepare(plain, ours, db, rows);
    for (int i = 0; i < TURNS; i++) {
        costs[0][i] = turn(run_plain, plain, worker);
        costs[1][i] = turn(run_pool, ours, worker);
        costs[2][i] = turn(run_engine, ours, worker);
    }
    (void)sqlite3_finalize(plain->statement);
    (void)printf("{\"rows\": %d, \"bytes\": %zu", rows, plain->len);
    print_row("plain", costs[0], costs[0]);
    print_row("ours", costs[1], costs[0]);
    print_row("engine", costs[2], costs[0]);
    (void)printf("}\n");
}

static void start(struct ours *ours, const char *path) {
    struct mcp_err err = {0};
    const struct database_limits limits = {.max_result_bytes = 16 << 20};
    const struct database_exposure exposure = {0};
    json_t *configuration MCP_AUTO(mcp_json_decref) =
        json_pack("{s:s, s:{s:i}}", "path", path, "limits", "max_result_bytes", 16 << 20);
    const struct database_pool_options options = {
        .configuration = configuration, .worker_count = 1, .max_result_bytes = 32 << 20};
    if (database_pool_start(&options, &ours->pool, &err) != MCP_OK ||
        database_sqlite_open(path, &limits, &exposure, &ours->backend, &err) != MCP_OK)
        give_up(err.what);
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], DATABASE_WORKER_ARGUMENT) == 0)
        return database_worker_main(DATABASE_WORKER_FD);
    char path[] = "/tmp/bench-sql-XXXXXX";
    static const int counts[] = {1, 100, 1000};
    struct plain plain = {.rows = malloc(MAX_BYTES), .reply = malloc(MAX_BYTES)};
    static struct ours ours = {.request = MCP_BUF_INIT(4096),
                               .reply = MCP_BUF_INIT(MAX_BYTES),
                               .lock = PTHREAD_MUTEX_INITIALIZER,
                               .done = PTHREAD_COND_INITIALIZER};
    sqlite3 *db = NULL;
    int fd = mkstemp(path);
    if (fd < 0 || plain.rows == NULL || plain.reply == NULL)
        give_up("no room");
    (void)close(fd);
    make_database(path);
    start(&ours, path); /* before our own handle: SQLite is configured once */
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK)
        give_up("cannot open");
    for (size_t i = 0; i < MCP_COUNT(counts); i++)
        measure(&plain, &ours, db, counts[i]);
    (void)unlink(path);
    return 0;
}
