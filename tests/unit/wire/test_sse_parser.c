/* SPDX-License-Identifier: MIT */
#include "mcp/sse_parser.h"
#include "torture.h"
#include "vectors.h"

probe_fn probe_sse_parser;

static enum mcp_code two_events(void *user, struct mcp_err *err) {
    (void)user;
    json_auto_t *in = json_pack("{s:s}", "bytes", "id: 1\nevent: e\ndata: x\n\ndata: y\n\n");
    json_auto_t *out = NULL;
    if (in == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    return probe_sse_parser(in, &out, err);
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    torture_run(two_events, NULL);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("wire.sse_parser", probe_sse_parser, more, MCP_COUNT(more));
}
