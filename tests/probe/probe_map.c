/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/map.json. */
#include <string.h>

#include "mcp/alloc.h"
#include "mcp/map.h"
#include "probe.h"

probe_fn probe_map;

struct item {
    size_t *dropped;
    char text[]; /* NUL-terminated */
};

static void drop_item(void *value) {
    struct item *item = value;
    (*item->dropped)++;
    mcp_free(item);
}

static void deinit_item(struct item **item) {
    mcp_free(*item);
}

struct bench {
    struct mcp_map *map;
    size_t dropped;
};

static enum mcp_code put(struct bench *bench, struct mcp_str key, struct mcp_str text,
                         struct mcp_err *err) {
    MCP_AUTO(deinit_item) struct item *item = mcp_alloc(sizeof *item + text.len + 1);
    if (item == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    item->dropped = &bench->dropped;
    memcpy(item->text, text.ptr, text.len);
    MCP_TRY(mcp_map_put(bench->map, key, item, err));
    item = NULL;
    return MCP_OK;
}

/* "fill" when step is 0, else "thin". */
static enum mcp_code each_number(struct bench *bench, const json_t *op, json_int_t step,
                                 json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf key = MCP_BUF_INIT(100);
    json_int_t count = json_integer_value(json_array_get(op, 2));
    for (json_int_t i = 0; i < count; i++) {
        mcp_buf_clear(&key);
        mcp_buf_addf(&key, "%s%lld", json_string_value(json_array_get(op, 1)), (long long)i);
        MCP_TRY(mcp_buf_finish(&key, err));
        if (step == 0)
            MCP_TRY(put(bench, mcp_buf_view(&key), mcp_buf_view(&key), err));
        else if (i % step != 0 && !mcp_map_remove(bench->map, mcp_buf_view(&key)))
            return MCP_FAIL(err, MCP_E_NOT_FOUND, "%s is not there", key.data);
    }
    return probe_give(json_null(), out, err);
}

static enum mcp_code walk(struct bench *bench, bool wants_values, bool removes, json_t **out,
                          struct mcp_err *err) {
    json_auto_t *list = json_array();
    struct mcp_str key = MCP_STR("");
    void *value = NULL;
    for (size_t at = 0; mcp_map_next(bench->map, &at, &key, &value);) {
        const struct item *item = value;
        json_t *entry = wants_values ? json_string(item->text) : probe_text(key);
        if (removes)
            (void)mcp_map_remove(bench->map, key);
        if (json_array_append_new(list, entry) != 0)
            return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    }
    return probe_give(MCP_TAKE(list), out, err);
}

static enum mcp_code look(struct bench *bench, struct mcp_str key, bool takes, json_t **out,
                          struct mcp_err *err) {
    struct item *item = takes ? mcp_map_take(bench->map, key) : mcp_map_get(bench->map, key);
    json_t *text = item != NULL ? json_string(item->text) : json_null();
    if (takes)
        mcp_free(item);
    return probe_give(text, out, err);
}

static bool is(const json_t *op, const char *name) {
    return strcmp(json_string_value(json_array_get(op, 0)), name) == 0;
}

static enum mcp_code change(struct bench *bench, const json_t *op, json_t **out,
                            struct mcp_err *err) {
    struct mcp_str key = mcp_json_str(json_array_get(op, 1));
    if (is(op, "put")) {
        MCP_TRY(put(bench, key, mcp_json_str(json_array_get(op, 2)), err));
        return probe_give(json_null(), out, err);
    }
    if (is(op, "fill"))
        return each_number(bench, op, 0, out, err);
    if (is(op, "thin"))
        return each_number(bench, op, json_integer_value(json_array_get(op, 3)), out, err);
    if (is(op, "remove"))
        return probe_give(json_boolean(mcp_map_remove(bench->map, key)), out, err);
    if (is(op, "clear")) {
        mcp_map_clear(bench->map);
        return probe_give(json_null(), out, err);
    }
    return MCP_FAIL(err, MCP_E_INVALID, "unknown operation");
}

static enum mcp_code run(struct bench *bench, const json_t *op, json_t **out, struct mcp_err *err) {
    if (is(op, "get") || is(op, "take"))
        return look(bench, mcp_json_str(json_array_get(op, 1)), is(op, "take"), out, err);
    if (is(op, "count"))
        return probe_give(json_integer((json_int_t)mcp_map_count(bench->map)), out, err);
    if (is(op, "keys") || is(op, "values") || is(op, "drain"))
        return walk(bench, is(op, "values"), is(op, "drain"), out, err);
    if (is(op, "dropped"))
        return probe_give(json_integer((json_int_t)bench->dropped), out, err);
    return change(bench, op, out, err);
}

static void deinit_bench(struct bench *bench) {
    mcp_map_free(bench->map);
}

enum mcp_code probe_map(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(deinit_bench) struct bench bench = {0};
    json_auto_t *results = json_array();
    MCP_TRY(mcp_map_new((uint64_t)probe_int(in, "seed", 0), drop_item, &bench.map, err));
    const json_t *ops = json_object_get(in, "do");
    for (size_t i = 0; i < json_array_size(ops); i++) {
        json_t *result = NULL;
        MCP_TRY(run(&bench, json_array_get(ops, i), &result, err));
        if (json_array_append_new(results, result) != 0)
            return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    }
    return probe_give(MCP_TAKE(results), out, err);
}
