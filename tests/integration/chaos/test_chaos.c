/* SPDX-License-Identifier: MIT */
/* Twelve servers that are killed, stopped, mute, slow and garbled at random while gathers go on:
 * every answer is complete or says what is missing, in time, and nothing is left behind.
 * CHAOS_SEED and CHAOS_SECONDS change what is done and for how long. */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "live.h"

/* A server has `timeout` to connect and as long to list and read, once more when its connection
 * turns out dead; the rest is for a machine under load. */
enum { SERVERS = 12, TIMEOUT_S = 1, MAX_CALL_MS = 4 * TIMEOUT_S * 1000 + 2000 };

static struct live live;
static uint64_t dice;

struct tally {
    size_t faults[5];
    size_t gathers;
    size_t whole;
    size_t named; /* parts that were missing, failed or stale */
    uint64_t longest_ms;
};

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

static void mode_path(size_t at, char *out, size_t room) {
    (void)snprintf(out, room, "%s/s%zu.mode", live.dir, at);
}

static void set_mode(size_t at, const char *mode) {
    char path[160];
    mode_path(at, path, sizeof path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs(mode, file);
    (void)fclose(file);
}

static void signal_server(size_t at, int number) {
    char id[16];
    (void)snprintf(id, sizeof id, "s%zu", at);
    json_t *server = live_status(&live, id);
    pid_t pid = (pid_t)json_integer_value(json_object_get(server, "child_pid"));
    json_decref(server);
    if (pid > 0)
        (void)kill(pid, number);
}

static void do_harm(struct tally *tally) {
    static const char *const modes[] = {"hang", "slow", "garbage"};
    size_t at = (size_t)roll(SERVERS);
    size_t fault = (size_t)roll(5);
    tally->faults[fault]++;
    if (fault < 3)
        set_mode(at, modes[fault]);
    else
        signal_server(at, fault == 3 ? SIGKILL : SIGSTOP);
}

static bool is_named(const json_t *missing, const char *id) {
    for (size_t i = 0; i < json_array_size(missing); i++)
        if (strcmp(json_string_value(json_object_get(json_array_get(missing, i), "id")), id) == 0)
            return true;
    return false;
}

/* Each server's part is whole, or it is named with a cause. */
static void judge(const json_t *all, const json_t *missing, struct tally *tally) {
    for (size_t i = 0; i < SERVERS; i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "s%zu", i);
        const json_t *part = json_object_get(all, id);
        size_t count = json_object_size(json_object_get(part, "resources"));
        if (count != 3 && !is_named(missing, id))
            print_error("%s has %zu resources and is not named\n", id, count);
        assert_true(count == 3 || is_named(missing, id));
    }
    for (size_t i = 0; i < json_array_size(missing); i++)
        assert_true(json_string_length(json_object_get(json_array_get(missing, i), "error")) > 0);
    tally->named += json_array_size(missing);
    tally->whole += json_array_size(missing) == 0;
}

static size_t gather(struct tally *tally) {
    json_t *all = NULL;
    json_t *missing = NULL;
    uint64_t began_ms = live_now_ms();
    (void)orch_invalidate(live.orch, NULL);
    enum mcp_code code = orch_gather_all_resources(live.orch, &all, &missing, &live.error);
    uint64_t took_ms = live_now_ms() - began_ms;
    tally->gathers++;
    if (took_ms > tally->longest_ms)
        tally->longest_ms = took_ms;
    assert_true(took_ms <= MAX_CALL_MS);
    size_t named = SERVERS;
    if (code == MCP_OK) {
        judge(all, missing, tally);
        named = json_array_size(missing);
    } else { /* nobody answered: then everybody is named */
        assert_int_equal(json_array_size(json_object_get(live.error.context, "servers")), SERVERS);
    }
    orch_error_deinit(&live.error);
    json_decref(all);
    json_decref(missing);
    return named;
}

static void add_servers(void) {
    for (size_t i = 0; i < SERVERS; i++) {
        char id[16];
        char path[160];
        char script[512];
        (void)snprintf(id, sizeof id, "s%zu", i);
        mode_path(i, path, sizeof path);
        (void)snprintf(script, sizeof script, "{\"mode_file\": \"%s\", \"many\": 3, \"page\": 2}",
                       path);
        set_mode(i, "");
        live_add(&live, id, (int)i + 1, "d", script);
        live_set(&live, id, "timeout", json_integer(TIMEOUT_S));
    }
}

static void remove_modes(void) {
    for (size_t i = 0; i < SERVERS; i++) {
        char path[160];
        mode_path(i, path, sizeof path);
        (void)unlink(path);
    }
}

static void heal(struct tally *tally) {
    const struct timespec moment = {.tv_nsec = 200000000};
    uint64_t until_ms = live_now_ms() + 120000;
    for (size_t i = 0; i < SERVERS; i++)
        set_mode(i, "");
    while (gather(tally) > 0) {
        assert_true(live_now_ms() < until_ms);
        (void)nanosleep(&moment, NULL);
    }
}

/* A child that is stopped is waited for before it is killed: its pipes go with it. */
static void settle(size_t files) {
    const struct timespec moment = {.tv_nsec = 50000000};
    uint64_t until_ms = live_now_ms() + 30000;
    while (open_files() > files) {
        assert_true(live_now_ms() < until_ms);
        (void)nanosleep(&moment, NULL);
    }
}

static void answers_are_whole_or_say_what_is_missing(void **state) {
    (void)state;
    struct tally tally = {0};
    uint64_t seed = setting("CHAOS_SEED", 20250817);
    uint64_t seconds = setting("CHAOS_SECONDS", 8);
    dice = seed | 1;
    live_open(&live);
    live.settings = "\"fail_fast\": false, \"max_retries\": 0, \"health_interval\": 1";
    add_servers();
    live_start(&live);
    assert_int_equal(gather(&tally), 0);
    size_t files = open_files();
    uint64_t until_ms = live_now_ms() + seconds * 1000;
    while (live_now_ms() < until_ms) {
        do_harm(&tally);
        if (roll(3) == 0)
            set_mode((size_t)roll(SERVERS), "");
        if (roll(2) == 0)
            (void)gather(&tally);
    }
    heal(&tally);
    print_message(
        "seed %llu: %zu mute, %zu slow, %zu garbled, %zu killed, %zu stopped; %zu gathers, "
        "%zu whole, %zu parts named, the longest %llu ms\n",
        (unsigned long long)seed, tally.faults[0], tally.faults[1], tally.faults[2],
        tally.faults[3], tally.faults[4], tally.gathers, tally.whole, tally.named,
        (unsigned long long)tally.longest_ms);
    settle(files);
    orch_close(live.orch);
    remove_modes();
    live_close(&live); /* no child is left */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_whole_or_say_what_is_missing),
    };
    return cmocka_run_group_tests_name("chaos", tests, NULL, NULL);
}
