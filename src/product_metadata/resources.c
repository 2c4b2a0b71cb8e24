/* SPDX-License-Identifier: MIT */
/* resources.c - see resources.h. Pure: no I/O, no clock, no log. */
#include "product_metadata/resources.h"

#include <string.h>

#include "product_metadata/view.h"
#include "protocol/content.h"

enum { CACHE_HINT_MS = 60000, MAX_BODY_BYTES = 1 << 30 };

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

/* The body of the view that the template's values name: each has a variable of its own. */
static enum mcp_code write_view(const struct product_snapshot *snapshot, const json_t *values,
                                struct mcp_buf *out, struct mcp_err *err) {
    for (int i = 0; i < PRODUCT_VIEW_COUNT; i++) {
        enum product_view view = (enum product_view)i;
        const json_t *value = json_object_get(values, product_view_info(view)->variable);
        if (value != NULL)
            return product_view_write(snapshot, view, mcp_json_str(value), out, err);
    }
    return MCP_FAIL(err, MCP_E_BUG, "a template without a variable");
}

static enum mcp_code read_view(struct mcp_call *call, const char *uri, const json_t *values,
                               struct mcp_result *result, void *user, struct mcp_err *err) {
    (void)call;
    MCP_AUTO(product_snapshot_unrefp) struct product_snapshot *snapshot = product_store_get(user);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf body = MCP_BUF_INIT(MAX_BODY_BYTES);
    MCP_AUTO(mcp_blob_unrefp) struct mcp_blob *contents = NULL;
    if (snapshot == NULL)
        return MCP_FAIL(err, MCP_E_STATE, "no metadata is loaded");
    MCP_TRY(write_view(snapshot, values, &body, err));
    const struct mcp_content content = {
        .uri = uri, .mime_type = "application/json", .data = mcp_buf_view(&body)};
    MCP_TRY(mcp_content_encode(&content, &contents, err));
    mcp_result_set_encoded(result, "contents", contents);
    return MCP_OK;
}

static enum mcp_code complete_view(struct mcp_call *call, struct mcp_completion *completion,
                                   void *user, struct mcp_err *err) {
    (void)call;
    MCP_AUTO(product_snapshot_unrefp) struct product_snapshot *snapshot = product_store_get(user);
    if (snapshot == NULL)
        return MCP_FAIL(err, MCP_E_STATE, "no metadata is loaded");
    for (int i = 0; i < PRODUCT_VIEW_COUNT; i++) {
        enum product_view view = (enum product_view)i;
        if (strcmp(product_view_info(view)->variable, completion->argument) == 0)
            MCP_TRY(product_view_complete(snapshot, view, mcp_str_of(completion->prefix),
                                          completion->values, &completion->total, err));
    }
    completion->has_more = completion->total > json_array_size(completion->values);
    return MCP_OK;
}

/* A body is written for each who asks: on a worker, for a thousand products take a while. */
static enum mcp_code add_views(struct mcp_server *server, struct product_store *store,
                               struct mcp_err *err) {
    for (int i = 0; i < PRODUCT_VIEW_COUNT; i++) {
        const struct product_view_info *info = product_view_info((enum product_view)i);
        const struct mcp_resource_template row = {.uri_template = info->uri_template,
                                                  .name = info->name,
                                                  .description = info->description,
                                                  .mime_type = info->mime_type,
                                                  .where = MCP_ON_WORKER,
                                                  .read = read_view,
                                                  .complete = complete_view,
                                                  .user = store};
        MCP_TRY(mcp_server_add_template(server, &row, err));
    }
    return MCP_OK;
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
    return add_views(server, store, err);
}

/* What is compared when metadata is swapped. */
struct swap {
    const struct product_snapshot *before; /* NULL: everything is new */
    const struct product_snapshot *after;
    size_t compared;
};

/* Neither had it, or both say the same. Beyond the bound a change is assumed: its readers read once
 * too often. */
static bool is_changed(const char *uri, const json_t *values, void *user) {
    (void)uri;
    struct swap *swap = user;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf old = MCP_BUF_INIT(MAX_BODY_BYTES);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf fresh = MCP_BUF_INIT(MAX_BODY_BYTES);
    if (swap->before == NULL || swap->compared++ >= PRODUCT_RESOURCES_MAX_COMPARED)
        return true;
    enum mcp_code was = write_view(swap->before, values, &old, NULL);
    enum mcp_code is = write_view(swap->after, values, &fresh, NULL);
    if (was == MCP_E_NOT_FOUND && is == MCP_E_NOT_FOUND)
        return false;
    return was != MCP_OK || is != MCP_OK ||
           !mcp_str_equal(mcp_buf_view(&old), mcp_buf_view(&fresh));
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
    struct swap swap = {.before = before, .after = after};
    for (int i = 0; i < PRODUCT_VIEW_COUNT; i++)
        mcp_server_template_changed(server, product_view_info((enum product_view)i)->uri_template,
                                    is_changed, &swap);
}
