/* SPDX-License-Identifier: MIT */
/* dial_rig.c - see dial_rig.h. */
#include "dial_rig.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "mcp/clock.h"
#include "mcp/log.h"

const char rig_hello[] = "{\"protocolVersion\":\"2025-06-18\",\"capabilities\":{},"
                         "\"serverInfo\":{\"name\":\"script\",\"version\":\"1\"}}";

static int open_descriptors(void) {
    int count = 0;
    DIR *directory = opendir("/proc/self/fd");
    assert_non_null(directory);
    while (readdir(directory) != NULL) /* NOLINT(concurrency-mt-unsafe): ours alone */
        count++;
    (void)closedir(directory);
    return count;
}

static int descriptors_before;

int rig_set_up(void **state) {
    (void)state;
    mcp_log_set_level(MCP_LOG_OFF);
    mcp_json_use_allocator();
    struct mcp_loop *loop = NULL; /* libcurl opens what it keeps for ever */
    if (mcp_loop_new(&loop, NULL) != MCP_OK)
        return -1;
    mcp_loop_free(loop);
    descriptors_before = open_descriptors();
    return 0;
}

int rig_tear_down(void **state) {
    (void)state;
    int after = open_descriptors();
    if (after != descriptors_before)
        print_error("%d descriptors were open before, %d are now\n", descriptors_before, after);
    bool has_children = waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD;
    if (has_children)
        print_error("a child process was left behind\n");
    return after == descriptors_before && !has_children ? 0 : -1;
}

static void on_notification(void *user, const char *method, const json_t *params) {
    struct rig *rig = user;
    (void)method;
    (void)params;
    (void)__atomic_add_fetch(&rig->notifications, 1, __ATOMIC_SEQ_CST);
}

static void on_ignored(void *user, const struct mcp_err *err) {
    struct rig *rig = user;
    (void)err;
    (void)__atomic_add_fetch(&rig->ignored, 1, __ATOMIC_SEQ_CST);
}

static void on_down(void *user, const struct mcp_err *err) {
    struct rig *rig = user;
    rig->down = *err;
    (void)__atomic_add_fetch(&rig->downs, 1, __ATOMIC_SEQ_CST);
}

static void open_target(struct rig *rig, struct mcp_dial_target *target) {
    const struct mcp_client_options options = {.name = "test",
                                               .version = "1",
                                               .era = rig->asks_for_era ? MCP_ERA_AUTO
                                                                        : MCP_ERA_LEGACY,
                                               .on_notification = on_notification,
                                               .on_ignored = on_ignored,
                                               .on_down = on_down,
                                               .user = rig};
    target->max_message_bytes = rig->max_message_bytes;
    target->connect_timeout_ms = rig->connect_timeout_ms;
    assert_int_equal(mcp_loop_new(&rig->loop, &rig->err), MCP_OK);
    assert_int_equal(mcp_dial_new(rig->loop, target, &options, &rig->dial, &rig->err), MCP_OK);
}

void rig_open_url(struct rig *rig, enum mcp_dial_transport transport, const char *url) {
    struct mcp_dial_target target = {.transport = transport, .url = url};
    open_target(rig, &target);
}

void rig_open_shell(struct rig *rig, const char *script) {
    const char *const argv[] = {"sh", "-c", script, NULL};
    struct mcp_dial_target target = {.argv = argv};
    open_target(rig, &target);
}

void rig_close(struct rig *rig) {
    mcp_dial_free(rig->dial);
    mcp_loop_free(rig->loop);
    rig->dial = NULL;
    rig->loop = NULL;
}

enum mcp_code rig_connect(struct rig *rig, uint64_t timeout_ms) {
    rig->err = (struct mcp_err){0};
    return mcp_dial_connect_wait(rig->dial, timeout_ms, &rig->err);
}

enum mcp_code rig_request(struct rig *rig, const char *method, uint64_t timeout_ms,
                          const char *want) {
    json_auto_t *result = NULL;
    rig->err = (struct mcp_err){0};
    enum mcp_code code =
        mcp_dial_request_wait(rig->dial, method, NULL, timeout_ms, &result, NULL, &rig->err);
    if (code == MCP_OK && want != NULL) {
        MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(1 << 20);
        assert_int_equal(mcp_json_write(result, &text, NULL), MCP_OK);
        assert_string_equal(text.data, want);
    }
    return code;
}

int rig_read(const int *counter) {
    return __atomic_load_n(counter, __ATOMIC_SEQ_CST);
}

bool rig_wait(const int *counter, int at_least) {
    for (int i = 0; i < 1000; i++) {
        if (rig_read(counter) >= at_least)
            return true;
        script_sleep_ms(5);
    }
    return false;
}

uint64_t rig_now_ms(void) {
    return mcp_clock_now_ms();
}

void rig_result(const char *request_body, const char *result, char *out, size_t out_bytes) {
    const char *id = strstr(request_body, "\"id\":");
    (void)snprintf(out, out_bytes, "{\"jsonrpc\":\"2.0\",\"id\":%ld,\"result\":%s}",
                   id != NULL ? strtol(id + 5, NULL, 10) : 0L, result);
}
