/* SPDX-License-Identifier: MIT */
/* progress.h - who is being waited for, on standard error. Layer: orchestrator. Includes: json. */
#ifndef ORCH_PROGRESS_H
#define ORCH_PROGRESS_H

#include "mcp/orchestrator.h"

/*
 * A thread that says every second whom a call is waiting for, once it has taken longer than that:
 * on a terminal in place, elsewhere one line, and another every ten seconds.
 */
struct orch_progress;

enum mcp_code orch_progress_start(struct orch_progress **out_progress,
                                  struct mcp_err *err) MCP_CHECK;
void orch_progress_stop(struct orch_progress *progress); /* joins; NULL is a no-op */

/* Take note of what happens; any thread. */
void orch_progress_note(struct orch_progress *progress, const struct orch_event *event);

#endif
