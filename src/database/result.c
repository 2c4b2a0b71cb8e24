/* SPDX-License-Identifier: MIT */
/* result.c - see result.h. Pure: no I/O, no clock, no log. */
#include "database/result.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "mcp/alloc.h"
#include "mcp/map.h"
#include "mcp/utf8.h"

enum { MAX_NAMES_BYTES = 1 << 20 };

/* `name`, or `name_2`, `name_3`... whichever is not taken yet; remembered in `taken`. */
static enum mcp_code unique_name(struct mcp_map *taken, struct mcp_str name, struct mcp_buf *out,
                                 struct mcp_err *err) {
    static char present;
    for (size_t n = 1;; n++) {
        mcp_buf_clear(out);
        (void)mcp_utf8_repair(out, name);
        if (n > 1)
            mcp_buf_addf(out, "_%zu", n);
        MCP_TRY(mcp_buf_finish(out, err));
        if (mcp_map_get(taken, mcp_buf_view(out)) == NULL)
            return mcp_map_put(taken, mcp_buf_view(out), &present, err);
    }
}

static enum mcp_code add_keys(struct database_columns *columns, const struct mcp_str *names,
                              size_t *ends, struct mcp_err *err) {
    MCP_AUTO(mcp_map_freep) struct mcp_map *taken = NULL;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf name = MCP_BUF_INIT(MAX_NAMES_BYTES);
    MCP_TRY(mcp_map_new(0, NULL, &taken, err));
    for (size_t i = 0; i < columns->count; i++) {
        MCP_TRY(unique_name(taken, names[i], &name, err));
        mcp_buf_add(&columns->plain, mcp_buf_view(&name));
        mcp_json_add_string(&columns->text, mcp_buf_view(&name));
        mcp_buf_addc(&columns->text, ':');
        ends[2 * i] = columns->text.len;
        ends[2 * i + 1] = columns->plain.len;
    }
    MCP_TRY(mcp_buf_finish(&columns->plain, err));
    return mcp_buf_finish(&columns->text, err);
}

enum mcp_code database_columns_init(struct database_columns *columns, const struct mcp_str *names,
                                    size_t count, struct mcp_err *err) {
    *columns = (struct database_columns){.count = count,
                                         .text = MCP_BUF_INIT(MAX_NAMES_BYTES),
                                         .plain = MCP_BUF_INIT(MAX_NAMES_BYTES)};
    columns->keys = mcp_alloc((count + 1) * sizeof *columns->keys);
    columns->names = mcp_alloc((count + 1) * sizeof *columns->names);
    size_t *ends MCP_AUTO(mcp_freep) = mcp_alloc((count + 1) * 2 * sizeof *ends);
    if (columns->keys == NULL || columns->names == NULL || ends == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    MCP_TRY(add_keys(columns, names, ends, err));
    for (size_t i = 0; i < count; i++) {
        size_t key = i > 0 ? ends[2 * i - 2] : 0;
        size_t name = i > 0 ? ends[2 * i - 1] : 0;
        columns->keys[i] = (struct mcp_str){columns->text.data + key, ends[2 * i] - key};
        bool is_empty = ends[2 * i + 1] == name; /* then there may be no storage at all */
        columns->names[i] =
            is_empty ? MCP_STR("")
                     : (struct mcp_str){columns->plain.data + name, ends[2 * i + 1] - name};
    }
    return MCP_OK;
}

void database_columns_deinit(struct database_columns *columns) {
    mcp_free(columns->keys);
    mcp_free(columns->names);
    columns->keys = NULL;
    columns->names = NULL;
    columns->count = 0;
    mcp_buf_deinit(&columns->text);
    mcp_buf_deinit(&columns->plain);
}

void database_columns_write(const struct database_columns *columns, struct mcp_buf *out) {
    mcp_buf_addc(out, '[');
    for (size_t i = 0; i < columns->count; i++) {
        if (i > 0)
            mcp_buf_addc(out, ',');
        mcp_buf_add(out, (struct mcp_str){columns->keys[i].ptr, columns->keys[i].len - 1});
    }
    mcp_buf_addc(out, ']');
}

static void add_text(struct mcp_buf *out, struct mcp_str text, struct database_losses *losses) {
    bool has_nul = text.len > 0 && memchr(text.ptr, '\0', text.len) != NULL;
    if (!has_nul && mcp_utf8_valid_prefix(text) == text.len) {
        mcp_json_add_string(out, text);
        return;
    }
    losses->repaired++;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf repaired = MCP_BUF_INIT(text.len * 3);
    for (size_t at = 0; at < text.len;) {
        uint32_t code_point = mcp_utf8_next(text, &at);
        mcp_utf8_add(&repaired, code_point != 0 ? code_point : 0xFFFD);
    }
    if (repaired.status != MCP_OK)
        out->status = repaired.status;
    mcp_json_add_string(out, mcp_buf_view(&repaired));
}

void database_result_add_value(struct mcp_buf *out, const struct database_value *value,
                               struct database_losses *losses) {
    switch (value->type) {
    case DATABASE_INTEGER:
        mcp_json_add_integer(out, value->integer);
        return;
    case DATABASE_BOOLEAN:
        mcp_buf_add(out, value->integer != 0 ? MCP_STR("true") : MCP_STR("false"));
        return;
    case DATABASE_EXACT_INTEGER:
        mcp_buf_addc(out, '"');
        mcp_json_add_integer(out, value->integer);
        mcp_buf_addc(out, '"');
        return;
    case DATABASE_REAL:
        if (!isfinite(value->real))
            losses->not_finite++;
        mcp_json_add_real(out, value->real);
        return;
    case DATABASE_TEXT:
        add_text(out, value->bytes, losses);
        return;
    case DATABASE_BLOB:
        losses->blobs++;
        mcp_buf_add(out, MCP_STR("{\"base64\":\""));
        mcp_base64_encode(out, value->bytes);
        mcp_buf_add(out, MCP_STR("\"}"));
        return;
    case DATABASE_NULL:
        break;
    }
    mcp_buf_add(out, MCP_STR("null"));
}

void database_result_add_row(struct mcp_buf *out, const struct database_columns *columns,
                             const struct database_value *values, struct database_losses *losses) {
    mcp_buf_addc(out, '{');
    for (size_t i = 0; i < columns->count; i++) {
        if (i > 0)
            mcp_buf_addc(out, ',');
        mcp_buf_add(out, columns->keys[i]);
        database_result_add_value(out, &values[i], losses);
    }
    mcp_buf_addc(out, '}');
}

static void add_warning(struct mcp_buf *out, bool *past_first, uint64_t count, const char *what) {
    if (count == 0)
        return;
    mcp_buf_addf(out, "%s\"%" PRIu64 " %s\"", *past_first ? "," : "", count, what);
    *past_first = true;
}

void database_result_add_warnings(struct mcp_buf *out, const struct database_losses *losses) {
    bool past_first = false;
    mcp_buf_addc(out, '[');
    add_warning(out, &past_first, losses->not_finite, "infinite numbers are shown as null");
    add_warning(out, &past_first, losses->repaired,
                "texts held bytes that are not text; they are shown as U+FFFD");
    add_warning(out, &past_first, losses->blobs,
                "binary values are shown as objects with a base64 member");
    mcp_buf_addc(out, ']');
}
