/* SPDX-License-Identifier: MIT */
/* The program mcp-orchestrator: what it prints, and where, and its exit codes. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "live.h"

#define ONE "{\"resources\": [{\"uri\": \"x://1\", \"name\": \"One\", \"text\": \"one\"}]}"

static struct live live;
static char out[16384]; /* stdout of the last run */
static char err[16384]; /* its stderr */

static int set_up(void **state) {
    (void)state;
    live_open(&live);
    live.settings = "\"fail_fast\": false, \"max_retries\": 0, \"enable_logging\": false";
    return 0;
}

static int tear_down(void **state) {
    char path[160];
    (void)state;
    (void)snprintf(path, sizeof path, "%s/stderr", live.dir);
    (void)unlink(path);
    live_close(&live);
    return 0;
}

static void slurp(FILE *file, char *into, size_t room) {
    size_t len = file != NULL ? fread(into, 1, room - 1, file) : 0;
    into[len] = '\0';
}

/* Run the program with these words; its exit code. */
static int run(const char *words) {
    char command[1024];
    char path[160];
    (void)snprintf(path, sizeof path, "%s/stderr", live.dir);
    (void)snprintf(command, sizeof command, "exec %s --config %s %s 2>%s", PROGRAM, live.config,
                   words, path);
    FILE *pipe = popen(command, "r"); /* NOLINT(cert-env33-c): the words are ours */
    assert_non_null(pipe);
    slurp(pipe, out, sizeof out);
    int status = pclose(pipe);
    FILE *file = fopen(path, "r");
    slurp(file, err, sizeof err);
    if (file != NULL)
        (void)fclose(file);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void expect_part(const char *text, const char *part) {
    if (strstr(text, part) == NULL)
        print_error("expected \"%s\" in:\n%s\nstderr:\n%s\n", part, text, err);
    assert_non_null(strstr(text, part));
}

static json_t *answer(void) {
    json_t *root = json_loads(out, 0, NULL);
    if (root == NULL)
        print_error("no JSON: %s\n", out);
    assert_non_null(root);
    return root;
}

static void help_and_version(void **state) {
    (void)state;
    assert_int_equal(run("--help"), 0);
    expect_part(out, "Usage: mcp-orchestrator");
    expect_part(out, "3  done in part");
    expect_part(out, "--config FILE");
    assert_string_equal(err, "");
    assert_int_equal(run("--version"), 0);
    expect_part(out, "mcp-orchestrator 0.");
}

static void a_wrong_command_line_is_2(void **state) {
    (void)state;
    live_start(&live);
    assert_int_equal(run(""), 2);
    expect_part(err, "a command is missing");
    assert_int_equal(run("gahter"), 2);
    expect_part(err, "unknown command \"gahter\"");
    assert_int_equal(run("domain"), 2);
    expect_part(err, "domain needs an argument");
    assert_int_equal(run("check x"), 2);
    expect_part(err, "one word too many, \"x\"");
    assert_int_equal(run("--jsn check"), 2);
    expect_part(err, "did you mean --json?");
    assert_int_equal(run("call t '[1]'"), 2);
    expect_part(err, "expected a JSON object, got array");
    assert_int_equal(run("call t '{'"), 2);
    assert_string_equal(out, "");
}

static void check_shows_the_file(void **state) {
    (void)state;
    live_add(&live, "a", 7, "sales", ONE);
    live_start(&live);
    assert_int_equal(run("check"), 0);
    expect_part(out, "1 server, cache 300 s");
    expect_part(out, "sales");
    assert_int_equal(live_count(&live, "a", "initialize"), 0);
    assert_int_equal(run("--json check"), 0);
    json_t *root = answer();
    assert_int_equal(json_object_size(json_object_get(root, "mcp_servers")), 1);
    json_decref(root);
}

static void check_connect_names_what_is_not_as_the_file_says(void **state) {
    (void)state;
    live.settings = "\"max_retries\": 0, \"enable_logging\": false";
    live_add(&live, "a", 1, "sales", "{\"resources\": [], \"tools\": [{\"name\": \"query\"}]}");
    live_set(&live, "a", "capabilities", json_pack("[s, s]", "list_resources", "query"));
    live_start(&live);
    assert_int_equal(run("check --connect"), 0);
    assert_string_equal(out, "ok  1 server reached, each offers what the file expects\n");
    orch_freep(&live.orch);
    live_set(&live, "a", "capabilities", json_pack("[s, s]", "list_prompts", "explain"));
    live_add(&live, "dead", 2, "d", "{\"die\": \"initialize\"}");
    live_start(&live);
    assert_int_equal(run("check --connect"), 3);
    expect_part(out, "capability a: the file expects \"list_prompts\", which it does not offer");
    expect_part(out, "capability a: the file expects \"explain\"");
    expect_part(out, "unreachable dead: ");
    assert_int_equal(run("--json check --connect"), 3);
    json_t *root = answer();
    assert_int_equal(json_array_size(json_object_get(root, "flaws")), 3);
    json_decref(root);
    assert_int_equal(run("status"), 3);
    expect_part(out, "lacks a: list_prompts, explain\n");
}

static void a_wrong_file_is_2_with_every_problem(void **state) {
    (void)state;
    live_add(&live, "a", 1000, "d", ONE);
    live_set(&live, "a", "prority", json_integer(1));
    live_start(&live);
    const char *const commands[] = {"check", "gather"};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(run(commands[i]), 2);
        expect_part(err, "config.yaml:1:");
        expect_part(err, "unknown key \"prority\"");
        expect_part(err, "expected at most 999, got 1000");
        assert_string_equal(out, "");
    }
    assert_int_equal(run("--json check"), 2);
    json_t *root = answer();
    const json_t *error = json_object_get(root, "error");
    assert_string_equal(json_string_value(json_object_get(error, "kind")), "configuration");
    json_decref(root);
}

static void a_whole_gather_is_0(void **state) {
    (void)state;
    live_add(&live, "a", 1, "d", ONE);
    live_start(&live);
    assert_int_equal(run("gather"), 0);
    expect_part(out, "PRIORITY  SERVER  RESOURCE  VALUE");
    expect_part(out, "       1  a       One       text, 3 bytes");
    assert_string_equal(err, "");
    assert_int_equal(run("-j gather"), 0);
    json_t *root = answer();
    assert_int_equal(json_array_size(json_object_get(root, "missing")), 0);
    const json_t *part = json_object_get(json_object_get(root, "servers"), "a");
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(part, "resources"), "One")), "one");
    json_decref(root);
}

static void a_gather_in_part_is_3_and_names_what_is_missing(void **state) {
    (void)state;
    live_add(&live, "a", 1, "d", ONE);
    live_add(&live, "dead", 2, "d", "{\"die\": \"initialize\"}");
    live_start(&live);
    assert_int_equal(run("gather"), 3);
    expect_part(out, "missing dead: ");
    expect_part(out, "no licence");
    assert_int_equal(run("--json gather"), 3);
    json_t *root = answer();
    assert_int_equal(json_array_size(json_object_get(root, "missing")), 1);
    json_decref(root);
    assert_int_equal(run("--json domain d"), 0); /* the best one answered */
}

static void fail_fast_is_1_unless_partial(void **state) {
    (void)state;
    live.settings = "\"fail_fast\": true, \"max_retries\": 0, \"enable_logging\": false";
    live_add(&live, "a", 1, "d", ONE);
    live_add(&live, "dead", 2, "d", "{\"die\": \"initialize\"}");
    live_add(&live, "gone", 3, "d", "{\"die\": \"initialize\"}");
    live_start(&live);
    assert_int_equal(run("gather"), 1);
    expect_part(err, "2 of 3 servers could not be reached");
    expect_part(err, "missing gone: ");
    assert_string_equal(out, "");
    assert_int_equal(run("--json gather"), 1);
    json_t *root = answer();
    assert_string_equal(json_string_value(json_object_get(json_object_get(root, "error"), "kind")),
                        "connection");
    json_decref(root);
    assert_int_equal(run("--partial gather"), 3);
}

static void status_shows_who_is_down(void **state) {
    (void)state;
    live.settings = "\"fail_fast\": true, \"max_retries\": 0, \"enable_logging\": false";
    live_add(&live, "a", 1, "d", ONE);
    live_start(&live);
    assert_int_equal(run("status"), 0);
    expect_part(out, "connected");
    orch_freep(&live.orch);
    live_add(&live, "dead", 2, "d", "{\"die\": \"initialize\"}");
    live_start(&live);
    assert_int_equal(run("status"), 3);
    expect_part(out, "down dead: ");
    assert_int_equal(run("--json status"), 3);
    json_t *root = answer();
    assert_true(json_is_true(json_object_get(root, "initialized")));
    json_decref(root);
}

static void status_of_nobody_is_1(void **state) {
    (void)state;
    live_add(&live, "dead", 2, "d", "{\"die\": \"initialize\"}");
    live_start(&live);
    assert_int_equal(run("status"), 1);
    expect_part(out, "down dead: ");
}

static void domain_read_and_call(void **state) {
    (void)state;
    live_add(&live, "a", 1, "sales",
             "{\"resources\": [{\"uri\": \"x://1\", \"name\": \"One\", \"text\": \"one\"}], "
             "\"tools\": [{\"name\": \"t\"}, {\"name\": \"bad\", \"fail\": true}]}");
    live_start(&live);
    assert_int_equal(run("domain sales"), 0);
    expect_part(out, "One       text, 3 bytes");
    assert_int_equal(run("domain nothing"), 0);
    assert_string_equal(out, "nothing\n");
    assert_int_equal(run("read x://1"), 0);
    assert_string_equal(out, "one\n");
    assert_int_equal(run("--json read x://1"), 0);
    expect_part(out, "\"contents\"");
    assert_int_equal(run("read x://9"), 1);
    expect_part(err, "Resource not found");
    assert_int_equal(run("call t '{\"n\": 1}'"), 0);
    assert_string_equal(out, "{\"n\":1}\n");
    assert_int_equal(run("call t"), 0);
    assert_int_equal(run("call bad"), 1);
    assert_string_equal(out, "{}\n");
    assert_int_equal(run("call unknown"), 1);
    expect_part(err, "no server lists the tool \"unknown\"");
}

static void the_log_follows_the_file(void **state) {
    (void)state;
    live.settings = "\"log_level\": \"DEBUG\"";
    live_add(&live, "a", 1, "d", ONE);
    live_start(&live);
    assert_int_equal(run("gather"), 0);
    expect_part(err, "server=a event=\"connected\"");
    expect_part(err, "server=a event=\"fetched\" detail=\"1 resources\"");
    orch_freep(&live.orch);
    live.settings = "\"log_level\": \"ERROR\"";
    live_start(&live);
    assert_int_equal(run("gather"), 0);
    assert_string_equal(err, "");
}

static void a_long_wait_is_explained(void **state) {
    (void)state;
    live_add(&live, "a", 1, "d", ONE);
    live_add(&live, "mute", 2, "d", "{\"hang\": \"initialize\"}");
    live_set(&live, "mute", "timeout", json_integer(2));
    live_start(&live);
    assert_int_equal(run("status"), 3);
    expect_part(err, "waiting for ");
    expect_part(err, "\"mute\" (1 s)\n");
}

/* A run that does not end by itself. */
struct running {
    pid_t pid;
    FILE *out;
};

static void begin(struct running *running, const char *words) {
    char command[1024];
    int ends[2];
    (void)snprintf(command, sizeof command, "exec %s --config %s %s 2>%s/stderr", PROGRAM,
                   live.config, words, live.dir);
    assert_int_equal(pipe(ends), 0);
    running->pid = fork();
    assert_true(running->pid >= 0);
    if (running->pid == 0) {
        (void)dup2(ends[1], STDOUT_FILENO);
        (void)close(ends[0]);
        (void)close(ends[1]);
        (void)execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    (void)close(ends[1]);
    running->out = fdopen(ends[0], "r");
    assert_non_null(running->out);
}

/* Its exit code after the signal; 0: it ends by itself. */
static int end(struct running *running, int number) {
    int status = 0;
    if (number != 0)
        assert_int_equal(kill(running->pid, number), 0);
    while (running->out != NULL && fgets(out, sizeof out, running->out) != NULL)
        continue;
    if (running->out != NULL)
        (void)fclose(running->out);
    assert_int_equal(waitpid(running->pid, &status, 0), running->pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* The next document in which `what` is so. */
static json_t *next(struct running *running, bool (*what)(const json_t *status)) {
    static char line[65536];
    for (int i = 0; i < 60; i++) {
        assert_non_null(fgets(line, sizeof line, running->out));
        json_t *status = json_loads(line, 0, NULL);
        assert_non_null(status);
        if (what(status))
            return status;
        json_decref(status);
    }
    fail_msg("60 documents, and it is not so");
    return NULL;
}

static size_t connected_count(const json_t *status) {
    const json_t *servers = json_object_get(status, "servers");
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(servers); i++)
        count += json_is_true(json_object_get(json_array_get(servers, i), "connected"));
    return count;
}

static bool has_one(const json_t *status) {
    return connected_count(status) == 1;
}

static bool has_two(const json_t *status) {
    return connected_count(status) == 2;
}

static bool has_refused_the_file(const json_t *status) {
    return json_is_string(json_object_get(json_object_get(status, "reload"), "error"));
}

static void watch_streams_documents_until_a_signal(void **state) {
    (void)state;
    const int ends[] = {SIGINT, SIGTERM};
    live_add(&live, "a", 1, "d", ONE);
    live_add(&live, "mute", 2, "d", "{\"hang\": \"initialize\"}"); /* nobody waits for it */
    live_start(&live);
    for (size_t i = 0; i < 2; i++) {
        struct running running;
        begin(&running, "--json status --watch --interval 1");
        json_t *status = next(&running, has_one);
        assert_non_null(json_object_get(status, "at"));
        assert_true(json_is_null(json_object_get(status, "reload")));
        json_decref(status);
        json_decref(next(&running, has_one));
        assert_int_equal(end(&running, ends[i]), 0);
    }
}

static void watch_follows_the_file(void **state) {
    (void)state;
    struct running running;
    live_add(&live, "a", 1, "d", ONE);
    live_start(&live);
    begin(&running, "-j status -w -i 1");
    json_decref(next(&running, has_one));
    live_add(&live, "b", 2, "d", ONE);
    live_write(&live);
    json_t *status = next(&running, has_two);
    const json_t *changes = json_object_get(json_object_get(status, "reload"), "changes");
    assert_int_equal(json_array_size(json_object_get(changes, "added")), 1);
    json_decref(status);
    live_set(&live, "b", "priority", json_integer(1000));
    live_write(&live);
    assert_int_equal(kill(running.pid, SIGHUP), 0);
    status = next(&running, has_refused_the_file);
    expect_part(json_string_value(json_object_get(json_object_get(status, "reload"), "error")),
                "config.yaml:1:");
    assert_int_equal(connected_count(status), 2);
    json_decref(status);
    assert_int_equal(end(&running, SIGINT), 0);
    assert_int_equal(live_count(&live, "a", "initialize"), 1);
}

static void watch_appends_blocks_where_there_is_no_terminal(void **state) {
    (void)state;
    struct running running;
    char line[512];
    size_t heads = 0;
    size_t empty = 0;
    live_start(&live); /* no server at all */
    begin(&running, "status --watch --interval 1");
    while (empty < 2 && fgets(line, sizeof line, running.out) != NULL) {
        assert_null(strchr(line, '\033'));
        heads += strstr(line, "  every 1 s  ") != NULL;
        empty += line[0] == '\n';
    }
    assert_int_equal(heads, 2);
    (void)fclose(running.out); /* nobody reads any more */
    running.out = NULL;
    assert_int_equal(end(&running, 0), 1);
}

static void bounds_of_the_interval(void **state) {
    (void)state;
    live_start(&live);
    assert_int_equal(run("status --watch --interval 0"), 2);
    expect_part(err, "1");
    assert_int_equal(run("status --watch --interval 3601"), 2);
    expect_part(err, "3600");
    assert_int_equal(run("status --interval 3600"), 1);
    (void)unlink(live.config);
    assert_int_equal(run("status --watch --interval 1"), 2);
}

#define LIVE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        LIVE(help_and_version),
        LIVE(a_wrong_command_line_is_2),
        LIVE(check_shows_the_file),
        LIVE(check_connect_names_what_is_not_as_the_file_says),
        LIVE(a_wrong_file_is_2_with_every_problem),
        LIVE(a_whole_gather_is_0),
        LIVE(a_gather_in_part_is_3_and_names_what_is_missing),
        LIVE(fail_fast_is_1_unless_partial),
        LIVE(status_shows_who_is_down),
        LIVE(status_of_nobody_is_1),
        LIVE(watch_streams_documents_until_a_signal),
        LIVE(watch_follows_the_file),
        LIVE(watch_appends_blocks_where_there_is_no_terminal),
        LIVE(bounds_of_the_interval),
        LIVE(domain_read_and_call),
        LIVE(the_log_follows_the_file),
        LIVE(a_long_wait_is_explained),
    };
    return cmocka_run_group_tests_name("orchestrator.cli", tests, NULL, NULL);
}
