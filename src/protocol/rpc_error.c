/* SPDX-License-Identifier: MIT */
/* rpc_error.c - see rpc_error.h. Pure: no I/O, no clock, no log. */
#include "protocol/rpc_error.h"

#include <stdio.h>
#include <string.h>

#include "mcp/utf8.h"

/* The modern path emits only -327xx, -326xx and -3202x: the rest of the server range means nothing
 * there. Columns: name, message, legacy code, modern code, legacy and modern HTTP status. */
static const struct mcp_fault_info table[] = {
    [MCP_FAULT_PARSE] = {"parse", "Parse error", -32700, -32700, 400, 400, true},
    [MCP_FAULT_INVALID_REQUEST] = {"invalid_request", "Invalid request", -32600, -32600, 400, 400,
                                   true},
    [MCP_FAULT_METHOD_NOT_FOUND] = {"method_not_found", "Method not found", -32601, -32601, 200,
                                    404, true},
    [MCP_FAULT_INVALID_PARAMS] = {"invalid_params", "Invalid params", -32602, -32602, 200, 400,
                                  true},
    [MCP_FAULT_INTERNAL] = {"internal", "Internal error", -32603, -32603, 200, 200, false},
    [MCP_FAULT_RESOURCE_NOT_FOUND] = {"resource_not_found", "Resource not found", -32002, -32602,
                                      200, 400, true},
    [MCP_FAULT_HEADER_MISMATCH] = {"header_mismatch", "Header mismatch", -32600, -32020, 400, 400,
                                   true},
    [MCP_FAULT_MISSING_CAPABILITY] = {"missing_capability", "Missing required client capability",
                                      -32600, -32021, 200, 400, true},
    [MCP_FAULT_UNSUPPORTED_VERSION] = {"unsupported_version", "Unsupported protocol version",
                                       -32602, -32022, 400, 400, true},
    [MCP_FAULT_ELICITATION_REQUIRED] = {"elicitation_required", "URL elicitation required", -32042,
                                        -32602, 200, 400, true},
    [MCP_FAULT_HTTP_REFUSED] = {"http_refused", "Bad request", -32000, -32600, 400, 400, true},
    [MCP_FAULT_FORBIDDEN] = {"forbidden", "Forbidden", -32000, -32600, 403, 403, true},
    [MCP_FAULT_SESSION_NOT_FOUND] = {"session_not_found", "Session not found", -32001, -32600, 404,
                                     404, false},
    [MCP_FAULT_CANCELLED] = {"cancelled", "Request cancelled", -32800, -32603, 200, 200, false},
};

/* Codes not named here are the server's own trouble: internal. */
static const enum mcp_fault during_request[] = {
    [MCP_OK] = MCP_FAULT_INTERNAL,
    [MCP_E_NOMEM] = MCP_FAULT_INTERNAL,
    [MCP_E_INVALID] = MCP_FAULT_INVALID_PARAMS,
    [MCP_E_SYNTAX] = MCP_FAULT_INVALID_PARAMS,
    [MCP_E_SCHEMA] = MCP_FAULT_INVALID_PARAMS,
    [MCP_E_LIMIT] = MCP_FAULT_INTERNAL,
    [MCP_E_NOT_FOUND] = MCP_FAULT_INVALID_PARAMS,
    [MCP_E_EXISTS] = MCP_FAULT_INVALID_PARAMS,
    [MCP_E_DENIED] = MCP_FAULT_INVALID_PARAMS,
    [MCP_E_UNSUPPORTED] = MCP_FAULT_METHOD_NOT_FOUND,
    [MCP_E_STATE] = MCP_FAULT_INVALID_REQUEST,
    [MCP_E_TIMEOUT] = MCP_FAULT_INTERNAL,
    [MCP_E_CANCELLED] = MCP_FAULT_CANCELLED,
    [MCP_E_IO] = MCP_FAULT_INTERNAL,
    [MCP_E_PEER] = MCP_FAULT_INTERNAL,
    [MCP_PENDING] = MCP_FAULT_INTERNAL,
    [MCP_E_BUG] = MCP_FAULT_INTERNAL,
};

const struct mcp_fault_info *mcp_fault_info(enum mcp_fault fault) {
    return (size_t)fault < MCP_COUNT(table) ? &table[fault] : NULL;
}

enum mcp_fault mcp_fault_of(enum mcp_code code, enum mcp_fault_context context) {
    if (context == MCP_DURING_PARSE && code == MCP_E_SYNTAX)
        return MCP_FAULT_PARSE;
    if (context == MCP_DURING_PARSE && (code == MCP_E_SCHEMA || code == MCP_E_LIMIT))
        return MCP_FAULT_INVALID_REQUEST;
    if (context == MCP_DURING_READ && code == MCP_E_NOT_FOUND)
        return MCP_FAULT_RESOURCE_NOT_FOUND;
    return (size_t)code < MCP_COUNT(during_request) ? during_request[code] : MCP_FAULT_INTERNAL;
}

/* A text cut to fit may end inside a code point. */
static void cut_to_utf8(char *text) {
    struct mcp_str all = mcp_str_of(text);
    text[mcp_utf8_valid_prefix(all)] = '\0';
}

void mcp_rpc_error_make(enum mcp_fault fault, enum mcp_version version, const struct mcp_err *cause,
                        struct mcp_rpc_error *out_error) {
    const struct mcp_fault_info *info = mcp_fault_info(fault);
    if (info == NULL)
        info = &table[MCP_FAULT_INTERNAL];
    bool is_modern = mcp_version_info(version)->is_modern;
    bool tells = info->tells_cause && cause != NULL && cause->what[0] != '\0';
    bool has_where = tells && cause->where[0] != '\0';
    out_error->code = is_modern ? info->modern_code : info->legacy_code;
    out_error->http_status = is_modern ? info->modern_status : info->legacy_status;
    (void)snprintf(out_error->message, sizeof out_error->message, "%s%s%s%s%s", info->message,
                   tells ? ": " : "", has_where ? cause->where : "", has_where ? ": " : "",
                   tells ? cause->what : "");
    cut_to_utf8(out_error->message);
}

json_t *mcp_rpc_data_uri(const char *uri) {
    return json_pack("{s:s}", "uri", uri);
}

json_t *mcp_rpc_data_versions(const char *requested) {
    json_auto_t *supported = json_array();
    for (int i = MCP_VERSION_OLDEST; i <= MCP_VERSION_NEWEST; i++) {
        const struct mcp_version_info *info = mcp_version_info((enum mcp_version)i);
        if (info->is_modern && json_array_append_new(supported, json_string(info->text)) != 0)
            return NULL;
    }
    if (requested == NULL)
        return json_pack("{s:O}", "supported", supported);
    return json_pack("{s:O, s:s}", "supported", supported, "requested", requested);
}

json_t *mcp_rpc_data_capability(const char *path) {
    const char *dot = strchr(path, '.');
    json_t *inner = dot != NULL ? json_pack("{s:{}}", dot + 1) : json_object();
    int head = dot != NULL ? (int)(dot - path) : (int)strlen(path);
    return json_pack("{s:{s#:o}}", "requiredCapabilities", path, head, inner);
}
