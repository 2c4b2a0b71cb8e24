/* SPDX-License-Identifier: MIT */
/* A resource server that fetches its issuer's keys: rotation, outage, and answers that are none. */
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../support/under_valgrind.h"
#include "certificates.h"
#include "issuer.h"
#include "talk.h"

enum { HUGE_BYTES = 65537, ANSWER_BYTES = 70000 };

static const char ping[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}";
static const char program[] = "mcp-product-metadata";

static struct harness harness;
static json_t *first;
static json_t *second;

/* ---- where the keys are ---- */

struct place {
    int listen_fd;
    int stop[2];
    int port;
    pthread_t thread;
    pthread_mutex_t lock; /* guards: answer */
    char *answer;         /* to everything, whole; NULL: none ever comes */
    atomic_int asked;
    int silent_fd; /* who waits for it */
};

static void say(struct place *place, const char *head, const char *body) {
    char *answer = NULL;
    if (head != NULL) {
        answer = malloc(ANSWER_BYTES);
        assert_non_null(answer);
        (void)snprintf(answer, ANSWER_BYTES,
                       "HTTP/1.1 %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s", head,
                       strlen(body), body);
    }
    (void)pthread_mutex_lock(&place->lock);
    free(place->answer);
    place->answer = answer;
    (void)pthread_mutex_unlock(&place->lock);
}

static void say_keys(struct place *place, const json_t *key, const json_t *other) {
    char *set = issuer_publish(key, other);
    say(place, "200 OK\r\nCache-Control: max-age=1200", set);
    free(set);
}

static void serve_one(struct place *place, int fd) {
    char bytes[4096];
    (void)!recv(fd, bytes, sizeof bytes, 0);
    atomic_fetch_add(&place->asked, 1);
    (void)pthread_mutex_lock(&place->lock);
    bool is_silent = place->answer == NULL;
    if (!is_silent)
        (void)!send(fd, place->answer, strlen(place->answer), MSG_NOSIGNAL);
    (void)pthread_mutex_unlock(&place->lock);
    if (is_silent && place->silent_fd < 0)
        place->silent_fd = fd;
    else
        (void)close(fd);
}

static void *serve(void *user) {
    struct place *place = user;
    for (;;) {
        struct pollfd fds[] = {{place->stop[0], POLLIN, 0}, {place->listen_fd, POLLIN, 0}};
        (void)poll(fds, 2, -1);
        if (fds[0].revents != 0)
            return NULL;
        int fd = accept(place->listen_fd, NULL, NULL);
        if (fd >= 0)
            serve_one(place, fd);
    }
}

static void open_place(struct place *place) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof address;
    *place = (struct place){.silent_fd = -1};
    (void)pthread_mutex_init(&place->lock, NULL);
    place->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(place->listen_fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(place->listen_fd, 16), 0);
    assert_int_equal(getsockname(place->listen_fd, (struct sockaddr *)&address, &len), 0);
    place->port = ntohs(address.sin_port);
    assert_int_equal(pipe(place->stop), 0);
    assert_int_equal(pthread_create(&place->thread, NULL, serve, place), 0);
}

static void close_place(struct place *place) {
    (void)!write(place->stop[1], "x", 1);
    (void)pthread_join(place->thread, NULL);
    (void)close(place->stop[0]);
    (void)close(place->stop[1]);
    (void)close(place->listen_fd);
    if (place->silent_fd >= 0)
        (void)close(place->silent_fd);
    free(place->answer);
    (void)pthread_mutex_destroy(&place->lock);
}

/* ---- the server ---- */

static struct process start(const char *scheme, int port) {
    char url[128];
    (void)snprintf(url, sizeof url, "%s://127.0.0.1:%d/jwks", scheme, port);
    const char *const arguments[] = {
        "--host", "127.0.0.1",        "--port", "0", "--oauth-issuer", ISSUER, "--oauth-audience",
        RESOURCE, "--oauth-jwks-url", url,      NULL};
    return process_start(&harness, program, arguments);
}

/* 400 is the protocol, which wants a session first: the token is good. */
static int status_for(const struct process *process, const char *token) {
    char head[ISSUER_TOKEN_BYTES + 256];
    (void)snprintf(head, sizeof head, "POST /mcp HTTP/1.1\r\nAuthorization: Bearer %s", token);
    char *answer = talk_exchange(process->port, head, ping, NULL);
    int status = strncmp(answer, "HTTP/1.1 ", 9) == 0 ? (int)strtol(answer + 9, NULL, 10) : 0;
    free(answer);
    return status;
}

static void wait_status(const struct process *process, const json_t *key, int wanted) {
    uint64_t until = now_ms() + PATIENCE_MS;
    int status = 0;
    do {
        status = status_for(process, issuer_sign(key, &(struct wish){.scope = NULL}));
        if (status != wanted)
            sleep_ms(5);
    } while (status != wanted && now_ms() < until);
    assert_int_equal(status, wanted);
}

static bool log_says(const struct process *process, const char *mark) {
    char text[65536];
    FILE *file = fopen(process->log, "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    (void)fclose(file);
    return strstr(text, mark) != NULL;
}

static void wait_log(const struct process *process, const char *mark) {
    uint64_t until = now_ms() + PATIENCE_MS;
    while (!log_says(process, mark) && now_ms() < until)
        sleep_ms(5);
    if (!log_says(process, mark))
        fail_msg("the log never said: %s", mark);
}

static void expect_page(const struct process *process, const char *head, const char *mark) {
    char *answer = talk_exchange(process->port, head, "", NULL);
    if (strstr(answer, mark) == NULL)
        fail_msg("no \"%s\" in: %s", mark, answer);
    free(answer);
}

/* ---- the tests ---- */

static void without_keys_nothing_is_judged_and_then_they_come(void **state) {
    (void)state;
    struct place place;
    open_place(&place);
    say(&place, "500 Oh", "");
    struct process process = start("http", place.port);
    wait_log(&process, "event=keys_not_fetched");
    assert_true(log_says(&process, "status 500 instead of 200"));
    assert_true(log_says(&process, "serving=nobody"));
    assert_int_equal(status_for(&process, issuer_sign(first, &(struct wish){.scope = NULL})), 503);
    expect_page(&process, "GET /health HTTP/1.1",
                "\"keys\":{\"count\":0,\"age_s\":0,\"failures\":");
    say_keys(&place, first, NULL);
    assert_int_equal(kill(process.pid, SIGHUP), 0);
    wait_log(&process, "event=keys_fetched");
    wait_status(&process, first, 400);
    expect_page(&process, "GET /health HTTP/1.1", "\"keys\":{\"count\":1,");
    char head[ISSUER_TOKEN_BYTES + 256];
    (void)snprintf(head, sizeof head, "GET /metrics HTTP/1.1\r\nAuthorization: Bearer %s",
                   issuer_sign(first, &(struct wish){.scope = NULL}));
    expect_page(&process, head, "\nmcp_keys 1\n");
    assert_int_equal(process_stop(&process, SIGTERM, NULL), 0);
    close_place(&place);
}

static void a_new_key_is_fetched_once_when_a_token_names_it(void **state) {
    (void)state;
    struct place place;
    json_t *stranger = issuer_key("stranger");
    open_place(&place);
    say_keys(&place, first, NULL);
    struct process process = start("http", place.port);
    wait_status(&process, first, 400);
    assert_int_equal(atomic_load(&place.asked), 1);
    say_keys(&place, first, second);
    wait_status(&process, second, 400);
    wait_status(&process, first, 400);
    assert_int_equal(atomic_load(&place.asked), 2);
    for (int i = 0; i < 20; i++)
        assert_int_equal(status_for(&process, issuer_sign(stranger, &(struct wish){.scope = NULL})),
                         401);
    say_keys(&place, second, NULL); /* the first is gone, once it is noticed */
    assert_int_equal(kill(process.pid, SIGHUP), 0);
    wait_status(&process, first, 401);
    assert_int_equal(atomic_load(&place.asked), 3);
    assert_int_equal(process_stop(&process, SIGTERM, NULL), 0);
    close_place(&place);
    json_decref(stranger);
}

static void an_outage_leaves_the_former_keys(void **state) {
    (void)state;
    static char huge[HUGE_BYTES + 1];
    static const struct {
        const char *head, *body, *mark;
    } rows[] = {{"404 Not Found", "", "status 404"},
                {"302 Found\r\nLocation: http://127.0.0.1:1/", "", "redirects are not followed"},
                {"200 OK", "<html>", "what=\"invalid"},
                {"200 OK", "{\"keys\":[]}", "no public "},
                {"200 OK", huge, "more than 65536 bytes"}};
    struct place place;
    memset(huge, ' ', HUGE_BYTES);
    open_place(&place);
    say_keys(&place, first, NULL);
    struct process process = start("http", place.port);
    wait_status(&process, first, 400);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        say(&place, rows[i].head, rows[i].body);
        assert_int_equal(kill(process.pid, SIGHUP), 0);
        wait_log(&process, rows[i].mark);
        assert_int_equal(status_for(&process, issuer_sign(first, &(struct wish){.scope = NULL})),
                         400);
    }
    assert_true(log_says(&process, "serving=former"));
    assert_false(log_says(&process, "serving=nobody"));
    int asked = atomic_load(&place.asked);
    say(&place, NULL, NULL); /* silence: nobody waits for it, not even the end */
    assert_int_equal(kill(process.pid, SIGHUP), 0);
    uint64_t until = now_ms() + PATIENCE_MS;
    while (atomic_load(&place.asked) == asked && now_ms() < until)
        sleep_ms(5);
    wait_status(&process, first, 400);
    assert_int_equal(process_stop(&process, SIGTERM, NULL), 0);
    assert_false(log_says(&process, "Timeout"));
    close_place(&place);
}

static void put(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void who_has_no_good_certificate_is_not_believed(void **state) {
    (void)state;
    struct certificate certificate;
    char cert_path[128];
    char key_path[128];
    certificate_make(&certificate, "localhost", time(NULL) - 60, time(NULL) + 86400);
    (void)snprintf(cert_path, sizeof cert_path, "%s/cert.pem", harness.dir);
    (void)snprintf(key_path, sizeof key_path, "%s/key.pem", harness.dir);
    put(cert_path, certificate.cert);
    put(key_path, certificate.key);
    assert_int_equal(chmod(key_path, 0600), 0);
    const char *const arguments[] = {"--host",  "127.0.0.1", "--port", "0", "--tls-cert",
                                     cert_path, "--tls-key", key_path, NULL};
    struct process other = process_start(&harness, program, arguments);
    struct process process = start("https", other.port);
    wait_log(&process, "event=keys_not_fetched");
    if (!is_under_valgrind()) /* where the handshake takes longer than it may */
        wait_log(&process, "certificate");
    assert_int_equal(status_for(&process, issuer_sign(first, &(struct wish){.scope = NULL})), 503);
    assert_int_equal(process_stop(&process, SIGTERM, NULL), 0);
    assert_int_equal(process_stop(&other, SIGTERM, NULL), 0);
}

static int set_up(void **state) {
    (void)state;
    (void)signal(SIGPIPE, SIG_IGN);
    harness_open(&harness);
    first = issuer_key("one");
    second = issuer_key("two");
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    json_decref(first);
    json_decref(second);
    harness_close(&harness);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_keys_nothing_is_judged_and_then_they_come),
        cmocka_unit_test(a_new_key_is_fetched_once_when_a_token_names_it),
        cmocka_unit_test(an_outage_leaves_the_former_keys),
        cmocka_unit_test(who_has_no_good_certificate_is_not_believed),
    };
    return cmocka_run_group_tests_name("integration.oauth_keys", tests, set_up, tear_down);
}
