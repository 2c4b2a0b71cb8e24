/* SPDX-License-Identifier: MIT */
/* peer.h - who asks, shared by a session and its calls. Layer: server. Includes: protocol. */
#ifndef SERVER_PEER_H
#define SERVER_PEER_H

#include <stdatomic.h>

#include "mcp/call.h"

/*
 * What `initialize` said, kept while the session or one of its calls lives. Immutable, except for
 * the level that logging/setLevel moves.
 */
struct mcp_peer_box {
    atomic_size_t refs;
    atomic_int level;     /* enum mcp_severity: the lowest that is sent */
    struct mcp_peer peer; /* views of what follows */
    json_t *client_info;
    json_t *capabilities;
    char *principal;
    char session_id[33];
};

/* What a peer says about itself; all borrowed. */
struct mcp_peer_facts {
    enum mcp_version version;
    const char *session_id; /* at most 32 bytes */
    struct mcp_str principal;
    json_t *client_info;  /* object or NULL; a reference is added */
    json_t *capabilities; /* object; a reference is added */
};

/* A box with one reference; NULL when allocation is refused. */
struct mcp_peer_box *mcp_peer_new(const struct mcp_peer_facts *facts);
struct mcp_peer_box *mcp_peer_ref(struct mcp_peer_box *box); /* NULL for NULL */
void mcp_peer_unref(struct mcp_peer_box *box);               /* NULL is a no-op */
void mcp_peer_unrefp(struct mcp_peer_box **box);             /* for MCP_AUTO */

/* "warning" for MCP_SEVERITY_WARNING; static storage. */
const char *mcp_severity_name(enum mcp_severity severity);

/* False when `name` is no severity. */
bool mcp_severity_parse(const char *name, enum mcp_severity *out_severity);

#endif
