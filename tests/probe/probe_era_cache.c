/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/era_cache.json. */
#include <stdio.h>
#include <string.h>

#include "dial/era_cache.h"
#include "probe.h"

probe_fn probe_era_cache;

static const char *const names[] = {"legacy", "legacy_sse", "modern"};
static const struct mcp_era_verdict verdicts[] = {{MCP_ERA_LEGACY, MCP_DIAL_AUTO},
                                                  {MCP_ERA_LEGACY, MCP_DIAL_SSE},
                                                  {MCP_ERA_MODERN, MCP_DIAL_AUTO}};

static struct mcp_era_verdict verdict_of(const json_t *name) {
    for (size_t i = 0; i < MCP_COUNT(names); i++)
        if (json_is_string(name) && strcmp(json_string_value(name), names[i]) == 0)
            return verdicts[i];
    return (struct mcp_era_verdict){MCP_ERA_AUTO, MCP_DIAL_AUTO};
}

static json_t *show(struct mcp_era_verdict verdict) {
    for (size_t i = 0; i < MCP_COUNT(names); i++)
        if (verdicts[i].era == verdict.era && verdicts[i].transport == verdict.transport)
            return json_string(names[i]);
    return json_null();
}

static void fill(struct mcp_era_cache *cache, json_int_t count) {
    char server[32];
    for (json_int_t i = 0; i < count; i++) {
        (void)snprintf(server, sizeof server, "%lld", (long long)i);
        mcp_era_cache_put(cache, mcp_str_of(server), verdicts[0]);
    }
}

static enum mcp_code run(struct mcp_era_cache *cache, const json_t *steps, json_t *shown,
                         struct mcp_err *err) {
    for (size_t i = 0; i < json_array_size(steps); i++) {
        const json_t *step = json_array_get(steps, i);
        const json_t *get = json_object_get(step, "get");
        if (json_object_get(step, "put") != NULL)
            mcp_era_cache_put(cache, mcp_json_str(json_object_get(step, "put")),
                              verdict_of(json_object_get(step, "is")));
        fill(cache, probe_int(step, "fill", 0));
        if (get != NULL &&
            json_array_append_new(shown, show(mcp_era_cache_get(cache, mcp_json_str(get)))) != 0)
            return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    }
    return MCP_OK;
}

enum mcp_code probe_era_cache(const json_t *in, json_t **out, struct mcp_err *err) {
    struct mcp_era_cache *cache = NULL;
    json_auto_t *shown = json_array();
    MCP_TRY(mcp_era_cache_new(&cache, err));
    enum mcp_code code = run(cache, in, shown, err);
    mcp_era_cache_free(cache);
    if (code == MCP_OK)
        *out = MCP_TAKE(shown);
    return code;
}
