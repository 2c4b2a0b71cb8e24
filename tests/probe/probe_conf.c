/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/conf.json. */
#include "probe.h"
#include "probe_env.h"
#include "program/conf.h"

probe_fn probe_conf;

static enum mcp_code help(const json_t *schema, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(1 << 20);
    mcp_conf_write_options(schema, &text);
    MCP_TRY(mcp_buf_finish(&text, err));
    return probe_give(probe_text(mcp_buf_view(&text)), out, err);
}

static enum mcp_code resolve(const json_t *in, json_t **out_values, json_t **out_positional,
                             struct mcp_err *err) {
    MCP_AUTO(probe_env_free) char **env = NULL;
    MCP_AUTO(probe_env_free) char **argv = NULL;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf dotenv = MCP_BUF_INIT(1 << 20);
    MCP_TRY(probe_env(json_object_get(in, "env"), &env, err));
    MCP_TRY(probe_env(json_object_get(in, "argv"), &argv, err));
    MCP_TRY(probe_bytes(json_object_get(in, "dotenv"), &dotenv, err));
    struct mcp_conf_inputs inputs = {.argc = (int)json_array_size(json_object_get(in, "argv")),
                                     .argv = argv,
                                     .envp = env,
                                     .dotenv = mcp_buf_view(&dotenv)};
    bool allows_words = json_is_true(json_object_get(in, "positional"));
    return mcp_conf_resolve(json_object_get(in, "schema"), &inputs, out_values,
                            allows_words ? out_positional : NULL, err);
}

enum mcp_code probe_conf(const json_t *in, json_t **out, struct mcp_err *err) {
    json_auto_t *values = NULL;
    json_auto_t *positional = NULL;
    if (json_object_get(in, "help") != NULL)
        return help(json_object_get(in, "help"), out, err);
    MCP_TRY(resolve(in, &values, &positional, err));
    return probe_give(json_pack("{s:O, s:O*}", "values", values, "positional", positional), out,
                      err);
}
