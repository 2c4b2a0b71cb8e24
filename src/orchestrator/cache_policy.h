/* SPDX-License-Identifier: MIT */
/* cache_policy.h - from what results say of caching to the terms of one entry. Layer: orchestrator.
 * Includes: cache. */
#ifndef ORCH_CACHE_POLICY_H
#define ORCH_CACHE_POLICY_H

#include "orchestrator/cache.h"

/* What the results that make up one entry (pages of a list, contents) say together. */
struct orch_cache_policy {
    uint64_t ttl_ms; /* the shortest so far; ORCH_TTL_UNSAID: none said */
    bool is_public;  /* every one so far is */
    bool is_begun;
};

#define ORCH_CACHE_POLICY_INIT                                                                     \
    { .ttl_ms = ORCH_TTL_UNSAID }

/*
 * One more result, of a list method or resources/read. The whole is as short-lived as its
 * shortest-lived part and private when one part is: an unknown or absent cacheScope is private.
 *
 *   in    must_say  the revision demands ttlMs: without it the result is stale at once. A ttlMs
 *                   that is negative or no integer counts as 0 in every revision
 *   spec  2026-07-28 server/utilities/caching
 */
void orch_cache_policy_add(struct orch_cache_policy *policy, const json_t *result, bool must_say);

struct orch_cache_terms orch_cache_policy_terms(const struct orch_cache_policy *policy);

#endif
