/* SPDX-License-Identifier: MIT */
/* postgres_value.h - PostgreSQL's text form of a value as a cell. Layer: database. Includes: json.
 */
#ifndef DATABASE_POSTGRES_VALUE_H
#define DATABASE_POSTGRES_VALUE_H

#include "database/result.h"

/*
 * The cell for a value of type `oid`. int2, int4, int8 and oid are integers, float4 and float8
 * reals (Infinity and NaN included), bool is a boolean, bytea (hex form) bytes; everything else,
 * numeric, dates, arrays, json among them, is text exactly as the engine writes it: no digit is
 * lost.
 *
 *   in      text      NULL pointer: SQL NULL
 *           is_exact  integers beyond 2^53 as strings
 *   out     storage   cleared; holds the bytes of a bytea as long as the cell is used
 *   errors  PEER      a text that is no such value; LIMIT, NOMEM storage
 */
enum mcp_code database_postgres_value(unsigned oid, struct mcp_str text, bool is_exact,
                                      struct mcp_buf *storage, struct database_value *out_value,
                                      struct mcp_err *err) MCP_CHECK;

#endif
