/* SPDX-License-Identifier: MIT */
/* GET /metrics of both servers: what was asked is counted, each line is one a scraper can read. */
#include <regex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "talk.h"

#define POST   "POST /mcp HTTP/1.1"
#define BEARER "\r\nAuthorization: Bearer 0123456789abcdef"
#define NAME   "[a-zA-Z_:][a-zA-Z0-9_:]*"
#define LABEL  "[a-zA-Z_][a-zA-Z0-9_]*=\"([^\"\\\\]|\\\\[\\\\\"n])*\""

static const char metadata[] = MCP_SOURCE_DIR "/resources/product_metadata.json";

static struct harness harness;

static const char initialize[] =
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{"
    "\"protocolVersion\":\"2025-06-18\",\"capabilities\":{},"
    "\"clientInfo\":{\"name\":\"t\",\"version\":\"1\"}}}";

/* Text format 0.0.4, and every sample below the TYPE of its own name. */
static void check_line(const char *line, char family[128]) {
    static const char grammar[] =
        "^(# HELP " NAME " [^\n]*|# TYPE " NAME " (counter|gauge|histogram)|" NAME "(\\{" LABEL
        "(," LABEL ")*\\})? [0-9]+(\\.[0-9]+)?)$";
    regex_t regex;
    assert_int_equal(regcomp(&regex, grammar, REG_EXTENDED | REG_NOSUB), 0);
    if (regexec(&regex, line, 0, NULL, 0) != 0)
        fail_msg("no line of the format: %s", line);
    regfree(&regex);
    if (strncmp(line, "# TYPE ", 7) == 0)
        (void)snprintf(family, 128, "%.*s", (int)strcspn(line + 7, " "), line + 7);
    if (line[0] != '#' && strncmp(line, family, strlen(family)) != 0)
        fail_msg("not below its type, %s: %s", family, line);
}

static void check_grammar(const char *body) {
    char family[128] = "";
    char line[512];
    assert_true(body[strlen(body) - 1] == '\n');
    for (; *body != '\0'; body += strcspn(body, "\n") + 1) {
        (void)snprintf(line, sizeof line, "%.*s", (int)strcspn(body, "\n"), body);
        check_line(line, family);
    }
}

static void expect(const char *text, const char *part) {
    if (strstr(text, part) == NULL)
        fail_msg("no %s in\n%s", part, text);
}

static void ask(int port, const char *body) {
    free(talk_exchange(port, POST, body, NULL));
}

static void check_counts(struct process *server, const char *info) {
    ask(server->port, initialize);
    ask(server->port, initialize);
    ask(server->port, "{\"jsonrpc\"");
    char *page = talk_exchange(server->port, "GET /metrics HTTP/1.1", "", NULL);
    expect(page, "HTTP/1.1 200");
    expect(page, "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n");
    expect(page,
           "\nmcp_requests_total{method=\"initialize\",revision=\"2025-06-18\",code=\"ok\"} 2\n");
    expect(page, "\nmcp_requests_total{method=\"other\",revision=\"none\",code=\"-32700\"} 1\n");
    expect(page, "\nmcp_request_seconds_bucket{method=\"initialize\",le=\"+Inf\"} 2\n");
    expect(page, "\nmcp_request_seconds_count{method=\"initialize\"} 2\n");
    expect(page, "\nmcp_requests_in_flight 0\n");
    expect(page, "\nmcp_sessions 2\n");
    expect(page, "\nmcp_worker_queue 0\n");
    expect(page, "\nmcp_connections ");
    expect(page, "\nmcp_connections_refused_total{cause=\"address\"} 0\n");
    expect(page, info);
    expect(page, "\r\n\r\n");
    check_grammar(strstr(page, "\r\n\r\n") + 4);
    free(page);
    assert_int_equal(process_stop(server, SIGTERM, NULL), 0);
}

static void the_product_server_counts(void **state) {
    (void)state;
    struct process server = start_product(&harness, 0);
    check_counts(&server, "\nmcp_build_info{name=\"Product Metadata MCP\",version=\"");
}

static void the_database_server_counts(void **state) {
    (void)state;
    struct process server = start_database(&harness, 0);
    check_counts(&server, "\nmcp_build_info{name=\"");
}

static void with_tokens_it_is_not_for_everyone(void **state) {
    (void)state;
    char tokens[160];
    (void)snprintf(tokens, sizeof tokens, "%s/tokens", harness.dir);
    FILE *file = fopen(tokens, "w");
    assert_non_null(file);
    assert_true(fputs("ci:0123456789abcdef\n", file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(tokens, 0600), 0);
    const char *const arguments[] = {"--host", "127.0.0.1",    "--port", "0", "--metadata-path",
                                     metadata, "--token-file", tokens,   NULL};
    struct process server = process_start(&harness, "mcp-product-metadata", arguments);
    char *refused = talk_exchange(server.port, "GET /metrics HTTP/1.1", "", NULL);
    char *shown = talk_exchange(server.port, "GET /metrics HTTP/1.1" BEARER, "", NULL);
    expect(refused, "HTTP/1.1 401");
    assert_null(strstr(refused, "mcp_"));
    expect(shown, "HTTP/1.1 200");
    expect(shown, "\nmcp_sessions 0\n");
    free(refused);
    free(shown);
    assert_int_equal(process_stop(&server, SIGTERM, NULL), 0);
    assert_int_equal(unlink(tokens), 0);
}

static int open_all(void **state) {
    (void)state;
    (void)signal(SIGPIPE, SIG_IGN);
    harness_open(&harness);
    return 0;
}

static int close_all(void **state) {
    (void)state;
    harness_close(&harness);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_product_server_counts),
        cmocka_unit_test(the_database_server_counts),
        cmocka_unit_test(with_tokens_it_is_not_for_everyone),
    };
    return cmocka_run_group_tests_name("integration.metrics", tests, open_all, close_all);
}
