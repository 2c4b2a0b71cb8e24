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
    const struct mcp_map *catalogue; /* lower-case name of every table and view in the file; its
                                        value is "", or for a shadow table (its name begins with
                                        that of its virtual table) the virtual table's name */
    const struct mcp_map *allowed;   /* tables, or "table.column"; NULL: all that are not denied */
    const struct mcp_map *denied;    /* tables, or "table.column" */
    const struct mcp_map *masked;    /* "table.column" */
    const struct mcp_map *derived;   /* tables, or "table.column", hidden because of what they are
                                        made of; the value is "mask" or "deny" */
    bool is_stepping;                /* the client's statement is compiled and runs: what is asked
                                        for now is asked by virtual tables, not by the client */
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

/* True when the configuration hides anything. */
bool database_policy_hides(const struct database_policy *policy);

/*
 * True when names are hidden and the text holds the word NATURAL, USING or INDEXED, anywhere: the
 * columns such a join compares are never asked for (seen with SQLite 3.40), so whoever brings
 * values of his own to the join could read a hidden column by them; and rows read through an index
 * come in the order of its columns. A word search is enough: a keyword has one spelling, and a
 * comment or a text that holds the word is refused with the rest.
 */
bool database_policy_refuses_join(const struct database_policy *policy, struct mcp_str sql);

/* How often the text holds the word, whatever the case; 0 for the empty word. */
size_t database_policy_count_word(struct mcp_str text, struct mcp_str word);

/* The value of a set for a table (column "") or a column; NULL when it has none, or is NULL. */
const char *database_policy_find(const struct mcp_map *set, const char *table, const char *column);

/* The sentence for a denial: "DROP TABLE is not a read; this server only reads". A table or column
 * that the statement `sql` itself does not name, found by * or behind a view, is not named. */
void database_policy_explain(struct mcp_buf *out, struct mcp_str sql, int action, const char *first,
                             const char *second);

/* True for the functions a client may call. */
bool database_policy_has_function(const char *name);

/* The name of the i-th of them, in order; NULL after the last. */
const char *database_policy_function(size_t i);

#endif
