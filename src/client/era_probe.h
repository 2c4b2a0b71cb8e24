/* SPDX-License-Identifier: MIT */
/* era_probe.h - which era a server speaks, found by asking. Layer: client. Includes: json version.
 */
#ifndef MCP_ERA_PROBE_H
#define MCP_ERA_PROBE_H

#include "mcp/client.h"
#include "mcp/link.h"

/* Error codes only a modern server sends. */
enum {
    MCP_ERA_HEADER_MISMATCH = -32020,
    MCP_ERA_MISSING_CAPABILITY = -32021,
    MCP_ERA_UNSUPPORTED_VERSION = -32022
};

/* What to do next. */
enum mcp_era_step {
    MCP_ERA_SEND_DISCOVER,   /* server/discover, in probe->version */
    MCP_ERA_SEND_INITIALIZE, /* initialize, without anything modern */
    MCP_ERA_USE_OLDER,       /* HTTP+SSE instead, then initialize on it */
    MCP_ERA_IS_MODERN,       /* connected; probe->version is agreed */
    MCP_ERA_IS_LEGACY,       /* connected, as far as the answer to initialize is one */
    MCP_ERA_IS_NEITHER       /* give up */
};

/* Plain data; read `version`, leave the rest alone. */
struct mcp_era_probe {
    enum mcp_link_kind kind;
    enum mcp_client_era era;
    enum mcp_version version; /* modern: of the discover to send, then the one agreed */
    enum mcp_era_step asked;  /* what the next outcome answers */
    bool has_older;           /* the transport can be changed for HTTP+SSE */
    bool has_retried;         /* with a version the server named */
    bool has_reprobed;        /* after initialize was refused as unsupported */
};

/* What became of the message sent last. */
struct mcp_era_outcome {
    enum mcp_code code;      /* OK: `result`; PEER and `error`; or why no answer came */
    const json_t *result;    /* object */
    const json_t *rpc_error; /* object with code; NULL when there was no JSON-RPC answer */
    long http_status;        /* of the reply; 0: not over HTTP, or there was none */
};

/*
 * Begin. `expected` is what the server was the last time: LEGACY saves the discover.
 *
 *   errors  UNSUPPORTED  a modern era wanted on HTTP+SSE (IS_NEITHER is returned)
 */
enum mcp_era_step mcp_era_begin(struct mcp_era_probe *probe, enum mcp_link_kind kind,
                                enum mcp_client_era wanted, enum mcp_client_era expected,
                                struct mcp_err *err);

/*
 * What the outcome means. IS_NEITHER leaves `err` alone when the outcome itself is the failure to
 * report; otherwise it says what the server lacks.
 *
 *   errors  UNSUPPORTED  no revision in common; or no modern server where one was wanted
 *   spec    2026-07-28 versioning, backward compatibility
 */
enum mcp_era_step mcp_era_next(struct mcp_era_probe *probe, const struct mcp_era_outcome *outcome,
                               struct mcp_err *err);

/* The newest revision of the array that is modern and known; NONE when there is none.
 * *out_has_legacy (may be NULL): it names a legacy one that is known. */
enum mcp_version mcp_era_choose(const json_t *versions, bool *out_has_legacy);

#endif
