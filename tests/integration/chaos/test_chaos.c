/* SPDX-License-Identifier: MIT */
/*
 * Twelve real servers, each behind a relay (relay.c), are killed, stopped,
 * restarted, slowed, muted, cut off and garbled at random while gathers go on:
 * every answer is whole or names what is missing, nothing outlives its
 * deadline, nothing is left behind. CHAOS_SEED and CHAOS_FAULTS change what is
 * done and how often; both are printed.
 *
 * Deadlines are checked to 100 ms and what the machine took: a canary thread
 * that sleeps 5 ms at a time sums up how late it was woken, and twice that sum
 * over the time in question is allowed, as who has more to do than to wake up
 * waits longer.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"
#include "mcp/orchestrator.h"

enum { PRODUCTS = 5, DATABASES = 3, PIPES = PRODUCTS + DATABASES, SERVERS = 12, KINDS = 7 };
enum {
    TIMEOUT_S = 2,
    /* list and read on a connection that turns out dead, connect, list and read
       again */
    MAX_GATHER_MS = 3 * TIMEOUT_S * 1000,
    SLACK_MS = 100,
    PACE_MS = 100,
    SPARE_FILES = 8, /* idle HTTP connections come and go */
    PATIENCE_MS = 120000
};
enum fault { HANG, SLOW, CUT, GARBAGE, KILL, STOP, RESTART };

struct server {
    char id[8];
    char mode[160];      /* a file */
    struct process real; /* of a relay to a port */
    pid_t relay;         /* the same; 0: dead */
    int port;            /* the relay's */
    uint64_t heal_ms;    /* when what was done to it is undone; 0: nothing was */
    pid_t stopped;
    size_t resources; /* that it has */
    /* The loop's thread: when an attempt or a fetch began, and how late the
     * canary was by then. */
    uint64_t connecting_ms;
    uint64_t fetching_ms;
    uint64_t connecting_late;
    uint64_t fetching_late;
};

struct tally {
    size_t faults[KINDS];
    size_t gathers;
    size_t whole;
    size_t named; /* parts that were missing, failed or stale */
    uint64_t longest_ms;
    uint64_t most_over_ms; /* beyond a deadline, the canary's share taken off */
};

static struct harness harness;
static struct server servers[SERVERS];
static struct tally tally;
static struct orch *orch;
static uint64_t dice;
static atomic_bool is_over;
static atomic_ullong late_us; /* the canary's sum */
static atomic_ullong over_ms; /* the worst event */

static uint64_t clock_us(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void rest(unsigned ms) {
    const struct timespec moment = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    (void)nanosleep(&moment, NULL);
}

static void *canary(void *user) {
    const uint64_t nap_us = 5000;
    const uint64_t usual_us = 1000;
    while (!atomic_load(&is_over)) {
        uint64_t began_us = clock_us();
        rest((unsigned)(nap_us / 1000));
        uint64_t took_us = clock_us() - began_us;
        if (took_us > nap_us + usual_us)
            atomic_fetch_add(&late_us, took_us - nap_us);
    }
    return user;
}

/* How far beyond its deadline something is that began then and ends now. */
static uint64_t excess_ms(uint64_t began_ms, uint64_t began_late_us, uint64_t deadline_ms) {
    uint64_t took_ms = now_ms() - began_ms;
    uint64_t allowed_ms = deadline_ms + 2 * (atomic_load(&late_us) - began_late_us) / 1000;
    return took_ms > allowed_ms ? took_ms - allowed_ms : 0;
}

static void note_end(uint64_t *began_ms, uint64_t began_late_us) {
    if (*began_ms == 0)
        return;
    uint64_t excess = excess_ms(*began_ms, began_late_us, (uint64_t)TIMEOUT_S * 1000);
    if (excess > atomic_load(&over_ms))
        atomic_store(&over_ms, excess);
    *began_ms = 0;
}

/* There is one gather at a time, so one attempt and one fetch for each server.
 */
static void on_event(const struct orch_event *event, void *user) {
    (void)user;
    struct server *server = &servers[strtoul(event->server_id + 1, NULL, 10)];
    switch (event->kind) {
    case ORCH_EV_CONNECTING:
        server->connecting_ms = now_ms();
        server->connecting_late = atomic_load(&late_us);
        break;
    case ORCH_EV_CONNECTED:
    case ORCH_EV_RETRYING:
    case ORCH_EV_CONNECT_ENDED:
        note_end(&server->connecting_ms, server->connecting_late);
        break;
    case ORCH_EV_FETCHING:
        server->fetching_ms = now_ms();
        server->fetching_late = atomic_load(&late_us);
        break;
    case ORCH_EV_FETCHED:
    case ORCH_EV_FETCH_FAILED:
        note_end(&server->fetching_ms, server->fetching_late);
        break;
    default:
        break;
    }
}

static uint64_t roll(uint64_t sides) {
    dice ^= dice << 13;
    dice ^= dice >> 7;
    dice ^= dice << 17;
    return dice % sides;
}

static uint64_t setting(const char *name, uint64_t otherwise) {
    const char *text = getenv(name); /* NOLINT(concurrency-mt-unsafe): read, never set */
    return text != NULL ? strtoull(text, NULL, 10) : otherwise;
}

static size_t open_files(void) {
    size_t count = 0;
    DIR *dir = opendir("/proc/self/fd");
    assert_non_null(dir);
    while (readdir(dir) != NULL) /* NOLINT(concurrency-mt-unsafe) */
        count++;
    (void)closedir(dir);
    return count;
}

static int parent_of(const char *pid) {
    char path[64];
    char text[512] = "";
    int parent = 0;
    (void)snprintf(path, sizeof path, "/proc/%.16s/stat", pid);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return 0;
    (void)fgets(text, sizeof text, file);
    (void)fclose(file);
    const char *end = strrchr(text, ')');
    return end != NULL && sscanf(end, ") %*c %d", &parent) == 1 ? parent : 0; /* NOLINT */
}

static size_t children(void) {
    size_t count = 0;
    const struct dirent *entry = NULL;
    DIR *dir = opendir("/proc");
    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL) /* NOLINT(concurrency-mt-unsafe) */
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
            count += parent_of(entry->d_name) == getpid();
    (void)closedir(dir);
    return count;
}

static size_t resident_kib(void) {
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%*d %ld", &pages), 1); /* NOLINT(cert-err34-c) */
    (void)fclose(file);
    return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE) / 1024;
}

static void set_mode(const struct server *server, const char *mode) {
    FILE *file = fopen(server->mode, "w");
    assert_non_null(file);
    (void)fputs(mode, file);
    (void)fclose(file);
}

/* --- servers and their relays --- */

static int free_port(void) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    (void)close(fd);
    return ntohs(address.sin_port);
}

static void start_relay(struct server *server) {
    char port[16];
    char target[16];
    (void)snprintf(port, sizeof port, "%d", server->port);
    (void)snprintf(target, sizeof target, "%d", server->real.port);
    server->relay = fork();
    assert_true(server->relay >= 0);
    if (server->relay > 0)
        return;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (int fd = 3; fd < 256; fd++)
        (void)close(fd);
    (void)execl(RELAY, RELAY, server->mode, "tcp", port, target, (char *)NULL);
    _exit(127);
}

static void end_relay(struct server *server) {
    if (server->relay == 0)
        return;
    (void)kill(server->relay, SIGKILL);
    (void)waitpid(server->relay, NULL, 0);
    server->relay = 0;
}

static json_t *pipe_entry(const struct server *server, bool is_product) {
    if (is_product)
        return json_pack("{s:s, s:[s, s, s, s, s, s, s]}", "command", RELAY, "args", server->mode,
                         "stdio", BIN_DIR "/mcp-product-metadata", "--transport", "stdio",
                         "--metadata-path", SOURCE_DIR "/resources/product_metadata.json");
    return json_pack("{s:s, s:[s, s, s, s, s, s, s]}", "command", RELAY, "args", server->mode,
                     "stdio", BIN_DIR "/mcp-database", "--transport", "stdio", "--database",
                     harness.database);
}

static json_t *port_entry(struct server *server, bool is_old) {
    char host[32];
    server->port = free_port();
    (void)snprintf(host, sizeof host, "127.0.0.1:%d", server->port);
    const char *const arguments[] = {"--host",         "127.0.0.1", "--port", "0",
                                     "--allowed-host", host,        NULL};
    server->real = process_start(&harness, "mcp-product-metadata", arguments);
    start_relay(server);
    return json_pack("{s:o, s:s}", "url",
                     json_sprintf("http://127.0.0.1:%d/%s", server->port, is_old ? "sse" : "mcp"),
                     "transport", is_old ? "sse" : "streamable-http");
}

static void start_servers(void) {
    json_t *entries = json_object();
    for (size_t i = 0; i < SERVERS; i++) {
        struct server *server = &servers[i];
        (void)snprintf(server->id, sizeof server->id, "s%zu", i);
        (void)snprintf(server->mode, sizeof server->mode, "%s/s%zu.mode", harness.dir, i);
        set_mode(server, "");
        json_t *entry =
            i < PIPES ? pipe_entry(server, i < PRODUCTS) : port_entry(server, i % 2 == 0);
        (void)json_object_set_new(entry, "name", json_string(server->id));
        (void)json_object_set_new(entry, "priority", json_integer((json_int_t)i + 1));
        (void)json_object_set_new(entry, "timeout", json_integer(TIMEOUT_S));
        (void)json_object_set_new(entries, server->id, entry);
    }
    char *text = json_dumps(entries, 0);
    write_config(&harness,
                 "{\"mcp_servers\": %s, \"orchestration\": {\"fail_fast\": false, "
                 "\"max_retries\": 0, \"health_interval\": 1}}",
                 text);
    free(text);
    json_decref(entries);
}

static void stop_servers(void) {
    for (size_t i = 0; i < SERVERS; i++) {
        end_relay(&servers[i]);
        if (i >= PIPES)
            (void)process_stop(&servers[i].real, SIGTERM, NULL);
        (void)unlink(servers[i].mode);
    }
}

/* --- harm --- */

static pid_t pid_of(const struct server *server) {
    json_t *status = NULL;
    pid_t pid = server->relay;
    if (server->port != 0 || orch_get_status(orch, &status, NULL) != MCP_OK)
        return pid;
    const json_t *list = json_object_get(status, "servers");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *entry = json_array_get(list, i);
        if (strcmp(json_string_value(json_object_get(entry, "id")), server->id) == 0)
            pid = (pid_t)json_integer_value(json_object_get(entry, "child_pid"));
    }
    json_decref(status);
    return pid;
}

static void stop_one(struct server *server) {
    pid_t pid = pid_of(server);
    if (pid > 0 && kill(pid, SIGSTOP) == 0)
        server->stopped = pid;
}

static void kill_one(struct server *server) {
    pid_t pid = pid_of(server);
    if (server->port != 0)
        end_relay(server);
    else if (pid > 0)
        (void)kill(pid, SIGKILL);
}

static void do_harm(void) {
    static const char *const modes[] = {"hang", "slow", "cut", "garbage"};
    struct server *server = &servers[roll(SERVERS)];
    enum fault fault = (enum fault)roll(KINDS);
    tally.faults[fault]++;
    server->heal_ms = now_ms() + 200 + roll(1200);
    if (fault <= GARBAGE)
        set_mode(server, modes[fault]);
    else if (fault == STOP)
        stop_one(server);
    else
        kill_one(server);
    if (fault == RESTART && server->port != 0)
        start_relay(server);
}

static void undo(struct server *server) {
    server->heal_ms = 0;
    set_mode(server, "");
    /* gone since, most likely: then nobody else has its number yet, or it goes on
     * anyway */
    if (server->stopped > 0)
        (void)kill(server->stopped, SIGCONT);
    server->stopped = 0;
    if (server->port != 0 && server->relay == 0)
        start_relay(server);
}

static void undo_what_is_due(uint64_t before_ms) {
    for (size_t i = 0; i < SERVERS; i++)
        if (servers[i].heal_ms != 0 && servers[i].heal_ms <= before_ms)
            undo(&servers[i]);
}

/* --- gathers --- */

static bool is_named(const json_t *missing, const char *id) {
    for (size_t i = 0; i < json_array_size(missing); i++)
        if (strcmp(json_string_value(json_object_get(json_array_get(missing, i), "id")), id) == 0)
            return true;
    return false;
}

/* Each server's part is whole, or it is named with a cause. */
static void judge(const json_t *all, const json_t *missing) {
    for (size_t i = 0; i < SERVERS; i++) {
        const json_t *part = json_object_get(all, servers[i].id);
        size_t count = json_object_size(json_object_get(part, "resources"));
        bool is_known = is_named(missing, servers[i].id);
        if (servers[i].resources == 0 && !is_known)
            servers[i].resources = count; /* the first time it was whole */
        if (count != servers[i].resources && !is_known)
            print_error("%s has %zu of %zu resources and is not named\n", servers[i].id, count,
                        servers[i].resources);
        assert_true(count == servers[i].resources || is_known);
        assert_true(count > 0 || is_known);
    }
    for (size_t i = 0; i < json_array_size(missing); i++)
        assert_true(json_string_length(json_object_get(json_array_get(missing, i), "error")) > 0);
    tally.named += json_array_size(missing);
    tally.whole += json_array_size(missing) == 0;
}

static void check_time(uint64_t began_ms, uint64_t began_late_us) {
    uint64_t took_ms = now_ms() - began_ms;
    uint64_t excess = excess_ms(began_ms, began_late_us, MAX_GATHER_MS);
    if (took_ms > tally.longest_ms)
        tally.longest_ms = took_ms;
    if (excess > tally.most_over_ms)
        tally.most_over_ms = excess;
    if (atomic_load(&over_ms) > tally.most_over_ms)
        tally.most_over_ms = atomic_load(&over_ms);
    if (tally.most_over_ms > SLACK_MS)
        print_error("%llu ms after a deadline; this gather took %llu ms\n",
                    (unsigned long long)tally.most_over_ms, (unsigned long long)took_ms);
    assert_true(tally.most_over_ms <= SLACK_MS);
}

static json_t *last_missing; /* of the last gather, to be shown */

static size_t gather(void) {
    struct orch_error error = ORCH_ERROR_INIT;
    json_t *all = NULL;
    json_t *missing = NULL;
    uint64_t began_late_us = atomic_load(&late_us);
    uint64_t began_ms = now_ms();
    (void)orch_invalidate(orch, NULL);
    enum mcp_code code = orch_gather_all_resources(orch, &all, &missing, &error);
    check_time(began_ms, began_late_us);
    tally.gathers++;
    size_t named = SERVERS;
    if (code == MCP_OK) {
        judge(all, missing);
        named = json_array_size(missing);
    } else { /* nobody answered: then everybody is named */
        assert_int_equal(json_array_size(json_object_get(error.context, "servers")), SERVERS);
    }
    orch_error_deinit(&error);
    json_decref(all);
    json_decref(last_missing);
    last_missing = missing;
    return named;
}

static void *gather_on(void *user) {
    while (!atomic_load(&is_over))
        (void)gather();
    return user;
}

/* --- the test --- */

/* Undo all, and wait until an answer is whole. */
static void heal(void) {
    uint64_t until_ms = now_ms() + PATIENCE_MS;
    undo_what_is_due(UINT64_MAX);
    while (gather() > 0) {
        if (now_ms() >= until_ms)
            (void)json_dumpf(last_missing, stderr, 0);
        assert_true(now_ms() < until_ms);
        rest(100);
    }
}

struct footprint {
    size_t files;
    size_t children;
    size_t kib;
};

static struct footprint footprint(void) {
    return (struct footprint){open_files(), children(), resident_kib()};
}

/* Who was given up is waited for, then killed: its pipes go with it. */
static void settle(const struct footprint *most) {
    uint64_t until_ms = now_ms() + 30000;
    while (open_files() > most->files + SPARE_FILES || children() > most->children) {
        if (now_ms() > until_ms)
            print_error("%zu files, %zu children\n", open_files(), children());
        assert_true(now_ms() < until_ms);
        rest(50);
    }
}

static void harm(uint64_t faults) {
    pthread_t gatherer;
    pthread_t watcher;
    atomic_store(&is_over, false);
    assert_int_equal(pthread_create(&watcher, NULL, canary, NULL), 0);
    assert_int_equal(pthread_create(&gatherer, NULL, gather_on, NULL), 0);
    for (uint64_t i = 0; i < faults; i++) {
        do_harm();
        rest(PACE_MS / 2 + (unsigned)roll(PACE_MS));
        undo_what_is_due(now_ms());
    }
    atomic_store(&is_over, true);
    assert_int_equal(pthread_join(gatherer, NULL), 0);
    assert_int_equal(pthread_join(watcher, NULL), 0);
}

static void tell(uint64_t seed) {
    const size_t *n = tally.faults;
    print_message("seed %llu: %zu mute, %zu slow, %zu cut, %zu garbled, %zu "
                  "killed, %zu stopped, %zu "
                  "restarted; %zu gathers, %zu whole, %zu parts named, the "
                  "longest %llu ms, at most "
                  "%llu ms after a deadline, the canary %llu ms late in all\n",
                  (unsigned long long)seed, n[HANG], n[SLOW], n[CUT], n[GARBAGE], n[KILL], n[STOP],
                  n[RESTART], tally.gathers, tally.whole, tally.named,
                  (unsigned long long)tally.longest_ms, (unsigned long long)tally.most_over_ms,
                  (unsigned long long)(atomic_load(&late_us) / 1000));
}

static void answers_are_whole_or_say_what_is_missing(void **state) {
    (void)state;
    uint64_t seed = setting("CHAOS_SEED", 20250817);
    uint64_t faults = setting("CHAOS_FAULTS", 500);
    dice = seed | 1;
    (void)signal(SIGPIPE, SIG_IGN);
    harness_open(&harness);
    start_servers();
    struct footprint before = footprint();
    assert_int_equal(orch_new(harness.config, &orch, NULL), MCP_OK);
    orch_observe(orch, on_event, NULL);
    heal();
    harm(faults / 10); /* whatever is allocated once is there now */
    heal();
    struct footprint early = footprint();
    harm(faults - faults / 10);
    heal();
    tell(seed);
    json_decref(last_missing);
    settle(&early);
    assert_true(resident_kib() <= early.kib + (setting("CHAOS_GROWTH_MIB", 16) << 10));
    orch_freep(&orch);
    settle(&before);
    stop_servers();
    harness_close(&harness);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_whole_or_say_what_is_missing),
    };
    return cmocka_run_group_tests_name("chaos", tests, NULL, NULL);
}
