/* SPDX-License-Identifier: MIT */
/* share_parts.h - the inside of share.h, for its two files. Layer: orchestrator. Includes: share
 * share_commands. */
#ifndef ORCH_SHARE_PARTS_H
#define ORCH_SHARE_PARTS_H

#include "orchestrator/share.h"
#include "orchestrator/share_commands.h"

struct orch_share {
    struct orch_state *state;
    struct orch_share_listener listener;
    struct mcp_loop *loop;
    struct orch_share_settings settings;
    struct orch_share_facts facts;
    struct orch_share_health health;
    struct orch_redis_link *commands; /* both or none, but while the second is being opened */
    struct orch_redis_link *ears;
    bool can_command;
    bool can_hear;
    uint64_t started_ms; /* with these settings */
    uint64_t pinged_ms;
    uint64_t renewed_ms;
    char sender[33]; /* the first 16 digits count */
    char channel[ORCH_SHARE_NAME_BYTES];
    struct mcp_buf place;
    struct orch_share_server *servers; /* by slot; id "": there is none */
    struct orch_share_lease *leases;
    orch_redis_reply_fn *on_view;  /* the answer to a look */
    void (*on_closed)(void *user); /* NULL: it is open */
    void *closing_user;
    struct mcp_loop_timer closing;
};

/* share.c: the connections, and what is told over them. */

void orch_share_publish(struct orch_share *share); /* the facts, to the state */
bool orch_share_is_usable(const struct orch_share *share);

/* It cannot be used: hang up, tell, try again later. */
void orch_share_fail(struct orch_share *share, const struct mcp_err *cause);

const char *orch_share_message_of(const struct orch_share *share, size_t slot,
                                  enum orch_holding holding, enum orch_share_news news,
                                  char out[ORCH_SHARE_MESSAGE_BYTES]);
void orch_share_names_of(const struct orch_share *share, size_t slot, enum orch_holding holding,
                         struct orch_share_names *out);

/* For commands whose answer does not matter, unless it is a refusal; `user` is the share. */
orch_redis_reply_fn orch_share_on_told;

/* False: there is no memory for it. */
bool orch_share_tell_one(struct orch_share *share, const struct orch_state_news *news);

/* A lease is over: when this is being closed, and it was the last, go on with that. */
void orch_share_drain(struct orch_share *share);

/* share_lease.c: questions. */

/* Let all that wait for an answer fetch; of one slot, or SIZE_MAX: of all. */
void orch_share_end_questions(struct orch_share *share, size_t slot);
/* What they got of a Redis that was there means nothing now. */
void orch_share_drop_rights(struct orch_share *share);
void orch_share_look_queued(struct orch_share *share); /* it is up */
void orch_share_renew(struct orch_share *share);       /* the locks */
/* Somebody has a value, or gave up. */
void orch_share_wake(struct orch_share *share, const struct orch_share_message *message);

#endif
