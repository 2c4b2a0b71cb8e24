/* SPDX-License-Identifier: MIT */
/* subscribe.c - see subscribe.h. */
#include "orchestrator/subscribe.h"

#include "mcp/alloc.h"

static void free_list(const char ***list) {
    mcp_free((void *)*list);
}

void orch_subscribe(struct orch_upstream *upstream, struct orch_watched *watched,
                    const json_t *resources) {
    struct mcp_dial *dial = orch_upstream_dial(upstream);
    const char **uris MCP_AUTO(free_list) = NULL;
    if (dial == NULL)
        return;
    struct mcp_client *client = mcp_dial_client(dial);
    enum mcp_code code =
        orch_watched_take(watched, orch_upstream_serial(upstream),
                          mcp_client_server_capabilities(client), resources, &uris, NULL);
    if (code != MCP_OK || uris == NULL)
        return;
    const struct mcp_client_changes changes = {.tools = true, .resources = true, .uris = uris};
    (void)(mcp_client_watch(client, &changes, NULL) == MCP_OK);
    if (mcp_version_info(mcp_client_version(client))->is_modern)
        /* nobody listened while one stream replaced the other */
        orch_state_expire(orch_upstream_hub(upstream)->state, orch_upstream_slot(upstream),
                          ORCH_TOOLS);
}

void orch_subscribe_uris(struct orch_upstream *upstream, struct orch_watched *watched,
                         json_t *uris) {
    json_auto_t *resources = json_array();
    const char *uri = NULL;
    json_t *value = NULL;
    json_object_foreach(uris, uri, value) {
        if (json_array_append_new(resources, json_pack("{s:s}", "uri", uri)) != 0)
            return;
    }
    orch_subscribe(upstream, watched, resources);
}
