/* SPDX-License-Identifier: MIT */
/* hostile_rig.c - see hostile_rig.h. */
#include "hostile_rig.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "mcp/alloc.h"
#include "mcp/log.h"

enum { MAX_CASES = 256, MIB = 1 << 20, HEAP_KIB = 16 << 10 };

struct server {
    pid_t pid;
    FILE *in;
    FILE *out;
    int port;
};

static struct server hostile_server;
static struct server good_server;
static json_t *cases_root;
static struct hostile_case cases[MAX_CASES];

struct hostile_sum hostile_sum;

uint64_t hostile_now_ms(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void hostile_pause(void) {
    const struct timespec moment = {.tv_nsec = 1000000};
    (void)nanosleep(&moment, NULL);
}

void hostile_note_good(uint64_t took_ms) {
    hostile_sum.good_answers++;
    if (took_ms > hostile_sum.good_longest_ms)
        hostile_sum.good_longest_ms = took_ms;
}

/* --- memory ------------------------------------------------------------------------------------
 */

static size_t live_bytes; /* atomic, both */
static size_t peak_bytes;

static void count(size_t taken, size_t given) {
    size_t live = __atomic_add_fetch(&live_bytes, taken - given, __ATOMIC_SEQ_CST);
    size_t peak = __atomic_load_n(&peak_bytes, __ATOMIC_SEQ_CST);
    while (live > peak && !__atomic_compare_exchange_n(&peak_bytes, &peak, live, false,
                                                       __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
    }
}

static void *resize(void *old, size_t bytes, void *user) {
    size_t before = malloc_usable_size(old);
    (void)user;
    void *fresh = realloc(old, bytes);
    if (fresh != NULL)
        count(malloc_usable_size(fresh), before);
    return fresh;
}

static void release(void *old, void *user) {
    (void)user;
    count(0, malloc_usable_size(old));
    free(old);
}

static long status_kib(const char *key) {
    char line[256];
    long found = 0;
    FILE *file = fopen("/proc/self/status", "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, key, strlen(key)) == 0)
            found = strtol(line + strlen(key), NULL, 10);
    (void)fclose(file);
    return found;
}

static int open_descriptors(void) {
    int found = 0;
    DIR *directory = opendir("/proc/self/fd");
    assert_non_null(directory);
    while (readdir(directory) != NULL) /* NOLINT(concurrency-mt-unsafe): ours alone */
        found++;
    (void)closedir(directory);
    return found;
}

static void forget_peak(void) {
    int file = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
    if (file < 0)
        return;
    (void)!write(file, "5", 1);
    (void)close(file);
}

void hostile_mark(struct hostile_use *out_use) {
    (void)malloc_trim(0);
    forget_peak();
    __atomic_store_n(&peak_bytes, __atomic_load_n(&live_bytes, __ATOMIC_SEQ_CST), __ATOMIC_SEQ_CST);
    *out_use = (struct hostile_use){.live_bytes = __atomic_load_n(&live_bytes, __ATOMIC_SEQ_CST),
                                    .rss_kib = status_kib("VmRSS:"),
                                    .descriptors = open_descriptors()};
}

static void check_memory(const struct hostile_case *hostile, const struct hostile_use *before,
                         const struct hostile_use *after, uint64_t memory_mib) {
    size_t allowed = (size_t)memory_mib * MIB;
    size_t used = after->peak_bytes - before->live_bytes;
    long rss_kib = after->peak_rss_kib - before->rss_kib;
    if (used > hostile_sum.peak_bytes)
        hostile_sum.peak_bytes = used;
    if (used > allowed)
        print_error("%s: %zu bytes at once, at most %zu\n", hostile->title, used, allowed);
    assert_true(used <= allowed);
    /* With what libcurl, TLS and the heap itself take; sanitizers keep what was freed. */
    if (HOSTILE_SLOWER == 1 && rss_kib > (long)(allowed / 1024) + HEAP_KIB)
        print_error("%s: %ld KiB more were resident\n", hostile->title, rss_kib);
    assert_true(HOSTILE_SLOWER > 1 || rss_kib <= (long)(allowed / 1024) + HEAP_KIB);
}

void hostile_check_use(const struct hostile_case *hostile, const struct hostile_use *before,
                       uint64_t memory_mib) {
    struct hostile_use after = {.live_bytes = __atomic_load_n(&live_bytes, __ATOMIC_SEQ_CST),
                                .peak_bytes = __atomic_load_n(&peak_bytes, __ATOMIC_SEQ_CST),
                                .peak_rss_kib = status_kib("VmHWM:"),
                                .descriptors = open_descriptors()};
    check_memory(hostile, before, &after, memory_mib);
    if (after.live_bytes != before->live_bytes)
        print_error("%s: %zd bytes are left\n", hostile->title,
                    (ssize_t)(after.live_bytes - before->live_bytes));
    assert_int_equal(after.live_bytes, before->live_bytes);
    if (after.descriptors != before->descriptors)
        print_error("%s: %d descriptors, %d before\n", hostile->title, after.descriptors,
                    before->descriptors);
    assert_int_equal(after.descriptors, before->descriptors);
}

/* --- servers -----------------------------------------------------------------------------------
 */

static _Noreturn void become_server(const int in[2], const int out[2]) {
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)dup2(in[0], STDIN_FILENO);
    (void)dup2(out[1], STDOUT_FILENO);
    (void)execl(HOSTILE_PYTHON, HOSTILE_PYTHON, "-E", "-S", HOSTILE_SERVER, HOSTILE_CASES, "http",
                (char *)NULL);
    _exit(127);
}

static long read_number(struct server *server) {
    char line[32];
    assert_non_null(fgets(line, sizeof line, server->out));
    return strtol(line, NULL, 10);
}

static void start_server(struct server *server) {
    int in[2];
    int out[2];
    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    server->pid = fork();
    if (server->pid == 0)
        become_server(in, out);
    assert_true(server->pid > 0);
    (void)close(in[0]);
    (void)close(out[1]);
    server->in = fdopen(in[1], "w");
    server->out = fdopen(out[0], "r");
    server->port = (int)read_number(server);
}

static void stop_server(struct server *server) {
    if (server->pid <= 0)
        return;
    (void)fclose(server->in);
    (void)kill(server->pid, SIGKILL);
    (void)waitpid(server->pid, NULL, 0);
    (void)fclose(server->out);
    server->pid = 0;
}

long hostile_visits(void) {
    (void)fputc('\n', hostile_server.in);
    (void)fflush(hostile_server.in);
    return read_number(&hostile_server);
}

void hostile_open(void) {
    mcp_log_set_level(MCP_LOG_OFF);
    mcp_alloc_install(&(struct mcp_allocator){resize, release, NULL});
    mcp_json_use_allocator();
    json_error_t error;
    cases_root = json_load_file(HOSTILE_CASES, 0, &error);
    if (cases_root == NULL) {
        print_error("%s:%d: %s\n", HOSTILE_CASES, error.line, error.text);
        exit(1); /* NOLINT(concurrency-mt-unsafe) */
    }
    start_server(&hostile_server);
    start_server(&good_server);
}

void hostile_close(void) {
    stop_server(&hostile_server);
    stop_server(&good_server);
    json_decref(cases_root);
}

/* --- cases -------------------------------------------------------------------------------------
 */

static bool has_way(const json_t *spec, const char *way) {
    const json_t *ways = json_object_get(spec, "ways");
    for (size_t i = 0; i < json_array_size(ways); i++)
        if (strcmp(json_string_value(json_array_get(ways, i)), way) == 0)
            return true;
    return false;
}

struct hostile_case *hostile_cases(const char *way, size_t *out_count) {
    const json_t *all = json_object_get(cases_root, "cases");
    size_t used = 0;
    for (size_t i = 0; i < json_array_size(all); i++) {
        const json_t *spec = json_array_get(all, i);
        if (!has_way(spec, way))
            continue;
        assert_true(used < MAX_CASES);
        struct hostile_case *hostile = &cases[used++];
        *hostile = (struct hostile_case){
            .spec = spec, .name = json_string_value(json_object_get(spec, "name")), .way = way};
        (void)snprintf(hostile->title, sizeof hostile->title, "%s over %s", hostile->name, way);
    }
    *out_count = used;
    return cases;
}

uint64_t hostile_number(const struct hostile_case *hostile, const char *key, uint64_t otherwise) {
    const json_t *value = json_object_get(hostile->spec, key);
    return value != NULL ? (uint64_t)json_integer_value(value) : otherwise;
}

const json_t *hostile_error(const struct hostile_case *hostile, bool is_gathered) {
    const json_t *gathered = json_object_get(hostile->spec, "gathered_error");
    const json_t *here =
        json_object_get(json_object_get(hostile->spec, "error_over"), hostile->way);
    if (is_gathered && gathered != NULL)
        return gathered;
    return here != NULL ? here : json_object_get(hostile->spec, "error");
}

static bool has_part(const char *text, const char *part, bool is_gathered) {
    static const char late[] = "no answer within ";
    if (is_gathered && strncmp(part, late, sizeof late - 1) == 0)
        return strstr(text, late) != NULL;
    if (is_gathered && strstr(part, "1048576 bytes") != NULL)
        return strstr(text, "67108864 bytes") != NULL;
    return strstr(text, part) != NULL;
}

bool hostile_is_told(const json_t *what, const char *text, bool is_gathered) {
    if (json_is_string(what))
        return has_part(text, json_string_value(what), is_gathered);
    for (size_t i = 0; i < json_array_size(what); i++)
        if (has_part(text, json_string_value(json_array_get(what, i)), is_gathered))
            return true;
    return false;
}

const char *hostile_url(const struct hostile_case *hostile, char out[256]) {
    const json_t *scheme = json_object_get(hostile->spec, "scheme");
    (void)snprintf(out, 256, "%s://127.0.0.1:%d/%s/%s",
                   scheme != NULL ? json_string_value(scheme) : "http", hostile_server.port,
                   hostile->name, hostile->way);
    return out;
}

const char *hostile_good_url(char out[256]) {
    (void)snprintf(out, 256, "http://127.0.0.1:%d/good/http", good_server.port);
    return out;
}

const char *const *hostile_argv(const struct hostile_case *hostile) {
    static const char *argv[] = {
        HOSTILE_PYTHON, "-E", "-S", HOSTILE_SERVER, HOSTILE_CASES, "stdio", "case", "way", NULL};
    argv[6] = hostile->name;
    argv[7] = hostile->way;
    return argv;
}
