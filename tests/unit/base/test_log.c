/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "mcp/alloc.h"
#include "mcp/clock.h"
#include "mcp/log.h"

static char seen[MCP_LOG_MAX_LINE_BYTES + 1];
static size_t seen_count;
static enum mcp_log_level seen_level;

static void remember(enum mcp_log_level level, const char *line, void *user) {
    (void)user;
    (void)snprintf(seen, sizeof seen, "%s", line);
    seen_level = level;
    seen_count++;
}

static uint64_t zero_monotonic(void *user) {
    (void)user;
    return 0;
}

static int64_t fixed_wall(void *user) {
    (void)user;
    return 123;
}

static int set_up(void **state) {
    (void)state;
    static const struct mcp_clock clock = {zero_monotonic, fixed_wall, NULL};
    mcp_clock_install(&clock);
    mcp_log_set_sink(remember, NULL);
    mcp_log_set_level(MCP_LOG_DEBUG);
    seen[0] = '\0';
    seen_count = 0;
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    (void)mcp_log_hide(NULL);
    mcp_log_set_sink(NULL, NULL);
    mcp_log_set_level(MCP_LOG_INFO);
    mcp_clock_install(NULL);
    return 0;
}

#define PREFIX "1970-01-01T00:00:00.123Z INFO a.b "

static void line_has_time_level_and_area(void **state) {
    (void)state;
    MCP_LOG(INFO, "a.b", "key=%s n=%d", "v", 7);
    assert_string_equal(seen, PREFIX "key=v n=7");
    assert_int_equal(seen_level, MCP_LOG_INFO);
    MCP_LOG(ERROR, "x", "%s", "");
    assert_string_equal(seen, "1970-01-01T00:00:00.123Z ERROR x ");
}

static void level_decides(void **state) {
    (void)state;
    mcp_log_set_level(MCP_LOG_WARN);
    MCP_LOG(INFO, "a", "no");
    mcp_log_write(MCP_LOG_DEBUG, "a", "no");
    assert_int_equal(seen_count, 0);
    MCP_LOG(WARN, "a", "yes");
    MCP_LOG(ERROR, "a", "yes");
    assert_int_equal(seen_count, 2);
    mcp_log_set_level(MCP_LOG_OFF);
    MCP_LOG(ERROR, "a", "no");
    mcp_log_write(MCP_LOG_OFF, "a", "no");
    assert_int_equal(seen_count, 2);
    assert_false(mcp_log_enabled(MCP_LOG_OFF));
}

static void level_names(void **state) {
    (void)state;
    static const struct {
        const char *text;
        enum mcp_log_level level;
    } good[] = {{"debug", MCP_LOG_DEBUG},  {"INFO", MCP_LOG_INFO},   {"Warn", MCP_LOG_WARN},
                {"warning", MCP_LOG_WARN}, {"error", MCP_LOG_ERROR}, {"CRITICAL", MCP_LOG_ERROR},
                {"off", MCP_LOG_OFF}};
    for (size_t i = 0; i < MCP_COUNT(good); i++) {
        enum mcp_log_level level = MCP_LOG_OFF;
        assert_true(mcp_log_level_parse(good[i].text, &level));
        assert_int_equal(level, good[i].level);
    }
    enum mcp_log_level level = MCP_LOG_WARN;
    assert_false(mcp_log_level_parse("loud", &level));
    assert_false(mcp_log_level_parse("", &level));
    assert_false(mcp_log_level_parse(NULL, &level));
    assert_int_equal(level, MCP_LOG_WARN);
}

static void a_value_cannot_start_a_new_line(void **state) {
    (void)state;
    MCP_LOG(INFO, "a.b", "v=%s", "x\n1970 ERROR forged\x1b[31m\xff\xe2\x80\xa8");
    assert_string_equal(seen, PREFIX "v=x\\x0a1970 ERROR forged\\x1b[31m\\xff\\u2028");
}

static void secrets_are_hidden(void **state) {
    (void)state;
    assert_true(mcp_log_hide("s3cr3t"));
    assert_true(mcp_log_hide("s3cr3t"));
    assert_true(mcp_log_hide("s3cr3t-and-longer"));
    assert_true(mcp_log_hide(""));
    MCP_LOG(INFO, "a.b", "%s", "s3cr3t as3cr3tb s3cr3t-and-longer s3cr3 s3cr3t");
    assert_string_equal(seen, PREFIX "*** a***b *** s3cr3 ***");
    assert_true(mcp_log_hide(NULL));
    MCP_LOG(INFO, "a.b", "%s", "s3cr3t");
    assert_string_equal(seen, PREFIX "s3cr3t");
}

static void secrets_with_odd_bytes_are_hidden(void **state) {
    (void)state;
    assert_true(mcp_log_hide("a\nb"));
    MCP_LOG(INFO, "a.b", "%s", "<a\nb>");
    assert_string_equal(seen, PREFIX "<***>");
}

static void too_many_secrets_are_refused(void **state) {
    (void)state;
    char secret[32];
    for (int i = 1; i <= MCP_LOG_MAX_SECRETS + 1; i++) {
        (void)snprintf(secret, sizeof secret, "<secret-%d>", i);
        assert_int_equal(mcp_log_hide(secret), i <= MCP_LOG_MAX_SECRETS);
    }
    assert_true(mcp_log_hide("<secret-1>")); /* already there */
    MCP_LOG(INFO, "a.b", "%s", "<secret-64>");
    assert_string_equal(seen, PREFIX "***");
}

static void a_secret_that_cannot_be_kept_is_said(void **state) {
    (void)state;
    mcp_alloc_budget_begin(0);
    bool is_hidden = mcp_log_hide("secret");
    mcp_alloc_budget_end();
    assert_false(is_hidden);
}

/* The text that fills a line exactly, and what happens one byte later. */
static void long_line_is_cut_and_says_so(void **state) {
    (void)state;
    enum { MARK = sizeof "... (truncated)" - 1 };
    size_t room = MCP_LOG_MAX_LINE_BYTES - 1 - MARK - strlen(PREFIX);
    static char text[3 * MCP_LOG_MAX_LINE_BYTES];
    for (size_t len = room - 1; len <= room + 1; len++) {
        memset(text, 'x', len);
        text[len] = '\0';
        MCP_LOG(INFO, "a.b", "%s", text);
        bool is_whole = len <= room;
        assert_int_equal(strlen(seen), strlen(PREFIX) + (is_whole ? len : room + MARK));
        assert_int_equal(strstr(seen, "... (truncated)") == NULL, is_whole);
    }
    memset(text, 'x', sizeof text - 1);
    MCP_LOG(INFO, "a.b", "%s", text);
    assert_int_equal(strlen(seen), MCP_LOG_MAX_LINE_BYTES - 1);
}

static void cut_falls_between_code_points(void **state) {
    (void)state;
    static char text[3 * MCP_LOG_MAX_LINE_BYTES];
    for (size_t i = 0; i < 1000; i++)
        memcpy(text + 3 * i, "\xe2\x82\xac", 4);
    for (int shift = 0; shift < 3; shift++) {
        MCP_LOG(INFO, "a.b", "%*s%s", shift, "", text);
        const char *mark = strstr(seen, "... (truncated)");
        assert_non_null(mark);
        assert_memory_equal(mark - 3, "\xe2\x82\xac", 3);
    }
}

/* Text longer than is formatted: the secret that straddles the end must not show its first half. */
static void half_a_secret_is_hidden_too(void **state) {
    (void)state;
    enum { RAW = 2 * MCP_LOG_MAX_LINE_BYTES };
    static char text[RAW + 100];
    char secret[1001];
    memset(secret, 's', 1000);
    secret[1000] = '\0';
    assert_true(mcp_log_hide(secret));
    memset(text, 's', sizeof text - 1); /* four whole secrets, then the half of one */
    MCP_LOG(INFO, "a.b", "%s", text);
    assert_string_equal(seen, PREFIX "***************... (truncated)");
}

static void errno_is_kept(void **state) {
    (void)state;
    errno = ENOENT;
    MCP_LOG(INFO, "a", "x");
    assert_int_equal(errno, ENOENT);
}

static void *write_many(void *user) {
    (void)user;
    for (int i = 0; i < 200; i++)
        MCP_LOG(INFO, "thread", "%s", "abcdefghijklmnopqrstuvwxyz");
    return NULL;
}

/* What `body` writes to the standard error goes to a file, whose content is given back. */
static size_t capture(void (*body)(void), char *out, size_t size) {
    FILE *file = tmpfile();
    assert_non_null(file);
    int saved = dup(STDERR_FILENO);
    assert_true(dup2(fileno(file), STDERR_FILENO) >= 0);
    mcp_log_set_sink(NULL, NULL);
    body();
    assert_true(dup2(saved, STDERR_FILENO) >= 0);
    (void)close(saved);
    rewind(file);
    size_t len = fread(out, 1, size - 1, file);
    out[len] = '\0';
    (void)fclose(file);
    return len;
}

static void four_threads(void) {
    pthread_t threads[4];
    for (size_t i = 0; i < MCP_COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_many, NULL), 0);
    for (size_t i = 0; i < MCP_COUNT(threads); i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
}

static void lines_of_threads_do_not_mix(void **state) {
    (void)state;
    static const char line[] = "1970-01-01T00:00:00.123Z INFO thread abcdefghijklmnopqrstuvwxyz\n";
    static char text[100000];
    size_t len = capture(four_threads, text, sizeof text);
    assert_int_equal(len, 800 * (sizeof line - 1));
    for (size_t at = 0; at < len; at += sizeof line - 1)
        assert_memory_equal(text + at, line, sizeof line - 1);
}

static void longest_line(void) {
    MCP_LOG(INFO, "a", "%5000d", 1);
}

static void a_cut_line_still_ends(void **state) {
    (void)state;
    static char text[10000];
    size_t len = capture(longest_line, text, sizeof text);
    assert_int_equal(len, MCP_LOG_MAX_LINE_BYTES);
    assert_string_equal(text + len - 16, "... (truncated)\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(line_has_time_level_and_area),
        TEST(level_decides),
        TEST(level_names),
        TEST(a_value_cannot_start_a_new_line),
        TEST(secrets_are_hidden),
        TEST(secrets_with_odd_bytes_are_hidden),
        TEST(too_many_secrets_are_refused),
        TEST(a_secret_that_cannot_be_kept_is_said),
        TEST(long_line_is_cut_and_says_so),
        TEST(cut_falls_between_code_points),
        TEST(half_a_secret_is_hidden_too),
        TEST(errno_is_kept),
        TEST(lines_of_threads_do_not_mix),
        TEST(a_cut_line_still_ends),
    };
    return cmocka_run_group_tests_name("base.log", tests, NULL, NULL);
}
