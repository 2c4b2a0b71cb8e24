/* SPDX-License-Identifier: MIT */
/* csv.h - comma-separated values, row by row. Layer: product_metadata. Includes: json. */
#ifndef PRODUCT_CSV_H
#define PRODUCT_CSV_H

#include "json/pointer.h"

enum {
    PRODUCT_CSV_MAX_FIELDS = 256,        /* of a row */
    PRODUCT_CSV_MAX_FIELD_BYTES = 65536, /* without its quotes */
    PRODUCT_CSV_MAX_ROW_BYTES = 1048576  /* of all its fields */
};

struct product_csv_field {
    struct mcp_str text;    /* without quotes; lives until the next row */
    struct mcp_place place; /* of its first byte, or its opening quote */
};

struct product_csv_row {
    const struct product_csv_field *fields;
    size_t count; /* 0: there are no more rows */
};

struct product_csv_mark {
    size_t at;    /* next byte */
    size_t line;  /* line ends before it */
    size_t start; /* first byte of its line */
};

/* Set `text` (with whatever bytes) and leave the rest zero. */
struct product_csv {
    struct mcp_str text;
    struct product_csv_mark now;
    struct mcp_buf room; /* the fields of the row, one behind the other */
    struct product_csv_field fields[PRODUCT_CSV_MAX_FIELDS];
    size_t ends[PRODUCT_CSV_MAX_FIELDS]; /* in `room` */
    size_t count;
};

void product_csv_deinit(struct product_csv *csv);

/*
 * The next row. Lines end in LF or CRLF, the last one may end with the text; a byte order mark in
 * front of the first and empty lines are skipped. A field in quotes may hold commas, line ends and,
 * doubled, quotes. Blanks belong to their field.
 *
 *   errors  SYNTAX  the row is not of the form, or not UTF-8, or holds a NUL
 *           LIMIT   the row has too many or too large fields
 *           NOMEM
 *           err->where is "line:column"; after SYNTAX and LIMIT the next call goes on behind the
 *           line in which the offending field begins
 *   cost    O(length) for the whole text
 *   spec    RFC 4180
 */
enum mcp_code product_csv_next(struct product_csv *csv, struct product_csv_row *out_row,
                               struct mcp_err *err) MCP_CHECK;

#endif
