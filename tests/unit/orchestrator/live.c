/* SPDX-License-Identifier: MIT */
/* live.c - see live.h. */
#include "live.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void live_open(struct live *live) {
    *live = (struct live){.settings = "\"fail_fast\": false"};
    (void)snprintf(live->dir, sizeof live->dir, "/tmp/mcp-orch-test-XXXXXX");
    assert_non_null(mkdtemp(live->dir));
    (void)snprintf(live->config, sizeof live->config, "%s/config.yaml", live->dir);
    live->servers = json_object();
}

static void remove_files(const struct live *live) {
    char path[160];
    const char *id = NULL;
    json_t *entry = NULL;
    json_object_foreach(live->servers, id, entry) {
        (void)snprintf(path, sizeof path, "%s/%s.log", live->dir, id);
        (void)unlink(path);
    }
    (void)unlink(live->config);
    (void)rmdir(live->dir);
}

void live_close(struct live *live) {
    orch_free(live->orch);
    orch_error_deinit(&live->error);
    remove_files(live);
    json_decref(live->servers);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

void live_add(struct live *live, const char *id, int priority, const char *domain,
              const char *script) {
    char path[160];
    (void)snprintf(path, sizeof path, "%s/%s.log", live->dir, id);
    json_t *told = json_loads(script, 0, NULL);
    assert_non_null(told);
    (void)json_object_set_new(told, "file", json_string(path));
    char *text = json_dumps(told, JSON_COMPACT);
    json_decref(told);
    json_t *entry = json_pack("{s:s, s:s, s:[s], s:i, s:[s], s:[s], s:i}", "name", id, "command",
                              STUB_SERVER, "args", text, "priority", priority, "domains", domain,
                              "capabilities", "list_resources", "timeout", 10);
    free(text);
    assert_int_equal(json_object_set_new(live->servers, id, entry), 0);
}

void live_set(struct live *live, const char *id, const char *key, json_t *value) {
    (void)json_object_set_new(json_object_get(live->servers, id), key, value);
}

void live_write(struct live *live) {
    FILE *file = fopen(live->config, "w");
    assert_non_null(file);
    (void)fputs("{\"mcp_servers\": ", file);
    (void)json_dumpf(live->servers, file, 0);
    (void)fprintf(file, ", \"orchestration\": {%s}}\n", live->settings);
    (void)fclose(file);
}

void live_start(struct live *live) {
    live_write(live);
    assert_int_equal(orch_new(live->config, &live->orch, NULL), MCP_OK);
}

size_t live_count(const struct live *live, const char *id, const char *method) {
    char path[160];
    char line[128];
    size_t count = 0;
    (void)snprintf(path, sizeof path, "%s/%s.log", live->dir, id);
    FILE *file = fopen(path, "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        count += strcmp(line, method) == 0;
    }
    if (file != NULL)
        (void)fclose(file);
    return count;
}

json_t *live_gather(struct live *live, json_t **out_missing) {
    json_t *all = NULL;
    json_t *missing = NULL;
    orch_error_deinit(&live->error);
    enum mcp_code code = orch_gather_all_resources(live->orch, &all, &missing, &live->error);
    if (code != MCP_OK)
        print_error("%s: %s\n", live->error.err.where, live->error.err.what);
    assert_int_equal(code, MCP_OK);
    if (out_missing != NULL)
        *out_missing = missing;
    else
        json_decref(missing);
    return all;
}

json_t *live_status(struct live *live, const char *id) {
    json_t *status = NULL;
    json_t *found = NULL;
    assert_int_equal(orch_get_status(live->orch, &status, NULL), MCP_OK);
    const json_t *servers = json_object_get(status, "servers");
    for (size_t i = 0; i < json_array_size(servers); i++) {
        json_t *server = json_array_get(servers, i);
        if (strcmp(json_string_value(json_object_get(server, "id")), id) == 0)
            found = json_incref(server);
    }
    json_decref(status);
    return found;
}

uint64_t live_now_ms(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void live_wait(struct live *live, const char *id, bool is_connected) {
    const struct timespec moment = {.tv_nsec = 5000000};
    uint64_t until = live_now_ms() + 10000;
    for (;;) {
        json_t *server = live_status(live, id);
        bool is_so = json_is_true(json_object_get(server, "connected")) == is_connected;
        json_decref(server);
        if (is_so)
            return;
        assert_true(live_now_ms() < until);
        (void)nanosleep(&moment, NULL);
    }
}
