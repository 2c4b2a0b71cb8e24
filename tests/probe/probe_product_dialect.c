/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/product_dialect.json. */
#include <stdio.h>

#include "probe_product.h"
#include "product_metadata/dialect.h"

probe_fn probe_product_dialect;

static enum mcp_code no_memory(struct mcp_err *err) {
    return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
}

static enum mcp_code put_new(json_t *object, const char *key, json_t *value, struct mcp_err *err) {
    return json_object_set_new(object, key, value) == 0 ? MCP_OK : no_memory(err);
}

static enum mcp_code add_empty(json_t *dialects, json_int_t count, struct mcp_err *err) {
    char name[32];
    for (json_int_t i = 0; i < count; i++) {
        (void)snprintf(name, sizeof name, "d%d", (int)i);
        MCP_TRY(put_new(dialects, name, json_object(), err));
    }
    return MCP_OK;
}

static enum mcp_code add_many(json_t *dialects, json_int_t count, struct mcp_err *err) {
    json_auto_t *mappings = json_object();
    char term[32];
    for (json_int_t i = 0; i < count; i++) {
        (void)snprintf(term, sizeof term, "t%d", (int)i);
        MCP_TRY(put_new(mappings, term, json_string(term), err));
    }
    return put_new(dialects, "many", json_pack("{s:O}", "column_mappings", mappings), err);
}

/* `in` with what is to be added. */
static enum mcp_code prepare(const json_t *in, json_t **out, struct mcp_err *err) {
    json_auto_t *whole = json_deep_copy(in);
    json_t *metadata = json_object_get(whole, "metadata");
    if (json_object_get(metadata, "dialects") == NULL)
        MCP_TRY(put_new(metadata, "dialects", json_object(), err));
    json_t *dialects = json_object_get(metadata, "dialects");
    MCP_TRY(add_empty(dialects, probe_int(in, "dialects", 0), err));
    if (json_object_get(in, "overrides") != NULL)
        MCP_TRY(add_many(dialects, probe_int(in, "overrides", 0), err));
    *out = MCP_TAKE(whole);
    return MCP_OK;
}

enum mcp_code probe_product_dialect(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(product_model_freep) struct product_model *model = NULL;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf body = MCP_BUF_INIT(1 << 20);
    json_auto_t *whole = NULL;
    const json_t *name = json_object_get(in, "name");
    if (name != NULL)
        return probe_give(json_boolean(product_dialect_is_name(mcp_json_str(name))), out, err);
    MCP_TRY(prepare(in, &whole, err));
    MCP_TRY(probe_product_model_of(whole, &model, err));
    const struct product_dialect *dialect =
        product_dialect_find(model, mcp_json_str(json_object_get(in, "dialect")));
    if (dialect == NULL)
        return probe_give(json_null(), out, err);
    product_dialect_write(model, dialect, &body);
    MCP_TRY(mcp_buf_finish(&body, err));
    return probe_give(probe_text(mcp_buf_view(&body)), out, err);
}
