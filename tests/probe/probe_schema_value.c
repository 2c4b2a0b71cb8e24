/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/schema_value.json. */
#include "json/schema_value.h"
#include "probe.h"

probe_fn probe_schema_value;

static enum mcp_code equal(const json_t *pair, size_t steps, bool *out_same, struct mcp_err *err) {
    const json_t *a = json_array_get(pair, 0);
    const json_t *b = json_array_get(pair, 1);
    *out_same = mcp_schema_equal(a, b, &steps);
    if (steps == 0)
        return MCP_FAIL(err, MCP_E_LIMIT, "out of steps");
    size_t enough = SIZE_MAX;
    bool hashes_alike = mcp_schema_hash(a, &enough) == mcp_schema_hash(b, &enough);
    if (*out_same && !hashes_alike)
        return MCP_FAIL(err, MCP_E_BUG, "equal values, different hashes");
    return MCP_OK;
}

enum mcp_code probe_schema_value(const json_t *in, json_t **out, struct mcp_err *err) {
    const json_t *pair = json_object_get(in, "compare");
    if (pair != NULL)
        return probe_give(
            json_integer(mcp_schema_compare(json_array_get(pair, 0), json_array_get(pair, 1))), out,
            err);
    pair = json_object_get(in, "multiple");
    if (pair != NULL) {
        struct mcp_schema_decimal value = mcp_schema_decimal_of(json_array_get(pair, 0));
        struct mcp_schema_decimal divisor = mcp_schema_decimal_of(json_array_get(pair, 1));
        return probe_give(json_boolean(mcp_schema_is_multiple(value, divisor)), out, err);
    }
    const json_t *number = json_object_get(in, "is_integral");
    if (number != NULL)
        return probe_give(json_boolean(mcp_schema_is_integral(number)), out, err);
    bool is_same = false;
    size_t steps = (size_t)probe_int(in, "steps", 1000000);
    MCP_TRY(equal(json_object_get(in, "equal"), steps, &is_same, err));
    return probe_give(json_boolean(is_same), out, err);
}
