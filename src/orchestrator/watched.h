/* SPDX-License-Identifier: MIT */
/* watched.h - which resources a server was asked to tell of. Layer: orchestrator. Includes: json
 * client. */
#ifndef ORCH_WATCHED_H
#define ORCH_WATCHED_H

#include "mcp/client.h"

/* Of one upstream. All zero: of none. */
struct orch_watched {
    uint64_t serial; /* of the connection that was asked */
    json_t *uris;    /* owned: {URI: true}; NULL: none yet */
};

void orch_watched_deinit(struct orch_watched *watched);

/*
 * What to ask for after a list.
 *
 *   in   serial     of the connection it came on
 *        declared   capabilities of the server; without resources.subscribe there is nothing to ask
 *        resources  array of {"uri"}; the first MCP_CLIENT_MAX_WATCHED URIs count, each once: what
 *                   the others hold gets old by time alone
 *   out  *out_uris  NULL: nothing has changed since the server was asked; else NULL at the end,
 *                   the caller's to free, its texts borrowed from `watched`
 *   errors  NOMEM, then nothing was noted
 */
enum mcp_code orch_watched_take(struct orch_watched *watched, uint64_t serial,
                                const json_t *declared, const json_t *resources,
                                const char ***out_uris, struct mcp_err *err) MCP_CHECK;

#endif
