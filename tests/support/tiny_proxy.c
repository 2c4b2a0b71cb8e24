/* SPDX-License-Identifier: MIT */
/* tiny_proxy.c - see tiny_proxy.h. */
#include "tiny_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_PEERS = 64, HEAD_BYTES = 16384, CHUNK_BYTES = 16384 };

struct peer {
    struct tiny_proxy *proxy;
    pthread_t thread;
    int fd;
    size_t head_len;
    char head[HEAD_BYTES];
};

struct tiny_proxy {
    const char *refusal;
    int listen_fd;
    pthread_t thread;
    pthread_mutex_t mutex; /* guards: peer_count, the heads' lengths */
    int peer_count;
    struct peer peers[MAX_PEERS];
};

static void send_all(int fd, const char *bytes, size_t len) {
    while (len > 0) {
        ssize_t sent = send(fd, bytes, len, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        bytes += sent;
        len -= (size_t)sent;
    }
}

static int connect_here(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    (void)close(fd);
    return -1;
}

/* False at the end of `from`, or when there is nobody to tell any more. */
static bool pass_on(int from, int to) {
    char bytes[CHUNK_BYTES];
    ssize_t got = recv(from, bytes, sizeof bytes, 0);
    if (got > 0)
        send_all(to, bytes, (size_t)got);
    return got > 0;
}

static void relay(int one, int other) {
    struct pollfd watched[] = {{.fd = one, .events = POLLIN}, {.fd = other, .events = POLLIN}};
    while (poll(watched, 2, -1) > 0) {
        if (watched[0].revents != 0 && !pass_on(one, other))
            return;
        if (watched[1].revents != 0 && !pass_on(other, one))
            return;
    }
}

/* The length of the head with its empty line, 0 when it never came whole. */
static size_t read_head(struct peer *peer, char in[HEAD_BYTES], size_t *out_used) {
    size_t used = 0;
    for (;;) {
        ssize_t got = recv(peer->fd, in + used, HEAD_BYTES - 1 - used, 0);
        if (got <= 0)
            return 0;
        used += (size_t)got;
        in[used] = '\0';
        const char *end = strstr(in, "\r\n\r\n");
        if (end == NULL)
            continue;
        *out_used = used;
        return (size_t)(end - in) + 4;
    }
}

/* What follows "METHOD http://": the host's port, and where its path begins. */
static const char *take_apart(const char *target, int *out_port) {
    const char *path = target + strcspn(target, "/ ");
    const char *colon = memchr(target, ':', (size_t)(path - target));
    *out_port = colon != NULL ? (int)strtol(colon + 1, NULL, 10) : 80;
    return path;
}

/* In origin form, and without keeping the connection for another request. */
static void forward(const struct peer *peer, const char *in, size_t used) {
    int port = 0;
    const char *target = strstr(in, " http://");
    if (target == NULL)
        return;
    const char *path = take_apart(target + strlen(" http://"), &port);
    const char *rest = strstr(path, "\r\n");
    int fd = connect_here(port);
    if (fd < 0)
        return;
    send_all(fd, in, (size_t)(target - in) + 1);
    send_all(fd, path, (size_t)(rest - path));
    send_all(fd, "\r\nConnection: close", strlen("\r\nConnection: close"));
    send_all(fd, rest, used - (size_t)(rest - in));
    relay(peer->fd, fd);
    (void)close(fd);
}

static void tunnel(const struct peer *peer, const char *in) {
    static const char yes[] = "HTTP/1.1 200 Go ahead\r\nX-Proxy: tiny\r\n\r\n";
    int port = 0;
    (void)take_apart(in + strlen("CONNECT "), &port);
    int fd = connect_here(port);
    if (fd < 0)
        return;
    send_all(peer->fd, yes, sizeof yes - 1);
    relay(peer->fd, fd);
    (void)close(fd);
}

static void *serve(void *user) {
    struct peer *peer = user;
    struct tiny_proxy *proxy = peer->proxy;
    char in[HEAD_BYTES];
    size_t used = 0;
    size_t len = read_head(peer, in, &used);
    (void)pthread_mutex_lock(&proxy->mutex);
    memcpy(peer->head, in, len);
    peer->head[len] = '\0';
    peer->head_len = len;
    (void)pthread_mutex_unlock(&proxy->mutex);
    if (len > 0 && proxy->refusal != NULL) {
        char text[256];
        int text_len =
            snprintf(text, sizeof text, "HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n", proxy->refusal);
        send_all(peer->fd, text, (size_t)text_len);
    } else if (len > 0 && strncmp(in, "CONNECT ", 8) == 0) {
        tunnel(peer, in);
    } else if (len > 0) {
        forward(peer, in, used);
    }
    (void)shutdown(peer->fd, SHUT_RDWR);
    return NULL;
}

static void *accept_all(void *user) {
    struct tiny_proxy *proxy = user;
    for (;;) {
        int fd = accept(proxy->listen_fd, NULL, NULL);
        if (fd < 0)
            return NULL;
        (void)pthread_mutex_lock(&proxy->mutex);
        if (proxy->peer_count == MAX_PEERS)
            abort();
        struct peer *peer = &proxy->peers[proxy->peer_count++];
        peer->proxy = proxy;
        peer->fd = fd;
        (void)pthread_create(&peer->thread, NULL, serve, peer);
        (void)pthread_mutex_unlock(&proxy->mutex);
    }
}

struct tiny_proxy *tiny_proxy_start(const char *refusal, int *out_port) {
    struct tiny_proxy *proxy = calloc(1, sizeof *proxy);
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof address;
    if (proxy == NULL)
        abort();
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    proxy->refusal = refusal;
    (void)pthread_mutex_init(&proxy->mutex, NULL);
    proxy->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(proxy->listen_fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(proxy->listen_fd, 64) != 0 ||
        getsockname(proxy->listen_fd, (struct sockaddr *)&address, &len) != 0 ||
        pthread_create(&proxy->thread, NULL, accept_all, proxy) != 0)
        abort();
    *out_port = ntohs(address.sin_port);
    return proxy;
}

void tiny_proxy_stop(struct tiny_proxy *proxy) {
    (void)shutdown(proxy->listen_fd, SHUT_RDWR);
    (void)pthread_join(proxy->thread, NULL);
    (void)close(proxy->listen_fd);
    for (int i = 0; i < proxy->peer_count; i++) {
        (void)shutdown(proxy->peers[i].fd, SHUT_RDWR);
        (void)pthread_join(proxy->peers[i].thread, NULL);
        (void)close(proxy->peers[i].fd);
    }
    (void)pthread_mutex_destroy(&proxy->mutex);
    free(proxy);
}

int tiny_proxy_count(struct tiny_proxy *proxy, const char *what) {
    int count = 0;
    (void)pthread_mutex_lock(&proxy->mutex);
    for (int i = 0; i < proxy->peer_count; i++)
        count += proxy->peers[i].head_len > 0 && strstr(proxy->peers[i].head, what) != NULL;
    (void)pthread_mutex_unlock(&proxy->mutex);
    return count;
}
