/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/oauth_response.json. */
#include "oauth_client/oauth_response.h"
#include "probe.h"

probe_fn probe_oauth_response;

enum { MAX_BYTES = 1 << 20 };

static enum mcp_code judge_redirect(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf code = MCP_BUF_INIT(MCP_OAUTH_TOKEN_MAX_BYTES);
    const struct mcp_oauth_redirect_wanted wanted = {
        .state = json_string_value(json_object_get(in, "state")),
        .issuer = json_string_value(json_object_get(in, "issuer")),
        .names_issuer = json_is_true(json_object_get(in, "names_issuer")),
    };
    MCP_TRY(mcp_oauth_response_judge_redirect(mcp_json_str(json_object_get(in, "redirect")),
                                              &wanted, &code, err));
    return probe_give(probe_text(mcp_buf_view(&code)), out, err);
}

static enum mcp_code judge_grant(long status, struct mcp_str body, json_t **out,
                                 struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf grant = MCP_BUF_INIT(MCP_OAUTH_TOKEN_MAX_BYTES);
    MCP_TRY(mcp_oauth_response_judge_grant(status, body, &grant, err));
    return probe_give(probe_text(mcp_buf_view(&grant)), out, err);
}

enum mcp_code probe_oauth_response(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf body = MCP_BUF_INIT(MAX_BYTES);
    const char *error = json_string_value(json_object_get(in, "is_error"));
    const json_t *answer = json_object_get(in, "answer");
    long status = (long)probe_int(in, "status", 200);
    if (json_object_get(in, "redirect") != NULL)
        return judge_redirect(in, out, err);
    if (json_is_object(answer))
        MCP_TRY(mcp_json_write(answer, &body, err));
    else
        MCP_TRY(probe_bytes(json_object_get(in, "bytes"), &body, err));
    if (error != NULL)
        return probe_give(json_boolean(mcp_oauth_response_is_error(mcp_buf_view(&body), error)),
                          out, err);
    if (json_is_true(json_object_get(in, "client")))
        return mcp_oauth_response_judge_client(status, mcp_buf_view(&body), out, err);
    if (json_is_true(json_object_get(in, "grant")))
        return judge_grant(status, mcp_buf_view(&body), out, err);
    return mcp_oauth_response_judge_token(status, mcp_buf_view(&body), probe_int(in, "now", 1000),
                                          out, err);
}
