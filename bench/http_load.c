/* SPDX-License-Identifier: MIT */
/* http_load.c - one request over and over on keep-alive connections, and what it cost the server.
 *
 *   http_load PORT CONNECTIONS MILLISECONDS PID REQUEST_FILE
 *
 * Sends the bytes of the file to 127.0.0.1, each connection again as soon as its reply is whole,
 * and prints one line: replies, wall time, CPU time of the process PID and of this one, latencies.
 * Any reply but 200 ends it. Bodies are read in few large pieces and counted, not looked at.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#define MAX_REQUEST_BYTES (1 << 20)
#define MAX_CONNECTIONS   4096
#define MAX_HEAD_BYTES    4096 /* of a reply; also what is read at first */
#define LATENCY_US        (1 << 21)
#define READY_EVENTS      256
#define SILENCE_MS        20000

struct connection {
    int socket;
    bool has_head;
    bool is_chunked;
    size_t rest;  /* of a body with a length */
    char tail[5]; /* the last bytes of a chunked one */
    uint64_t asked_ns;
};

static struct {
    char *request;
    size_t request_len;
    int epoll;
    uint64_t replies;
    uint32_t latency[LATENCY_US + 1]; /* count for each microsecond; the last: that or more */
} load;

static void fail(const char *what, const char *detail) {
    (void)fprintf(stderr, "http_load: %s: %s\n", what, detail);
    exit(EXIT_FAILURE);
}

static uint64_t now_ns(clockid_t clock) {
    struct timespec now;
    if (clock_gettime(clock, &now) != 0)
        fail("clock_gettime", strerror(errno));
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static void ask(struct connection *connection, uint64_t at_ns) {
    connection->has_head = false;
    connection->asked_ns = at_ns;
    if (send(connection->socket, load.request, load.request_len, MSG_NOSIGNAL | MSG_DONTWAIT) !=
        (ssize_t)load.request_len)
        fail("send", "the request does not go out at once");
}

static void note_reply(struct connection *connection) {
    uint64_t at_ns = now_ns(CLOCK_MONOTONIC);
    uint64_t took_us = (at_ns - connection->asked_ns) / 1000;
    load.latency[took_us < LATENCY_US ? took_us : LATENCY_US]++;
    load.replies++;
    ask(connection, at_ns);
}

/* The value of a header, up to its line's end; NULL when absent. `head` ends with an empty line. */
static const char *find_header(const char *head, const char *name) {
    size_t len = strlen(name);
    for (const char *line = strstr(head, "\r\n"); line != NULL; line = strstr(line, "\r\n")) {
        line += 2;
        if (strncasecmp(line, name, len) == 0)
            return line + len;
    }
    return NULL;
}

static void keep_tail(struct connection *connection, const char *bytes, size_t len) {
    size_t room = sizeof connection->tail;
    size_t fresh = len < room ? len : room;
    memmove(connection->tail, connection->tail + fresh, room - fresh);
    memcpy(connection->tail + room - fresh, bytes + len - fresh, fresh);
}

/* JSON has no raw line end, so nothing but the last chunk looks like it. */
static bool is_at_end(const struct connection *connection) {
    return connection->is_chunked ? memcmp(connection->tail, "0\r\n\r\n", 5) == 0
                                  : connection->rest == 0;
}

static ssize_t checked(ssize_t got) {
    if (got == 0)
        fail("recv", "the server closed a connection");
    if (got < 0 && errno != EAGAIN)
        fail("recv", strerror(errno));
    return got;
}

/* The head must come in one piece; so it does from a server that writes it at once. */
static bool read_head(struct connection *connection) {
    char bytes[MAX_HEAD_BYTES + 1];
    ssize_t got = checked(recv(connection->socket, bytes, MAX_HEAD_BYTES, MSG_DONTWAIT));
    if (got < 0)
        return false;
    bytes[got] = '\0';
    char *end = strstr(bytes, "\r\n\r\n");
    if (end == NULL || strncmp(bytes, "HTTP/1.1 200 ", 13) != 0)
        fail("not a 200", bytes);
    size_t body = (size_t)(bytes + got - (end + 4));
    end[2] = '\0';
    const char *length = find_header(bytes, "content-length:");
    connection->is_chunked = length == NULL;
    connection->has_head = true;
    memset(connection->tail, 0, sizeof connection->tail);
    if (connection->is_chunked)
        keep_tail(connection, end + 4, body);
    else if (strtoull(length, NULL, 10) < body)
        fail("recv", "more than one reply");
    else
        connection->rest = strtoull(length, NULL, 10) - body;
    return true;
}

static bool read_body(struct connection *connection) {
    static char bytes[256 * 1024];
    ssize_t got = recv(connection->socket, bytes, sizeof bytes, MSG_DONTWAIT);
    if (checked(got) < 0)
        return false;
    if (connection->is_chunked)
        keep_tail(connection, bytes, (size_t)got);
    else if ((size_t)got > connection->rest)
        fail("recv", "more than one reply");
    else
        connection->rest -= (size_t)got;
    return true;
}

static void serve(struct connection *connection) {
    if (!connection->has_head && !read_head(connection))
        return;
    while (!is_at_end(connection))
        if (!read_body(connection))
            return;
    note_reply(connection);
}

static void open_connection(struct connection *connection, in_port_t port) {
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    const int yes = 1;
    *connection = (struct connection){.socket = socket(AF_INET, SOCK_STREAM, 0)};
    struct sockaddr generic;
    memcpy(&generic, &address, sizeof generic);
    if (connection->socket < 0 || connect(connection->socket, &generic, sizeof generic) != 0 ||
        setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes) != 0 ||
        epoll_ctl(load.epoll, EPOLL_CTL_ADD, connection->socket, &event) != 0)
        fail("connect", strerror(errno));
}

static void run(uint64_t until_ns) {
    struct epoll_event ready[READY_EVENTS];
    while (now_ns(CLOCK_MONOTONIC) < until_ns) {
        int count = epoll_wait(load.epoll, ready, READY_EVENTS, SILENCE_MS);
        if (count == 0)
            fail("epoll_wait", "nothing comes any more");
        for (int i = 0; i < count; i++)
            serve(ready[i].data.ptr);
    }
}

static uint32_t percentile(double share) {
    uint64_t below = 0;
    uint32_t at = 0;
    while (at < LATENCY_US && (below += load.latency[at]) < share * (double)load.replies)
        at++;
    return at;
}

static void read_request(const char *path) {
    FILE *file = fopen(path, "rb");
    load.request = malloc(MAX_REQUEST_BYTES);
    if (file == NULL || load.request == NULL)
        fail(path, "cannot be read");
    load.request_len = fread(load.request, 1, MAX_REQUEST_BYTES, file);
    (void)fclose(file);
}

int main(int argc, char **argv) {
    if (argc != 6) {
        (void)fprintf(stderr, "usage: http_load PORT CONNECTIONS MILLISECONDS PID REQUEST_FILE\n");
        return 2;
    }
    static struct connection connections[MAX_CONNECTIONS];
    unsigned long count = strtoul(argv[2], NULL, 10);
    clockid_t server_cpu;
    if (count == 0 || count > MAX_CONNECTIONS)
        fail("connections", "1 to 4096");
    if (clock_getcpuclockid((pid_t)strtol(argv[4], NULL, 10), &server_cpu) != 0)
        fail("process", argv[4]);
    read_request(argv[5]);
    load.epoll = epoll_create1(EPOLL_CLOEXEC);
    for (unsigned long i = 0; i < count; i++)
        open_connection(&connections[i], (in_port_t)strtoul(argv[1], NULL, 10));

    uint64_t cpu_ns = now_ns(server_cpu);
    uint64_t own_ns = now_ns(CLOCK_PROCESS_CPUTIME_ID);
    uint64_t from_ns = now_ns(CLOCK_MONOTONIC);
    for (unsigned long i = 0; i < count; i++)
        ask(&connections[i], from_ns);
    run(from_ns + strtoull(argv[3], NULL, 10) * 1000000U);
    uint64_t took_ns = now_ns(CLOCK_MONOTONIC) - from_ns;
    cpu_ns = now_ns(server_cpu) - cpu_ns;
    own_ns = now_ns(CLOCK_PROCESS_CPUTIME_ID) - own_ns;
    (void)printf("replies=%llu us=%llu cpu_us=%llu own_us=%llu p50_us=%u p99_us=%u\n",
                 (unsigned long long)load.replies, (unsigned long long)(took_ns / 1000),
                 (unsigned long long)(cpu_ns / 1000), (unsigned long long)(own_ns / 1000),
                 percentile(0.5), percentile(0.99));
    return EXIT_SUCCESS;
}
