/* SPDX-License-Identifier: MIT */
/* Streamable HTTP against a scripted server. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dial_rig.h"

/* --- a server that works, with one thing that does not ---------------------------------------- */

struct script {
    const char *session;    /* header line of the initialize answer, or "" */
    const char *status;     /* of every answer after the handshake; NULL: normal */
    const char *headers;    /* with it */
    const char *body;       /* with it */
    const char *raw;        /* instead of an answer: these bytes, then close */
    bool hangs;             /* instead of an answer: nothing */
    bool is_stream;         /* answers are event streams */
    bool is_slow;           /* of one byte at a time */
    const char *prefix;     /* of the event stream, before the answer */
    bool is_cut;            /* the stream ends before the answer */
    const char *get_status; /* of the standalone stream; NULL: 405 without get_body */
    const char *get_body;   /* events of the standalone stream */
    bool get_ends;          /* it ends after them */
    bool resumes;           /* GET with Last-Event-ID answers request 2 */
    int initialized_ms;     /* time taken for notifications/initialized */
    int together;           /* no answer before so many requests have come */
    int come;               /* atomic */
    const char *drops;      /* the first request with this text is read and not answered */
    int dropped;            /* atomic */
    int forgets;            /* so many sessions, each at its first request */
    int sessions;           /* atomic: given so far, "s-N" */
};

static bool is_forgotten(const struct script_request *request, struct script *script) {
    char id[256];
    script_header(request->head, "Mcp-Session-Id", id);
    return strncmp(id, "s-", 2) == 0 && strtol(id + 2, NULL, 10) <= script->forgets;
}

static bool answer_get(struct script_peer *peer, const struct script_request *request,
                       const struct script *script) {
    char last_id[256];
    script_header(request->head, "Last-Event-ID", last_id);
    if (script->resumes && last_id[0] != '\0') {
        char text[1024];
        (void)snprintf(text, sizeof text,
                       "id: %s-next\ndata: {\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{\"resumed\":"
                       "\"%s\"}}\n\n",
                       last_id, last_id);
        script_open_stream(peer, "");
        script_send(peer, text);
        return false;
    }
    if (script->get_body == NULL) {
        script_reply(peer,
                     script->get_status != NULL ? script->get_status : "405 Method Not Allowed", "",
                     "");
        return true;
    }
    script_open_stream(peer, "");
    script_send(peer, script->get_body);
    if (!script->get_ends)
        script_wait_closed(peer);
    return false;
}

static bool answer_stream(struct script_peer *peer, const struct script *script,
                          const char *answer) {
    char text[4096];
    (void)snprintf(text, sizeof text, "%sevent: message\r\ndata: %s\r\n\r\n",
                   script->prefix != NULL ? script->prefix : "", answer);
    script_open_stream(peer, "");
    if (script->is_cut)
        script_send(peer, script->prefix != NULL ? script->prefix : "");
    else if (script->is_slow)
        script_send_slowly(peer, text);
    else
        script_send(peer, text);
    return false;
}

static bool answer_request(struct script_peer *peer, const struct script_request *request,
                           struct script *script) {
    char answer[2048];
    rig_result(request->body, "{\"ok\":true}", answer, sizeof answer);
    (void)__atomic_add_fetch(&script->come, 1, __ATOMIC_SEQ_CST);
    (void)rig_wait(&script->come, script->together);
    if (script->drops != NULL && strstr(request->body, script->drops) != NULL &&
        __atomic_fetch_add(&script->dropped, 1, __ATOMIC_SEQ_CST) == 0)
        return false;
    if (script->hangs) {
        script_wait_closed(peer);
        return false;
    }
    if (script->raw != NULL) {
        script_send(peer, script->raw);
        return false;
    }
    if (script->status != NULL) {
        script_reply(peer, script->status, script->headers, script->body);
        return true;
    }
    if (script->is_stream)
        return answer_stream(peer, script, answer);
    script_reply(peer, "200 OK", "Content-Type: application/json; charset=utf-8\r\n", answer);
    return true;
}

static bool answer(struct script_peer *peer, const struct script_request *request, void *user) {
    struct script *script = user;
    char text[2048];
    char headers[2048];
    if (strcmp(request->method, "GET") == 0)
        return answer_get(peer, request, script);
    if (strcmp(request->method, "DELETE") == 0) {
        script_reply(peer, "200 OK", "", "");
        return true;
    }
    if (strstr(request->body, "\"initialize\"") != NULL) {
        rig_result(request->body, rig_hello, text, sizeof text);
        (void)snprintf(headers, sizeof headers, "Content-Type: application/json\r\n%s",
                       script->session != NULL ? script->session : "");
        if (script->forgets > 0)
            (void)snprintf(headers, sizeof headers,
                           "Content-Type: application/json\r\nMcp-Session-Id: s-%d\r\n",
                           __atomic_add_fetch(&script->sessions, 1, __ATOMIC_SEQ_CST));
        script_reply(peer, "200 OK", headers, text);
        return true;
    }
    if (strstr(request->body, "\"notifications/") != NULL ||
        strstr(request->body, "\"method\"") == NULL) {
        if (strstr(request->body, "initialized") != NULL)
            script_sleep_ms(script->initialized_ms);
        script_reply(peer, "202 Accepted", "", "");
        return true;
    }
    if (script->forgets > 0 && is_forgotten(request, script)) {
        script_reply(peer, "404 Not Found", "", "");
        return true;
    }
    return answer_request(peer, request, script);
}

struct scene {
    struct script_server *server;
    struct rig rig;
    char url[256];
};

static void open_scene(struct scene *scene, struct script *script) {
    scene->server = script_server_start(answer, script);
    rig_open_url(&scene->rig, MCP_DIAL_STREAMABLE,
                 script_server_url(scene->server, "/mcp", scene->url));
}

static void close_scene(struct scene *scene) {
    rig_close(&scene->rig);
    script_server_stop(scene->server);
}

static void connect_scene(struct scene *scene, struct script *script) {
    open_scene(scene, script);
    enum mcp_code code = rig_connect(&scene->rig, 3000);
    if (code != MCP_OK)
        print_error("%s: %s\n", scene->rig.err.where, scene->rig.err.what);
    assert_int_equal(code, MCP_OK);
}

/* Connect, ask once, expect this failure. */
static void expect_failure(struct script *script, enum mcp_code want, const char *what) {
    struct scene scene = {.rig = {.max_message_bytes = 4096}};
    connect_scene(&scene, script);
    enum mcp_code code = rig_request(&scene.rig, "tools/list", 1000, NULL);
    if (code != want || strstr(scene.rig.err.what, what) == NULL)
        print_error("%s %s: %s\n", mcp_code_name(code), scene.rig.err.where, scene.rig.err.what);
    assert_int_equal(code, want);
    assert_non_null(strstr(scene.rig.err.what, what));
    close_scene(&scene);
}

/* --- what works ------------------------------------------------------------------------------- */

/* C-6 */
static void json_answers(void **state) {
    (void)state;
    struct script script = {.session = "Mcp-Session-Id: s-1\r\n"};
    struct scene scene = {.rig = {0}};
    connect_scene(&scene, &script);
    assert_int_equal(rig_request(&scene.rig, "tools/list", 1000, "{\"ok\":true}"), MCP_OK);
    close_scene(&scene);
}

/* C-6, C-7, C-8, C-9 */
static void headers_of_each_request(void **state) {
    (void)state;
    struct script script = {.session = "mcp-session-id: s-1\r\n"};
    struct scene scene = {.rig = {0}};
    connect_scene(&scene, &script);
    assert_int_equal(rig_request(&scene.rig, "tools/list", 1000, NULL), MCP_OK);
    assert_true(script_server_wait(scene.server, "GET /mcp", 1));
    rig_close(&scene.rig);
    /* initialize, initialized, GET, tools/list, DELETE */
    assert_int_equal(script_server_count(scene.server, "HTTP/1.1"), 5);
    assert_int_equal(script_server_count(scene.server, "Mcp-Session-Id: s-1"), 4);
    assert_int_equal(script_server_count(scene.server, "MCP-Protocol-Version: 2025-06-18"), 4);
    assert_int_equal(
        script_server_count(scene.server, "Accept: application/json, text/event-stream"), 3);
    assert_int_equal(script_server_count(scene.server, "Content-Type: application/json"), 3);
    assert_int_equal(script_server_count(scene.server, "DELETE /mcp"), 1);
    assert_int_equal(script_server_count(scene.server, "Accept-Encoding"), 0);
    assert_int_equal(script_server_count(scene.server, "Expect:"), 0);
    script_server_stop(scene.server);
}

/* C-7 */
static void without_a_session_there_is_nothing_to_delete(void **state) {
    (void)state;
    struct script script = {.session = ""};
    struct scene scene = {.rig = {0}};
    connect_scene(&scene, &script);
    rig_close(&scene.rig);
    assert_int_equal(script_server_count(scene.server, "DELETE"), 0);
    script_server_stop(scene.server);
}

/* C-6 */
static void event_stream_answers(void **state) {
    (void)state;
    struct script script = {.is_stream = true, .prefix = ": hello\n\nevent: other\ndata: x\n\n"};
    struct scene scene = {.rig = {0}};
    connect_scene(&scene, &script);
    assert_int_equal(rig_request(&scene.rig, "tools/list", 1000, "{\"ok\":true}"), MCP_OK);
    close_scene(&scene);
}

static void event_streams_split_at_every_byte(void **state) {
    (void)state;
    struct script script = {
        .is_stream = true,
        .is_slow = true,
        .prefix = "\xEF\xBB\xBF"
                  "id: p\r\ndata: \r\n\r\ndata: {\"jsonrpc\":\"2.0\",\r\ndata: \"method\":"
                  "\"notifications/message\",\r\ndata: \"params\":{}}\r\n\r\n"};
    struct scene scene = {.rig = {0}};
    connect_scene(&scene, &script);
    assert_int_equal(rig_request(&scene.rig, "tools/list", 3000, "{\"ok\":true}"), MCP_OK);
    assert_int_equal(rig_read(&scene.rig.notifications), 1);
    close_scene(&scene);
}

/* C-9, C-10 */
static void a_cut_stream_is_resumed_where_it_ended(void **state) {
    (void)state;
    struct script script = {.is_stream = true,
                            .is_cut = true,
                            .resumes = true,
                            .prefix = "id: e-7\nretry: 100\ndata: \n\n"};
    struct scene scene = {.rig = {0}};
    connect_scene(&scene, &script);
    uint64_t before_ms = rig_now_ms();
    assert_int_equal(rig_request(&scene.rig, "tools/list", 3000, "{\"resumed\":\"e-7\"}"), MCP_OK);
    assert_true(rig_now_ms() - before_ms >= 100);
    assert_int_equal(script_server_count(scene.server, "Last-Event-ID: e-7"), 1);
    assert_int_equal(rig_read(&scene.rig.ignored), 0); /* an event without data is no message */
    close_scene(&scene);
}

static void the_standalone_stream_brings_notifications_and_requests(void **state) {
    (void)state;
    struct script script = {
        .get_body =
            "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/tools/list_changed\"}\n\n"
            "data: {\"jsonrpc\":\"2.0\",\"id\":\"p-9\",\"method\":\"ping\"}\n\n"};
    struct scene scene = {.rig = {0}};
    connect_scene(&scene, &script);
    assert_true(rig_wait(&scene.rig.notifications, 1));
    assert_true(script_server_wait(scene.server, "\"id\":\"p-9\",\"result\":{}", 1));
    close_scene(&scene);
}

/* C-10 */
static void a_standalone_stream_that_ends_is_opened_again(void **state) {
    (void)state;
    struct script script = {.get_body =
                                "id: g-1\nretry: 100\n"
                                "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/x\"}\n\n",
                            .get_ends = true};
    struct scene scene = {.rig = {0}};
    connect_scene(&scene, &script);
    assert_true(rig_wait(&scene.rig.notifications, 2));
    assert_true(script_server_count(scene.server, "Last-Event-ID: g-1") >= 1);
    close_scene(&scene);
}

/* A request may not overtake notifications/initialized. */
static void nothing_passes_the_end_of_the_handshake(void **state) {
    (void)state;
    struct script script = {.initialized_ms = 150};
    struct scene scene = {.rig = {0}};
    connect_scene(&scene, &script);
    uint64_t before_ms = rig_now_ms();
    assert_int_equal(rig_request(&scene.rig, "tools/list", 2000, NULL), MCP_OK);
    assert_true(rig_now_ms() - before_ms >= 100);
    close_scene(&scene);
}

static void count_done(const struct mcp_reply *reply, void *user) {
    if (reply->code == MCP_OK)
        (void)__atomic_add_fetch((int *)user, 1, __ATOMIC_SEQ_CST);
}

static void many_requests_are_in_flight_at_once(void **state) {
    (void)state;
    enum { MANY = 64 };
    struct script script = {.together = MANY};
    struct scene scene = {.rig = {0}};
    int done = 0;
    connect_scene(&scene, &script);
    for (int i = 0; i < MANY; i++)
        mcp_dial_request(scene.rig.dial, "ping", NULL, 5000, count_done, &done);
    assert_true(rig_wait(&done, MANY));
    close_scene(&scene);
}

static void connections_are_used_again(void **state) {
    (void)state;
    struct script script = {.session = ""};
    struct scene scene = {.rig = {0}};
    connect_scene(&scene, &script);
    for (int i = 0; i < 20; i++)
        assert_int_equal(rig_request(&scene.rig, "ping", 1000, NULL), MCP_OK);
    assert_true(script_server_connections(scene.server) <= 3);
    close_scene(&scene);
}

/* On a connection kept open, libcurl would send both again. */
static void a_tool_is_not_called_twice(void **state) {
    (void)state;
    struct script script = {.drops = "tools/call"};
    struct scene scene = {.rig = {0}};
    connect_scene(&scene, &script);
    assert_int_equal(rig_request(&scene.rig, "ping", 1000, NULL), MCP_OK);
    assert_int_equal(rig_request(&scene.rig, "tools/call", 1000, NULL), MCP_E_PEER);
    assert_non_null(strstr(scene.rig.err.what, "not sent again"));
    assert_int_equal(script_server_count(scene.server, "\"tools/call\""), 1);
    close_scene(&scene);
}

static void what_only_reads_is_sent_again(void **state) {
    (void)state;
    struct script script = {.drops = "tools/list"};
    struct scene scene = {.rig = {0}};
    connect_scene(&scene, &script);
    assert_int_equal(rig_request(&scene.rig, "ping", 1000, NULL), MCP_OK);
    assert_int_equal(rig_request(&scene.rig, "tools/list", 1000, "{\"ok\":true}"), MCP_OK);
    assert_int_equal(script_server_count(scene.server, "\"tools/list\""), 2);
    close_scene(&scene);
}

/* --- what does not ---------------------------------------------------------------------------- */

/* C-34 */
static void a_hanging_server_costs_its_deadline(void **state) {
    (void)state;
    struct script script = {.hangs = true};
    struct scene scene = {.rig = {0}};
    connect_scene(&scene, &script);
    uint64_t before_ms = rig_now_ms();
    assert_int_equal(rig_request(&scene.rig, "tools/list", 150, NULL), MCP_E_TIMEOUT);
    assert_true(rig_now_ms() - before_ms < 1000);
    assert_true(script_server_wait(scene.server, "notifications/cancelled", 1));
    close_scene(&scene);
}

/* The new initialize has no session id, what follows has the new one. */
static void a_lost_session_is_begun_anew(void **state) {
    (void)state;
    struct script script = {.forgets = 1};
    struct scene scene = {.rig = {0}};
    connect_scene(&scene, &script);
    assert_int_equal(rig_request(&scene.rig, "tools/list", 2000, "{\"ok\":true}"), MCP_OK);
    assert_int_equal(script_server_count(scene.server, "\"initialize\""), 2);
    assert_int_equal(script_server_count(scene.server, "\"tools/list\""), 2);
    assert_int_equal(rig_read(&scene.rig.downs), 0);
    close_scene(&scene);
}

/* Some servers have no route for GET: that says nothing of the session. */
static void a_standalone_stream_that_is_not_found_is_not_a_lost_session(void **state) {
    (void)state;
    struct script script = {.session = "Mcp-Session-Id: s-1\r\n", .get_status = "404 Not Found"};
    struct scene scene = {.rig = {0}};
    connect_scene(&scene, &script);
    assert_true(script_server_wait(scene.server, "GET ", 1));
    assert_int_equal(rig_request(&scene.rig, "tools/list", 2000, NULL), MCP_OK);
    assert_int_equal(script_server_count(scene.server, "\"initialize\""), 1);
    close_scene(&scene);
}

static void a_session_that_is_always_lost_ends_the_connection(void **state) {
    (void)state;
    struct script script = {
        .session = "Mcp-Session-Id: s-1\r\n", .status = "404 Not Found", .headers = "", .body = ""};
    struct scene scene = {.rig = {0}};
    connect_scene(&scene, &script);
    assert_int_equal(rig_request(&scene.rig, "tools/list", 1000, NULL), MCP_E_STATE);
    assert_non_null(strstr(scene.rig.err.what, "session lost"));
    assert_true(rig_wait(&scene.rig.downs, 1));
    assert_int_equal(scene.rig.down.code, MCP_E_STATE);
    assert_int_equal(rig_request(&scene.rig, "tools/list", 1000, NULL), MCP_E_STATE);
    close_scene(&scene);
}

#define JSON_TYPE "Content-Type: application/json\r\n"

static void refusals_by_status(void **state) {
    (void)state;
    static const struct {
        const char *status;
        const char *headers;
        const char *body;
        enum mcp_code code;
        const char *what;
    } table[] = {
        {"401 Unauthorized", "", "", MCP_E_DENIED, "token"},
        {"403 Forbidden", "", "no way", MCP_E_DENIED, "no way"},
        {"404 Not Found", "", "", MCP_E_NOT_FOUND, "404"},
        {"405 Method Not Allowed", "", "", MCP_E_PEER, "405"},
        {"413 Content Too Large", "", "", MCP_E_PEER, "too long"},
        {"429 Too Many Requests", "", "", MCP_E_PEER, "429"},
        {"500 Oops", "Content-Type: text/html\r\n", "<html>secret page", MCP_E_PEER, "500"},
        {"503 Busy", JSON_TYPE, "{\"error\":{\"message\":\"later\"}}", MCP_E_PEER, "later"},
        {"502 Bad", JSON_TYPE, "{\"detail\":\"broken\"}", MCP_E_PEER, "broken"},
        {"400 Bad", JSON_TYPE,
         "{\"jsonrpc\":\"2.0\",\"id\":2,\"error\":{\"code\":-32602,\"message\":\"mine\"}}",
         MCP_E_PEER, "-32602: mine"},
        {"301 Moved", "Location: https://evil.example/x?secret=1\r\n", "", MCP_E_DENIED,
         "\"https://evil.example\""},
        {"307 Moved", "Location: /elsewhere\r\n", "", MCP_E_DENIED, "\"http://127.0.0.1"},
        {"302 Moved", "", "", MCP_E_DENIED, "a redirect to nowhere"},
        {"202 Accepted", "", "", MCP_E_PEER, "HTTP 202 and no answer"},
        {"200 OK", "Content-Type: text/html\r\n", "<html>", MCP_E_PEER, "\"text/html\""},
        {"200 OK", JSON_TYPE, "{\"jsonrpc", MCP_E_PEER, "no answer to the request"},
        {"200 OK", JSON_TYPE, "", MCP_E_PEER, "no answer to the request"},
        {"200 OK", JSON_TYPE, "{\"jsonrpc\":\"2.0\",\"id\":99,\"result\":{}}", MCP_E_PEER,
         "no answer to the request"},
        {"200 OK", JSON_TYPE "Content-Encoding: gzip\r\n", "xx", MCP_E_PEER, "compressed"},
    };
    for (size_t i = 0; i < MCP_COUNT(table); i++) {
        struct script script = {
            .status = table[i].status, .headers = table[i].headers, .body = table[i].body};
        expect_failure(&script, table[i].code, table[i].what);
    }
}

static void broken_answers(void **state) {
    (void)state;
    static const struct {
        const char *raw;
        const char *what;
    } table[] = {
        {"", "closed the connection"},
        {"SSH-2.0-OpenSSH_9\r\n", "does not speak HTTP"},
        {"HTTP/1.1 200 OK\r\n" JSON_TYPE "Content-Length: 100\r\n\r\n{}", "shorter than announced"},
        {"HTTP/1.1 200 OK\r\n" JSON_TYPE "Transfer-Encoding: chunked\r\n\r\nzz\r\n", "broke"},
    };
    for (size_t i = 0; i < MCP_COUNT(table); i++) {
        struct script script = {.raw = table[i].raw};
        expect_failure(&script, MCP_E_PEER, table[i].what);
    }
}

static void endless_headers_are_refused(void **state) {
    (void)state;
    enum { BYTES = 80000 };
    static char raw[BYTES + 100] = "HTTP/1.1 200 OK\r\n";
    size_t used = strlen(raw);
    while (used < BYTES)
        used += (size_t)snprintf(raw + used, sizeof raw - used, "X-Filler: %080d\r\n", 1);
    struct script script = {.raw = raw};
    expect_failure(&script, MCP_E_PEER, "header is longer than 65536 bytes");
}

/* Without its NUL: more follows. */
static void put(char *at, const char *text) {
    while (*text != '\0')
        *at++ = *text++;
}

static void long_answers_are_refused(void **state) {
    (void)state;
    static char body[4096 + 2];
    memset(body, ' ', sizeof body - 1);
    put(body, "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{}}");
    struct script at_limit = {.status = "200 OK", .headers = JSON_TYPE, .body = body + 1};
    struct script over = {.status = "200 OK", .headers = JSON_TYPE, .body = body};
    expect_failure(&over, MCP_E_LIMIT, "longer than 4096 bytes");
    body[0] = ' ';
    put(body + 1, "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{}}");
    struct scene scene = {.rig = {.max_message_bytes = 4096}};
    connect_scene(&scene, &at_limit);
    assert_int_equal(rig_request(&scene.rig, "tools/list", 1000, "{}"), MCP_OK);
    close_scene(&scene);
}

static void long_events_are_refused(void **state) {
    (void)state;
    static char prefix[2100];
    (void)snprintf(prefix, sizeof prefix, "data: %02000d", 1);
    struct script script = {.is_stream = true, .is_cut = true, .prefix = prefix};
    struct scene scene = {.rig = {.max_message_bytes = 1000}};
    connect_scene(&scene, &script);
    assert_int_equal(rig_request(&scene.rig, "tools/list", 1000, NULL), MCP_E_LIMIT);
    close_scene(&scene);
}

static void a_stream_cut_without_an_id_cannot_be_resumed(void **state) {
    (void)state;
    struct script script = {.is_stream = true, .is_cut = true, .prefix = "data: \n\ndata: {\"js"};
    expect_failure(&script, MCP_E_PEER, "ended before the answer");
}

static void a_stream_the_server_does_not_resume_fails(void **state) {
    (void)state;
    struct script script = {
        .is_stream = true, .is_cut = true, .prefix = "id: e-1\nretry: 1\ndata: \n\n"};
    expect_failure(&script, MCP_E_PEER, "405");
}

static void session_ids_are_checked(void **state) {
    (void)state;
    static char longest[1200];
    static const char *const bad[] = {"Mcp-Session-Id: a b\r\n", "Mcp-Session-Id: \xC3\xA4\r\n"};
    for (size_t i = 0; i < MCP_COUNT(bad); i++) {
        struct script script = {.session = bad[i]};
        struct scene scene = {.rig = {0}};
        open_scene(&scene, &script);
        assert_int_equal(rig_connect(&scene.rig, 1000), MCP_E_PEER);
        assert_non_null(strstr(scene.rig.err.what, "session id"));
        close_scene(&scene);
    }
    for (int len = 1023; len <= 1025; len++) {
        (void)snprintf(longest, sizeof longest, "Mcp-Session-Id: %0*d\r\n", len, 7);
        /* the script's own buffer holds it */
        struct script script = {.session = longest};
        struct scene scene = {.rig = {0}};
        open_scene(&scene, &script);
        assert_int_equal(rig_connect(&scene.rig, 1000), len <= 1024 ? MCP_OK : MCP_E_PEER);
        close_scene(&scene);
    }
}

static void nobody_listens(void **state) {
    (void)state;
    struct script script = {.session = ""};
    struct rig rig = {0};
    char url[256];
    struct script_server *server = script_server_start(answer, &script);
    script_server_url(server, "/mcp", url);
    script_server_stop(server);
    rig_open_url(&rig, MCP_DIAL_STREAMABLE, url);
    assert_int_equal(rig_connect(&rig, 2000), MCP_E_IO);
    assert_non_null(strstr(rig.err.what, "is the server running?"));
    assert_int_equal(strncmp(rig.err.where, "http://127.0.0.1:", 17), 0);
    assert_null(strstr(rig.err.where, "/mcp"));
    rig_close(&rig);
}

static void requests_in_flight_end_with_the_connection(void **state) {
    (void)state;
    struct script script = {.hangs = true, .session = "Mcp-Session-Id: s\r\n"};
    struct scene scene = {.rig = {0}};
    int done = 0;
    connect_scene(&scene, &script);
    for (int i = 0; i < 10; i++)
        mcp_dial_request(scene.rig.dial, "ping", NULL, 60000, count_done, &done);
    assert_true(script_server_wait(scene.server, "\"ping\"", 10));
    close_scene(&scene);
    assert_int_equal(done, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(json_answers, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(headers_of_each_request, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(without_a_session_there_is_nothing_to_delete, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(event_stream_answers, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(event_streams_split_at_every_byte, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(a_cut_stream_is_resumed_where_it_ended, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(the_standalone_stream_brings_notifications_and_requests,
                                        rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(a_standalone_stream_that_ends_is_opened_again, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(nothing_passes_the_end_of_the_handshake, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(many_requests_are_in_flight_at_once, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(connections_are_used_again, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(a_tool_is_not_called_twice, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(what_only_reads_is_sent_again, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(a_hanging_server_costs_its_deadline, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(a_lost_session_is_begun_anew, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(a_standalone_stream_that_is_not_found_is_not_a_lost_session,
                                        rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(a_session_that_is_always_lost_ends_the_connection,
                                        rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(refusals_by_status, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(broken_answers, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(endless_headers_are_refused, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(long_answers_are_refused, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(long_events_are_refused, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(a_stream_cut_without_an_id_cannot_be_resumed, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(a_stream_the_server_does_not_resume_fails, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(session_ids_are_checked, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(nobody_listens, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(requests_in_flight_end_with_the_connection, rig_set_up,
                                        rig_tear_down),
    };
    return cmocka_run_group_tests_name("dial.link_streamable", tests, NULL, NULL);
}
