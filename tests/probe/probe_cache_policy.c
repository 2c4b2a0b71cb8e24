/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/cache_policy.json. */
#include "orchestrator/cache_policy.h"
#include "probe.h"

probe_fn probe_cache_policy;

enum mcp_code probe_cache_policy(const json_t *in, json_t **out, struct mcp_err *err) {
    struct orch_cache_policy policy = ORCH_CACHE_POLICY_INIT;
    const json_t *results = json_object_get(in, "results");
    bool must_say = json_is_true(json_object_get(in, "must_say"));
    for (size_t i = 0; i < json_array_size(results); i++)
        orch_cache_policy_add(&policy, json_array_get(results, i), must_say);
    struct orch_cache_terms terms = orch_cache_policy_terms(&policy);
    json_t *ttl =
        terms.ttl_ms == ORCH_TTL_UNSAID ? json_null() : json_integer((json_int_t)terms.ttl_ms);
    return probe_give(json_pack("{s:o, s:b}", "ttl_ms", ttl, "private", terms.is_private), out,
                      err);
}
