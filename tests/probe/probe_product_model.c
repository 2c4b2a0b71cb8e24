/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/product_model.json. */
#include "probe_product.h"

probe_fn probe_product_model;

static enum mcp_code add_texts(json_t *out, const char *key, const struct mcp_str *texts,
                               size_t count, struct mcp_err *err) {
    json_t *array = json_array();
    if (array == NULL || json_object_set_new(out, key, array) != 0)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    for (size_t i = 0; i < count; i++)
        MCP_TRY(probe_append(array, probe_string(texts[i]), err));
    return MCP_OK;
}

static json_t *pair(struct mcp_str a, struct mcp_str b) {
    return json_pack("[s%, s%]", a.ptr, a.len, b.ptr, b.len);
}

static enum mcp_code add_references(json_t *out, const struct product_item *item,
                                    struct mcp_err *err) {
    json_t *array = json_array();
    if (array == NULL || json_object_set_new(out, "references", array) != 0)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    for (size_t i = 0; i < item->reference_count; i++)
        MCP_TRY(
            probe_append(array, pair(item->references[i].column, item->references[i].value), err));
    return MCP_OK;
}

static enum mcp_code add_item(json_t *products, const struct product_item *item,
                              struct mcp_err *err) {
    json_t *out = json_pack("{s:s%, s:s%, s:s%}", "key", item->key.ptr, item->key.len,
                            "canonical_id", item->canonical_id.ptr, item->canonical_id.len,
                            "canonical_name", item->canonical_name.ptr, item->canonical_name.len);
    MCP_TRY(probe_append(products, out, err));
    MCP_TRY(add_texts(out, "aliases", item->aliases, item->alias_count, err));
    MCP_TRY(add_references(out, item, err));
    return add_texts(out, "categories", item->categories, item->category_count, err);
}

static enum mcp_code describe(const struct product_model *model, json_t *products, json_t *mappings,
                              struct mcp_err *err) {
    if (products == NULL || mappings == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    for (size_t i = 0; i < model->item_count; i++)
        MCP_TRY(add_item(products, &model->items[i], err));
    for (size_t i = 0; i < model->mapping_count; i++)
        MCP_TRY(probe_append(mappings, pair(model->mappings[i].term, model->mappings[i].sql), err));
    return MCP_OK;
}

static enum mcp_code add_dialect(json_t *dialects, const struct product_dialect *dialect,
                                 struct mcp_err *err) {
    json_t *rows = json_array();
    if (json_object_setn_new(dialects, dialect->name.ptr, dialect->name.len, rows) != 0)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    for (size_t i = 0; i < dialect->override_count; i++) {
        const struct product_override *row = &dialect->overrides[i];
        MCP_TRY(probe_append(rows,
                             json_pack("[s%, s%, b]", row->term.ptr, row->term.len, row->sql.ptr,
                                       row->sql.len, (int)row->is_addition),
                             err));
    }
    return MCP_OK;
}

static enum mcp_code add_dialects(json_t *out, const struct product_model *model,
                                  struct mcp_err *err) {
    if (model->dialect_count == 0)
        return MCP_OK;
    json_t *dialects = json_object();
    if (json_object_set_new(out, "dialects", dialects) != 0)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    for (size_t i = 0; i < model->dialect_count; i++)
        MCP_TRY(add_dialect(dialects, &model->dialects[i], err));
    return MCP_OK;
}

enum mcp_code probe_product_model(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(product_model_freep) struct product_model *model = NULL;
    json_auto_t *products = json_array();
    json_auto_t *mappings = json_array();
    char updated[MCP_TIMESTAMP_BYTES];
    MCP_TRY(probe_product_model_of(in, &model, err));
    MCP_TRY(describe(model, products, mappings, err));
    mcp_timestamp_format(model->last_updated_ms, updated);
    json_auto_t *answer =
        json_pack("{s:s%, s:s, s:O, s:O}", "version", model->version.ptr, model->version.len,
                  "last_updated", updated, "products", products, "mappings", mappings);
    if (answer == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    MCP_TRY(add_dialects(answer, model, err));
    *out = MCP_TAKE(answer);
    return MCP_OK;
}
