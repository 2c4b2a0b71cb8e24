/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/result.json. */
#include <math.h>
#include <string.h>

#include "database/result.h"
#include "mcp/alloc.h"
#include "probe.h"

probe_fn probe_result;

static enum mcp_code read_cell(const json_t *cell, struct database_value *out,
                               struct mcp_buf *bytes, struct mcp_err *err) {
    const json_t *blob = json_object_get(cell, "blob");
    const json_t *text = json_object_get(cell, "text");
    const char *real = json_string_value(json_object_get(cell, "real"));
    *out = (struct database_value){DATABASE_NULL, 0, 0, {"", 0}};
    const json_t *exact = json_object_get(cell, "exact");
    if (exact != NULL)
        *out =
            (struct database_value){DATABASE_EXACT_INTEGER, json_integer_value(exact), 0, {"", 0}};
    else if (json_is_integer(cell))
        *out = (struct database_value){DATABASE_INTEGER, json_integer_value(cell), 0, {"", 0}};
    else if (json_is_real(cell))
        *out = (struct database_value){DATABASE_REAL, 0, json_real_value(cell), {"", 0}};
    else if (real != NULL)
        *out = (struct database_value){
            DATABASE_REAL, 0, real[0] == '-' ? -INFINITY : INFINITY, {"", 0}};
    else if (json_is_string(cell))
        *out = (struct database_value){DATABASE_TEXT, 0, 0, mcp_json_str(cell)};
    if (blob == NULL && text == NULL)
        return MCP_OK;
    MCP_TRY(probe_bytes(blob != NULL ? blob : text, bytes, err));
    *out = (struct database_value){blob != NULL ? DATABASE_BLOB : DATABASE_TEXT, 0, 0,
                                   mcp_buf_view(bytes)};
    return MCP_OK;
}

/* One row at a time; only one cell of a row may be given as bytes. */
static enum mcp_code add_row(struct mcp_buf *out, const struct database_columns *columns,
                             const json_t *row, struct database_losses *losses,
                             struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf bytes = MCP_BUF_INIT(1 << 20);
    struct database_value *values MCP_AUTO(mcp_freep) =
        mcp_alloc((columns->count + 1) * sizeof *values);
    if (values == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    for (size_t i = 0; i < columns->count; i++)
        MCP_TRY(read_cell(json_array_get(row, i), &values[i], &bytes, err));
    database_result_add_row(out, columns, values, losses);
    return mcp_buf_finish(out, err);
}

static enum mcp_code add_rows(struct mcp_buf *out, const struct database_columns *columns,
                              const json_t *rows, struct database_losses *losses,
                              struct mcp_err *err) {
    for (size_t i = 0; i < json_array_size(rows); i++) {
        if (i > 0)
            mcp_buf_addc(out, ',');
        MCP_TRY(add_row(out, columns, json_array_get(rows, i), losses, err));
    }
    return mcp_buf_finish(out, err);
}

static enum mcp_code give(const struct database_columns *columns, const struct mcp_buf *rows,
                          const struct database_losses *losses, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(1 << 20);
    json_t *names MCP_AUTO(mcp_json_decref) = NULL;
    json_t *warnings MCP_AUTO(mcp_json_decref) = NULL;
    database_columns_write(columns, &text);
    MCP_TRY(mcp_buf_finish(&text, err));
    MCP_TRY(mcp_json_parse(mcp_buf_view(&text), &names, err));
    mcp_buf_clear(&text);
    database_result_add_warnings(&text, losses);
    MCP_TRY(mcp_buf_finish(&text, err));
    MCP_TRY(mcp_json_parse(mcp_buf_view(&text), &warnings, err));
    struct mcp_str view = mcp_buf_view(rows);
    return probe_give(json_pack("{s:O, s:s%, s:O}", "columns", names, "rows", view.ptr, view.len,
                                "warnings", warnings),
                      out, err);
}

enum mcp_code probe_result(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf rows = MCP_BUF_INIT(1 << 20);
    MCP_AUTO(database_columns_deinit) struct database_columns columns = DATABASE_COLUMNS_INIT;
    struct database_losses losses = {0};
    const json_t *names = json_object_get(in, "columns");
    size_t count = json_array_size(names);
    struct mcp_str *views MCP_AUTO(mcp_freep) = mcp_alloc((count + 1) * sizeof *views);
    if (views == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    for (size_t i = 0; i < count; i++)
        views[i] = mcp_json_str(json_array_get(names, i));
    MCP_TRY(database_columns_init(&columns, views, count, err));
    MCP_TRY(add_rows(&rows, &columns, json_object_get(in, "rows"), &losses, err));
    return give(&columns, &rows, &losses, out, err);
}
