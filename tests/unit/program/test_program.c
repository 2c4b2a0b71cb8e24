/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "captured.h"
#include "mcp/clock.h"
#include "program/program.h"

#define W(text) ((char[]){text}) /* a word as main gets it: writable */

static const char settings[] =
    "{\"properties\": {\"port\": {\"type\": \"integer\", \"default\": 1, \"maximum\": 65535,"
    " \"x-option\": \"--port\", \"x-env\": \"MCP_TEST_PROGRAM_PORT\","
    " \"description\": \"Port.\"}}}";

static char directory[] = "/tmp/mcp-program-XXXXXX";
static char former_directory[4096];

static int enter_directory(void **state) {
    (void)state;
    if (getcwd(former_directory, sizeof former_directory) == NULL || mkdtemp(directory) == NULL)
        return -1;
    return chdir(directory);
}

static int leave_directory(void **state) {
    (void)state;
    (void)unlink(".env");
    (void)unlink("file");
    return chdir(former_directory) == 0 ? rmdir(directory) : -1;
}

static void put(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static json_int_t port(int argc, char **argv, struct mcp_err *err) {
    json_auto_t *schema = json_loads(settings, 0, NULL);
    json_auto_t *values = NULL;
    *err = (struct mcp_err){0};
    if (mcp_program_settings(schema, argc, argv, &values, NULL, err) != MCP_OK)
        return -1;
    return json_integer_value(json_object_get(values, "port"));
}

static void settings_come_from_all_four_places(void **state) {
    (void)state;
    struct mcp_err err = {0};
    char *words[] = {W("--port"), W("4")};
    assert_int_equal(port(0, NULL, &err), 1);
    put(".env", "MCP_TEST_PROGRAM_PORT=2\n");
    assert_int_equal(port(0, NULL, &err), 2);
    char *variables[] = {W("MCP_TEST_PROGRAM_PORT=3"), NULL};
    char **former = environ;
    environ = variables;
    assert_int_equal(port(0, NULL, &err), 3);
    assert_int_equal(port(2, words, &err), 4);
    environ = former;
    assert_int_equal(unlink(".env"), 0);
}

static void a_directory_called_dotenv_is_no_settings(void **state) {
    (void)state;
    struct mcp_err err = {0};
    assert_int_equal(mkdir(".env", 0700), 0);
    assert_int_equal(port(0, NULL, &err), 1);
    assert_int_equal(rmdir(".env"), 0);
}

static void a_dotenv_that_cannot_be_read_is_an_error(void **state) {
    (void)state;
    struct mcp_err err = {0};
    assert_int_equal(symlink(".env", ".env"), 0);
    assert_int_equal(port(0, NULL, &err), -1);
    assert_int_equal(err.code, MCP_E_IO);
    assert_string_equal(err.where, ".env");
    assert_int_equal(unlink(".env"), 0);
    put(".env", "what\n");
    assert_int_equal(port(0, NULL, &err), -1);
    assert_string_equal(err.where, ".env line 1");
    assert_int_equal(unlink(".env"), 0);
}

static void wishes_are_found_before_the_dashes(void **state) {
    (void)state;
    char *words[] = {W("--port"), W("1"), W("--help"), W("-V")};
    char *brief[] = {W("-h")};
    char *version[] = {W("x"), W("--version"), W("-h")};
    char *brief_version[] = {W("-V")};
    char *late[] = {W("--"), W("--help")};
    assert_int_equal(mcp_program_wish(4, words), MCP_WISH_HELP);
    assert_int_equal(mcp_program_wish(1, brief), MCP_WISH_HELP);
    assert_int_equal(mcp_program_wish(3, version), MCP_WISH_VERSION);
    assert_int_equal(mcp_program_wish(1, brief_version), MCP_WISH_VERSION);
    assert_int_equal(mcp_program_wish(2, late), MCP_WISH_WORK);
    assert_int_equal(mcp_program_wish(0, NULL), MCP_WISH_WORK);
}

static int complain(void *user) {
    (void)user;
    struct mcp_err err = {
        .code = MCP_E_INVALID, .where = "command line", .what = "--port is \"\033[1m\""};
    return mcp_program_complain("mcp-x", &err, MCP_EXIT_USAGE);
}

static int complain_without_place(void *user) {
    (void)user;
    struct mcp_err err = {.code = MCP_E_NOMEM, .what = "out of memory"};
    return mcp_program_complain("mcp-x", &err, MCP_EXIT_FAILURE);
}

static void a_complaint_is_one_plain_line(void **state) {
    (void)state;
    char text[512];
    int result = captured(STDERR_FILENO, complain, NULL, text, sizeof text);
    assert_string_equal(text, "mcp-x: command line: --port is \"\\x1b[1m\"\n");
    assert_int_equal(result, MCP_EXIT_USAGE);
    result = captured(STDERR_FILENO, complain_without_place, NULL, text, sizeof text);
    assert_string_equal(text, "mcp-x: out of memory\n");
    assert_int_equal(result, MCP_EXIT_FAILURE);
}

static int help(void *user) {
    (void)user;
    json_auto_t *schema = json_loads(settings, 0, NULL);
    return mcp_program_help("usage: x\n\n", schema);
}

static int help_without_options(void *user) {
    (void)user;
    return mcp_program_help("usage: x\n", NULL);
}

static int help_into_nothing(void *user) {
    (void)user;
    int former = dup(STDOUT_FILENO);
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    (void)dup2(full, STDOUT_FILENO);
    int result = help_without_options(NULL);
    (void)dup2(former, STDOUT_FILENO);
    (void)close(full);
    (void)close(former);
    return result;
}

static void help_is_the_usage_and_the_options(void **state) {
    (void)state;
    char text[512];
    assert_int_equal(captured(STDOUT_FILENO, help, NULL, text, sizeof text), MCP_EXIT_OK);
    assert_string_equal(text, "usage: x\n\n  --port VALUE            Port. "
                              "[MCP_TEST_PROGRAM_PORT, default 1]\n");
    assert_int_equal(captured(STDOUT_FILENO, help_without_options, NULL, text, sizeof text),
                     MCP_EXIT_OK);
    assert_string_equal(text, "usage: x\n");
    assert_int_equal(help_into_nothing(NULL), MCP_EXIT_FAILURE);
}

struct reloads {
    int count;
    int signal_after; /* sent to ourselves from the last reload; 0: quit */
    int until;
};

static void count_reload(void *user) {
    struct reloads *reloads = user;
    if (++reloads->count < reloads->until)
        (void)kill(getpid(), SIGHUP);
    else if (reloads->signal_after != 0)
        (void)kill(getpid(), reloads->signal_after);
    else
        mcp_program_quit();
}

static void quit_ends_the_wait_also_before_it(void **state) {
    (void)state;
    mcp_program_prepare();
    mcp_program_quit();
    assert_int_equal(mcp_program_wait(NULL), 0);
}

static void stop_signals_end_the_wait(void **state) {
    (void)state;
    static const int numbers[] = {SIGTERM, SIGINT};
    for (size_t i = 0; i < MCP_COUNT(numbers); i++) {
        mcp_program_prepare();
        assert_int_equal(kill(getpid(), numbers[i]), 0);
        assert_int_equal(mcp_program_wait(NULL), numbers[i]);
    }
}

static void hangup_reloads(void **state) {
    (void)state;
    struct reloads reloads = {.until = 3, .signal_after = SIGTERM};
    struct mcp_program_watch watch = {.on_reload = count_reload, .user = &reloads};
    mcp_program_prepare();
    assert_int_equal(kill(getpid(), SIGHUP), 0);
    assert_int_equal(mcp_program_wait(&watch), SIGTERM);
    assert_int_equal(reloads.count, 3);
}

static void hangup_without_anything_to_reload_is_ignored(void **state) {
    (void)state;
    mcp_program_prepare();
    assert_int_equal(kill(getpid(), SIGHUP), 0);
    assert_int_equal(kill(getpid(), SIGTERM), 0);
    assert_int_equal(mcp_program_wait(NULL), SIGTERM);
}

/* A second passes between any two looks at this clock, and the file changes at the first. */
static uint64_t hurried_ms(void *user) {
    static uint64_t now_ms;
    int *looks = user;
    if (++*looks == 2)
        put("file", "22");
    return now_ms += 1000;
}

static int64_t no_wall_ms(void *user) {
    (void)user;
    return 0;
}

static void a_changed_file_reloads(void **state) {
    (void)state;
    int looks = 0;
    struct reloads reloads = {.until = 1};
    put("file", "1");
    mcp_program_prepare();
    mcp_clock_install(&(struct mcp_clock){hurried_ms, no_wall_ms, &looks});
    MCP_AUTO(mcp_file_watch_closep)
    struct mcp_file_watch *file = mcp_program_watch_file("file");
    const struct mcp_program_watch watch = {
        .on_reload = count_reload, .file = file, .user = &reloads};
    int number = mcp_program_wait(&watch);
    mcp_clock_install(NULL);
    assert_int_equal(number, 0);
    assert_int_equal(reloads.count, 1);
}

static uint64_t hurrying_ms(void *user) {
    (void)user;
    static uint64_t now_ms;
    return now_ms += 100;
}

static void quit_at_the_third(void *user) {
    int *ticks = user;
    if (++*ticks == 3)
        mcp_program_quit();
}

static void ticks_come_at_their_interval(void **state) {
    (void)state;
    int ticks = 0;
    const struct mcp_program_watch watch = {
        .on_tick = quit_at_the_third, .tick_ms = 1000, .user = &ticks};
    mcp_program_prepare();
    mcp_clock_install(&(struct mcp_clock){hurrying_ms, no_wall_ms, NULL});
    uint64_t began_ms = mcp_clock_now_ms();
    int number = mcp_program_wait(&watch);
    uint64_t took_ms = mcp_clock_now_ms() - began_ms;
    mcp_clock_install(NULL);
    assert_int_equal(number, 0);
    assert_int_equal(ticks, 3);
    assert_true(took_ms >= 2000 && took_ms < 5000); /* the first comes at the start */
}

/* Between the first load and the wait nothing is lost. */
static void a_file_that_changed_before_the_wait_reloads(void **state) {
    (void)state;
    struct reloads reloads = {.until = 1};
    put("file", "1");
    MCP_AUTO(mcp_file_watch_closep)
    struct mcp_file_watch *file = mcp_program_watch_file("file");
    struct mcp_program_watch watch = {.on_reload = count_reload, .file = file, .user = &reloads};
    put("file", "22");
    mcp_program_prepare();
    assert_int_equal(mcp_program_wait(&watch), 0);
    assert_int_equal(reloads.count, 1);
}

static void a_path_that_cannot_be_watched_leaves_hangup(void **state) {
    (void)state;
    struct reloads reloads = {.until = 1};
    MCP_AUTO(mcp_file_watch_closep) struct mcp_file_watch *none = mcp_program_watch_file("");
    struct mcp_program_watch watch = {.on_reload = count_reload, .file = none, .user = &reloads};
    assert_null(none);
    mcp_program_prepare();
    assert_int_equal(kill(getpid(), SIGHUP), 0);
    assert_int_equal(mcp_program_wait(&watch), 0);
    assert_int_equal(reloads.count, 1);
}

static void without_descriptors_the_wait_says_so(void **state) {
    (void)state;
    struct rlimit former;
    mcp_program_prepare();
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &former), 0);
    struct rlimit none = {0, former.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    int number = mcp_program_wait(NULL);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &former), 0);
    assert_int_equal(number, -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_come_from_all_four_places),
        cmocka_unit_test(a_directory_called_dotenv_is_no_settings),
        cmocka_unit_test(a_dotenv_that_cannot_be_read_is_an_error),
        cmocka_unit_test(wishes_are_found_before_the_dashes),
        cmocka_unit_test(a_complaint_is_one_plain_line),
        cmocka_unit_test(help_is_the_usage_and_the_options),
        cmocka_unit_test(quit_ends_the_wait_also_before_it),
        cmocka_unit_test(stop_signals_end_the_wait),
        cmocka_unit_test(hangup_reloads),
        cmocka_unit_test(hangup_without_anything_to_reload_is_ignored),
        cmocka_unit_test(a_changed_file_reloads),
        cmocka_unit_test(ticks_come_at_their_interval),
        cmocka_unit_test(a_file_that_changed_before_the_wait_reloads),
        cmocka_unit_test(a_path_that_cannot_be_watched_leaves_hangup),
        cmocka_unit_test(without_descriptors_the_wait_says_so),
    };
    return cmocka_run_group_tests_name("program.program", tests, enter_directory, leave_directory);
}
