/* SPDX-License-Identifier: MIT */
/* import_csv.c - CSV to rows; see import.h. Pure: no I/O, no clock, no log. */
#include <stdlib.h>
#include <string.h>

#include "product_metadata/csv.h"
#include "product_metadata/import.h"

enum { MAX_NAMES_BYTES = PRODUCT_CSV_MAX_ROW_BYTES + PRODUCT_CSV_MAX_FIELDS, SHOWN_BYTES = 60 };

/* The first row: the names, each with a NUL, one behind the other. */
struct header {
    struct mcp_buf names;
    size_t starts[PRODUCT_CSV_MAX_FIELDS];
    size_t count;
};

static void header_deinit(struct header *header) {
    mcp_buf_deinit(&header->names);
}

static const char *name_of(const struct header *header, size_t column) {
    return header->names.data + header->starts[column];
}

static struct mcp_str trim(struct mcp_str text) {
    while (text.len > 0 && strchr(" \t\r\n", text.ptr[0]) != NULL)
        text = (struct mcp_str){text.ptr + 1, text.len - 1};
    while (text.len > 0 && strchr(" \t\r\n", text.ptr[text.len - 1]) != NULL)
        text.len--;
    return text;
}

/* As it stands when it is a reference, else small. */
static void add_name(struct mcp_buf *out, struct mcp_str text) {
    bool is_reference = text.len > 0 && memchr(text.ptr, '.', text.len) != NULL;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!is_reference && c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        mcp_buf_addc(out, c);
    }
    mcp_buf_addc(out, '\0');
}

/* What is wrong with the last name, or NULL. */
static const char *judge_name(const struct header *header) {
    static const char *const known[] = {
        "key", "canonical_id", "canonical_name", "aliases", "categories", "term", "sql"};
    const char *name = name_of(header, header->count - 1);
    bool is_known = strchr(name, '.') != NULL;
    for (size_t i = 0; i < MCP_COUNT(known); i++)
        is_known = is_known || strcmp(name, known[i]) == 0;
    if (!is_known)
        return "expected key, canonical_id, canonical_name, aliases, categories, term, sql or "
               "TABLE.COLUMN";
    for (size_t i = 0; i + 1 < header->count; i++)
        if (strcmp(name, name_of(header, i)) == 0)
            return "a second column of that name";
    return NULL;
}

static enum mcp_code take_name(struct header *header, const struct product_csv_field *field,
                               struct mcp_err *err) {
    header->starts[header->count++] = header->names.len;
    add_name(&header->names, trim(field->text));
    MCP_TRY(mcp_buf_finish(&header->names, err));
    const char *what = judge_name(header);
    if (what == NULL)
        return MCP_OK;
    return mcp_err_at(err,
                      MCP_FAIL(err, MCP_E_SCHEMA, "column \"%.*s\": %s", SHOWN_BYTES,
                               name_of(header, header->count - 1), what),
                      "%zu:%zu", field->place.line, field->place.column);
}

static bool has_column(const struct header *header, const char *name) {
    for (size_t i = 0; i < header->count; i++)
        if (strcmp(name_of(header, i), name) == 0)
            return true;
    return false;
}

static enum mcp_code read_header(struct product_csv *csv, struct header *header,
                                 struct mcp_err *err) {
    struct product_csv_row row;
    struct mcp_err why = {0};
    enum mcp_code code = product_csv_next(csv, &row, &why);
    if (code != MCP_OK)
        return mcp_err_at(
            err,
            MCP_FAIL(err, code == MCP_E_NOMEM ? code : MCP_E_SCHEMA, "column names: %s", why.what),
            "%s", why.where);
    for (size_t i = 0; i < row.count; i++)
        MCP_TRY(take_name(header, &row.fields[i], err));
    bool has_products = has_column(header, "canonical_id") && has_column(header, "canonical_name");
    bool has_mappings = has_column(header, "term") && has_column(header, "sql");
    if (has_products || has_mappings)
        return MCP_OK;
    return mcp_err_at(err,
                      MCP_FAIL(err, MCP_E_SCHEMA,
                               "column names: expected canonical_id and canonical_name, or term "
                               "and sql"),
                      "1:1");
}

/* A cell of a reference: what is a number, true or false in JSON, else a string. */
static json_t *read_value(struct mcp_str text) {
    json_t *value = NULL;
    if (strchr("-0123456789tf", text.ptr[0]) != NULL &&
        mcp_json_parse(text, &value, NULL) == MCP_OK)
        return value;
    return json_stringn(text.ptr, text.len);
}

static enum mcp_code read_cells(const struct header *header, const struct product_csv_row *row,
                                json_t *out, struct mcp_err *err) {
    for (size_t i = 0; i < row->count; i++) {
        const char *name = name_of(header, i);
        struct mcp_str text = trim(row->fields[i].text);
        if (text.len == 0)
            continue;
        json_t *value =
            strchr(name, '.') != NULL ? read_value(text) : json_stringn(text.ptr, text.len);
        if (json_object_set_new(out, name, value) != 0)
            return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    }
    return MCP_OK;
}

static enum mcp_code take_row(struct product_import *import, const struct header *header,
                              const struct product_csv_row *row, struct mcp_err *err) {
    json_auto_t *cells = json_object();
    char what[64];
    const struct product_reject reject = {.place = row->fields[0].place};
    if (cells == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    if (row->count == header->count) {
        MCP_TRY(read_cells(header, row, cells, err));
        return product_import_row(import, cells, &reject, err);
    }
    (void)snprintf(what, sizeof what, "expected %zu fields, got %zu", header->count, row->count);
    MCP_TRY(product_import_count(import, err));
    return product_import_reject(import, &reject, what, err);
}

/* A row that is no row; its place is in why->where. */
static enum mcp_code reject_text(struct product_import *import, enum mcp_code code,
                                 const struct mcp_err *why, struct mcp_err *err) {
    const char *colon = strchr(why->where, ':');
    if (code == MCP_E_NOMEM)
        return MCP_FAIL(err, code, "%s", why->what);
    const struct product_reject reject = {
        .place = {(size_t)strtoul(why->where, NULL, 10),
                  colon != NULL ? (size_t)strtoul(colon + 1, NULL, 10) : 1}};
    MCP_TRY(product_import_count(import, err));
    return product_import_reject(import, &reject, why->what, err);
}

static enum mcp_code take_next(struct product_import *import, struct product_csv *csv,
                               const struct header *header, bool *out_more, struct mcp_err *err) {
    struct product_csv_row row = {0};
    struct mcp_err why = {0};
    enum mcp_code code = product_csv_next(csv, &row, &why);
    *out_more = code != MCP_OK || row.count > 0;
    if (code != MCP_OK)
        return reject_text(import, code, &why, err);
    return row.count > 0 ? take_row(import, header, &row, err) : MCP_OK;
}

enum mcp_code product_import_csv(struct product_import *import, struct mcp_str text,
                                 struct mcp_err *err) {
    MCP_AUTO(product_csv_deinit) struct product_csv csv = {.text = text};
    MCP_AUTO(header_deinit) struct header header = {.names = MCP_BUF_INIT(MAX_NAMES_BYTES)};
    MCP_TRY(read_header(&csv, &header, err));
    for (bool more = true; more;)
        MCP_TRY(take_next(import, &csv, &header, &more, err));
    return MCP_OK;
}
