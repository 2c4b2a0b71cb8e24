/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/inflight.json. */
#include <string.h>

#include "mcp/alloc.h"
#include "probe.h"
#include "server/inflight.h"

probe_fn probe_inflight;

enum { SCOPES = 4, REQUESTS = 64 };

struct request {
    struct mcp_inflight_entry entry;
    char scope[16];
    size_t holds;
};

struct bench {
    struct mcp_inflight table;
    struct mcp_inflight_scope scopes[SCOPES];
    char names[SCOPES][16];
    struct request requests[REQUESTS];
    size_t count;
};

static void hold(struct mcp_inflight_entry *entry) {
    ((struct request *)(void *)entry)->holds++;
}

static void cancel(struct mcp_inflight_entry *entry) {
    ((struct request *)(void *)entry)->holds--;
}

static const struct mcp_inflight_ops ops = {hold, cancel};

static struct mcp_inflight_scope *scope_of(struct bench *bench, const char *name) {
    size_t i = 0;
    if (name == NULL || name[0] == '\0')
        return NULL;
    while (bench->names[i][0] != '\0' && strcmp(bench->names[i], name) != 0)
        i++;
    if (bench->names[i][0] == '\0') {
        memcpy(bench->names[i], name, strlen(name) + 1);
        mcp_inflight_scope_init(&bench->scopes[i]);
    }
    return &bench->scopes[i];
}

static struct request *request_of(struct bench *bench, const char *scope, const json_t *id) {
    for (size_t i = bench->count; i > 0; i--)
        if (strcmp(bench->requests[i - 1].scope, scope) == 0 &&
            json_equal(bench->requests[i - 1].entry.id, id))
            return &bench->requests[i - 1];
    return NULL;
}

static json_t *add(struct bench *bench, const char *scope, const json_t *op) {
    struct request *request = &bench->requests[bench->count];
    struct mcp_err err = {0};
    *request = (struct request){.entry = {.ops = &ops, .id = json_array_get(op, 2)}};
    request->entry.outlet = (const char *)bench + json_integer_value(json_array_get(op, 3));
    memcpy(request->scope, scope, strlen(scope) + 1);
    enum mcp_code code =
        mcp_inflight_add(&bench->table, scope_of(bench, scope), &request->entry, &err);
    if (code != MCP_OK)
        return json_string(mcp_code_name(code));
    bench->count++;
    return json_true();
}

static json_t *list(const struct bench *bench, const struct mcp_inflight_scope *scope) {
    json_t *ids = json_array();
    struct mcp_inflight_entry *entry = scope != NULL ? mcp_inflight_scope_next(scope, NULL)
                                                     : mcp_inflight_next(&bench->table, NULL);
    while (entry != NULL) {
        (void)json_array_append_new(ids, json_deep_copy(entry->id));
        entry = scope != NULL ? mcp_inflight_scope_next(scope, entry)
                              : mcp_inflight_next(&bench->table, entry);
    }
    return ids;
}

static json_t *cancel_one(struct mcp_inflight_entry *entry) {
    struct mcp_list cancelled;
    json_t *ids = json_array();
    mcp_list_init(&cancelled);
    mcp_inflight_cancel(entry, MCP_CANCELLED_BY_PEER, &cancelled);
    struct mcp_inflight_entry *taken = mcp_inflight_take_cancelled(&cancelled);
    for (; taken != NULL; taken = mcp_inflight_take_cancelled(&cancelled)) {
        (void)json_array_append_new(ids, json_deep_copy(taken->id));
        taken->ops->cancel(taken);
    }
    return ids;
}

static json_t *find_outlet(const struct bench *bench, json_int_t outlet) {
    const struct mcp_inflight_entry *entry =
        mcp_inflight_find_outlet(&bench->table, (const char *)bench + outlet);
    return entry != NULL ? json_deep_copy(entry->id) : json_null();
}

static json_t *apply(struct bench *bench, const json_t *op) {
    const char *verb = json_string_value(json_array_get(op, 0));
    const char *scope = json_string_value(json_array_get(op, 1));
    const json_t *id = json_array_get(op, 2);
    if (strcmp(verb, "add") == 0)
        return add(bench, scope, op);
    if (strcmp(verb, "find") == 0)
        return json_boolean(mcp_inflight_find(scope_of(bench, scope), id) != NULL);
    if (strcmp(verb, "outlet") == 0)
        return find_outlet(bench, json_integer_value(json_array_get(op, 1)));
    if (strcmp(verb, "list") == 0)
        return list(bench, scope_of(bench, scope));
    if (strcmp(verb, "drop") == 0) {
        mcp_inflight_scope_drop(scope_of(bench, scope));
        return json_integer((json_int_t)bench->table.count);
    }
    struct request *request = request_of(bench, scope, id);
    if (strcmp(verb, "cancel") == 0)
        return request != NULL ? cancel_one(&request->entry) : json_array();
    bool was_listed = request != NULL && mcp_list_is_linked(&request->entry.in_all);
    if (was_listed)
        mcp_inflight_remove(&bench->table, &request->entry);
    return json_boolean(was_listed);
}

enum mcp_code probe_inflight(const json_t *in, json_t **out, struct mcp_err *err) {
    struct bench *bench MCP_AUTO(mcp_freep) = mcp_alloc(sizeof *bench);
    if (bench == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    mcp_inflight_init(&bench->table, (size_t)probe_int(in, "max", 1000),
                      (size_t)probe_int(in, "max_per_scope", 1000));
    json_auto_t *results = json_array();
    size_t i;
    json_t *op;
    json_array_foreach(json_object_get(in, "ops"), i,
                       op) if (json_array_append_new(results, apply(bench, op)) !=
                               0) return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    return probe_give(MCP_TAKE(results), out, err);
}
