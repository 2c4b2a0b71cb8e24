/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/pending.json. */
#include <string.h>

#include "client/pending.h"
#include "probe.h"

probe_fn probe_pending;

/* Payloads are the JSON texts of the case itself: borrowed for its duration. */
static json_t *payload_or_null(void *payload) {
    return payload != NULL ? json_string(payload) : json_null();
}

static void *borrow(const char *text) {
    return (void *)(uintptr_t)text; /* NOLINT(performance-no-int-to-ptr): never written */
}

static enum mcp_code add_many(struct mcp_pending *table, const json_t *step, json_int_t count,
                              json_int_t deadline, json_t **out, struct mcp_err *err) {
    const char *payload = json_string_value(json_object_get(step, "payload"));
    static char filler[] = "f";
    uint64_t id = 0;
    for (json_int_t i = 0; i < count; i++)
        MCP_TRY(mcp_pending_add(table, deadline < 0 ? UINT64_MAX : (uint64_t)deadline,
                                payload != NULL ? borrow(payload) : filler, &id, err));
    return probe_give(json_integer((json_int_t)id), out, err);
}

static json_t *expire(struct mcp_pending *table, json_int_t now) {
    uint64_t id = 0;
    char *payload = mcp_pending_take_expired(table, (uint64_t)now, &id);
    return payload != NULL ? json_pack("[I, s]", (json_int_t)id, payload) : json_null();
}

static json_t *next_deadline(const struct mcp_pending *table) {
    uint64_t next = mcp_pending_next_deadline(table);
    return next != MCP_PENDING_NO_DEADLINE ? json_integer((json_int_t)next) : json_null();
}

static enum mcp_code run(struct mcp_pending *table, const json_t *step, json_t **out,
                         struct mcp_err *err) {
    if (json_object_get(step, "add") != NULL)
        return add_many(table, step, 1, probe_int(step, "add", 0), out, err);
    if (json_object_get(step, "fill") != NULL)
        return add_many(table, step, probe_int(step, "fill", 0), probe_int(step, "deadline", 0),
                        out, err);
    uint64_t take = (uint64_t)probe_int(step, "take", 0);
    uint64_t peek = (uint64_t)probe_int(step, "peek", 0);
    if (json_object_get(step, "take") != NULL)
        return probe_give(payload_or_null(mcp_pending_take(table, take)), out, err);
    if (json_object_get(step, "peek") != NULL)
        return probe_give(payload_or_null(mcp_pending_peek(table, peek)), out, err);
    if (json_object_get(step, "expire") != NULL)
        return probe_give(expire(table, probe_int(step, "expire", 0)), out, err);
    if (json_object_get(step, "next") != NULL)
        return probe_give(next_deadline(table), out, err);
    return probe_give(json_integer((json_int_t)mcp_pending_count(table)), out, err);
}

static enum mcp_code run_all(struct mcp_pending *table, const json_t *steps, json_t *results,
                             struct mcp_err *err) {
    for (size_t i = 0; i < json_array_size(steps); i++) {
        json_t *result = NULL;
        MCP_TRY(run(table, json_array_get(steps, i), &result, err));
        if (json_array_append_new(results, result) != 0)
            return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    }
    return MCP_OK;
}

enum mcp_code probe_pending(const json_t *in, json_t **out, struct mcp_err *err) {
    struct mcp_pending *table = NULL;
    json_auto_t *results = json_array();
    if (results == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    MCP_TRY(mcp_pending_new((size_t)probe_int(in, "max", 16), &table, err));
    enum mcp_code code = run_all(table, json_object_get(in, "steps"), results, err);
    mcp_pending_free(table);
    if (code == MCP_OK)
        *out = MCP_TAKE(results);
    return code;
}
