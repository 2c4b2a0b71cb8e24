/* SPDX-License-Identifier: MIT */
/* model.c - see model.h. Pure: no I/O, no clock, no log. */
#include "product_metadata/model.h"

#include <assert.h>

#include "json/pointer.h"
#include "mcp/alloc.h"
#include "mcp/timestamp.h"
#include "product_metadata/dialect.h"

enum { MAX_REFERENCE_BYTES = 1 << 20 }; /* of one value as JSON text */

/* Put "/key" in front of err->where. */
static enum mcp_code at_key(struct mcp_err *err, enum mcp_code code, const char *key) {
    char bytes[sizeof err->where] = "";
    struct mcp_buf pointer = {.data = bytes, .cap = sizeof bytes, .max = sizeof bytes - 1};
    mcp_pointer_add_key(&pointer, mcp_str_of(key));
    return mcp_err_at(err, code, "%s", bytes);
}

static enum mcp_code copy_text(struct product_arena *arena, const json_t *text, struct mcp_str *out,
                               struct mcp_err *err) {
    return product_arena_copy(arena, mcp_json_str(text), out, err);
}

static enum mcp_code build_texts(struct product_arena *arena, const json_t *array,
                                 const struct mcp_str **out_texts, size_t *out_count,
                                 struct mcp_err *err) {
    size_t count = json_array_size(array);
    void *room = NULL;
    MCP_TRY(product_arena_take(arena, count * sizeof **out_texts, &room, err));
    struct mcp_str *texts = room;
    for (size_t i = 0; i < count; i++) {
        const json_t *text = json_array_get(array, i);
        if (!json_is_string(text))
            return mcp_err_at(
                err,
                MCP_FAIL(err, MCP_E_SCHEMA, "expected a string, got %s", mcp_json_type_name(text)),
                "/%zu", i);
        MCP_TRY(copy_text(arena, text, &texts[i], err));
    }
    *out_texts = texts;
    *out_count = count;
    return MCP_OK;
}

/* The optional member `key` of a product: an array of strings. */
static enum mcp_code build_list(struct product_arena *arena, const json_t *object, const char *key,
                                const struct mcp_str **out_texts, size_t *out_count,
                                struct mcp_err *err) {
    json_t *array = NULL;
    MCP_TRY(mcp_json_opt_array(object, key, &array, err));
    enum mcp_code code = build_texts(arena, array, out_texts, out_count, err);
    return code == MCP_OK ? MCP_OK : at_key(err, code, key);
}

static enum mcp_code build_reference(struct product_arena *arena, const char *column,
                                     const json_t *value, struct product_reference *out,
                                     struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(MAX_REFERENCE_BYTES);
    MCP_TRY(mcp_json_write(value, &text, err));
    MCP_TRY(mcp_buf_finish(&text, err));
    MCP_TRY(product_arena_copy(arena, mcp_str_of(column), &out->column, err));
    return product_arena_copy(arena, mcp_buf_view(&text), &out->value, err);
}

static enum mcp_code build_references(struct product_arena *arena, const json_t *product,
                                      struct product_item *out, struct mcp_err *err) {
    json_t *object = NULL;
    void *room = NULL;
    const char *column = NULL;
    json_t *value = NULL;
    MCP_TRY(mcp_json_opt_object(product, "database_references", &object, err));
    MCP_TRY(
        product_arena_take(arena, json_object_size(object) * sizeof *out->references, &room, err));
    struct product_reference *references = room;
    json_object_foreach(object, column, value) {
        enum mcp_code code =
            build_reference(arena, column, value, &references[out->reference_count], err);
        if (code != MCP_OK)
            return at_key(err, at_key(err, code, column), "database_references");
        out->reference_count++;
    }
    out->references = references;
    return MCP_OK;
}

/* The required member `key` of a product: a string. */
static enum mcp_code copy_member(struct product_arena *arena, const json_t *product,
                                 const char *key, struct mcp_str *out, struct mcp_err *err) {
    const char *text = NULL;
    MCP_TRY(mcp_json_get_string(product, key, &text, err));
    return product_arena_copy(arena, mcp_str_of(text), out, err);
}

static enum mcp_code build_item(struct product_arena *arena, const char *key, const json_t *product,
                                struct product_item *out, struct mcp_err *err) {
    if (!json_is_object(product))
        return MCP_FAIL(err, MCP_E_SCHEMA, "expected an object, got %s",
                        mcp_json_type_name(product));
    MCP_TRY(copy_member(arena, product, "canonical_id", &out->canonical_id, err));
    MCP_TRY(copy_member(arena, product, "canonical_name", &out->canonical_name, err));
    MCP_TRY(build_list(arena, product, "aliases", &out->aliases, &out->alias_count, err));
    MCP_TRY(build_references(arena, product, out, err));
    enum mcp_code code =
        build_list(arena, product, "categories", &out->categories, &out->category_count, err);
    return code == MCP_OK ? product_arena_copy(arena, mcp_str_of(key), &out->key, err) : code;
}

enum mcp_code product_model_add_items(struct product_model *model, json_t *products,
                                      struct mcp_err *err) {
    const char *key = NULL;
    json_t *product = NULL;
    assert(json_object_size(products) <= model->most_items - model->item_count);
    json_object_foreach(products, key, product) {
        enum mcp_code code =
            build_item(&model->arena, key, product, &model->item_room[model->item_count], err);
        if (code != MCP_OK)
            return at_key(err, at_key(err, code, key), "product_aliases");
        model->item_count++;
    }
    return MCP_OK;
}

static enum mcp_code build_mapping(struct product_arena *arena, const char *term, const json_t *sql,
                                   struct product_mapping *out, struct mcp_err *err) {
    if (!json_is_string(sql))
        return MCP_FAIL(err, MCP_E_SCHEMA, "expected a string, got %s", mcp_json_type_name(sql));
    MCP_TRY(product_arena_copy(arena, mcp_str_of(term), &out->term, err));
    return copy_text(arena, sql, &out->sql, err);
}

enum mcp_code product_model_add_mappings(struct product_model *model, json_t *mappings,
                                         struct mcp_err *err) {
    const char *term = NULL;
    json_t *sql = NULL;
    assert(json_object_size(mappings) <= model->most_mappings - model->mapping_count);
    json_object_foreach(mappings, term, sql) {
        enum mcp_code code = build_mapping(&model->arena, term, sql,
                                           &model->mapping_room[model->mapping_count], err);
        if (code != MCP_OK)
            return at_key(err, at_key(err, code, term), "column_mappings");
        model->mapping_count++;
    }
    return MCP_OK;
}

static enum mcp_code build_dialects(const json_t *root, struct product_model *model,
                                    struct mcp_err *err) {
    json_t *object = NULL;
    MCP_TRY(mcp_json_opt_object(root, "dialects", &object, err));
    enum mcp_code code = product_dialects_build(object, model, err);
    return code == MCP_OK ? MCP_OK : at_key(err, code, "dialects");
}

enum mcp_code product_model_add_rest(struct product_model *model, const json_t *root,
                                     int64_t now_wall_ms, struct mcp_err *err) {
    const char *version = "";
    const char *updated = NULL;
    struct mcp_err why = {0};
    int64_t updated_ms = now_wall_ms;
    MCP_TRY(mcp_json_opt_string(root, "version", &version, err));
    MCP_TRY(mcp_json_opt_string(root, "last_updated", &updated, err));
    if (updated != NULL && mcp_timestamp_parse(mcp_str_of(updated), &updated_ms, &why) != MCP_OK)
        return at_key(err,
                      MCP_FAIL(err, MCP_E_SCHEMA,
                               "expected a time such as \"2026-01-31T12:00:00Z\", got \"%.40s\": "
                               "%s at %s",
                               updated, why.what, why.where),
                      "last_updated");
    model->last_updated_ms = updated_ms;
    MCP_TRY(build_dialects(root, model, err));
    return product_arena_copy(&model->arena, mcp_str_of(version), &model->version, err);
}

enum mcp_code product_model_new(size_t most_items, size_t most_mappings,
                                struct product_model **out_model, struct mcp_err *err) {
    MCP_AUTO(product_model_freep) struct product_model *model = mcp_alloc(sizeof *model);
    void *items = NULL;
    void *mappings = NULL;
    if (model == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    MCP_TRY(product_arena_take(&model->arena, most_items * sizeof *model->items, &items, err));
    MCP_TRY(
        product_arena_take(&model->arena, most_mappings * sizeof *model->mappings, &mappings, err));
    model->items = model->item_room = items;
    model->mappings = model->mapping_room = mappings;
    model->most_items = most_items;
    model->most_mappings = most_mappings;
    *out_model = MCP_TAKE(model);
    return MCP_OK;
}

static enum mcp_code build_parts(struct product_model *model, const json_t *root,
                                 int64_t now_wall_ms, struct mcp_err *err) {
    MCP_TRY(product_model_add_items(model, json_object_get(root, "product_aliases"), err));
    MCP_TRY(product_model_add_mappings(model, json_object_get(root, "column_mappings"), err));
    return product_model_add_rest(model, root, now_wall_ms, err);
}

enum mcp_code product_model_build(const json_t *root, int64_t now_wall_ms,
                                  struct product_model **out_model, struct mcp_err *err) {
    struct product_model *model = NULL;
    json_t *products = NULL;
    json_t *mappings = NULL;
    if (!json_is_object(root))
        return MCP_FAIL(err, MCP_E_SCHEMA, "expected an object, got %s", mcp_json_type_name(root));
    MCP_TRY(mcp_json_opt_object(root, "product_aliases", &products, err));
    MCP_TRY(mcp_json_opt_object(root, "column_mappings", &mappings, err));
    MCP_TRY(product_model_new(json_object_size(products), json_object_size(mappings), &model, err));
    assert(model != NULL);
    enum mcp_code code = build_parts(model, root, now_wall_ms, err);
    if (code == MCP_OK)
        *out_model = model;
    else
        product_model_free(model);
    return code;
}

void product_model_free(struct product_model *model) {
    if (model == NULL)
        return;
    product_arena_deinit(&model->arena);
    mcp_free(model);
}

void product_model_freep(struct product_model **model) {
    product_model_free(*model);
}
