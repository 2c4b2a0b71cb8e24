/* SPDX-License-Identifier: MIT */
/* http_renewal.h - what a running listener is given anew, on its way to the loop. Layer: listen.
 * Includes: server. */
#ifndef MCP_HTTP_RENEWAL_H
#define MCP_HTTP_RENEWAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "listen/bearers.h"
#include "listen/tls_identity.h"

/* Each member is NULL when it is as before; else counted, the holder's. */
struct mcp_http_news {
    struct mcp_bearers *bearers;
    struct mcp_tls_identity *identity;
};

/* A letter box: any thread puts, the loop's thread takes. What is put twice before it is taken
 * counts once, the newest. */
struct mcp_http_renewal {
    pthread_mutex_t lock; /* guards: news */
    struct mcp_http_news news;
    atomic_bool has_news;
};

void mcp_http_renewal_init(struct mcp_http_renewal *renewal);
void mcp_http_renewal_deinit(struct mcp_http_renewal *renewal);

/* Takes what `news` holds. The loop must be woken afterwards. */
void mcp_http_renewal_put(struct mcp_http_renewal *renewal, const struct mcp_http_news *news);

/* Give up what is there; false when there is nothing. cost: one atomic load then. */
bool mcp_http_renewal_take(struct mcp_http_renewal *renewal, struct mcp_http_news *out_news);

#endif
