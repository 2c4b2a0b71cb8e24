/* SPDX-License-Identifier: MIT */
/* reload.c - see reload.h. */
#include "product_metadata/reload.h"

#include <stdlib.h> /* defines __GLIBC__ */

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "mcp/clock.h"

static enum mcp_code load(const struct product_reload *reload,
                          struct product_snapshot **out_snapshot, struct mcp_err *err) {
    const struct product_load job = {
        .schema = reload->schema, .name = reload->path, .now_wall_ms = mcp_clock_wall_ms()};
    MCP_AUTO(product_model_freep) struct product_model *model = NULL;
    MCP_TRY(product_load_file(&job, &model, err));
    return product_snapshot_new(MCP_TAKE(model), out_snapshot, err);
}

/* A load leaves behind several times the file in freed pieces that the system would never get back
 * from a server that then only reads. */
static void give_back_memory(void) {
#ifdef __GLIBC__
    (void)malloc_trim(0);
#endif
}

/* The summary differs from what it was: a reload that worked, or one that did not. */
static void tell_summary(const struct product_reload *reload, const struct mcp_blob *before) {
    MCP_AUTO(mcp_blob_unrefp)
    struct mcp_blob *after = product_store_contents(reload->store, PRODUCT_RESOURCE_SUMMARY);
    if (reload->server != NULL && !mcp_str_equal(mcp_blob_view(before), mcp_blob_view(after)))
        mcp_server_resource_changed(reload->server,
                                    product_resource_info(PRODUCT_RESOURCE_SUMMARY)->uri);
}

static enum mcp_code swap(const struct product_reload *reload, struct mcp_err *why) {
    MCP_AUTO(product_snapshot_unrefp) struct product_snapshot *fresh = NULL;
    MCP_AUTO(product_snapshot_unrefp)
    struct product_snapshot *former = product_store_get(reload->store);
    enum mcp_code code = load(reload, &fresh, why);
    if (code != MCP_OK) {
        product_store_fail(reload->store, why, mcp_clock_wall_ms());
        return code;
    }
    product_store_put(reload->store, product_snapshot_ref(fresh), mcp_clock_wall_ms());
    if (reload->server != NULL)
        product_resources_tell(reload->server, former, fresh);
    return MCP_OK;
}

enum mcp_code product_reload_run(const struct product_reload *reload, struct mcp_err *err) {
    struct mcp_err why = {0};
    MCP_AUTO(mcp_blob_unrefp)
    struct mcp_blob *summary = product_store_contents(reload->store, PRODUCT_RESOURCE_SUMMARY);
    enum mcp_code code = swap(reload, &why);
    tell_summary(reload, summary);
    give_back_memory();
    if (code != MCP_OK && err != NULL)
        *err = why;
    return code;
}
