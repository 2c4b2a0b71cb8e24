/* SPDX-License-Identifier: MIT */
/* A stream to a host or a local socket, and to what refuses, hangs up or does not listen. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "dial/socket.h"
#include "mcp/alloc.h"
#include "mcp/buf.h"

enum { BIG = 4 << 20, ROOM = 8 << 20 };

/* One stream: what it is to send when it opens, and what came of it. */
struct rig {
    struct mcp_loop *loop;
    struct mcp_socket *socket;
    struct mcp_socket_target target;
    struct mcp_str first;
    size_t wanted; /* bytes; then it is over */
    struct mcp_buf heard;
    struct mcp_err sent; /* how sending went */
    struct mcp_err down;
    sem_t over;
};

static void on_open(void *user) {
    struct rig *rig = user;
    (void)(mcp_socket_send(rig->socket, rig->first, &rig->sent) == MCP_OK);
    if (rig->wanted == 0)
        (void)sem_post(&rig->over);
}

static void on_bytes(void *user, struct mcp_str bytes) {
    struct rig *rig = user;
    mcp_buf_add(&rig->heard, bytes);
    if (rig->heard.len == rig->wanted)
        (void)sem_post(&rig->over);
}

static void on_down(void *user, const struct mcp_err *why) {
    struct rig *rig = user;
    rig->down = *why;
    rig->socket = NULL;
    (void)sem_post(&rig->over);
}

static void open_socket(void *user) {
    struct rig *rig = user;
    const struct mcp_socket_handlers handlers = {on_open, on_bytes, on_down, rig};
    assert_int_equal(mcp_socket_open(rig->loop, &rig->target, &handlers, &rig->socket, NULL),
                     MCP_OK);
}

static void close_socket(void *user) {
    struct rig *rig = user;
    mcp_socket_close(rig->socket);
}

static void run(struct rig *rig) {
    rig->heard = (struct mcp_buf)MCP_BUF_INIT(ROOM);
    if (rig->target.connect_timeout_ms == 0)
        rig->target.connect_timeout_ms = 20000;
    (void)sem_init(&rig->over, 0, 0);
    assert_int_equal(mcp_loop_new(&rig->loop, NULL), MCP_OK);
    mcp_loop_run(rig->loop, open_socket, rig);
    (void)sem_wait(&rig->over);
    mcp_loop_run(rig->loop, close_socket, rig);
    mcp_loop_free(rig->loop);
    (void)sem_destroy(&rig->over);
}

/* Sends back what it gets, or hangs up after the first byte. */
struct server {
    int fd;
    bool hangs_up;
    pthread_t thread;
    char dir[64];
    char path[96];
    uint16_t port;
};

static void *serve(void *user) {
    const struct server *server = user;
    static char bytes[1 << 16];
    int fd = accept(server->fd, NULL, NULL);
    for (ssize_t len = recv(fd, bytes, sizeof bytes, 0); len > 0 && !server->hangs_up;
         len = recv(fd, bytes, sizeof bytes, 0))
        for (ssize_t sent = 0, more = 1; sent < len && more > 0; sent += more)
            more = send(fd, bytes + sent, (size_t)(len - sent), MSG_NOSIGNAL);
    (void)close(fd);
    return NULL;
}

static void start_server(struct server *server, bool is_local) {
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    struct sockaddr_in host = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof host;
    (void)snprintf(server->dir, sizeof server->dir, "/tmp/mcp-socket-XXXXXX");
    assert_non_null(mkdtemp(server->dir));
    (void)snprintf(server->path, sizeof server->path, "%s/socket", server->dir);
    (void)snprintf(local.sun_path, sizeof local.sun_path, "%s", server->path);
    server->fd = socket(is_local ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(is_local ? bind(server->fd, (struct sockaddr *)&local, sizeof local)
                              : bind(server->fd, (struct sockaddr *)&host, sizeof host),
                     0);
    assert_int_equal(listen(server->fd, 4), 0);
    if (!is_local)
        assert_int_equal(getsockname(server->fd, (struct sockaddr *)&host, &len), 0);
    server->port = ntohs(host.sin_port);
    assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
}

static void stop_server(struct server *server) {
    (void)pthread_join(server->thread, NULL);
    (void)close(server->fd);
    (void)unlink(server->path);
    (void)rmdir(server->dir);
}

static void bytes_come_back(void **state) {
    (void)state;
    for (int is_local = 0; is_local < 2; is_local++) {
        struct server server = {0};
        start_server(&server, is_local != 0);
        struct rig rig = {.target = {.host = is_local != 0 ? NULL : "localhost",
                                     .port = server.port,
                                     .path = is_local != 0 ? server.path : NULL,
                                     .max_waiting_bytes = 64},
                          .first = MCP_STR("over there and back"),
                          .wanted = 19};
        run(&rig);
        assert_int_equal(rig.sent.code, MCP_OK);
        assert_int_equal(rig.down.code, MCP_OK);
        assert_true(mcp_str_equal(mcp_buf_view(&rig.heard), rig.first));
        mcp_buf_deinit(&rig.heard);
        stop_server(&server);
    }
}

static void many_bytes_wait_their_turn(void **state) {
    (void)state;
    struct server server = {0};
    char *bytes = mcp_alloc(BIG);
    assert_non_null(bytes);
    for (size_t i = 0; i < BIG; i++)
        bytes[i] = (char)(i * 7 + i / 251);
    start_server(&server, true);
    struct rig rig = {.target = {.path = server.path, .max_waiting_bytes = BIG},
                      .first = {bytes, BIG},
                      .wanted = BIG};
    run(&rig);
    assert_true(mcp_str_equal(mcp_buf_view(&rig.heard), rig.first));
    mcp_buf_deinit(&rig.heard);
    mcp_free(bytes);
    stop_server(&server);
}

static void what_waits_has_a_bound(void **state) {
    (void)state;
    static const enum mcp_code codes[] = {MCP_OK, MCP_OK, MCP_E_LIMIT};
    for (size_t over = 0; over < 3; over++) {
        struct server server = {0};
        start_server(&server, true);
        struct rig rig = {.target = {.path = server.path, .max_waiting_bytes = 10},
                          .first = {"0123456789x", 9 + over}};
        run(&rig);
        assert_int_equal(rig.sent.code, codes[over]);
        mcp_buf_deinit(&rig.heard);
        stop_server(&server);
    }
}

static void an_end_is_told(void **state) {
    (void)state;
    struct server server = {.hangs_up = true};
    start_server(&server, true);
    struct rig rig = {.target = {.path = server.path, .max_waiting_bytes = 64},
                      .first = MCP_STR("x"),
                      .wanted = 1};
    run(&rig);
    assert_int_equal(rig.down.code, MCP_E_IO);
    assert_string_equal(rig.down.what, "the connection was closed by the other side");
    stop_server(&server);
}

static void nobody_there_is_told(void **state) {
    (void)state;
    static const struct {
        struct mcp_socket_target target;
        const char *what;
    } cases[] = {
        {{.path = "/nonexistent/socket"}, "cannot connect: No such file or directory"},
        {{.host = "host.invalid", .port = 1}, "the host name is not known"},
    };
    for (size_t i = 0; i < MCP_COUNT(cases); i++) {
        struct rig rig = {.target = cases[i].target};
        run(&rig);
        assert_int_equal(rig.down.code, MCP_E_IO);
        assert_non_null(strstr(rig.down.what, cases[i].what));
    }
}

/* It lets us in and says nothing: TLS waits for it. */
static void a_silent_one_has_its_time(void **state) {
    (void)state;
    struct sockaddr_in host = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof host;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&host, sizeof host), 0);
    assert_int_equal(listen(fd, 4), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&host, &len), 0);
    struct rig rig = {.target = {.host = "127.0.0.1",
                                 .port = ntohs(host.sin_port),
                                 .is_tls = true,
                                 .connect_timeout_ms = 50}};
    run(&rig);
    assert_int_equal(rig.down.code, MCP_E_TIMEOUT);
    assert_string_equal(rig.down.what, "no connection within 50 ms");
    (void)close(fd);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_come_back),        cmocka_unit_test(many_bytes_wait_their_turn),
        cmocka_unit_test(what_waits_has_a_bound), cmocka_unit_test(an_end_is_told),
        cmocka_unit_test(nobody_there_is_told),   cmocka_unit_test(a_silent_one_has_its_time),
    };
    return cmocka_run_group_tests_name("dial.socket", tests, NULL, NULL);
}
