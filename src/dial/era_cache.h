/* SPDX-License-Identifier: MIT */
/* era_cache.h - what servers turned out to be, for the next connection. Layer: dial. Includes:
 * client. */
#ifndef MCP_ERA_CACHE_H
#define MCP_ERA_CACHE_H

#include "mcp/dial.h"

enum { MCP_ERA_CACHE_MAX_SERVERS = 1024 }; /* the one put first goes first */

/* AUTO, AUTO: not known. */
struct mcp_era_verdict {
    enum mcp_client_era era;
    enum mcp_dial_transport transport; /* SSE, or AUTO for any other */
};

/*
 * Verdicts by server: a URL, or a command line.
 *
 *   owner   the loop; its thread alone
 *   cost    O(1) expected
 */
struct mcp_era_cache;

enum mcp_code mcp_era_cache_new(struct mcp_era_cache **out_cache, struct mcp_err *err) MCP_CHECK;
void mcp_era_cache_free(struct mcp_era_cache *cache);

struct mcp_era_verdict mcp_era_cache_get(const struct mcp_era_cache *cache, struct mcp_str server);

/* Remember; AUTO, AUTO forgets. Refused memory forgets too: it costs one question. */
void mcp_era_cache_put(struct mcp_era_cache *cache, struct mcp_str server,
                       struct mcp_era_verdict verdict);

#endif
