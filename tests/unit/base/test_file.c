/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "mcp/clock.h"
#include "torture.h"

static char top[64]; /* a directory of this test's own */

static int make_top(void **state) {
    (void)state;
    (void)strcpy(top, "/tmp/mcp-file-XXXXXX");
    return mkdtemp(top) != NULL ? 0 : -1;
}

static int is_named(const struct dirent *entry) {
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int remove_top(void **state) {
    (void)state;
    struct dirent **entries = NULL;
    int count = scandir(top, &entries, is_named, alphasort);
    for (int i = 0; i < count; i++) {
        char path[400];
        (void)snprintf(path, sizeof path, "%s/%s", top, entries[i]->d_name);
        (void)remove(path);
        free(entries[i]);
    }
    free(entries);
    return rmdir(top); /* fails when a test left something below a directory */
}

static const char *in_top(const char *name) {
    static char paths[4][256];
    static size_t turn;
    turn = (turn + 1) % 4;
    (void)snprintf(paths[turn], sizeof paths[turn], "%s/%s", top, name);
    return paths[turn];
}

static const char *write_file(const char *name, struct mcp_str bytes) {
    const char *path = in_top(name);
    assert_int_equal(mcp_file_write_atomic(path, bytes, 0600, NULL), MCP_OK);
    return path;
}

static void expect_refusal(const char *path, size_t max, enum mcp_code code, int number,
                           const char *what) {
    struct mcp_err err = {0};
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf out = MCP_BUF_INIT(max);
    assert_int_equal(mcp_file_read(path, &out, &err), code);
    assert_int_equal(err.code, code);
    assert_int_equal(err.os_errno, number);
    assert_string_equal(err.what, what);
    assert_string_equal(err.where, path);
}

static void what_is_written_is_read(void **state) {
    (void)state;
    const char *path = write_file("a", MCP_STR("line\n\0end"));
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf out = MCP_BUF_INIT(100);
    mcp_buf_add(&out, MCP_STR("> "));
    assert_int_equal(mcp_file_read(path, &out, NULL), MCP_OK);
    assert_true(mcp_str_equal(mcp_buf_view(&out), MCP_STR("> line\n\0end")));
}

static void empty_file(void **state) {
    (void)state;
    const char *path = write_file("empty", MCP_STR(""));
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf out = MCP_BUF_INIT(0);
    assert_int_equal(mcp_file_read(path, &out, NULL), MCP_OK);
    assert_int_equal(out.len, 0);
}

static void limit_is_exact(void **state) {
    (void)state;
    const char *path = write_file("ten", MCP_STR("0123456789"));
    for (size_t max = 10; max <= 11; max++) {
        MCP_AUTO(mcp_buf_deinit) struct mcp_buf out = MCP_BUF_INIT(max);
        assert_int_equal(mcp_file_read(path, &out, NULL), MCP_OK);
        assert_int_equal(out.len, 10);
    }
    expect_refusal(path, 9, MCP_E_LIMIT, 0, "larger than 9 bytes");
}

static void huge_file_is_refused_before_it_is_read(void **state) {
    (void)state;
    const char *path = write_file("huge", MCP_STR(""));
    assert_int_equal(truncate(path, 100LL << 20), 0);
    uint64_t start = mcp_clock_now_ms();
    expect_refusal(path, 64 << 20, MCP_E_LIMIT, 0, "larger than 67108864 bytes");
    assert_true(mcp_clock_now_ms() - start < 20);
}

static void missing_file(void **state) {
    (void)state;
    expect_refusal(in_top("none"), 10, MCP_E_NOT_FOUND, ENOENT, "no such file");
    const char *file = write_file("plain", MCP_STR("x"));
    char below[300];
    (void)snprintf(below, sizeof below, "%s/below", file);
    expect_refusal(below, 10, MCP_E_NOT_FOUND, ENOTDIR, "no such file");
    expect_refusal("", 10, MCP_E_NOT_FOUND, ENOENT, "no such file");
}

static void directory_is_refused(void **state) {
    (void)state;
    expect_refusal(top, 10, MCP_E_IO, EISDIR, "is a directory");
}

static void device_is_refused(void **state) {
    (void)state;
    expect_refusal("/dev/zero", 10, MCP_E_IO, 0, "not a regular file");
}

static void socket_is_refused(void **state) {
    (void)state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", top);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    expect_refusal(address.sun_path, 10, MCP_E_IO, 0, "not a regular file");
    (void)close(fd);
}

static void other_refusals_say_the_systems_words(void **state) {
    (void)state;
    const char *loop = in_top("loop");
    assert_int_equal(symlink(loop, loop), 0);
    expect_refusal(loop, 10, MCP_E_IO, ELOOP, "Too many levels of symbolic links");
}

static void unreadable_file(void **state) {
    (void)state;
    const char *path = write_file("secret", MCP_STR("x"));
    assert_int_equal(chmod(path, 0), 0);
    bool is_root = geteuid() == 0;
    if (is_root && seteuid(65534) != 0) /* root may read everything */
        skip();
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf out = MCP_BUF_INIT(10);
    struct mcp_err err = {0};
    enum mcp_code code = mcp_file_read(path, &out, &err);
    if (is_root)
        assert_int_equal(seteuid(0), 0);
    assert_int_equal(code, MCP_E_IO);
    assert_int_equal(err.os_errno, EACCES);
    assert_string_equal(err.what, "permission denied");
}

static void refused_buffer_is_reported_first(void **state) {
    (void)state;
    struct mcp_err err = {0};
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf out = MCP_BUF_INIT(1);
    mcp_buf_add(&out, MCP_STR("ab"));
    assert_int_equal(mcp_file_read(top, &out, &err), MCP_E_LIMIT);
    assert_string_equal(err.where, top);
}

static void null_record_is_allowed(void **state) {
    (void)state;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf out = MCP_BUF_INIT(1);
    assert_int_equal(mcp_file_read(top, &out, NULL), MCP_E_IO);
    assert_int_equal(mcp_file_read(in_top("none"), &out, NULL), MCP_E_NOT_FOUND);
}

static void *feed_fifo(void *user) {
    static const char bytes[10000] = {'x'};
    int fd = open(user, O_WRONLY);
    for (int i = 0; i < 10 && write(fd, bytes, sizeof bytes) > 0; i++)
        continue;
    (void)close(fd);
    return NULL;
}

static void fifo_is_read_to_its_end(void **state) {
    (void)state;
    char path[256];
    pthread_t feeder;
    (void)snprintf(path, sizeof path, "%s", in_top("fifo"));
    assert_int_equal(mkfifo(path, 0600), 0);
    for (size_t max = 99999; max <= 100000; max++) {
        MCP_AUTO(mcp_buf_deinit) struct mcp_buf out = MCP_BUF_INIT(max);
        (void)signal(SIGPIPE, SIG_IGN);
        assert_int_equal(pthread_create(&feeder, NULL, feed_fifo, path), 0);
        enum mcp_code code = mcp_file_read(path, &out, NULL);
        assert_int_equal(pthread_join(feeder, NULL), 0);
        assert_int_equal(code, max < 100000 ? MCP_E_LIMIT : MCP_OK);
    }
}

static void file_of_unknown_size_is_read(void **state) {
    (void)state;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf out = MCP_BUF_INIT(1 << 20);
    assert_int_equal(mcp_file_read("/proc/self/status", &out, NULL), MCP_OK);
    assert_memory_equal(out.data, "Name:", 5);
}

static void read_error_is_reported(void **state) {
    (void)state;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf out = MCP_BUF_INIT(1 << 20);
    struct mcp_err err = {0};
    assert_int_equal(mcp_file_read("/proc/self/mem", &out, &err), MCP_E_IO); /* page 0: no memory */
    assert_int_equal(err.os_errno, EIO);
}

static void writing_replaces_whole_with_the_mode(void **state) {
    (void)state;
    struct stat info;
    const char *path = write_file("b", MCP_STR("old and longer"));
    assert_int_equal(mcp_file_write_atomic(path, MCP_STR("new"), 0640, NULL), MCP_OK);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf out = MCP_BUF_INIT(100);
    assert_int_equal(mcp_file_read(path, &out, NULL), MCP_OK);
    assert_string_equal(out.data, "new");
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0640);
}

static void write_below_nothing_fails(void **state) {
    (void)state;
    struct mcp_err err = {0};
    const char *path = in_top("none/file");
    assert_int_equal(mcp_file_write_atomic(path, MCP_STR("x"), 0600, &err), MCP_E_NOT_FOUND);
    assert_string_equal(err.where, path);
}

static int is_temporary(const struct dirent *entry) {
    return strncmp(entry->d_name, "taken.", 6) == 0;
}

static void failed_rename_leaves_no_temporary(void **state) {
    (void)state;
    struct mcp_err err = {0};
    const char *dir = in_top("taken");
    assert_int_equal(mkdir(dir, 0700), 0);
    assert_int_equal(mcp_file_write_atomic(dir, MCP_STR("x"), 0600, &err), MCP_E_IO);
    assert_string_equal(err.what, "is a directory");
    struct dirent **entries = NULL;
    int count = scandir(top, &entries, is_temporary, alphasort);
    free(entries);
    assert_int_equal(count, 0);
}

static void full_disk_fails(void **state) {
    (void)state;
    struct rlimit old;
    struct mcp_err err = {0};
    char bytes[4096] = {0};
    const char *path = in_top("full");
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &(struct rlimit){100, old.rlim_max}), 0);
    enum mcp_code code =
        mcp_file_write_atomic(path, (struct mcp_str){bytes, sizeof bytes}, 0600, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(code, MCP_E_IO);
    assert_int_equal(err.os_errno, EFBIG);
    assert_int_equal(access(path, F_OK), -1);
}

static void relative_path_in_this_directory(void **state) {
    (void)state;
    char before[512];
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(top), 0);
    enum mcp_code parents = mcp_file_make_parents("file", NULL);
    enum mcp_code code = mcp_file_write_atomic("file", MCP_STR("x"), 0600, NULL);
    assert_int_equal(chdir(before), 0);
    assert_int_equal(parents, MCP_OK);
    assert_int_equal(code, MCP_OK);
    assert_int_equal(access(in_top("file"), R_OK), 0);
}

static void overlong_path_is_refused(void **state) {
    (void)state;
    static char path[5000];
    struct mcp_err err = {0};
    memset(path, 'x', sizeof path - 1);
    assert_int_equal(mcp_file_write_atomic(path, MCP_STR("x"), 0600, &err), MCP_E_IO);
    assert_int_equal(err.os_errno, ENAMETOOLONG);
    assert_int_equal(mcp_file_make_parents(path, NULL), MCP_OK); /* it has no directory part */
    path[4500] = '/';
    err = (struct mcp_err){0};
    assert_int_equal(mcp_file_make_parents(path, &err), MCP_E_IO);
    assert_int_equal(err.os_errno, ENAMETOOLONG);
}

static void parents_are_made_once_and_again(void **state) {
    (void)state;
    struct stat info;
    const char *path = in_top("p/q//r/file");
    assert_int_equal(mcp_file_make_parents(path, NULL), MCP_OK);
    assert_int_equal(mcp_file_make_parents(path, NULL), MCP_OK);
    assert_int_equal(stat(in_top("p/q/r"), &info), 0);
    assert_true(S_ISDIR(info.st_mode));
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(mcp_file_make_parents("/file", NULL), MCP_OK);
    assert_int_equal(rmdir(in_top("p/q/r")), 0);
    assert_int_equal(rmdir(in_top("p/q")), 0);
}

static void parent_that_is_a_file_is_refused(void **state) {
    (void)state;
    struct mcp_err err = {0};
    const char *file = write_file("flat", MCP_STR("x"));
    assert_int_equal(mcp_file_make_parents(in_top("flat/a"), &err), MCP_E_IO);
    assert_string_equal(err.what, "not a directory");
    assert_string_equal(err.where, file);
    err = (struct mcp_err){0};
    assert_int_equal(mcp_file_make_parents("/proc/none/x", &err), MCP_E_NOT_FOUND);
    assert_string_equal(err.where, "/proc/none");
}

static enum mcp_code read_ten(void *user, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf out = MCP_BUF_INIT(100);
    return mcp_file_read(user, &out, err);
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    char path[256];
    (void)snprintf(path, sizeof path, "%s", write_file("torture", MCP_STR("0123456789")));
    torture_run(read_ten, path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(empty_file),
        cmocka_unit_test(limit_is_exact),
        cmocka_unit_test(huge_file_is_refused_before_it_is_read),
        cmocka_unit_test(missing_file),
        cmocka_unit_test(directory_is_refused),
        cmocka_unit_test(device_is_refused),
        cmocka_unit_test(socket_is_refused),
        cmocka_unit_test(other_refusals_say_the_systems_words),
        cmocka_unit_test(unreadable_file),
        cmocka_unit_test(refused_buffer_is_reported_first),
        cmocka_unit_test(null_record_is_allowed),
        cmocka_unit_test(fifo_is_read_to_its_end),
        cmocka_unit_test(file_of_unknown_size_is_read),
        cmocka_unit_test(read_error_is_reported),
        cmocka_unit_test(writing_replaces_whole_with_the_mode),
        cmocka_unit_test(write_below_nothing_fails),
        cmocka_unit_test(failed_rename_leaves_no_temporary),
        cmocka_unit_test(full_disk_fails),
        cmocka_unit_test(relative_path_in_this_directory),
        cmocka_unit_test(overlong_path_is_refused),
        cmocka_unit_test(parents_are_made_once_and_again),
        cmocka_unit_test(parent_that_is_a_file_is_refused),
        cmocka_unit_test(survives_any_refused_allocation),
    };
    return cmocka_run_group_tests_name("base.file", tests, make_top, remove_top);
}
