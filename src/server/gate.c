/* SPDX-License-Identifier: MIT */
/* gate.c - see gate.h. Pure: no I/O, no clock, no log. */
#include "server/gate.h"

#include <string.h>

static bool begins(struct mcp_str text, struct mcp_str start) {
    return text.len >= start.len && memcmp(text.ptr, start.ptr, start.len) == 0;
}

static enum mcp_code check_message(const struct mcp_gate *gate, const json_t *message,
                                   struct mcp_refusal *refusal) {
    struct mcp_str method = mcp_json_str(json_object_get(message, "method"));
    const json_t *params = json_object_get(message, "params");
    const char *key = begins(method, MCP_STR("resources/")) ? "uri" : "name";
    if (method.len == 0 ||
        gate->allows(gate->user, method, mcp_json_str(json_object_get(params, key))))
        return MCP_OK;
    refusal->fault = MCP_FAULT_FORBIDDEN;
    return MCP_FAIL(&refusal->cause, MCP_E_DENIED, "the token does not have the scopes for it");
}

enum mcp_code mcp_gate_check(const struct mcp_arrival *arrival, const json_t *root,
                             struct mcp_refusal *refusal) {
    if (arrival->gate == NULL || arrival->gate->allows == NULL)
        return MCP_OK;
    if (!json_is_array(root))
        return check_message(arrival->gate, root, refusal);
    for (size_t i = 0; i < json_array_size(root); i++)
        MCP_TRY(check_message(arrival->gate, json_array_get(root, i), refusal));
    return MCP_OK;
}
