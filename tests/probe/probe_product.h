/* SPDX-License-Identifier: MIT */
/* probe_product.h - what the probes of the product_metadata layer share. */
#ifndef PROBE_PRODUCT_H
#define PROBE_PRODUCT_H

#include "mcp/timestamp.h"
#include "probe.h"
#include "product_metadata/model.h"

/* Model of in["metadata"], built at in["now"], "2026-01-01T00:00:00Z" when absent. */
static inline enum mcp_code probe_product_model_of(const json_t *in, struct product_model **out,
                                                   struct mcp_err *err) {
    const char *now = json_string_value(json_object_get(in, "now"));
    int64_t now_ms = 0;
    MCP_TRY(
        mcp_timestamp_parse(mcp_str_of(now != NULL ? now : "2026-01-01T00:00:00Z"), &now_ms, err));
    return product_model_build(json_object_get(in, "metadata"), now_ms, out, err);
}

/* NOMEM when `value` is NULL or cannot be added. */
static inline enum mcp_code probe_append(json_t *array, json_t *value, struct mcp_err *err) {
    if (value == NULL || json_array_append_new(array, value) != 0)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    return MCP_OK;
}

static inline json_t *probe_string(struct mcp_str text) {
    return json_stringn(text.ptr, text.len);
}

#endif
