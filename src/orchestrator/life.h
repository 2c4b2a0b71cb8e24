/* SPDX-License-Identifier: MIT */
/* life.h - when an orchestrator is open, and who is inside. Layer: orchestrator. Includes:
 * orch_error. */
#ifndef ORCH_LIFE_H
#define ORCH_LIFE_H

#include "orchestrator/orch_error.h"

/*
 * CLOSED -> (one thread is busy opening) -> OPEN -> (busy closing) -> CLOSED. Calls that use
 * connections enter and leave; closing waits until all have left. While it is open one thread at a
 * time may go over to another configuration; calls go on meanwhile.
 *
 *   thread  any
 */
struct orch_life;

enum mcp_code orch_life_new(struct orch_life **out_life, struct mcp_err *err) MCP_CHECK;
void orch_life_free(struct orch_life *life); /* nobody may be inside */

enum orch_entry {
    ORCH_ENTERED,   /* open: call leave when done */
    ORCH_MUST_OPEN, /* closed: this thread is now busy and must call opened or not_opened */
    ORCH_NOT_OPENED /* waited for a thread that failed to open: its failure is in *error */
};
/* *out_era is for leave: which configuration it entered under. */
enum orch_entry orch_life_enter(struct orch_life *life, uint64_t *out_era,
                                struct orch_error *error) MCP_CHECK;
void orch_life_leave(struct orch_life *life, uint64_t era);

/* The busy thread's outcome. opened: it has entered too. */
void orch_life_opened(struct orch_life *life, uint64_t *out_era);
void orch_life_not_opened(struct orch_life *life, const struct orch_error *why);
bool orch_life_is_open(struct orch_life *life);

/* Become busy to read the configuration: false while open. Ends with loaded. */
bool orch_life_begin_load(struct orch_life *life) MCP_CHECK;
void orch_life_loaded(struct orch_life *life);

/*
 * Go over to another configuration. True: open, which it stays; ends with reloaded. False: closed,
 * and this thread is busy as after begin_load. A second one waits for the first.
 *
 *   out  *out_is_clear  nobody is inside who entered before the last change: what that change put
 *                       aside may go
 */
bool orch_life_begin_reload(struct orch_life *life, bool *out_is_clear) MCP_CHECK;
void orch_life_reloaded(struct orch_life *life, bool has_changed);

/* Become busy to close: false when nothing is open. Ends with closed. */
bool orch_life_begin_close(struct orch_life *life) MCP_CHECK;
void orch_life_wait_until_left(struct orch_life *life); /* all that entered have left */
void orch_life_closed(struct orch_life *life);

#endif
