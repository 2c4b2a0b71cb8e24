/* SPDX-License-Identifier: MIT */
/* sqlite_hint.c - see sqlite_session.h: the name that was meant. */
#include <stdio.h>
#include <string.h>

#include "database/sqlite_session.h"
#include "json/schema_run.h"

enum { MAX_NAMES = 10000 };

static const char tables_sql[] = "SELECT name, '' FROM pragma_table_list WHERE schema = 'main' "
                                 "AND type IN ('table', 'view', 'virtual') LIMIT ?1";
/* A view may have the columns of what is hidden: they are proposed when nothing is. */
static const char columns_sql[] =
    "SELECT l.name, x.name FROM pragma_table_list AS l, pragma_table_xinfo(l.name) AS x "
    "WHERE l.schema = 'main' AND (l.type IN ('table', 'virtual') OR (l.type = 'view' AND ?2)) "
    "AND x.hidden <> 1 LIMIT ?1";

struct guess {
    struct mcp_str wanted;
    size_t distance; /* of the best so far */
    char best[256];
};

static void consider(struct guess *guess, const char *name, const char *label) {
    size_t distance = 0;
    if (mcp_schema_is_near(guess->wanted, mcp_str_of(name), &distance) &&
        distance < guess->distance) {
        guess->distance = distance;
        (void)snprintf(guess->best, sizeof guess->best, "%s", label);
    }
}

static bool is_exposed(const struct database_sqlite *session, const char *table,
                       const char *column) {
    struct database_policy policy = session->policy;
    policy.is_internal = false;
    policy.is_stepping = false;
    return database_policy_decide(&policy, SQLITE_READ, table, column) != DATABASE_DENY;
}

static void consider_row(const struct database_sqlite *session, sqlite3_stmt *row,
                         struct guess *guess) {
    const char *table = (const char *)sqlite3_column_text(row, 0);
    const char *column = (const char *)sqlite3_column_text(row, 1);
    char label[256];
    if (table == NULL || column == NULL || !is_exposed(session, table, column))
        return;
    bool is_table = column[0] == '\0';
    (void)snprintf(label, sizeof label, "%s%s%s", table, is_table ? "" : ".", column);
    consider(guess, is_table ? table : column, label);
}

static void consider_names(struct database_sqlite *session, const char *sql, struct guess *guess) {
    MCP_AUTO(database_sqlite_finalize) sqlite3_stmt *row = NULL;
    bool was_internal = session->policy.is_internal;
    session->policy.is_internal = true;
    if (sqlite3_prepare_v2(session->db, sql, -1, &row, NULL) == SQLITE_OK &&
        sqlite3_bind_int(row, 1, MAX_NAMES) == SQLITE_OK &&
        (sqlite3_bind_parameter_count(row) < 2 ||
         sqlite3_bind_int(row, 2, !database_policy_hides(&session->policy)) == SQLITE_OK))
        while (sqlite3_step(row) == SQLITE_ROW)
            consider_row(session, row, guess);
    session->policy.is_internal = was_internal;
}

static void consider_functions(struct guess *guess) {
    const char *name = NULL;
    for (size_t i = 0; (name = database_policy_function(i)) != NULL; i++) {
        char label[64];
        (void)snprintf(label, sizeof label, "%s()", name);
        consider(guess, name, label);
    }
}

/* The rest of the message when it begins so: the name, without what qualifies it. */
static bool takes(const char *message, const char *prefix, struct guess *guess) {
    size_t len = strlen(prefix);
    if (strncmp(message, prefix, len) != 0)
        return false;
    const char *dot = strrchr(message + len, '.');
    guess->wanted = mcp_str_of(dot != NULL ? dot + 1 : message + len);
    return true;
}

void database_sqlite_hint(struct database_sqlite *session, const char *message,
                          struct mcp_buf *out) {
    struct guess guess = {.distance = SIZE_MAX};
    if (takes(message, "no such table: ", &guess))
        consider_names(session, tables_sql, &guess);
    else if (takes(message, "no such column: ", &guess))
        consider_names(session, columns_sql, &guess);
    else if (takes(message, "no such function: ", &guess))
        consider_functions(&guess);
    if (guess.best[0] != '\0')
        mcp_buf_addf(out, "; did you mean \"%s\"?", guess.best);
}
