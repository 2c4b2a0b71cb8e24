/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/shape.json. */
#include "probe.h"
#include "protocol/shape.h"

probe_fn probe_shape;

/* The row, in whichever revision and direction it exists. */
static const struct mcp_method *method_named(const json_t *in) {
    struct mcp_str name = mcp_json_str(json_object_get(in, "method"));
    for (size_t i = 0; mcp_method_at(i) != NULL; i++)
        if (mcp_str_equal(mcp_str_of(mcp_method_at(i)->name), name))
            return mcp_method_at(i);
    return NULL;
}

static enum mcp_code no_memory(struct mcp_err *err) {
    return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
}

/* A new object with the same members. */
static enum mcp_code own_top_level(const json_t *in, struct mcp_result *result,
                                   struct mcp_err *err) {
    json_t *members = json_object_get(in, "result");
    if (!json_is_object(members))
        return MCP_OK;
    MCP_TRY(mcp_result_take(result, json_object(), err));
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach(members, key, value) {
        if (json_object_set(result->members, key, value) != 0)
            return no_memory(err);
    }
    return MCP_OK;
}

static enum mcp_code shape_result(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_result_deinit) struct mcp_result result;
    struct mcp_shape shape = {
        .method = method_named(in),
        .version = mcp_version_parse(mcp_json_str(json_object_get(in, "version"))),
        .is_private = json_is_true(json_object_get(in, "private")),
        .ttl_ms = probe_int(in, "ttl_ms", 0),
        .server_info = json_object_get(in, "server_info"),
    };
    mcp_result_init(&result);
    MCP_TRY(own_top_level(in, &result, err));
    MCP_TRY(mcp_shape_result(&result, &shape, err));
    return probe_give(result.members != NULL ? json_incref(result.members) : json_null(), out, err);
}

static enum mcp_code shape_params(const json_t *in, json_t **out, struct mcp_err *err) {
    json_t *params = json_object_get(in, "params");
    json_t *shaped = NULL;
    MCP_TRY(mcp_shape_params(json_is_object(params) ? params : NULL, method_named(in),
                             mcp_version_parse(mcp_json_str(json_object_get(in, "version"))),
                             &shaped, err));
    return probe_give(shaped != NULL ? shaped : json_null(), out, err);
}

enum mcp_code probe_shape(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf before = MCP_BUF_INIT(1 << 20);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf after = MCP_BUF_INIT(1 << 20);
    MCP_TRY(mcp_json_write(in, &before, err));
    MCP_TRY(json_object_get(in, "params") != NULL ? shape_params(in, out, err)
                                                  : shape_result(in, out, err));
    enum mcp_code code = mcp_json_write(in, &after, err);
    if (code == MCP_OK && !mcp_str_equal(mcp_buf_view(&before), mcp_buf_view(&after)))
        code = MCP_FAIL(err, MCP_E_BUG, "the input was changed");
    if (code != MCP_OK)
        mcp_json_decref(out);
    return code;
}
