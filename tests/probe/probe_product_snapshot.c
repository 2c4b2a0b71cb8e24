/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/product_snapshot.json. */
#include "probe_product.h"
#include "product_metadata/snapshot.h"

probe_fn probe_product_snapshot;

static enum mcp_code add_contents(const struct product_snapshot *snapshot, json_t *out,
                                  struct mcp_err *err) {
    for (int i = 0; i < PRODUCT_RESOURCE_COUNT; i++) {
        enum product_resource resource = (enum product_resource)i;
        json_auto_t *contents = NULL;
        MCP_TRY(mcp_json_parse(mcp_blob_view(product_snapshot_contents(snapshot, resource)),
                               &contents, err));
        if (json_object_set(out, product_resource_info(resource)->uri, contents) != 0)
            return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    }
    return MCP_OK;
}

enum mcp_code probe_product_snapshot(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(product_model_freep) struct product_model *model = NULL;
    MCP_AUTO(product_snapshot_unrefp) struct product_snapshot *snapshot = NULL;
    MCP_TRY(probe_product_model_of(in, &model, err));
    MCP_TRY(product_snapshot_new(MCP_TAKE(model), &snapshot, err));
    const struct product_snapshot_facts *facts = product_snapshot_facts(snapshot);
    json_auto_t *answer = json_pack("{s:{s:I, s:I, s:s, s:s}}", "facts", "total_products",
                                    (json_int_t)facts->product_count, "total_mappings",
                                    (json_int_t)facts->mapping_count, "version", facts->version,
                                    "last_updated", facts->last_updated);
    if (answer == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    MCP_TRY(add_contents(snapshot, answer, err));
    *out = MCP_TAKE(answer);
    return MCP_OK;
}
