/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/oauth_request.json. */
#include "oauth_client/oauth_request.h"
#include "probe.h"

probe_fn probe_oauth_request;

enum { MAX_FIELDS = 8 };

static const char *text(const json_t *in, const char *key) {
    return json_string_value(json_object_get(in, key));
}

static size_t fields_of(const json_t *in, struct mcp_oauth_field fields[MAX_FIELDS]) {
    const json_t *pairs = json_object_get(in, "fields");
    size_t count = 0;
    for (; count < json_array_size(pairs) && count < MAX_FIELDS; count++) {
        const json_t *pair = json_array_get(pairs, count);
        fields[count] = (struct mcp_oauth_field){json_string_value(json_array_get(pair, 0)),
                                                 json_string_value(json_array_get(pair, 1))};
    }
    return count;
}

static enum mcp_code choose(const json_t *in, json_t **out, struct mcp_err *err) {
    static const char *const names[] = {"none", "basic", "post", "jwt"};
    enum mcp_oauth_method method = MCP_OAUTH_METHOD_NONE;
    MCP_TRY(mcp_oauth_request_choose(json_object_get(in, "offered"), text(in, "registered"),
                                     json_is_true(json_object_get(in, "secret")),
                                     json_is_true(json_object_get(in, "key")), &method, err));
    return probe_give(json_string(names[method]), out, err);
}

static enum mcp_code write(const json_t *in, struct mcp_buf *out, struct mcp_err *err) {
    struct mcp_oauth_field fields[MAX_FIELDS];
    size_t count = fields_of(in, fields);
    const json_t *registration = json_object_get(in, "registration");
    if (registration != NULL) {
        const struct mcp_oauth_registration given = {
            .client_name = text(registration, "client_name"),
            .redirect_uri = text(registration, "redirect_uri"),
            .method = text(registration, "method"),
            .scope = text(registration, "scope"),
        };
        return mcp_oauth_request_registration(&given, out, err);
    }
    if (text(in, "id") != NULL)
        return mcp_oauth_request_basic(text(in, "id"), text(in, "secret"), out, err);
    if (text(in, "url") != NULL)
        mcp_oauth_request_url(text(in, "url"), fields, count, out);
    else
        mcp_oauth_request_form(fields, count, out);
    return mcp_buf_finish(out, err);
}

enum mcp_code probe_oauth_request(const json_t *in, json_t **out, struct mcp_err *err) {
    const char *name = NULL;
    if (json_is_true(json_object_get(in, "choose")))
        return choose(in, out, err);
    if (json_is_true(json_object_get(in, "register_for"))) {
        MCP_TRY(mcp_oauth_request_choose_registered(json_object_get(in, "offered"), &name, err));
        return probe_give(json_string(name), out, err);
    }
    MCP_AUTO(mcp_buf_deinit)
    struct mcp_buf bytes = MCP_BUF_INIT((size_t)probe_int(in, "max", MCP_OAUTH_REQUEST_MAX_BYTES));
    MCP_TRY(write(in, &bytes, err));
    return probe_give(probe_text(mcp_buf_view(&bytes)), out, err);
}
