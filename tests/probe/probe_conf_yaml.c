/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/conf_yaml.json. */
#include "probe.h"
#include "probe_env.h"
#include "program/conf_yaml.h"

probe_fn probe_conf_yaml;

static enum mcp_code expand(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(probe_env_free) char **env = NULL;
    json_auto_t *value = json_deep_copy(json_object_get(in, "expand"));
    if (value == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    MCP_TRY(probe_env(json_object_get(in, "env"), &env, err));
    MCP_TRY(mcp_conf_expand(value, env, err));
    *out = MCP_TAKE(value);
    return MCP_OK;
}

enum mcp_code probe_conf_yaml(const json_t *in, json_t **out, struct mcp_err *err) {
    const json_t *pointer = json_object_get(in, "locate");
    if (json_object_get(in, "expand") != NULL)
        return expand(in, out, err);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(1 << 20);
    MCP_TRY(probe_bytes(json_object_get(in, "text"), &text, err));
    if (pointer == NULL)
        return mcp_yaml_parse(mcp_buf_view(&text), out, err);
    struct mcp_place place = {0};
    bool at_key = json_is_true(json_object_get(in, "at_key"));
    MCP_TRY(mcp_yaml_locate(mcp_buf_view(&text), mcp_json_str(pointer), at_key, &place, err));
    return probe_give(
        json_pack("{s:I, s:I}", "line", (json_int_t)place.line, "column", (json_int_t)place.column),
        out, err);
}
