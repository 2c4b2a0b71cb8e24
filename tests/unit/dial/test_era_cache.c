/* SPDX-License-Identifier: MIT */
#include "dial/era_cache.h"
#include "torture.h"
#include "vectors.h"

probe_fn probe_era_cache;

/* Refused memory costs a question, not the connection. */
static enum mcp_code remember(void *user, struct mcp_err *err) {
    struct mcp_era_cache *cache = NULL;
    (void)user;
    MCP_TRY(mcp_era_cache_new(&cache, err));
    mcp_era_cache_put(cache, MCP_STR("a"), (struct mcp_era_verdict){MCP_ERA_LEGACY, MCP_DIAL_SSE});
    bool is_known = mcp_era_cache_get(cache, MCP_STR("a")).era == MCP_ERA_LEGACY;
    mcp_era_cache_free(cache);
    return is_known ? MCP_OK : MCP_FAIL(err, MCP_E_NOMEM, "forgotten");
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    torture_run(remember, NULL);
}

static void null_is_nothing_to_free(void **state) {
    (void)state;
    mcp_era_cache_free(NULL);
}

int main(void) {
    const struct CMUnitTest more[] = {
        cmocka_unit_test(survives_any_refused_allocation),
        cmocka_unit_test(null_is_nothing_to_free),
    };
    return vectors_run("dial.era_cache", probe_era_cache, more, MCP_COUNT(more));
}
