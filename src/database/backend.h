/* SPDX-License-Identifier: MIT */
/* backend.h - a database engine as a worker process uses it. Layer: database. Includes: json. */
#ifndef DATABASE_BACKEND_H
#define DATABASE_BACKEND_H

#include "database/request.h"

/* Zero means the default. */
struct database_limits {
    size_t max_query_bytes;  /* 10,000 */
    size_t max_rows;         /* 1,000 */
    size_t max_result_bytes; /* encoded rows; 1 MiB */
    uint64_t deadline_ms;    /* one statement; 2,000 */
    size_t heap_bytes;       /* the engine's memory; 64 MiB */
};

/* The limits with defaults filled in. */
static inline struct database_limits database_limits_fill(const struct database_limits *given) {
    struct database_limits limits = *given;
    if (limits.max_query_bytes == 0)
        limits.max_query_bytes = 10000;
    if (limits.max_rows == 0)
        limits.max_rows = 1000;
    if (limits.max_result_bytes == 0)
        limits.max_result_bytes = 1 << 20;
    if (limits.deadline_ms == 0)
        limits.deadline_ms = 2000;
    if (limits.heap_bytes == 0)
        limits.heap_bytes = (size_t)64 << 20;
    return limits;
}

/* What may be seen; arrays of "table" or "table.column", NULL: none of that kind. Borrowed. */
struct database_exposure {
    const json_t *allowed;
    const json_t *denied;
    const json_t *masked;
};

/* Where an answer goes while it is made. Anything but MCP_OK stops the statement. */
struct database_sink {
    enum mcp_code (*columns)(void *user, struct mcp_str json, struct mcp_err *err);
    enum mcp_code (*rows)(void *user, struct mcp_str json, struct mcp_err *err);
    enum mcp_code (*text)(void *user, struct mcp_str text, struct mcp_err *err);
    void *user;
};

/* How it ended. */
struct database_tally {
    uint64_t row_count;
    bool is_truncated;  /* the row or the byte cap cut it */
    json_t *warnings;   /* array of sentences; owned by the receiver */
    json_t *types;      /* declared type of each column, null when it is computed; as above */
    json_t *parameters; /* names of the placeholders, null for a bare one; as above */
};

/* Release what the tally owns. */
static inline void database_tally_deinit(struct database_tally *tally) {
    mcp_json_decref(&tally->warnings);
    mcp_json_decref(&tally->types);
    mcp_json_decref(&tally->parameters);
}

struct database_backend;

struct database_backend_ops {
    /*
     * Run one read-only statement, or only prepare it, or ask for its plan. Row objects are given
     * to sink->rows as JSON text in pieces of any length, joined by commas; with a format other
     * than JSON the same rows go to sink->text too.
     *
     *   errors  DENIED   not a read, or not exposed: the message says what
     *           SYNTAX   the engine's message, with the place and the nearest known name
     *           INVALID  params do not fit the placeholders
     *           LIMIT    query too long, a value or the memory too large
     *           TIMEOUT  the deadline
     *           STATE    locked by a writer
     *           IO       the file went away or was replaced: a fresh worker may do better
     */
    enum mcp_code (*query)(struct database_backend *backend, const struct database_request *request,
                           const struct database_sink *sink, struct database_tally *out_tally,
                           struct mcp_err *err);

    /* The catalogue: {"tables": {name: {"type","columns":[...],...}}}; a new reference. */
    enum mcp_code (*describe)(struct database_backend *backend, json_t **out_catalogue,
                              struct mcp_err *err);

    /* The same without what changes with every row, to see whether the schema has changed. NULL: a
     * change is seen otherwise. */
    enum mcp_code (*outline)(struct database_backend *backend, json_t **out_catalogue,
                             struct mcp_err *err);
    void (*close)(struct database_backend *backend);

    /* Wait until `fd` can be read, and notice when the engine goes away meanwhile: an error ends
     * the worker. NULL: there is nothing to notice. */
    enum mcp_code (*wait)(struct database_backend *backend, int fd, struct mcp_err *err);
};

struct database_backend {
    const struct database_backend_ops *ops;
};

#endif
