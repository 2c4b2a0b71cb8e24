/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/product_summary.json. */
#include <stdio.h>

#include "probe_product.h"
#include "product_metadata/summary.h"

probe_fn probe_product_summary;

static const int64_t moment_ms = 1767225600000;

static struct product_store_status status_of(const json_t *failure) {
    struct product_store_status status = {.load_count = 1};
    if (failure == NULL)
        return status;
    status.failed_wall_ms = moment_ms;
    status.failure_count = (size_t)probe_int(failure, "count", 1);
    (void)snprintf(status.failure.where, sizeof status.failure.where, "%s",
                   json_string_value(json_object_get(failure, "where")));
    (void)snprintf(status.failure.what, sizeof status.failure.what, "%s",
                   json_string_value(json_object_get(failure, "what")));
    return status;
}

/* The text of the contents: both ways to it are tried. */
static enum mcp_code text_of(const struct mcp_blob *contents, json_t **out, struct mcp_err *err) {
    json_auto_t *rows = NULL;
    MCP_TRY(mcp_json_parse(mcp_blob_view(contents), &rows, err));
    return mcp_json_parse(mcp_json_str(json_object_get(json_array_get(rows, 0), "text")), out, err);
}

enum mcp_code probe_product_summary(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(product_model_freep) struct product_model *model = NULL;
    MCP_AUTO(mcp_blob_unrefp) struct mcp_blob *contents = NULL;
    const json_t *failure = json_object_get(in, "failure");
    const struct product_store_status status = status_of(failure);
    MCP_TRY(probe_product_model_of(in, &model, err));
    model->content_hash = mcp_json_str(json_object_get(in, "hash"));
    MCP_TRY(product_summary_encode(model, failure != NULL ? &status : NULL, &contents, err));
    return text_of(contents, out, err);
}
