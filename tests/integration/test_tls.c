/* SPDX-License-Identifier: MIT */
/* Both servers with TLS: asked by libcurl and by our own client, renewed by SIGHUP, and told what
 * is wrong with their files. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <curl/curl.h>

#include "certificates.h"
#include "talk.h"

static struct harness harness;
static const char *const programs[] = {"mcp-product-metadata", "mcp-database"};
enum { PROGRAMS = sizeof programs / sizeof programs[0], PATH_BYTES = 128 };

static const time_t day_s = 86400;
static struct certificate first;
static struct certificate second;
static struct certificate expired;
static char cert_path[PATH_BYTES];
static char key_path[PATH_BYTES];
static char second_path[PATH_BYTES]; /* the second certificate, for clients to trust */
static char first_path[PATH_BYTES];

static void put(const char *path, const char *text, mode_t mode) {
    (void)unlink(path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static void put_pair(const struct certificate *cert, const struct certificate *key) {
    put(cert_path, cert->cert, 0644);
    put(key_path, key->key, 0600);
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

static struct process start(const char *program) {
    const char *arguments[16] = {"--host",     "127.0.0.1", "--port",    "0",
                                 "--tls-cert", cert_path,   "--tls-key", key_path};
    if (strcmp(program, "mcp-database") == 0) {
        arguments[8] = "--database";
        arguments[9] = harness.database;
    }
    return process_start(&harness, program, arguments);
}

/* NOLINTNEXTLINE(readability-non-const-parameter): libcurl's type */
static size_t drop(char *bytes, size_t size, size_t count, void *user) {
    (void)bytes;
    (void)user;
    return size * count;
}

/* GET /health, trusting only the certificate in `trusted`. */
static CURLcode get(const char *scheme, int port, const char *trusted, long *out_status) {
    char url[64];
    CURL *easy = curl_easy_init();
    assert_non_null(easy);
    (void)snprintf(url, sizeof url, "%s://localhost:%d/health", scheme, port);
    assert_int_equal(curl_easy_setopt(easy, CURLOPT_URL, url), CURLE_OK);
    assert_int_equal(curl_easy_setopt(easy, CURLOPT_CAINFO, trusted), CURLE_OK);
    assert_int_equal(curl_easy_setopt(easy, CURLOPT_PROXY, ""), CURLE_OK);
    assert_int_equal(curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop), CURLE_OK);
    assert_int_equal(curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)PATIENCE_MS), CURLE_OK);
    CURLcode rc = curl_easy_perform(easy);
    *out_status = 0;
    (void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, out_status);
    curl_easy_cleanup(easy);
    return rc;
}

static bool serves(const struct process *process, const char *trusted) {
    long status = 0;
    return get("https", process->port, trusted, &status) == CURLE_OK && status == 200;
}

/* Our own client lists the tools, at /mcp or by the event stream of /sse. */
static void expect_tools(const struct process *process, const char *path) {
    char url[64];
    char output[65536];
    (void)snprintf(url, sizeof url, "https://127.0.0.1:%d%s", process->port, path);
    const char *const arguments[] = {"--cacert", first_path, url, "tools/list", NULL};
    assert_int_equal(process_run("mcp-call", arguments, output, sizeof output), 0);
    assert_non_null(strstr(output, "inputSchema"));
}

static void every_endpoint_is_served_by_https_alone(void **state) {
    (void)state;
    for (size_t i = 0; i < PROGRAMS; i++) {
        long status = 0;
        put_pair(&first, &first);
        struct process process = start(programs[i]);
        expect_log(&process, "listening on https://127.0.0.1:");
        assert_true(serves(&process, first_path));
        assert_false(serves(&process, second_path)); /* somebody else's */
        assert_int_not_equal(get("http", process.port, first_path, &status), CURLE_OK);
        assert_int_equal(status, 0);
        expect_tools(&process, "/mcp");
        expect_tools(&process, "/sse");
        assert_int_equal(process_stop(&process, SIGTERM, NULL), 0);
    }
}

static void hang_up(const struct process *process, const char *mark) {
    assert_int_equal(kill(process->pid, SIGHUP), 0);
    expect_log(process, mark);
}

static void sighup_renews_and_a_bad_pair_changes_nothing(void **state) {
    (void)state;
    for (size_t i = 0; i < PROGRAMS; i++) {
        put_pair(&first, &first);
        struct process process = start(programs[i]);
        put_pair(&first, &second);
        hang_up(&process, "event=certificate_not_renewed");
        expect_log(&process, "not that of the certificate");
        expect_log(&process, "serving=former");
        assert_true(serves(&process, first_path));

        put_pair(&second, &second);
        hang_up(&process, "event=certificate_renewed");
        uint64_t until = now_ms() + PATIENCE_MS;
        while (!serves(&process, second_path) && now_ms() < until)
            sleep_ms(5);
        assert_true(serves(&process, second_path));
        assert_false(serves(&process, first_path));

        put(key_path, second.key, 0640);
        hang_up(&process, "chmod 600");
        assert_true(serves(&process, second_path));
        assert_int_equal(process_stop(&process, SIGTERM, NULL), 0);
    }
}

static void a_changed_pair_is_noticed(void **state) {
    (void)state;
    put_pair(&first, &first);
    struct process process = start(programs[0]);
    put_pair(&second, &second);
    uint64_t until = now_ms() + PATIENCE_MS;
    while (!serves(&process, second_path) && now_ms() < until)
        sleep_ms(5);
    assert_true(serves(&process, second_path));
    assert_int_equal(process_stop(&process, SIGTERM, NULL), 0);
}

static void an_expired_certificate_is_served_with_a_warning(void **state) {
    (void)state;
    put_pair(&expired, &expired);
    struct process process = start(programs[0]);
    expect_log(&process, "WARN listen.tls event=certificate what=\"it expired on ");
    assert_int_equal(process_stop(&process, SIGTERM, NULL), 0);
}

static void expect_refused(const char *cert, const char *key, const char *where, const char *why) {
    char output[4096];
    const char *arguments[8] = {"--port", "0", "--tls-cert", cert};
    if (key != NULL) {
        arguments[4] = "--tls-key";
        arguments[5] = key;
    }
    assert_int_equal(process_run(programs[0], arguments, output, sizeof output), 2);
    if (strstr(output, where) == NULL || strstr(output, why) == NULL)
        fail_msg("neither \"%s\" nor \"%s\" in: %s", where, why, output);
}

static void what_is_wrong_with_a_file_is_said(void **state) {
    (void)state;
    static const char nowhere[] = "/nonexistent/cert.pem";
    char locked[4096];
    certificate_lock_key(&first, locked);
    put_pair(&first, &first);
    expect_refused(nowhere, key_path, nowhere, "");
    expect_refused(cert_path, nowhere, nowhere, "");
    expect_refused(cert_path, NULL, "", "--tls-key is missing");
    expect_refused(key_path, key_path, key_path, "no certificate in PEM form");
    expect_refused(second_path, key_path, key_path, "not that of the certificate");
    assert_int_equal(chmod(key_path, 0644), 0);
    expect_refused(cert_path, key_path, key_path, "chmod 600");
    put(key_path, locked, 0600);
    expect_refused(cert_path, key_path, key_path, "the key has a password");
}

static void place(char out[PATH_BYTES], const char *name) {
    (void)snprintf(out, PATH_BYTES, "%s/%s", harness.dir, name);
}

static int set_up(void **state) {
    (void)state;
    time_t now = time(NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
    certificate_make(&first, "first", now - day_s, now + 90 * day_s);
    certificate_make(&second, "second", now - day_s, now + 90 * day_s);
    certificate_make(&expired, "expired", now - 9 * day_s, now - day_s);
    harness_open(&harness);
    place(cert_path, "cert.pem");
    place(key_path, "key.pem");
    place(first_path, "first.pem");
    place(second_path, "second.pem");
    put(first_path, first.cert, 0644);
    put(second_path, second.cert, 0644);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    harness_close(&harness);
    curl_global_cleanup();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_endpoint_is_served_by_https_alone),
        cmocka_unit_test(sighup_renews_and_a_bad_pair_changes_nothing),
        cmocka_unit_test(a_changed_pair_is_noticed),
        cmocka_unit_test(an_expired_certificate_is_served_with_a_warning),
        cmocka_unit_test(what_is_wrong_with_a_file_is_said),
    };
    return cmocka_run_group_tests_name("integration.tls", tests, set_up, tear_down);
}
