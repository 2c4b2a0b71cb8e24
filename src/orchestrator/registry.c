/* SPDX-License-Identifier: MIT */
/* registry.c - see registry.h. Pure: no I/O, no clock, no log. */
#include "orchestrator/registry.h"

#include <stdio.h>
#include <string.h>

#include "mcp/alloc.h"
#include "orchestrator/domain.h"

struct orch_registry {
    struct orch_row **rows; /* by slot; NULL: free */
    size_t *order;          /* slots */
    size_t count;           /* listed */
    size_t slots;           /* below this they are, or were, occupied */
    size_t max;
};

enum mcp_code orch_registry_new(size_t max_servers, struct orch_registry **out_registry,
                                struct mcp_err *err) {
    MCP_AUTO(orch_registry_freep) struct orch_registry *registry = mcp_alloc(sizeof *registry);
    if (registry == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    registry->max = max_servers;
    registry->rows = mcp_alloc((max_servers + 1) * sizeof(struct orch_row *));
    registry->order = mcp_alloc((max_servers + 1) * sizeof *registry->order);
    if (registry->rows == NULL || registry->order == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    *out_registry = MCP_TAKE(registry);
    return MCP_OK;
}

static void free_row(struct orch_row *row) {
    if (row == NULL)
        return;
    json_decref(row->declared);
    orch_value_unref(row->tools);
    mcp_free(row);
}

void orch_registry_free(struct orch_registry *registry) {
    if (registry == NULL)
        return;
    for (size_t slot = 0; slot < registry->slots; slot++)
        free_row(registry->rows[slot]);
    mcp_free((void *)registry->rows);
    mcp_free(registry->order);
    mcp_free(registry);
}

void orch_registry_freep(struct orch_registry **registry) {
    orch_registry_free(*registry);
    *registry = NULL;
}

static bool find_id(const struct orch_registry *registry, const char *id, size_t *out_slot) {
    for (size_t i = 0; i < registry->count; i++) {
        if (strcmp(registry->rows[registry->order[i]]->server->id, id) == 0) {
            *out_slot = registry->order[i];
            return true;
        }
    }
    return false;
}

enum mcp_code orch_registry_reserve(struct orch_registry *registry,
                                    const struct orch_server *server, size_t *out_slot,
                                    struct mcp_err *err) {
    size_t slot = 0;
    while (slot < registry->slots && registry->rows[slot] != NULL)
        slot++;
    if (slot == registry->max)
        return MCP_FAIL(err, MCP_E_LIMIT, "more than %zu servers", registry->max);
    struct orch_row *row = mcp_alloc(sizeof *row);
    if (row == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    row->server = server;
    registry->rows[slot] = row;
    if (slot == registry->slots)
        registry->slots++;
    *out_slot = slot;
    return MCP_OK;
}

enum mcp_code orch_registry_add(struct orch_registry *registry, const struct orch_server *server,
                                struct mcp_err *err) {
    size_t slot = 0;
    if (find_id(registry, server->id, &slot))
        return MCP_FAIL(err, MCP_E_EXISTS, "server id \"%s\" is taken", server->id);
    MCP_TRY(orch_registry_reserve(registry, server, &slot, err));
    orch_registry_list(registry, slot, server);
    return MCP_OK;
}

void orch_registry_unlist_all(struct orch_registry *registry) {
    for (size_t i = 0; i < registry->count; i++)
        registry->rows[registry->order[i]]->is_listed = false;
    registry->count = 0;
}

static bool is_after(const struct orch_registry *registry, size_t slot, size_t other) {
    const struct orch_server *a = registry->rows[slot]->server;
    const struct orch_server *b = registry->rows[other]->server;
    if (a->priority != b->priority)
        return a->priority > b->priority;
    return a->place != b->place ? a->place > b->place : slot > other;
}

void orch_registry_list(struct orch_registry *registry, size_t slot,
                        const struct orch_server *server) {
    registry->rows[slot]->server = server;
    registry->rows[slot]->is_listed = true;
    size_t at = registry->count++;
    while (at > 0 && is_after(registry, registry->order[at - 1], slot)) {
        registry->order[at] = registry->order[at - 1];
        at--;
    }
    registry->order[at] = slot;
}

void orch_registry_release(struct orch_registry *registry, size_t slot) {
    free_row(registry->rows[slot]);
    registry->rows[slot] = NULL;
}

size_t orch_registry_count(const struct orch_registry *registry) {
    return registry->count;
}

size_t orch_registry_slots(const struct orch_registry *registry) {
    return registry->slots;
}

struct orch_row *orch_registry_change(struct orch_registry *registry, size_t slot) {
    return slot < registry->slots ? registry->rows[slot] : NULL;
}

const struct orch_row *orch_registry_row(const struct orch_registry *registry, size_t slot) {
    return slot < registry->slots ? registry->rows[slot] : NULL;
}

const size_t *orch_registry_order(const struct orch_registry *registry) {
    return registry->order;
}

bool orch_registry_has_domain(const struct orch_server *server, const char *domain) {
    struct mcp_str wanted = mcp_str_of(domain);
    for (size_t i = 0; i < json_array_size(server->domains); i++)
        if (orch_domain_covers(mcp_json_str(json_array_get(server->domains, i)), wanted))
            return true;
    return false;
}

size_t orch_registry_for_domain(const struct orch_registry *registry, const char *domain,
                                size_t *out_slots) {
    size_t found = 0;
    for (size_t i = 0; i < registry->count; i++)
        if (orch_registry_has_domain(registry->rows[registry->order[i]]->server, domain))
            out_slots[found++] = registry->order[i];
    return found;
}

bool orch_registry_find(const struct orch_registry *registry, const char *name, size_t *out_slot) {
    if (find_id(registry, name, out_slot))
        return true;
    for (size_t i = 0; i < registry->count; i++) {
        if (strcmp(registry->rows[registry->order[i]]->server->name, name) == 0) {
            *out_slot = registry->order[i];
            return true;
        }
    }
    return false;
}

static void set_connected(struct orch_row *row, bool is_connected, int64_t wall_ms) {
    if (row->is_connected != is_connected)
        row->changed_ms = wall_ms;
    row->is_connected = is_connected;
}

static void say(const struct mcp_err *why, char *out, size_t room) {
    (void)snprintf(out, room, "%s%s%s", why->where, why->where[0] != '\0' ? ": " : "", why->what);
}

void orch_registry_note_error(struct orch_registry *registry, size_t slot,
                              const struct mcp_err *why, int64_t wall_ms) {
    struct orch_row *row = registry->rows[slot];
    row->last_error_ms = wall_ms;
    row->last_error_code = why->code;
    say(why, row->last_error, sizeof row->last_error);
}

void orch_registry_mark_connected(struct orch_registry *registry, size_t slot,
                                  const struct orch_link_facts *facts, int64_t wall_ms) {
    struct orch_row *row = registry->rows[slot];
    set_connected(row, true, wall_ms);
    row->last_connected_ms = wall_ms;
    row->error_code = MCP_OK;
    row->error[0] = '\0';
    row->error_ms = 0;
    row->facts = *facts;
}

void orch_registry_set_declared(struct orch_registry *registry, size_t slot, json_t *declared) {
    json_decref(registry->rows[slot]->declared);
    registry->rows[slot]->declared = declared;
}

void orch_registry_set_tools(struct orch_registry *registry, size_t slot,
                             struct orch_value *tools) {
    orch_value_unref(registry->rows[slot]->tools);
    registry->rows[slot]->tools = tools;
}

void orch_registry_mark_disconnected(struct orch_registry *registry, size_t slot,
                                     const struct mcp_err *why, int64_t wall_ms) {
    struct orch_row *row = registry->rows[slot];
    set_connected(row, false, wall_ms);
    row->facts.child_pid = 0;
    row->error_code = why != NULL ? why->code : MCP_OK;
    row->error_ms = why != NULL ? wall_ms : 0;
    row->error[0] = '\0';
    if (why == NULL)
        return;
    say(why, row->error, sizeof row->error);
    orch_registry_note_error(registry, slot, why, wall_ms);
}
