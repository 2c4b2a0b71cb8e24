/* SPDX-License-Identifier: MIT */
/* client_modern.c - what an answer of a modern server asks for. Pure: no I/O, no clock, no log. */
#include <string.h>

#include "client/client_ask.h"
#include "client/peer_text.h"
#include "client/tool_headers.h"
#include "mcp/alloc.h"

static void on_dropped(void *user, const struct mcp_err *why) {
    struct mcp_client *client = user;
    struct mcp_err err = *why;
    (void)mcp_err_at(&err, err.code, "tools/list");
    if (client->options.on_ignored != NULL)
        client->options.on_ignored(client->options.user, &err);
}

/* Pipes have no headers: their tools need no rules. */
static bool is_tool_list(const struct mcp_client_request *request) {
    return request->client->link->kind == MCP_LINK_HTTP &&
           strcmp(request->method, "tools/list") == 0;
}

static bool end_with(struct mcp_client_request *request, const struct mcp_err *err) {
    mcp_client_core_fail(request, err);
    return true;
}

bool mcp_client_modern_result(struct mcp_client_request *request, json_t *result) {
    struct mcp_client *client = request->client;
    const json_t *type = json_object_get(result, "resultType");
    struct mcp_err err = {0};
    if (mcp_str_equal(mcp_json_str(type), MCP_STR("input_required"))) {
        mcp_client_ask_modern(request, result);
        return true;
    }
    if (type != NULL && !mcp_str_equal(mcp_json_str(type), MCP_STR("complete"))) {
        (void)MCP_FAIL(&err, MCP_E_PEER, "a result of the unknown type \"%s\"",
                       json_is_string(type) ? mcp_peer_text(mcp_json_str(type)).text
                                            : mcp_json_type_name(type));
        return end_with(request, &err);
    }
    if (is_tool_list(request) &&
        mcp_tool_headers_take(json_object_get(result, "tools"), client->tool_headers, on_dropped,
                              client, &err) != MCP_OK)
        return end_with(request, &err);
    return false;
}

/* --- errors that ask for another try ---------------------------------------------------------- */

static bool retry_version(struct mcp_client_request *request, const json_t *rpc_error) {
    struct mcp_client *client = request->client;
    const json_t *data = json_object_get(rpc_error, "data");
    enum mcp_version version = mcp_era_choose(json_object_get(data, "supported"), NULL);
    if (version == MCP_VERSION_NONE || request->is_version_retried || request->text == NULL)
        return false;
    request->is_version_retried = true;
    client->speaks = version;
    client->agreed = version;
    mcp_client_core_resend(request, NULL);
    return true;
}

/* A call that waits for the tools to be listed anew. */
struct refresh {
    struct mcp_client *client;
    uint64_t token;
};

static void on_refreshed(const struct mcp_reply *reply, void *user) {
    struct refresh *refresh = user;
    struct mcp_client_request *request = mcp_client_core_find(refresh->client, refresh->token);
    mcp_free(refresh);
    if (request == NULL) /* cancelled, or too late, meanwhile */
        return;
    if (reply->code == MCP_OK)
        mcp_client_core_resend(request, NULL);
    else
        mcp_client_core_fail(request, reply->err);
}

/* The annotations may have changed since the tools were listed. */
static bool refresh_headers(struct mcp_client_request *request) {
    struct mcp_client *client = request->client;
    if (request->is_header_retried || request->text == NULL ||
        strcmp(request->method, "tools/call") != 0)
        return false;
    struct refresh *refresh = mcp_alloc(sizeof *refresh);
    if (refresh == NULL)
        return false;
    *refresh = (struct refresh){client, request->token};
    request->is_header_retried = true;
    mcp_client_core_pause(request);
    mcp_client_core_list(client,
                         &(struct mcp_client_outgoing){.method = "tools/list",
                                                       .deadline_ms = request->deadline_ms,
                                                       .timeout_ms = request->timeout_ms},
                         "tools", on_refreshed, refresh);
    return true;
}

bool mcp_client_modern_error(struct mcp_client_request *request, const json_t *rpc_error) {
    json_int_t code = json_integer_value(json_object_get(rpc_error, "code"));
    if (code == MCP_ERA_UNSUPPORTED_VERSION)
        return retry_version(request, rpc_error);
    return code == MCP_ERA_HEADER_MISMATCH && refresh_headers(request);
}
