/* SPDX-License-Identifier: MIT */
/* health.c - see health.h. Pure: no I/O, no clock, no log. */
#include "product_metadata/health.h"

#include "product_metadata/summary.h"

enum { STATUS_OK = 200, STATUS_UNAVAILABLE = 503 };

static const char *word_of(const struct product_health *health) {
    if (health->is_stopping)
        return "stopping";
    if (health->snapshot == NULL)
        return "starting";
    return health->status->failed_wall_ms != 0 ? "degraded" : "ok";
}

static void add_string(struct mcp_buf *out, const char *key, const char *text) {
    mcp_buf_addf(out, "\"%s\":", key);
    mcp_json_add_string(out, mcp_str_of(text));
}

static void add_time(struct mcp_buf *out, const char *key, int64_t wall_ms) {
    char text[MCP_TIMESTAMP_BYTES];
    mcp_timestamp_format(wall_ms, text);
    mcp_buf_addf(out, ",\"%s\":\"%s\"", key, text);
}

static void add_metadata(const struct product_health *health, struct mcp_buf *out) {
    const struct product_snapshot_facts *facts = product_snapshot_facts(health->snapshot);
    mcp_buf_add(out, MCP_STR(",\"metadata\":{"));
    add_string(out, "version", facts->version);
    mcp_buf_addf(out, ",\"total_products\":%zu,\"total_mappings\":%zu", facts->product_count,
                 facts->mapping_count);
    mcp_buf_addf(out, ",\"last_updated\":\"%s\"", facts->last_updated);
    mcp_buf_addc(out, ',');
    add_string(out, "content_hash", facts->content_hash);
    add_time(out, "loaded_at", health->status->loaded_wall_ms);
    mcp_buf_addf(out, ",\"loads\":%zu}", health->status->load_count);
}

unsigned product_health_write(const struct product_health *health, struct mcp_buf *out) {
    bool is_serving = !health->is_stopping && health->snapshot != NULL;
    mcp_buf_addc(out, '{');
    add_string(out, "status", word_of(health));
    mcp_buf_addc(out, ',');
    add_string(out, "name", health->name);
    mcp_buf_addc(out, ',');
    add_string(out, "version", health->version);
    mcp_buf_addf(out, ",\"uptime_seconds\":%llu", (unsigned long long)(health->uptime_ms / 1000));
    if (health->snapshot != NULL)
        add_metadata(health, out);
    if (health->status->failed_wall_ms != 0) {
        mcp_buf_add(out, MCP_STR(",\"reload_error\":"));
        product_failure_write(health->status, out);
    }
    mcp_buf_add(out, MCP_STR("}\n"));
    return is_serving ? STATUS_OK : STATUS_UNAVAILABLE;
}
