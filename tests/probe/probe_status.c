/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/status.json. */
#include "mcp/alloc.h"
#include "orchestrator/status.h"
#include "probe.h"
#include "probe_orch.h"

probe_fn probe_status;

static void come_up(struct orch_registry *registry, size_t slot, const json_t *up) {
    struct orch_link_facts facts = {.child_pid = (long)probe_int(up, "pid", 0)};
    (void)snprintf(facts.transport, sizeof facts.transport, "%s",
                   json_string_value(json_object_get(up, "transport")));
    (void)snprintf(facts.version, sizeof facts.version, "%s",
                   json_string_value(json_object_get(up, "version")));
    orch_registry_mark_connected(registry, slot, &facts, probe_int(up, "at", 0));
}

static enum mcp_code fill(struct orch_registry *registry, const json_t *in,
                          struct orch_server *server, const char **argv, struct mcp_err *err) {
    size_t slot = orch_registry_count(registry);
    const json_t *up = json_object_get(in, "up");
    const json_t *down = json_object_get(in, "down");
    *server = probe_server(in, argv);
    MCP_TRY(orch_registry_add(registry, server, err));
    if (up != NULL)
        come_up(registry, slot, up);
    if (json_object_get(up, "declared") != NULL)
        orch_registry_set_declared(registry, slot, json_deep_copy(json_object_get(up, "declared")));
    if (json_object_get(up, "tools") != NULL)
        orch_registry_set_tools(
            registry, slot,
            orch_value_new(json_pack("{s:O}", "tools", json_object_get(up, "tools"))));
    struct mcp_err why = probe_failure(down);
    if (down != NULL)
        orch_registry_mark_disconnected(registry, slot,
                                        json_object_get(down, "code") != NULL ? &why : NULL,
                                        probe_int(down, "at", 0));
    return MCP_OK;
}

enum mcp_code probe_status(const json_t *in, json_t **out, struct mcp_err *err) {
    enum { MAX = 16 };
    struct orch_server servers[MAX];
    const char *argv[MAX][2];
    const json_t *list = json_object_get(in, "servers");
    const json_t *given = json_object_get(in, "stats");
    MCP_AUTO(orch_registry_freep) struct orch_registry *registry = NULL;
    if (json_is_array(list))
        MCP_TRY(orch_registry_new(MAX, &registry, err));
    for (size_t i = 0; i < json_array_size(list) && i < MAX; i++)
        MCP_TRY(fill(registry, json_array_get(list, i), &servers[i], argv[i], err));
    struct orch_cache_stats stats = {
        (uint64_t)probe_int(given, "hits", 0), (uint64_t)probe_int(given, "misses", 0),
        (uint64_t)probe_int(given, "evictions", 0), (size_t)probe_int(given, "cached_items", 0)};
    return orch_status_build(json_is_true(json_object_get(in, "initialized")), registry,
                             json_is_object(given) ? &stats : NULL, out, err);
}
