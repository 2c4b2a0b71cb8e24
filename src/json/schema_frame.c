/* SPDX-License-Identifier: MIT */
/* schema_frame.c - where a validation is and whether it goes on; see schema_run.h. Pure: no I/O, no
 * clock, no log. */
#include "json/schema_run.h"

json_type mcp_schema_type_of(const struct mcp_schema_frame *frame) {
    return frame->value != NULL ? json_typeof(frame->value) : JSON_STRING;
}

struct mcp_str mcp_schema_text_of(const struct mcp_schema_frame *frame) {
    return frame->value != NULL ? mcp_json_str(frame->value) : frame->name;
}

bool mcp_schema_halt(struct mcp_schema_run *run, enum mcp_code code) {
    /* A value known not to conform stays so, whatever could not be looked at any more. */
    if (run->code == MCP_OK || code == MCP_E_NOMEM)
        run->code = code;
    run->is_halted = true;
    run->is_cut = run->is_cut || code == MCP_E_LIMIT;
    return false;
}

bool mcp_schema_step(struct mcp_schema_run *run, size_t count) {
    return mcp_schema_spend(&run->steps, count) || mcp_schema_halt(run, MCP_E_LIMIT);
}

bool mcp_schema_goes_on(const struct mcp_schema_run *run) {
    return !run->is_halted && run->quiet == 0;
}
