/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/uri_template.json. */
#include "probe.h"
#include "server/uri_template.h"

probe_fn probe_uri_template;

enum mcp_code probe_uri_template(const json_t *in, json_t **out, struct mcp_err *err) {
    struct mcp_uri_template parsed;
    MCP_TRY(mcp_uri_template_parse(mcp_json_str(json_object_get(in, "template")), &parsed, err));
    const json_t *uri = json_object_get(in, "uri");
    if (uri != NULL)
        return mcp_uri_template_match(&parsed, mcp_json_str(uri), out, err);
    json_auto_t *names = json_array();
    for (size_t i = 0; i < parsed.part_count; i++) {
        struct mcp_str name = parsed.parts[i].variable;
        if (name.len > 0 && json_array_append_new(names, json_stringn(name.ptr, name.len)) != 0)
            return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    }
    return probe_give(MCP_TAKE(names), out, err);
}
