/* SPDX-License-Identifier: MIT */
/* The store of tokens, as several processes use it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dial/oauth_files.h"
#include "dial_rig.h"
#include "oauth_client/oauth_record.h"

enum { WRITERS = 2, WRITES = 100, RESOURCES = 30 /* of each writer: all fit into a record */ };

static const char issuer[] = "https://as.example";
static char base[64];
static char dir[96];

static int set_up(void **state) {
    (void)state;
    (void)snprintf(base, sizeof base, "/tmp/mcp-files-XXXXXX");
    mcp_json_use_allocator();
    if (mkdtemp(base) == NULL)
        return -1;
    (void)snprintf(dir, sizeof dir, "%s/store", base);
    return 0;
}

static int tear_down(void **state) {
    char command[128];
    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf '%s'", base);
    return system(command); /* NOLINT(concurrency-mt-unsafe,cert-env33-c): a name of ours */
}

static void path_of(const char *after, char out[256]) {
    char name[MCP_OAUTH_RECORD_NAME_BYTES];
    mcp_oauth_record_name(issuer, name);
    (void)snprintf(out, 256, "%s/%s%s", dir, name, after);
}

static void name_resource(int writer, int number, char out[64]) {
    (void)snprintf(out, 64, "https://h/%d/%d", writer, number);
}

static bool put(int writer, int number, int value) {
    char resource[64];
    char text[32];
    name_resource(writer, number, resource);
    (void)snprintf(text, sizeof text, "token-%d", value);
    json_auto_t *token =
        json_pack("{s:s, s:s, s:s}", "resource", resource, "access_token", text, "scope", "");
    struct mcp_err err = {0};
    enum mcp_code code = mcp_oauth_files_update(dir, issuer, NULL, token, &err);
    if (code != MCP_OK)
        print_error("%s %s: %s\n", mcp_code_name(code), err.where, err.what);
    return code == MCP_OK;
}

/* The last value a writer put for each resource, after `writes` of its writes. */
static bool holds_all(int writer, int writes) {
    json_auto_t *record = NULL;
    if (mcp_oauth_files_load(dir, issuer, &record, NULL) != MCP_OK || record == NULL)
        return false;
    for (int i = writes > RESOURCES ? writes - RESOURCES : 0; i < writes; i++) {
        char resource[64];
        char text[32];
        name_resource(writer, i % RESOURCES, resource);
        (void)snprintf(text, sizeof text, "token-%d", i);
        const char *kept = json_string_value(
            json_object_get(mcp_oauth_record_token(record, resource), "access_token"));
        if (kept == NULL || strcmp(kept, text) != 0)
            return false;
    }
    return true;
}

static int write_all(int writer) {
    for (int i = 0; i < WRITES; i++)
        if (!put(writer, i % RESOURCES, i) || !holds_all(writer, i + 1))
            return 1;
    return 0;
}

static void expect_mode(const char *after, mode_t mode) {
    char path[256];
    struct stat info;
    path_of(after, path);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, mode);
}

static void two_processes_lose_nothing(void **state) {
    pid_t writers[WRITERS];
    (void)state;
    for (int i = 0; i < WRITERS; i++) {
        writers[i] = fork();
        assert_true(writers[i] >= 0);
        if (writers[i] == 0)
            _exit(write_all(i));
    }
    for (int i = 0; i < WRITERS; i++) {
        int status = -1;
        assert_int_equal(waitpid(writers[i], &status, 0), writers[i]);
        assert_int_equal(status, 0);
    }
    for (int i = 0; i < WRITERS; i++)
        assert_true(holds_all(i, WRITES));
    expect_mode("", 0600);
    expect_mode(".lock", 0600);
    print_message("%d writes by %d processes: nothing lost, none torn\n", WRITERS * WRITES,
                  WRITERS);
}

static void a_writer_that_hangs_is_not_waited_for_for_ever(void **state) {
    char path[256];
    struct mcp_err err = {0};
    (void)state;
    assert_true(put(0, 0, 0));
    path_of(".lock", path);
    int lock = open(path, O_RDWR | O_CLOEXEC);
    assert_true(lock >= 0);
    assert_int_equal(flock(lock, LOCK_EX), 0);
    json_auto_t *client = json_pack("{s:s}", "id", "c");
    assert_int_equal(mcp_oauth_files_update(dir, issuer, client, NULL, &err), MCP_E_TIMEOUT);
    assert_string_equal(err.where, path);
    assert_non_null(strstr(err.what, "2000 ms"));
    (void)close(lock);
    assert_int_equal(mcp_oauth_files_update(dir, issuer, client, NULL, NULL), MCP_OK);
    assert_true(holds_all(0, 1));
}

static void a_lock_that_leads_elsewhere_is_refused(void **state) {
    char path[256];
    struct mcp_err err = {0};
    (void)state;
    assert_int_equal(mkdir(dir, 0700), 0);
    path_of(".lock", path);
    assert_int_equal(symlink("/nowhere/at/all", path), 0);
    assert_int_equal(mcp_oauth_files_update(dir, issuer, NULL, NULL, &err), MCP_E_IO);
    assert_int_equal(err.os_errno, ELOOP);
}

static void one_refreshes_at_a_time(void **state) {
    int first = -2;
    int second = -2;
    (void)state;
    assert_int_equal(mcp_oauth_files_lock(dir, issuer, &first, NULL), MCP_OK);
    assert_int_equal(first, -1); /* no store, nothing to refresh */
    mcp_oauth_files_unlock(first);
    assert_true(put(0, 0, 0));
    assert_int_equal(mcp_oauth_files_lock(dir, issuer, &first, NULL), MCP_OK);
    assert_true(first >= 0);
    assert_int_equal(mcp_oauth_files_lock(dir, issuer, &second, NULL), MCP_E_EXISTS);
    assert_true(put(0, 1, 1)); /* which keeps nobody from writing */
    assert_int_equal(mcp_oauth_files_lock(dir, "https://other.example", &second, NULL), MCP_OK);
    mcp_oauth_files_unlock(second);
    mcp_oauth_files_unlock(first);
    assert_int_equal(mcp_oauth_files_lock(dir, issuer, &second, NULL), MCP_OK);
    mcp_oauth_files_unlock(second);
}

#define FILES_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        FILES_TEST(two_processes_lose_nothing),
        FILES_TEST(a_writer_that_hangs_is_not_waited_for_for_ever),
        FILES_TEST(a_lock_that_leads_elsewhere_is_refused),
        FILES_TEST(one_refreshes_at_a_time),
    };
    return cmocka_run_group_tests_name("dial.oauth_files", tests, NULL, NULL);
}
