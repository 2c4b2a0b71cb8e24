/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/meta.json. */
#include "probe.h"
#include "protocol/meta.h"

probe_fn probe_meta;

static const json_t *object_or_null(const json_t *value) {
    return json_is_null(value) ? NULL : value;
}

static enum mcp_code read(const json_t *params, json_t **out, struct mcp_err *err) {
    struct mcp_meta meta;
    MCP_TRY(mcp_meta_read(object_or_null(params), &meta, err));
    return probe_give(json_pack("{s:O*, s:s*, s:O*, s:O*, s:s*, s:O*}", "progress_token",
                                meta.progress_token, "protocol_version", meta.protocol_version,
                                "client_info", meta.client_info, "client_capabilities",
                                meta.client_capabilities, "log_level", meta.log_level,
                                "subscription_id", meta.subscription_id),
                      out, err);
}

static enum mcp_code require(const json_t *params, json_t **out, struct mcp_err *err) {
    struct mcp_meta meta;
    MCP_TRY(mcp_meta_read(object_or_null(params), &meta, err));
    MCP_TRY(mcp_meta_require(&meta, err));
    return probe_give(json_true(), out, err);
}

static enum mcp_code key(const json_t *bytes, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(4096);
    MCP_TRY(probe_bytes(bytes, &text, err));
    struct mcp_str view = mcp_buf_view(&text);
    return probe_give(json_pack("{s:b, s:b}", "valid", mcp_meta_key_is_valid(view), "reserved",
                                mcp_meta_key_is_reserved(view)),
                      out, err);
}

/* An object of the caller's own with the members of `from`. */
static enum mcp_code copy(json_t *from, json_t **out, struct mcp_err *err) {
    json_auto_t *fresh = json_object();
    if (fresh == NULL || json_object_update(fresh, from) != 0)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    *out = MCP_TAKE(fresh);
    return MCP_OK;
}

static enum mcp_code set(const json_t *in, json_t **out, struct mcp_err *err) {
    json_auto_t *object = NULL;
    MCP_TRY(copy(json_object_get(in, "set"), &object, err));
    MCP_TRY(mcp_meta_set(object, json_string_value(json_object_get(in, "key")),
                         json_object_get(in, "value"), err));
    *out = MCP_TAKE(object);
    return MCP_OK;
}

static enum mcp_code set_client(const json_t *in, json_t **out, struct mcp_err *err) {
    json_auto_t *params = NULL;
    MCP_TRY(copy(json_object_get(in, "set_client"), &params, err));
    MCP_TRY(mcp_meta_set_client(
        params, mcp_version_parse(mcp_json_str(json_object_get(in, "version"))),
        json_object_get(in, "client_info"), json_object_get(in, "capabilities"), err));
    *out = MCP_TAKE(params);
    return MCP_OK;
}

static enum mcp_code forward(json_t *meta, json_t **out, struct mcp_err *err) {
    json_t *kept = NULL;
    MCP_TRY(mcp_meta_forward(json_is_null(meta) ? NULL : meta, &kept, err));
    return probe_give(kept != NULL ? kept : json_null(), out, err);
}

enum mcp_code probe_meta(const json_t *in, json_t **out, struct mcp_err *err) {
    static const struct {
        const char *name;
        enum mcp_code (*run)(const json_t *value, json_t **out, struct mcp_err *err);
    } operations[] = {{"read", read}, {"require", require}, {"key", key}};
    if (json_object_get(in, "set") != NULL)
        return set(in, out, err);
    for (size_t i = 0; i < MCP_COUNT(operations); i++)
        if (json_object_get(in, operations[i].name) != NULL)
            return operations[i].run(json_object_get(in, operations[i].name), out, err);
    if (json_object_get(in, "set_client") != NULL)
        return set_client(in, out, err);
    if (json_object_get(in, "forward") != NULL)
        return forward(json_object_get(in, "forward"), out, err);
    const json_t *params = json_object_get(in, "is_modern");
    if (params != NULL)
        return probe_give(json_boolean(mcp_meta_is_modern(object_or_null(params))), out, err);
    return probe_give(json_integer(mcp_meta_log_rank(mcp_json_str(json_object_get(in, "rank")))),
                      out, err);
}
