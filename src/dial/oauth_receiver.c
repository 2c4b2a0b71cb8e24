/* SPDX-License-Identifier: MIT */
/* oauth_receiver.c - see oauth_receiver.h. Effect: a listening socket on this machine. */
#include "dial/oauth_receiver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mcp/alloc.h"
#include "mcp/clock.h"
#include "oauth_client/oauth_redirect.h"

struct peer {
    struct mcp_oauth_receiver *owner;
    struct mcp_loop_watch watch; /* fd -1: free */
    uint64_t until_ms;
    struct mcp_buf head;
};

struct mcp_oauth_receiver {
    struct mcp_loop *loop;
    struct mcp_loop_watch watch;
    struct mcp_loop_timer timer; /* ends peers that say nothing */
    struct mcp_loop_job job;     /* releases it */
    bool (*on_query)(void *user, struct mcp_str query);
    void *user;
    bool is_closed;
    struct peer *answering; /* inside its on_query */
    char uri[MCP_OAUTH_RECEIVER_MAX_URI_BYTES];
    char path[MCP_OAUTH_RECEIVER_MAX_URI_BYTES];
    uint16_t port;
    struct peer peers[MCP_OAUTH_RECEIVER_MAX_PEERS];
};

static void end_peer(struct peer *peer) {
    if (peer->watch.fd < 0)
        return;
    mcp_loop_unwatch(peer->owner->loop, &peer->watch);
    (void)shutdown(peer->watch.fd, SHUT_WR);
    (void)close(peer->watch.fd);
    peer->watch.fd = -1;
    mcp_buf_deinit(&peer->head);
}

/* Short enough for any socket's buffer. */
static void reply(const struct peer *peer, const char *status, const char *text) {
    char answer[512];
    int len = snprintf(answer, sizeof answer,
                       "HTTP/1.1 %s\r\nContent-Type: text/plain; charset=utf-8\r\n"
                       "Content-Length: %zu\r\nCache-Control: no-store\r\n"
                       "Referrer-Policy: no-referrer\r\nConnection: close\r\n\r\n%s",
                       status, strlen(text), text);
    (void)send(peer->watch.fd, answer, (size_t)len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void answer(struct peer *peer, struct mcp_str query) {
    struct mcp_oauth_receiver *owner = peer->owner;
    owner->answering = peer;
    bool is_taken = owner->on_query(owner->user, query);
    owner->answering = NULL;
    if (is_taken)
        reply(peer, "200 OK", "Received. You can close this page and go back to the program.\n");
    else
        reply(peer, "400 Bad Request", "Nobody waits for this.\n");
    end_peer(peer);
}

static void look(struct peer *peer) {
    const struct mcp_oauth_receiver *owner = peer->owner;
    struct mcp_str query = {NULL, 0};
    switch (mcp_oauth_redirect_read(mcp_buf_view(&peer->head), owner->path, owner->port, &query)) {
    case MCP_OAUTH_REDIRECT_MORE:
        return;
    case MCP_OAUTH_REDIRECT_QUERY:
        answer(peer, query);
        return;
    case MCP_OAUTH_REDIRECT_OTHER:
        reply(peer, "404 Not Found", "Nothing is here.\n");
        break;
    case MCP_OAUTH_REDIRECT_BAD:
        reply(peer, "400 Bad Request", "Not a request that is waited for.\n");
        break;
    }
    end_peer(peer);
}

static void on_bytes(void *user, uint32_t events) {
    struct peer *peer = user;
    char bytes[4096];
    (void)events;
    ssize_t got = recv(peer->watch.fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    mcp_buf_add(&peer->head, (struct mcp_str){bytes, got > 0 ? (size_t)got : 0});
    if (got <= 0 || mcp_buf_finish(&peer->head, NULL) != MCP_OK)
        end_peer(peer);
    else
        look(peer);
}

static void on_time(void *user) {
    struct mcp_oauth_receiver *owner = user;
    uint64_t now_ms = mcp_clock_now_ms();
    bool has_more = false;
    for (size_t i = 0; i < MCP_OAUTH_RECEIVER_MAX_PEERS; i++) {
        struct peer *peer = &owner->peers[i];
        if (peer->watch.fd >= 0 && peer->until_ms <= now_ms)
            end_peer(peer);
        has_more |= peer->watch.fd >= 0;
    }
    if (has_more)
        mcp_loop_timer_set(owner->loop, &owner->timer, now_ms + MCP_OAUTH_RECEIVER_PEER_MS);
}

/* The oldest makes room: a browser opens connections that it never uses. */
static struct peer *free_peer(struct mcp_oauth_receiver *owner) {
    struct peer *oldest = &owner->peers[0];
    for (size_t i = 0; i < MCP_OAUTH_RECEIVER_MAX_PEERS; i++) {
        struct peer *peer = &owner->peers[i];
        if (peer->watch.fd < 0)
            return peer;
        if (peer->until_ms < oldest->until_ms)
            oldest = peer;
    }
    end_peer(oldest);
    return oldest;
}

static void on_peer(void *user, uint32_t events) {
    struct mcp_oauth_receiver *owner = user;
    (void)events;
    int fd = accept4(owner->watch.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return;
    struct peer *peer = free_peer(owner);
    peer->watch.fd = fd;
    peer->until_ms = mcp_clock_now_ms() + MCP_OAUTH_RECEIVER_PEER_MS;
    peer->head = (struct mcp_buf)MCP_BUF_INIT(MCP_OAUTH_REDIRECT_MAX_BYTES + 4096);
    if (mcp_loop_watch(owner->loop, &peer->watch, EPOLLIN, NULL) != MCP_OK) {
        (void)close(fd);
        peer->watch.fd = -1;
        return;
    }
    if (!owner->timer.is_set)
        mcp_loop_timer_set(owner->loop, &owner->timer, peer->until_ms);
}

/* --- opening and closing ---------------------------------------------------------------------- */

static enum mcp_code fail_io(int number, struct mcp_err *err) {
    enum mcp_code code = MCP_FAIL(err, MCP_E_IO, "the redirect URI cannot be listened on: %s",
                                  strerrordesc_np(number));
    if (err != NULL)
        err->os_errno = number;
    return code;
}

static socklen_t address_of(bool is_v6, uint16_t port, struct sockaddr_storage *out) {
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)(void *)out;
    struct sockaddr_in *four = (struct sockaddr_in *)(void *)out;
    *out = (struct sockaddr_storage){0};
    if (is_v6) {
        *six = (struct sockaddr_in6){
            .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
        return sizeof *six;
    }
    *four = (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return sizeof *four;
}

static enum mcp_code listen_on(struct mcp_oauth_receiver *receiver, bool is_v6,
                               struct mcp_err *err) {
    struct sockaddr_storage address;
    socklen_t len = address_of(is_v6, receiver->port, &address);
    int fd = socket(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int one = 1;
    receiver->watch.fd = fd;
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
        bind(fd, (struct sockaddr *)&address, len) != 0 ||
        listen(fd, MCP_OAUTH_RECEIVER_MAX_PEERS) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &len) != 0)
        return fail_io(errno, err);
    receiver->port = ntohs(is_v6 ? ((struct sockaddr_in6 *)(void *)&address)->sin6_port
                                 : ((struct sockaddr_in *)(void *)&address)->sin_port);
    return MCP_OK;
}

static enum mcp_code build(struct mcp_oauth_receiver *receiver, const char *uri,
                           struct mcp_err *err) {
    struct mcp_str host = {NULL, 0};
    struct mcp_str path = {NULL, 0};
    MCP_TRY(mcp_oauth_redirect_split(uri, &host, &receiver->port, &path, err));
    bool is_v6 = memchr(host.ptr, ':', host.len) != NULL;
    if (host.len + path.len + 32 > MCP_OAUTH_RECEIVER_MAX_URI_BYTES)
        return MCP_FAIL(err, MCP_E_INVALID, "a redirect URI of more than %d bytes",
                        MCP_OAUTH_RECEIVER_MAX_URI_BYTES - 32);
    MCP_TRY(listen_on(receiver, is_v6, err));
    (void)snprintf(receiver->path, sizeof receiver->path, "%.*s", (int)path.len, path.ptr);
    (void)snprintf(receiver->uri, sizeof receiver->uri, "http://%s%.*s%s:%u%.*s", is_v6 ? "[" : "",
                   (int)host.len, host.ptr, is_v6 ? "]" : "", (unsigned)receiver->port,
                   (int)path.len, path.ptr);
    return mcp_loop_watch(receiver->loop, &receiver->watch, EPOLLIN, err);
}

static void release(void *user) {
    mcp_free(user);
}

enum mcp_code mcp_oauth_receiver_open(struct mcp_loop *loop, const char *uri,
                                      bool (*on_query)(void *user, struct mcp_str query),
                                      void *user, struct mcp_oauth_receiver **out_receiver,
                                      struct mcp_err *err) {
    struct mcp_oauth_receiver *receiver = mcp_alloc(sizeof *receiver);
    if (receiver == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for a redirect URI");
    receiver->loop = loop;
    receiver->on_query = on_query;
    receiver->user = user;
    receiver->watch = (struct mcp_loop_watch){.fd = -1, .fn = on_peer, .user = receiver};
    receiver->timer = (struct mcp_loop_timer){.fn = on_time, .user = receiver};
    receiver->job = (struct mcp_loop_job){.fn = release, .user = receiver};
    for (size_t i = 0; i < MCP_OAUTH_RECEIVER_MAX_PEERS; i++) {
        struct peer *peer = &receiver->peers[i];
        peer->owner = receiver;
        peer->watch = (struct mcp_loop_watch){.fd = -1, .fn = on_bytes, .user = peer};
    }
    enum mcp_code code = build(receiver, uri, err);
    if (code != MCP_OK) {
        if (receiver->watch.fd >= 0)
            (void)close(receiver->watch.fd);
        mcp_free(receiver);
        return code;
    }
    *out_receiver = receiver;
    return MCP_OK;
}

const char *mcp_oauth_receiver_uri(const struct mcp_oauth_receiver *receiver) {
    return receiver->uri;
}

void mcp_oauth_receiver_close(struct mcp_oauth_receiver *receiver) {
    if (receiver == NULL || receiver->is_closed)
        return;
    receiver->is_closed = true;
    mcp_loop_unwatch(receiver->loop, &receiver->watch);
    (void)close(receiver->watch.fd);
    for (size_t i = 0; i < MCP_OAUTH_RECEIVER_MAX_PEERS; i++)
        if (&receiver->peers[i] != receiver->answering)
            end_peer(&receiver->peers[i]);
    mcp_loop_timer_clear(receiver->loop, &receiver->timer);
    mcp_loop_push(receiver->loop, &receiver->job);
}
