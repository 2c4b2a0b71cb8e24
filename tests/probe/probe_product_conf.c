/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/product_conf.json. */
#include "probe.h"
#include "probe_env.h"
#include "product_metadata/embedded.h"
#include "program/conf.h"

probe_fn probe_product_conf;

enum mcp_code probe_product_conf(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(probe_env_free) char **env = NULL;
    MCP_AUTO(probe_env_free) char **argv = NULL;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf dotenv = MCP_BUF_INIT(1 << 20);
    json_auto_t *schema = NULL;
    const json_t *words = json_object_get(in, "argv");
    MCP_TRY(mcp_json_parse(mcp_str_of(product_settings_schema), &schema, err));
    MCP_TRY(probe_env(json_object_get(in, "env"), &env, err));
    MCP_TRY(probe_env(words, &argv, err));
    MCP_TRY(probe_bytes(json_object_get(in, "dotenv"), &dotenv, err));
    const struct mcp_conf_inputs inputs = {.argc = (int)json_array_size(words),
                                           .argv = argv,
                                           .envp = env,
                                           .dotenv = mcp_buf_view(&dotenv)};
    return mcp_conf_resolve(schema, &inputs, out, NULL, err);
}
