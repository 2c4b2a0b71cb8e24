/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/proxy.json. */
#include "dial/proxy.h"
#include "probe.h"

probe_fn probe_proxy;

enum { MAX_BYTES = 1 << 20 };

struct variables {
    const json_t *env;
    struct mcp_buf text; /* of the one that is not plain */
};

static const char *get(void *user, const char *name) {
    struct variables *variables = user;
    const json_t *value = json_object_get(variables->env, name);
    if (!json_is_object(value))
        return json_string_value(value);
    mcp_buf_clear(&variables->text);
    return probe_bytes(value, &variables->text, NULL) == MCP_OK ? variables->text.data : NULL;
}

static enum mcp_code choose(const struct mcp_proxy_env *env, const json_t *in, json_t **out,
                            struct mcp_err *err) {
    const char *proxy = NULL;
    MCP_TRY(mcp_proxy_choose(env, json_string_value(json_object_get(in, "scheme")),
                             json_string_value(json_object_get(in, "host")), &proxy, err));
    return probe_give(proxy != NULL ? json_string(proxy) : json_null(), out, err);
}

enum mcp_code probe_proxy(const json_t *in, json_t **out, struct mcp_err *err) {
    struct variables variables = {json_object_get(in, "env"), MCP_BUF_INIT(MAX_BYTES)};
    MCP_AUTO(mcp_proxy_env_deinit) struct mcp_proxy_env env = {0};
    enum mcp_code code = mcp_proxy_env_init(&env, get, &variables, err);
    mcp_buf_deinit(&variables.text);
    MCP_TRY(code);
    return choose(&env, in, out, err);
}
