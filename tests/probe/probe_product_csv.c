/* SPDX-License-Identifier: MIT */
/*
 * in: {"text": B, "show"?: "places" | "sizes"}: out: for each row [PLACE, [FIELD, ...]], for each
 * refused one [PLACE, CODE, TEXT], until there are no more; PLACE is "line:column". With "show" the
 * fields' places, or their sizes in bytes, stand for the fields.
 */
#include <stdio.h>
#include <string.h>

#include "probe_product.h"
#include "product_metadata/csv.h"

probe_fn probe_product_csv;

static json_t *place_json(struct mcp_place place) {
    char text[64];
    (void)snprintf(text, sizeof text, "%zu:%zu", place.line, place.column);
    return json_string(text);
}

static json_t *field_json(const struct product_csv_field *field, const char *show) {
    if (strcmp(show, "places") == 0)
        return place_json(field->place);
    if (strcmp(show, "sizes") == 0)
        return json_integer((json_int_t)field->text.len);
    return probe_string(field->text);
}

static enum mcp_code add_row(const struct product_csv_row *row, const char *show, json_t *out,
                             struct mcp_err *err) {
    json_auto_t *fields = json_array();
    for (size_t i = 0; fields != NULL && i < row->count; i++)
        MCP_TRY(probe_append(fields, field_json(&row->fields[i], show), err));
    return probe_append(out, json_pack("[o, O]", place_json(row->fields[0].place), fields), err);
}

/* One row; *out_more: there may be another. */
static enum mcp_code next(struct product_csv *csv, const char *show, json_t *out, bool *out_more,
                          struct mcp_err *err) {
    struct product_csv_row row = {0};
    struct mcp_err why = {0};
    enum mcp_code code = product_csv_next(csv, &row, &why);
    if (code == MCP_E_NOMEM)
        return MCP_FAIL(err, code, "%s", why.what);
    *out_more = code != MCP_OK || row.count > 0;
    if (code != MCP_OK)
        return probe_append(out, json_pack("[s, s, s]", why.where, mcp_code_name(code), why.what),
                            err);
    return *out_more ? add_row(&row, show, out, err) : MCP_OK;
}

enum mcp_code probe_product_csv(const json_t *in, json_t **out, struct mcp_err *err) {
    const char *show = json_string_value(json_object_get(in, "show"));
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(1 << 24);
    MCP_AUTO(product_csv_deinit) struct product_csv csv = {0};
    json_auto_t *rows = json_array();
    if (rows == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    MCP_TRY(probe_bytes(json_object_get(in, "text"), &text, err));
    csv.text = mcp_buf_view(&text);
    for (bool more = true; more;)
        MCP_TRY(next(&csv, show != NULL ? show : "", rows, &more, err));
    *out = MCP_TAKE(rows);
    return MCP_OK;
}
