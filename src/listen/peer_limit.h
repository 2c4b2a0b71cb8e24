/* SPDX-License-Identifier: MIT */
/* peer_limit.h - how many connections there are, in all and per address. Layer: listen. Includes:
 * base. */
#ifndef MCP_PEER_LIMIT_H
#define MCP_PEER_LIMIT_H

#include "mcp/map.h"

struct sockaddr;

/* An address without its port; IPv4 inside IPv6 is the IPv4 one. */
struct mcp_peer_key {
    char bytes[17]; /* family, then 4, 16 or 0 bytes of address */
    unsigned char len;
};

struct mcp_peer_key mcp_peer_key_of(const struct sockaddr *address);

/* thread: one. Owns the table. */
struct mcp_peer_limit {
    size_t max_in_all;
    size_t max_per_address;
    size_t count;
    struct mcp_map *by_address; /* key -> struct mcp_peer_tally */
};

enum mcp_code mcp_peer_limit_init(struct mcp_peer_limit *limit, size_t max_in_all,
                                  size_t max_per_address, struct mcp_err *err) MCP_CHECK;
void mcp_peer_limit_deinit(struct mcp_peer_limit *limit);

/* One more from there is within both bounds. */
bool mcp_peer_limit_has_room(const struct mcp_peer_limit *limit, struct mcp_peer_key key);

/* Count one. errors: LIMIT a bound is reached; NOMEM. Counted only on success. */
enum mcp_code mcp_peer_limit_enter(struct mcp_peer_limit *limit, struct mcp_peer_key key,
                                   struct mcp_err *err) MCP_CHECK;
void mcp_peer_limit_leave(struct mcp_peer_limit *limit, struct mcp_peer_key key);

#endif
