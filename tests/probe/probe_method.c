/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/method.json. */
#include <string.h>

#include "mcp/method.h"
#include "probe.h"

probe_fn probe_method;

static const char *side_name(enum mcp_side side) {
    return side == MCP_SIDE_SERVER ? "server" : "client";
}

static enum mcp_side side_of(const json_t *in) {
    const char *name = json_string_value(json_object_get(in, "sender"));
    return name != NULL && strcmp(name, "server") == 0 ? MCP_SIDE_SERVER : MCP_SIDE_CLIENT;
}

static json_t *row_of(const struct mcp_method *row) {
    if (row == NULL)
        return json_null();
    return json_pack("{s:s, s:s, s:b, s:s, s:s, s:s, s:s*, s:s*, s:s*, s:s*, s:b, s:b}", "name",
                     row->name, "sender", side_name(row->sender), "notification",
                     row->is_notification, "first", mcp_version_text(row->first), "last",
                     mcp_version_text(row->last), "feature", mcp_feature_name(row->feature),
                     "capable", row->capability != NULL ? side_name(row->capable) : NULL,
                     "capability", row->capability, "name_param", row->name_param, "list_key",
                     row->list_key, "cacheable", row->is_cacheable, "may_ask_input",
                     row->may_ask_input);
}

static enum mcp_code append(json_t *list, json_t *value, struct mcp_err *err) {
    if (value == NULL || json_array_append_new(list, value) != 0)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    return MCP_OK;
}

static bool is_wanted(const struct mcp_method *row, const json_t *in, enum mcp_version version) {
    const json_t *kind = json_object_get(in, "notification");
    return row->sender == side_of(in) && version >= row->first && version <= row->last &&
           (kind == NULL || json_is_true(kind) == row->is_notification);
}

static enum mcp_code list(const json_t *in, enum mcp_version version, json_t **out,
                          struct mcp_err *err) {
    json_auto_t *found = json_array();
    if (found == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    for (size_t i = 0; mcp_method_at(i) != NULL; i++) {
        const struct mcp_method *row = mcp_method_at(i);
        if (version == MCP_VERSION_NONE)
            MCP_TRY(append(found, row_of(row), err));
        else if (is_wanted(row, in, version))
            MCP_TRY(append(found, json_string(row->name), err));
    }
    *out = MCP_TAKE(found);
    return MCP_OK;
}

enum mcp_code probe_method(const json_t *in, json_t **out, struct mcp_err *err) {
    enum mcp_version version = mcp_version_parse(mcp_json_str(json_object_get(in, "version")));
    if (json_object_get(in, "table") != NULL)
        return list(in, MCP_VERSION_NONE, out, err);
    if (json_object_get(in, "names") != NULL)
        return list(in, mcp_version_parse(mcp_json_str(json_object_get(in, "names"))), out, err);
    if (json_object_get(in, "find") != NULL)
        return probe_give(row_of(mcp_method_find(mcp_json_str(json_object_get(in, "find")), version,
                                                 side_of(in))),
                          out, err);
    const struct mcp_method *row =
        mcp_method_find(mcp_json_str(json_object_get(in, "offered")), version, side_of(in));
    if (row == NULL)
        return MCP_FAIL(err, MCP_E_NOT_FOUND, "no such method");
    const json_t *capabilities = json_object_get(in, "capabilities");
    return probe_give(json_boolean(mcp_method_is_offered(row, version, capabilities)), out, err);
}
