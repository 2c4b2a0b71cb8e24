/* SPDX-License-Identifier: MIT */
/* table.h - rows of text in aligned columns. Layer: orchestrator. Includes: json. */
#ifndef ORCH_TABLE_H
#define ORCH_TABLE_H

#include "mcp/json.h"

/* What the output can show. */
struct orch_look {
    bool has_colour;
    size_t columns; /* of the terminal; 0: no limit */
};

enum orch_ink { ORCH_PLAIN, ORCH_BOLD, ORCH_GREEN, ORCH_YELLOW, ORCH_RED };

/* Cells a text takes on a terminal: wide characters two, marks none. */
size_t orch_text_width(struct mcp_str text);

/* Append text safe for a terminal, on one line, in a colour when there is colour. */
void orch_add_text(struct mcp_buf *out, const struct orch_look *look, enum orch_ink ink,
                   const char *text);

/* The same, cut to the terminal. */
void orch_add_cut(struct mcp_buf *out, const struct orch_look *look, enum orch_ink ink,
                  const char *text);

/*
 * Append a table: `rows` is an array of arrays of strings, the first row is the head. Columns of
 * numbers, but the last, are aligned right. Nothing is appended when there is only a head. What
 * does not fit the terminal is cut: the last column to 8 cells, then the widest columns of text to
 * 8; then whole columns go, from the end.
 */
void orch_add_table(struct mcp_buf *out, const struct orch_look *look, const json_t *rows);

#endif
