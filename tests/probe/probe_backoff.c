/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/backoff.json. */
#include <stdlib.h>

#include "client/backoff.h"
#include "probe.h"

probe_fn probe_backoff;

static uint64_t run(struct mcp_backoff *backoff, const json_t *step) {
    const char *random = json_string_value(json_object_get(step, "next"));
    const json_t *note = json_object_get(step, "note");
    if (random != NULL)
        return mcp_backoff_next(backoff, strtoull(random, NULL, 10));
    for (json_int_t i = 0; i < probe_int(step, "repeat", 0); i++)
        (void)mcp_backoff_next(backoff, 0);
    if (note != NULL)
        mcp_backoff_note(backoff, (uint64_t)json_integer_value(json_array_get(note, 0)),
                         (uint64_t)json_integer_value(json_array_get(note, 1)));
    if (json_object_get(step, "reset") != NULL)
        mcp_backoff_reset(backoff);
    return mcp_backoff_ceiling(backoff);
}

enum mcp_code probe_backoff(const json_t *in, json_t **out, struct mcp_err *err) {
    struct mcp_backoff backoff;
    mcp_backoff_init(&backoff, (uint64_t)probe_int(in, "base", 0),
                     (uint64_t)probe_int(in, "cap", 0), (uint64_t)probe_int(in, "healthy", 0));
    const json_t *steps = json_object_get(in, "steps");
    json_auto_t *results = json_array();
    for (size_t i = 0; i < json_array_size(steps); i++)
        if (json_array_append_new(
                results, json_integer((json_int_t)run(&backoff, json_array_get(steps, i)))) != 0)
            return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    return probe_give(MCP_TAKE(results), out, err);
}
