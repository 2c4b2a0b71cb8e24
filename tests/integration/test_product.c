/* SPDX-License-Identifier: MIT */
/* The product metadata server as a process: reload by rename, rewrite and signal, bad files,
 * tokens. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"

enum { PATIENCE_MS = 10000 };

static struct harness harness;
static char metadata[128];

static void put(const char *path, const char *version, int mappings) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fprintf(file, "{\"version\": \"%s\", \"product_aliases\": {}, \"column_mappings\": {",
                  version);
    for (int i = 0; i < mappings; i++)
        (void)fprintf(file, "%s\"m%d\": \"t.c%d\"", i > 0 ? ", " : "", i, i);
    (void)fprintf(file, "}}\n");
    assert_int_equal(fclose(file), 0);
}

static struct process start(const char *const *more) {
    const char *arguments[16] = {"--host", "127.0.0.1", "--port", "0", "--metadata-path", metadata};
    for (int i = 0; more[i] != NULL; i++)
        arguments[6 + i] = more[i];
    return process_start(&harness, "mcp-product-metadata", arguments);
}

static const char *const nothing_more[] = {NULL};

static int connect_to(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

/* The whole answer to one request on a connection of its own. */
static void exchange(int port, const char *head, const char *body, char *out, size_t bytes) {
    char request[2048];
    size_t used = 0;
    int fd = connect_to(port);
    int len = snprintf(request, sizeof request,
                       "%s\r\nHost: localhost:%d\r\nConnection: close\r\nContent-Length: %zu\r\n"
                       "Content-Type: application/json\r\n"
                       "Accept: application/json, text/event-stream\r\n\r\n%s",
                       head, port, strlen(body), body);
    assert_int_equal(send(fd, request, (size_t)len, MSG_NOSIGNAL), len);
    for (ssize_t got = 1; got > 0 && used<bytes - 1; used += got> 0 ? (size_t)got : 0)
        got = recv(fd, out + used, bytes - 1 - used, 0);
    out[used] = '\0';
    (void)close(fd);
}

static void health(int port, char *out, size_t bytes) {
    exchange(port, "GET /health HTTP/1.1", "", out, bytes);
}

/* Ask until the health answer holds `part`. */
static void expect_health(int port, const char *part) {
    char answer[4096] = "";
    for (uint64_t until = now_ms() + PATIENCE_MS; now_ms() < until; sleep_ms(20)) {
        health(port, answer, sizeof answer);
        if (strstr(answer, part) != NULL)
            return;
    }
    fail_msg("no %s in\n%s", part, answer);
}

static void a_changed_file_is_served(void **state) {
    (void)state;
    char fresh[160];
    put(metadata, "first", 1);
    struct process process = start(nothing_more);
    expect_health(process.port, "\"version\":\"first\"");
    (void)snprintf(fresh, sizeof fresh, "%s/fresh.json", harness.dir);
    put(fresh, "renamed", 2);
    assert_int_equal(rename(fresh, metadata), 0);
    expect_health(process.port,
                  "\"version\":\"renamed\",\"total_products\":0,\"total_mappings\":2");
    put(metadata, "rewritten", 3);
    expect_health(process.port, "\"version\":\"rewritten\"");
    put(fresh, "linked", 4);
    assert_int_equal(unlink(metadata), 0);
    assert_int_equal(symlink(fresh, metadata), 0);
    expect_health(process.port, "\"version\":\"linked\"");
    put(fresh, "behind", 5);
    expect_health(process.port, "\"version\":\"behind\"");
    assert_int_equal(process_stop(&process, SIGTERM, NULL), 0);
    assert_int_equal(unlink(metadata), 0);
    assert_int_equal(unlink(fresh), 0);
}

static void hangup_reads_again(void **state) {
    (void)state;
    put(metadata, "first", 1);
    struct process process = start(nothing_more);
    expect_health(process.port, "\"loads\":1}");
    assert_int_equal(kill(process.pid, SIGHUP), 0);
    expect_health(process.port, "\"loads\":2}");
    assert_int_equal(process_stop(&process, SIGTERM, NULL), 0);
}

static void a_bad_file_is_told_and_the_former_served(void **state) {
    (void)state;
    char answer[4096];
    put(metadata, "good", 1);
    struct process process = start(nothing_more);
    FILE *file = fopen(metadata, "w");
    assert_non_null(file);
    assert_true(fputs("{\"column_mappings\": {}}", file) >= 0);
    assert_int_equal(fclose(file), 0);
    expect_health(process.port, "\"status\":\"degraded\"");
    health(process.port, answer, sizeof answer);
    assert_non_null(strstr(answer, "HTTP/1.1 200"));
    assert_non_null(strstr(answer, "\"version\":\"good\""));
    assert_non_null(strstr(answer, "\"where\":\"metadata.json:1:1\""));
    put(metadata, "mended", 1);
    expect_health(process.port, "\"status\":\"ok\"");
    assert_int_equal(process_stop(&process, SIGTERM, NULL), 0);
}

static const char ping[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{"
                           "\"protocolVersion\":\"2025-06-18\",\"capabilities\":{},"
                           "\"clientInfo\":{\"name\":\"t\",\"version\":\"1\"}}}";

static void a_token_file_closes_the_protocol(void **state) {
    (void)state;
    char tokens[160];
    char answer[4096];
    put(metadata, "good", 1);
    (void)snprintf(tokens, sizeof tokens, "%s/tokens", harness.dir);
    FILE *file = fopen(tokens, "w");
    assert_non_null(file);
    assert_true(fputs("ci:0123456789abcdef\n", file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(tokens, 0600), 0);
    const char *const more[] = {"--token-file", tokens, NULL};
    struct process process = start(more);
    exchange(process.port, "POST /mcp HTTP/1.1", ping, answer, sizeof answer);
    assert_non_null(strstr(answer, "HTTP/1.1 401"));
    exchange(process.port, "POST /mcp HTTP/1.1\r\nAuthorization: Bearer 0123456789abcdef", ping,
             answer, sizeof answer);
    assert_non_null(strstr(answer, "HTTP/1.1 200"));
    assert_non_null(strstr(answer, "Product Metadata MCP"));
    assert_int_equal(process_stop(&process, SIGTERM, NULL), 0);
    const char *const wide[] = {"--metadata-path", metadata, "--token-file", tokens, NULL};
    assert_int_equal(chmod(tokens, 0644), 0);
    assert_int_equal(process_run("mcp-product-metadata", wide, answer, sizeof answer), 2);
    assert_non_null(strstr(answer, "chmod 600"));
    assert_int_equal(unlink(tokens), 0);
}

static void expect_end(const char *const *arguments, int code, const char *part) {
    char output[8192];
    int got = process_run("mcp-product-metadata", arguments, output, sizeof output);
    if (got != code || strstr(output, part) == NULL)
        print_error("exit %d\n%s\n", got, output);
    assert_int_equal(got, code);
    assert_non_null(strstr(output, part));
}

static void what_cannot_be_served_ends_with_its_reason(void **state) {
    (void)state;
    const char *const missing[] = {"--metadata-path", "/nowhere.json", NULL};
    const char *const directory[] = {"--metadata-path", "/tmp", NULL};
    const char *const bad[] = {"--metadata-path", metadata, NULL};
    FILE *file = fopen(metadata, "w");
    assert_non_null(file);
    assert_true(fputs("[]", file) >= 0);
    assert_int_equal(fclose(file), 0);
    expect_end(missing, 2, "/nowhere.json: no such file: name one with --metadata-path");
    expect_end(directory, 2, "/tmp: is a directory");
    expect_end(bad, 1, "metadata.json:1:1: expected an object");
}

static void help_version_and_the_end_of_stdin(void **state) {
    (void)state;
    const char *const help[] = {"--help", NULL};
    const char *const version[] = {"--version", NULL};
    const char *const stdio[] = {"--transport", "stdio", "--metadata-path", metadata, NULL};
    put(metadata, "good", 1);
    expect_end(help, 0, "--metadata-path FILE");
    expect_end(version, 0, "mcp-product-metadata ");
    expect_end(stdio, 0, "stopping signal=0"); /* its stdin is empty */
}

static int open_all(void **state) {
    (void)state;
    harness_open(&harness);
    (void)snprintf(metadata, sizeof metadata, "%s/metadata.json", harness.dir);
    return 0;
}

static int close_all(void **state) {
    (void)state;
    harness_close(&harness);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_changed_file_is_served),
        cmocka_unit_test(hangup_reads_again),
        cmocka_unit_test(a_bad_file_is_told_and_the_former_served),
        cmocka_unit_test(a_token_file_closes_the_protocol),
        cmocka_unit_test(what_cannot_be_served_ends_with_its_reason),
        cmocka_unit_test(help_version_and_the_end_of_stdin),
    };
    return cmocka_run_group_tests_name("integration.product", tests, open_all, close_all);
}
