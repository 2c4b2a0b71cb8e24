/* SPDX-License-Identifier: MIT */
/* sqlite_backend.c - see sqlite_backend.h. Effect: opens one file. */
#include "database/sqlite_backend.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "database/sqlite_session.h"
#include "mcp/alloc.h"
#include "mcp/clock.h"

enum { BUSY_MS = 250, PROGRESS_OPS = 1000, MAX_DENIAL_BYTES = 2000 };

static const struct {
    int id;
    int value;
} engine_limits[] = {
    {SQLITE_LIMIT_LENGTH, DATABASE_SQLITE_MAX_VALUE_BYTES},
    {SQLITE_LIMIT_SQL_LENGTH, 64 * 1024},
    {SQLITE_LIMIT_COLUMN, 256},
    {SQLITE_LIMIT_EXPR_DEPTH, 100},
    {SQLITE_LIMIT_COMPOUND_SELECT, 20},
    {SQLITE_LIMIT_VDBE_OP, 100000},
    {SQLITE_LIMIT_FUNCTION_ARG, 32},
    {SQLITE_LIMIT_ATTACHED, 0},
    {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 128},
    {SQLITE_LIMIT_VARIABLE_NUMBER, 100},
    {SQLITE_LIMIT_TRIGGER_DEPTH, 0},
    {SQLITE_LIMIT_WORKER_THREADS, 0},
};

static const struct {
    int option;
    int value;
} engine_options[] = {
    {SQLITE_DBCONFIG_DEFENSIVE, 1},
    {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
    {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
    {SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0},
    {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
    {SQLITE_DBCONFIG_DQS_DML, 0},
    {SQLITE_DBCONFIG_DQS_DDL, 0},
};

static const char preparation[] = "PRAGMA temp_store=2; PRAGMA query_only=1; PRAGMA mmap_size=0;"
                                  "PRAGMA cell_size_check=1;";

/* Table-valued functions declare a schema through the authorizer: used once before it is there.
 * The last statement opens a WAL file, if there is one, while files can still be opened. */
static const char warm_up[] = "SELECT count(*) FROM json_each('[1]');"
                              "SELECT count(*) FROM json_tree('[1]');"
                              "SELECT datetime('now', 'localtime');"
                              "SELECT count(*) FROM sqlite_schema;";

static int stop_when_late(void *user) {
    const struct database_sqlite *session = user;
    return session->stop_at_ms != 0 && mcp_clock_now_ms() >= session->stop_at_ms;
}

static int authorize(void *user, int action, const char *first, const char *second, const char *db,
                     const char *trigger) {
    (void)db;
    (void)trigger;
    struct database_sqlite *session = user;
    switch (database_policy_decide(&session->policy, action, first, second)) {
    case DATABASE_ALLOW:
        return SQLITE_OK;
    case DATABASE_MASK:
        return SQLITE_IGNORE;
    case DATABASE_DENY:
        break;
    }
    mcp_buf_clear(&session->denial);
    database_policy_explain(&session->denial, session->sql, action, first, second);
    return SQLITE_DENY;
}

/* SQLite takes /dev/zero and an empty file for an empty database: look before it does. */
static enum mcp_code check_file(const char *path, struct mcp_err *err) {
    struct stat info;
    char head[16] = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return MCP_FAIL(err, errno == ENOENT ? MCP_E_NOT_FOUND : MCP_E_IO, "%s",
                        errno == ENOENT ? "no such file; create the sample with `mcp-database init`"
                                        : strerrordesc_np(errno));
    bool is_regular = fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
    ssize_t got = is_regular ? read(fd, head, sizeof head) : 0;
    (void)close(fd);
    if (!is_regular)
        return MCP_FAIL(err, MCP_E_IO, "not a regular file");
    if (got != (ssize_t)sizeof head || memcmp(head, "SQLite format 3", sizeof head) != 0)
        return MCP_FAIL(err, MCP_E_IO, "not a SQLite database");
    return MCP_OK;
}

static enum mcp_code run_script(struct database_sqlite *session, const char *script,
                                struct mcp_err *err) {
    int rc = sqlite3_exec(session->db, script, NULL, NULL, NULL);
    return rc == SQLITE_OK ? MCP_OK : database_sqlite_fail_open(session, rc, err);
}

static enum mcp_code configure(struct database_sqlite *session, struct mcp_err *err) {
    for (size_t i = 0; i < MCP_COUNT(engine_options); i++)
        if (sqlite3_db_config(session->db, engine_options[i].option, engine_options[i].value,
                              NULL) != SQLITE_OK)
            return MCP_FAIL(err, MCP_E_UNSUPPORTED, "this SQLite refuses a safety option (%d)",
                            engine_options[i].option);
    for (size_t i = 0; i < MCP_COUNT(engine_limits); i++)
        (void)sqlite3_limit(session->db, engine_limits[i].id, engine_limits[i].value);
    (void)sqlite3_busy_timeout(session->db, BUSY_MS);
    (void)sqlite3_hard_heap_limit64((sqlite3_int64)session->limits.heap_bytes);
    MCP_TRY(run_script(session, preparation, err));
    return run_script(session, warm_up, err);
}

static void close_session(struct database_backend *backend) {
    struct database_sqlite *session = (struct database_sqlite *)backend;
    if (session == NULL)
        return;
    for (size_t i = 0; i < DATABASE_OWN_COUNT; i++)
        (void)sqlite3_finalize(session->own[i]);
    database_sqlite_forget(session);
    (void)sqlite3_close(session->db);
    for (size_t i = 0; i < MCP_COUNT(session->sets); i++)
        mcp_map_free(session->sets[i]);
    mcp_buf_deinit(&session->denial);
    mcp_free(session);
}

static void close_sessionp(struct database_sqlite **session) {
    close_session(*session != NULL ? &(*session)->backend : NULL);
}

static const struct database_backend_ops sqlite_ops = {
    database_sqlite_query, database_sqlite_describe, NULL, close_session, NULL};

static enum mcp_code open_session(struct database_sqlite *session, const char *path,
                                  struct mcp_err *err) {
    char *real MCP_AUTO(mcp_freep) = mcp_alloc(PATH_MAX);
    if (real == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    MCP_TRY(check_file(path, err));
    if (realpath(path, real) == NULL)
        return MCP_FAIL(err, MCP_E_IO, "%s", strerrordesc_np(errno));
    int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX;
    int rc = sqlite3_open_v2(real, &session->db, flags, NULL);
    if (session->db == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    return rc == SQLITE_OK ? MCP_OK : database_sqlite_fail_open(session, rc, err);
}

/* Debian turns URI names on for everybody. Works until the engine is first used. */
static void take_names_as_paths(void) {
    (void)sqlite3_config(SQLITE_CONFIG_URI, 0);
}

enum mcp_code database_sqlite_open(const char *path, const struct database_limits *limits,
                                   const struct database_exposure *exposure,
                                   struct database_backend **out_backend, struct mcp_err *err) {
    take_names_as_paths();
    struct database_sqlite *session MCP_AUTO(close_sessionp) = mcp_alloc(sizeof *session);
    if (session == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    *session = (struct database_sqlite){.backend = {&sqlite_ops},
                                        .limits = database_limits_fill(limits),
                                        .denial = MCP_BUF_INIT(MAX_DENIAL_BYTES)};
    enum mcp_code code = open_session(session, path, err);
    if (code == MCP_OK)
        code = configure(session, err);
    if (code == MCP_OK)
        code = database_sqlite_expose(session, exposure, err);
    if (code != MCP_OK)
        return mcp_err_at(err, code, "%s", path);
    sqlite3_progress_handler(session->db, PROGRESS_OPS, stop_when_late, session);
    (void)sqlite3_set_authorizer(session->db, authorize, session); /* and it stays */
    *out_backend = &MCP_TAKE(session)->backend;
    return MCP_OK;
}

enum mcp_code database_sqlite_create(const char *path, const char *script, struct mcp_err *err) {
    struct stat info;
    if (lstat(path, &info) == 0)
        return mcp_err_at(err, MCP_FAIL(err, MCP_E_EXISTS, "exists already; remove it first"), "%s",
                          path);
    take_names_as_paths();
    MCP_TRY(mcp_file_make_parents(path, err));
    struct database_sqlite session = {0};
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOFOLLOW;
    int rc = sqlite3_open_v2(path, &session.db, flags, NULL);
    enum mcp_code code = rc == SQLITE_OK ? run_script(&session, script, err)
                                         : database_sqlite_fail_open(&session, rc, err);
    (void)sqlite3_close(session.db);
    if (code != MCP_OK)
        (void)unlink(path);
    return code == MCP_OK ? MCP_OK : mcp_err_at(err, code, "%s", path);
}
