/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/rows_text.json. */
#include <math.h>
#include <string.h>

#include "database/rows_text.h"
#include "mcp/alloc.h"
#include "probe.h"

probe_fn probe_rows_text;

static struct database_value cell_of(const json_t *cell) {
    struct database_value value = {DATABASE_NULL, 0, 0, {"", 0}};
    const json_t *exact = json_object_get(cell, "exact");
    if (json_is_integer(cell) || exact != NULL) {
        value.type = exact != NULL ? DATABASE_EXACT_INTEGER : DATABASE_INTEGER;
        value.integer = json_integer_value(exact != NULL ? exact : cell);
    } else if (json_is_real(cell) || json_object_get(cell, "real") != NULL) {
        value.type = DATABASE_REAL;
        value.real = json_is_real(cell) ? json_real_value(cell) : INFINITY;
    } else if (json_object_get(cell, "blob") != NULL) {
        value.type = DATABASE_BLOB;
        value.bytes = mcp_json_str(json_object_get(cell, "blob"));
    } else if (!json_is_null(cell)) {
        value.type = DATABASE_TEXT;
        value.bytes = json_object_get(cell, "bad") != NULL   ? MCP_STR("a\xff")
                      : json_object_get(cell, "nul") != NULL ? MCP_STR("a\0b")
                                                             : mcp_json_str(cell);
    }
    return value;
}

static enum mcp_code add_row(struct mcp_buf *out, enum database_format format, const json_t *row,
                             struct mcp_err *err) {
    size_t count = json_array_size(row);
    struct database_value *values MCP_AUTO(mcp_freep) = mcp_alloc((count + 1) * sizeof *values);
    if (values == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    for (size_t i = 0; i < count; i++)
        values[i] = cell_of(json_array_get(row, i));
    database_rows_text_add(out, format, values, count);
    return mcp_buf_finish(out, err);
}

static enum mcp_code add_head(struct mcp_buf *out, enum database_format format, const json_t *names,
                              struct mcp_err *err) {
    MCP_AUTO(database_columns_deinit) struct database_columns columns = DATABASE_COLUMNS_INIT;
    size_t count = json_array_size(names);
    struct mcp_str *views MCP_AUTO(mcp_freep) = mcp_alloc((count + 1) * sizeof *views);
    if (views == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    for (size_t i = 0; i < count; i++)
        views[i] = mcp_json_str(json_array_get(names, i));
    MCP_TRY(database_columns_init(&columns, views, count, err));
    database_rows_text_head(out, format, &columns);
    return mcp_buf_finish(out, err);
}

enum mcp_code probe_rows_text(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(1 << 20);
    bool is_csv = strcmp(json_string_value(json_object_get(in, "format")), "csv") == 0;
    enum database_format format = is_csv ? DATABASE_CSV : DATABASE_MARKDOWN;
    const json_t *rows = json_object_get(in, "rows");
    MCP_TRY(add_head(&text, format, json_object_get(in, "columns"), err));
    for (size_t i = 0; i < json_array_size(rows); i++)
        MCP_TRY(add_row(&text, format, json_array_get(rows, i), err));
    return probe_give(probe_text(mcp_buf_view(&text)), out, err);
}
