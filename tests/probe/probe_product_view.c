/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/product_view.json. */
#include <stdio.h>
#include <string.h>

#include "probe_product.h"
#include "product_metadata/view.h"

probe_fn probe_product_view;

static enum mcp_code put(json_t *object, const char *key, json_t *value, struct mcp_err *err) {
    if (json_object_set_new(object, key, value) != 0)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    return MCP_OK;
}

static enum mcp_code need_object(json_t *object, const char *key, json_t **out,
                                 struct mcp_err *err) {
    if (json_object_get(object, key) == NULL)
        MCP_TRY(put(object, key, json_object(), err));
    *out = json_object_get(object, key);
    return MCP_OK;
}

static enum mcp_code add_products(json_t *metadata, json_int_t count, struct mcp_err *err) {
    json_t *products = NULL;
    char key[32];
    MCP_TRY(need_object(metadata, "product_aliases", &products, err));
    for (json_int_t i = 0; i < count; i++) {
        (void)snprintf(key, sizeof key, "p%d", (int)i);
        MCP_TRY(put(products, key,
                    json_pack("{s:s, s:s, s:[s]}", "canonical_id", "many", "canonical_name", key,
                              "categories", "many"),
                    err));
    }
    return MCP_OK;
}

static enum mcp_code add_dialects(json_t *metadata, json_int_t count, struct mcp_err *err) {
    json_t *dialects = NULL;
    char name[32];
    MCP_TRY(need_object(metadata, "dialects", &dialects, err));
    for (json_int_t i = 0; i < count; i++) {
        (void)snprintf(name, sizeof name, "dialect-%d", (int)i);
        MCP_TRY(put(dialects, name, json_object(), err));
    }
    return MCP_OK;
}

static enum mcp_code snapshot_of(const json_t *in, struct product_snapshot **out,
                                 struct mcp_err *err) {
    MCP_AUTO(product_model_freep) struct product_model *model = NULL;
    json_auto_t *whole = json_deep_copy(in);
    json_t *metadata = json_object_get(whole, "metadata");
    if (metadata == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    MCP_TRY(add_products(metadata, probe_int(in, "products", 0), err));
    MCP_TRY(add_dialects(metadata, probe_int(in, "dialects", 0), err));
    MCP_TRY(probe_product_model_of(whole, &model, err));
    return product_snapshot_new(MCP_TAKE(model), out, err);
}

static enum product_view view_named(const char *name) {
    int view = 0;
    while (view < PRODUCT_VIEW_COUNT - 1 &&
           strcmp(product_view_info((enum product_view)view)->variable, name) != 0)
        view++;
    return (enum product_view)view;
}

static json_t *brief_body(const json_t *body) {
    const char *first = NULL;
    const char *last = NULL;
    const char *key = NULL;
    json_t *item = NULL;
    json_object_foreach(json_object_get(body, "aliases"), key, item) {
        first = first == NULL ? key : first;
        last = key;
    }
    return json_pack("[O, O, s, s]", json_object_get(body, "total_products"),
                     json_object_get(body, "truncated"), first, last);
}

static enum mcp_code write_body(const struct product_snapshot *snapshot, enum product_view view,
                                const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf body = MCP_BUF_INIT(1 << 20);
    json_auto_t *parsed = NULL;
    MCP_TRY(
        product_view_write(snapshot, view, mcp_json_str(json_object_get(in, "value")), &body, err));
    MCP_TRY(mcp_json_parse(mcp_buf_view(&body), &parsed, err));
    bool is_brief = json_is_true(json_object_get(in, "brief"));
    return probe_give(is_brief ? brief_body(parsed) : json_incref(parsed), out, err);
}

static enum mcp_code complete(const struct product_snapshot *snapshot, enum product_view view,
                              const json_t *in, json_t **out, struct mcp_err *err) {
    json_auto_t *values = json_array();
    size_t total = 0;
    if (values == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    MCP_TRY(product_view_complete(snapshot, view, mcp_json_str(json_object_get(in, "complete")),
                                  values, &total, err));
    if (!json_is_true(json_object_get(in, "brief")))
        return probe_give(json_pack("{s:I, s:O}", "total", (json_int_t)total, "values", values),
                          out, err);
    size_t count = json_array_size(values);
    return probe_give(json_pack("[I, I, O, O]", (json_int_t)total, (json_int_t)count,
                                json_array_get(values, 0), json_array_get(values, count - 1)),
                      out, err);
}

enum mcp_code probe_product_view(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(product_snapshot_unrefp) struct product_snapshot *snapshot = NULL;
    enum product_view view = view_named(json_string_value(json_object_get(in, "view")));
    const struct product_view_info *info = product_view_info(view);
    if (json_object_get(in, "metadata") == NULL)
        return probe_give(json_pack("{s:s, s:s, s:s}", "uri_template", info->uri_template,
                                    "variable", info->variable, "name", info->name),
                          out, err);
    MCP_TRY(snapshot_of(in, &snapshot, err));
    if (json_object_get(in, "complete") != NULL)
        return complete(snapshot, view, in, out, err);
    return write_body(snapshot, view, in, out, err);
}
