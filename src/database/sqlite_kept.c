/* SPDX-License-Identifier: MIT */
/* sqlite_kept.c - see sqlite_session.h: statements that were run, compiled still. */
#include <string.h>

#include "database/sqlite_session.h"
#include "mcp/alloc.h"

enum { MAX_KEPT_BYTES = 2000 }; /* of SQL: what is asked again is short */

static void forget(struct database_kept *kept) {
    (void)sqlite3_finalize(kept->statement);
    mcp_free(kept->sql);
    *kept = (struct database_kept){0};
}

void database_sqlite_forget(struct database_sqlite *session) {
    for (size_t i = 0; i < DATABASE_MAX_KEPT; i++)
        forget(&session->kept[i]);
}

sqlite3_stmt *database_sqlite_recall(struct database_sqlite *session, struct mcp_str sql) {
    for (size_t i = 0; i < DATABASE_MAX_KEPT; i++) {
        struct database_kept *kept = &session->kept[i];
        if (kept->statement == NULL ||
            !mcp_str_equal(sql, (struct mcp_str){kept->sql, kept->sql_len}))
            continue;
        sqlite3_stmt *statement = MCP_TAKE(kept->statement);
        forget(kept);
        return statement;
    }
    return NULL;
}

/* The slot used longest ago; a free one was never used. */
static struct database_kept *oldest(struct database_sqlite *session) {
    struct database_kept *found = &session->kept[0];
    for (size_t i = 1; i < DATABASE_MAX_KEPT; i++)
        if (session->kept[i].used < found->used)
            found = &session->kept[i];
    return found;
}

void database_sqlite_keep(struct database_sqlite *session, struct mcp_str sql,
                          sqlite3_stmt **statement) {
    char *copy = sql.len <= MAX_KEPT_BYTES ? mcp_strndup(sql.ptr, sql.len) : NULL;
    if (copy == NULL || sqlite3_reset(*statement) != SQLITE_OK ||
        sqlite3_clear_bindings(*statement) != SQLITE_OK) {
        mcp_free(copy);
        return;
    }
    struct database_kept *kept = oldest(session);
    forget(kept);
    *kept = (struct database_kept){.sql = copy,
                                   .sql_len = sql.len,
                                   .statement = MCP_TAKE(*statement),
                                   .used = ++session->last_used};
}
