/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/sqlite_policy.json. */
#include <string.h>

#include <sqlite3.h>

#include "database/sqlite_policy.h"
#include "probe.h"

probe_fn probe_sqlite_policy;

static const struct {
    const char *name;
    int action;
} actions[] = {
    {"READ", SQLITE_READ},
    {"SELECT", SQLITE_SELECT},
    {"FUNCTION", SQLITE_FUNCTION},
    {"RECURSIVE", SQLITE_RECURSIVE},
    {"INSERT", SQLITE_INSERT},
    {"UPDATE", SQLITE_UPDATE},
    {"DELETE", SQLITE_DELETE},
    {"CREATE_TABLE", SQLITE_CREATE_TABLE},
    {"CREATE_TEMP_TABLE", SQLITE_CREATE_TEMP_TABLE},
    {"CREATE_VIEW", SQLITE_CREATE_VIEW},
    {"CREATE_TRIGGER", SQLITE_CREATE_TRIGGER},
    {"CREATE_INDEX", SQLITE_CREATE_INDEX},
    {"CREATE_VTABLE", SQLITE_CREATE_VTABLE},
    {"DROP_TABLE", SQLITE_DROP_TABLE},
    {"DROP_VIEW", SQLITE_DROP_VIEW},
    {"ALTER_TABLE", SQLITE_ALTER_TABLE},
    {"ATTACH", SQLITE_ATTACH},
    {"DETACH", SQLITE_DETACH},
    {"PRAGMA", SQLITE_PRAGMA},
    {"TRANSACTION", SQLITE_TRANSACTION},
    {"SAVEPOINT", SQLITE_SAVEPOINT},
    {"REINDEX", SQLITE_REINDEX},
    {"ANALYZE", SQLITE_ANALYZE},
};

static enum mcp_code make_set(const json_t *names, struct mcp_map **out, struct mcp_err *err) {
    static char present;
    if (names == NULL)
        return MCP_OK;
    MCP_TRY(mcp_map_new(1, NULL, out, err));
    for (size_t i = 0; i < json_array_size(names); i++) {
        const json_t *name = json_array_get(names, i);
        const json_t *owner = json_object_get(name, "of");
        union {
            const char *in;
            void *out;
        } value = {.in = owner != NULL ? json_string_value(owner) : &present};
        MCP_TRY(mcp_map_put(*out,
                            mcp_json_str(owner != NULL ? json_object_get(name, "shadow") : name),
                            value.out, err));
    }
    return MCP_OK;
}

static enum mcp_code find_action(const json_t *in, int *out, struct mcp_err *err) {
    const char *name = NULL;
    MCP_TRY(mcp_json_get_string(in, "action", &name, err));
    for (size_t i = 0; i < MCP_COUNT(actions); i++)
        if (strcmp(actions[i].name, name) == 0) {
            *out = actions[i].action;
            return MCP_OK;
        }
    *out = (int)probe_int(in, "number", 9999);
    return MCP_OK;
}

static void explain(const json_t *in, int action, struct mcp_buf *why) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf both = MCP_BUF_INIT(5000);
    const char *first = json_string_value(json_object_get(in, "first"));
    const char *second = json_string_value(json_object_get(in, "second"));
    const char *sql = json_string_value(json_object_get(in, "sql"));
    mcp_buf_addf(&both, "%s %s", first != NULL ? first : "", second != NULL ? second : "");
    if (both.status != MCP_OK)
        why->status = both.status;
    database_policy_explain(why, sql != NULL ? mcp_str_of(sql) : mcp_buf_view(&both), action, first,
                            second);
}

enum mcp_code probe_sqlite_policy(const json_t *in, json_t **out, struct mcp_err *err) {
    static const char *const verdicts[] = {"allow", "mask", "deny"};
    struct mcp_map *sets[5] = {NULL};
    static const char *const keys[] = {"catalogue", "allowed", "denied", "masked", "derived"};
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf why = MCP_BUF_INIT(1000);
    const char *first = json_string_value(json_object_get(in, "first"));
    const char *second = json_string_value(json_object_get(in, "second"));
    int action = 0;
    enum mcp_code code = find_action(in, &action, err);
    for (size_t i = 0; i < MCP_COUNT(sets) && code == MCP_OK; i++)
        code = make_set(json_object_get(in, keys[i]), &sets[i], err);
    struct database_policy policy = {.is_internal = json_is_true(json_object_get(in, "internal")),
                                     .catalogue = sets[0],
                                     .allowed = sets[1],
                                     .denied = sets[2],
                                     .masked = sets[3],
                                     .derived = sets[4],
                                     .is_stepping = json_is_true(json_object_get(in, "stepping"))};
    enum database_verdict verdict = database_policy_decide(&policy, action, first, second);
    if (verdict == DATABASE_DENY)
        explain(in, action, &why);
    for (size_t i = 0; i < MCP_COUNT(sets); i++)
        mcp_map_free(sets[i]);
    MCP_TRY(code);
    MCP_TRY(mcp_buf_finish(&why, err));
    return probe_give(json_pack("{s:s, s:s*}", "verdict", verdicts[verdict], "why", why.data), out,
                      err);
}
