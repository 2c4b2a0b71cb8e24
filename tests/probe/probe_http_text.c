/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/http_text.json. */
#include "mcp/http_text.h"
#include "probe.h"

probe_fn probe_http_text;

enum { MAX_HEADERS = 16 };

static enum mcp_code find(const json_t *in, json_t **out, struct mcp_err *err) {
    struct mcp_http_header headers[MAX_HEADERS];
    const json_t *list = json_object_get(in, "headers");
    struct mcp_http_head head = {.headers = headers, .header_count = json_array_size(list)};
    for (size_t i = 0; i < head.header_count && i < MAX_HEADERS; i++) {
        const json_t *pair = json_array_get(list, i);
        headers[i] = (struct mcp_http_header){mcp_json_str(json_array_get(pair, 0)),
                                              mcp_json_str(json_array_get(pair, 1))};
    }
    struct mcp_str name = mcp_json_str(json_object_get(in, "find"));
    size_t count = 0;
    const struct mcp_str *value = mcp_http_find(&head, name, &count);
    if (value != mcp_http_find(&head, name, NULL))
        return MCP_FAIL(err, MCP_E_BUG, "counting changed the answer");
    json_t *text = value != NULL ? probe_text(*value) : json_null();
    return probe_give(json_pack("{s:o, s:I}", "value", text, "count", (json_int_t)count), out, err);
}

static enum mcp_code query_get(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit)
    struct mcp_buf value = MCP_BUF_INIT((size_t)probe_int(in, "limit", 1024));
    const json_t *pair = json_object_get(in, "query_get");
    MCP_TRY(mcp_http_query_get(mcp_json_str(json_array_get(pair, 0)),
                               mcp_json_str(json_array_get(pair, 1)), &value, err));
    return probe_give(probe_text(mcp_buf_view(&value)), out, err);
}

static enum mcp_code is_safe(const json_t *bytes, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf value = MCP_BUF_INIT(1024);
    MCP_TRY(probe_bytes(bytes, &value, err));
    return probe_give(json_boolean(mcp_http_value_is_safe(mcp_buf_view(&value))), out, err);
}

static enum mcp_code bearer(const json_t *value, json_t **out, struct mcp_err *err) {
    struct mcp_str token = {0};
    if (!mcp_http_bearer(mcp_json_str(value), &token))
        return probe_give(json_null(), out, err);
    return probe_give(probe_text(token), out, err);
}

static enum mcp_code parts(const json_t *in, json_t **out, struct mcp_err *err) {
    struct mcp_str rest = mcp_json_str(json_object_get(in, "parts"));
    struct mcp_str separator = mcp_json_str(json_object_get(in, "separator"));
    struct mcp_str part = {0};
    json_auto_t *all = json_array();
    while (mcp_http_next_part(&rest, separator.ptr[0], &part))
        if (json_array_append_new(all, probe_text(part)) != 0)
            return probe_give(NULL, out, err);
    return probe_give(MCP_TAKE(all), out, err);
}

enum mcp_code probe_http_text(const json_t *in, json_t **out, struct mcp_err *err) {
    static const struct {
        const char *name;
        bool (*ask)(struct mcp_str a, struct mcp_str b);
    } pairs[] = {{"media_type_is", mcp_http_media_type_is},
                 {"accepts", mcp_http_accepts},
                 {"leads", mcp_http_accept_leads},
                 {"equal_nocase", mcp_http_equal_nocase}};
    for (size_t i = 0; i < MCP_COUNT(pairs); i++) {
        const json_t *pair = json_object_get(in, pairs[i].name);
        struct mcp_str a = mcp_json_str(json_array_get(pair, 0));
        struct mcp_str b = mcp_json_str(json_array_get(pair, 1));
        if (pair != NULL)
            return probe_give(json_boolean(pairs[i].ask(a, b)), out, err);
    }
    if (json_object_get(in, "find") != NULL)
        return find(in, out, err);
    if (json_object_get(in, "parts") != NULL)
        return parts(in, out, err);
    if (json_object_get(in, "query_get") != NULL)
        return query_get(in, out, err);
    if (json_object_get(in, "is_safe") != NULL)
        return is_safe(json_object_get(in, "is_safe"), out, err);
    return bearer(json_object_get(in, "bearer"), out, err);
}
