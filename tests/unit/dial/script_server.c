/* SPDX-License-Identifier: MIT */
/* script_server.c - see script_server.h. */
#include "script_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_PEERS = 512, MAX_LOGGED = 4096, RECEIVE_BYTES = 80000 };

struct script_peer {
    struct script_server *server;
    pthread_t thread;
    int fd;
};

struct script_server {
    script_fn *handler;
    void *user;
    int listen_fd;
    int port;
    pthread_t thread;
    pthread_mutex_t mutex; /* guards: all below */
    struct script_peer peers[MAX_PEERS];
    int peer_count;
    char *logged[MAX_LOGGED];
    int logged_count;
    bool is_stopping;
};

void script_sleep_ms(int ms) {
    struct timespec wait = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    (void)nanosleep(&wait, NULL);
}

void script_send_n(struct script_peer *peer, const char *bytes, size_t len) {
    while (len > 0) {
        ssize_t sent = send(peer->fd, bytes, len, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        bytes += sent;
        len -= (size_t)sent;
    }
}

void script_send(struct script_peer *peer, const char *bytes) {
    script_send_n(peer, bytes, strlen(bytes));
}

void script_send_slowly(struct script_peer *peer, const char *bytes) {
    for (; *bytes != '\0'; bytes++) {
        script_send_n(peer, bytes, 1);
        struct timespec pause = {.tv_nsec = 50000};
        (void)nanosleep(&pause, NULL);
    }
}

void script_reply(struct script_peer *peer, const char *status, const char *headers,
                  const char *body) {
    char head[2048];
    (void)snprintf(head, sizeof head, "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\n\r\n", status,
                   headers, strlen(body));
    script_send(peer, head);
    script_send(peer, body);
}

void script_open_stream(struct script_peer *peer, const char *headers) {
    script_send(peer, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n");
    script_send(peer, headers);
    script_send(peer, "Connection: close\r\n\r\n");
}

void script_hang_up(struct script_peer *peer) {
    (void)shutdown(peer->fd, SHUT_WR);
}

void script_wait_closed(struct script_peer *peer) {
    struct pollfd watch = {.fd = peer->fd, .events = POLLRDHUP};
    (void)poll(&watch, 1, 20000);
}

const char *script_header(const char *head, const char *name, char out[256]) {
    size_t len = strlen(name);
    out[0] = '\0';
    for (const char *line = strstr(head, "\r\n"); line != NULL; line = strstr(line, "\r\n")) {
        line += 2;
        if (strncasecmp(line, name, len) != 0 || line[len] != ':')
            continue;
        const char *value = line + len + 1;
        while (*value == ' ')
            value++;
        (void)snprintf(out, 256, "%.*s", (int)strcspn(value, "\r"), value);
        break;
    }
    return out;
}

static void record(struct script_server *server, struct script_request *request) {
    char text[sizeof request->head + 1024];
    (void)snprintf(text, sizeof text, "%s\n%.1000s", request->head, request->body);
    (void)pthread_mutex_lock(&server->mutex);
    request->number = server->logged_count;
    if (server->logged_count < MAX_LOGGED)
        server->logged[server->logged_count++] = strdup(text);
    (void)pthread_mutex_unlock(&server->mutex);
}

/* Reads one request; what came too far is kept in `in`. */
static bool receive(struct script_peer *peer, char *in, size_t *used,
                    struct script_request *request) {
    char value[256];
    for (;;) {
        in[*used] = '\0';
        const char *end = strstr(in, "\r\n\r\n");
        if (end != NULL) {
            size_t head_len = (size_t)(end - in) + 2;
            (void)snprintf(request->head, sizeof request->head, "%.*s", (int)head_len, in);
            size_t body_len =
                strtoul(script_header(request->head, "Content-Length", value), NULL, 10);
            size_t whole = head_len + 2 + body_len;
            if (*used >= whole) {
                (void)sscanf(in, "%15s %255s", request->method, request->path);
                (void)snprintf(request->body, sizeof request->body, "%.*s", (int)body_len,
                               in + head_len + 2);
                memmove(in, in + whole, *used - whole);
                *used -= whole;
                return true;
            }
        }
        ssize_t got =
            *used < RECEIVE_BYTES ? recv(peer->fd, in + *used, RECEIVE_BYTES - *used, 0) : 0;
        if (got <= 0)
            return false;
        *used += (size_t)got;
    }
}

static void *serve_peer(void *user) {
    struct script_peer *peer = user;
    struct script_request *request = malloc(sizeof *request);
    char *in = malloc(RECEIVE_BYTES + 1);
    size_t used = 0;
    while (in != NULL && request != NULL && receive(peer, in, &used, request)) {
        record(peer->server, request);
        if (!peer->server->handler(peer, request, peer->server->user))
            break;
    }
    free(in);
    free(request);
    (void)shutdown(peer->fd, SHUT_RDWR);
    return NULL;
}

static void *accept_all(void *user) {
    struct script_server *server = user;
    for (;;) {
        int one = 1;
        int fd = accept(server->listen_fd, NULL, NULL);
        if (fd < 0)
            return NULL;
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        (void)pthread_mutex_lock(&server->mutex);
        struct script_peer *peer = &server->peers[server->peer_count];
        bool is_full = server->is_stopping || server->peer_count == MAX_PEERS;
        if (!is_full) {
            *peer = (struct script_peer){.server = server, .fd = fd};
            server->peer_count++;
            (void)pthread_create(&peer->thread, NULL, serve_peer, peer);
        }
        (void)pthread_mutex_unlock(&server->mutex);
        if (is_full)
            (void)close(fd);
    }
}

struct script_server *script_server_start(script_fn *handler, void *user) {
    struct script_server *server = calloc(1, sizeof *server);
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof address;
    if (server == NULL)
        abort();
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server->handler = handler;
    server->user = user;
    server->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)pthread_mutex_init(&server->mutex, NULL);
    if (bind(server->listen_fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(server->listen_fd, 128) != 0 ||
        getsockname(server->listen_fd, (struct sockaddr *)&address, &len) != 0)
        abort();
    server->port = ntohs(address.sin_port);
    (void)pthread_create(&server->thread, NULL, accept_all, server);
    return server;
}

void script_server_stop(struct script_server *server) {
    (void)pthread_mutex_lock(&server->mutex);
    server->is_stopping = true;
    for (int i = 0; i < server->peer_count; i++)
        (void)shutdown(server->peers[i].fd, SHUT_RDWR);
    (void)pthread_mutex_unlock(&server->mutex);
    (void)shutdown(server->listen_fd, SHUT_RDWR);
    (void)pthread_join(server->thread, NULL);
    for (int i = 0; i < server->peer_count; i++) {
        (void)pthread_join(server->peers[i].thread, NULL);
        (void)close(server->peers[i].fd);
    }
    (void)close(server->listen_fd);
    for (int i = 0; i < server->logged_count; i++)
        free(server->logged[i]);
    (void)pthread_mutex_destroy(&server->mutex);
    free(server);
}

const char *script_server_url(const struct script_server *server, const char *path, char out[256]) {
    (void)snprintf(out, 256, "http://127.0.0.1:%d%s", server->port, path);
    return out;
}

int script_server_connections(struct script_server *server) {
    (void)pthread_mutex_lock(&server->mutex);
    int count = server->peer_count;
    (void)pthread_mutex_unlock(&server->mutex);
    return count;
}

int script_server_count(struct script_server *server, const char *what) {
    int count = 0;
    (void)pthread_mutex_lock(&server->mutex);
    for (int i = 0; i < server->logged_count; i++)
        count += strstr(server->logged[i], what) != NULL;
    (void)pthread_mutex_unlock(&server->mutex);
    return count;
}

bool script_server_wait(struct script_server *server, const char *what, int count) {
    for (int i = 0; i < 400; i++) {
        if (script_server_count(server, what) >= count)
            return true;
        script_sleep_ms(5);
    }
    return false;
}
