/* SPDX-License-Identifier: MIT */
/* postgres_scan.h - what a statement in PostgreSQL's dialect names, before the engine sees it.
 * Layer: database. Includes: json. */
#ifndef DATABASE_POSTGRES_SCAN_H
#define DATABASE_POSTGRES_SCAN_H

#include "mcp/json.h"

enum {
    DATABASE_SCAN_MAX_BYTES = 1 << 20, /* of one statement */
    DATABASE_SCAN_MAX_NAME = 63,       /* bytes of an identifier; the engine cuts longer ones */
    DATABASE_SCAN_MAX_NAMES = 500      /* in each list of a scan */
};

/* What is found; release it with database_scan_deinit. */
struct database_scan {
    struct mcp_buf text; /* the statement to run: named placeholders have become $1, $2, ... */
    json_t *parameters;  /* array of ":name" in the order of their numbers; empty without names */
    json_t *calls;       /* array of names before "(", folded, each once: allowed ones */
    json_t *other_calls; /* the same for names that are not in the list of functions */
    json_t *attributes;  /* array of names after "." and not before "(": t.f may mean f(t) */
};

/*
 * Take a statement apart by the engine's lexical rules. Strings, comments and quoted identifiers
 * are understood; where two versions of the engine read a text differently it is refused.
 *
 * The engine's own tables are hidden: an identifier that begins with "pg_" (but for functions in
 * the list, pg_catalog and two types) or is "information_schema" is refused wherever it stands.
 *
 *   in      has_names  :name is a placeholder (params is an object), $1 is not
 *   errors  DENIED  the first word does not begin a read; a second statement; an engine table
 *           SYNTAX  empty; not UTF-8 or a NUL; something that does not end; U& escapes; a string
 *                   continued on another line; $1 beside names; where is "character N"
 *           LIMIT   an identifier above 63 bytes, more than 500 names of a kind, too long
 *           NOMEM
 */
enum mcp_code database_scan_make(struct mcp_str sql, bool has_names, struct database_scan *out_scan,
                                 struct mcp_err *err) MCP_CHECK;
void database_scan_deinit(struct database_scan *scan);

/* By exact, folded name: a function of the engine that only computes; a reserved word; a name that
 * is hidden. */
bool database_postgres_has_function(const char *name);
bool database_postgres_is_word(const char *name);
bool database_postgres_is_engine_name(const char *name);

#endif
