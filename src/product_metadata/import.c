/* SPDX-License-Identifier: MIT */
/* import.c - rows to metadata; see import.h. Pure: no I/O, no clock, no log. */
#include "product_metadata/import.h"

#include <string.h>

#define PRODUCTS "product_aliases"
#define MAPPINGS "column_mappings"

enum { MAX_KEY_BYTES = 1 << 20, MAX_POINTER_BYTES = 1 << 20, SHOWN_BYTES = 60 };

static enum mcp_code no_memory(struct mcp_err *err) {
    return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
}

/* Takes `value`, which may be NULL for want of memory. */
static enum mcp_code set(json_t *object, const char *key, json_t *value, struct mcp_err *err) {
    return json_object_set_new(object, key, value) == 0 ? MCP_OK : no_memory(err);
}

enum mcp_code product_import_init(struct product_import *import, const struct mcp_schema *schema,
                                  product_reject_fn *on_reject, void *user, struct mcp_err *err) {
    json_t *root = json_pack("{s:{}, s:{}}", PRODUCTS, MAPPINGS);
    if (root == NULL)
        return no_memory(err);
    *import = (struct product_import){
        .schema = schema, .on_reject = on_reject, .user = user, .root = root};
    return MCP_OK;
}

void product_import_deinit(struct product_import *import) {
    json_decref(import->root);
    import->root = NULL;
}

enum mcp_code product_import_count(struct product_import *import, struct mcp_err *err) {
    if (import->row_count == PRODUCT_IMPORT_MAX_ROWS)
        return MCP_FAIL(err, MCP_E_LIMIT, "more than %d rows", PRODUCT_IMPORT_MAX_ROWS);
    import->row_count++;
    return MCP_OK;
}

enum mcp_code product_import_reject(struct product_import *import,
                                    const struct product_reject *reject, const char *what,
                                    struct mcp_err *err) {
    struct product_reject told = *reject;
    if (import->rejected_count == PRODUCT_IMPORT_MAX_REJECTED)
        return MCP_FAIL(err, MCP_E_LIMIT, "more than %d rows are rejected",
                        PRODUCT_IMPORT_MAX_REJECTED);
    import->rejected_count++;
    told.what = what;
    import->on_reject(&told, import->user);
    return MCP_OK;
}

/* One kind of member, judged by the whole's schema as the only one there is. */
static enum mcp_code judge(const struct product_import *import, const char *list, const char *other,
                           const char *key, json_t *value, struct mcp_err *err) {
    json_auto_t *root = json_pack("{s:{s:O}, s:{}}", list, key, value, other);
    if (root == NULL)
        return no_memory(err);
    return mcp_schema_validate(import->schema, root, NULL, NULL, err);
}

/* Under `key`, unless it is there. */
static enum mcp_code add(const struct product_import *import, const char *list, const char *key,
                         json_t *value, struct mcp_err *err) {
    json_t *members = json_object_get(import->root, list);
    if (json_object_get(members, key) != NULL)
        return MCP_FAIL(err, MCP_E_SCHEMA, "\"%.*s\" is taken by an earlier row", SHOWN_BYTES, key);
    return set(members, key, json_incref(value), err);
}

static enum mcp_code add_product(const struct product_import *import, const char *key,
                                 json_t *product, struct mcp_err *err) {
    MCP_TRY(judge(import, PRODUCTS, MAPPINGS, key, product, err));
    return add(import, PRODUCTS, key, product, err);
}

static enum mcp_code add_mapping(const struct product_import *import, const char *term, json_t *sql,
                                 struct mcp_err *err) {
    MCP_TRY(judge(import, MAPPINGS, PRODUCTS, term, sql, err));
    return add(import, MAPPINGS, term, sql, err);
}

/* ---- flat rows */

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct mcp_str trim(struct mcp_str text) {
    while (text.len > 0 && is_blank(text.ptr[0]))
        text = (struct mcp_str){text.ptr + 1, text.len - 1};
    while (text.len > 0 && is_blank(text.ptr[text.len - 1]))
        text.len--;
    return text;
}

/* What stands between the bars; empty pieces are none. */
static enum mcp_code split(struct mcp_str text, json_t *out, struct mcp_err *err) {
    while (text.len > 0) {
        const char *bar = memchr(text.ptr, '|', text.len);
        size_t len = bar != NULL ? (size_t)(bar - text.ptr) : text.len;
        size_t skipped = bar != NULL ? len + 1 : len;
        struct mcp_str piece = trim((struct mcp_str){text.ptr, len});
        text = (struct mcp_str){text.ptr + skipped, text.len - skipped};
        if (piece.len > 0 && json_array_append_new(out, json_stringn(piece.ptr, piece.len)) != 0)
            return no_memory(err);
    }
    return MCP_OK;
}

/* A row on its way to a product or a mapping; all but `product` borrowed. */
struct row {
    const char *key;
    json_t *term;
    json_t *sql;
    json_t *product;
    json_t *references;
    bool has_product;
};

static enum mcp_code take_list(struct row *row, const char *name, json_t *value,
                               struct mcp_err *err) {
    row->has_product = true;
    if (!json_is_string(value))
        return set(row->product, name, json_incref(value), err);
    json_t *list = json_array();
    MCP_TRY(set(row->product, name, list, err));
    return split(mcp_json_str(value), list, err);
}

static enum mcp_code take_references(struct row *row, json_t *value, struct mcp_err *err) {
    row->has_product = true;
    if (!json_is_object(value))
        return MCP_FAIL(err, MCP_E_SCHEMA, "database_references: expected an object, got %s",
                        mcp_json_type_name(value));
    return json_object_update(row->references, value) == 0 ? MCP_OK : no_memory(err);
}

static enum mcp_code take_key(struct row *row, json_t *value, struct mcp_err *err) {
    row->has_product = true;
    row->key = json_string_value(value);
    if (row->key == NULL)
        return MCP_FAIL(err, MCP_E_SCHEMA, "key: expected a string, got %s",
                        mcp_json_type_name(value));
    return MCP_OK;
}

static enum mcp_code take_name(struct row *row, const char *name, json_t *value,
                               struct mcp_err *err) {
    row->has_product = true;
    if (json_is_string(value) && json_string_length(value) == 0)
        return MCP_OK; /* missing */
    return set(row->product, name, json_incref(value), err);
}

static enum mcp_code take_reference(struct row *row, const char *name, json_t *value,
                                    struct mcp_err *err) {
    row->has_product = true;
    return set(row->references, name, json_incref(value), err);
}

static enum mcp_code take_member(struct row *row, const char *name, json_t *value,
                                 struct mcp_err *err) {
    if (json_is_null(value))
        return MCP_OK;
    if (strcmp(name, "key") == 0)
        return take_key(row, value, err);
    if (strcmp(name, "canonical_id") == 0 || strcmp(name, "canonical_name") == 0)
        return take_name(row, name, value, err);
    if (strcmp(name, "aliases") == 0 || strcmp(name, "categories") == 0)
        return take_list(row, name, value, err);
    if (strcmp(name, "database_references") == 0)
        return take_references(row, value, err);
    if (strcmp(name, "term") == 0)
        row->term = value;
    else if (strcmp(name, "sql") == 0)
        row->sql = value;
    else if (strchr(name, '.') != NULL)
        return take_reference(row, name, value, err);
    else
        return MCP_FAIL(err, MCP_E_SCHEMA, "unknown member \"%.*s\"", SHOWN_BYTES, name);
    return MCP_OK;
}

static enum mcp_code finish_mapping(const struct product_import *import, const struct row *row,
                                    struct mcp_err *err) {
    const json_t *cells[] = {row->term, row->sql};
    static const char *const names[] = {"term", "sql"};
    if (row->has_product)
        return MCP_FAIL(err, MCP_E_SCHEMA, "a product and a mapping in one row");
    for (size_t i = 0; i < MCP_COUNT(cells); i++)
        if (mcp_json_str(cells[i]).len == 0)
            return MCP_FAIL(err, MCP_E_SCHEMA, "%s: expected a text that is not empty", names[i]);
    return add_mapping(import, json_string_value(row->term), row->sql, err);
}

static char small(char c) {
    if (c >= 'A' && c <= 'Z')
        return (char)(c - 'A' + 'a');
    return c;
}

/* "Magic Wand-Pro" -> "magic_wand_pro" */
static enum mcp_code make_key(const json_t *product, struct mcp_buf *out, struct mcp_err *err) {
    struct mcp_str name = mcp_json_str(json_object_get(product, "canonical_name"));
    bool has_gap = false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool is_gap = is_blank(c) || c == '-' || c == '_';
        if (!is_gap && has_gap && out->len > 0)
            mcp_buf_addc(out, '_');
        if (!is_gap)
            mcp_buf_addc(out, small(c));
        has_gap = is_gap;
    }
    return mcp_buf_finish(out, err);
}

static enum mcp_code finish_product(const struct product_import *import, const struct row *row,
                                    struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf made = MCP_BUF_INIT(MAX_KEY_BYTES);
    const char *key = row->key;
    if (key == NULL || key[0] == '\0') {
        MCP_TRY(make_key(row->product, &made, err));
        key = made.len > 0 ? made.data : "";
    }
    if (json_object_size(row->references) > 0)
        MCP_TRY(set(row->product, "database_references", json_incref(row->references), err));
    return add_product(import, key, row->product, err);
}

static enum mcp_code take_row(const struct product_import *import, json_t *members,
                              struct mcp_err *err) {
    json_auto_t *product = json_object();
    json_auto_t *references = json_object();
    struct row row = {.product = product, .references = references};
    const char *name = NULL;
    json_t *value = NULL;
    if (product == NULL || references == NULL)
        return no_memory(err);
    json_object_foreach(members, name, value) MCP_TRY(take_member(&row, name, value, err));
    if (row.term != NULL || row.sql != NULL)
        return finish_mapping(import, &row, err);
    return finish_product(import, &row, err);
}

/* "/product_aliases/KEY/rest: sentence" -> "rest: sentence" */
static void say(const struct mcp_err *why, char *out, size_t bytes) {
    const char *rest = why->where;
    for (int i = 0; i < 2 && rest != NULL; i++)
        rest = rest[0] == '/' ? strchr(rest + 1, '/') : NULL;
    (void)snprintf(out, bytes, "%s%s%s", rest != NULL ? rest + 1 : "", rest != NULL ? ": " : "",
                   why->what);
}

/* What was made of a row: taken, rejected, or no more to be gone on with. */
static enum mcp_code end_row(struct product_import *import, enum mcp_code code,
                             const struct mcp_err *why, const struct product_reject *reject,
                             struct mcp_err *err) {
    char what[sizeof why->where + sizeof why->what];
    if (code == MCP_OK)
        return MCP_OK;
    if (code == MCP_E_NOMEM)
        return MCP_FAIL(err, code, "%s", why->what);
    say(why, what, sizeof what);
    return product_import_reject(import, reject, what, err);
}

enum mcp_code product_import_row(struct product_import *import, json_t *row,
                                 const struct product_reject *reject, struct mcp_err *err) {
    struct mcp_err why = {0};
    MCP_TRY(product_import_count(import, err));
    enum mcp_code code =
        json_is_object(row)
            ? take_row(import, row, &why)
            : MCP_FAIL(&why, MCP_E_SCHEMA, "expected an object, got %s", mcp_json_type_name(row));
    return end_row(import, code, &why, reject, err);
}

/* ---- values */

static enum mcp_code take_array(struct product_import *import, const json_t *rows,
                                struct mcp_err *err) {
    for (size_t i = 0; i < json_array_size(rows); i++) {
        char pointer[32];
        (void)snprintf(pointer, sizeof pointer, "/%zu", i);
        const struct product_reject reject = {.pointer = mcp_str_of(pointer)};
        MCP_TRY(product_import_row(import, json_array_get(rows, i), &reject, err));
    }
    return MCP_OK;
}

static enum mcp_code take_listed(struct product_import *import, const char *list, const char *key,
                                 json_t *value, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf pointer = MCP_BUF_INIT(MAX_POINTER_BYTES);
    struct mcp_err why = {0};
    mcp_pointer_add_key(&pointer, mcp_str_of(list));
    mcp_pointer_add_key(&pointer, mcp_str_of(key));
    MCP_TRY(mcp_buf_finish(&pointer, err));
    MCP_TRY(product_import_count(import, err));
    const struct product_reject reject = {.pointer = mcp_buf_view(&pointer), .at_key = true};
    enum mcp_code code = strcmp(list, PRODUCTS) == 0 ? add_product(import, key, value, &why)
                                                     : add_mapping(import, key, value, &why);
    return end_row(import, code, &why, &reject, err);
}

static enum mcp_code take_lists(struct product_import *import, const char *list, json_t *members,
                                struct mcp_err *err) {
    const char *key = NULL;
    json_t *value = NULL;
    if (!json_is_object(members))
        return mcp_err_at(
            err,
            MCP_FAIL(err, MCP_E_SCHEMA, "expected an object, got %s", mcp_json_type_name(members)),
            "/%s", list);
    json_object_foreach(members, key, value) MCP_TRY(take_listed(import, list, key, value, err));
    return MCP_OK;
}

static enum mcp_code take_metadata(struct product_import *import, json_t *root,
                                   struct mcp_err *err) {
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach(root, key, value) {
        bool is_list = strcmp(key, PRODUCTS) == 0 || strcmp(key, MAPPINGS) == 0;
        enum mcp_code code = is_list ? take_lists(import, key, value, err)
                                     : set(import->root, key, json_incref(value), err);
        if (code != MCP_OK)
            return code;
    }
    return MCP_OK;
}

enum mcp_code product_import_value(struct product_import *import, json_t *value,
                                   struct mcp_err *err) {
    if (json_is_array(value))
        return take_array(import, value, err);
    if (json_object_get(value, PRODUCTS) != NULL || json_object_get(value, MAPPINGS) != NULL)
        return take_metadata(import, value, err);
    return MCP_FAIL(err, MCP_E_SCHEMA,
                    "expected an array of rows, or an object with " PRODUCTS " or " MAPPINGS);
}
