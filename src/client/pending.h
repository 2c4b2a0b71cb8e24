/* SPDX-License-Identifier: MIT */
/* pending.h - things in flight, each with an id of ours and a deadline. Layer: client. Includes:
 * base. */
#ifndef MCP_PENDING_H
#define MCP_PENDING_H

#include <stddef.h>
#include <stdint.h>

#include "mcp/err.h"

#define MCP_PENDING_NO_DEADLINE UINT64_MAX

/*
 * A table of entries {id, deadline, payload}. Ids count up from 1 and are never used again, so a
 * late answer cannot meet a younger request.
 *
 *   owner   payloads are borrowed: take every one before free
 *   cost    add, take: O(log n); peek: O(1) expected; memory grows with the most ever in flight
 *   thread  none: the owner locks
 */
struct mcp_pending;

/* At most `max` entries at once. errors: NOMEM. */
enum mcp_code mcp_pending_new(size_t max, struct mcp_pending **out_pending,
                              struct mcp_err *err) MCP_CHECK;
void mcp_pending_free(struct mcp_pending *pending);

/* `payload` must not be NULL. errors: LIMIT already `max` entries; NOMEM. */
enum mcp_code mcp_pending_add(struct mcp_pending *pending, uint64_t deadline_ms, void *payload,
                              uint64_t *out_id, struct mcp_err *err) MCP_CHECK;

void *mcp_pending_peek(const struct mcp_pending *pending, uint64_t id); /* NULL when unknown */
void *mcp_pending_take(struct mcp_pending *pending, uint64_t id); /* removed; NULL when unknown */

/* Remove the entry with the earliest deadline that is at or before now_ms (the lowest id among
 * equals); NULL when there is none. out_id may be NULL. */
void *mcp_pending_take_expired(struct mcp_pending *pending, uint64_t now_ms, uint64_t *out_id);

/* The earliest deadline; MCP_PENDING_NO_DEADLINE when empty. */
uint64_t mcp_pending_next_deadline(const struct mcp_pending *pending);

size_t mcp_pending_count(const struct mcp_pending *pending);

#endif
