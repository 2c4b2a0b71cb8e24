/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/product_health.json. */
#include <stdio.h>

#include "probe_product.h"
#include "product_metadata/health.h"

probe_fn probe_product_health;

static const int64_t moment_ms = 1767225600000;

static void read_status(const json_t *in, struct product_store_status *out) {
    const json_t *failure = json_object_get(in, "failure");
    *out = (struct product_store_status){.load_count = (size_t)probe_int(in, "loads", 1),
                                         .loaded_wall_ms = moment_ms};
    if (failure == NULL)
        return;
    out->failed_wall_ms = moment_ms;
    out->failure_count = (size_t)probe_int(failure, "count", 1);
    (void)snprintf(out->failure.where, sizeof out->failure.where, "%s",
                   json_string_value(json_object_get(failure, "where")));
    (void)snprintf(out->failure.what, sizeof out->failure.what, "%s",
                   json_string_value(json_object_get(failure, "what")));
}

static enum mcp_code snapshot_of(const json_t *in, struct product_snapshot **out,
                                 struct mcp_err *err) {
    MCP_AUTO(product_model_freep) struct product_model *model = NULL;
    if (json_object_get(in, "metadata") == NULL)
        return MCP_OK;
    MCP_TRY(probe_product_model_of(in, &model, err));
    return product_snapshot_new(MCP_TAKE(model), out, err);
}

enum mcp_code probe_product_health(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(product_snapshot_unrefp) struct product_snapshot *snapshot = NULL;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf body = MCP_BUF_INIT(65536);
    struct product_store_status status;
    json_auto_t *parsed = NULL;
    read_status(in, &status);
    MCP_TRY(snapshot_of(in, &snapshot, err));
    const struct product_health health = {.name = "p",
                                          .version = "1.2.3",
                                          .uptime_ms = (uint64_t)probe_int(in, "uptime_ms", 0),
                                          .is_stopping =
                                              json_is_true(json_object_get(in, "stopping")),
                                          .status = &status,
                                          .snapshot = snapshot};
    unsigned http_status = product_health_write(&health, &body);
    MCP_TRY(mcp_buf_finish(&body, err));
    MCP_TRY(mcp_json_parse(mcp_buf_view(&body), &parsed, err));
    return probe_give(json_pack("{s:i, s:O}", "status", (int)http_status, "body", parsed), out,
                      err);
}
