/* SPDX-License-Identifier: MIT */
/* Each program as a process: signals with open streams, ports in use, bad settings, health. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"

static struct harness harness;

static int connect_to(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static void get(int fd, int port, const char *path, const char *accept, char *out, size_t bytes) {
    char request[512];
    int len =
        snprintf(request, sizeof request,
                 "GET %s HTTP/1.1\r\nHost: localhost:%d\r\nAccept: %s\r\n\r\n", path, port, accept);
    assert_int_equal(send(fd, request, (size_t)len, MSG_NOSIGNAL), len);
    ssize_t got = recv(fd, out, bytes - 1, 0);
    assert_true(got > 0);
    out[got] = '\0';
}

static void stops_quickly_with_open_streams(struct process process, int with_signal) {
    enum { STREAMS = 20 };
    int fds[STREAMS];
    char answer[2048];
    uint64_t took = 0;
    for (int i = 0; i < STREAMS; i++) {
        fds[i] = connect_to(process.port);
        get(fds[i], process.port, "/sse", "text/event-stream", answer, sizeof answer);
        assert_non_null(strstr(answer, "200 OK"));
    }
    assert_int_equal(process_stop(&process, with_signal, &took), 0);
    assert_true(took < 2000);
    for (int i = 0; i < STREAMS; i++)
        (void)close(fds[i]);
}

static void sigterm_and_sigint_end_open_streams(void **state) {
    (void)state;
    stops_quickly_with_open_streams(start_database(&harness, 0), SIGTERM);
    stops_quickly_with_open_streams(start_database(&harness, 0), SIGINT);
    stops_quickly_with_open_streams(start_product(&harness, 0), SIGTERM);
    stops_quickly_with_open_streams(start_product(&harness, 0), SIGINT);
}

static void expect_health(struct process process) {
    char answer[4096];
    int fd = connect_to(process.port);
    get(fd, process.port, "/health", "*/*", answer, sizeof answer);
    assert_non_null(strstr(answer, "200 OK"));
    assert_non_null(strstr(answer, "application/json"));
    assert_non_null(strstr(answer, "\"name\""));
    assert_non_null(strstr(answer, "\"version\""));
    assert_non_null(strstr(answer, "\"uptime"));
    (void)close(fd);
    assert_int_equal(process_stop(&process, SIGTERM, NULL), 0);
}

static void health_is_json_with_the_promised_members(void **state) {
    (void)state;
    expect_health(start_product(&harness, 0));
    expect_health(start_database(&harness, 0));
}

static void expect_end(const char *name, const char *const *arguments, int code, const char *part) {
    char output[8192];
    int got = process_run(name, arguments, output, sizeof output);
    if (got != code || strstr(output, part) == NULL)
        print_error("%s exit %d\n%s\n", name, got, output);
    assert_int_equal(got, code);
    assert_non_null(strstr(output, part));
}

/* Lines that are no log lines: those begin with the year. */
static size_t complaints(const char *text) {
    size_t count = 0;
    for (const char *at = text; *at != '\0';) {
        count += strncmp(at, "20", 2) != 0 ? 1 : 0;
        const char *end = strchr(at, '\n');
        at = end != NULL ? end + 1 : at + strlen(at);
    }
    return count;
}

static void port_in_use_is_one_clear_line(void **state) {
    (void)state;
    char port[16];
    char output[8192];
    struct process process = start_product(&harness, 0);
    (void)snprintf(port, sizeof port, "%d", process.port);
    const char *const arguments[] = {"--host", "127.0.0.1", "--port", port, NULL};
    assert_int_equal(process_run("mcp-product-metadata", arguments, output, sizeof output), 1);
    assert_non_null(strstr(output, "in use"));
    assert_int_equal(complaints(output), 1);
    assert_int_equal(process_stop(&process, SIGTERM, NULL), 0);
}

static void bad_settings_end_with_2_and_one_line(void **state) {
    (void)state;
    const char *const port[] = {"--port", "70000", NULL};
    const char *const level[] = {"--log-level", "LOUD", NULL};
    const char *const option[] = {"--prot", "1", NULL};
    const char *const file[] = {"--database", "/nowhere/x.db", NULL};
    expect_end("mcp-database", port, 2, "65535");
    expect_end("mcp-database", level, 2, "LOUD");
    expect_end("mcp-database", option, 2, "--port");
    expect_end("mcp-database", file, 1, "/nowhere/x.db");
    expect_end("mcp-product-metadata", port, 2, "65535");
    expect_end("mcp-product-metadata", option, 2, "--port");
}

static void help_and_version_work(void **state) {
    (void)state;
    const char *const help[] = {"--help", NULL};
    const char *const version[] = {"--version", NULL};
    const char *const names[] = {"mcp-database", "mcp-product-metadata", "mcp-orchestrator",
                                 "mcp-call", "mcp-schema"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        expect_end(names[i], help, 0, "Usage");
        expect_end(names[i], version, 0, names[i]);
    }
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
        cmocka_unit_test(sigterm_and_sigint_end_open_streams),
        cmocka_unit_test(health_is_json_with_the_promised_members),
        cmocka_unit_test(port_in_use_is_one_clear_line),
        cmocka_unit_test(bad_settings_end_with_2_and_one_line),
        cmocka_unit_test(help_and_version_work),
    };
    return cmocka_run_group_tests_name("integration.process", tests, set_up, tear_down);
}
