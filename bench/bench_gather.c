/* SPDX-License-Identifier: MIT */
/* bench_gather.c - how long a gather of 50 slow servers takes, and of one. As "--serve" it is such
 * a server: on stdio, 20 ms for every answer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "mcp/json.h"
#include "mcp/orchestrator.h"

enum { SERVERS = 50, SERVER_MS = 20, ROUNDS = 15, MAX_TIMES = 3 };

static double now_ms(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* --- a slow server ---------------------------------------------------------------------------- */

static json_t *answer_to(const char *method) {
    if (strcmp(method, "initialize") == 0)
        return json_pack("{s:s, s:{s:{}}, s:{s:s, s:s}}", "protocolVersion", "2025-11-25",
                         "capabilities", "resources", "serverInfo", "name", "slow", "version", "1");
    if (strcmp(method, "resources/list") == 0)
        return json_pack("{s:[{s:s, s:s}]}", "resources", "uri", "slow://it", "name", "it");
    if (strcmp(method, "resources/read") == 0)
        return json_pack("{s:[{s:s, s:s}]}", "contents", "uri", "slow://it", "text", "42");
    return NULL;
}

static int serve(void) {
    const struct timespec pause = {.tv_nsec = SERVER_MS * 1000000L};
    char line[65536];
    while (fgets(line, sizeof line, stdin) != NULL) {
        json_auto_t *message = json_loads(line, 0, NULL);
        json_t *id = json_object_get(message, "id");
        if (id == NULL)
            continue;
        (void)nanosleep(&pause, NULL);
        json_t *result = answer_to(json_string_value(json_object_get(message, "method")));
        json_auto_t *reply =
            result != NULL
                ? json_pack("{s:s, s:O, s:o}", "jsonrpc", "2.0", "id", id, "result", result)
                : json_pack("{s:s, s:O, s:{s:i, s:s}}", "jsonrpc", "2.0", "id", id, "error", "code",
                            -32601, "message", "unknown");
        (void)json_dumpf(reply, stdout, JSON_COMPACT);
        (void)putchar('\n');
        (void)fflush(stdout);
    }
    return 0;
}

/* --- the gather ------------------------------------------------------------------------------- */

static void write_config(FILE *file, const char *self, int servers) {
    json_auto_t *entries = json_object();
    for (int i = 0; i < servers; i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "s%02d", i);
        (void)json_object_set_new(entries, id,
                                  json_pack("{s:s, s:s, s:s, s:[s], s:i, s:i, s:[s]}", "name", id,
                                            "transport", "stdio", "command", self, "args",
                                            "--serve", "timeout", 30, "priority", i + 1, "domains",
                                            "d"));
    }
    (void)fputs("{\"mcp_servers\": ", file);
    (void)json_dumpf(entries, file, 0);
    (void)fputs(", \"orchestration\": {\"resource_cache_ttl\": 0}}\n", file);
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Times of ROUNDS gathers, shortest first; false when one of them failed. */
static bool measure(const char *self, int servers, double times[ROUNDS]) {
    char path[] = "/tmp/bench-gather-XXXXXX";
    MCP_AUTO(orch_freep) struct orch *orch = NULL;
    struct orch_error error = {0};
    int fd = mkstemp(path);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (file == NULL)
        return false;
    write_config(file, self, servers);
    (void)fclose(file);
    bool is_good =
        orch_new(path, &orch, &error) == MCP_OK && orch_initialize(orch, &error) == MCP_OK;
    for (int i = 0; is_good && i < ROUNDS; i++) {
        json_auto_t *all = NULL;
        double began = now_ms();
        is_good = orch_gather_all_resources(orch, &all, NULL, &error) == MCP_OK &&
                  json_object_size(all) == (size_t)servers;
        times[i] = now_ms() - began;
    }
    if (!is_good)
        (void)fprintf(stderr, "bench_gather: %s: %s\n", error.err.where, error.err.what);
    orch_error_deinit(&error);
    (void)unlink(path);
    qsort(times, ROUNDS, sizeof *times, compare);
    return is_good;
}

int main(int argc, char **argv) {
    double one[ROUNDS] = {0};
    double all[ROUNDS] = {0};
    char self[4096];
    if (argc > 1 && strcmp(argv[1], "--serve") == 0)
        return serve();
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
    if (len <= 0)
        return 2;
    self[len] = '\0';
    if (!measure(self, 1, one) || !measure(self, SERVERS, all))
        return 2;
    bool holds = all[0] < MAX_TIMES * SERVER_MS;
    (void)printf("gather, servers of %d ms a request   best      median of %d\n", SERVER_MS,
                 (int)ROUNDS);
    (void)printf("%3d server                        %6.1f ms   %6.1f ms\n", 1, one[0],
                 one[ROUNDS / 2]);
    (void)printf("%3d servers                       %6.1f ms   %6.1f ms   best below %d ms: %s\n",
                 (int)SERVERS, all[0], all[ROUNDS / 2], MAX_TIMES * SERVER_MS,
                 holds ? "holds" : "MISSED");
    return holds ? 0 : 1;
}
