/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/scope_policy.json. */
#include "oauth/scope_policy.h"
#include "probe.h"

probe_fn probe_scope_policy;

enum { MAX_ROWS = 300 };

static struct mcp_str text_at(const json_t *row, size_t i) {
    return mcp_json_str(json_array_get(row, i));
}

static enum mcp_code build(const json_t *in, struct oauth_scope_policy **out, struct mcp_err *err) {
    struct oauth_scope_rule rules[MAX_ROWS];
    struct oauth_scope_includes includes[MAX_ROWS];
    size_t rule_count = 0;
    size_t include_count = 0;
    const json_t *row = NULL;
    json_array_foreach(json_object_get(in, "rules"), rule_count, row) {
        rules[rule_count] =
            (struct oauth_scope_rule){text_at(row, 0), text_at(row, 1), text_at(row, 2)};
    }
    json_array_foreach(json_object_get(in, "includes"), include_count, row) {
        includes[include_count] = (struct oauth_scope_includes){text_at(row, 0), text_at(row, 1)};
    }
    return oauth_scope_policy_new(rules, rule_count, includes, include_count, out, err);
}

/* true, or what the request takes. */
static enum mcp_code ask(const struct oauth_scope_policy *policy, const json_t *request, size_t max,
                         json_t *out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf scopes = MCP_BUF_INIT(max);
    json_t *answer = NULL;
    if (oauth_scope_policy_allows(policy, text_at(request, 0), text_at(request, 1),
                                  text_at(request, 2), &scopes)) {
        answer = json_true();
    } else {
        MCP_TRY(mcp_buf_finish(&scopes, err));
        answer = probe_text(mcp_buf_view(&scopes));
    }
    return json_array_append_new(out, answer) == 0 ? MCP_OK
                                                   : MCP_FAIL(err, MCP_E_NOMEM, "no memory");
}

enum mcp_code probe_scope_policy(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(oauth_scope_policy_freep) struct oauth_scope_policy *policy = NULL;
    size_t max = (size_t)probe_int(in, "max", 1 << 20);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf all = MCP_BUF_INIT(max);
    MCP_AUTO(mcp_json_decref) json_t *answers = json_array();
    const json_t *request = NULL;
    size_t i = 0;
    if (answers == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "no memory");
    MCP_TRY(build(in, &policy, err));
    json_array_foreach(json_object_get(in, "ask"), i, request)
        MCP_TRY(ask(policy, request, max, answers, err));
    oauth_scope_policy_list(policy, &all);
    MCP_TRY(mcp_buf_finish(&all, err));
    return probe_give(
        json_pack("{so sO}", "all", probe_text(mcp_buf_view(&all)), "answers", answers), out, err);
}
