/* SPDX-License-Identifier: MIT */
/* worker.h - the process that runs SQL: one socket in, one database file, nothing else.
 * Layer: database. Includes: json. */
#ifndef DATABASE_WORKER_H
#define DATABASE_WORKER_H

#include "database/backend.h"

/*
 * Packets on the SEQPACKET socket, at most 64 KiB each: to the worker one type byte, then text;
 * from the worker frames (frames.h), what is small together.
 *
 *   to the worker    C configuration (JSON, once, first)   Q a query (request.h)   S describe
 *                    O outline
 *   from the worker  H ready   N column names (JSON)   R a piece of the rows   T a piece of the
 *                    same as CSV or Markdown   D done (JSON {"row_count", "truncated",
 *                    "warnings", "types", "parameters"})
 *                    E error (JSON {"code", "where", "what"}); after D or E the next Q, S
 *                    or O may follow
 */
enum { DATABASE_FRAME_BYTES = 64 * 1024 };

enum database_frame {
    DATABASE_FRAME_CONFIGURE = 'C',
    DATABASE_FRAME_QUERY = 'Q',
    DATABASE_FRAME_DESCRIBE = 'S',
    DATABASE_FRAME_OUTLINE = 'O',
    DATABASE_FRAME_READY = 'H',
    DATABASE_FRAME_COLUMNS = 'N',
    DATABASE_FRAME_ROWS = 'R',
    DATABASE_FRAME_TEXT = 'T',
    DATABASE_FRAME_DONE = 'D',
    DATABASE_FRAME_ERROR = 'E'
};

/* Read the configuration from `fd`, open the database, enter the sandbox, serve until the peer
 * closes. The process's exit code. */
int database_worker_main(int fd);

/* The part after the sandbox: answer frames until the peer closes. */
void database_worker_serve(int fd, struct database_backend *backend);

/* Open the database a configuration names: {"path" (a SQLite file) or "url" (PostgreSQL, then
 * "password"? and "passfile"?), "limits": {...}, "allow"?, "deny"?, "mask"?}. */
enum mcp_code database_worker_open(const json_t *configuration,
                                   struct database_backend **out_backend,
                                   struct mcp_err *err) MCP_CHECK;

#endif
