/* SPDX-License-Identifier: MIT */
#include "talk.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MESSAGE_BYTES = 4096, PIECE_BYTES = 1 << 16 };

static const char hello[] =
    "{\"jsonrpc\":\"2.0\",\"id\":\"hello\",\"method\":\"initialize\",\"params\":{"
    "\"protocolVersion\":"
    "\"%s\",\"capabilities\":{},\"clientInfo\":{\"name\":\"talk\",\"version\":\"1\"}}}";
static const char ready[] = "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}";

int talk_connect(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static void send_all(int fd, const char *text, size_t len) {
    while (len > 0) {
        ssize_t sent = write(fd, text, len);
        assert_true(sent > 0);
        text += sent;
        len -= (size_t)sent;
    }
}

void talk_post(int fd, int port, const char *head, const char *body) {
    char request[MESSAGE_BYTES + 1024];
    int len = snprintf(request, sizeof request,
                       "%s\r\nHost: localhost:%d\r\nConnection: close\r\nContent-Length: %zu\r\n"
                       "Content-Type: application/json\r\n"
                       "Accept: application/json, text/event-stream\r\n\r\n%s",
                       head, port, strlen(body), body);
    assert_true(len > 0 && (size_t)len < sizeof request);
    send_all(fd, request, (size_t)len);
}

/* Append what is there; false at the end, or when nothing comes in time. */
static bool read_more(int fd, char **text, size_t *len, size_t *room, uint64_t until_ms) {
    struct pollfd ready_fd = {fd, POLLIN, 0};
    uint64_t now = now_ms();
    if (now >= until_ms || poll(&ready_fd, 1, (int)(until_ms - now)) <= 0)
        return false;
    if (*room - *len < PIECE_BYTES + 1) {
        *room = 2 * *room + PIECE_BYTES + 1;
        *text = realloc(*text, *room);
        assert_non_null(*text);
    }
    ssize_t got = read(fd, *text + *len, PIECE_BYTES);
    *len += got > 0 ? (size_t)got : 0;
    (*text)[*len] = '\0';
    return got > 0;
}

char *talk_read_all(int fd, size_t *out_len) {
    char *text = NULL;
    size_t len = 0;
    size_t room = 0;
    uint64_t until_ms = now_ms() + (uint64_t)4 * PATIENCE_MS * WAIT_FACTOR;
    while (read_more(fd, &text, &len, &room, until_ms))
        continue;
    (void)close(fd);
    if (out_len != NULL)
        *out_len = len;
    return text != NULL ? text : calloc(1, 1);
}

char *talk_exchange(int port, const char *head, const char *body, size_t *out_len) {
    int fd = talk_connect(port);
    talk_post(fd, port, head, body);
    return talk_read_all(fd, out_len);
}

/* Wait for the mark in what comes over the session's stream; forgets what came before it. */
static const char *wait_for(struct talk *talk, const char *mark) {
    static char line[1 << 18];
    uint64_t until_ms = now_ms() + PATIENCE_MS;
    for (;;) {
        char *at = talk->len > 0 ? strstr(talk->text, mark) : NULL;
        char *end = at != NULL ? strchr(at, '\n') : NULL;
        if (end != NULL) {
            char *begin = at;
            while (begin > talk->text && begin[-1] != '\n')
                begin--;
            (void)snprintf(line, sizeof line, "%.*s", (int)(end - begin), begin);
            talk->len -= (size_t)(end + 1 - talk->text);
            memmove(talk->text, end + 1, talk->len + 1);
            return line;
        }
        if (!read_more(talk->in_fd, &talk->text, &talk->len, &talk->room, until_ms))
            return NULL;
    }
}

static void post_head(const struct talk *talk, char *out, size_t bytes) {
    if (talk->kind == TALK_SSE)
        (void)snprintf(out, bytes, "POST %s HTTP/1.1", talk->session);
    else
        (void)snprintf(out, bytes, "POST /mcp HTTP/1.1%s%s%s",
                       talk->session[0] != '\0' ? "\r\nMcp-Session-Id: " : "", talk->session,
                       talk->session[0] != '\0' ? "\r\nMCP-Protocol-Version: 2025-11-25" : "");
}

static int send_text(struct talk *talk, const char *message) {
    char head[512];
    if (talk->kind == TALK_STDIO) {
        send_all(talk->out_fd, message, strlen(message));
        send_all(talk->out_fd, "\n", 1);
        return -1;
    }
    int fd = talk_connect(talk->port);
    post_head(talk, head, sizeof head);
    talk_post(fd, talk->port, head, message);
    if (talk->kind == TALK_HTTP)
        return fd;
    free(talk_read_all(fd, NULL));
    return -1;
}

int talk_send(struct talk *talk, const char *format, ...) {
    char message[MESSAGE_BYTES];
    va_list values;
    va_start(values, format);
    int len = vsnprintf(message, sizeof message, format, values);
    va_end(values);
    assert_true(len > 0 && (size_t)len < sizeof message);
    return send_text(talk, message);
}

const char *talk_expect(struct talk *talk, int fd, const char *mark) {
    static char *answer;
    if (fd < 0)
        return wait_for(talk, mark);
    free(answer);
    answer = talk_read_all(fd, NULL);
    return strstr(answer, mark) != NULL ? answer : NULL;
}

static void start_server(struct talk *talk, const char *const *arguments) {
    char path[512];
    char *argv[34] = {path};
    int to[2];
    int from[2];
    (void)snprintf(path, sizeof path, "%s/mcp-database", MCP_BIN_DIR);
    assert_int_equal(pipe(to), 0);
    assert_int_equal(pipe(from), 0);
    int log = open(talk->log, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    talk->pid = fork();
    if (talk->pid == 0) {
        (void)dup2(to[0], 0);
        (void)dup2(from[1], 1);
        (void)dup2(log, 2);
        for (int fd = 3; fd < 256; fd++)
            (void)close(fd);
        for (int i = 0; i < 32 && arguments[i] != NULL; i++)
            argv[i + 1] = strdup(arguments[i]);
        (void)execv(path, argv);
        _exit(127);
    }
    (void)close(to[0]);
    (void)close(from[1]);
    (void)close(log);
    talk->out_fd = to[1];
    talk->in_fd = from[0];
}

void talk_open_stdio(struct talk *talk, const struct harness *harness,
                     const char *const *arguments) {
    *talk = (struct talk){.kind = TALK_STDIO, .in_fd = -1, .out_fd = -1};
    (void)snprintf(talk->log, sizeof talk->log, "%s/stdio.log", harness->dir);
    start_server(talk, arguments);
    (void)talk_send(talk, hello, "2025-11-25");
    assert_non_null(talk_expect(talk, -1, "\"id\":\"hello\""));
    (void)talk_send(talk, "%s", ready);
}

static void copy_until(char *out, size_t bytes, const char *from, const char *ends) {
    assert_non_null(from);
    (void)snprintf(out, bytes, "%.*s", (int)strcspn(from, ends), from);
}

static void open_http(struct talk *talk) {
    static const char mark[] = "Mcp-Session-Id: ";
    char head[512];
    int fd = talk_send(talk, hello, "2025-11-25");
    const char *answer = talk_expect(talk, fd, mark);
    assert_non_null(answer);
    copy_until(talk->session, sizeof talk->session, strstr(answer, mark) + sizeof mark - 1, "\r\n");
    free(talk_read_all(talk_send(talk, "%s", ready), NULL));
    talk->in_fd = talk_connect(talk->port);
    (void)snprintf(head, sizeof head,
                   "GET /mcp HTTP/1.1\r\nMcp-Session-Id: %s\r\nMCP-Protocol-Version: 2025-11-25",
                   talk->session);
    talk_post(talk->in_fd, talk->port, head, "");
}

void talk_open(struct talk *talk, enum talk_kind kind, int port) {
    static const char mark[] = "data: ";
    *talk = (struct talk){.kind = kind, .port = port, .in_fd = -1, .out_fd = -1};
    if (kind == TALK_HTTP) {
        open_http(talk);
        return;
    }
    talk->in_fd = talk_connect(port);
    talk_post(talk->in_fd, port, "GET /sse HTTP/1.1", "");
    const char *line = wait_for(talk, mark);
    assert_non_null(line);
    copy_until(talk->session, sizeof talk->session, line + sizeof mark - 1, "\r\n");
    (void)talk_send(talk, hello, "2024-11-05");
    assert_non_null(talk_expect(talk, -1, "\"id\":\"hello\""));
    (void)talk_send(talk, "%s", ready);
}

void talk_close(struct talk *talk) {
    int status = 0;
    if (talk->in_fd >= 0)
        (void)close(talk->in_fd);
    if (talk->out_fd >= 0)
        (void)close(talk->out_fd);
    if (talk->pid > 0) {
        (void)kill(talk->pid, SIGTERM);
        assert_int_equal(waitpid(talk->pid, &status, 0), talk->pid);
    }
    free(talk->text);
    *talk = (struct talk){.in_fd = -1, .out_fd = -1};
}

int talk_query_modern(int port, const char *sql) {
    char body[2048];
    int fd = talk_connect(port);
    (void)snprintf(body, sizeof body,
                   "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":"
                   "\"execute_query\",\"arguments\":{\"query\":\"%s\"},\"_meta\":{"
                   "\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
                   "\"io.modelcontextprotocol/clientInfo\":{\"name\":\"talk\",\"version\":\"1\"},"
                   "\"io.modelcontextprotocol/clientCapabilities\":{}}}}",
                   sql);
    talk_post(fd, port,
              "POST /mcp HTTP/1.1\r\nMCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\n"
              "Mcp-Name: execute_query",
              body);
    return fd;
}
