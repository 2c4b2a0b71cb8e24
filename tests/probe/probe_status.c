/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/status.json. */
#include <stdio.h>
#include <string.h>

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

/* "traffic": [[KIND number, NUMBER, NOW], ...] */
static void add_traffic(struct orch_row *row, const json_t *notes) {
    for (size_t i = 0; i < json_array_size(notes); i++) {
        const json_t *told = json_array_get(notes, i);
        uint64_t number = (uint64_t)json_integer_value(json_array_get(told, 1));
        struct orch_note note = {
            .kind = (enum orch_note_kind)json_integer_value(json_array_get(told, 0)),
            .us = number,
            .lived_ms = number};
        orch_traffic_note(&row->traffic, &note,
                          (uint64_t)json_integer_value(json_array_get(told, 2)));
    }
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
    add_traffic(orch_registry_change(registry, slot), json_object_get(in, "traffic"));
    const char *tail = json_string_value(json_object_get(in, "stderr"));
    if (tail != NULL)
        (void)snprintf(orch_registry_change(registry, slot)->stderr_tail,
                       sizeof orch_registry_change(registry, slot)->stderr_tail, "%s", tail);
    struct mcp_err why = probe_failure(down);
    if (down != NULL)
        orch_registry_mark_disconnected(registry, slot,
                                        json_object_get(down, "code") != NULL ? &why : NULL,
                                        probe_int(down, "at", 0));
    return MCP_OK;
}

/* [["put", KEY, NOW, VALUE], ["get", KEY, NOW, TIMES?], ["stale", KEY, NOW]] */
static enum mcp_code make_cache(const json_t *ops, struct orch_cache **out_cache,
                                struct mcp_err *err) {
    struct orch_cache_limits limits = {.ttl_ms = 1000,
                                       .revalidate_ms = 5000,
                                       .on_error_ms = 5000,
                                       .max_items = 2,
                                       .max_bytes = 1 << 20};
    struct orch_cache_terms terms = {.ttl_ms = ORCH_TTL_UNSAID, .is_private = true};
    MCP_AUTO(orch_cache_freep) struct orch_cache *cache = NULL;
    MCP_TRY(orch_cache_new(&limits, &cache, err));
    for (size_t i = 0; i < json_array_size(ops); i++) {
        const json_t *op = json_array_get(ops, i);
        const char *name = json_string_value(json_array_get(op, 0));
        struct orch_cache_key key = {json_string_value(json_array_get(op, 1)), 0};
        uint64_t now_ms = (uint64_t)json_integer_value(json_array_get(op, 2));
        uint64_t age_ms = 0;
        MCP_AUTO(orch_value_unrefp) struct orch_value *value = NULL;
        if (name[0] == 'g') {
            const json_t *times = json_array_get(op, 3);
            for (json_int_t n = times != NULL ? json_integer_value(times) : 1; n > 0; n--)
                orch_value_unref(orch_cache_get(cache, &key, now_ms));
        } else if (name[0] == 's') {
            orch_value_unref(orch_cache_stale(cache, &key, now_ms, false, &age_ms));
        } else {
            value = orch_value_new(json_deep_copy(json_array_get(op, 3)));
            if (value == NULL)
                return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
            MCP_TRY(orch_cache_put(cache, &key, value, &terms, now_ms, err));
        }
    }
    *out_cache = MCP_TAKE(cache);
    return MCP_OK;
}

/* {"where", "state", "since", "error"?, "error_at"?, "hits"?, "misses"?, "stored"?} */
static struct orch_share_facts facts_of(const json_t *in) {
    struct orch_share_facts facts = {.is_redis = in != NULL,
                                     .since_ms = probe_int(in, "since", 0),
                                     .last_error_ms = probe_int(in, "error_at", 0),
                                     .hits = (uint64_t)probe_int(in, "hits", 0),
                                     .misses = (uint64_t)probe_int(in, "misses", 0),
                                     .stored = (uint64_t)probe_int(in, "stored", 0)};
    const char *state = json_string_value(json_object_get(in, "state"));
    const char *error = json_string_value(json_object_get(in, "error"));
    const char *where = json_string_value(json_object_get(in, "where"));
    for (int phase = 0; state != NULL && phase <= ORCH_SHARE_DOWN; phase++)
        if (strcmp(orch_share_phase_name((enum orch_share_phase)phase), state) == 0)
            facts.phase = (enum orch_share_phase)phase;
    (void)snprintf(facts.where, sizeof facts.where, "%s", where != NULL ? where : "");
    (void)snprintf(facts.last_error, sizeof facts.last_error, "%s", error != NULL ? error : "");
    return facts;
}

enum mcp_code probe_status(const json_t *in, json_t **out, struct mcp_err *err) {
    enum { MAX = 16 };
    struct orch_server servers[MAX];
    const char *argv[MAX][2];
    const json_t *list = json_object_get(in, "servers");
    const json_t *given = json_object_get(in, "cache");
    MCP_AUTO(orch_registry_freep) struct orch_registry *registry = NULL;
    if (json_is_array(list))
        MCP_TRY(orch_registry_new(MAX, &registry, err));
    for (size_t i = 0; i < json_array_size(list) && i < MAX; i++)
        MCP_TRY(fill(registry, json_array_get(list, i), &servers[i], argv[i], err));
    MCP_AUTO(orch_cache_freep) struct orch_cache *cache = NULL;
    if (json_is_array(given))
        MCP_TRY(make_cache(given, &cache, err));
    const struct orch_share_facts facts = facts_of(json_object_get(in, "share"));
    struct orch_status_input input = {.is_initialized =
                                          json_is_true(json_object_get(in, "initialized")),
                                      .registry = registry,
                                      .cache = cache,
                                      .share = &facts,
                                      .now_ms = (uint64_t)probe_int(in, "now_ms", 0)};
    return orch_status_build(&input, out, err);
}
