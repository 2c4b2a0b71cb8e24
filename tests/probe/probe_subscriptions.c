/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/subscriptions.json. */
#include <string.h>

#include "mcp/alloc.h"
#include "probe.h"
#include "server/subscriptions.h"

probe_fn probe_subscriptions;

enum { PEOPLE = 8 };

struct person {
    struct mcp_subscriber subscriber;
    char name[16];
};

struct bench {
    struct mcp_subscriptions table;
    struct person people[PEOPLE];
};

static void free_bench(struct bench **bench) {
    if (*bench == NULL)
        return;
    for (size_t i = 0; i < PEOPLE; i++)
        mcp_subscriptions_leave(&(*bench)->table, &(*bench)->people[i].subscriber);
    mcp_subscriptions_deinit(&(*bench)->table);
    mcp_free(*bench);
}

static struct mcp_subscriber *find(struct bench *bench, const char *name) {
    size_t i = 0;
    while (bench->people[i].name[0] != '\0' && strcmp(bench->people[i].name, name) != 0)
        i++;
    memcpy(bench->people[i].name, name, strlen(name) + 1);
    return &bench->people[i].subscriber;
}

static void note(struct mcp_subscriber *subscriber, void *user) {
    (void)json_array_append_new(user, json_string(((struct person *)(void *)subscriber)->name));
}

static void note_uri(struct mcp_str uri, void *user) {
    (void)json_array_append_new(user, json_stringn(uri.ptr, uri.len));
}

static json_t *visit(struct bench *bench, const char *verb, const json_t *what) {
    json_t *names = json_array();
    if (strcmp(verb, "uri") == 0)
        mcp_subscriptions_each_uri(&bench->table, mcp_json_str(what), note, names);
    else if (strcmp(verb, "uris") == 0)
        mcp_subscriptions_each_subject(&bench->table, note_uri, names);
    else
        mcp_subscriptions_each_topic(&bench->table, (enum mcp_topic)json_integer_value(what), note,
                                     names);
    return names;
}

static json_t *apply(struct bench *bench, const json_t *op, enum mcp_code *code,
                     struct mcp_err *err) {
    const char *verb = json_string_value(json_array_get(op, 0));
    const json_t *first = json_array_get(op, 1);
    const json_t *second = json_array_get(op, 2);
    if (strcmp(verb, "uri") == 0 || strcmp(verb, "topic") == 0 || strcmp(verb, "uris") == 0)
        return visit(bench, verb, first);
    struct mcp_subscriber *who = find(bench, json_string_value(first));
    if (strcmp(verb, "join") == 0) {
        mcp_subscriptions_join(&bench->table, who, (unsigned)json_integer_value(second));
        return json_true();
    }
    if (strcmp(verb, "leave") == 0) {
        mcp_subscriptions_leave(&bench->table, who);
        return json_integer((json_int_t)bench->table.count);
    }
    if (strcmp(verb, "remove") == 0)
        return json_boolean(mcp_subscriptions_remove(&bench->table, who, mcp_json_str(second)));
    *code = mcp_subscriptions_add(&bench->table, who, mcp_json_str(second), err);
    return *code == MCP_OK ? json_true() : json_string(mcp_code_name(*code));
}

enum mcp_code probe_subscriptions(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(free_bench) struct bench *bench = mcp_alloc(sizeof *bench);
    if (bench == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    mcp_list_init(&bench->table.subscribers);
    MCP_TRY(mcp_subscriptions_init(&bench->table, 1, (size_t)probe_int(in, "max", 100), err));
    json_auto_t *results = json_array();
    size_t i;
    json_t *op;
    json_array_foreach(json_object_get(in, "ops"), i, op) {
        enum mcp_code code = MCP_OK;
        json_t *result = apply(bench, op, &code, err);
        if (json_array_append_new(results, result) != 0 || code == MCP_E_NOMEM)
            return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    }
    return probe_give(MCP_TAKE(results), out, err);
}
