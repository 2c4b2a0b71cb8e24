/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/orch_conf.json. */
#include <string.h>

#include "orchestrator/conf.h"
#include "probe.h"
#include "probe_env.h"

probe_fn probe_orch_conf;

static json_t *texts(const char *const *list) {
    json_t *out = json_array();
    for (size_t i = 0; list != NULL && list[i] != NULL; i++)
        (void)json_array_append_new(out, json_string(list[i]));
    return out;
}

static json_t *launches(const struct orch_conf *conf) {
    json_t *out = json_array();
    for (size_t i = 0; i < conf->server_count; i++) {
        const struct orch_server *server = &conf->servers[i];
        json_t *row =
            server->argv != NULL
                ? json_pack("[s, o, o]", server->id, texts(server->argv), texts(server->env))
                : json_pack("[s, o]", server->id, texts(server->headers));
        (void)json_array_append_new(out, row);
    }
    return out;
}

static enum mcp_code show(const json_t *in, const struct orch_conf *conf, json_t **out,
                          struct mcp_err *err) {
    const char *what = json_string_value(json_object_get(in, "show"));
    size_t refused = mcp_alloc_refusals();
    json_t *shown = what != NULL && strcmp(what, "launch") == 0 ? launches(conf)
                                                                : json_deep_copy(conf->effective);
    if (mcp_alloc_refusals() != refused) {
        json_decref(shown);
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    }
    return probe_give(shown, out, err);
}

enum mcp_code probe_orch_conf(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf yaml = MCP_BUF_INIT(1 << 20);
    MCP_AUTO(probe_env_free) char **env = NULL;
    MCP_AUTO(orch_conf_freep) struct orch_conf *conf = NULL;
    json_auto_t *problems = NULL;
    MCP_TRY(probe_bytes(json_object_get(in, "yaml"), &yaml, err));
    MCP_TRY(probe_env(json_object_get(in, "env"), &env, err));
    const char *what = json_string_value(json_object_get(in, "show"));
    bool wants_problems = what != NULL && strcmp(what, "problems") == 0;
    struct mcp_err why = {0};
    enum mcp_code code = orch_conf_parse(mcp_buf_view(&yaml), "c.yaml", env, &conf,
                                         wants_problems ? &problems : NULL, &why);
    if (code == MCP_E_SCHEMA && wants_problems)
        return probe_give(MCP_TAKE(problems), out, err);
    if (code != MCP_OK) {
        if (err != NULL)
            *err = why;
        return code;
    }
    return show(in, conf, out, err);
}
