/* SPDX-License-Identifier: MIT */
/* watch.h - the status again and again, on standard output. Layer: orchestrator. Includes: table
 * program. */
#ifndef ORCH_WATCH_H
#define ORCH_WATCH_H

#include "mcp/orchestrator.h"
#include "orchestrator/table.h"

struct orch_watch_order {
    struct orch *orch;  /* not initialized yet */
    const char *config; /* watched too */
    uint64_t interval_ms;
    bool is_json;     /* one document a line */
    bool is_terminal; /* what was shown before is written over */
    struct orch_look (*look_of)(int fd);
};

/*
 * Until SIGINT or SIGTERM, which must be blocked in every thread, or until nobody reads any more.
 * SIGHUP, or a change of the file, reads the configuration again.
 *
 *   errors  CONFIGURATION  at the start
 *           OTHER          signals cannot be watched, memory, standard output cannot be written
 */
enum mcp_code orch_watch_run(const struct orch_watch_order *order,
                             struct orch_error *error) MCP_CHECK;

#endif
