/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/http_error.json. */
#include "dial/http_error.h"
#include "probe.h"

probe_fn probe_http_error;

static const char *text(const json_t *in, const char *key) {
    const char *value = json_string_value(json_object_get(in, key));
    return value != NULL ? value : "";
}

static enum mcp_code judge(const json_t *in, struct mcp_err *why, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf body = MCP_BUF_INIT(1 << 20);
    if (json_object_get(in, "status") != NULL) {
        if (json_object_get(in, "body") != NULL)
            MCP_TRY(probe_bytes(json_object_get(in, "body"), &body, err));
        (void)mcp_http_status_failure((long)probe_int(in, "status", 0), mcp_buf_view(&body), why);
    } else if (json_object_get(in, "redirect") != NULL) {
        (void)mcp_http_redirect_failure((long)probe_int(in, "redirect", 0), text(in, "url"),
                                        json_string_value(json_object_get(in, "location")), why);
    } else {
        (void)mcp_http_curl_failure((int)probe_int(in, "curl", 0), text(in, "detail"),
                                    json_is_true(json_object_get(in, "connected")),
                                    (uint64_t)probe_int(in, "timeout", 0), why);
    }
    return MCP_OK;
}

enum mcp_code probe_http_error(const json_t *in, json_t **out, struct mcp_err *err) {
    char origin[MCP_HTTP_ORIGIN_BYTES];
    struct mcp_err why = {0};
    if (json_object_get(in, "origin") != NULL) {
        mcp_http_origin(mcp_json_str(json_object_get(in, "origin")), origin);
        return probe_give(json_string(origin), out, err);
    }
    MCP_TRY(judge(in, &why, err));
    return probe_give(json_pack("{s:s, s:s}", "code", mcp_code_name(why.code), "what", why.what),
                      out, err);
}
