/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/call_output.json. */
#include <string.h>

#include "call/call_output.h"
#include "probe.h"

probe_fn probe_call_output;

enum mcp_code probe_call_output(const json_t *in, json_t **out, struct mcp_err *err) {
    const char *name = json_string_value(json_object_get(in, "format"));
    enum call_format format = strcmp(name, "pretty") == 0 ? CALL_PRETTY
                              : strcmp(name, "raw") == 0  ? CALL_RAW
                                                          : CALL_COMPACT;
    MCP_AUTO(mcp_buf_deinit)
    struct mcp_buf text = MCP_BUF_INIT((size_t)probe_int(in, "limit", 4096));
    MCP_TRY(call_output_result(json_object_get(in, "result"), format, &text, err));
    return probe_give(probe_text(mcp_buf_view(&text)), out, err);
}
