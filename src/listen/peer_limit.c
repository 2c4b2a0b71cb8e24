/* SPDX-License-Identifier: MIT */
/* peer_limit.c - see peer_limit.h. Pure: no I/O, no clock, no log. */
#include "listen/peer_limit.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/random.h"
#include "mcp/alloc.h"

struct mcp_peer_tally {
    size_t count;
};

static struct mcp_peer_key make_key(char family, const void *address, unsigned char len) {
    struct mcp_peer_key key = {.bytes = {family}, .len = (unsigned char)(len + 1)};
    memcpy(key.bytes + 1, address, len);
    return key;
}

struct mcp_peer_key mcp_peer_key_of(const struct sockaddr *address) {
    if (address->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof v4);
        return make_key('4', &v4.sin_addr, 4);
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, address, sizeof v6);
        if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr))
            return make_key('4', &v6.sin6_addr.s6_addr[12], 4);
        return make_key('6', &v6.sin6_addr, 16);
    }
    return make_key('u', "", 0);
}

static void drop_tally(void *value) {
    mcp_free(value);
}

enum mcp_code mcp_peer_limit_init(struct mcp_peer_limit *limit, size_t max_in_all,
                                  size_t max_per_address, struct mcp_err *err) {
    uint64_t seed = 0;
    *limit = (struct mcp_peer_limit){.max_in_all = max_in_all, .max_per_address = max_per_address};
    MCP_TRY(mcp_random_fill(&seed, sizeof seed, err));
    return mcp_map_new(seed, drop_tally, &limit->by_address, err);
}

void mcp_peer_limit_deinit(struct mcp_peer_limit *limit) {
    mcp_map_free(limit->by_address);
    limit->by_address = NULL;
}

static struct mcp_peer_tally *add_tally(struct mcp_peer_limit *limit, struct mcp_str key) {
    struct mcp_peer_tally *tally = mcp_alloc(sizeof *tally);
    if (tally != NULL && mcp_map_put(limit->by_address, key, tally, NULL) == MCP_OK)
        return tally;
    mcp_free(tally);
    return NULL;
}

bool mcp_peer_limit_has_room(const struct mcp_peer_limit *limit, struct mcp_peer_key key) {
    struct mcp_str name = {key.bytes, key.len};
    const struct mcp_peer_tally *tally = mcp_map_get(limit->by_address, name);
    size_t from_there = tally != NULL ? tally->count : 0;
    return limit->count < limit->max_in_all && from_there < limit->max_per_address;
}

enum mcp_code mcp_peer_limit_enter(struct mcp_peer_limit *limit, struct mcp_peer_key key,
                                   struct mcp_err *err) {
    struct mcp_str name = {key.bytes, key.len};
    if (!mcp_peer_limit_has_room(limit, key))
        return MCP_FAIL(err, MCP_E_LIMIT, "too many connections");
    struct mcp_peer_tally *tally = mcp_map_get(limit->by_address, name);
    if (tally == NULL)
        tally = add_tally(limit, name);
    if (tally == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    tally->count++;
    limit->count++;
    return MCP_OK;
}

void mcp_peer_limit_leave(struct mcp_peer_limit *limit, struct mcp_peer_key key) {
    struct mcp_str name = {key.bytes, key.len};
    struct mcp_peer_tally *tally = mcp_map_get(limit->by_address, name);
    if (tally == NULL)
        return;
    limit->count--;
    if (--tally->count == 0)
        (void)mcp_map_remove(limit->by_address, name);
}
