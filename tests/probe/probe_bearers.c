/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/bearers.json. */
#include <stdio.h>
#include <string.h>

#include "listen/bearers.h"
#include "probe.h"

#define MAX_ROWS   1100
#define TEXT_BYTES 48

probe_fn probe_bearers;

struct rows {
    struct mcp_bearer row[MAX_ROWS];
    char names[MAX_ROWS][TEXT_BYTES];
    char tokens[MAX_ROWS][TEXT_BYTES];
    size_t count;
};

static void number_rows(struct rows *rows, size_t count) {
    for (rows->count = 0; rows->count < count && rows->count < MAX_ROWS; rows->count++) {
        size_t i = rows->count;
        (void)snprintf(rows->names[i], TEXT_BYTES, "name%zu", i);
        (void)snprintf(rows->tokens[i], TEXT_BYTES, "token-%020zu", i);
        rows->row[i] = (struct mcp_bearer){rows->names[i], rows->tokens[i]};
    }
}

static void read_rows(const json_t *list, struct rows *rows) {
    for (rows->count = 0; rows->count < json_array_size(list); rows->count++) {
        const json_t *row = json_array_get(list, rows->count);
        rows->row[rows->count] = (struct mcp_bearer){json_string_value(json_array_get(row, 0)),
                                                     json_string_value(json_array_get(row, 1))};
    }
}

static json_t *find_all(const struct mcp_bearers *bearers, const json_t *tokens) {
    json_t *out = json_array();
    for (size_t i = 0; out != NULL && i < json_array_size(tokens); i++) {
        unsigned char digest[MCP_BEARER_DIGEST_BYTES];
        const char *name =
            mcp_bearers_find(bearers, mcp_json_str(json_array_get(tokens, i)), digest);
        if (json_array_append_new(out, name != NULL ? json_string(name) : json_null()) != 0)
            mcp_json_decref(&out);
    }
    return out;
}

static json_t *hold_all(const struct mcp_bearers *bearers, const json_t *pairs) {
    json_t *out = json_array();
    for (size_t i = 0; out != NULL && i < json_array_size(pairs); i++) {
        unsigned char digest[MCP_BEARER_DIGEST_BYTES];
        const json_t *pair = json_array_get(pairs, i);
        (void)mcp_bearers_find(bearers, mcp_json_str(json_array_get(pair, 1)), digest);
        bool is_held =
            mcp_bearers_hold(bearers, json_string_value(json_array_get(pair, 0)), digest);
        if (json_array_append_new(out, json_boolean(is_held)) != 0)
            mcp_json_decref(&out);
    }
    return out;
}

static json_t *describe(const struct mcp_bearers *bearers, const json_t *in) {
    json_auto_t *out = json_pack("{s:I}", "count", (json_int_t)mcp_bearers_count(bearers));
    const json_t *tokens = json_object_get(in, "find");
    const json_t *pairs = json_object_get(in, "hold");
    int rc = out != NULL ? 0 : -1;
    if (rc == 0 && tokens != NULL)
        rc = json_object_set_new(out, "found", find_all(bearers, tokens));
    if (rc == 0 && pairs != NULL)
        rc = json_object_set_new(out, "held", hold_all(bearers, pairs));
    return rc == 0 ? MCP_TAKE(out) : NULL;
}

enum mcp_code probe_bearers(const json_t *in, json_t **out, struct mcp_err *err) {
    static struct rows rows;
    struct mcp_bearers *bearers = NULL;
    json_int_t times = probe_int(in, "times", -1);
    if (times >= 0)
        number_rows(&rows, (size_t)times);
    else
        read_rows(json_object_get(in, "rows"), &rows);
    MCP_TRY(mcp_bearers_new(rows.row, rows.count, &bearers, err));
    struct mcp_bearers *other = mcp_bearers_ref(bearers);
    mcp_bearers_unref(bearers);
    json_t *seen = describe(other, in);
    mcp_bearers_unref(other);
    return probe_give(seen, out, err);
}
