/* SPDX-License-Identifier: MIT */
/* rows_out.h - rows encoded as they come and given to a sink in pieces, under the caps.
 * Layer: database. Includes: json. */
#ifndef DATABASE_ROWS_OUT_H
#define DATABASE_ROWS_OUT_H

#include "database/backend.h"
#include "database/result.h"

/* One answer on its way. Everything but the buffers is borrowed. */
struct database_rows_out {
    const struct database_sink *sink;
    const struct database_columns *columns;
    enum database_format format;
    size_t max_bytes; /* of encoded rows */
    struct database_losses losses;
    struct mcp_buf piece; /* rows not yet given to the sink */
    struct mcp_buf text;  /* the same as CSV or Markdown */
    size_t given_bytes;
    uint64_t row_count;
};

/* Give the columns to the sink and make ready for rows. deinit may follow in any case. */
enum mcp_code database_rows_out_begin(struct database_rows_out *out,
                                      const struct database_sink *sink,
                                      const struct database_columns *columns,
                                      enum database_format format, size_t max_bytes,
                                      struct mcp_err *err) MCP_CHECK;

/* One row of columns->count cells; *out_fits is false, and nothing is added, when it would pass the
 * cap on bytes. errors: NOMEM, and what the sink says. */
enum mcp_code database_rows_out_add(struct database_rows_out *out,
                                    const struct database_value *values, bool *out_fits,
                                    struct mcp_err *err) MCP_CHECK;

/* Give what is left; *out_warnings is a new reference. */
enum mcp_code database_rows_out_end(struct database_rows_out *out, json_t **out_warnings,
                                    struct mcp_err *err) MCP_CHECK;
void database_rows_out_deinit(struct database_rows_out *out);

#endif
