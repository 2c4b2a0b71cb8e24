/* SPDX-License-Identifier: MIT */
/* registry.h - which servers there are and how each is doing. Layer: orchestrator. Includes: conf
 * value traffic. */
#ifndef ORCH_REGISTRY_H
#define ORCH_REGISTRY_H

#include "orchestrator/conf.h"
#include "orchestrator/traffic.h"
#include "orchestrator/value.h"

/* What is known of a live connection. */
struct orch_link_facts {
    char transport[20]; /* the one in use, as the configuration names it; "" unknown */
    char version[16];   /* protocol revision; "" unknown */
    long child_pid;     /* 0: none */
};

/* One server. Times are wall clock, milliseconds since 1970; 0: never. */
struct orch_row {
    const struct orch_server *server; /* borrowed */
    bool is_listed;                   /* in the order; else not yet, or not any more */
    bool is_connected;
    int64_t last_connected_ms;
    int64_t changed_ms; /* when is_connected last changed */
    int64_t error_ms;
    enum mcp_code error_code; /* MCP_OK: no error since it was last connected */
    char error[400];
    int64_t last_error_ms; /* of the last failure, also when it went well since */
    enum mcp_code last_error_code;
    char last_error[400];
    struct orch_link_facts facts; /* of the last connection */
    json_t *declared;             /* capabilities of the last connection; NULL: never connected */
    struct orch_value *tools;     /* {"tools": [...]} as listed last; NULL: not known */
    struct orch_traffic traffic;
    char stderr_tail[1024]; /* of the last child; "" */
};

/*
 * Rows are named by slot, from 0; a slot is used again only after it was released. Order is
 * priority (a lower number comes first), then place in the file, then slot.
 *
 *   thread  none: the owner locks
 */
struct orch_registry;

/* Room for max_servers slots. */
enum mcp_code orch_registry_new(size_t max_servers, struct orch_registry **out_registry,
                                struct mcp_err *err) MCP_CHECK;
void orch_registry_free(struct orch_registry *registry);
void orch_registry_freep(struct orch_registry **registry);

/* The first free slot, listed. errors: EXISTS the id is taken; LIMIT no room; NOMEM. `server` must
 * outlive the row. */
enum mcp_code orch_registry_add(struct orch_registry *registry, const struct orch_server *server,
                                struct mcp_err *err) MCP_CHECK;

/* The first free slot, not listed yet. errors: LIMIT, NOMEM. */
enum mcp_code orch_registry_reserve(struct orch_registry *registry,
                                    const struct orch_server *server, size_t *out_slot,
                                    struct mcp_err *err) MCP_CHECK;

/* From now on nobody is listed; rows stay as they are. */
void orch_registry_unlist_all(struct orch_registry *registry);

/* List the row of an occupied slot, which is not listed, with this entry of the file. */
void orch_registry_list(struct orch_registry *registry, size_t slot,
                        const struct orch_server *server);

/* Free the slot, which is not listed. */
void orch_registry_release(struct orch_registry *registry, size_t slot);

/* NULL: the slot is free. */
struct orch_row *orch_registry_change(struct orch_registry *registry, size_t slot);
const struct orch_row *orch_registry_row(const struct orch_registry *registry, size_t slot);
size_t orch_registry_slots(const struct orch_registry *registry); /* all below are, or were, used */

/* Slots of the listed rows in order, `count` of them. */
const size_t *orch_registry_order(const struct orch_registry *registry);
size_t orch_registry_count(const struct orch_registry *registry);

/* As orch_domain_covers says, of any of its entries. */
bool orch_registry_has_domain(const struct orch_server *server, const char *domain);

/* Slots in order of the servers with this domain; room for `count` in out. Returns how many. */
size_t orch_registry_for_domain(const struct orch_registry *registry, const char *domain,
                                size_t *out_slots);

/* By id, else by display name; false when there is none. */
bool orch_registry_find(const struct orch_registry *registry, const char *name, size_t *out_slot);

/* Something about it failed. */
void orch_registry_note_error(struct orch_registry *registry, size_t slot,
                              const struct mcp_err *why, int64_t wall_ms);

/* Forgets the error, but for the last one. */
void orch_registry_mark_connected(struct orch_registry *registry, size_t slot,
                                  const struct orch_link_facts *facts, int64_t wall_ms);

/* What the server said of itself when it was connected. `declared` and `tools` are taken; NULL: not
 * known any more. */
void orch_registry_set_declared(struct orch_registry *registry, size_t slot, json_t *declared);
void orch_registry_set_tools(struct orch_registry *registry, size_t slot, struct orch_value *tools);

/* `why` NULL: closed on purpose, which leaves no error. */
void orch_registry_mark_disconnected(struct orch_registry *registry, size_t slot,
                                     const struct mcp_err *why, int64_t wall_ms);

#endif
