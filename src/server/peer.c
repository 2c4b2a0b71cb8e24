/* SPDX-License-Identifier: MIT */
/* peer.c - see peer.h. Pure: no I/O, no clock, no log. */
#include "server/peer.h"

#include <string.h>

#include "mcp/alloc.h"

static const char *const severities[] = {
    [MCP_SEVERITY_DEBUG] = "debug",   [MCP_SEVERITY_INFO] = "info",
    [MCP_SEVERITY_NOTICE] = "notice", [MCP_SEVERITY_WARNING] = "warning",
    [MCP_SEVERITY_ERROR] = "error",   [MCP_SEVERITY_CRITICAL] = "critical",
    [MCP_SEVERITY_ALERT] = "alert",   [MCP_SEVERITY_EMERGENCY] = "emergency",
};

struct mcp_peer_box *mcp_peer_new(const struct mcp_peer_facts *facts) {
    struct mcp_peer_box *box MCP_AUTO(mcp_peer_unrefp) = mcp_alloc(sizeof *box);
    if (box == NULL)
        return NULL;
    atomic_init(&box->refs, 1);
    atomic_init(&box->level, MCP_SEVERITY_INFO);
    box->client_info = json_incref(facts->client_info);
    box->capabilities = json_incref(facts->capabilities);
    box->peer.client_info = box->client_info;
    box->peer.capabilities = box->capabilities;
    box->peer.version = facts->version;
    box->principal =
        mcp_strndup(facts->principal.len > 0 ? facts->principal.ptr : "", facts->principal.len);
    if (box->principal == NULL)
        return NULL;
    memcpy(box->session_id, facts->session_id, strnlen(facts->session_id, 32));
    box->peer.principal = box->principal;
    box->peer.session_id = box->session_id;
    return MCP_TAKE(box);
}

struct mcp_peer_box *mcp_peer_ref(struct mcp_peer_box *box) {
    if (box != NULL)
        atomic_fetch_add_explicit(&box->refs, 1, memory_order_relaxed);
    return box;
}

void mcp_peer_unref(struct mcp_peer_box *box) {
    if (box == NULL || atomic_fetch_sub_explicit(&box->refs, 1, memory_order_acq_rel) > 1)
        return;
    json_decref(box->client_info);
    json_decref(box->capabilities);
    mcp_free(box->principal);
    mcp_free(box);
}

void mcp_peer_unrefp(struct mcp_peer_box **box) {
    mcp_peer_unref(*box);
}

const char *mcp_severity_name(enum mcp_severity severity) {
    return severities[severity];
}

bool mcp_severity_parse(const char *name, enum mcp_severity *out_severity) {
    for (size_t i = 0; i < MCP_COUNT(severities); i++) {
        if (strcmp(name, severities[i]) == 0) {
            *out_severity = (enum mcp_severity)i;
            return true;
        }
    }
    return false;
}
