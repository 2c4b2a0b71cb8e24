/* SPDX-License-Identifier: MIT */
/* view.c - see view.h. Pure: no I/O, no clock, no log. */
#include "product_metadata/view.h"

#include "mcp/utf8.h"
#include "product_metadata/dialect.h"

enum { SHOWN_BYTES = 60, MAX_LIST_BYTES = 160, MAX_TAIL_BYTES = 24 };

const struct product_view_info *product_view_info(enum product_view view) {
    static const struct product_view_info rows[PRODUCT_VIEW_COUNT] = {
        [PRODUCT_VIEW_PRODUCT] = {"product-aliases://{product}", "product", "Product",
                                  "One product by its key or canonical_id: names, aliases, "
                                  "database references, categories",
                                  "application/json"},
        [PRODUCT_VIEW_CATEGORY] = {"product-aliases://category/{category}", "category",
                                   "Products of a Category",
                                   "The products of one category, as in product-aliases://list",
                                   "application/json"},
        [PRODUCT_VIEW_DIALECT] = {"column-mappings://{dialect}", "dialect",
                                  "Column Mappings of a Dialect",
                                  "Every mapping in the SQL of one database engine, such as sqlite",
                                  "application/json"},
    };
    return &rows[view];
}

/* Bytes of `text` to show in a sentence: whole code points. */
static int shown(struct mcp_str text) {
    size_t len = text.len < SHOWN_BYTES ? text.len : SHOWN_BYTES;
    return (int)mcp_utf8_valid_prefix((struct mcp_str){text.ptr, len});
}

static const struct product_shelf *shelf_of(const struct product_snapshot *snapshot,
                                            enum product_view view) {
    const struct product_directory *directory = product_snapshot_directory(snapshot);
    const struct product_shelf *const shelves[PRODUCT_VIEW_COUNT] = {
        [PRODUCT_VIEW_PRODUCT] = &directory->products,
        [PRODUCT_VIEW_CATEGORY] = &directory->categories,
        [PRODUCT_VIEW_DIALECT] = &directory->dialects,
    };
    return shelves[view];
}

static enum mcp_code refuse_name(const struct product_shelf *shelf, enum product_view view,
                                 struct mcp_str value, struct mcp_err *err) {
    const struct product_shelf_name *near = product_shelf_near(shelf, value);
    const char *what =
        view == PRODUCT_VIEW_PRODUCT ? "product with the key or canonical_id" : "category";
    if (near == NULL)
        return MCP_FAIL(err, MCP_E_NOT_FOUND, "no %s \"%.*s\"; product-aliases://list has them all",
                        what, shown(value), value.ptr);
    return MCP_FAIL(err, MCP_E_NOT_FOUND, "no %s \"%.*s\"; nearest is \"%.*s\"", what, shown(value),
                    value.ptr, shown(near->name), near->name.ptr);
}

static void write_products(const struct product_model *model,
                           const struct product_shelf_name *found, enum product_view view,
                           struct mcp_buf *out) {
    size_t count = found->item_count;
    if (count > PRODUCT_VIEW_MAX_PRODUCTS)
        count = PRODUCT_VIEW_MAX_PRODUCTS;
    mcp_buf_addf(out, "{\"%s\":", product_view_info(view)->variable);
    mcp_json_add_string(out, found->name);
    mcp_buf_addf(out, ",\"total_products\":%u,\"truncated\":%s,\"aliases\":{",
                 (unsigned)found->item_count, count < found->item_count ? "true" : "false");
    for (size_t i = 0; i < count; i++) {
        const struct product_item *item = &model->items[found->items[i]];
        if (i > 0)
            mcp_buf_addc(out, ',');
        mcp_json_add_string(out, item->key);
        mcp_buf_addc(out, ':');
        product_item_write(item, out);
    }
    mcp_buf_add(out, MCP_STR("}}"));
}

/* The names of dialects, as many as there is room for. */
static void list_dialects(const struct product_shelf *shelf, struct mcp_buf *out) {
    for (size_t i = 0; i < shelf->name_count; i++) {
        struct mcp_str name = shelf->names[i].name;
        if (out->len + name.len + MAX_TAIL_BYTES > out->max) {
            mcp_buf_addf(out, ", and %zu more", shelf->name_count - i);
            return;
        }
        mcp_buf_add(out, i > 0 ? MCP_STR(", ") : MCP_STR(""));
        mcp_buf_add(out, name);
    }
}

static enum mcp_code refuse_dialect(const struct product_shelf *shelf, struct mcp_str value,
                                    struct mcp_err *err) {
    char bytes[MAX_LIST_BYTES] = "";
    struct mcp_buf known = {.data = bytes, .cap = sizeof bytes, .max = sizeof bytes - 1};
    list_dialects(shelf, &known);
    if (shelf->name_count == 0)
        return MCP_FAIL(err, MCP_E_NOT_FOUND,
                        "no dialect \"%.*s\": the metadata names none; read column-mappings://list",
                        shown(value), value.ptr);
    return MCP_FAIL(err, MCP_E_NOT_FOUND, "no dialect \"%.*s\"; known: %s", shown(value), value.ptr,
                    bytes);
}

static enum mcp_code write_dialect(const struct product_snapshot *snapshot, struct mcp_str value,
                                   struct mcp_buf *out, struct mcp_err *err) {
    const struct product_model *model = product_snapshot_model(snapshot);
    const struct product_dialect *dialect = product_dialect_find(model, value);
    if (dialect == NULL)
        return refuse_dialect(shelf_of(snapshot, PRODUCT_VIEW_DIALECT), value, err);
    product_dialect_write(model, dialect, out);
    return mcp_buf_finish(out, err);
}

enum mcp_code product_view_write(const struct product_snapshot *snapshot, enum product_view view,
                                 struct mcp_str value, struct mcp_buf *out, struct mcp_err *err) {
    if (view == PRODUCT_VIEW_DIALECT)
        return write_dialect(snapshot, value, out, err);
    const struct product_shelf *shelf = shelf_of(snapshot, view);
    const struct product_shelf_name *found = product_shelf_find(shelf, value);
    if (found == NULL)
        return refuse_name(shelf, view, value, err);
    write_products(product_snapshot_model(snapshot), found, view, out);
    return mcp_buf_finish(out, err);
}

enum mcp_code product_view_complete(const struct product_snapshot *snapshot, enum product_view view,
                                    struct mcp_str prefix, json_t *values, size_t *out_total,
                                    struct mcp_err *err) {
    const struct product_shelf_name *first = NULL;
    size_t total = product_shelf_begin_with(shelf_of(snapshot, view), prefix, &first);
    for (size_t i = 0; i < total && i < PRODUCT_VIEW_MAX_PROPOSALS; i++) {
        struct mcp_str name = first[i].name;
        if (json_array_append_new(values, json_stringn(name.ptr, name.len)) != 0)
            return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    }
    *out_total = total;
    return MCP_OK;
}
