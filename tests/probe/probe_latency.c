/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/latency.json. */
#include <string.h>

#include "mcp/alloc.h"
#include "orchestrator/latency.h"
#include "probe.h"

probe_fn probe_latency;

static uint64_t number_of(const json_t *op, size_t at) {
    return (uint64_t)json_integer_value(json_array_get(op, at));
}

static json_t *run(struct orch_latency *latency, const json_t *op) {
    const char *name = json_string_value(json_array_get(op, 0));
    if (strcmp(name, "count") == 0)
        return json_integer((json_int_t)orch_latency_count(latency, number_of(op, 1)));
    if (strcmp(name, "percentile") == 0)
        return json_integer((json_int_t)orch_latency_percentile(latency, (unsigned)number_of(op, 1),
                                                                number_of(op, 2)));
    uint64_t times = json_array_size(op) > 3 ? number_of(op, 3) : 1;
    for (uint64_t i = 0; i < times; i++)
        orch_latency_add(latency, number_of(op, 1), number_of(op, 2));
    return json_null();
}

enum mcp_code probe_latency(const json_t *in, json_t **out, struct mcp_err *err) {
    const json_t *ops = json_object_get(in, "ops");
    static const struct orch_latency none;
    struct orch_latency latency = none;
    size_t refused = mcp_alloc_refusals();
    json_auto_t *results = json_array();
    for (size_t i = 0; i < json_array_size(ops); i++)
        (void)json_array_append_new(results, run(&latency, json_array_get(ops, i)));
    if (mcp_alloc_refusals() != refused)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    return probe_give(MCP_TAKE(results), out, err);
}
