/* SPDX-License-Identifier: MIT */
/* resume.c - see resume.h. Pure: no I/O, no clock, no log. */
#include "dial/resume.h"

uint64_t mcp_resume_delay_ms(int64_t asked_ms, unsigned attempt, uint64_t random) {
    if (asked_ms >= 0 && asked_ms < MCP_RESUME_MIN_ASKED_MS)
        return MCP_RESUME_MIN_ASKED_MS;
    if (asked_ms >= 0)
        return asked_ms < MCP_RESUME_MAX_ASKED_MS ? (uint64_t)asked_ms : MCP_RESUME_MAX_ASKED_MS;
    uint64_t delay = MCP_RESUME_FIRST_MS;
    for (unsigned i = 1; i < attempt && delay < MCP_RESUME_MAX_MS; i++)
        delay = delay * 3 / 2;
    if (delay > MCP_RESUME_MAX_MS)
        delay = MCP_RESUME_MAX_MS;
    return delay - random % (delay / 2 + 1);
}

bool mcp_resume_is_cut(enum mcp_code code) {
    return code == MCP_OK || code == MCP_E_IO || code == MCP_E_PEER || code == MCP_E_TIMEOUT;
}

bool mcp_resume_is_possible(const struct mcp_resume_facts *facts) {
    bool may_go_on = facts->was_stream || (facts->is_resumed && facts->is_unanswered);
    return may_go_on && facts->has_event_id && mcp_resume_is_cut(facts->code) &&
           facts->attempts < MCP_RESUME_MAX_ATTEMPTS;
}
