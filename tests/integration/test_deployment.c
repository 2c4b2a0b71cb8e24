/* SPDX-License-Identifier: MIT */
/* Both servers as they are deployed: secrets renewed by SIGHUP while they serve. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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
        cmocka_unit_test(sighup_renews_tokens_and_bad_ones_change_nothing),
    };
    return cmocka_run_group_tests_name("integration.deployment", tests, set_up, tear_down);
}
