/* SPDX-License-Identifier: MIT */
/*
 * in: {"csv": B} or {"value": VALUE}: out: {"metadata": VALUE, "rows": N, "rejected": ["PLACE
 * what",
 * ...]}; PLACE is "line:column" of the CSV, or the value's JSON pointer.
 */
#include <stdio.h>

#include "probe_product.h"
#include "product_metadata/import.h"
#include "product_metadata/loader.h"

probe_fn probe_product_import;

static void note(const struct product_reject *reject, void *user) {
    char text[1024];
    if (reject->place.line > 0)
        (void)snprintf(text, sizeof text, "%zu:%zu %s", reject->place.line, reject->place.column,
                       reject->what);
    else
        (void)snprintf(text, sizeof text, "%.*s %s", (int)reject->pointer.len, reject->pointer.ptr,
                       reject->what);
    (void)json_array_append_new(user, json_string(text));
}

static const struct mcp_schema *compiled(void) {
    static struct mcp_schema *schema;
    if (schema == NULL && product_loader_schema(&schema, NULL) != MCP_OK)
        return NULL;
    return schema;
}

static enum mcp_code take(struct product_import *import, const json_t *in, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(1 << 24);
    if (json_object_get(in, "csv") == NULL)
        return product_import_value(import, json_object_get(in, "value"), err);
    MCP_TRY(probe_bytes(json_object_get(in, "csv"), &text, err));
    return product_import_csv(import, mcp_buf_view(&text), err);
}

enum mcp_code probe_product_import(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(product_import_deinit) struct product_import import = {0};
    json_auto_t *rejected = json_array();
    if (rejected == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    MCP_TRY(product_import_init(&import, compiled(), note, rejected, err));
    MCP_TRY(take(&import, in, err));
    return probe_give(json_pack("{s:O, s:I, s:O}", "metadata", import.root, "rows",
                                (json_int_t)import.row_count, "rejected", rejected),
                      out, err);
}
