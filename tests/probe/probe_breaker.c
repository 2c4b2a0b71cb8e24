/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/breaker.json. */
#include <string.h>

#include "mcp/alloc.h"
#include "orchestrator/breaker.h"
#include "probe.h"

probe_fn probe_breaker;

static json_t *run(struct orch_breaker *breaker, const json_t *op) {
    const char *name = json_string_value(json_array_get(op, 0));
    uint64_t now_ms = (uint64_t)json_integer_value(json_array_get(op, 1));
    uint64_t number = (uint64_t)json_integer_value(json_array_get(op, 2));
    if (strcmp(name, "take") == 0)
        return json_boolean(orch_breaker_take(breaker, now_ms, number));
    if (strcmp(name, "wait") == 0)
        return json_integer((json_int_t)orch_breaker_wait_ms(breaker, now_ms));
    if (strcmp(name, "ok") == 0)
        orch_breaker_succeed(breaker);
    else if (strcmp(name, "lost") == 0)
        orch_breaker_lose(breaker, number, now_ms,
                          (uint64_t)json_integer_value(json_array_get(op, 3)));
    else
        for (json_int_t i = json_integer_value(json_array_get(op, 3)); i >= 0; i--)
            orch_breaker_fail(breaker, now_ms, number);
    return json_string(orch_breaker_phase_name(breaker->phase));
}

enum mcp_code probe_breaker(const json_t *in, json_t **out, struct mcp_err *err) {
    const json_t *ops = json_object_get(in, "ops");
    struct orch_breaker breaker = {0};
    size_t refused = mcp_alloc_refusals();
    json_auto_t *results = json_array();
    for (size_t i = 0; i < json_array_size(ops); i++)
        (void)json_array_append_new(results, run(&breaker, json_array_get(ops, i)));
    json_t *answer =
        json_pack("{s:O, s:s, s:I, s:I}", "results", results, "reason",
                  orch_breaker_reason_name(breaker.reason), "failures",
                  (json_int_t)breaker.failures, "short_lives", (json_int_t)breaker.short_lives);
    if (mcp_alloc_refusals() != refused) {
        json_decref(answer);
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    }
    return probe_give(answer, out, err);
}
