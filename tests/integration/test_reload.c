/* SPDX-License-Identifier: MIT */
/*
 * The product metadata server while its file changes: what readers get, and who is told.
 *
 * usage: test_integration_reload [NAME*]
 * MCP_RELOAD_ROUNDS (1000) reloads under MCP_RELOAD_READERS (64) readers.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"

enum { PATIENCE_MS = 20000, MAX_READERS = 256, ANSWER_BYTES = 1 << 17, LEAST = 20, SPREAD = 7 };

#define MODERN             "2026-07-28"
#define ALIASES            "product-aliases://list"
#define MAPPINGS           "column-mappings://list"
#define SUMMARY            "metadata-summary://info"
#define ARRAY_COUNT(array) (sizeof(array) / sizeof *(array))

static struct harness harness;
static char metadata[128];
static char fresh[128];

/* Generation `number`: each product and mapping, and how many there are, says so. */
static size_t count_of(size_t number) {
    return LEAST + number % SPREAD;
}

static void put(const char *path, size_t number) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fprintf(file, "{\"version\": \"g%zu\", \"product_aliases\": {", number);
    for (size_t i = 0; i < count_of(number); i++)
        (void)fprintf(file,
                      "%s\n\"p%zu\": {\"canonical_id\": \"g%zu-%zu\", \"canonical_name\": \"n\"}",
                      i > 0 ? "," : "", i, number, i);
    (void)fprintf(file, "},\n\"column_mappings\": {");
    for (size_t i = 0; i < count_of(number); i++)
        (void)fprintf(file, "%s\"m%zu\": \"g%zu.c%zu\"", i > 0 ? ", " : "", i, number, i);
    (void)fprintf(file, "}}\n");
    assert_int_equal(fclose(file), 0);
}

static void put_text(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static struct process start(void) {
    const char *const arguments[] = {"--host",          "127.0.0.1", "--port", "0",
                                     "--metadata-path", metadata,    NULL};
    return process_start(&harness, "mcp-product-metadata", arguments);
}

/* ---- HTTP, just enough of it */

struct link {
    int port;
    int fd;
    char text[ANSWER_BYTES]; /* received, NUL at the end */
    size_t len;
};

static bool dial(struct link *link, int port) {
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    const struct timeval patience = {.tv_sec = PATIENCE_MS / 1000};
    link->port = port;
    link->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)setsockopt(link->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return connect(link->fd, (struct sockaddr *)&address, sizeof address) == 0;
}

static bool send_request(struct link *link, const char *head, const char *more, const char *body) {
    char request[4096];
    int len = snprintf(request, sizeof request,
                       "%s HTTP/1.1\r\nHost: localhost:%d\r\nContent-Length: %zu\r\n"
                       "Content-Type: application/json\r\n"
                       "Accept: application/json, text/event-stream\r\n%s\r\n%s",
                       head, link->port, strlen(body), more, body);
    link->len = 0;
    link->text[0] = '\0';
    return send(link->fd, request, (size_t)len, MSG_NOSIGNAL) == len;
}

static bool receive_more(struct link *link) {
    ssize_t got = recv(link->fd, link->text + link->len, sizeof link->text - 1 - link->len, 0);
    if (got <= 0)
        return false;
    link->len += (size_t)got;
    link->text[link->len] = '\0';
    return true;
}

/* Receive until `part` is there. */
static const char *receive_until(struct link *link, const char *part) {
    const char *found = NULL;
    while ((found = strstr(link->text, part)) == NULL)
        if (!receive_more(link))
            return NULL;
    return found;
}

/* The body of a whole answer; NULL when there is none. */
static const char *receive_answer(struct link *link) {
    const char *end = receive_until(link, "\r\n\r\n");
    const char *length = strcasestr(link->text, "\r\nContent-Length:");
    if (end == NULL || length == NULL || length > end)
        return NULL;
    size_t whole = (size_t)(end + 4 - link->text) +
                   (size_t)strtoul(length + strlen("\r\nContent-Length:"), NULL, 10);
    while (link->len < whole)
        if (!receive_more(link))
            return NULL;
    return strstr(link->text, "\r\n\r\n") + 4;
}

/* ---- reading under load */

struct crowd {
    int port;
    atomic_bool is_over;
    atomic_size_t newest; /* generation seen by anyone */
    atomic_size_t answers;
    atomic_size_t torn;   /* answers of two generations, or with too many or few members */
    atomic_size_t older;  /* than what the same reader saw before */
    atomic_size_t failed; /* no answer */
};

/* Every number that follows `mark` is the same, and there are as many as it says. */
static bool is_whole(const char *text, const char *mark, size_t *out_number) {
    size_t count = 0;
    for (const char *at = strstr(text, mark); at != NULL; at = strstr(at, mark)) {
        at += strlen(mark);
        size_t number = (size_t)strtoul(at, NULL, 10);
        if (count++ > 0 && number != *out_number)
            return false;
        *out_number = number;
    }
    return count > 0 && count == count_of(*out_number);
}

static bool is_whole_summary(const char *text, size_t *out_number) {
    const char *total = strstr(text, "\\\"total_products\\\":");
    const char *mappings = strstr(text, "\\\"total_mappings\\\":");
    const char *version = strstr(text, "\\\"version\\\":\\\"g");
    if (total == NULL || mappings == NULL || version == NULL)
        return false;
    *out_number = (size_t)strtoul(version + strlen("\\\"version\\\":\\\"g"), NULL, 10);
    return strtoul(strchr(total, ':') + 1, NULL, 10) == count_of(*out_number) &&
           strtoul(strchr(mappings, ':') + 1, NULL, 10) == count_of(*out_number);
}

static bool is_whole_answer(const char *uri, const char *text, size_t *out_number) {
    if (strcmp(uri, ALIASES) == 0)
        return is_whole(text, "\\\"canonical_id\\\":\\\"g", out_number);
    if (strcmp(uri, MAPPINGS) == 0)
        return is_whole(text, "\\\":\\\"g", out_number);
    return is_whole_summary(text, out_number);
}

static void raise_to(atomic_size_t *newest, size_t number) {
    size_t seen = atomic_load(newest);
    while (seen < number && !atomic_compare_exchange_weak(newest, &seen, number)) {
    }
}

static const char *read_uri(struct link *link, const char *uri) {
    char more[256];
    char body[512];
    (void)snprintf(more, sizeof more,
                   "MCP-Protocol-Version: " MODERN "\r\nMcp-Method: resources/read\r\n"
                   "Mcp-Name: %s\r\n",
                   uri);
    (void)snprintf(body, sizeof body,
                   "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"resources/read\",\"params\":{"
                   "\"uri\":\"%s\",\"_meta\":{"
                   "\"io.modelcontextprotocol/protocolVersion\":\"" MODERN "\","
                   "\"io.modelcontextprotocol/clientInfo\":{\"name\":\"t\",\"version\":\"1\"},"
                   "\"io.modelcontextprotocol/clientCapabilities\":{}}}}",
                   uri);
    return send_request(link, "POST /mcp", more, body) ? receive_answer(link) : NULL;
}

static void judge(struct crowd *crowd, const char *uri, const char *text, size_t *latest) {
    size_t number = 0;
    if (!is_whole_answer(uri, text, &number)) {
        atomic_fetch_add(&crowd->torn, 1);
        return;
    }
    if (number < *latest)
        atomic_fetch_add(&crowd->older, 1);
    *latest = number;
    atomic_fetch_add(&crowd->answers, 1);
    raise_to(&crowd->newest, number);
}

static void *read_on(void *user) {
    static const char *const uris[] = {ALIASES, MAPPINGS, SUMMARY};
    struct crowd *crowd = user;
    struct link *link = calloc(1, sizeof *link);
    size_t latest = 0;
    bool is_up = link != NULL && dial(link, crowd->port);
    for (size_t i = 0; is_up && !atomic_load(&crowd->is_over); i++) {
        const char *uri = uris[i % ARRAY_COUNT(uris)];
        const char *text = read_uri(link, uri);
        is_up = text != NULL;
        if (is_up)
            judge(crowd, uri, text, &latest);
    }
    if (!is_up)
        atomic_fetch_add(&crowd->failed, 1);
    if (link != NULL)
        (void)close(link->fd);
    free(link);
    return NULL;
}

static size_t number_from(const char *variable, size_t otherwise) {
    const char *text = getenv(variable);
    return text != NULL ? (size_t)strtoul(text, NULL, 10) : otherwise;
}

static void pause_us(long us) {
    const struct timespec pause = {0, us * 1000};
    (void)nanosleep(&pause, NULL);
}

static void expect_generation(struct crowd *crowd, size_t number) {
    uint64_t until = now_ms() + PATIENCE_MS;
    while (atomic_load(&crowd->newest) < number) {
        if (now_ms() > until)
            fail_msg("generation %zu is not served, %zu is", number, atomic_load(&crowd->newest));
        pause_us(200);
    }
}

static void reload_all(struct crowd *crowd, const struct process *process, size_t rounds) {
    for (size_t i = 1; i <= rounds; i++) {
        put(fresh, i);
        assert_int_equal(rename(fresh, metadata), 0);
        assert_int_equal(kill(process->pid, SIGHUP), 0);
        expect_generation(crowd, i);
    }
}

static void load_of_readers_sees_old_or_new(void **state) {
    (void)state;
    static pthread_t readers[MAX_READERS];
    size_t rounds = number_from("MCP_RELOAD_ROUNDS", 1000);
    size_t count = number_from("MCP_RELOAD_READERS", 64);
    assert_in_range(count, 1, MAX_READERS);
    put(metadata, 0);
    struct process process = start();
    struct crowd crowd = {.port = process.port};
    uint64_t from_ms = now_ms();
    for (size_t i = 0; i < count; i++)
        assert_int_equal(pthread_create(&readers[i], NULL, read_on, &crowd), 0);
    reload_all(&crowd, &process, rounds);
    atomic_store(&crowd.is_over, true);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(pthread_join(readers[i], NULL), 0);
    print_message("%zu reloads under %zu readers: %zu answers, %zu torn, %zu older, in %.1f s\n",
                  rounds, count, atomic_load(&crowd.answers), atomic_load(&crowd.torn),
                  atomic_load(&crowd.older), (double)(now_ms() - from_ms) / 1000);
    assert_int_equal(atomic_load(&crowd.torn), 0);
    assert_int_equal(atomic_load(&crowd.older), 0);
    assert_int_equal(atomic_load(&crowd.failed), 0);
    assert_true(atomic_load(&crowd.answers) >= rounds);
    assert_int_equal(process_stop(&process, SIGTERM, NULL), 0);
}

/* ---- being told */

/* A client of each transport with a stream that notifications come on. */
enum carrier { SSE, STREAMABLE, STATELESS, CARRIER_COUNT };

struct audience {
    struct link *streams[CARRIER_COUNT];
};

/* A request on a connection of its own; the answer is left in the link. */
static void post(struct link *link, int port, const char *path, const char *more,
                 const char *body) {
    char head[512];
    assert_true(dial(link, port));
    (void)snprintf(head, sizeof head, "POST %s", path);
    assert_true(send_request(link, head, more, body));
    assert_non_null(receive_answer(link));
    (void)close(link->fd);
}

static const char hello[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{"
                            "\"protocolVersion\":\"2025-06-18\",\"capabilities\":{},"
                            "\"clientInfo\":{\"name\":\"t\",\"version\":\"1\"}}}";
static const char ready[] = "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}";

static const char *const watched[] = {ALIASES, MAPPINGS, SUMMARY};

/* Say hello and subscribe by POST to `path`. */
static void subscribe(int port, const char *path, const char *more) {
    static struct link link;
    post(&link, port, path, more, ready);
    for (size_t i = 0; i < ARRAY_COUNT(watched); i++) {
        char body[256];
        (void)snprintf(body, sizeof body,
                       "{\"jsonrpc\":\"2.0\",\"id\":%zu,\"method\":\"resources/subscribe\","
                       "\"params\":{\"uri\":\"%s\"}}",
                       i + 2, watched[i]);
        post(&link, port, path, more, body);
        assert_true(strncmp(link.text, "HTTP/1.1 20", 11) == 0);
    }
}

static void open_sse(struct link *stream, int port) {
    static struct link link;
    char path[256];
    assert_true(dial(stream, port));
    assert_true(send_request(stream, "GET /sse", "", ""));
    const char *data = receive_until(stream, "data: ");
    assert_non_null(data);
    while (strchr(data, '\n') == NULL)
        assert_true(receive_more(stream));
    assert_int_equal(sscanf(data, "data: %255s", path), 1);
    post(&link, port, path, "", hello);
    assert_non_null(receive_until(stream, "serverInfo"));
    subscribe(port, path, "");
    assert_non_null(receive_until(stream, "\"id\":4")); /* the last subscription is answered */
}

static void open_streamable(struct link *stream, int port) {
    static struct link link;
    char session[128];
    char more[256];
    post(&link, port, "/mcp", "", hello);
    const char *found = strcasestr(link.text, "\r\nMcp-Session-Id:");
    assert_non_null(found);
    assert_int_equal(sscanf(found + strlen("\r\nMcp-Session-Id:"), " %127s", session), 1);
    (void)snprintf(more, sizeof more, "Mcp-Session-Id: %s\r\nMCP-Protocol-Version: 2025-06-18\r\n",
                   session);
    subscribe(port, "/mcp", more);
    assert_true(dial(stream, port));
    assert_true(send_request(stream, "GET /mcp", more, ""));
    assert_non_null(receive_until(stream, "\r\n\r\n"));
}

static void open_stateless(struct link *stream, int port) {
    assert_true(dial(stream, port));
    assert_true(send_request(
        stream, "POST /mcp",
        "MCP-Protocol-Version: " MODERN "\r\nMcp-Method: subscriptions/listen\r\n",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"subscriptions/listen\",\"params\":{"
        "\"notifications\":{\"resourceSubscriptions\":[\"" ALIASES "\",\"" MAPPINGS "\",\"" SUMMARY
        "\"]},\"_meta\":{"
        "\"io.modelcontextprotocol/protocolVersion\":\"" MODERN "\","
        "\"io.modelcontextprotocol/clientInfo\":{\"name\":\"t\",\"version\":\"1\"},"
        "\"io.modelcontextprotocol/clientCapabilities\":{}}}}"));
    assert_non_null(receive_until(stream, "subscriptions/acknowledged"));
}

static struct audience open_audience(int port) {
    static void (*const openers[CARRIER_COUNT])(struct link *, int) = {open_sse, open_streamable,
                                                                       open_stateless};
    struct audience audience;
    for (int i = 0; i < CARRIER_COUNT; i++) {
        audience.streams[i] = calloc(1, sizeof(struct link));
        assert_non_null(audience.streams[i]);
        openers[i](audience.streams[i], port);
        audience.streams[i]->len = 0;
        audience.streams[i]->text[0] = '\0';
    }
    return audience;
}

static void close_audience(const struct audience *audience) {
    for (int i = 0; i < CARRIER_COUNT; i++) {
        (void)close(audience->streams[i]->fd);
        free(audience->streams[i]);
    }
}

static void expect_told(struct link *stream, const char *uri) {
    char mark[128];
    (void)snprintf(mark, sizeof mark, "\"uri\":\"%s\"", uri);
    const char *told = receive_until(stream, mark);
    if (told == NULL)
        fail_msg("nothing of %s in\n%s", uri, stream->text);
    assert_non_null(strstr(stream->text, "notifications/resources/updated"));
}

/* Everybody is told of all three; nobody before the change. */
static void expect_all_told(const struct audience *audience) {
    for (int i = 0; i < CARRIER_COUNT; i++) {
        for (size_t j = 0; j < ARRAY_COUNT(watched); j++)
            expect_told(audience->streams[i], watched[j]);
        audience->streams[i]->len = 0;
        audience->streams[i]->text[0] = '\0';
    }
}

static void expect_served(int port, size_t number) {
    static struct link link;
    assert_true(dial(&link, port));
    for (size_t i = 0; i < ARRAY_COUNT(watched); i++) {
        size_t got = 0;
        const char *text = read_uri(&link, watched[i]);
        assert_non_null(text);
        assert_true(is_whole_answer(watched[i], text, &got));
        assert_int_equal(got, number);
    }
    (void)close(link.fd);
}

static void expect_change(const struct audience *audience, int port, size_t number) {
    expect_all_told(audience);
    expect_served(port, number);
}

struct scene {
    struct process process;
    struct audience audience;
};

static struct scene open_scene(void) {
    (void)unlink(metadata);
    put(metadata, 0);
    struct scene scene = {.process = start()};
    scene.audience = open_audience(scene.process.port);
    expect_served(scene.process.port, 0);
    return scene;
}

static void close_scene(struct scene *scene) {
    close_audience(&scene->audience);
    assert_int_equal(process_stop(&scene->process, SIGTERM, NULL), 0);
    (void)unlink(metadata);
}

static void rename_is_told_on_each_transport(void **state) {
    (void)state;
    struct scene scene = open_scene();
    for (size_t number = 1; number <= 2; number++) {
        put(fresh, number);
        assert_int_equal(rename(fresh, metadata), 0);
        expect_change(&scene.audience, scene.process.port, number);
    }
    close_scene(&scene);
}

static void rewrite_is_told_on_each_transport(void **state) {
    (void)state;
    struct scene scene = open_scene();
    for (size_t number = 1; number <= 2; number++) {
        put(metadata, number);
        expect_change(&scene.audience, scene.process.port, number);
    }
    close_scene(&scene);
}

/* As Kubernetes does it: the file is a link through a link to a directory, which is swapped. */
static void symlink_swap_is_told_on_each_transport(void **state) {
    (void)state;
    char directory[2][160];
    char file[2][192];
    char data[160];
    char next[160];
    (void)snprintf(data, sizeof data, "%s/..data", harness.dir);
    (void)snprintf(next, sizeof next, "%s/..next", harness.dir);
    for (size_t i = 0; i < 2; i++) {
        (void)snprintf(directory[i], sizeof directory[i], "%s/..%zu", harness.dir, i);
        (void)snprintf(file[i], sizeof file[i], "%s/metadata.json", directory[i]);
        assert_int_equal(mkdir(directory[i], 0755), 0);
        put(file[i], i);
    }
    (void)unlink(metadata);
    assert_int_equal(symlink(directory[0], data), 0);
    assert_int_equal(symlink("..data/metadata.json", metadata), 0);
    struct scene scene = {.process = start()};
    scene.audience = open_audience(scene.process.port);
    expect_served(scene.process.port, 0);
    assert_int_equal(symlink(directory[1], next), 0);
    assert_int_equal(rename(next, data), 0);
    expect_change(&scene.audience, scene.process.port, 1);
    put(file[1], 2);
    expect_change(&scene.audience, scene.process.port, 2);
    close_scene(&scene);
    assert_int_equal(unlink(data), 0);
}

static void signal_is_told_on_each_transport(void **state) {
    (void)state;
    struct scene scene = open_scene();
    put(fresh, 1);
    assert_int_equal(rename(fresh, metadata), 0);
    assert_int_equal(kill(scene.process.pid, SIGHUP), 0);
    expect_change(&scene.audience, scene.process.port, 1);
    close_scene(&scene);
}

static bool log_has(const struct process *process, const char *part) {
    static char text[65536];
    FILE *file = fopen(process->log, "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    (void)fclose(file);
    return strstr(text, part) != NULL;
}

/* The summary says why; the lists are the former ones, and nobody is told that they changed. */
static void bad_file_keeps_the_former_and_says_so(void **state) {
    (void)state;
    static const char *const bad[] = {"", "{", "[]", "{\"product_aliases\": {}}",
                                      "{\"product_aliases\": {\"a\": 1}, \"column_mappings\": {}}"};
    static struct link link;
    struct scene scene = open_scene();
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        put_text(fresh, bad[i]);
        assert_int_equal(rename(fresh, metadata), 0);
        for (int j = 0; j < CARRIER_COUNT; j++)
            expect_told(scene.audience.streams[j], SUMMARY);
        expect_served(scene.process.port, 0);
        assert_true(dial(&link, scene.process.port));
        const char *text = read_uri(&link, SUMMARY);
        assert_non_null(strstr(text, "\\\"status\\\":\\\"degraded\\\""));
        assert_non_null(strstr(text, "\\\"reload_error\\\":{\\\"where\\\":\\\"metadata.json"));
        assert_true(send_request(&link, "GET /health", "", ""));
        assert_non_null(strstr(receive_answer(&link), "\"status\":\"degraded\""));
        (void)close(link.fd);
        for (int j = 0; j < CARRIER_COUNT; j++) {
            assert_null(strstr(scene.audience.streams[j]->text, ALIASES));
            scene.audience.streams[j]->len = 0;
            scene.audience.streams[j]->text[0] = '\0';
        }
    }
    assert_true(log_has(&scene.process, "event=reload_failed"));
    put(fresh, 1);
    assert_int_equal(rename(fresh, metadata), 0);
    expect_change(&scene.audience, scene.process.port, 1);
    close_scene(&scene);
}

static int open_all(void **state) {
    (void)state;
    harness_open(&harness);
    (void)snprintf(metadata, sizeof metadata, "%s/metadata.json", harness.dir);
    (void)snprintf(fresh, sizeof fresh, "%s/fresh.json", harness.dir);
    return 0;
}

static int close_all(void **state) {
    (void)state;
    harness_close(&harness);
    return 0;
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(load_of_readers_sees_old_or_new),
        cmocka_unit_test(rename_is_told_on_each_transport),
        cmocka_unit_test(rewrite_is_told_on_each_transport),
        cmocka_unit_test(symlink_swap_is_told_on_each_transport),
        cmocka_unit_test(signal_is_told_on_each_transport),
        cmocka_unit_test(bad_file_keeps_the_former_and_says_so),
    };
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests_name("integration.reload", tests, open_all, close_all);
}
