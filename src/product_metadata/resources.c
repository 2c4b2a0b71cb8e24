/* SPDX-License-Identifier: MIT */
/* resources.c - see resources.h. Pure: no I/O, no clock, no log. */
#include "product_metadata/resources.h"

#include <string.h>

enum { CACHE_HINT_MS = 60000 };

static enum mcp_code read_resource(struct mcp_call *call, const char *uri,
                                   struct mcp_result *result, void *user, struct mcp_err *err) {
    (void)call;
    for (int i = 0; i < PRODUCT_RESOURCE_COUNT; i++) {
        if (strcmp(uri, product_resource_info((enum product_resource)i)->uri) != 0)
            continue;
        MCP_AUTO(mcp_blob_unrefp)
        struct mcp_blob *contents = product_store_contents(user, (enum product_resource)i);
        if (contents == NULL)
            return MCP_FAIL(err, MCP_E_STATE, "no metadata is loaded");
        mcp_result_set_encoded(result, "contents", contents);
        return MCP_OK;
    }
    return MCP_FAIL(err, MCP_E_NOT_FOUND, "no such resource");
}

enum mcp_code product_resources_add(struct mcp_server *server, struct product_store *store,
                                    struct mcp_err *err) {
    for (int i = 0; i < PRODUCT_RESOURCE_COUNT; i++) {
        const struct product_resource_info *info = product_resource_info((enum product_resource)i);
        const struct mcp_resource row = {.uri = info->uri,
                                         .name = info->name,
                                         .description = info->description,
                                         .mime_type = info->mime_type,
                                         .where = MCP_INLINE,
                                         .read = read_resource,
                                         .user = store,
                                         .ttl_ms = CACHE_HINT_MS};
        MCP_TRY(mcp_server_add_resource(server, &row, err));
    }
    return MCP_OK;
}

void product_resources_tell(struct mcp_server *server, const struct product_snapshot *before,
                            const struct product_snapshot *after) {
    for (int i = 0; i < PRODUCT_RESOURCE_SUMMARY; i++) {
        enum product_resource resource = (enum product_resource)i;
        bool is_same = before != NULL &&
                       mcp_str_equal(mcp_blob_view(product_snapshot_contents(before, resource)),
                                     mcp_blob_view(product_snapshot_contents(after, resource)));
        if (!is_same)
            mcp_server_resource_changed(server, product_resource_info(resource)->uri);
    }
}
