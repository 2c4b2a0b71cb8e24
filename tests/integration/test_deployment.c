/* SPDX-License-Identifier: MIT */
/* Both servers as they are deployed: at a socket file, under systemd, with secrets that SIGHUP
 * renews while they serve. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "talk.h"

static struct harness harness;
static const char *const programs[] = {"mcp-product-metadata", "mcp-database"};
enum { PROGRAMS = sizeof programs / sizeof programs[0] };

static const char ping[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}";

static void put(const char *path, const char *text, mode_t mode) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static void place(char *out, size_t bytes, const char *name) {
    (void)snprintf(out, bytes, "%s/%s", harness.dir, name);
}

static bool log_says(const struct process *process, const char *mark) {
    char text[32768];
    FILE *file = fopen(process->log, "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    (void)fclose(file);
    return strstr(text, mark) != NULL;
}

static void expect_log(const struct process *process, const char *mark) {
    uint64_t until = now_ms() + PATIENCE_MS;
    while (!log_says(process, mark) && now_ms() < until)
        sleep_ms(5);
    if (!log_says(process, mark))
        fail_msg("the log of %d does not say \"%s\"", (int)process->pid, mark);
}

static struct process start(const char *program, const char *const *more) {
    const char *arguments[24] = {"--host", "127.0.0.1", "--port", "0"};
    int count = 4;
    if (strcmp(program, "mcp-database") == 0) {
        arguments[count++] = "--database";
        arguments[count++] = harness.database;
    }
    for (int i = 0; more[i] != NULL; i++)
        arguments[count++] = more[i];
    return process_start(&harness, program, arguments);
}

static int status_as(int port, const char *token) {
    char head[160];
    size_t len = 0;
    (void)snprintf(head, sizeof head, "POST /mcp HTTP/1.1\r\nAuthorization: Bearer %s", token);
    char *answer = talk_exchange(port, head, ping, &len);
    int status = len > 12 ? (int)strtol(answer + 9, NULL, 10) : 0;
    free(answer);
    return status;
}

static void expect_status(int port, const char *token, bool is_let_in) {
    uint64_t until = now_ms() + PATIENCE_MS;
    while ((status_as(port, token) == 401) == is_let_in && now_ms() < until)
        sleep_ms(5);
    assert_int_equal(status_as(port, token) != 401, is_let_in);
}

static void sighup_renews_tokens_and_bad_ones_change_nothing(void **state) {
    (void)state;
    static const char first[] = "0123456789abcdef";
    static const char second[] = "fedcba9876543210";
    char path[128];
    place(path, sizeof path, "tokens");
    for (size_t i = 0; i < PROGRAMS; i++) {
        put(path, "ann:0123456789abcdef\n", 0600);
        const char *const more[] = {"--token-file", path, NULL};
        struct process process = start(programs[i], more);
        expect_status(process.port, first, true);
        expect_status(process.port, second, false);

        put(path, "ann:fedcba9876543210\n", 0600);
        assert_int_equal(kill(process.pid, SIGHUP), 0);
        expect_log(&process, "event=tokens_renewed count=1");
        expect_status(process.port, second, true);
        expect_status(process.port, first, false);

        put(path, "ann:0123456789abcdef\nbob:short\n", 0600);
        assert_int_equal(kill(process.pid, SIGHUP), 0);
        expect_log(&process, "event=tokens_not_renewed");
        expect_log(&process, "line 2");
        expect_log(&process, "serving=former");
        assert_int_equal(status_as(process.port, first), 401);
        assert_int_not_equal(status_as(process.port, second), 401);

        put(path, "ann:0123456789abcdef\n", 0644);
        assert_int_equal(kill(process.pid, SIGHUP), 0);
        expect_log(&process, "chmod 600");
        assert_int_equal(status_as(process.port, first), 401);

        assert_false(log_says(&process, first)); /* no secret is ever logged */
        assert_false(log_says(&process, second));
        assert_int_equal(process_stop(&process, SIGTERM, NULL), 0);
        assert_int_equal(unlink(path), 0);
    }
}

static void a_changed_token_file_is_noticed(void **state) {
    (void)state;
    char path[128];
    place(path, sizeof path, "tokens");
    put(path, "ann:0123456789abcdef\n", 0600);
    const char *const more[] = {"--token-file", path, NULL};
    struct process process = start(programs[0], more);
    put(path, "ann:short\n", 0600);
    expect_log(&process, "event=tokens_not_renewed");
    assert_int_not_equal(status_as(process.port, "0123456789abcdef"), 401);
    put(path, "ann:fedcba9876543210\n", 0600);
    expect_log(&process, "event=tokens_renewed count=1");
    expect_status(process.port, "fedcba9876543210", true);
    expect_status(process.port, "0123456789abcdef", false);
    assert_int_equal(process_stop(&process, SIGTERM, NULL), 0);
    assert_int_equal(unlink(path), 0);
}

/* The status of /health at a socket file; 0: nobody is there. */
static int health_at(const char *path) {
    static const char request[] = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
    char answer[4096] = "";
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_there = connect(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
                    send(fd, request, sizeof request - 1, MSG_NOSIGNAL) > 0 &&
                    recv(fd, answer, sizeof answer - 1, 0) > 12;
    (void)close(fd);
    return is_there ? (int)strtol(answer + 9, NULL, 10) : 0;
}

static void a_socket_file_is_served_and_a_stale_one_replaced(void **state) {
    (void)state;
    char path[128];
    struct stat info;
    place(path, sizeof path, "mcp.sock");
    for (size_t i = 0; i < PROGRAMS; i++) {
        const char *const more[] = {"--unix", path, "--unix-mode", "0660", NULL};
        struct process process = start(programs[i], more);
        assert_int_equal(process.port, -1);
        assert_int_equal(health_at(path), 200);
        assert_int_equal(stat(path, &info), 0);
        assert_int_equal(info.st_mode & 0777, 0660);

        char output[4096]; /* a second one does not take the place of the first */
        const char *const again[] = {"--unix", path, NULL};
        assert_int_equal(process_run("mcp-product-metadata", again, output, sizeof output), 1);
        assert_non_null(strstr(output, "another program listens there"));
        assert_int_equal(health_at(path), 200);

        assert_int_equal(process_stop(&process, SIGKILL, NULL), -SIGKILL);
        assert_int_equal(stat(path, &info), 0); /* left behind */
        process = start(programs[i], more);
        assert_int_equal(health_at(path), 200);
        assert_int_equal(process_stop(&process, SIGTERM, NULL), 0);
        assert_int_equal(stat(path, &info), -1);
    }
}

static int new_port(int *out_port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 16), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    *out_port = ntohs(address.sin_port);
    return fd;
}

static int new_manager(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct timeval wait = {.tv_sec = PATIENCE_MS / 1000};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(setenv("NOTIFY_SOCKET", path, 1), 0);
    return fd;
}

static void expect_told(int manager, const char *state) {
    char text[64] = "";
    assert_true(recv(manager, text, sizeof text - 1, 0) > 0);
    assert_string_equal(text, state);
}

static void a_service_manager_hands_the_socket_over_and_is_told(void **state) {
    (void)state;
    char path[128];
    place(path, sizeof path, "notify");
    int manager = new_manager(path);
    for (size_t i = 0; i < PROGRAMS; i++) {
        int port = 0;
        int fd = new_port(&port);
        const char *arguments[] = {"--port", "1", NULL, NULL, NULL}; /* the handed one counts */
        if (strcmp(programs[i], "mcp-database") == 0) {
            arguments[2] = "--database";
            arguments[3] = harness.database;
        }
        struct process process = process_start_with(&harness, programs[i], arguments, fd);
        assert_int_equal(process.port, port);
        expect_told(manager, "READY=1");
        char *page = talk_exchange(port, "GET /health HTTP/1.1", "", NULL);
        assert_non_null(strstr(page, "200 OK"));
        free(page);
        assert_int_equal(process_stop(&process, SIGTERM, NULL), 0);
        expect_told(manager, "STOPPING=1");
        (void)close(fd);
    }
    assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
    (void)close(manager);
}

static void a_state_key_is_32_bytes_in_a_private_file(void **state) {
    (void)state;
    char path[128];
    char output[4096];
    place(path, sizeof path, "key");
    put(path, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n", 0600);
    for (size_t i = 0; i < PROGRAMS; i++) {
        const char *const more[] = {"--state-key-file", path, NULL};
        struct process process = start(programs[i], more);
        assert_int_equal(process_stop(&process, SIGTERM, NULL), 0);
    }
    const char *const more[] = {"--port", "0", "--state-key-file", path, NULL};
    put(path, "0001\n", 0600);
    assert_int_not_equal(process_run("mcp-product-metadata", more, output, sizeof output), 0);
    assert_non_null(strstr(output, "openssl rand -hex 32"));
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_not_equal(process_run("mcp-product-metadata", more, output, sizeof output), 0);
    assert_non_null(strstr(output, "chmod 600"));
    assert_int_equal(unlink(path), 0);
}

static int set_up(void **state) {
    (void)state;
    (void)signal(SIGPIPE, SIG_IGN);
    harness_open(&harness);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    harness_close(&harness);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_socket_file_is_served_and_a_stale_one_replaced),
        cmocka_unit_test(a_service_manager_hands_the_socket_over_and_is_told),
        cmocka_unit_test(a_state_key_is_32_bytes_in_a_private_file),
        cmocka_unit_test(sighup_renews_tokens_and_bad_ones_change_nothing),
        cmocka_unit_test(a_changed_token_file_is_noticed),
    };
    return cmocka_run_group_tests_name("integration.deployment", tests, set_up, tear_down);
}
