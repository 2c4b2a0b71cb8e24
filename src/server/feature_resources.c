/* SPDX-License-Identifier: MIT */
/* feature_resources.c - resources/read, subscribe, unsubscribe; see features.h. */
#include <string.h>

#include "mcp/uri.h"
#include "server/features.h"

static enum mcp_code get_uri(const struct mcp_call *call, struct mcp_str *out_uri,
                             struct mcp_err *err) {
    const char *uri = NULL;
    MCP_TRY(mcp_json_get_string(call->message.params, "uri", &uri, err));
    *out_uri = mcp_str_of(uri); /* JSON strings that come in hold no NUL */
    if (out_uri->len > MCP_URI_MAX_BYTES)
        return mcp_err_at(
            err, MCP_FAIL(err, MCP_E_INVALID, "longer than %d bytes", MCP_URI_MAX_BYTES), "/uri");
    return MCP_OK;
}

json_t *mcp_feature_resources_explain(const struct mcp_call *call, enum mcp_fault fault) {
    const char *uri = json_string_value(json_object_get(call->message.params, "uri"));
    return fault == MCP_FAULT_RESOURCE_NOT_FOUND && uri != NULL ? mcp_rpc_data_uri(uri) : NULL;
}

enum mcp_code mcp_feature_read_enter(struct mcp_call *call, struct mcp_result *result,
                                     struct mcp_err *err) {
    (void)result;
    struct mcp_str uri;
    const struct mcp_catalog *catalog = &call->server->catalog;
    MCP_TRY(get_uri(call, &uri, err));
    const struct mcp_resource_entry *entry = mcp_catalog_resource(catalog, uri);
    if (entry != NULL) {
        call->target = entry;
        call->where = entry->row.where;
        call->ttl_ms = entry->row.ttl_ms;
        call->is_private = entry->row.is_private;
        call->head = mcp_blob_view(entry->heads[call->peer.version]);
        return MCP_OK;
    }
    const struct mcp_template_entry *template_ = NULL;
    MCP_TRY(mcp_catalog_match(catalog, uri, &template_, &call->values, err));
    call->target = template_;
    call->where = template_->row.where;
    call->is_private = true; /* nothing is known of it: the safe answer */
    return MCP_OK;
}

enum mcp_code mcp_feature_read_run(struct mcp_call *call, struct mcp_result *result,
                                   struct mcp_err *err) {
    const char *uri = json_string_value(json_object_get(call->message.params, "uri"));
    if (call->values == NULL) {
        const struct mcp_resource *row = &((const struct mcp_resource_entry *)call->target)->row;
        return row->read(call, uri, result, row->user, err);
    }
    const struct mcp_resource_template *row =
        &((const struct mcp_template_entry *)call->target)->row;
    return row->read(call, uri, call->values, result, row->user, err);
}

/* Subscribing to what is not there would only fill the table. */
static enum mcp_code check_known(const struct mcp_catalog *catalog, struct mcp_str uri,
                                 struct mcp_err *err) {
    const struct mcp_template_entry *entry = NULL;
    json_auto_t *values = NULL;
    if (mcp_catalog_resource(catalog, uri) != NULL)
        return MCP_OK;
    return mcp_catalog_match(catalog, uri, &entry, &values, err);
}

enum mcp_code mcp_feature_subscribe(struct mcp_call *call, struct mcp_result *result,
                                    struct mcp_err *err) {
    (void)result;
    struct mcp_str uri;
    MCP_TRY(get_uri(call, &uri, err));
    MCP_TRY(check_known(&call->server->catalog, uri, err));
    struct mcp_err why = {0};
    enum mcp_code code =
        mcp_state_subscribe(call->server->state, mcp_str_of(call->peer.session_id), uri, &why);
    if (code == MCP_OK)
        return MCP_OK;
    /* The bound is the caller's doing, so it is told; a session that has just ended is past it. */
    return MCP_FAIL(err, code == MCP_E_NOMEM ? code : MCP_E_INVALID, "%s", why.what);
}

enum mcp_code mcp_feature_unsubscribe(struct mcp_call *call, struct mcp_result *result,
                                      struct mcp_err *err) {
    (void)result;
    struct mcp_str uri;
    MCP_TRY(get_uri(call, &uri, err));
    mcp_state_unsubscribe(call->server->state, mcp_str_of(call->peer.session_id), uri);
    return MCP_OK;
}
