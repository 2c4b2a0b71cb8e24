/* SPDX-License-Identifier: MIT */
/* in: B, the SQL of a mapping; out: ["rule: sentence", ...]. */
#include <stdio.h>

#include "probe_product.h"
#include "product_metadata/sql_form.h"

probe_fn probe_product_sql_form;

enum mcp_code probe_product_sql_form(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf sql = MCP_BUF_INIT(1 << 24);
    json_auto_t *answer = json_array();
    struct product_sql_faults faults;
    if (answer == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    MCP_TRY(probe_bytes(in, &sql, err));
    product_sql_check(mcp_buf_view(&sql), &faults);
    for (size_t i = 0; i < faults.count; i++) {
        char text[256];
        (void)snprintf(text, sizeof text, "%s: %s", faults.rows[i].rule, faults.rows[i].sentence);
        MCP_TRY(probe_append(answer, json_string(text), err));
    }
    *out = MCP_TAKE(answer);
    return MCP_OK;
}
