/* SPDX-License-Identifier: MIT */
/* reload_plan.c - see reload_plan.h. Pure: no I/O, no clock, no log. */
#include "orchestrator/reload_plan.h"

#include <string.h>

#include "mcp/alloc.h"
#include "mcp/map.h"

void orch_reload_plan_deinit(struct orch_reload_plan *plan) {
    mcp_free(plan->steps);
    mcp_free(plan->removed);
    *plan = (struct orch_reload_plan)ORCH_RELOAD_PLAN_INIT;
}

static bool is_same_text(const char *a, const char *b) {
    if (a == NULL || b == NULL)
        return a == b;
    return strcmp(a, b) == 0;
}

/* Order counts: that of arguments always, that of the others costs a connection at worst. */
static bool are_same_texts(const char *const *a, const char *const *b) {
    static const char *const none[] = {NULL};
    size_t i = 0;
    a = a != NULL ? a : none;
    b = b != NULL ? b : none;
    while (a[i] != NULL && b[i] != NULL && strcmp(a[i], b[i]) == 0)
        i++;
    return a[i] == NULL && b[i] == NULL;
}

static bool is_reached_alike(const struct orch_server *a, const struct orch_server *b) {
    return a->transport == b->transport && is_same_text(a->url, b->url) &&
           are_same_texts(a->argv, b->argv) && are_same_texts(a->env, b->env) &&
           are_same_texts(a->headers, b->headers);
}

static bool is_same_list(const json_t *a, const json_t *b) {
    if (json_array_size(a) == 0 || json_array_size(b) == 0)
        return json_array_size(a) == json_array_size(b);
    return json_equal(a, b) != 0;
}

static bool is_described_alike(const struct orch_server *a, const struct orch_server *b) {
    return strcmp(a->name, b->name) == 0 && a->priority == b->priority &&
           a->timeout_ms == b->timeout_ms && is_same_list(a->domains, b->domains) &&
           is_same_list(a->capabilities, b->capabilities);
}

static enum orch_reload_verdict compare(const struct orch_server *a, const struct orch_server *b) {
    if (!is_reached_alike(a, b))
        return ORCH_RELOAD_RECONNECT;
    return is_described_alike(a, b) ? ORCH_RELOAD_KEEP : ORCH_RELOAD_UPDATE;
}

static bool are_same_settings(const struct orch_conf *a, const struct orch_conf *b) {
    return json_equal(json_object_get(a->effective, "orchestration"),
                      json_object_get(b->effective, "orchestration")) != 0;
}

static enum mcp_code no_memory(struct mcp_err *err) {
    return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
}

/* id -> server; an allocation of its own for nothing, so the map owns no item. */
static enum mcp_code index_servers(const struct orch_conf *conf, struct mcp_map **out_map,
                                   struct mcp_err *err) {
    MCP_AUTO(mcp_map_freep) struct mcp_map *map = NULL;
    MCP_TRY(mcp_map_new(0, NULL, &map, err));
    for (size_t i = 0; conf != NULL && i < conf->server_count; i++)
        MCP_TRY(mcp_map_put(map, mcp_str_of(conf->servers[i].id),
                            (void *)(uintptr_t)&conf->servers[i], /* NOLINT: read, not changed */
                            err));
    *out_map = MCP_TAKE(map);
    return MCP_OK;
}

static enum mcp_code find_steps(const struct orch_conf *before, const struct orch_conf *after,
                                struct orch_reload_plan *plan, struct mcp_err *err) {
    MCP_AUTO(mcp_map_freep) struct mcp_map *known = NULL;
    MCP_TRY(index_servers(before, &known, err));
    plan->steps = mcp_alloc((after->server_count + 1) * sizeof *plan->steps);
    if (plan->steps == NULL)
        return no_memory(err);
    for (size_t i = 0; i < after->server_count; i++) {
        const struct orch_server *server = &after->servers[i];
        const struct orch_server *old = mcp_map_get(known, mcp_str_of(server->id));
        struct orch_reload_step step = {.verdict = ORCH_RELOAD_ADD};
        if (old != NULL)
            step = (struct orch_reload_step){compare(old, server), old->place};
        plan->steps[plan->step_count++] = step;
    }
    return MCP_OK;
}

static enum mcp_code find_removed(const struct orch_conf *before, const struct orch_conf *after,
                                  struct orch_reload_plan *plan, struct mcp_err *err) {
    MCP_AUTO(mcp_map_freep) struct mcp_map *wanted = NULL;
    size_t count = before != NULL ? before->server_count : 0;
    MCP_TRY(index_servers(after, &wanted, err));
    plan->removed = mcp_alloc((count + 1) * sizeof *plan->removed);
    if (plan->removed == NULL)
        return no_memory(err);
    for (size_t i = 0; i < count; i++)
        if (mcp_map_get(wanted, mcp_str_of(before->servers[i].id)) == NULL)
            plan->removed[plan->removed_count++] = i;
    return MCP_OK;
}

enum mcp_code orch_reload_plan_make(const struct orch_conf *before, const struct orch_conf *after,
                                    struct orch_reload_plan *out_plan, struct mcp_err *err) {
    MCP_AUTO(orch_reload_plan_deinit) struct orch_reload_plan plan = ORCH_RELOAD_PLAN_INIT;
    MCP_TRY(find_steps(before, after, &plan, err));
    MCP_TRY(find_removed(before, after, &plan, err));
    plan.has_new_settings = before == NULL || !are_same_settings(before, after);
    *out_plan = plan;
    plan = (struct orch_reload_plan)ORCH_RELOAD_PLAN_INIT;
    return MCP_OK;
}

static json_t *ids_with(const struct orch_reload_plan *plan, const struct orch_conf *after,
                        enum orch_reload_verdict verdict) {
    json_t *ids = json_array();
    for (size_t i = 0; i < plan->step_count; i++)
        if (plan->steps[i].verdict == verdict)
            (void)json_array_append_new(ids, json_string(after->servers[i].id));
    return ids;
}

json_t *orch_reload_plan_to_json(const struct orch_reload_plan *plan,
                                 const struct orch_conf *before, const struct orch_conf *after) {
    size_t refused = mcp_alloc_refusals();
    json_t *removed = json_array();
    json_int_t kept = 0;
    for (size_t i = 0; i < plan->removed_count; i++)
        (void)json_array_append_new(removed, json_string(before->servers[plan->removed[i]].id));
    for (size_t i = 0; i < plan->step_count; i++)
        kept += plan->steps[i].verdict == ORCH_RELOAD_KEEP;
    json_t *out =
        json_pack("{s:o, s:o, s:o, s:o, s:I, s:b}", "added", ids_with(plan, after, ORCH_RELOAD_ADD),
                  "removed", removed, "reconnected", ids_with(plan, after, ORCH_RELOAD_RECONNECT),
                  "updated", ids_with(plan, after, ORCH_RELOAD_UPDATE), "kept", kept, "settings",
                  plan->has_new_settings);
    if (mcp_alloc_refusals() == refused)
        return out;
    json_decref(out);
    return NULL;
}
