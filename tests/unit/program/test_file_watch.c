/* SPDX-License-Identifier: MIT */
/* Time is an argument; inotify tells at once, so nothing here waits. */
#include <poll.h>
#include <setjmp.h>
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

#include "program/file_watch.h"
#include "torture.h"

struct scene {
    char dir[64];
    char path[128]; /* of the watched file */
    struct mcp_file_watch *watch;
    uint64_t now_ms;
};

static const char *in_dir(const struct scene *scene, const char *name) {
    static char paths[4][192];
    static unsigned next;
    char *path = paths[next++ % 4];
    (void)snprintf(path, sizeof paths[0], "%s/%s", scene->dir, name);
    return path;
}

static void put(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int set_up(void **state) {
    struct scene *scene = calloc(1, sizeof *scene);
    *state = scene;
    if (scene == NULL)
        return -1;
    (void)snprintf(scene->dir, sizeof scene->dir, "/tmp/mcp-watch-XXXXXX");
    if (mkdtemp(scene->dir) == NULL)
        return -1;
    (void)snprintf(scene->path, sizeof scene->path, "%s/file", scene->dir);
    scene->now_ms = 1000;
    return 0;
}

static int tear_down(void **state) {
    static const char *const names[] = {"file", "new", "a/file", "b/file", "data", "a", "b"};
    struct scene *scene = *state;
    mcp_file_watch_close(scene->watch);
    for (size_t i = 0; i < MCP_COUNT(names); i++)
        if (unlink(in_dir(scene, names[i])) != 0)
            (void)rmdir(in_dir(scene, names[i]));
    (void)rmdir(scene->dir);
    free(scene);
    return 0;
}

static void begin(struct scene *scene) {
    struct mcp_err err = {0};
    assert_int_equal(mcp_file_watch_open(scene->path, scene->now_ms, &scene->watch, &err), MCP_OK);
}

static bool is_readable(const struct scene *scene) {
    struct pollfd fd = {.fd = mcp_file_watch_fd(scene->watch), .events = POLLIN};
    return poll(&fd, 1, 0) == 1;
}

/* The descriptor speaks, nothing is told before the file has rested, then once. */
static void expect_told_once(struct scene *scene) {
    assert_true(is_readable(scene));
    assert_false(mcp_file_watch_check(scene->watch, scene->now_ms));
    assert_int_equal(mcp_file_watch_timeout_ms(scene->watch, scene->now_ms),
                     MCP_FILE_WATCH_QUIET_MS);
    scene->now_ms += MCP_FILE_WATCH_QUIET_MS - 1;
    assert_false(mcp_file_watch_check(scene->watch, scene->now_ms));
    assert_int_equal(mcp_file_watch_timeout_ms(scene->watch, scene->now_ms), 1);
    scene->now_ms += 1;
    assert_int_equal(mcp_file_watch_timeout_ms(scene->watch, scene->now_ms), 0);
    assert_true(mcp_file_watch_check(scene->watch, scene->now_ms));
    assert_false(mcp_file_watch_check(scene->watch, scene->now_ms));
    assert_false(is_readable(scene));
    assert_int_equal(mcp_file_watch_timeout_ms(scene->watch, scene->now_ms),
                     MCP_FILE_WATCH_INTERVAL_MS);
}

static void nothing_happens_nothing_is_told(void **state) {
    struct scene *scene = *state;
    put(scene->path, "1");
    begin(scene);
    for (int i = 0; i < 10; i++)
        assert_false(mcp_file_watch_check(scene->watch, scene->now_ms += 500));
}

static void a_rename_over_the_file_is_told(void **state) {
    struct scene *scene = *state;
    put(scene->path, "1");
    begin(scene);
    put(in_dir(scene, "new"), "22");
    assert_int_equal(rename(in_dir(scene, "new"), scene->path), 0);
    expect_told_once(scene);
    put(in_dir(scene, "new"), "333");
    assert_int_equal(rename(in_dir(scene, "new"), scene->path), 0);
    expect_told_once(scene);
}

static void a_rewrite_in_place_is_told(void **state) {
    struct scene *scene = *state;
    put(scene->path, "1");
    begin(scene);
    put(scene->path, "22");
    expect_told_once(scene);
}

static void another_file_in_the_directory_is_not_told(void **state) {
    struct scene *scene = *state;
    put(scene->path, "1");
    begin(scene);
    put(in_dir(scene, "new"), "22");
    assert_true(is_readable(scene));
    assert_false(mcp_file_watch_check(scene->watch, scene->now_ms));
    assert_false(mcp_file_watch_check(scene->watch, scene->now_ms += 5000));
}

static void link_to(const struct scene *scene, const char *target, const char *name) {
    assert_int_equal(symlink(target, in_dir(scene, "new")), 0);
    assert_int_equal(rename(in_dir(scene, "new"), in_dir(scene, name)), 0);
}

static void two_versions(const struct scene *scene) {
    assert_int_equal(mkdir(in_dir(scene, "a"), 0700), 0);
    assert_int_equal(mkdir(in_dir(scene, "b"), 0700), 0);
    put(in_dir(scene, "a/file"), "1");
    put(in_dir(scene, "b/file"), "22");
}

static void a_symlink_pointed_elsewhere_is_told(void **state) {
    struct scene *scene = *state;
    two_versions(scene);
    link_to(scene, "a/file", "file");
    begin(scene);
    link_to(scene, "b/file", "file");
    expect_told_once(scene);
}

static void a_rewrite_behind_a_symlink_is_told(void **state) {
    struct scene *scene = *state;
    two_versions(scene);
    link_to(scene, "a/file", "file");
    begin(scene);
    put(in_dir(scene, "a/file"), "333");
    expect_told_once(scene);
    link_to(scene, "b/file", "file");
    expect_told_once(scene);
    put(in_dir(scene, "b/file"), "4444");
    expect_told_once(scene);
    put(in_dir(scene, "a/file"), "55555"); /* no longer ours */
    assert_false(is_readable(scene));
}

/* file -> data/file, data -> a, then data -> b: how mounted configuration is replaced. */
static void a_directory_symlink_above_the_file_is_told(void **state) {
    struct scene *scene = *state;
    two_versions(scene);
    link_to(scene, "a", "data");
    link_to(scene, "data/file", "file");
    begin(scene);
    link_to(scene, "b", "data");
    expect_told_once(scene);
}

static void a_file_that_goes_and_one_that_comes_are_told(void **state) {
    struct scene *scene = *state;
    put(scene->path, "1");
    begin(scene);
    assert_int_equal(unlink(scene->path), 0);
    expect_told_once(scene);
    put(scene->path, "22");
    expect_told_once(scene);
}

static void gone_and_back_within_the_rest_is_one_change(void **state) {
    struct scene *scene = *state;
    put(scene->path, "1");
    begin(scene);
    assert_int_equal(unlink(scene->path), 0);
    assert_false(mcp_file_watch_check(scene->watch, scene->now_ms));
    put(scene->path, "22");
    expect_told_once(scene);
}

/* A symlink turned away and back before it rested: the file is the one told last. */
static void turned_away_and_back_is_no_change(void **state) {
    struct scene *scene = *state;
    two_versions(scene);
    link_to(scene, "a/file", "file");
    begin(scene);
    link_to(scene, "b/file", "file");
    assert_false(mcp_file_watch_check(scene->watch, scene->now_ms));
    link_to(scene, "a/file", "file");
    assert_false(mcp_file_watch_check(scene->watch, scene->now_ms += 100));
    assert_false(mcp_file_watch_check(scene->watch, scene->now_ms += 5000));
    assert_false(mcp_file_watch_check(scene->watch, scene->now_ms += 5000));
}

static void a_file_that_never_rests_is_told_at_last(void **state) {
    struct scene *scene = *state;
    char text[64] = "";
    put(scene->path, "");
    begin(scene);
    uint64_t first_ms = scene->now_ms;
    bool is_told = false;
    for (size_t i = 0; !is_told && i + 1 < sizeof text; i++) {
        text[i] = 'x';
        put(scene->path, text);
        is_told = mcp_file_watch_check(scene->watch, scene->now_ms);
        scene->now_ms += 100;
    }
    assert_true(is_told);
    assert_int_equal(scene->now_ms - 100 - first_ms, MCP_FILE_WATCH_LONGEST_MS);
}

static void a_missing_directory_is_watched_by_looking(void **state) {
    struct scene *scene = *state;
    (void)snprintf(scene->path, sizeof scene->path, "%s", in_dir(scene, "a/file"));
    begin(scene);
    assert_false(mcp_file_watch_check(scene->watch, scene->now_ms));
    assert_int_equal(mkdir(in_dir(scene, "a"), 0700), 0);
    put(scene->path, "1");
    assert_int_equal(mcp_file_watch_timeout_ms(scene->watch, scene->now_ms),
                     MCP_FILE_WATCH_INTERVAL_MS);
    scene->now_ms += MCP_FILE_WATCH_INTERVAL_MS;
    assert_false(mcp_file_watch_check(scene->watch, scene->now_ms));
    assert_true(mcp_file_watch_check(scene->watch, scene->now_ms += MCP_FILE_WATCH_QUIET_MS));
    put(scene->path, "22"); /* by now there is a directory to hear from */
    expect_told_once(scene);
}

static void without_inotify_looking_is_enough(void **state) {
    struct scene *scene = *state;
    struct rlimit former;
    put(scene->path, "1");
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &former), 0);
    struct rlimit none = {0, former.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    struct mcp_err err = {0};
    enum mcp_code code = mcp_file_watch_open(scene->path, scene->now_ms, &scene->watch, &err);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &former), 0);
    assert_int_equal(code, MCP_OK);
    assert_int_equal(mcp_file_watch_fd(scene->watch), -1);
    put(scene->path, "22");
    assert_false(mcp_file_watch_check(scene->watch, scene->now_ms));
    assert_true(mcp_file_watch_check(scene->watch, scene->now_ms += MCP_FILE_WATCH_QUIET_MS));
}

static void a_path_without_a_slash_is_of_this_directory(void **state) {
    struct scene *scene = *state;
    char former[4096];
    assert_non_null(getcwd(former, sizeof former));
    put(scene->path, "1");
    assert_int_equal(chdir(scene->dir), 0);
    struct mcp_err err = {0};
    assert_int_equal(mcp_file_watch_open("file", scene->now_ms, &scene->watch, &err), MCP_OK);
    put("file", "22");
    expect_told_once(scene);
    assert_int_equal(chdir(former), 0);
}

static void a_path_at_the_root_is_accepted(void **state) {
    struct scene *scene = *state;
    struct mcp_err err = {0};
    assert_int_equal(mcp_file_watch_open("/no-such-file", 0, &scene->watch, &err), MCP_OK);
    assert_false(mcp_file_watch_check(scene->watch, 5000));
}

static void length_of_the_path_is_bounded(void **state) {
    struct scene *scene = *state;
    static char path[MCP_FILE_WATCH_MAX_PATH + 1];
    struct mcp_err err = {0};
    assert_int_equal(mcp_file_watch_open("", 0, &scene->watch, &err), MCP_E_INVALID);
    memset(path, 'x', MCP_FILE_WATCH_MAX_PATH);
    assert_int_equal(mcp_file_watch_open(path, 0, &scene->watch, &err), MCP_E_INVALID);
    assert_null(scene->watch);
    path[MCP_FILE_WATCH_MAX_PATH - 1] = '\0';
    assert_int_equal(mcp_file_watch_open(path, 0, &scene->watch, &err), MCP_OK);
    mcp_file_watch_close(MCP_TAKE(scene->watch));
    path[MCP_FILE_WATCH_MAX_PATH - 2] = '\0';
    assert_int_equal(mcp_file_watch_open(path, 0, &scene->watch, &err), MCP_OK);
}

static enum mcp_code opens(void *user, struct mcp_err *err) {
    MCP_AUTO(mcp_file_watch_closep) struct mcp_file_watch *watch = NULL;
    return mcp_file_watch_open(user, 0, &watch, err);
}

static void survives_any_refused_allocation(void **state) {
    struct scene *scene = *state;
    mcp_file_watch_close(NULL);
    torture_run(opens, scene->path);
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        SCENE(nothing_happens_nothing_is_told),
        SCENE(a_rename_over_the_file_is_told),
        SCENE(a_rewrite_in_place_is_told),
        SCENE(another_file_in_the_directory_is_not_told),
        SCENE(a_symlink_pointed_elsewhere_is_told),
        SCENE(a_rewrite_behind_a_symlink_is_told),
        SCENE(a_directory_symlink_above_the_file_is_told),
        SCENE(a_file_that_goes_and_one_that_comes_are_told),
        SCENE(gone_and_back_within_the_rest_is_one_change),
        SCENE(turned_away_and_back_is_no_change),
        SCENE(a_file_that_never_rests_is_told_at_last),
        SCENE(a_missing_directory_is_watched_by_looking),
        SCENE(without_inotify_looking_is_enough),
        SCENE(a_path_without_a_slash_is_of_this_directory),
        SCENE(a_path_at_the_root_is_accepted),
        SCENE(length_of_the_path_is_bounded),
        SCENE(survives_any_refused_allocation),
    };
    return cmocka_run_group_tests_name("program.file_watch", tests, NULL, NULL);
}
