/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/traffic.json. */
#include <string.h>

#include "mcp/alloc.h"
#include "orchestrator/traffic.h"
#include "probe.h"

probe_fn probe_traffic;

static const char *const kinds[] = {
    [ORCH_NOTE_ANSWERED] = "answered",   [ORCH_NOTE_REFUSED] = "refused",
    [ORCH_NOTE_FAILED] = "failed",       [ORCH_NOTE_FAILED_TOO] = "failed_too",
    [ORCH_NOTE_GIVEN_UP] = "given_up",   [ORCH_NOTE_RETRY] = "retry",
    [ORCH_NOTE_UNREACHED] = "unreached", [ORCH_NOTE_LOST] = "lost",
};

static json_t *ask(struct orch_traffic *traffic, const json_t *op) {
    struct mcp_err why = {0};
    const char *last = json_string_value(json_array_get(op, 2));
    uint64_t now_ms = (uint64_t)json_integer_value(json_array_get(op, 1));
    if (orch_traffic_may_ask(traffic, last != NULL ? last : "", now_ms, 1000, &why))
        return json_true();
    return json_string(why.what);
}

static json_t *run(struct orch_traffic *traffic, const json_t *op) {
    const char *name = json_string_value(json_array_get(op, 0));
    uint64_t now_ms = (uint64_t)json_integer_value(json_array_get(op, 1));
    uint64_t number = (uint64_t)json_integer_value(json_array_get(op, 2));
    if (strcmp(name, "ask") == 0)
        return ask(traffic, op);
    struct orch_note note = {.us = number, .lived_ms = number};
    for (size_t i = 0; i < MCP_COUNT(kinds); i++)
        if (strcmp(kinds[i], name) == 0)
            note.kind = (enum orch_note_kind)i;
    orch_traffic_note(traffic, &note, now_ms);
    return json_string(orch_breaker_phase_name(traffic->breaker.phase));
}

enum mcp_code probe_traffic(const json_t *in, json_t **out, struct mcp_err *err) {
    const json_t *ops = json_object_get(in, "ops");
    static const struct orch_traffic none;
    struct orch_traffic traffic = none;
    size_t refused = mcp_alloc_refusals();
    json_auto_t *results = json_array();
    for (size_t i = 0; i < json_array_size(ops); i++)
        (void)json_array_append_new(results, run(&traffic, json_array_get(ops, i)));
    json_t *answer =
        json_pack("{s:O, s:I, s:I, s:I, s:I, s:I}", "results", results, "requests",
                  (json_int_t)traffic.requests, "refusals", (json_int_t)traffic.refusals,
                  "failures", (json_int_t)traffic.failures, "retries", (json_int_t)traffic.retries,
                  "p50", (json_int_t)orch_latency_percentile(&traffic.latency, 50, 0));
    if (mcp_alloc_refusals() != refused) {
        json_decref(answer);
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    }
    return probe_give(answer, out, err);
}
