/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/session.json. */
#include <string.h>

#include "mcp/alloc.h"
#include "probe.h"
#include "server/session.h"

probe_fn probe_session;

static struct mcp_session_key key_of(const json_t *op) {
    return (struct mcp_session_key){mcp_json_str(json_array_get(op, 1)),
                                    mcp_json_str(json_array_get(op, 2)),
                                    (unsigned)json_integer_value(json_array_get(op, 3))};
}

static uint64_t now_of(const json_t *op, size_t at) {
    return (uint64_t)json_integer_value(json_array_get(op, at));
}

static json_t *open_one(struct mcp_sessions *table, const json_t *op, enum mcp_code *code,
                        struct mcp_err *err) {
    const struct mcp_session_key key = key_of(op);
    struct mcp_session *session = NULL;
    struct mcp_err why = {0};
    *code = mcp_sessions_open(table, &key, now_of(op, 4), &session, &why);
    if (*code == MCP_E_NOMEM)
        *err = why;
    return *code == MCP_OK ? json_boolean(session->phase == MCP_SESSION_NEW)
                           : json_string(mcp_code_name(*code));
}

static json_t *hold(struct mcp_session *session, const char *what) {
    static char anything;
    session->subscriber.stream = strcmp(what, "stream") == 0 ? (void *)&anything : NULL;
    session->calls.count = strcmp(what, "call") == 0 ? 1 : 0;
    session->never_idle = strcmp(what, "for ever") == 0;
    return json_true();
}

static json_t *expired(const struct mcp_sessions *table, uint64_t now_ms) {
    json_t *ids = json_array();
    size_t at = 0;
    struct mcp_session *session = mcp_sessions_next_expired(table, &at, now_ms);
    for (; session != NULL; session = mcp_sessions_next_expired(table, &at, now_ms))
        (void)json_array_append_new(ids, json_string(session->id));
    return ids;
}

static json_t *list(const struct mcp_sessions *table) {
    json_t *ids = json_array();
    size_t at = 0;
    struct mcp_session *session = mcp_sessions_next(table, &at);
    for (; session != NULL; session = mcp_sessions_next(table, &at))
        (void)json_array_append_new(ids, json_string(session->id));
    return ids;
}

static json_t *apply(struct mcp_sessions *table, const json_t *op, enum mcp_code *code,
                     struct mcp_err *err) {
    const char *verb = json_string_value(json_array_get(op, 0));
    const struct mcp_session_key key = key_of(op);
    if (strcmp(verb, "open") == 0)
        return open_one(table, op, code, err);
    if (strcmp(verb, "find") == 0)
        return json_boolean(mcp_sessions_find(table, &key, now_of(op, 4)) != NULL);
    if (strcmp(verb, "get") == 0)
        return json_boolean(mcp_sessions_get(table, key.id) != NULL);
    if (strcmp(verb, "hold") == 0)
        return hold(mcp_sessions_get(table, key.id), json_string_value(json_array_get(op, 2)));
    if (strcmp(verb, "expired") == 0)
        return expired(table, now_of(op, 1));
    if (strcmp(verb, "list") == 0)
        return list(table);
    mcp_sessions_close(table, mcp_sessions_get(table, key.id));
    return json_integer((json_int_t)mcp_sessions_count(table));
}

enum mcp_code probe_session(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_sessions_deinit) struct mcp_sessions table = {0};
    table.max = (size_t)probe_int(in, "max", 100);
    table.idle_ms = (uint64_t)probe_int(in, "idle_ms", 1000);
    table.age_ms = (uint64_t)probe_int(in, "age_ms", 1000000);
    MCP_TRY(mcp_sessions_init(&table, 1, err));
    json_auto_t *results = json_array();
    size_t i;
    json_t *op;
    json_array_foreach(json_object_get(in, "ops"), i, op) {
        enum mcp_code code = MCP_OK;
        json_t *result = apply(&table, op, &code, err);
        if (json_array_append_new(results, result) != 0 || code == MCP_E_NOMEM)
            return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    }
    return probe_give(MCP_TAKE(results), out, err);
}
