/* SPDX-License-Identifier: MIT */
/* Finding programs, their environment, and how they are started. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dial/child_spawn.h"
#include "dial/command.h"
#include "dial_rig.h"
#include "mcp/alloc.h"
#include "torture.h"

static char directory[64];

static void make_file(const char *name, mode_t mode) {
    char path[160];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "#!/bin/sh\n", 10), 10);
    (void)close(fd);
    assert_int_equal(chmod(path, mode), 0);
}

static int make_directory(void **state) {
    (void)state;
    (void)snprintf(directory, sizeof directory, "/tmp/mcp-command-XXXXXX");
    if (mkdtemp(directory) == NULL)
        return -1;
    make_file("good", 0755);
    make_file("plain", 0644);
    make_file("open", 0757);
    char path[160];
    (void)snprintf(path, sizeof path, "%s/folder", directory);
    (void)mkdir(path, 0755);
    (void)snprintf(path, sizeof path, "relative:%s:/usr/bin:/bin", directory);
    return setenv("PATH", path, 1); /* NOLINT(concurrency-mt-unsafe) */
}

static int remove_directory(void **state) {
    static const char *const names[] = {"good", "plain", "open"};
    char path[160];
    (void)state;
    for (size_t i = 0; i < MCP_COUNT(names); i++) {
        (void)snprintf(path, sizeof path, "%s/%s", directory, names[i]);
        (void)unlink(path);
    }
    (void)snprintf(path, sizeof path, "%s/folder", directory);
    (void)rmdir(path);
    return rmdir(directory);
}

static void expect_found(const char *name) {
    char want[160];
    char *path = NULL;
    (void)snprintf(want, sizeof want, "%s/good", directory);
    assert_int_equal(mcp_command_find(name, &path, NULL), MCP_OK);
    assert_string_equal(path, want);
    mcp_free(path);
}

static void expect_refused(const char *name, enum mcp_code code, const char *what) {
    struct mcp_err err = {0};
    char *path = NULL;
    assert_int_equal(mcp_command_find(name, &path, &err), code);
    assert_non_null(strstr(err.what, what));
    assert_non_null(strstr(err.where, "command \""));
    assert_null(path);
}

static void a_name_is_searched_in_path(void **state) {
    (void)state;
    expect_found("good");
}

static void an_absolute_path_is_taken_as_it_is(void **state) {
    (void)state;
    char path[160];
    (void)snprintf(path, sizeof path, "%s/good", directory);
    expect_found(path);
}

static void what_is_refused(void **state) {
    (void)state;
    char path[160];
    expect_refused("", MCP_E_INVALID, "empty");
    expect_refused("./good", MCP_E_INVALID, "absolute");
    expect_refused("bin/good", MCP_E_INVALID, "absolute");
    expect_refused("no-such-program", MCP_E_NOT_FOUND, "PATH");
    expect_refused("plain", MCP_E_NOT_FOUND, "PATH"); /* passed over, as by a shell */
    (void)snprintf(path, sizeof path, "%s/nothing", directory);
    expect_refused(path, MCP_E_NOT_FOUND, "No such file");
    (void)snprintf(path, sizeof path, "%s/good/below", directory);
    expect_refused(path, MCP_E_NOT_FOUND, "Not a directory");
    (void)snprintf(path, sizeof path, "%s/folder", directory);
    expect_refused(path, MCP_E_DENIED, "regular file");
    (void)snprintf(path, sizeof path, "%s/plain", directory);
    expect_refused(path, MCP_E_DENIED, "not executable");
    (void)snprintf(path, sizeof path, "%s/open", directory);
    expect_refused(path, MCP_E_DENIED, "chmod o-w");
}

static bool has_entry(char *const *env, const char *entry) {
    for (size_t i = 0; env[i] != NULL; i++)
        if (strcmp(env[i], entry) == 0)
            return true;
    return false;
}

static size_t count_name(char *const *env, const char *name) {
    size_t count = 0;
    for (size_t i = 0; env[i] != NULL; i++)
        count += strncmp(env[i], name, strlen(name)) == 0 && env[i][strlen(name)] == '=';
    return count;
}

static void six_names_and_what_is_added(void **state) {
    (void)state;
    static char home[] = "HOME=/else";
    static char more[] = "TOKEN=a=b";
    char *const added[] = {home, more, NULL};
    char **env = NULL;
    (void)setenv("SECRET_OF_OURS", "x", 1); /* NOLINT(concurrency-mt-unsafe) */
    (void)setenv("HOME", "/home/us", 1);    /* NOLINT(concurrency-mt-unsafe) */
    (void)setenv("USER", "us", 1);          /* NOLINT(concurrency-mt-unsafe) */
    assert_int_equal(mcp_command_env(added, &env, NULL), MCP_OK);
    assert_true(has_entry(env, "HOME=/else"));
    assert_true(has_entry(env, "TOKEN=a=b"));
    assert_true(has_entry(env, "USER=us"));
    assert_int_equal(count_name(env, "HOME"), 1);
    assert_int_equal(count_name(env, "PATH"), 1);
    assert_int_equal(count_name(env, "SECRET_OF_OURS"), 0);
    mcp_command_env_free(env);
    assert_int_equal(mcp_command_env(NULL, &env, NULL), MCP_OK);
    assert_true(has_entry(env, "HOME=/home/us"));
    mcp_command_env_free(env);
    mcp_command_env_free(NULL);
}

static enum mcp_code build_env(void *user, struct mcp_err *err) {
    static char more[] = "TOKEN=a=b";
    char *const added[] = {more, NULL};
    char **env = NULL;
    char *path = NULL;
    (void)user;
    MCP_TRY(mcp_command_env(added, &env, err));
    mcp_command_env_free(env);
    MCP_TRY(mcp_command_find("good", &path, err));
    mcp_free(path);
    return MCP_OK;
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    torture_run(build_env, NULL);
}

/* --- starting --------------------------------------------------------------------------------- */

/* All a program writes to its stdout. */
static void run_program(char *const *argv, char *const *env, char *out, size_t out_bytes) {
    struct mcp_spawned spawned;
    size_t used = 0;
    int status = 0;
    assert_int_equal(mcp_child_spawn(argv[0], argv, env, &spawned, NULL), MCP_OK);
    (void)close(spawned.in);
    for (;;) {
        ssize_t got = read(spawned.out, out + used, out_bytes - 1 - used);
        if (got > 0)
            used += (size_t)got;
        else if (got == 0 || errno != EAGAIN)
            break;
        else
            script_sleep_ms(2);
    }
    out[used] = '\0';
    (void)close(spawned.out);
    (void)close(spawned.errors);
    assert_int_equal(waitpid(spawned.pid, &status, 0), spawned.pid);
    assert_int_equal(status, 0);
}

static char shell[] = "/bin/sh";
static char dash_c[] = "-c";
static char *const no_env[] = {NULL};

static void arguments_arrive_byte_for_byte(void **state) {
    (void)state;
    static char script[] = "for a in \"$@\"; do printf '<%s>' \"$a\"; done";
    static char zero[] = "zero";
    static char a[] = "; rm -rf $(x) `y` | & > \"'\\";
    static char b[] = "-leading";
    static char c[] = "two\nlines and spaces ";
    static char d[] = "";
    char *const argv[] = {shell, dash_c, script, zero, a, b, c, d, NULL};
    char out[1024];
    run_program(argv, no_env, out, sizeof out);
    assert_string_equal(out, "<; rm -rf $(x) `y` | & > \"'\\><-leading><two\nlines and spaces ><>");
}

/* Descriptors of ours that forgot to be close-on-exec. */
static void a_child_has_three_descriptors(void **state) {
    (void)state;
    static char list[] = "/bin/ls";
    static char where[] = "/proc/self/fd";
    char *const argv[] = {list, where, NULL};
    char out[1024];
    int leaky[8];
    for (size_t i = 0; i < MCP_COUNT(leaky); i++)
        leaky[i] = dup2(STDERR_FILENO, 40 + (int)i);
    run_program(argv, no_env, out, sizeof out);
    for (size_t i = 0; i < MCP_COUNT(leaky); i++)
        (void)close(leaky[i]);
    assert_string_equal(out, "0\n1\n2\n3\n"); /* 3 is the directory being listed */
}

static void a_child_leads_a_session_and_takes_signals(void **state) {
    (void)state;
    static char script[] = "grep -E '^Sig(Blk|Ign):' /proc/self/status; "
                           "read -r pid comm state ppid pgrp session rest < /proc/$$/stat; "
                           "test $pid = $pgrp && test $pid = $session && echo leader";
    static char path[] = "PATH=/usr/bin:/bin";
    char *const env[] = {path, NULL};
    char *const argv[] = {shell, dash_c, script, NULL};
    char out[1024];
    run_program(argv, env, out, sizeof out);
    assert_string_equal(out, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\nleader\n");
}

static void what_cannot_run_says_why(void **state) {
    (void)state;
    char path[160];
    struct mcp_spawned spawned;
    struct mcp_err err = {0};
    char *const argv[] = {path, NULL};
    (void)snprintf(path, sizeof path, "%s/plain", directory);
    assert_int_equal(mcp_child_spawn(path, argv, no_env, &spawned, &err), MCP_E_IO);
    assert_int_equal(err.os_errno, EACCES);
    assert_non_null(strstr(err.what, "does not start"));
}

/* With 0, 1 and 2 closed, the pipes must not land there. */
static void works_without_standard_descriptors(void **state) {
    (void)state;
    static char script[] = "echo out; echo err >&2; cat";
    static char path[] = "PATH=/usr/bin:/bin";
    char *const env[] = {path, NULL};
    char *const argv[] = {shell, dash_c, script, NULL};
    char out[64];
    int kept[3];
    for (int fd = 0; fd < 3; fd++) {
        kept[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 10);
        (void)close(fd);
    }
    run_program(argv, env, out, sizeof out);
    for (int fd = 0; fd < 3; fd++) {
        (void)dup2(kept[fd], fd);
        (void)close(kept[fd]);
    }
    assert_string_equal(out, "out\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_searched_in_path),
        cmocka_unit_test(an_absolute_path_is_taken_as_it_is),
        cmocka_unit_test(what_is_refused),
        cmocka_unit_test(six_names_and_what_is_added),
        cmocka_unit_test(survives_any_refused_allocation),
        cmocka_unit_test_setup_teardown(arguments_arrive_byte_for_byte, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(a_child_has_three_descriptors, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(a_child_leads_a_session_and_takes_signals, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_run_says_why, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(works_without_standard_descriptors, rig_set_up,
                                        rig_tear_down),
    };
    return cmocka_run_group_tests_name("dial.command", tests, make_directory, remove_directory);
}
