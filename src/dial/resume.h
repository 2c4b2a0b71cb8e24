/* SPDX-License-Identifier: MIT */
/* resume.h - whether and when a cut event stream is taken up again. Layer: dial. Includes: base. */
#ifndef MCP_RESUME_H
#define MCP_RESUME_H

#include <stdbool.h>
#include <stdint.h>

#include "mcp/err.h"

enum {
    MCP_RESUME_MAX_ATTEMPTS = 5, /* without an event in between */
    MCP_RESUME_FIRST_MS = 1000,
    MCP_RESUME_MAX_MS = 30000,
    MCP_RESUME_MIN_ASKED_MS = 100, /* of a `retry:` field; less is taken as this */
    MCP_RESUME_MAX_ASKED_MS = 60000
};

/* Before attempt 1, 2, 3, ...: what the server asked for, within the bounds; when it asked for
 * nothing (-1), 1 s, 1.5 s, 2.25 s, ... up to 30 s, less up to a half of it: `random` is 64 random
 * bits. */
uint64_t mcp_resume_delay_ms(int64_t asked_ms, unsigned attempt, uint64_t random);

/* A break on the way (OK: it simply ended), as opposed to an answer that says no or a limit of
 * ours. */
bool mcp_resume_is_cut(enum mcp_code code);

/* What is known of a request's stream that ended without its answer. */
struct mcp_resume_facts {
    enum mcp_code code; /* how it ended */
    bool was_stream;    /* events came, not one text */
    bool is_resumed;    /* it had been taken up before ... */
    bool is_unanswered; /* ... and this time nothing came at all */
    bool has_event_id;  /* the server said where to go on */
    unsigned attempts;  /* since the last event */
};
bool mcp_resume_is_possible(const struct mcp_resume_facts *facts);

#endif
