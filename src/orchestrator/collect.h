/* SPDX-License-Identifier: MIT */
/* collect.h - what several servers hold, at the same time. Layer: orchestrator. Includes: fleet. */
#ifndef ORCH_COLLECT_H
#define ORCH_COLLECT_H

#include "orchestrator/fleet.h"

/* What one server holds, from the cache or fetched. */
struct orch_share {
    const struct orch_server *server; /* valid until the call leaves */
    size_t slot;
    struct orch_value *value; /* owned; NULL: `why` says why */
    struct mcp_err why;
    bool is_stale; /* the value is: why says what failed; OK: it is being read again */
    uint64_t age_ms;
};
void orch_collect_free(struct orch_share *shares, size_t count);

/* Fill the shares (slot is given), all at the same time. errors: NOMEM, no share is filled. */
enum mcp_code orch_collect_run(const struct orch_visit *visit, enum orch_holding holding,
                               struct orch_share *shares, size_t count,
                               struct mcp_err *err) MCP_CHECK;

#endif
