/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/era_probe.json. */
#include "probe.h"

#include <string.h>

#include "client/era_probe.h"

probe_fn probe_era_probe;

static size_t index_of(const json_t *name, const char *const *names, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (json_is_string(name) && strcmp(json_string_value(name), names[i]) == 0)
            return i;
    return 0;
}

static enum mcp_client_era era_of(const json_t *in, const char *key) {
    static const char *const names[] = {"auto", "legacy", "modern"};
    return (enum mcp_client_era)index_of(json_object_get(in, key), names, MCP_COUNT(names));
}

static enum mcp_link_kind kind_of(const json_t *in) {
    static const char *const names[] = {"pipe", "http", "old_http"};
    return (enum mcp_link_kind)index_of(json_object_get(in, "kind"), names, MCP_COUNT(names));
}

static enum mcp_code code_of(const json_t *name) {
    enum mcp_code code = MCP_OK;
    while (code < MCP_E_BUG && strcmp(mcp_code_name(code), json_string_value(name)) != 0)
        code++;
    return code;
}

static json_t *show(enum mcp_era_step step, const struct mcp_era_probe *probe,
                    const struct mcp_err *err) {
    switch (step) {
    case MCP_ERA_SEND_DISCOVER:
        return json_string("discover");
    case MCP_ERA_SEND_INITIALIZE:
        return json_string("initialize");
    case MCP_ERA_USE_OLDER:
        return json_string("older");
    case MCP_ERA_IS_MODERN:
        return json_pack("{s:s}", "modern", mcp_version_text(probe->version));
    case MCP_ERA_IS_LEGACY:
        return json_string("legacy");
    case MCP_ERA_IS_NEITHER:
        break;
    }
    return err->code != MCP_OK
               ? json_pack("{s:s, s:s}", "neither", mcp_code_name(err->code), "what", err->what)
               : json_pack("{s:s}", "neither", "");
}

static struct mcp_era_outcome outcome_of(const json_t *given) {
    struct mcp_era_outcome outcome = {
        .result = json_object_get(given, "result"),
        .rpc_error = json_object_get(given, "error"),
        .http_status = (long)probe_int(given, "status", 0),
    };
    if (json_object_get(given, "failed") != NULL)
        outcome.code = code_of(json_object_get(given, "failed"));
    else if (outcome.rpc_error != NULL)
        outcome.code = MCP_E_PEER;
    return outcome;
}

enum mcp_code probe_era_probe(const json_t *in, json_t **out, struct mcp_err *err) {
    struct mcp_era_probe probe;
    struct mcp_err why = {0};
    json_auto_t *steps = json_array();
    enum mcp_era_step step =
        mcp_era_begin(&probe, kind_of(in), era_of(in, "era"), era_of(in, "expected"), &why);
    const json_t *outcomes = json_object_get(in, "outcomes");
    if (json_is_false(json_object_get(in, "has_older")))
        probe.has_older = false;
    for (size_t i = 0;; i++) {
        if (json_array_append_new(steps, show(step, &probe, &why)) != 0)
            return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
        if (i == json_array_size(outcomes))
            break;
        struct mcp_era_outcome outcome = outcome_of(json_array_get(outcomes, i));
        step = mcp_era_next(&probe, &outcome, &why);
    }
    *out = MCP_TAKE(steps);
    return MCP_OK;
}
