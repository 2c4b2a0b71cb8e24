/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/resume.json. */
#include <string.h>

#include "dial/resume.h"
#include "probe.h"

probe_fn probe_resume;

static enum mcp_code code_of(const json_t *name) {
    enum mcp_code code = MCP_OK;
    while (code < MCP_E_BUG && strcmp(mcp_code_name(code), json_string_value(name)) != 0)
        code++;
    return code;
}

static bool is_possible(const json_t *facts) {
    return mcp_resume_is_possible(&(struct mcp_resume_facts){
        .code = code_of(json_object_get(facts, "code")),
        .was_stream = json_is_true(json_object_get(facts, "stream")),
        .is_resumed = json_is_true(json_object_get(facts, "resumed")),
        .is_unanswered = json_is_true(json_object_get(facts, "unanswered")),
        .has_event_id = json_is_true(json_object_get(facts, "event_id")),
        .attempts = (unsigned)probe_int(facts, "attempts", 0),
    });
}

enum mcp_code probe_resume(const json_t *in, json_t **out, struct mcp_err *err) {
    const json_t *cut = json_object_get(in, "is_cut");
    const json_t *facts = json_object_get(in, "is_possible");
    if (cut != NULL)
        return probe_give(json_boolean(mcp_resume_is_cut(code_of(cut))), out, err);
    if (facts != NULL)
        return probe_give(json_boolean(is_possible(facts)), out, err);
    uint64_t delay =
        mcp_resume_delay_ms(probe_int(in, "asked", -1), (unsigned)probe_int(in, "delay", 1),
                            (uint64_t)probe_int(in, "random", 0));
    return probe_give(json_integer((json_int_t)delay), out, err);
}
