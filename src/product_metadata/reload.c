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

enum mcp_code product_reload_run(const struct product_reload *reload, struct mcp_err *err) {
    struct mcp_err why = {0};
    MCP_AUTO(product_snapshot_unrefp) struct product_snapshot *fresh = NULL;
    enum mcp_code code = load(reload, &fresh, &why);
    if (code != MCP_OK) {
        give_back_memory();
        product_store_fail(reload->store, &why, mcp_clock_wall_ms());
        if (err != NULL)
            *err = why;
        return code;
    }
    MCP_AUTO(product_snapshot_unrefp)
    struct product_snapshot *former = product_store_get(reload->store);
    product_store_put(reload->store, product_snapshot_ref(fresh), mcp_clock_wall_ms());
    give_back_memory();
    if (reload->server != NULL)
        product_resources_tell(reload->server, former, fresh);
    return MCP_OK;
}
