/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/timestamp.json. */
#include "mcp/timestamp.h"
#include "probe.h"

probe_fn probe_timestamp;

enum mcp_code probe_timestamp(const json_t *in, json_t **out, struct mcp_err *err) {
    int64_t moment = json_integer_value(json_object_get(in, "format"));
    if (json_object_get(in, "format") != NULL) {
        char text[MCP_TIMESTAMP_BYTES];
        mcp_timestamp_format(moment, text);
        return probe_give(json_string(text), out, err);
    }
    MCP_TRY(mcp_timestamp_parse(mcp_json_str(json_object_get(in, "parse")), &moment, err));
    return probe_give(json_integer(moment), out, err);
}
