/* SPDX-License-Identifier: MIT */
/* domain.h - which domains an entry of `domains` covers. Layer: orchestrator. Includes: base. */
#ifndef ORCH_DOMAIN_H
#define ORCH_DOMAIN_H

#include <stdbool.h>

#include "mcp/buf.h"

/*
 * A domain is text in parts that dots separate: "sales.eu.north". An entry of a server's `domains`
 * is a domain, or "sales.*" for everything below sales (at any depth, not sales itself), or "*"
 * for everything. What is asked for may have the same forms: then every entry counts that has a
 * domain in common with it. All of it is exact and case-sensitive.
 *
 *   cost    O(length), no allocation
 *   thread  any
 */
bool orch_domain_covers(struct mcp_str entry, struct mcp_str asked);

/* What is wrong with an entry, for a person; NULL when nothing is: "*" may only be a whole last
 * part. */
const char *orch_domain_flaw(struct mcp_str entry);

#endif
