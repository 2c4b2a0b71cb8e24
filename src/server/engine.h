/* SPDX-License-Identifier: MIT */
/* engine.h - the parts of a server, for the files of this layer. Layer: server. Includes: base
 * json.
 */
#ifndef SERVER_ENGINE_H
#define SERVER_ENGINE_H

#include "mcp/server.h"
#include "server/catalog.h"
#include "server/listing.h"
#include "server/metrics.h"
#include "server/state.h"

enum { MCP_LISTING_COUNT = 4 }; /* tools, resources, resource templates, prompts */

/* Written before start, read without a lock afterwards; except `state` and the atomics. */
struct mcp_server {
    struct mcp_server_options options; /* with the defaults filled in */
    struct mcp_executor executor;      /* submit NULL: none */
    struct mcp_catalog catalog;
    bool is_started;
    json_t *nothing; /* {} */

    /* Made at start. */
    unsigned char secret[MCP_CURSOR_SECRET_BYTES];
    json_t *server_info;  /* newest shape */
    json_t *capabilities; /* newest shape */
    struct mcp_listing listings[MCP_LISTING_COUNT];
    struct mcp_blob *greetings[MCP_VERSION_COUNT]; /* results of initialize; legacy only */
    struct mcp_blob *discovery;                    /* result of server/discover */

    struct mcp_state *state;
    unsigned char state_key[32];         /* of requestState */
    atomic_int_fast64_t next_request_id; /* of ours to legacy clients */
    atomic_uint_fast64_t requests;
    atomic_uint_fast64_t errors;
    atomic_size_t worker_queue; /* calls that wait for a worker */
    int64_t started_ms;         /* wall time */
    struct mcp_metrics metrics;
};

#endif
