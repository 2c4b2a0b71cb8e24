/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/uri.json. */
#include "mcp/uri.h"
#include "probe.h"

probe_fn probe_uri;

/* False when memory is refused. */
static bool set_text(json_t *object, const char *key, bool is_there, struct mcp_str value) {
    return !is_there || json_object_set_new(object, key, probe_text(value)) == 0;
}

static enum mcp_code show(const struct mcp_uri *uri, json_t **out, struct mcp_err *err) {
    json_auto_t *parts = json_object();
    bool is_whole =
        set_text(parts, "scheme", uri->scheme.len > 0, uri->scheme) &&
        set_text(parts, "userinfo", uri->has_userinfo, uri->userinfo) &&
        set_text(parts, "host", uri->has_authority, uri->host) &&
        set_text(parts, "path", true, uri->path) &&
        set_text(parts, "query", uri->has_query, uri->query) &&
        set_text(parts, "fragment", uri->has_fragment, uri->fragment) &&
        (uri->port == 0 || json_object_set_new(parts, "port", json_integer(uri->port)) == 0);
    return probe_give(is_whole ? MCP_TAKE(parts) : NULL, out, err);
}

static enum mcp_code parse(const json_t *text, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf bytes = MCP_BUF_INIT(1 << 20);
    struct mcp_uri uri = {0};
    MCP_TRY(probe_bytes(text, &bytes, err));
    MCP_TRY(mcp_uri_parse(mcp_buf_view(&bytes), &uri, err));
    return show(&uri, out, err);
}

static enum mcp_code resolve(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf base = MCP_BUF_INIT(1 << 20);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf reference = MCP_BUF_INIT(1 << 20);
    MCP_AUTO(mcp_buf_deinit)
    struct mcp_buf result = MCP_BUF_INIT((size_t)probe_int(in, "limit", 1 << 20));
    MCP_TRY(probe_bytes(json_object_get(in, "base"), &base, err));
    MCP_TRY(probe_bytes(json_object_get(in, "resolve"), &reference, err));
    MCP_TRY(mcp_uri_resolve(mcp_buf_view(&base), mcp_buf_view(&reference), &result, err));
    return probe_give(probe_text(mcp_buf_view(&result)), out, err);
}

static enum mcp_code same_origin(const json_t *pair, json_t **out, struct mcp_err *err) {
    struct mcp_uri a = {0};
    struct mcp_uri b = {0};
    MCP_TRY(mcp_uri_parse(mcp_json_str(json_array_get(pair, 0)), &a, err));
    MCP_TRY(mcp_uri_parse(mcp_json_str(json_array_get(pair, 1)), &b, err));
    bool is_same = mcp_uri_same_origin(&a, &b);
    if (is_same != mcp_uri_same_origin(&b, &a))
        return MCP_FAIL(err, MCP_E_BUG, "the order matters");
    return probe_give(json_boolean(is_same), out, err);
}

static enum mcp_code code(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf bytes = MCP_BUF_INIT(1 << 20);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf result = MCP_BUF_INIT(1 << 20);
    const json_t *encoded = json_object_get(in, "decode");
    MCP_TRY(probe_bytes(encoded != NULL ? encoded : json_object_get(in, "encode"), &bytes, err));
    if (encoded != NULL)
        MCP_TRY(mcp_uri_decode(mcp_buf_view(&bytes), &result, err));
    else
        mcp_uri_encode(mcp_buf_view(&bytes), &result);
    MCP_TRY(mcp_buf_finish(&result, err));
    return probe_give(probe_text(mcp_buf_view(&result)), out, err);
}

enum mcp_code probe_uri(const json_t *in, json_t **out, struct mcp_err *err) {
    if (json_object_get(in, "parse") != NULL)
        return parse(json_object_get(in, "parse"), out, err);
    if (json_object_get(in, "resolve") != NULL)
        return resolve(in, out, err);
    if (json_object_get(in, "same_origin") != NULL)
        return same_origin(json_object_get(in, "same_origin"), out, err);
    if (json_object_get(in, "is_loopback") != NULL)
        return probe_give(json_boolean(mcp_uri_host_is_loopback(
                              mcp_json_str(json_object_get(in, "is_loopback")))),
                          out, err);
    return code(in, out, err);
}
