/* SPDX-License-Identifier: MIT */
/* inflight.h - requests being answered, to find and cancel. Layer: server. Includes: json. */
#ifndef SERVER_INFLIGHT_H
#define SERVER_INFLIGHT_H

#include "mcp/json.h"
#include "server/list.h"

/* All requests whose ids must differ: those of one session. Zeroed storage is not ready: init. */
struct mcp_inflight_scope {
    struct mcp_list entries;
    size_t count;
};

struct mcp_inflight_entry;

enum mcp_cancel_cause {
    MCP_NOT_CANCELLED = 0,
    MCP_CANCELLED_BY_PEER, /* who hears no answer */
    MCP_CANCELLED_BY_STOP
};

/* What the owner of the table may do with a request; each kind of request implements it. */
struct mcp_inflight_ops {
    void (*hold)(struct mcp_inflight_entry *entry);   /* one more reference; quick */
    void (*cancel)(struct mcp_inflight_entry *entry); /* and release that reference */
};

/* Embedded in the call. Zero it before add. */
struct mcp_inflight_entry {
    const struct mcp_inflight_ops *ops;
    struct mcp_list in_all;
    struct mcp_list in_scope;
    struct mcp_inflight_scope *scope; /* NULL: belongs to no session, or that one has ended */
    const json_t *id;                 /* borrowed while listed */
    const void *outlet;               /* where its answer goes; compared, never followed */
    bool ends_with_outlet;            /* the peer cancels it by leaving */
    enum mcp_cancel_cause cancelled;  /* the first cause */
    struct mcp_list in_cancelled;
};

/*
 * Owns nothing and allocates nothing.
 *   thread  none: the owner locks
 */
struct mcp_inflight {
    struct mcp_list entries;
    size_t count;
    size_t max;           /* in all */
    size_t max_per_scope; /* in one session */
};

void mcp_inflight_init(struct mcp_inflight *table, size_t max, size_t max_per_scope);
void mcp_inflight_scope_init(struct mcp_inflight_scope *scope);

/*
 * List an entry with its id and outlet set. `scope` may be NULL.
 *   errors  EXISTS  the scope has this id already (1 and "1" differ)
 *           LIMIT   max or max_per_scope entries are listed
 */
enum mcp_code mcp_inflight_add(struct mcp_inflight *table, struct mcp_inflight_scope *scope,
                               struct mcp_inflight_entry *entry, struct mcp_err *err) MCP_CHECK;

/* A no-op when the entry is not listed. */
void mcp_inflight_remove(struct mcp_inflight *table, struct mcp_inflight_entry *entry);

/* The request of that id; NULL when it is not being answered. cost: O(entries of the scope) */
struct mcp_inflight_entry *mcp_inflight_find(const struct mcp_inflight_scope *scope,
                                             const json_t *id);

/* The request answered there; NULL when there is none. cost: O(entries) */
struct mcp_inflight_entry *mcp_inflight_find_outlet(const struct mcp_inflight *table,
                                                    const void *outlet);

/* Mark it, hold it and put it into `cancelled` (a ring head), once; later calls are no-ops. */
void mcp_inflight_cancel(struct mcp_inflight_entry *entry, enum mcp_cancel_cause cause,
                         struct mcp_list *cancelled);

/* Take the first of such a ring; NULL when it is empty. */
struct mcp_inflight_entry *mcp_inflight_take_cancelled(struct mcp_list *cancelled);

/* Iterate: start with NULL; NULL at the end. The current entry may not be removed meanwhile. */
struct mcp_inflight_entry *mcp_inflight_next(const struct mcp_inflight *table,
                                             const struct mcp_inflight_entry *entry);
struct mcp_inflight_entry *mcp_inflight_scope_next(const struct mcp_inflight_scope *scope,
                                                   const struct mcp_inflight_entry *entry);

/* The session ends: its entries stay listed, in no scope. */
void mcp_inflight_scope_drop(struct mcp_inflight_scope *scope);

#endif
