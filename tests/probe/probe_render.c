/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/render.json. */
#include <string.h>

#include "mcp/alloc.h"
#include "orchestrator/render.h"
#include "probe.h"

probe_fn probe_render;

static enum mcp_code render(const json_t *in, struct mcp_buf *out, struct mcp_err *err) {
    const char *what = json_string_value(json_object_get(in, "show"));
    json_t *data = json_object_get(in, "data");
    const json_t *missing = json_object_get(in, "missing");
    struct orch_look look = {.has_colour = json_is_true(json_object_get(in, "colour")),
                             .columns = (size_t)probe_int(in, "columns", 0)};
    if (strcmp(what, "configuration") == 0)
        return orch_render_configuration(out, &look, "c.yaml", data, err);
    if (strcmp(what, "status") == 0)
        return orch_render_status(out, &look, data, err);
    if (strcmp(what, "flaws") == 0)
        return orch_render_flaws(out, &look, data, json_object_get(data, "flaws"), err);
    if (strcmp(what, "gather") == 0)
        return orch_render_gather(out, &look, data, missing, err);
    if (strcmp(what, "domain") == 0)
        return orch_render_domain(out, &look, data, missing, err);
    if (strcmp(what, "contents") == 0)
        return orch_render_contents(out, json_is_true(json_object_get(in, "terminal")), data, err);
    if (strcmp(what, "context") == 0)
        return orch_render_context(out, &look, data, err);
    if (strcmp(what, "table") == 0)
        orch_add_table(out, &look, data);
    else
        orch_describe_value(out, data);
    return mcp_buf_finish(out, err);
}

static json_t *lines_of(struct mcp_str text) {
    json_t *lines = json_array();
    for (size_t start = 0; start < text.len;) {
        const char *end = memchr(text.ptr + start, '\n', text.len - start);
        size_t len = end != NULL ? (size_t)(end - text.ptr) - start : text.len - start;
        json_t *line = end != NULL ? json_stringn(text.ptr + start, len)
                                   : json_sprintf("%.*s\\", (int)len, text.ptr + start);
        (void)json_array_append_new(lines, line);
        start += len + 1;
    }
    return lines;
}

enum mcp_code probe_render(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(1 << 20);
    MCP_TRY(render(in, &text, err));
    size_t refused = mcp_alloc_refusals();
    json_auto_t *lines = lines_of(mcp_buf_view(&text));
    if (mcp_alloc_refusals() != refused)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    return probe_give(MCP_TAKE(lines), out, err);
}
