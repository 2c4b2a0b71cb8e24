/* SPDX-License-Identifier: MIT */
/* admit_modern.c - see admit_modern.h. */
#include "server/admit_modern.h"

#include <string.h>

#include "mcp/alloc.h"
#include "protocol/header_codec.h"
#include "protocol/meta.h"
#include "server/features.h"

static const struct mcp_str version_header = {"MCP-Protocol-Version", 20};
static const struct mcp_str method_header = {"Mcp-Method", 10};
static const struct mcp_str name_header = {"Mcp-Name", 8};

enum mcp_code mcp_refusal_because(struct mcp_refusal *refusal, enum mcp_fault fault,
                                  const char *what, const char *name) {
    refusal->fault = fault;
    if (name == NULL)
        return MCP_FAIL(&refusal->cause, MCP_E_INVALID, "%s", what);
    return MCP_FAIL(&refusal->cause, MCP_E_INVALID, "%s \"%s\"", what, name);
}

enum mcp_code mcp_refusal_of_state(struct mcp_refusal *refusal) {
    enum mcp_code code = refusal->cause.code;
    refusal->fault = MCP_FAULT_INTERNAL;
    refusal->is_busy = code == MCP_E_LIMIT || code == MCP_E_STATE;
    if (code == MCP_E_EXISTS)
        refusal->fault = MCP_FAULT_INVALID_REQUEST;
    if (code == MCP_E_NOT_FOUND)
        refusal->fault = MCP_FAULT_SESSION_NOT_FOUND;
    return code;
}

static enum mcp_code check_repeated(const struct mcp_http_head *head, struct mcp_refusal *refusal) {
    const struct mcp_str names[] = {version_header, method_header, name_header};
    for (size_t i = 0; head != NULL && i < MCP_COUNT(names); i++) {
        size_t count = 0;
        (void)mcp_http_find(head, names[i], &count);
        if (count > 1)
            return mcp_refusal_because(refusal, MCP_FAULT_HEADER_MISMATCH, "repeated header",
                                       names[i].ptr);
    }
    return MCP_OK;
}

static enum mcp_code read_meta(const struct mcp_call *call, struct mcp_meta *meta,
                               struct mcp_refusal *refusal) {
    refusal->fault = MCP_FAULT_INVALID_PARAMS;
    MCP_TRY(mcp_meta_read(call->message.params, meta, &refusal->cause));
    return mcp_meta_require(meta, &refusal->cause);
}

/* The header stands for itself: it is never encoded. */
static enum mcp_code check_plain(const struct mcp_http_head *head, struct mcp_str name,
                                 const char *body, struct mcp_refusal *refusal) {
    const struct mcp_str *value = mcp_http_find(head, name, NULL);
    if (value == NULL)
        return mcp_refusal_because(refusal, MCP_FAULT_HEADER_MISMATCH, "missing header", name.ptr);
    if (!mcp_str_equal(*value, mcp_str_of(body)))
        return mcp_refusal_because(refusal, MCP_FAULT_HEADER_MISMATCH,
                                   "the body does not say what the header says:", name.ptr);
    return MCP_OK;
}

/* Mcp-Name against the param it mirrors. A body without that param fails later, as params do. */
static enum mcp_code check_name(const struct mcp_call *call, const struct mcp_http_head *head,
                                struct mcp_refusal *refusal) {
    const struct mcp_method *method =
        mcp_method_find(mcp_str_of(call->message.method), MCP_VERSION_NEWEST, MCP_SIDE_CLIENT);
    if (method == NULL || method->name_param == NULL)
        return MCP_OK;
    const json_t *body = json_object_get(call->message.params, method->name_param);
    const struct mcp_str *value = mcp_http_find(head, name_header, NULL);
    if (!json_is_string(body))
        return MCP_OK;
    if (value == NULL)
        return mcp_refusal_because(refusal, MCP_FAULT_HEADER_MISMATCH, "missing header",
                                   name_header.ptr);
    struct mcp_err why = {0};
    enum mcp_code code = mcp_header_compare(*value, body, &why);
    if (code == MCP_OK)
        return MCP_OK;
    if (code != MCP_E_NOMEM)
        return mcp_refusal_because(refusal, MCP_FAULT_HEADER_MISMATCH,
                                   "the body does not say what the header says:", name_header.ptr);
    refusal->fault = MCP_FAULT_INTERNAL;
    refusal->cause = why;
    return code;
}

static enum mcp_code check_version(const char *requested, struct mcp_refusal *refusal) {
    if (mcp_version_info(mcp_version_parse(mcp_str_of(requested)))->is_modern)
        return MCP_OK;
    size_t refused = mcp_alloc_refusals();
    refusal->data = mcp_rpc_data_versions(requested);
    if (mcp_alloc_refusals() != refused) { /* half an explanation is none */
        mcp_json_decref(&refusal->data);
        return mcp_refusal_because(refusal, MCP_FAULT_INTERNAL, "out of memory", NULL);
    }
    return mcp_refusal_because(refusal, MCP_FAULT_UNSUPPORTED_VERSION,
                               "not known here:", requested);
}

static enum mcp_code check_params(const struct mcp_call *call, const struct mcp_http_head *head,
                                  struct mcp_refusal *refusal) {
    if (head == NULL || strcmp(call->message.method, "tools/call") != 0)
        return MCP_OK;
    const char *name = json_string_value(json_object_get(call->message.params, "name"));
    const struct mcp_tool_entry *tool =
        name != NULL ? mcp_catalog_tool(&call->server->catalog, name) : NULL;
    if (tool == NULL)
        return MCP_OK; /* refused by the handler */
    enum mcp_code code = mcp_header_params_check(tool->header_params,
                                                 json_object_get(call->message.params, "arguments"),
                                                 head, &refusal->cause);
    refusal->fault = code == MCP_E_NOMEM ? MCP_FAULT_INTERNAL : MCP_FAULT_HEADER_MISMATCH;
    return code;
}

static enum mcp_code check_mirrors(const struct mcp_call *call, const struct mcp_http_head *head,
                                   const char *version, struct mcp_refusal *refusal) {
    if (head == NULL)
        return MCP_OK;
    MCP_TRY(check_plain(head, version_header, version, refusal));
    MCP_TRY(check_plain(head, method_header, call->message.method, refusal));
    return check_name(call, head, refusal);
}

/* Rungs 8 to 14; without a head there is nothing to compare with. */
static enum mcp_code climb(const struct mcp_call *call, const struct mcp_http_head *head,
                           struct mcp_meta *meta, struct mcp_refusal *refusal) {
    MCP_TRY(check_repeated(head, refusal));
    MCP_TRY(read_meta(call, meta, refusal));
    MCP_TRY(check_mirrors(call, head, meta->protocol_version, refusal));
    MCP_TRY(check_version(meta->protocol_version, refusal));
    return check_params(call, head, refusal);
}

/* Views of the message live as long as the call; the principal is the transport's. */
static enum mcp_code take_peer(struct mcp_call *call, const struct mcp_arrival *arrival,
                               const struct mcp_meta *meta, struct mcp_refusal *refusal) {
    if (arrival->principal.len > 0) {
        call->principal = mcp_strndup(arrival->principal.ptr, arrival->principal.len);
        if (call->principal == NULL) {
            refusal->fault = MCP_FAULT_INTERNAL;
            return MCP_FAIL(&refusal->cause, MCP_E_NOMEM, "out of memory");
        }
        call->peer.principal = call->principal;
    }
    call->peer.version = mcp_version_parse(mcp_str_of(meta->protocol_version));
    call->peer.client_info = meta->client_info;
    call->peer.capabilities = meta->client_capabilities;
    call->progress_token = meta->progress_token;
    if (meta->log_level != NULL)
        call->log_rank = mcp_meta_log_rank(mcp_str_of(meta->log_level));
    return MCP_OK;
}

enum mcp_code mcp_admit_modern(struct mcp_call *call, const struct mcp_arrival *arrival,
                               struct mcp_refusal *refusal) {
    const bool is_http = arrival->carrier == MCP_CARRIER_STREAMABLE;
    struct mcp_meta meta = {0};
    call->peer.version = MCP_VERSION_NEWEST; /* in whose words a refusal is */
    MCP_TRY(climb(call, is_http ? arrival->http : NULL, &meta, refusal));
    MCP_TRY(take_peer(call, arrival, &meta, refusal));
    call->entry.ends_with_outlet = is_http;
    const struct mcp_str scope = is_http ? MCP_STR("") : arrival->session_id;
    if (mcp_state_enter_modern(call->server->state, scope, &call->entry, &refusal->cause) != MCP_OK)
        return mcp_refusal_of_state(refusal);
    return MCP_OK;
}
