/* SPDX-License-Identifier: MIT */
/* result.h - query rows as JSON text, encoded as they come. Layer: database. Includes: json. */
#ifndef DATABASE_RESULT_H
#define DATABASE_RESULT_H

#include "mcp/json.h"

enum database_type {
    DATABASE_NULL,
    DATABASE_INTEGER,
    DATABASE_REAL,
    DATABASE_TEXT,
    DATABASE_BLOB,
    DATABASE_BOOLEAN,      /* integer is 0 or 1 */
    DATABASE_EXACT_INTEGER /* as DATABASE_INTEGER, written as a string: for readers whose numbers
                              are doubles */
};

/* One cell, borrowed from the engine until the next step. */
struct database_value {
    enum database_type type;
    int64_t integer;
    double real;
    struct mcp_str bytes; /* TEXT, BLOB */
};

/* What could not be said exactly in JSON, counted so the answer can say so. */
struct database_losses {
    uint64_t not_finite; /* an infinity became null */
    uint64_t repaired;   /* TEXT with invalid UTF-8 or NUL: replaced by U+FFFD */
    uint64_t blobs;      /* {"base64": "..."} */
};

/*
 * Names under which columns appear in every row object: as declared, a repeated one with the first
 * free suffix ("a", "a_2"). Encoded JSON strings with their colon, ready to be written per row.
 *
 *   owner   of its buffers
 */
struct database_columns {
    struct mcp_str *keys;  /* `"name":`, views into `text` */
    struct mcp_str *names; /* the names themselves, views into `plain` */
    size_t count;
    struct mcp_buf text;
    struct mcp_buf plain;
};

#define DATABASE_COLUMNS_INIT                                                                      \
    { .text = MCP_BUF_INIT(0), .plain = MCP_BUF_INIT(0) }

/* errors: LIMIT more than max_bytes of names; NOMEM. */
enum mcp_code database_columns_init(struct database_columns *columns, const struct mcp_str *names,
                                    size_t count, struct mcp_err *err) MCP_CHECK;
void database_columns_deinit(struct database_columns *columns);

/* Append ["a","a_2"]. */
void database_columns_write(const struct database_columns *columns, struct mcp_buf *out);

/* Append one row object. `values` has columns->count cells. */
void database_result_add_row(struct mcp_buf *out, const struct database_columns *columns,
                             const struct database_value *values, struct database_losses *losses);

/* Append one value as JSON. */
void database_result_add_value(struct mcp_buf *out, const struct database_value *value,
                               struct database_losses *losses);

/* Append the warnings of an answer as a JSON array of sentences. */
void database_result_add_warnings(struct mcp_buf *out, const struct database_losses *losses);

#endif
