/* SPDX-License-Identifier: MIT */
/* summary.c - see summary.h. Pure: no I/O, no clock, no log. */
#include "product_metadata/summary.h"

#include <string.h>

static void add_text(struct mcp_buf *out, const char *key, struct mcp_str text) {
    mcp_buf_addf(out, "\"%s\":", key);
    mcp_json_add_string(out, text);
}

static void add_time(struct mcp_buf *out, const char *key, int64_t wall_ms) {
    char text[MCP_TIMESTAMP_BYTES];
    mcp_timestamp_format(wall_ms, text);
    mcp_buf_addf(out, ",\"%s\":\"%s\"", key, text);
}

void product_failure_write(const struct product_store_status *status, struct mcp_buf *out) {
    const char *where = status->failure.where;
    const char *slash = strrchr(where, '/');
    mcp_buf_addc(out, '{');
    add_text(out, "where", mcp_str_of(slash != NULL ? slash + 1 : where));
    mcp_buf_addc(out, ',');
    add_text(out, "what", mcp_str_of(status->failure.what));
    add_time(out, "at", status->failed_wall_ms);
    mcp_buf_addf(out, ",\"failures\":%zu}", status->failure_count);
}

void product_summary_write(const struct product_model *model,
                           const struct product_store_status *status, struct mcp_buf *out) {
    bool is_degraded = status != NULL && status->failed_wall_ms != 0;
    mcp_buf_addf(out, "{\"total_products\":%zu,\"total_mappings\":%zu", model->item_count,
                 model->mapping_count);
    add_time(out, "last_updated", model->last_updated_ms);
    if (model->version.len > 0) {
        mcp_buf_addc(out, ',');
        add_text(out, "version", model->version);
    }
    if (model->content_hash.len > 0) {
        mcp_buf_addc(out, ',');
        add_text(out, "content_hash", model->content_hash);
    }
    mcp_buf_addf(out, ",\"status\":\"%s\"", is_degraded ? "degraded" : "ok");
    if (is_degraded) {
        mcp_buf_add(out, MCP_STR(",\"reload_error\":"));
        product_failure_write(status, out);
    }
    mcp_buf_addc(out, '}');
}
