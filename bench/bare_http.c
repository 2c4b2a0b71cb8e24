/* SPDX-License-Identifier: MIT */
/* bare_http.c - the floor: libmicrohttpd under an epoll loop, one JSON parse, one buffer a reply.
 *
 *   bare_http RESULT_FILE
 *
 * Listens on a free port of 127.0.0.1 and prints it. Every POST is parsed with jansson and answered
 * with {"jsonrpc":"2.0","id":<its id>,"result":<bytes of the file>}. Nothing is checked: no method,
 * session, host or limit. What a real server costs above this is what its work costs.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include <jansson.h>
#include <microhttpd.h>

#define MAX_REQUEST_BYTES 8192
#define MAX_RESULT_BYTES  ((size_t)64 * 1024 * 1024)
#define CONNECTION_MEMORY (16 * 1024)
#define CONNECTION_LIMIT  1000
#define ROOM_FOR_ENVELOPE 64
#define READY_EVENTS      4

/* A reply on its way, or waiting to be used again: 100 KiB fresh from malloc costs page faults. */
struct buffer {
    struct buffer *next;
    char bytes[];
};

struct result {
    char *bytes;
    size_t len;
};

static struct buffer *idle; /* one thread: no lock */

struct request {
    size_t len;
    char bytes[MAX_REQUEST_BYTES];
};

static char *take_buffer(size_t len) {
    struct buffer *buffer = idle;
    if (buffer == NULL)
        buffer = malloc(sizeof *buffer + len); /* all replies are of one size */
    else
        idle = buffer->next;
    return buffer != NULL ? buffer->bytes : NULL;
}

static void give_buffer(void *bytes) {
    struct buffer *buffer = (void *)((char *)bytes - offsetof(struct buffer, bytes));
    buffer->next = idle;
    idle = buffer;
}

static enum MHD_Result refuse(struct MHD_Connection *connection, unsigned status) {
    struct MHD_Response *response =
        MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    enum MHD_Result queued = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return queued;
}

static enum MHD_Result answer(struct MHD_Connection *connection, const struct request *request,
                              const struct result *result) {
    json_t *message = json_loadb(request->bytes, request->len, JSON_REJECT_DUPLICATES, NULL);
    const json_t *id = json_object_get(message, "id");
    char *body = json_is_integer(id) ? take_buffer(result->len + ROOM_FOR_ENVELOPE) : NULL;
    if (body == NULL) {
        json_decref(message);
        return refuse(connection, MHD_HTTP_BAD_REQUEST);
    }
    int prefix =
        snprintf(body, ROOM_FOR_ENVELOPE,
                 "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"result\":", (long long)json_integer_value(id));
    json_decref(message);
    size_t len = (size_t)prefix;
    memcpy(body + len, result->bytes, result->len);
    len += result->len;
    body[len++] = '}';
    struct MHD_Response *response =
        MHD_create_response_from_buffer_with_free_callback(len, body, give_buffer);
    MHD_add_response_header(response, "Content-Type", "application/json");
    enum MHD_Result queued = MHD_queue_response(connection, MHD_HTTP_OK, response);
    MHD_destroy_response(response);
    return queued;
}

/* NOLINTNEXTLINE(readability-function-size): the HTTP library names the parameters */
static enum MHD_Result handle(void *cls, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_len, void **slot) {
    (void)url;
    (void)method;
    (void)version;
    struct request *request = *slot;
    if (request == NULL) {
        request = malloc(sizeof *request);
        if (request == NULL)
            return MHD_NO;
        request->len = 0;
        *slot = request;
        return MHD_YES;
    }
    if (*upload_len == 0)
        return answer(connection, request, cls);
    if (*upload_len > sizeof request->bytes - request->len)
        return MHD_NO;
    memcpy(request->bytes + request->len, upload, *upload_len);
    request->len += *upload_len;
    *upload_len = 0;
    return MHD_YES;
}

static void complete(void *cls, struct MHD_Connection *connection, void **slot,
                     enum MHD_RequestTerminationCode why) {
    (void)cls;
    (void)connection;
    (void)why;
    free(*slot);
}

static int serve(struct MHD_Daemon *daemon) {
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
    struct epoll_event event = {.events = EPOLLIN};
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, info->epoll_fd, &event) != 0)
        return EXIT_FAILURE;
    for (;;) {
        struct epoll_event ready[READY_EVENTS];
        MHD_UNSIGNED_LONG_LONG timeout_ms = 0;
        bool has_timeout = MHD_get_timeout(daemon, &timeout_ms) == MHD_YES;
        (void)epoll_wait(epoll, ready, READY_EVENTS, has_timeout ? (int)timeout_ms : -1);
        if (MHD_run(daemon) != MHD_YES)
            return EXIT_FAILURE;
    }
}

static bool read_result(const char *path, struct result *out) {
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return false;
    out->bytes = malloc(MAX_RESULT_BYTES);
    out->len = out->bytes != NULL ? fread(out->bytes, 1, MAX_RESULT_BYTES, file) : 0;
    (void)fclose(file);
    return out->len > 0 && out->len < MAX_RESULT_BYTES;
}

int main(int argc, char **argv) {
    struct result result = {0};
    if (argc != 2 || !read_result(argv[1], &result)) {
        (void)fprintf(stderr, "usage: bare_http RESULT_FILE\n");
        return 2;
    }
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct MHD_Daemon *daemon = MHD_start_daemon(
        MHD_USE_EPOLL, 0, NULL, NULL, handle, &result, MHD_OPTION_SOCK_ADDR, &address,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTION_LIMIT, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_MEMORY, MHD_OPTION_NOTIFY_COMPLETED, complete, NULL, MHD_OPTION_END);
    if (daemon == NULL) {
        (void)fprintf(stderr, "bare_http: libmicrohttpd does not start\n");
        return EXIT_FAILURE;
    }
    (void)printf("%u\n", (unsigned)MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
    (void)fflush(stdout);
    return serve(daemon);
}
