/* SPDX-License-Identifier: MIT */
/*
 * Target: product_load_text and what is made of it. Properties: a refusal has a place and words;
 * what loads is encoded as JSON that loads again with the same products and mappings; the text read
 * in pieces loads exactly when it does as one tree, to the same model.
 */
#include <stdint.h>
#include <stdlib.h>

#include "product_metadata/loader.h"
#include "product_metadata/snapshot.h"

static void expect(bool is_so) {
    if (!is_so)
        abort();
}

static void count(const struct product_problem *problem, void *user) {
    size_t *problems = user;
    expect(problem->rule != NULL && problem->sentence.len > 0);
    ++*problems;
}

static json_t *member(const struct product_model *model, enum product_resource resource,
                      const char *key) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf body = MCP_BUF_INIT(1 << 26);
    json_t *root MCP_AUTO(mcp_json_decref) = NULL;
    product_body_write(model, resource, &body);
    expect(mcp_json_parse(mcp_buf_view(&body), &root, NULL) == MCP_OK);
    expect(json_object_get(root, key) != NULL);
    return json_incref(json_object_get(root, key));
}

/* The bodies served are the metadata itself: built from them, the model is the same. */
static void check_model(const struct product_model *model) {
    MCP_AUTO(product_model_freep) struct product_model *again = NULL;
    json_t *aliases MCP_AUTO(mcp_json_decref) = member(model, PRODUCT_RESOURCE_ALIASES, "aliases");
    json_t *mappings MCP_AUTO(mcp_json_decref) =
        member(model, PRODUCT_RESOURCE_MAPPINGS, "mappings");
    json_t *root MCP_AUTO(mcp_json_decref) =
        json_pack("{s:O, s:O}", "product_aliases", aliases, "column_mappings", mappings);
    expect(product_model_build(root, 0, &again, NULL) == MCP_OK);
    json_t *same MCP_AUTO(mcp_json_decref) = member(again, PRODUCT_RESOURCE_ALIASES, "aliases");
    expect(again->item_count == model->item_count && again->mapping_count == model->mapping_count);
    expect(json_equal(aliases, same) == 1);
}

/* What a load says when the whole text is one tree; NULL: refused. */
static struct product_model *load_whole(const struct mcp_schema *schema, struct mcp_str text) {
    struct product_model *model = NULL;
    json_t *root MCP_AUTO(mcp_json_decref) = NULL;
    bool is_loaded = mcp_json_parse(text, &root, NULL) == MCP_OK &&
                     mcp_schema_validate(schema, root, NULL, NULL, NULL) == MCP_OK &&
                     product_model_build(root, 0, &model, NULL) == MCP_OK;
    return is_loaded ? model : NULL;
}

static void check_same(const struct product_model *pieces, const struct product_model *whole) {
    expect((pieces == NULL) == (whole == NULL));
    for (int i = 0; pieces != NULL && i < PRODUCT_RESOURCE_SUMMARY; i++) {
        MCP_AUTO(mcp_buf_deinit) struct mcp_buf one = MCP_BUF_INIT(1 << 26);
        MCP_AUTO(mcp_buf_deinit) struct mcp_buf two = MCP_BUF_INIT(1 << 26);
        product_body_write(pieces, (enum product_resource)i, &one);
        product_body_write(whole, (enum product_resource)i, &two);
        expect(mcp_str_equal(mcp_buf_view(&one), mcp_buf_view(&two)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct mcp_schema *schema;
    size_t problems = 0;
    struct mcp_err err = {0};
    MCP_AUTO(product_model_freep) struct product_model *model = NULL;
    if (schema == NULL) {
        mcp_json_use_allocator();
        expect(product_loader_schema(&schema, NULL) == MCP_OK);
    }
    const struct product_load load = {
        .schema = schema, .name = "f", .on_problem = count, .user = &problems};
    enum mcp_code code =
        product_load_text(&load, (struct mcp_str){(const char *)data, size}, &model, &err);
    MCP_AUTO(product_model_freep)
    struct product_model *whole = load_whole(schema, (struct mcp_str){(const char *)data, size});
    if (code != MCP_E_LIMIT)
        check_same(model, whole);
    if (code == MCP_OK) {
        check_model(model);
        return 0;
    }
    expect(model == NULL && err.code == code && err.where[0] == 'f' && err.what[0] != '\0');
    expect(problems > 0 || code == MCP_E_LIMIT || code == MCP_E_NOMEM);
    return 0;
}
