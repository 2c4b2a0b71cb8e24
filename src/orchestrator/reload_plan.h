/* SPDX-License-Identifier: MIT */
/* reload_plan.h - what changes from one configuration to the next. Layer: orchestrator. Includes:
 * conf. */
#ifndef ORCH_RELOAD_PLAN_H
#define ORCH_RELOAD_PLAN_H

#include "orchestrator/conf.h"

/* What becomes of one server of the new configuration. */
enum orch_reload_verdict {
    ORCH_RELOAD_ADD,       /* there was none with this id */
    ORCH_RELOAD_KEEP,      /* nothing about it changed */
    ORCH_RELOAD_UPDATE,    /* how it is reached and as whom did not: its connection stays */
    ORCH_RELOAD_RECONNECT, /* transport, url, command, args, env or headers did: as a new one */
};

struct orch_reload_step {
    enum orch_reload_verdict verdict;
    size_t from; /* its place in the old configuration; unless ADD */
};

/* Init with ORCH_RELOAD_PLAN_INIT. */
struct orch_reload_plan {
    struct orch_reload_step *steps; /* one for each server of the new one, in its order */
    size_t step_count;
    size_t *removed; /* places in the old one, in its order */
    size_t removed_count;
    bool has_new_settings; /* something under `orchestration` changed */
};

#define ORCH_RELOAD_PLAN_INIT                                                                      \
    { .steps = NULL }

void orch_reload_plan_deinit(struct orch_reload_plan *plan);

/* Servers are told apart by id. `before` NULL: there was none. errors: NOMEM. */
enum mcp_code orch_reload_plan_make(const struct orch_conf *before, const struct orch_conf *after,
                                    struct orch_reload_plan *out_plan,
                                    struct mcp_err *err) MCP_CHECK;

/* {"added", "removed", "reconnected", "updated": arrays of ids, "kept": how many, "settings":
 * bool}; NULL when memory is short. */
json_t *orch_reload_plan_to_json(const struct orch_reload_plan *plan,
                                 const struct orch_conf *before, const struct orch_conf *after);

#endif
