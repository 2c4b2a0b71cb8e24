/* SPDX-License-Identifier: MIT */
/* Our client behind the proxy of its environment. "server.test" is a name that only the proxy
 * knows. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "certificates.h"
#include "talk.h"
#include "tiny_proxy.h"

static struct harness harness;
static char cert_path[128];
static char key_path[128];

static const char *const variables[] = {"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY",
                                        "all_proxy",  "ALL_PROXY",  "no_proxy",    "NO_PROXY"};

static int forget_variables(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++)
        (void)unsetenv(variables[i]); /* NOLINT(concurrency-mt-unsafe): one thread */
    return 0;
}

static void set(const char *name, const char *value) {
    assert_int_equal(setenv(name, value, 1), 0); /* NOLINT(concurrency-mt-unsafe): one thread */
}

static void set_proxy(const char *name, const char *before, int port) {
    char value[128];
    (void)snprintf(value, sizeof value, "%s127.0.0.1:%d", before, port);
    set(name, value);
}

static struct process start_plain(void) {
    const char *const arguments[] = {"--host",         "127.0.0.1",   "--port", "0",
                                     "--allowed-host", "server.test", NULL};
    return process_start(&harness, "mcp-product-metadata", arguments);
}

static struct process start_tls(void) {
    const char *const arguments[] = {"--host",         "127.0.0.1",   "--port",    "0",
                                     "--tls-cert",     cert_path,     "--tls-key", key_path,
                                     "--allowed-host", "server.test", NULL};
    return process_start(&harness, "mcp-product-metadata", arguments);
}

static int ask(const char *scheme, const char *host, int port, char out[65536]) {
    char url[128];
    (void)snprintf(url, sizeof url, "%s://%s:%d/mcp", scheme, host, port);
    const char *const arguments[] = {
        "--cacert", cert_path, "--header", "X-Secret: of the server", url, "tools/list", NULL};
    return process_run("mcp-call", arguments, out, 65536);
}

static void expect_tools(const char *scheme, const char *host, int port) {
    char out[65536];
    int rc = ask(scheme, host, port, out);
    if (rc != 0)
        fail_msg("exit status %d: %.500s", rc, out);
    assert_non_null(strstr(out, "inputSchema"));
}

static void expect_failure(const char *scheme, const char *host, int port, const char *what) {
    char out[65536];
    assert_int_not_equal(ask(scheme, host, port, out), 0);
    if (strstr(out, what) == NULL)
        fail_msg("\"%s\" is not in: %.500s", what, out);
}

static void http_goes_through_in_absolute_form(void **state) {
    int port = 0;
    char line[128];
    (void)state;
    struct process server = start_plain();
    struct tiny_proxy *proxy = tiny_proxy_start(NULL, &port);
    set_proxy("http_proxy", "http://", port);
    expect_tools("http", "server.test", server.port);
    (void)snprintf(line, sizeof line, "POST http://server.test:%d/mcp HTTP/1.1\r\n", server.port);
    assert_true(tiny_proxy_count(proxy, line) > 0);
    tiny_proxy_stop(proxy);
    assert_int_equal(process_stop(&server, SIGTERM, NULL), 0);
}

/* The proxy is told where to and who asks for it, and nothing that is for the server. */
static void https_goes_through_a_tunnel(void **state) {
    int port = 0;
    char line[128];
    (void)state;
    struct process server = start_tls();
    struct tiny_proxy *proxy = tiny_proxy_start(NULL, &port);
    set_proxy("HTTPS_PROXY", "http://user:word@", port);
    expect_tools("https", "server.test", server.port);
    (void)snprintf(line, sizeof line, "CONNECT server.test:%d HTTP/1.1\r\n", server.port);
    assert_true(tiny_proxy_count(proxy, line) > 0);
    assert_int_equal(tiny_proxy_count(proxy, "Proxy-Authorization: Basic dXNlcjp3b3Jk\r\n"),
                     tiny_proxy_count(proxy, ""));
    assert_int_equal(tiny_proxy_count(proxy, "X-Secret"), 0);
    assert_int_equal(tiny_proxy_count(proxy, "Mcp-"), 0);
    tiny_proxy_stop(proxy);
    assert_int_equal(process_stop(&server, SIGTERM, NULL), 0);
}

static void this_machine_is_reached_directly(void **state) {
    int port = 0;
    (void)state;
    struct process server = start_plain();
    struct tiny_proxy *proxy = tiny_proxy_start("403 No", &port);
    set_proxy("http_proxy", "http://", port);
    set_proxy("all_proxy", "http://", port);
    expect_tools("http", "127.0.0.1", server.port);
    expect_tools("http", "localhost", server.port);
    assert_int_equal(tiny_proxy_count(proxy, ""), 0);
    tiny_proxy_stop(proxy);
    assert_int_equal(process_stop(&server, SIGTERM, NULL), 0);
}

static void hosts_of_no_proxy_are_reached_directly(void **state) {
    int port = 0;
    (void)state;
    struct tiny_proxy *proxy = tiny_proxy_start(NULL, &port);
    set_proxy("all_proxy", "http://", port);
    set("no_proxy", "example.com,.test");
    expect_failure("http", "server.test", 9, "http://server.test:9: the host name is not known");
    assert_int_equal(tiny_proxy_count(proxy, ""), 0);
    tiny_proxy_stop(proxy);
}

static void http_proxy_in_upper_case_is_not_looked_at(void **state) {
    int port = 0;
    (void)state;
    struct tiny_proxy *proxy = tiny_proxy_start(NULL, &port);
    set_proxy("HTTP_PROXY", "http://", port);
    expect_failure("http", "server.test", 9, "the host name is not known");
    assert_int_equal(tiny_proxy_count(proxy, ""), 0);
    tiny_proxy_stop(proxy);
}

static void a_proxy_that_refuses_is_named(void **state) {
    int port = 0;
    (void)state;
    struct tiny_proxy *proxy = tiny_proxy_start("407 Who are you", &port);
    set_proxy("all_proxy", "", port);
    expect_failure("https", "server.test", 9,
                   "through the proxy of the environment: the proxy does not reach the server: "
                   "CONNECT tunnel failed, response 407");
    expect_failure("http", "server.test", 9, "HTTP 407: the proxy wants credentials");
    tiny_proxy_stop(proxy);
    expect_failure("https", "server.test", 9,
                   "https://server.test:9 through the proxy of the environment: cannot connect");
}

static void what_is_no_proxy_is_told_without_its_text(void **state) {
    char out[65536];
    (void)state;
    set("https_proxy", "gopher://user:hunter2@p");
    assert_int_not_equal(ask("https", "server.test", 9, out), 0);
    assert_non_null(strstr(out, "the variable https_proxy is no URL of a proxy"));
    assert_null(strstr(out, "hunter2"));
}

static void put(const char *path, const char *text, mode_t mode) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static int set_up(void **state) {
    static struct certificate certificate;
    time_t now = time(NULL);
    (void)state;
    harness_open(&harness);
    certificate_make(&certificate, "proxied", now - 60, now + 86400);
    (void)snprintf(cert_path, sizeof cert_path, "%s/cert.pem", harness.dir);
    (void)snprintf(key_path, sizeof key_path, "%s/key.pem", harness.dir);
    put(cert_path, certificate.cert, 0644);
    put(key_path, certificate.key, 0600);
    return forget_variables(NULL);
}

static int tear_down(void **state) {
    (void)state;
    harness_close(&harness);
    return 0;
}

#define PROXY_TEST(name) cmocka_unit_test_teardown(name, forget_variables)

int main(void) {
    const struct CMUnitTest tests[] = {
        PROXY_TEST(http_goes_through_in_absolute_form),
        PROXY_TEST(https_goes_through_a_tunnel),
        PROXY_TEST(this_machine_is_reached_directly),
        PROXY_TEST(hosts_of_no_proxy_are_reached_directly),
        PROXY_TEST(http_proxy_in_upper_case_is_not_looked_at),
        PROXY_TEST(a_proxy_that_refuses_is_named),
        PROXY_TEST(what_is_no_proxy_is_told_without_its_text),
    };
    return cmocka_run_group_tests_name("integration.proxy", tests, set_up, tear_down);
}
