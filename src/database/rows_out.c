/* SPDX-License-Identifier: MIT */
/* rows_out.c - see rows_out.h. Pure: no I/O, no clock, no log. */
#include "database/rows_out.h"

#include "database/rows_text.h"

enum { PIECE_BYTES = 32 * 1024, NAMES_BYTES = 4 << 20 };

static enum mcp_code give(const struct database_sink *sink, struct mcp_buf *piece,
                          enum mcp_code (*to)(void *, struct mcp_str, struct mcp_err *),
                          struct mcp_err *err) {
    MCP_TRY(mcp_buf_finish(piece, err));
    enum mcp_code code = piece->len > 0 ? to(sink->user, mcp_buf_view(piece), err) : MCP_OK;
    mcp_buf_clear(piece);
    return code;
}

static enum mcp_code flush(struct database_rows_out *out, struct mcp_err *err) {
    out->given_bytes += out->piece.len;
    MCP_TRY(give(out->sink, &out->piece, out->sink->rows, err));
    return out->format == DATABASE_JSON ? MCP_OK
                                        : give(out->sink, &out->text, out->sink->text, err);
}

enum mcp_code database_rows_out_begin(struct database_rows_out *out,
                                      const struct database_sink *sink,
                                      const struct database_columns *columns,
                                      enum database_format format, size_t max_bytes,
                                      struct mcp_err *err) {
    *out = (struct database_rows_out){.sink = sink,
                                      .columns = columns,
                                      .format = format,
                                      .max_bytes = max_bytes,
                                      .piece = MCP_BUF_INIT(max_bytes + 2),
                                      .text = MCP_BUF_INIT(max_bytes * 2 + (1 << 20))};
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf names = MCP_BUF_INIT(NAMES_BYTES);
    database_columns_write(columns, &names);
    MCP_TRY(mcp_buf_finish(&names, err));
    if (format != DATABASE_JSON)
        database_rows_text_head(&out->text, format, columns);
    return sink->columns(sink->user, mcp_buf_view(&names), err);
}

enum mcp_code database_rows_out_add(struct database_rows_out *out,
                                    const struct database_value *values, bool *out_fits,
                                    struct mcp_err *err) {
    size_t before = out->piece.len;
    struct database_losses losses = out->losses;
    if (out->row_count > 0)
        mcp_buf_addc(&out->piece, ',');
    database_result_add_row(&out->piece, out->columns, values, &out->losses);
    if (out->piece.status == MCP_E_NOMEM)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    *out_fits = out->piece.status == MCP_OK && out->given_bytes + out->piece.len <= out->max_bytes;
    if (!*out_fits) {
        out->piece.status = MCP_OK; /* its ceiling is the cap */
        out->piece.len = before;
        out->losses = losses;
        return MCP_OK;
    }
    if (out->format != DATABASE_JSON)
        database_rows_text_add(&out->text, out->format, values, out->columns->count);
    out->row_count++;
    return out->piece.len >= PIECE_BYTES ? flush(out, err) : MCP_OK;
}

enum mcp_code database_rows_out_end(struct database_rows_out *out, json_t **out_warnings,
                                    struct mcp_err *err) {
    MCP_TRY(flush(out, err));
    database_result_add_warnings(&out->piece, &out->losses);
    MCP_TRY(mcp_buf_finish(&out->piece, err));
    return mcp_json_parse(mcp_buf_view(&out->piece), out_warnings, err);
}

void database_rows_out_deinit(struct database_rows_out *out) {
    mcp_buf_deinit(&out->piece);
    mcp_buf_deinit(&out->text);
}
