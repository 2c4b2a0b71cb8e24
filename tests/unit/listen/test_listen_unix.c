/* SPDX-License-Identifier: MIT */
/* Sockets in the file system, inherited ones, and a listener behind them. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "listen/listen_door.h"
#include "live.h"

#define PING "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\"}"

enum { LET_IN = 400 }; /* the server asks for a session: the guard has let the request through */

static struct live_answer answer;
static char dir[64];
static char path[96];

static int set_up(void **state) {
    (void)state;
    (void)snprintf(dir, sizeof dir, "/tmp/mcp-unix-XXXXXX");
    assert_non_null(mkdtemp(dir));
    assert_int_equal(chmod(dir, 0755), 0);
    (void)snprintf(path, sizeof path, "%s/mcp.sock", dir);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    (void)unlink(path);
    assert_int_equal(rmdir(dir), 0);
    return 0;
}

static unsigned mode_of(const char *name) {
    struct stat info;
    assert_int_equal(lstat(name, &info), 0);
    return (unsigned)info.st_mode & 0777U;
}

static bool exists(const char *name) {
    struct stat info;
    return lstat(name, &info) == 0;
}

static struct sockaddr_un address_of(const char *name) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", name);
    return address;
}

static int connect_to(const char *name) {
    struct sockaddr_un address = address_of(name);
    struct timeval wait = {.tv_sec = 5};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    (void)close(fd);
    return -1;
}

/* A socket file that nobody listens on. */
static void leave_stale(const char *name) {
    struct sockaddr_un address = address_of(name);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(close(fd), 0);
}

static void the_mode_is_as_asked_whatever_the_umask(void **state) {
    (void)state;
    static const mode_t masks[] = {0, 022, 077};
    static const mode_t modes[] = {0600, 0660, 0666};
    for (size_t i = 0; i < MCP_COUNT(masks) * MCP_COUNT(modes); i++) {
        struct mcp_listen_unix made;
        mode_t before = umask(masks[i / MCP_COUNT(modes)]);
        mode_t mode = modes[i % MCP_COUNT(modes)];
        assert_int_equal(mcp_listen_unix_open(path, mode, &made, NULL), MCP_OK);
        (void)umask(before);
        assert_int_equal(mode_of(path), mode);
        assert_int_equal(fcntl(made.fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
        mcp_listen_unix_close(&made);
        assert_int_equal(made.fd, -1);
        assert_false(exists(path));
        mcp_listen_unix_close(&made); /* twice is once */
    }
}

static void a_socket_nobody_answers_is_replaced(void **state) {
    (void)state;
    struct mcp_listen_unix made;
    leave_stale(path);
    assert_int_equal(mcp_listen_unix_open(path, 0600, &made, NULL), MCP_OK);
    int peer = connect_to(path);
    assert_true(peer >= 0);
    (void)close(peer);
    mcp_listen_unix_close(&made);
}

static void a_socket_somebody_answers_is_left_alone(void **state) {
    (void)state;
    struct mcp_listen_unix first;
    struct mcp_listen_unix second = {.fd = -1};
    struct mcp_err err = {0};
    assert_int_equal(mcp_listen_unix_open(path, 0600, &first, NULL), MCP_OK);
    assert_int_equal(mcp_listen_unix_open(path, 0600, &second, &err), MCP_E_EXISTS);
    assert_non_null(strstr(err.what, "another program listens there"));
    assert_string_equal(err.where, path);
    assert_int_equal(second.fd, -1);
    int peer = connect_to(path);
    assert_true(peer >= 0);
    (void)close(peer);
    mcp_listen_unix_close(&first);
}

static void what_is_no_socket_is_never_removed(void **state) {
    (void)state;
    struct mcp_listen_unix made;
    struct mcp_err err = {0};
    int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
    assert_int_equal(write(fd, "x", 1), 1);
    (void)close(fd);
    assert_int_equal(mcp_listen_unix_open(path, 0600, &made, &err), MCP_E_EXISTS);
    assert_non_null(strstr(err.what, "no socket"));
    assert_true(exists(path));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink("/nowhere", path), 0);
    assert_int_equal(mcp_listen_unix_open(path, 0600, &made, NULL), MCP_E_EXISTS);
    assert_true(exists(path));
    assert_int_equal(unlink(path), 0);
}

static void a_name_taken_by_another_stays(void **state) {
    (void)state;
    struct mcp_listen_unix made;
    assert_int_equal(mcp_listen_unix_open(path, 0600, &made, NULL), MCP_OK);
    assert_int_equal(unlink(path), 0);
    leave_stale(path);
    mcp_listen_unix_close(&made);
    assert_true(exists(path));
    assert_int_equal(unlink(path), 0);
}

static void a_path_has_so_many_bytes(void **state) {
    (void)state;
    char name[128];
    struct mcp_listen_unix made;
    for (size_t len = 106; len <= 108; len++) {
        struct mcp_err err = {0};
        memset(name, 'x', sizeof name);
        memcpy(name, dir, strlen(dir));
        name[strlen(dir)] = '/';
        name[len] = '\0';
        enum mcp_code code = mcp_listen_unix_open(name, 0600, &made, &err);
        assert_int_equal(code, len <= 107 ? MCP_OK : MCP_E_INVALID);
        if (code == MCP_OK)
            mcp_listen_unix_close(&made);
        else
            assert_non_null(strstr(err.what, "107"));
    }
    assert_int_equal(mcp_listen_unix_open("", 0600, &made, NULL), MCP_E_INVALID);
    struct mcp_err err = {0};
    assert_int_equal(mcp_listen_unix_open("/nowhere/x.sock", 0600, &made, &err), MCP_E_IO);
    assert_int_equal(err.os_errno, ENOENT);
}

static void peer_on(int fd, struct live_peer *peer) {
    assert_true(fd >= 0);
    *peer = (struct live_peer){.fd = fd};
}

static unsigned ping_host(struct live_peer *peer, const char *host) {
    live_print(peer,
               "POST /mcp HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n"
               "Accept: */*\r\nContent-Length: %zu\r\n\r\n%s",
               host, strlen(PING), PING);
    live_read(peer, &answer);
    return answer.status;
}

static void start_at(struct live *live, const struct mcp_listen_options *options) {
    struct mcp_err err = {0};
    memset(live, 0, sizeof *live);
    live->server = live_new_server(live);
    if (mcp_listener_start_http(live->server, options, &live->listener, &err) != MCP_OK)
        fail_msg("%s %s", err.where, err.what);
}

static void the_same_user_is_served_and_the_file_goes_with_the_listener(void **state) {
    (void)state;
    struct live live;
    struct live_peer peer;
    char name[128];
    const struct mcp_listen_options options = {.unix_path = path};
    start_at(&live, &options);
    assert_int_equal(mcp_listener_port(live.listener), 0);
    (void)snprintf(name, sizeof name, "unix:%s", path);
    assert_string_equal(mcp_listener_name(live.listener), name);
    assert_int_equal(mode_of(path), 0600);
    peer_on(connect_to(path), &peer);
    assert_int_equal(ping_host(&peer, "localhost"), LET_IN);
    assert_int_equal(ping_host(&peer, "localhost:80"), LET_IN);
    assert_int_equal(ping_host(&peer, "evil.com"), 403);
    live_close(&peer);
    live_stop(&live);
    assert_false(exists(path));
}

static void streams_work_and_hang_ups_are_seen(void **state) {
    (void)state;
    struct live live;
    struct live_peer peer;
    const struct mcp_listen_options options = {.unix_path = path, .keepalive_ms = 50};
    start_at(&live, &options);
    peer_on(connect_to(path), &peer);
    live_print(&peer, "GET /sse HTTP/1.1\r\nHost: localhost\r\n\r\n");
    live_read_head(&peer, &answer);
    assert_int_equal(answer.status, 200);
    assert_true(live_wait_text(&peer, &answer, ": ping"));
    live_close(&peer);
    struct mcp_server_counts counts = {.sessions = 1};
    uint64_t until = live_now_ms() + 5000;
    while (counts.sessions > 0 && live_now_ms() < until) {
        mcp_server_count(live.server, &counts);
        (void)usleep(1000);
    }
    assert_int_equal(counts.sessions, 0);
    live_stop(&live);
}

/* In a child that is nobody: the status of a ping, with a token or without. */
static int status_of_nobody(const char *token) {
    pid_t pid = fork();
    if (pid == 0) {
        char text[512] = "";
        if (setgid(65534) != 0 || setuid(65534) != 0)
            _exit(255);
        int fd = connect_to(path);
        int len = snprintf(text, sizeof text,
                           "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
                           "application/json\r\nAccept: */*\r\n%s%s%sContent-Length: %zu\r\n\r\n%s",
                           token[0] != '\0' ? "Authorization: Bearer " : "", token,
                           token[0] != '\0' ? "\r\n" : "", strlen(PING), PING);
        if (send(fd, text, (size_t)len, MSG_NOSIGNAL) != len)
            _exit(254);
        ssize_t got = recv(fd, text, sizeof text - 1, 0);
        text[got > 0 ? got : 0] = '\0';
        _exit(got > 12 ? (int)strtol(text + 9, NULL, 10) % 250 : 253);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WEXITSTATUS(status);
}

static void another_user_is_a_stranger(void **state) {
    (void)state;
    struct live live;
    const struct mcp_bearer ann = {"ann", "0123456789abcdef"};
    const struct mcp_listen_options closed = {.unix_path = path, .unix_mode = 0666};
    const struct mcp_listen_options open = {
        .unix_path = path, .unix_mode = 0666, .bearers = &ann, .bearer_count = 1};
    if (geteuid() != 0)
        skip(); /* only root can become somebody else */
    start_at(&live, &closed);
    assert_int_equal(status_of_nobody(""), 403 % 250);
    live_stop(&live);
    start_at(&live, &open);
    assert_int_equal(status_of_nobody(""), 401 % 250);
    assert_int_equal(status_of_nobody("0123456789abcdef"), LET_IN % 250);
    live_stop(&live);
}

static int new_tcp(uint16_t *out_port) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 16), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    *out_port = ntohs(address.sin_port);
    return fd;
}

static void an_inherited_port_is_served(void **state) {
    (void)state;
    struct live live;
    struct live_peer peer;
    char name[64];
    uint16_t port = 0;
    int fd = new_tcp(&port);
    const struct mcp_listen_options options = {.inherited_fd = fd, .unix_path = path};
    start_at(&live, &options);
    live.port = mcp_listener_port(live.listener);
    assert_int_equal(live.port, port);
    (void)snprintf(name, sizeof name, "http://127.0.0.1:%u", (unsigned)port);
    assert_string_equal(mcp_listener_name(live.listener), name);
    assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    live_connect(&live, &peer);
    live_post(&peer, "", "", PING);
    live_read(&peer, &answer);
    assert_int_equal(answer.status, LET_IN);
    live_close(&peer);
    live_stop(&live);
    assert_int_equal(fcntl(fd, F_GETFD), -1); /* it was taken */
}

static void an_inherited_file_is_served_and_stays(void **state) {
    (void)state;
    struct live live;
    struct live_peer peer;
    struct sockaddr_un address = address_of(path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 16), 0);
    const struct mcp_listen_options options = {.inherited_fd = fd};
    start_at(&live, &options);
    peer_on(connect_to(path), &peer);
    assert_int_equal(ping_host(&peer, "localhost"), LET_IN);
    live_close(&peer);
    live_stop(&live);
    assert_true(exists(path)); /* who made it removes it */
    assert_int_equal(unlink(path), 0);
}

static void only_a_listening_stream_socket_is_inherited(void **state) {
    (void)state;
    struct mcp_listen_door door;
    int ends[2];
    int fds[] = {socket(AF_INET, SOCK_STREAM, 0), socket(AF_UNIX, SOCK_DGRAM, 0), -1, 999};
    assert_int_equal(pipe(ends), 0);
    fds[2] = ends[0];
    for (size_t i = 0; i < MCP_COUNT(fds); i++) {
        struct mcp_err err = {0};
        const struct mcp_listen_options options = {.inherited_fd = fds[i]};
        assert_int_equal(mcp_listen_door_open(&options, &door, &err), MCP_E_INVALID);
        assert_non_null(strstr(err.what, "no listening stream socket"));
    }
    (void)close(ends[1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_mode_is_as_asked_whatever_the_umask),
        cmocka_unit_test(a_socket_nobody_answers_is_replaced),
        cmocka_unit_test(a_socket_somebody_answers_is_left_alone),
        cmocka_unit_test(what_is_no_socket_is_never_removed),
        cmocka_unit_test(a_name_taken_by_another_stays),
        cmocka_unit_test(a_path_has_so_many_bytes),
        cmocka_unit_test(the_same_user_is_served_and_the_file_goes_with_the_listener),
        cmocka_unit_test(streams_work_and_hang_ups_are_seen),
        cmocka_unit_test(another_user_is_a_stranger),
        cmocka_unit_test(an_inherited_port_is_served),
        cmocka_unit_test(an_inherited_file_is_served_and_stays),
        cmocka_unit_test(only_a_listening_stream_socket_is_inherited),
    };
    return cmocka_run_group_tests_name("listen.listen_unix", tests, set_up, tear_down);
}
