/* SPDX-License-Identifier: MIT */
/* listen.c - see mcp/listen.h. */
#include "mcp/listen.h"

#include "listen/http_listener.h"
#include "listen/listen_options.h"
#include "listen/stdio_listener.h"

enum mcp_code mcp_listener_start_http(struct mcp_server *server,
                                      const struct mcp_listen_options *options,
                                      struct mcp_listener **out_listener, struct mcp_err *err) {
    struct mcp_listen_options filled;
    MCP_TRY(mcp_listen_options_fill(options, &filled, err));
    return mcp_http_listener_start(server, &filled, out_listener, err);
}

/* NOLINTNEXTLINE(readability-function-size): the contract */
enum mcp_code mcp_listener_start_stdio(struct mcp_server *server,
                                       const struct mcp_listen_options *options, int in_fd,
                                       int out_fd, void (*on_eof)(void *user), void *user,
                                       struct mcp_listener **out_listener, struct mcp_err *err) {
    struct mcp_listen_options filled;
    MCP_TRY(mcp_listen_options_fill(options, &filled, err));
    const struct mcp_stdio_ends ends = {in_fd, out_fd, on_eof, user};
    return mcp_stdio_listener_start(server, &filled, &ends, out_listener, err);
}

enum mcp_code mcp_listener_set_bearers(struct mcp_listener *listener,
                                       const struct mcp_bearer *bearers, size_t bearer_count,
                                       struct mcp_err *err) {
    struct mcp_http_news news = {0};
    if (listener->ops->renew == NULL)
        return MCP_FAIL(err, MCP_E_STATE, "this listener asks nobody for a token");
    if (bearer_count == 0)
        return MCP_FAIL(err, MCP_E_INVALID, "no bearers");
    MCP_TRY(mcp_bearers_new(bearers, bearer_count, &news.bearers, err));
    listener->ops->renew(listener, &news);
    return MCP_OK;
}

enum mcp_code mcp_listener_set_tls(struct mcp_listener *listener, const struct mcp_tls_pair *pair,
                                   struct mcp_err *err) {
    struct mcp_http_news news = {0};
    if (!listener->has_tls)
        return MCP_FAIL(err, MCP_E_STATE, "this listener was started without TLS");
    MCP_TRY(mcp_tls_identity_new(pair, &news.identity, err));
    listener->ops->renew(listener, &news);
    return MCP_OK;
}

void mcp_listener_count(const struct mcp_listener *listener,
                        struct mcp_listener_counts *out_counts) {
    *out_counts = (struct mcp_listener_counts){0};
    if (listener->ops->count != NULL)
        listener->ops->count(listener, out_counts);
}

uint16_t mcp_listener_port(const struct mcp_listener *listener) {
    return listener->port;
}

const char *mcp_listener_name(const struct mcp_listener *listener) {
    return listener->name;
}

void mcp_listener_stop(struct mcp_listener *listener, uint64_t grace_ms) {
    if (listener == NULL || listener->is_stopped)
        return;
    listener->is_stopped = true;
    listener->ops->refuse(listener);
    mcp_server_stop(listener->server);
    listener->ops->finish(listener, grace_ms);
    mcp_worker_pool_stop(listener->pool);
    listener->pool = NULL;
}

void mcp_listener_free(struct mcp_listener *listener) {
    if (listener == NULL)
        return;
    mcp_listener_stop(listener, 0);
    listener->ops->release(listener);
}
