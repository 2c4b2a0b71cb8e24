/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/frame.json. */
#include "orchestrator/frame.h"
#include "probe.h"

probe_fn probe_frame;

static void add_head(const json_t *in, struct mcp_buf *out) {
    const json_t *head = json_object_get(in, "head");
    const struct orch_look look = {.has_colour = json_is_true(json_object_get(in, "colour")),
                                   .columns = (size_t)probe_int(in, "columns", 0)};
    const struct orch_frame frame = {.config = json_string_value(json_object_get(head, "config")),
                                     .now = json_string_value(json_object_get(head, "now")),
                                     .interval_s = (uint64_t)probe_int(head, "interval", 2),
                                     .reload = json_object_get(head, "reload")};
    orch_frame_add_head(out, &look, &frame);
}

enum mcp_code probe_frame(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(1 << 20);
    if (json_object_get(in, "head") != NULL)
        add_head(in, &text);
    else
        orch_frame_add_in_place(&text, mcp_json_str(json_object_get(in, "text")),
                                (size_t)probe_int(in, "lines", 24));
    MCP_TRY(mcp_buf_finish(&text, err));
    return probe_give(probe_text(mcp_buf_view(&text)), out, err);
}
