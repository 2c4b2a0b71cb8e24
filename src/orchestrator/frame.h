/* SPDX-License-Identifier: MIT */
/* frame.h - what goes around a status that is shown again and again. Layer: orchestrator. Includes:
 * table. */
#ifndef ORCH_FRAME_H
#define ORCH_FRAME_H

#include "orchestrator/table.h"

struct orch_frame {
    const char *config;
    const char *now; /* RFC 3339 */
    uint64_t interval_s;
    const json_t *reload; /* {"at", "error": null or text, "changes": null or as orch_reload has
                             them}; NULL: there was none */
};

/* Append a line that says when and of what, cut to the terminal, and one on the last reload. */
void orch_frame_add_head(struct mcp_buf *out, const struct orch_look *look,
                         const struct orch_frame *frame);

/* Append `text`, whole lines, so that it replaces what a terminal shows: at most lines - 1 of them;
 * the last one says how many more there are. */
void orch_frame_add_in_place(struct mcp_buf *out, struct mcp_str text, size_t lines);

#endif
