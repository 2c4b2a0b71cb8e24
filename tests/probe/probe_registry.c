/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/registry.json. */
#include <string.h>

#include "mcp/alloc.h"
#include "orchestrator/registry.h"
#include "probe.h"
#include "probe_orch.h"

probe_fn probe_registry;

enum { MAX_OPS = 2048 };

struct table {
    struct orch_registry *registry;
    struct orch_server *servers;
    size_t count;
};

static json_t *ids_of(const struct table *table, const size_t *slots, size_t count) {
    json_t *ids = json_array();
    for (size_t i = 0; i < count; i++)
        (void)json_array_append_new(
            ids, json_string(orch_registry_row(table->registry, slots[i])->server->id));
    return ids;
}

static struct orch_server *next_server(struct table *table, const json_t *op) {
    const char *no_argv[2];
    struct orch_server *server = &table->servers[table->count];
    *server = probe_server(json_array_get(op, 1), no_argv);
    server->place = table->count++;
    return server;
}

static json_t *add(struct table *table, const json_t *op) {
    const struct orch_server *server = next_server(table, op);
    size_t slot = 0;
    enum mcp_code code = orch_registry_add(table->registry, server, NULL);
    if (code != MCP_OK)
        return json_string(mcp_code_name(code));
    (void)orch_registry_find(table->registry, server->id, &slot);
    return json_integer((json_int_t)slot);
}

static json_t *reserve(struct table *table, const json_t *op) {
    size_t slot = 0;
    enum mcp_code code =
        orch_registry_reserve(table->registry, next_server(table, op), &slot, NULL);
    return code != MCP_OK ? json_string(mcp_code_name(code)) : json_integer((json_int_t)slot);
}

/* Another configuration: [server, slot]... */
static json_t *relist(struct table *table, const json_t *op) {
    orch_registry_unlist_all(table->registry);
    for (size_t i = 1; i + 1 < json_array_size(op); i += 2) {
        json_auto_t *entry = json_pack("[s, O]", "", json_array_get(op, i));
        if (entry != NULL)
            orch_registry_list(table->registry,
                               (size_t)json_integer_value(json_array_get(op, i + 1)),
                               next_server(table, entry));
    }
    return ids_of(table, orch_registry_order(table->registry),
                  orch_registry_count(table->registry));
}

static json_t *blame(const struct table *table, const json_t *op) {
    struct mcp_err why = probe_failure(json_array_get(op, 3));
    size_t slot = (size_t)json_integer_value(json_array_get(op, 1));
    orch_registry_note_error(table->registry, slot, &why,
                             json_integer_value(json_array_get(op, 2)));
    return json_null();
}

static json_t *last_error(const struct table *table, const json_t *op) {
    const struct orch_row *row =
        orch_registry_row(table->registry, (size_t)json_integer_value(json_array_get(op, 1)));
    return json_pack("[I, s, s]", (json_int_t)row->last_error_ms,
                     mcp_code_name(row->last_error_code), row->last_error);
}

static json_t *release(const struct table *table, const json_t *op) {
    orch_registry_release(table->registry, (size_t)json_integer_value(json_array_get(op, 1)));
    return json_integer((json_int_t)orch_registry_slots(table->registry));
}

static json_t *find(const struct table *table, const json_t *op) {
    size_t slot = 0;
    if (!orch_registry_find(table->registry, json_string_value(json_array_get(op, 1)), &slot))
        return json_null();
    return json_integer((json_int_t)slot);
}

static json_t *domain(const struct table *table, const json_t *op) {
    size_t slots[MAX_OPS];
    size_t count =
        orch_registry_for_domain(table->registry, json_string_value(json_array_get(op, 1)), slots);
    return ids_of(table, slots, count);
}

static json_t *connected_count(const struct table *table) {
    json_int_t count = 0;
    const size_t *order = orch_registry_order(table->registry);
    for (size_t i = 0; i < orch_registry_count(table->registry); i++)
        count += orch_registry_row(table->registry, order[i])->is_connected;
    return json_integer(count);
}

static json_t *change(const struct table *table, const json_t *op, bool is_up) {
    size_t slot = (size_t)json_integer_value(json_array_get(op, 1));
    int64_t wall_ms = json_integer_value(json_array_get(op, 2));
    const json_t *detail = json_array_get(op, 3);
    if (is_up) {
        struct orch_link_facts facts = {.transport = "sse"};
        (void)snprintf(facts.version, sizeof facts.version, "%s", json_string_value(detail));
        orch_registry_mark_connected(table->registry, slot, &facts, wall_ms);
    } else {
        struct mcp_err why = probe_failure(detail);
        orch_registry_mark_disconnected(table->registry, slot, json_is_object(detail) ? &why : NULL,
                                        wall_ms);
    }
    return connected_count(table);
}

static json_t *row(const struct table *table, const json_t *op) {
    const struct orch_row *row =
        orch_registry_row(table->registry, (size_t)json_integer_value(json_array_get(op, 1)));
    if (row == NULL)
        return json_null();
    return json_pack("{s:s, s:b, s:I, s:I, s:I, s:s, s:s, s:s}", "id", row->server->id, "connected",
                     row->is_connected, "last_connected", (json_int_t)row->last_connected_ms,
                     "changed", (json_int_t)row->changed_ms, "error_at", (json_int_t)row->error_ms,
                     "error", row->error, "code", mcp_code_name(row->error_code), "version",
                     row->facts.version);
}

static json_t *run(struct table *table, const json_t *op) {
    const char *name = json_string_value(json_array_get(op, 0));
    if (strcmp(name, "add") == 0)
        return add(table, op);
    if (strcmp(name, "reserve") == 0)
        return reserve(table, op);
    if (strcmp(name, "relist") == 0)
        return relist(table, op);
    if (strcmp(name, "blame") == 0)
        return blame(table, op);
    if (strcmp(name, "last_error") == 0)
        return last_error(table, op);
    if (strcmp(name, "release") == 0)
        return release(table, op);
    if (strcmp(name, "order") == 0)
        return ids_of(table, orch_registry_order(table->registry),
                      orch_registry_count(table->registry));
    if (strcmp(name, "domain") == 0)
        return domain(table, op);
    if (strcmp(name, "find") == 0)
        return find(table, op);
    if (strcmp(name, "row") == 0)
        return row(table, op);
    return change(table, op, strcmp(name, "up") == 0);
}

enum mcp_code probe_registry(const json_t *in, json_t **out, struct mcp_err *err) {
    const json_t *ops = json_object_get(in, "ops");
    size_t max = (size_t)probe_int(in, "max", 100);
    struct orch_server *servers MCP_AUTO(mcp_freep) =
        mcp_alloc((4 * json_array_size(ops) + 1) * sizeof *servers); /* relist names several */
    MCP_AUTO(orch_registry_freep) struct orch_registry *registry = NULL;
    MCP_TRY(orch_registry_new(max, &registry, err));
    struct table table = {registry, servers, 0};
    json_auto_t *results = json_array();
    size_t refused = mcp_alloc_refusals();
    for (size_t i = 0; servers != NULL && i < json_array_size(ops); i++)
        if (mcp_alloc_refusals() != refused ||
            json_array_append_new(results, run(&table, json_array_get(ops, i))) != 0)
            return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    if (servers == NULL || mcp_alloc_refusals() != refused)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    return probe_give(MCP_TAKE(results), out, err);
}
