/* SPDX-License-Identifier: MIT */
/* directory.c - see directory.h. Pure: no I/O, no clock, no log. */
#include "product_metadata/directory.h"

#include "mcp/alloc.h"

/* Labels while they are collected: there is room for all. */
struct labels {
    struct product_label *rows;
    size_t count;
};

static void labels_deinit(struct labels *labels) {
    mcp_free(labels->rows);
}

static enum mcp_code make_room(struct labels *labels, size_t count, struct mcp_err *err) {
    labels->rows = mcp_alloc((count + 1) * sizeof *labels->rows);
    return labels->rows != NULL ? MCP_OK : MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
}

static void add(struct labels *labels, struct mcp_str name, size_t place) {
    labels->rows[labels->count++] = (struct product_label){name, (uint32_t)place};
}

static enum mcp_code put_up_products(const struct product_model *model, struct product_shelf *out,
                                     struct mcp_err *err) {
    MCP_AUTO(labels_deinit) struct labels labels = {0};
    MCP_TRY(make_room(&labels, 2 * model->item_count, err));
    for (size_t i = 0; i < model->item_count; i++) {
        add(&labels, model->items[i].key, i);
        add(&labels, model->items[i].canonical_id, i);
    }
    return product_shelf_init(labels.rows, labels.count, out, err);
}

static enum mcp_code put_up_categories(const struct product_model *model, struct product_shelf *out,
                                       struct mcp_err *err) {
    MCP_AUTO(labels_deinit) struct labels labels = {0};
    size_t count = 0;
    for (size_t i = 0; i < model->item_count; i++)
        count += model->items[i].category_count;
    MCP_TRY(make_room(&labels, count, err));
    for (size_t i = 0; i < model->item_count; i++)
        for (size_t j = 0; j < model->items[i].category_count; j++)
            add(&labels, model->items[i].categories[j], i);
    return product_shelf_init(labels.rows, labels.count, out, err);
}

static enum mcp_code put_up_dialects(const struct product_model *model, struct product_shelf *out,
                                     struct mcp_err *err) {
    MCP_AUTO(labels_deinit) struct labels labels = {0};
    MCP_TRY(make_room(&labels, model->dialect_count, err));
    for (size_t i = 0; i < model->dialect_count; i++)
        add(&labels, model->dialects[i].name, i);
    return product_shelf_init(labels.rows, labels.count, out, err);
}

void product_directory_deinit(struct product_directory *directory) {
    product_shelf_deinit(&directory->products);
    product_shelf_deinit(&directory->categories);
    product_shelf_deinit(&directory->dialects);
}

static enum mcp_code put_up(const struct product_model *model, struct product_directory *out,
                            struct mcp_err *err) {
    MCP_TRY(put_up_products(model, &out->products, err));
    MCP_TRY(put_up_categories(model, &out->categories, err));
    return put_up_dialects(model, &out->dialects, err);
}

enum mcp_code product_directory_init(const struct product_model *model,
                                     struct product_directory *out_directory, struct mcp_err *err) {
    struct product_directory directory = {0};
    enum mcp_code code = put_up(model, &directory, err);
    if (code == MCP_OK)
        *out_directory = directory;
    else
        product_directory_deinit(&directory);
    return code;
}
