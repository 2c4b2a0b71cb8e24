/* SPDX-License-Identifier: MIT */
/* cache_policy.c - see cache_policy.h. Pure: no I/O, no clock, no log. */
#include "orchestrator/cache_policy.h"

#include <string.h>

static uint64_t ttl_of(const json_t *result, bool must_say) {
    const json_t *said = json_object_get(result, "ttlMs");
    if (said == NULL)
        return must_say ? 0 : ORCH_TTL_UNSAID;
    json_int_t ttl_ms = json_integer_value(said);
    return ttl_ms > 0 ? (uint64_t)ttl_ms : 0;
}

static bool is_public(const json_t *result) {
    const char *scope = json_string_value(json_object_get(result, "cacheScope"));
    return scope != NULL && strcmp(scope, "public") == 0;
}

void orch_cache_policy_add(struct orch_cache_policy *policy, const json_t *result, bool must_say) {
    uint64_t ttl_ms = ttl_of(result, must_say);
    if (ttl_ms < policy->ttl_ms)
        policy->ttl_ms = ttl_ms;
    policy->is_public = is_public(result) && (policy->is_public || !policy->is_begun);
    policy->is_begun = true;
}

struct orch_cache_terms orch_cache_policy_terms(const struct orch_cache_policy *policy) {
    return (struct orch_cache_terms){.ttl_ms = policy->ttl_ms, .is_private = !policy->is_public};
}
