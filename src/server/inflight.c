/* SPDX-License-Identifier: MIT */
/* inflight.c - see inflight.h. Pure: no I/O, no clock, no log. */
#include "server/inflight.h"

#include "mcp/jsonrpc.h"

static struct mcp_inflight_entry *of_scope(struct mcp_list *node) {
    return node != NULL ? MCP_LIST_OF(node, struct mcp_inflight_entry, in_scope) : NULL;
}

static struct mcp_inflight_entry *of_all(struct mcp_list *node) {
    return node != NULL ? MCP_LIST_OF(node, struct mcp_inflight_entry, in_all) : NULL;
}

void mcp_inflight_init(struct mcp_inflight *table, size_t max, size_t max_per_scope) {
    *table = (struct mcp_inflight){.max = max, .max_per_scope = max_per_scope};
    mcp_list_init(&table->entries);
}

void mcp_inflight_scope_init(struct mcp_inflight_scope *scope) {
    scope->count = 0;
    mcp_list_init(&scope->entries);
}

enum mcp_code mcp_inflight_add(struct mcp_inflight *table, struct mcp_inflight_scope *scope,
                               struct mcp_inflight_entry *entry, struct mcp_err *err) {
    if (table->count >= table->max)
        return MCP_FAIL(err, MCP_E_LIMIT, "%zu requests are being answered already; try later",
                        table->max);
    if (scope != NULL && scope->count >= table->max_per_scope)
        return MCP_FAIL(err, MCP_E_LIMIT,
                        "%zu requests of this session are being answered already; try later",
                        table->max_per_scope);
    if (scope != NULL && mcp_inflight_find(scope, entry->id) != NULL)
        return MCP_FAIL(err, MCP_E_EXISTS, "a request with this id is being answered already");
    entry->scope = scope;
    mcp_list_append(&table->entries, &entry->in_all);
    table->count++;
    if (scope != NULL) {
        mcp_list_append(&scope->entries, &entry->in_scope);
        scope->count++;
    }
    return MCP_OK;
}

void mcp_inflight_remove(struct mcp_inflight *table, struct mcp_inflight_entry *entry) {
    if (!mcp_list_is_linked(&entry->in_all))
        return;
    mcp_list_remove(&entry->in_all);
    table->count--;
    if (entry->scope != NULL) {
        mcp_list_remove(&entry->in_scope);
        entry->scope->count--;
        entry->scope = NULL;
    }
}

struct mcp_inflight_entry *mcp_inflight_find(const struct mcp_inflight_scope *scope,
                                             const json_t *id) {
    struct mcp_inflight_entry *entry = mcp_inflight_scope_next(scope, NULL);
    while (entry != NULL && !mcp_jsonrpc_id_equal(entry->id, id))
        entry = mcp_inflight_scope_next(scope, entry);
    return entry;
}

struct mcp_inflight_entry *mcp_inflight_find_outlet(const struct mcp_inflight *table,
                                                    const void *outlet) {
    struct mcp_inflight_entry *entry = mcp_inflight_next(table, NULL);
    while (entry != NULL && entry->outlet != outlet)
        entry = mcp_inflight_next(table, entry);
    return entry;
}

struct mcp_inflight_entry *mcp_inflight_next(const struct mcp_inflight *table,
                                             const struct mcp_inflight_entry *entry) {
    return of_all(mcp_list_next(&table->entries, entry != NULL ? &entry->in_all : &table->entries));
}

struct mcp_inflight_entry *mcp_inflight_scope_next(const struct mcp_inflight_scope *scope,
                                                   const struct mcp_inflight_entry *entry) {
    return of_scope(
        mcp_list_next(&scope->entries, entry != NULL ? &entry->in_scope : &scope->entries));
}

void mcp_inflight_cancel(struct mcp_inflight_entry *entry, enum mcp_cancel_cause cause,
                         struct mcp_list *cancelled) {
    if (entry->cancelled != MCP_NOT_CANCELLED)
        return;
    entry->cancelled = cause;
    entry->ops->hold(entry);
    mcp_list_append(cancelled, &entry->in_cancelled);
}

struct mcp_inflight_entry *mcp_inflight_take_cancelled(struct mcp_list *cancelled) {
    struct mcp_list *node = mcp_list_next(cancelled, cancelled);
    if (node == NULL)
        return NULL;
    mcp_list_remove(node);
    return MCP_LIST_OF(node, struct mcp_inflight_entry, in_cancelled);
}

void mcp_inflight_scope_drop(struct mcp_inflight_scope *scope) {
    struct mcp_inflight_entry *entry = mcp_inflight_scope_next(scope, NULL);
    for (; entry != NULL; entry = mcp_inflight_scope_next(scope, NULL)) {
        mcp_list_remove(&entry->in_scope);
        entry->scope = NULL;
    }
    scope->count = 0;
}
