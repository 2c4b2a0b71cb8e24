/* SPDX-License-Identifier: MIT */
/* subscribe.h - be told when what was read changes. Layer: orchestrator. Includes: upstream
 * watched. */
#ifndef ORCH_SUBSCRIBE_H
#define ORCH_SUBSCRIBE_H

#include "orchestrator/upstream.h"
#include "orchestrator/watched.h"

/* Ask the server, if it is connected, to tell of these resources, an array of {"uri"}. Without
 * memory for it, what was read gets old by time alone. The loop's thread. */
void orch_subscribe(struct orch_upstream *upstream, struct orch_watched *watched,
                    const json_t *resources);

/* The same of {URI: true}, which another process has read. */
void orch_subscribe_uris(struct orch_upstream *upstream, struct orch_watched *watched,
                         json_t *uris);

#endif
