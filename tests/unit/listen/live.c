/* SPDX-License-Identifier: MIT */
#include "live.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "mcp/log.h"

#define WAIT_MS 5000

/* ---- the server ---- */

static pthread_mutex_t gate_lock = PTHREAD_MUTEX_INITIALIZER; /* guards: is_open, later */
static pthread_cond_t gate_moved = PTHREAD_COND_INITIALIZER;
static bool is_open;
static struct mcp_call *later;

void live_shut_gate(void) {
    (void)pthread_mutex_lock(&gate_lock);
    is_open = false;
    (void)pthread_mutex_unlock(&gate_lock);
}

void live_open_gate(void) {
    (void)pthread_mutex_lock(&gate_lock);
    is_open = true;
    (void)pthread_cond_broadcast(&gate_moved);
    (void)pthread_mutex_unlock(&gate_lock);
}

static void nudge(void *user) {
    (void)user;
    (void)pthread_mutex_lock(&gate_lock);
    (void)pthread_cond_broadcast(&gate_moved);
    (void)pthread_mutex_unlock(&gate_lock);
}

static enum mcp_code give_text(struct mcp_result *result, const char *text, struct mcp_err *err) {
    return mcp_result_take(
        result, json_pack("{s:[{s:s, s:s}]}", "content", "type", "text", "text", text), err);
}

static enum mcp_code wait_gate(struct live *live, struct mcp_call *call, struct mcp_err *err) {
    (void)pthread_mutex_lock(&gate_lock);
    while (!is_open && !mcp_call_cancelled(call))
        (void)pthread_cond_wait(&gate_moved, &gate_lock);
    (void)pthread_mutex_unlock(&gate_lock);
    if (!mcp_call_cancelled(call))
        return MCP_OK;
    atomic_fetch_add(&live->cancelled, 1);
    return MCP_FAIL(err, MCP_E_CANCELLED, "cancelled");
}

static enum mcp_code run_echo(struct mcp_call *call, const json_t *arguments,
                              struct mcp_result *result, void *user, struct mcp_err *err) {
    (void)call;
    atomic_fetch_add(&((struct live *)user)->calls, 1);
    const char *text = json_string_value(json_object_get(arguments, "text"));
    return give_text(result, text != NULL ? text : "", err);
}

static enum mcp_code run_wait(struct mcp_call *call, const json_t *arguments,
                              struct mcp_result *result, void *user, struct mcp_err *err) {
    (void)arguments;
    struct live *live = user;
    mcp_call_on_cancel(call, nudge, NULL);
    atomic_fetch_add(&live->calls, 1);
    MCP_TRY(wait_gate(live, call, err));
    return give_text(result, "waited", err);
}

static enum mcp_code run_tell(struct mcp_call *call, const json_t *arguments,
                              struct mcp_result *result, void *user, struct mcp_err *err) {
    struct live *live = user;
    mcp_call_on_cancel(call, nudge, NULL);
    json_int_t count = json_integer_value(json_object_get(arguments, "n"));
    for (json_int_t i = 1; i <= count; i++)
        mcp_call_progress(call, (double)i, (double)count, NULL);
    const json_t *pause = json_object_get(arguments, "pause");
    if (json_is_integer(pause))
        mcp_call_pause(call, (uint64_t)json_integer_value(pause));
    atomic_fetch_add(&live->calls, 1);
    if (json_is_true(json_object_get(arguments, "hold")))
        MCP_TRY(wait_gate(live, call, err));
    return give_text(result, "told", err);
}

static enum mcp_code run_later(struct mcp_call *call, const json_t *arguments,
                               struct mcp_result *result, void *user, struct mcp_err *err) {
    (void)arguments;
    (void)result;
    (void)err;
    mcp_call_keep(call);
    atomic_fetch_add(&((struct live *)user)->calls, 1);
    (void)pthread_mutex_lock(&gate_lock);
    later = call;
    (void)pthread_cond_broadcast(&gate_moved);
    (void)pthread_mutex_unlock(&gate_lock);
    return MCP_PENDING;
}

void live_finish_later(const char *text) {
    (void)pthread_mutex_lock(&gate_lock);
    while (later == NULL)
        (void)pthread_cond_wait(&gate_moved, &gate_lock);
    struct mcp_call *call = later;
    later = NULL;
    (void)pthread_mutex_unlock(&gate_lock);
    struct mcp_result result;
    mcp_result_init(&result);
    assert_int_equal(give_text(&result, text, NULL), MCP_OK);
    mcp_call_finish(call, &result);
}

static enum mcp_code read_text(struct mcp_call *call, const char *uri, struct mcp_result *result,
                               void *user, struct mcp_err *err) {
    (void)call;
    size_t len = *(const size_t *)user;
    char *text = malloc(len + 1);
    assert_non_null(text);
    memset(text, 'r', len);
    text[len] = '\0';
    enum mcp_code code = mcp_result_take(
        result, json_pack("{s:[{s:s, s:s}]}", "contents", "uri", uri, "text", text), err);
    free(text);
    return code;
}

struct mcp_server *live_new_server(struct live *live) {
    static size_t small = 1024;
    static size_t big = LIVE_BIG_BYTES;
    static const char *const any = "{\"type\":\"object\"}";
    const struct mcp_server_options options = {.name = "live", .version = "1"};
    const struct mcp_tool tools[] = {
        {"echo", NULL, "echo", any, NULL, 0, MCP_INLINE, run_echo, live, {NULL, 0}},
        {"wait", NULL, "wait", any, NULL, 0, MCP_ON_WORKER, run_wait, live, {NULL, 0}},
        {"tell", NULL, "tell", any, NULL, 0, MCP_ON_WORKER, run_tell, live, {NULL, 0}},
        {"later", NULL, "later", any, NULL, 0, MCP_INLINE, run_later, live, {NULL, 0}},
    };
    const struct mcp_resource resources[] = {
        {.uri = "test://small", .name = "small", .read = read_text, .user = &small},
        {.uri = "test://big", .name = "big", .read = read_text, .user = &big},
    };
    struct mcp_server *server = NULL;
    assert_int_equal(mcp_server_new(&options, &server, NULL), MCP_OK);
    for (size_t i = 0; i < MCP_COUNT(tools); i++)
        assert_int_equal(mcp_server_add_tool(server, &tools[i], NULL), MCP_OK);
    for (size_t i = 0; i < MCP_COUNT(resources); i++)
        assert_int_equal(mcp_server_add_resource(server, &resources[i], NULL), MCP_OK);
    return server;
}

void live_start(struct live *live, const struct mcp_listen_options *options) {
    struct mcp_err err = {0};
    mcp_log_set_level(MCP_LOG_WARN);
    memset(live, 0, sizeof *live);
    live_shut_gate();
    live->server = live_new_server(live);
    if (mcp_listener_start_http(live->server, options, &live->listener, &err) != MCP_OK)
        print_error("%s %s\n", err.where, err.what);
    assert_int_equal(err.code, MCP_OK);
    live->port = mcp_listener_port(live->listener);
    assert_int_not_equal(live->port, 0);
}

void live_stop(struct live *live) {
    live_open_gate();
    mcp_listener_stop(live->listener, 1000);
    mcp_listener_free(live->listener);
    mcp_server_free(live->server);
}

uint64_t live_now_ms(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void live_wait_count(atomic_size_t *counter, size_t least) {
    uint64_t until = live_now_ms() + WAIT_MS;
    while (atomic_load(counter) < least && live_now_ms() < until)
        (void)usleep(500);
    assert_true(atomic_load(counter) >= least);
}

/* ---- the peer ---- */

void live_connect(const struct live *live, struct live_peer *peer) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(live->port)};
    struct timeval wait = {.tv_sec = WAIT_MS / 1000};
    int on = 1;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    *peer = (struct live_peer){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
                               .port = live->port};
    assert_true(peer->fd >= 0);
    (void)setsockopt(peer->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    (void)setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    assert_int_equal(connect(peer->fd, (struct sockaddr *)&to, sizeof to), 0);
}

void live_close(struct live_peer *peer) {
    if (peer->fd >= 0)
        (void)close(peer->fd);
    free(peer->raw);
    *peer = (struct live_peer){.fd = -1};
}

void live_write(struct live_peer *peer, const char *bytes, size_t len) {
    while (len > 0) {
        ssize_t done = send(peer->fd, bytes, len, MSG_NOSIGNAL);
        if (done <= 0)
            return; /* refused early: the answer will tell */
        bytes += done;
        len -= (size_t)done;
    }
}

void live_print(struct live_peer *peer, const char *format, ...) {
    static _Thread_local char text[LIVE_BIG_BYTES];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    assert_true(len >= 0 && (size_t)len < sizeof text);
    live_write(peer, text, (size_t)len);
}

/* False at the end of the stream, or of patience. */
static bool receive(struct live_peer *peer) {
    if (peer->is_ended)
        return false;
    if (peer->room - peer->len < 65536) {
        peer->room += 262144;
        peer->raw = realloc(peer->raw, peer->room);
        assert_non_null(peer->raw);
    }
    ssize_t len = recv(peer->fd, peer->raw + peer->len, peer->room - peer->len - 1, 0);
    peer->is_ended = len <= 0;
    peer->len += len > 0 ? (size_t)len : 0;
    peer->raw[peer->len] = '\0';
    return len > 0;
}

static void drop(struct live_peer *peer, size_t len) {
    memmove(peer->raw, peer->raw + len, peer->len - len + 1);
    peer->len -= len;
}

void live_read_head(struct live_peer *peer, struct live_answer *answer) {
    const char *end = NULL;
    memset(answer, 0, offsetof(struct live_answer, body) + 1);
    answer->body_len = 0;
    while (peer->len == 0 || (end = strstr(peer->raw, "\r\n\r\n")) == NULL)
        if (!receive(peer))
            break;
    if (end == NULL) {
        answer->status = 0; /* closed without an answer */
        return;
    }
    size_t len = (size_t)(end - peer->raw) + 4;
    assert_true(len < sizeof answer->head);
    memcpy(answer->head, peer->raw, len);
    answer->head[len] = '\0';
    assert_int_equal(strncmp(answer->head, "HTTP/1.", 7), 0);
    answer->status = (unsigned)strtoul(answer->head + 9, NULL, 10);
    drop(peer, len);
}

const char *live_header(const struct live_answer *answer, const char *name) {
    static char value[512];
    size_t name_len = strlen(name);
    for (const char *line = strchr(answer->head, '\n'); line != NULL; line = strchr(line, '\n')) {
        line++;
        if (strncasecmp(line, name, name_len) != 0 || line[name_len] != ':')
            continue;
        line += name_len + 1;
        line += strspn(line, " ");
        size_t len = strcspn(line, "\r\n");
        assert_true(len < sizeof value);
        memcpy(value, line, len);
        value[len] = '\0';
        return value;
    }
    return "";
}

/* Take one chunk: its length, 0 at the last, -1 when the connection ended before it. */
static long take_chunk(struct live_peer *peer, struct live_answer *answer) {
    for (;;) {
        const char *line = peer->len > 0 ? strstr(peer->raw, "\r\n") : NULL;
        if (line != NULL) {
            unsigned long len = strtoul(peer->raw, NULL, 16);
            size_t whole = (size_t)(line - peer->raw) + 2 + len + 2;
            if (peer->len >= whole) {
                assert_true(answer->body_len + len < sizeof answer->body);
                memcpy(answer->body + answer->body_len, line + 2, len);
                answer->body_len += len;
                answer->body[answer->body_len] = '\0';
                drop(peer, whole);
                return (long)len;
            }
        }
        if (!receive(peer))
            return -1;
    }
}

bool live_wait_text(struct live_peer *peer, struct live_answer *answer, const char *text) {
    while (strstr(answer->body, text) == NULL)
        if (take_chunk(peer, answer) <= 0)
            return false;
    return true;
}

bool live_wait_end(struct live_peer *peer, struct live_answer *answer) {
    long len = 0;
    do {
        len = take_chunk(peer, answer);
    } while (len > 0);
    return len == 0;
}

void live_read(struct live_peer *peer, struct live_answer *answer) {
    live_read_head(peer, answer);
    if (answer->status == 0 || answer->status == 204)
        return;
    if (strcmp(live_header(answer, "Transfer-Encoding"), "chunked") == 0) {
        assert_true(live_wait_end(peer, answer));
        return;
    }
    const char *text = live_header(answer, "Content-Length");
    size_t len = strtoul(text, NULL, 10);
    while (peer->len < len || text[0] == '\0')
        if (!receive(peer))
            break;
    if (text[0] == '\0')
        len = peer->len;
    assert_true(peer->len >= len && len < sizeof answer->body);
    if (len > 0)
        memcpy(answer->body, peer->raw, len);
    answer->body[len] = '\0';
    answer->body_len = len;
    if (len > 0)
        drop(peer, len);
}

bool live_is_closed(struct live_peer *peer) {
    uint64_t until = live_now_ms() + WAIT_MS;
    while (receive(peer)) {
    }
    return peer->is_ended && live_now_ms() < until;
}

void live_post(struct live_peer *peer, const char *session, const char *version, const char *body) {
    char extra[256] = "";
    if (session[0] != '\0')
        (void)snprintf(extra, sizeof extra, "Mcp-Session-Id: %s\r\n", session);
    size_t len = strlen(extra);
    if (version[0] != '\0')
        (void)snprintf(extra + len, sizeof extra - len, "MCP-Protocol-Version: %s\r\n", version);
    live_print(peer,
               "POST /mcp HTTP/1.1\r\nHost: localhost:%u\r\nContent-Type: application/json\r\n"
               "Accept: application/json, text/event-stream\r\n%sContent-Length: %zu\r\n\r\n%s",
               (unsigned)peer->port, extra, strlen(body), body);
}

void live_open_session(struct live_peer *peer, const char *version, char out_id[65]) {
    static struct live_answer answer;
    char body[512];
    (void)snprintf(body, sizeof body,
                   "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{"
                   "\"protocolVersion\":\"%s\",\"capabilities\":{},"
                   "\"clientInfo\":{\"name\":\"t\",\"version\":\"1\"}}}",
                   version);
    live_post(peer, "", "", body);
    live_read(peer, &answer);
    assert_int_equal(answer.status, 200);
    (void)snprintf(out_id, 65, "%s", live_header(&answer, "Mcp-Session-Id"));
    assert_int_not_equal(out_id[0], '\0');
    live_post(peer, out_id, version,
              "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}");
    live_read(peer, &answer);
    assert_int_equal(answer.status, 202);
}

void live_get(struct live_peer *peer, const char *session, const char *last) {
    char extra[256] = "";
    if (last[0] != '\0')
        (void)snprintf(extra, sizeof extra, "Last-Event-ID: %s\r\n", last);
    live_print(peer,
               "GET /mcp HTTP/1.1\r\nHost: localhost:%u\r\nAccept: text/event-stream\r\n"
               "Mcp-Session-Id: %s\r\n%s\r\n",
               (unsigned)peer->port, session, extra);
}

const char *live_call(int id, const char *name, const char *arguments, bool token) {
    static char text[8192];
    (void)snprintf(text, sizeof text,
                   "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"tools/call\",\"params\":{"
                   "\"name\":\"%s\",\"arguments\":%s%s}}",
                   id, name, arguments, token ? ",\"_meta\":{\"progressToken\":1}" : "");
    return text;
}
