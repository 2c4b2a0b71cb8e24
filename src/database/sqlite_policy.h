/* SPDX-License-Identifier: MIT */
/* sqlite_policy.h - what a client's statement may touch: the authorizer's decision. Layer:
 * database. Includes: base. */
#ifndef DATABASE_SQLITE_POLICY_H
#define DATABASE_SQLITE_POLICY_H

#include "mcp/map.h"

enum database_verdict {
    DATABASE_ALLOW,
    DATABASE_MASK, /* the column reads as NULL */
    DATABASE_DENY  /* the statement is refused */
};

/* Names are compared without case, as SQLite does. Maps are borrowed; NULL is the empty set. */
struct database_policy {
    bool is_internal;                /* one of our own fixed statements is running: all allowed */
    const struct mcp_map *catalogue; /* lower-case names of every table and view in the file */
    const struct mcp_map *allowed;   /* tables, or "table.column"; NULL: all that are not denied */
    const struct mcp_map *denied;    /* tables, or "table.column" */
    const struct mcp_map *masked;    /* "table.column" */
};

/*
 * Decide one authorizer callback (sqlite3_set_authorizer). Everything that is not a read of an
 * exposed table or a call of a listed function is denied.
 *
 *   in      action    SQLITE_READ, SQLITE_SELECT, ...
 *           first     third argument of the callback, NULL allowed (table for READ)
 *           second    fourth argument, NULL allowed (column for READ, name for FUNCTION)
 *   cost    O(length of the names), no allocation
 *   thread  any
 */
enum database_verdict database_policy_decide(const struct database_policy *policy, int action,
                                             const char *first, const char *second);

/* The sentence for a denial: "DROP TABLE is not a read; this server only reads". */
void database_policy_explain(struct mcp_buf *out, int action, const char *first,
                             const char *second);

/* True for the functions a client may call. */
bool database_policy_has_function(const char *name);

#endif
