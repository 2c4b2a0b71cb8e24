/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/pointer.json. */
#include "json/pointer.h"
#include "probe.h"

probe_fn probe_pointer;

static enum mcp_code get(const json_t *in, json_t **out, struct mcp_err *err) {
    json_t *value = NULL;
    struct mcp_str pointer = mcp_json_str(json_object_get(in, "get"));
    MCP_TRY(mcp_pointer_get(json_object_get(in, "of"), pointer, &value, err));
    return probe_give(json_incref(value), out, err);
}

static enum mcp_code locate(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(1 << 24);
    MCP_TRY(probe_bytes(json_object_get(in, "in"), &text, err));
    struct mcp_place place = {0};
    struct mcp_str pointer = mcp_json_str(json_object_get(in, "locate"));
    bool at_key = json_is_true(json_object_get(in, "at_key"));
    MCP_TRY(mcp_pointer_locate(mcp_buf_view(&text), pointer, at_key, &place, err));
    json_t *pair = json_pack("[I, I]", (json_int_t)place.line, (json_int_t)place.column);
    return probe_give(pair, out, err);
}

static enum mcp_code build(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit)
    struct mcp_buf pointer = MCP_BUF_INIT((size_t)probe_int(in, "limit", 4096));
    const json_t *tokens = json_object_get(in, "build");
    for (size_t i = 0; i < json_array_size(tokens); i++) {
        const json_t *token = json_array_get(tokens, i);
        if (json_is_integer(token))
            mcp_pointer_add_index(&pointer, (size_t)json_integer_value(token));
        else
            mcp_pointer_add_key(&pointer, mcp_json_str(token));
    }
    MCP_TRY(mcp_buf_finish(&pointer, err));
    return probe_give(probe_text(mcp_buf_view(&pointer)), out, err);
}

enum mcp_code probe_pointer(const json_t *in, json_t **out, struct mcp_err *err) {
    if (json_object_get(in, "get") != NULL)
        return get(in, out, err);
    return json_object_get(in, "locate") != NULL ? locate(in, out, err) : build(in, out, err);
}
