/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/conf_env.json. */
#include "probe.h"
#include "probe_env.h"
#include "program/conf_env.h"

probe_fn probe_conf_env;

enum mcp_code probe_conf_env(const json_t *in, json_t **out, struct mcp_err *err) {
    const json_t *name = json_object_get(in, "get");
    if (name != NULL) {
        MCP_AUTO(probe_env_free) char **env = NULL;
        MCP_TRY(probe_env(json_object_get(in, "env"), &env, err));
        const char *value = mcp_env_get(env, mcp_json_str(name));
        return probe_give(value != NULL ? json_string(value) : json_null(), out, err);
    }
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(1 << 20);
    MCP_TRY(probe_bytes(json_object_get(in, "text"), &text, err));
    return mcp_dotenv_parse(mcp_buf_view(&text), ".env", out, err);
}
