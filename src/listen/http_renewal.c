/* SPDX-License-Identifier: MIT */
/* http_renewal.c - see http_renewal.h. */
#include "listen/http_renewal.h"

void mcp_http_renewal_init(struct mcp_http_renewal *renewal) {
    (void)pthread_mutex_init(&renewal->lock, NULL);
    renewal->news = (struct mcp_http_news){0};
    atomic_init(&renewal->has_news, false);
}

static void drop(struct mcp_http_news *news) {
    mcp_bearers_unref(news->bearers);
    mcp_tls_identity_unref(news->identity);
}

void mcp_http_renewal_deinit(struct mcp_http_renewal *renewal) {
    drop(&renewal->news);
    (void)pthread_mutex_destroy(&renewal->lock);
}

void mcp_http_renewal_put(struct mcp_http_renewal *renewal, const struct mcp_http_news *news) {
    struct mcp_http_news former = {0};
    (void)pthread_mutex_lock(&renewal->lock);
    if (news->bearers != NULL) {
        former.bearers = renewal->news.bearers;
        renewal->news.bearers = news->bearers;
    }
    if (news->identity != NULL) {
        former.identity = renewal->news.identity;
        renewal->news.identity = news->identity;
    }
    atomic_store(&renewal->has_news, true);
    (void)pthread_mutex_unlock(&renewal->lock);
    drop(&former);
}

bool mcp_http_renewal_take(struct mcp_http_renewal *renewal, struct mcp_http_news *out_news) {
    if (!atomic_load_explicit(&renewal->has_news, memory_order_relaxed))
        return false;
    (void)pthread_mutex_lock(&renewal->lock);
    *out_news = renewal->news;
    renewal->news = (struct mcp_http_news){0};
    atomic_store(&renewal->has_news, false);
    (void)pthread_mutex_unlock(&renewal->lock);
    return true;
}
