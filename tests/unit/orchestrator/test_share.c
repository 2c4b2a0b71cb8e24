/* SPDX-License-Identifier: MIT */
/* The cache that several orchestrators share, on a real Redis or Valkey. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "live.h"
#include "redis_server.h"

enum { WAIT_MS = 20000, SKIPPED = 77, SETTINGS_BYTES = 512 };

/* Two orchestrators that share, their Redis, and one stub server "a" for each of them. */
struct pair {
    struct redis_server redis;
    struct live live; /* its orch is the first */
    struct orch *second;
    char settings[SETTINGS_BYTES];
};

static const char script[] = "{\"resources\": [{\"uri\": \"x://1\", \"name\": \"One\", \"text\": "
                             "\"one\"}], \"tools\": [{\"name\": \"touch\"}], \"subscribe\": true}";

static void share_by(struct pair *pair, const char *members) {
    (void)snprintf(pair->settings, sizeof pair->settings,
                   "\"fail_fast\": false, \"cache\": {\"backend\": \"unix:%s\"%s}",
                   pair->redis.socket, members);
    pair->live.settings = pair->settings;
}

static void open_pair(struct pair *pair) {
    redis_server_open(&pair->redis);
    live_open(&pair->live);
    pair->second = NULL;
    share_by(pair, ", \"timeout_ms\": 10000"); /* the machine may be busy */
}

/* The configuration as it is now, for both. */
static void start_pair(struct pair *pair) {
    live_start(&pair->live);
    assert_int_equal(orch_new(pair->live.config, &pair->second, NULL), MCP_OK);
}

static void close_pair(struct pair *pair) {
    orch_free(pair->second);
    orch_free(pair->live.orch);
    pair->live.orch = NULL;
    redis_server_close(&pair->redis);
    live_close(&pair->live);
}

static void gather(struct orch *orch) {
    json_auto_t *all = NULL;
    struct orch_error error = ORCH_ERROR_INIT;
    assert_int_equal(orch_gather_all_resources(orch, &all, NULL, &error), MCP_OK);
    const json_t *resources = json_object_get(json_object_get(all, "a"), "resources");
    assert_string_equal(json_string_value(json_object_get(resources, "One")), "one");
}

static json_t *cache_stats(struct orch *orch) {
    json_auto_t *status = NULL;
    assert_int_equal(orch_get_status(orch, &status, NULL), MCP_OK);
    return json_incref(json_object_get(status, "cache_stats"));
}

static json_int_t shared_count(struct orch *orch, const char *key) {
    json_auto_t *stats = cache_stats(orch);
    return json_integer_value(json_object_get(json_object_get(stats, "shared"), key));
}

static void moment(void) {
    const struct timespec pause = {.tv_nsec = 5000000};
    (void)nanosleep(&pause, NULL);
}

static bool is_state(struct orch *orch, const char *state) {
    json_auto_t *stats = cache_stats(orch);
    const json_t *shared = json_object_get(stats, "shared");
    return strcmp(json_string_value(json_object_get(shared, "state")), state) == 0;
}

static void wait_for_state(struct orch *orch, const char *state) {
    for (uint64_t until = live_now_ms() + WAIT_MS; !is_state(orch, state);) {
        assert_true(live_now_ms() < until);
        moment();
    }
}

/* Until what the orchestrator has of the server is stale, or gone. */
static bool is_good(struct orch *orch) {
    json_auto_t *status = NULL;
    assert_int_equal(orch_get_status(orch, &status, NULL), MCP_OK);
    const json_t *server = json_array_get(json_object_get(status, "servers"), 0);
    const json_t *entry = json_object_get(json_object_get(server, "cache"), "resources");
    return json_is_object(entry) && json_is_false(json_object_get(entry, "is_stale"));
}

static void wait_until_not_good(struct orch *orch) {
    for (uint64_t until = live_now_ms() + WAIT_MS; is_good(orch);) {
        assert_true(live_now_ms() < until);
        moment();
    }
}

/* Until Redis has (not) a key like this. */
static void wait_for_key(const struct pair *pair, const char *pattern, bool is_there) {
    for (uint64_t until = live_now_ms() + WAIT_MS;;) {
        json_auto_t *keys = redis_server_keys(&pair->redis, pattern);
        if ((json_array_size(keys) > 0) == is_there)
            return;
        assert_true(live_now_ms() < until);
        moment();
    }
}

static size_t lists(const struct pair *pair) {
    return live_count(&pair->live, "a", "resources/list");
}

static void what_one_read_the_other_need_not(void **state) {
    (void)state;
    struct pair pair;
    open_pair(&pair);
    redis_server_start(&pair.redis);
    live_add(&pair.live, "a", 1, "x", script);
    start_pair(&pair);
    gather(pair.live.orch);
    wait_for_key(&pair, "*:private:*", true);
    gather(pair.second);
    assert_int_equal(lists(&pair), 1);
    assert_int_equal(shared_count(pair.live.orch, "stored"), 1);
    assert_int_equal(shared_count(pair.live.orch, "misses"), 1);
    assert_int_equal(shared_count(pair.second, "hits"), 1);
    assert_true(is_state(pair.second, "up"));
    json_auto_t *stats = cache_stats(pair.second);
    assert_string_equal(json_string_value(json_object_get(stats, "backend")), "redis");
    /* after both are gone it is still there */
    orch_close(pair.live.orch);
    orch_close(pair.second);
    gather(pair.second);
    assert_int_equal(lists(&pair), 1);
    wait_for_key(&pair, "*:lock:*", false);
    close_pair(&pair);
}

static void a_change_reaches_the_other(void **state) {
    (void)state;
    struct pair pair;
    struct orch_error error = ORCH_ERROR_INIT;
    json_auto_t *result = NULL;
    open_pair(&pair);
    redis_server_start(&pair.redis);
    live_add(&pair.live, "a", 1, "x", script);
    start_pair(&pair);
    gather(pair.live.orch);
    wait_for_key(&pair, "*:private:*", true);
    gather(pair.second);
    assert_true(is_good(pair.second));
    /* each has a child of its own: only the first is told by it */
    assert_int_equal(orch_call_tool(pair.live.orch, "touch", NULL, &result, &error), MCP_OK);
    wait_until_not_good(pair.second);
    gather(pair.second);
    assert_int_equal(lists(&pair), 2);
    wait_until_not_good(pair.live.orch);
    gather(pair.live.orch); /* has it from the second */
    assert_int_equal(lists(&pair), 2);
    /* somebody wants it anew */
    assert_int_equal(orch_invalidate(pair.second, "a") > 0, 1);
    wait_until_not_good(pair.live.orch);
    gather(pair.second);
    assert_int_equal(lists(&pair), 3);
    close_pair(&pair);
}

/* Runs the program's gather; its output goes nowhere. */
static pid_t start_program(const struct pair *pair) {
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid > 0)
        return pid;
    (void)freopen("/dev/null", "w", stdout);
    (void)freopen("/dev/null", "w", stderr);
    char command[512];
    (void)snprintf(command, sizeof command, "exec %s --config %s gather", PROGRAM,
                   pair->live.config);
    (void)execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

static void set_mode(const struct pair *pair, const char *mode) {
    char path[128];
    (void)snprintf(path, sizeof path, "%s/mode", pair->live.dir);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs(mode, file);
    (void)fclose(file);
}

static void drop_mode(const struct pair *pair) {
    char path[128];
    (void)snprintf(path, sizeof path, "%s/mode", pair->live.dir);
    (void)unlink(path);
}

/* The stub server with what it holds, and more members of its script. */
static void add_with(struct pair *pair, const char *more) {
    char text[512];
    (void)snprintf(
        text, sizeof text,
        "{\"resources\": [{\"uri\": \"x://1\", \"name\": \"One\", \"text\": \"one\"}]%s}", more);
    live_add(&pair->live, "a", 1, "x", text);
}

static void processes_read_it_once(void **state) {
    (void)state;
    enum { COUNT = 4 };
    struct pair pair;
    pid_t pids[COUNT];
    char more[128];
    open_pair(&pair);
    redis_server_start(&pair.redis);
    (void)snprintf(more, sizeof more, ", \"mode_file\": \"%s/mode\"", pair.live.dir);
    add_with(&pair, more);
    set_mode(&pair, "slow");
    live_write(&pair.live);
    for (int i = 0; i < COUNT; i++)
        pids[i] = start_program(&pair);
    for (int i = 0; i < COUNT; i++) {
        int status = 0;
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
    assert_int_equal(live_count(&pair.live, "a", "initialize"), COUNT);
    assert_int_equal(lists(&pair), 1);
    drop_mode(&pair);
    close_pair(&pair);
}

static void a_dead_reader_is_succeeded(void **state) {
    (void)state;
    struct pair pair;
    char more[192];
    open_pair(&pair);
    redis_server_start(&pair.redis);
    (void)snprintf(more, sizeof more, ", \"hang\": \"resources/list\", \"hang_file\": \"%s/mode\"",
                   pair.live.dir);
    add_with(&pair, more);
    set_mode(&pair, "hang");
    start_pair(&pair);
    assert_int_equal(orch_initialize(pair.second, NULL), MCP_OK);
    wait_for_state(pair.second, "up");
    pid_t pid = start_program(&pair);
    wait_for_key(&pair, "*:lock:*", true);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    drop_mode(&pair);
    gather(pair.second);
    assert_int_equal(shared_count(pair.second, "stored"), 1);
    close_pair(&pair);
}

static void private_answers_keep_to_their_credentials(void **state) {
    (void)state;
    struct pair pair;
    open_pair(&pair);
    redis_server_start(&pair.redis);
    live_add(&pair.live, "a", 1, "x", script);
    start_pair(&pair);
    gather(pair.live.orch);
    wait_for_key(&pair, "*:private:*", true);
    live_set(&pair.live, "a", "env", json_pack("{s:s}", "TOKEN", "of somebody else"));
    live_write(&pair.live);
    gather(pair.second);
    assert_int_equal(lists(&pair), 2);
    orch_close(pair.second);
    json_auto_t *keys = redis_server_keys(&pair.redis, "*:resources:private:*");
    assert_int_equal(json_array_size(keys), 2);
    for (size_t i = 0; i < 2; i++)
        assert_null(strstr(json_string_value(json_array_get(keys, i)), "somebody"));
    close_pair(&pair);
}

static void public_answers_are_everybody_s(void **state) {
    (void)state;
    struct pair pair;
    open_pair(&pair);
    redis_server_start(&pair.redis);
    live_add(&pair.live, "a", 1, "x",
             "{\"resources\": [{\"uri\": \"x://1\", \"name\": \"One\", \"text\": \"one\"}], "
             "\"scope\": \"public\", \"ttl_ms\": 100000}");
    start_pair(&pair);
    gather(pair.live.orch);
    wait_for_key(&pair, "*:resources:public", true);
    live_set(&pair.live, "a", "env", json_pack("{s:s}", "TOKEN", "of somebody else"));
    live_write(&pair.live);
    gather(pair.second);
    assert_int_equal(lists(&pair), 1);
    close_pair(&pair);
}

struct heard {
    atomic_int downs;
    atomic_int ups;
};

static void on_event(const struct orch_event *event, void *user) {
    struct heard *heard = user;
    if (event->kind == ORCH_EV_CACHE_DOWN)
        atomic_fetch_add(&heard->downs, 1);
    if (event->kind == ORCH_EV_CACHE_UP)
        atomic_fetch_add(&heard->ups, 1);
}

static void without_redis_memory_serves(void **state) {
    (void)state;
    struct pair pair;
    struct heard heard = {0};
    open_pair(&pair);
    redis_server_start(&pair.redis);
    live_add(&pair.live, "a", 1, "x", script);
    start_pair(&pair);
    orch_observe(pair.second, on_event, &heard);
    gather(pair.second);
    assert_true(is_state(pair.second, "up"));
    redis_server_stop(&pair.redis);
    wait_for_state(pair.second, "down");
    gather(pair.second); /* from memory */
    assert_int_equal(lists(&pair), 1);
    assert_true(orch_invalidate(pair.second, NULL) > 0);
    gather(pair.second); /* read anew */
    assert_int_equal(lists(&pair), 2);
    json_auto_t *stats = cache_stats(pair.second);
    const json_t *error = json_object_get(json_object_get(stats, "shared"), "last_error");
    assert_non_null(json_string_value(json_object_get(error, "error")));
    redis_server_start(&pair.redis);
    wait_for_state(pair.second, "up");
    assert_int_equal(atomic_load(&heard.downs), 1);
    assert_int_equal(atomic_load(&heard.ups), 1);
    gather(pair.second); /* what it had is doubted */
    assert_int_equal(lists(&pair), 3);
    wait_for_key(&pair, "*:private:*", true);
    gather(pair.live.orch);
    assert_int_equal(lists(&pair), 3);
    close_pair(&pair);
}

static void a_redis_that_hangs_delays_little(void **state) {
    (void)state;
    struct pair pair;
    open_pair(&pair);
    share_by(&pair, ", \"timeout_ms\": 200");
    redis_server_start(&pair.redis);
    live_add(&pair.live, "a", 1, "x", script);
    start_pair(&pair);
    assert_int_equal(orch_initialize(pair.second, NULL), MCP_OK);
    wait_for_state(pair.second, "up");
    redis_server_signal(&pair.redis, SIGSTOP);
    uint64_t began = live_now_ms();
    gather(pair.second);
    gather(pair.live.orch); /* connects while it hangs */
    assert_true(live_now_ms() - began < WAIT_MS / 2);
    wait_for_state(pair.second, "down");
    wait_for_state(pair.live.orch, "down");
    assert_int_equal(lists(&pair), 2);
    redis_server_signal(&pair.redis, SIGCONT);
    wait_for_state(pair.second, "up");
    close_pair(&pair);
}

/* Every key of ours is overwritten with this. */
static void spoil(const struct pair *pair, const char *verb, const char *value) {
    json_auto_t *keys = redis_server_keys(&pair->redis, "mcp:*");
    assert_true(json_array_size(keys) > 0);
    for (size_t i = 0; i < json_array_size(keys); i++) {
        const char *key = json_string_value(json_array_get(keys, i));
        const char *gone[] = {"DEL", key};
        const char *words[] = {verb, key, value};
        json_decref(redis_server_ask(&pair->redis, 2, gone));
        json_decref(redis_server_ask(&pair->redis, 3, words));
        const char *expire[] = {"PEXPIRE", key, "600000"};
        json_decref(redis_server_ask(&pair->redis, 3, expire));
    }
}

static void garbage_is_a_miss(void **state) {
    (void)state;
    static const char *const values[][2] = {
        {"SET", "garbage"},
        {"SET", "mcpo 2 1000 - private 0 2\n{}"},
        {"SET", "mcpo 1 600000 - private 0 2\n{}"},
        {"SET", "mcpo 1 600000 - private 0 6\n{\"a\": "},
        {"LPUSH", "of another type"},
    };
    struct pair pair;
    open_pair(&pair);
    redis_server_start(&pair.redis);
    live_add(&pair.live, "a", 1, "x", script);
    start_pair(&pair);
    gather(pair.live.orch);
    wait_for_key(&pair, "*:private:*", true);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        orch_close(pair.second); /* what it says is said */
        spoil(&pair, values[i][0], values[i][1]);
        gather(pair.second);
        assert_int_equal(lists(&pair), i + 2);
        assert_true(is_state(pair.second, "up"));
        assert_int_equal(shared_count(pair.second, "hits"), 0);
    }
    /* a generation that is none begins anew, after one more reading */
    (void)orch_invalidate(pair.second, NULL);
    gather(pair.second);
    orch_close(pair.second);
    spoil(&pair, "SET", "garbage");
    const char *noise[] = {"PUBLISH", "mcp:1:changes", "mcpo 1 garbage"};
    json_decref(redis_server_ask(&pair.redis, 3, noise));
    gather(pair.second);
    orch_close(pair.second);
    gather(pair.second);
    size_t before = lists(&pair);
    orch_close(pair.second);
    gather(pair.second);
    assert_int_equal(lists(&pair), before);
    close_pair(&pair);
}

static void expect_refused(struct pair *pair, const char *word) {
    gather(pair->live.orch);
    wait_for_state(pair->live.orch, "down");
    json_auto_t *stats = cache_stats(pair->live.orch);
    json_t *shared = json_object_get(stats, "shared");
    const json_t *error = json_object_get(shared, "last_error");
    const char *text = json_string_value(json_object_get(error, "error"));
    if (strstr(text, word) == NULL)
        print_error("\"%s\" does not say %s\n", text, word);
    assert_non_null(strstr(text, word));
    char *all = json_dumps(shared, 0);
    assert_null(strstr(all, "opensesame"));
    free(all);
}

static void use_user(struct pair *pair, const char *user) {
    (void)snprintf(pair->settings, sizeof pair->settings,
                   "\"fail_fast\": false, \"cache\": {\"backend\": "
                   "\"unix://%s:${MCP_TEST_PASSWORD}@%s\", \"timeout_ms\": 10000}",
                   user, pair->redis.socket);
    live_write(&pair->live);
}

static void who_is_not_let_in_says_so(void **state) {
    (void)state;
    struct pair pair;
    const char *limited[] = {"ACL", "SETUSER", "limited", "on",  ">opensesame",
                             "~*",  "&*",      "+@all",   "-set"};
    const char *able[] = {"ACL",    "SETUSER", "able",     "on",         ">opensesame", "~mcp:*",
                          "&mcp:*", "+eval",   "+get",     "+set",       "+pttl",       "+pexpire",
                          "+incr",  "+del",    "+publish", "+subscribe", "+ping"};
    open_pair(&pair);
    pair.redis.password = "another";
    (void)setenv("MCP_TEST_PASSWORD", "opensesame", 1);
    redis_server_start(&pair.redis);
    json_decref(redis_server_ask(&pair.redis, sizeof limited / sizeof limited[0], limited));
    json_decref(redis_server_ask(&pair.redis, sizeof able / sizeof able[0], able));
    live_add(&pair.live, "a", 1, "x", script);
    start_pair(&pair);
    expect_refused(&pair, "NOAUTH");
    static const char *const cases[][2] = {{"", "WRONGPASS"},
                                           {"limited", "can't run this command"}};
    for (size_t i = 0; i < 2; i++) {
        orch_close(pair.live.orch);
        use_user(&pair, cases[i][0]);
        assert_int_equal(orch_load_configuration(pair.live.orch, NULL), MCP_OK);
        expect_refused(&pair, cases[i][1]);
    }
    use_user(&pair, "able");
    assert_int_equal(orch_reload(pair.live.orch, NULL, NULL), MCP_OK);
    wait_for_state(pair.live.orch, "up");
    close_pair(&pair);
}

static void share_at(struct pair *pair, const char *backend, const char *members) {
    (void)snprintf(pair->settings, sizeof pair->settings,
                   "\"fail_fast\": false, \"cache\": {\"backend\": \"%s\"%s}", backend, members);
    live_write(&pair->live);
}

static void over_tcp_and_tls_it_is_the_same(void **state) {
    (void)state;
    struct pair pair;
    char backend[128];
    char members[320];
    char secret[128];
    open_pair(&pair);
    pair.redis.password = "opensesame";
    pair.redis.has_ports = true;
    redis_server_start(&pair.redis);
    live_add(&pair.live, "a", 1, "x", script);
    start_pair(&pair);
    (void)snprintf(secret, sizeof secret, "%s/secret", pair.redis.dir);
    FILE *file = fopen(secret, "w");
    assert_non_null(file);
    (void)fputs("opensesame\n", file);
    (void)fclose(file);
    (void)snprintf(backend, sizeof backend, "redis://localhost:%d/3", pair.redis.port);
    (void)snprintf(members, sizeof members, ", \"timeout_ms\": 10000, \"password_file\": \"%s\"",
                   secret);
    share_at(&pair, backend, members);
    gather(pair.live.orch);
    orch_close(pair.live.orch);
    (void)snprintf(backend, sizeof backend, "rediss://localhost:%d/3", pair.redis.tls_port);
    (void)snprintf(members, sizeof members,
                   ", \"timeout_ms\": 10000, \"password_file\": \"%s\", \"ca_file\": \"%s\"",
                   secret, pair.redis.cert);
    share_at(&pair, backend, members);
    gather(pair.second);
    assert_true(is_state(pair.second, "up"));
    assert_int_equal(lists(&pair), 1);
    (void)snprintf(members, sizeof members, ", \"timeout_ms\": 10000, \"password_file\": \"%s\"",
                   secret);
    share_at(&pair, backend, members); /* without the authority that it trusts */
    assert_int_equal(orch_load_configuration(pair.live.orch, NULL), MCP_OK);
    expect_refused(&pair, "certificate");
    (void)unlink(secret);
    close_pair(&pair);
}

/* What says these bytes to all who connect, and hangs up at once or never. */
struct impostor {
    int fd;
    const char *says;
    bool hangs_up;
};

static void *impersonate(void *user) {
    const struct impostor *impostor = user;
    for (int fd = accept(impostor->fd, NULL, NULL); fd >= 0;
         fd = accept(impostor->fd, NULL, NULL)) {
        (void)send(fd, impostor->says, strlen(impostor->says), MSG_NOSIGNAL);
        char byte = 0;
        while (!impostor->hangs_up && recv(fd, &byte, 1, 0) > 0)
            continue;
        (void)close(fd);
    }
    return NULL;
}

static int listen_at(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 16), 0);
    return fd;
}

static void what_is_no_redis_is_left_alone(void **state) {
    (void)state;
    static const struct {
        const char *says;
        bool hangs_up;
        const char *error;
    } cases[] = {
        {"HTTP/1.1 400 Bad Request\r\n\r\n", false, "protocol"},
        {"*1000000000\r\n", false, "protocol"},
        {"*-7\r\n*9\r\n", false, "protocol"},
        {"$99999999999999999999\r\n", false, "protocol"},
        {"+PONG\r\n+PONG\r\n+PONG\r\n+PONG\r\n", false, ""},
        {"-LOADING the dataset\r\n", false, "LOADING"},
        {"-LOAD\033[31m\r\n", false, "LOAD"},
        {"", true, "connect"},
        {"+PO", true, "connect"},
        {"", false, "within 200 ms"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pair pair;
        pthread_t thread;
        open_pair(&pair);
        if (i + 1 == sizeof cases / sizeof cases[0])
            share_by(&pair, ", \"timeout_ms\": 200");
        struct impostor impostor = {listen_at(pair.redis.socket), cases[i].says, cases[i].hangs_up};
        assert_int_equal(pthread_create(&thread, NULL, impersonate, &impostor), 0);
        live_add(&pair.live, "a", 1, "x", script);
        start_pair(&pair);
        expect_refused(&pair, cases[i].error);
        orch_close(pair.live.orch);
        (void)shutdown(impostor.fd, SHUT_RDWR);
        (void)pthread_join(thread, NULL);
        (void)close(impostor.fd);
        (void)unlink(pair.redis.socket);
        close_pair(&pair);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_one_read_the_other_need_not),
        cmocka_unit_test(a_change_reaches_the_other),
        cmocka_unit_test(processes_read_it_once),
        cmocka_unit_test(a_dead_reader_is_succeeded),
        cmocka_unit_test(private_answers_keep_to_their_credentials),
        cmocka_unit_test(public_answers_are_everybody_s),
        cmocka_unit_test(without_redis_memory_serves),
        cmocka_unit_test(a_redis_that_hangs_delays_little),
        cmocka_unit_test(garbage_is_a_miss),
        cmocka_unit_test(who_is_not_let_in_says_so),
        cmocka_unit_test(over_tcp_and_tls_it_is_the_same),
        cmocka_unit_test(what_is_no_redis_is_left_alone),
    };
    if (!redis_server_is_there()) {
        (void)fprintf(stderr, "no redis-server and no valkey-server here: skipped\n");
        return SKIPPED;
    }
    return cmocka_run_group_tests_name("orchestrator.share", tests, NULL, NULL);
}
