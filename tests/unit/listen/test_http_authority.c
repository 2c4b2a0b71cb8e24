/* SPDX-License-Identifier: MIT */
/* An authority decides who comes in and what he may do. */
#include "live.h"
#include "mcp/clock.h"

#define LEGACY "2025-06-18"
#define PING   "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\"}"
#define META   "https://mcp.example/.well-known/oauth-protected-resource/mcp"

static struct live_answer answer;

/* Everyone may do everything but call the tool "count", which takes two scopes. */
struct office {
    size_t given; /* grants not released */
    struct mcp_grant ann;
    struct mcp_grant bob;
    char asked[256]; /* what allows was asked last */
};

static enum mcp_admission admit(void *user, struct mcp_str token, struct mcp_grant **out_grant,
                                const char **out_why) {
    struct office *office = user;
    assert_non_null(office);
    if (mcp_str_equal(token, MCP_STR("nobody-knows"))) {
        *out_why = "the keys are not here yet";
        return MCP_ADMISSION_UNDECIDABLE;
    }
    if (mcp_str_equal(token, MCP_STR("token-of-ann")))
        *out_grant = &office->ann;
    else if (mcp_str_equal(token, MCP_STR("token-of-bob")))
        *out_grant = &office->bob;
    if (*out_grant == NULL) {
        *out_why = "the token has expired";
        return MCP_ADMISSION_REFUSED;
    }
    office->given++;
    return MCP_ADMISSION_GRANTED;
}

static void release(void *user, struct mcp_grant *grant) {
    struct office *office = user;
    assert_true(grant == &office->ann || grant == &office->bob);
    assert_true(office->given > 0);
    office->given--;
}

static bool allows(void *user, const struct mcp_grant *grant, struct mcp_str method,
                   struct mcp_str name, struct mcp_buf *out_scopes) {
    struct office *office = user;
    (void)grant;
    (void)snprintf(office->asked, sizeof office->asked, "%.*s %.*s", (int)method.len, method.ptr,
                   (int)name.len, name.ptr);
    if (!mcp_str_equal(name, MCP_STR("count")))
        return true;
    mcp_buf_add(out_scopes, MCP_STR("tools:count tools:read"));
    return false;
}

struct scene {
    struct office office;
    struct mcp_authority authority;
    struct live live;
    struct live_peer peer;
};

static void open_scene_with(struct scene *scene, const struct mcp_listen_options *options,
                            uint64_t expires_ms) {
    *scene = (struct scene){0};
    scene->office.ann = (struct mcp_grant){"https://as|ann", expires_ms};
    scene->office.bob.principal = "https://as|bob";
    scene->authority =
        (struct mcp_authority){admit, release, allows, META, "tools:read", &scene->office};
    struct mcp_listen_options all = *options;
    all.authority = &scene->authority;
    live_start(&scene->live, &all);
    live_connect(&scene->live, &scene->peer);
}

static void open_scene(struct scene *scene, const struct mcp_bearer *bearer) {
    const struct mcp_listen_options options = {.bearers = bearer,
                                               .bearer_count = bearer != NULL ? 1 : 0};
    open_scene_with(scene, &options, 0);
}

static void close_scene(struct scene *scene) {
    live_close(&scene->peer);
    live_stop(&scene->live);
    assert_int_equal(scene->office.given, 0);
}

static void post(struct scene *scene, const char *authorization, const char *session,
                 const char *body) {
    live_print(&scene->peer,
               "POST /mcp HTTP/1.1\r\nHost: localhost:%u\r\nContent-Type: application/json\r\n"
               "Accept: application/json, text/event-stream\r\n%s%s%s%s%s%sContent-Length: "
               "%zu\r\n\r\n%s",
               (unsigned)scene->peer.port, authorization[0] != '\0' ? "Authorization: " : "",
               authorization, authorization[0] != '\0' ? "\r\n" : "",
               session[0] != '\0' ? "Mcp-Session-Id: " : "", session,
               session[0] != '\0' ? "\r\n" : "", strlen(body), body);
    live_read(&scene->peer, &answer);
}

static void open_session(struct scene *scene, const char *authorization, char out_id[65]) {
    post(scene, authorization, "",
         "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":"
         "{\"protocolVersion\":\"" LEGACY "\",\"capabilities\":{},\"clientInfo\":"
         "{\"name\":\"t\",\"version\":\"1\"}}}");
    assert_int_equal(answer.status, 200);
    (void)snprintf(out_id, 65, "%s", live_header(&answer, "Mcp-Session-Id"));
    post(scene, authorization, out_id,
         "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}");
    assert_int_equal(answer.status, 202);
}

static void expect_challenge(const char *text) {
    assert_string_equal(live_header(&answer, "WWW-Authenticate"), text);
}

static void a_newcomer_is_told_where_to_ask(void **state) {
    (void)state;
    struct scene scene;
    open_scene(&scene, NULL);
    post(&scene, "", "", PING);
    assert_int_equal(answer.status, 401);
    expect_challenge("Bearer scope=\"tools:read\", resource_metadata=\"" META "\"");
    post(&scene, "Basic dXNlcjpwYXNz", "", PING);
    assert_int_equal(answer.status, 401);
    expect_challenge("Bearer scope=\"tools:read\", resource_metadata=\"" META "\"");
    close_scene(&scene);
}

static void a_bad_token_is_told_why(void **state) {
    (void)state;
    struct scene scene;
    open_scene(&scene, NULL);
    post(&scene, "Bearer token-of-eve", "", PING);
    assert_int_equal(answer.status, 401);
    expect_challenge("Bearer error=\"invalid_token\", error_description=\"the token has expired\", "
                     "scope=\"tools:read\", resource_metadata=\"" META "\"");
    post(&scene, "Bearer token of ann", "", PING);
    assert_int_equal(answer.status, 400);
    assert_non_null(strstr(live_header(&answer, "WWW-Authenticate"), "error=\"invalid_request\""));
    post(&scene, "Bearer", "", PING);
    assert_int_equal(answer.status, 400);
    close_scene(&scene);
}

static void what_cannot_be_judged_is_not_refused(void **state) {
    (void)state;
    struct scene scene;
    open_scene(&scene, NULL);
    post(&scene, "Bearer nobody-knows", "", PING);
    assert_int_equal(answer.status, 503);
    expect_challenge("");
    assert_non_null(strstr(answer.body, "the keys are not here yet"));
    close_scene(&scene);
}

static void a_session_is_its_principals(void **state) {
    (void)state;
    struct scene scene;
    char session[65];
    open_scene(&scene, NULL);
    open_session(&scene, "Bearer token-of-ann", session);
    post(&scene, "Bearer token-of-ann", session, PING);
    assert_int_equal(answer.status, 200);
    post(&scene, "Bearer token-of-bob", session, PING);
    assert_int_equal(answer.status, 404);
    post(&scene, "", session, PING);
    assert_int_equal(answer.status, 401);
    close_scene(&scene);
}

static void scopes_are_asked_for_each_tool(void **state) {
    (void)state;
    struct scene scene;
    char session[65];
    open_scene(&scene, NULL);
    open_session(&scene, "Bearer token-of-ann", session);
    post(&scene, "Bearer token-of-ann", session,
         live_call(1, "echo", "{\"text\":\"hello\"}", false));
    assert_int_equal(answer.status, 200);
    assert_string_equal(scene.office.asked, "tools/call echo");
    post(&scene, "Bearer token-of-ann", session, live_call(2, "count", "{}", false));
    assert_int_equal(answer.status, 403);
    expect_challenge("Bearer error=\"insufficient_scope\", scope=\"tools:count tools:read\", "
                     "resource_metadata=\"" META "\"");
    assert_non_null(strstr(answer.body, "\"id\":2"));
    assert_int_equal(atomic_load(&scene.live.calls), 1);
    post(&scene, "Bearer token-of-ann", session, PING);
    assert_int_equal(answer.status, 200);
    expect_challenge("");
    post(&scene, "Bearer token-of-ann", session,
         "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"resources/read\",\"params\":"
         "{\"uri\":\"test://small\",\"name\":\"x\"}}");
    assert_string_equal(scene.office.asked, "resources/read test://small");
    close_scene(&scene);
}

/* One that is not allowed refuses all of them: nothing has happened then. */
static void a_batch_is_allowed_as_a_whole(void **state) {
    (void)state;
    struct scene scene;
    char batch[512];
    open_scene(&scene, NULL);
    (void)snprintf(batch, sizeof batch, "[%s,", live_call(1, "echo", "{\"text\":\"a\"}", false));
    size_t len = strlen(batch);
    (void)snprintf(batch + len, sizeof batch - len, "%s]", live_call(2, "count", "{}", false));
    post(&scene, "Bearer token-of-ann", "", batch);
    assert_int_equal(answer.status, 403);
    assert_int_equal(atomic_load(&scene.live.calls), 0);
    close_scene(&scene);
}

static void an_event_stream_keeps_its_principal(void **state) {
    (void)state;
    struct scene scene;
    struct live_peer poster;
    open_scene(&scene, NULL);
    live_print(&scene.peer,
               "GET /sse HTTP/1.1\r\nHost: localhost:%u\r\nAuthorization: Bearer "
               "token-of-ann\r\n\r\n",
               (unsigned)scene.peer.port);
    live_read_head(&scene.peer, &answer);
    assert_int_equal(answer.status, 200);
    assert_true(live_wait_text(&scene.peer, &answer, "session_id="));
    char id[33] = "";
    (void)snprintf(id, sizeof id, "%s", strstr(answer.body, "session_id=") + 11);
    static const struct {
        const char *token;
        unsigned status;
        const char *name;
    } rows[] = {{"token-of-ann", 202, "echo"},
                {"token-of-ann", 403, "count"},
                {"token-of-bob", 404, "echo"},
                {"token-of-eve", 401, "echo"}};
    for (size_t i = 0; i < MCP_COUNT(rows); i++) {
        const char *body = live_call(1, rows[i].name, "{}", false);
        live_connect(&scene.live, &poster);
        live_print(&poster,
                   "POST /messages/?session_id=%s HTTP/1.1\r\nHost: localhost:%u\r\nContent-Type: "
                   "application/json\r\nAuthorization: Bearer %s\r\nContent-Length: %zu\r\n\r\n%s",
                   id, (unsigned)poster.port, rows[i].token, strlen(body), body);
        live_read(&poster, &answer);
        assert_int_equal(answer.status, rows[i].status);
        if (answer.status == 403)
            assert_non_null(strstr(live_header(&answer, "WWW-Authenticate"), "tools:count"));
        live_close(&poster);
    }
    close_scene(&scene);
}

static void bearers_keep_working_beside_it(void **state) {
    (void)state;
    static const struct mcp_bearer bearer = {"robot", "0123456789abcdef"};
    struct scene scene;
    char session[65];
    open_scene(&scene, &bearer);
    open_session(&scene, "Bearer 0123456789abcdef", session);
    post(&scene, "Bearer 0123456789abcdef", session, live_call(2, "count", "{}", false));
    assert_int_equal(answer.status, 200);
    post(&scene, "Bearer token-of-ann", session, PING);
    assert_int_equal(answer.status, 404);
    close_scene(&scene);
}

static void open_get(struct scene *scene, struct live_peer *peer, const char *path,
                     const char *session) {
    live_connect(&scene->live, peer);
    live_print(peer,
               "GET %s HTTP/1.1\r\nHost: localhost:%u\r\nAccept: text/event-stream\r\n"
               "Authorization: Bearer token-of-ann\r\n%s%s\r\n\r\n",
               path, (unsigned)peer->port,
               session[0] != '\0' ? "Mcp-Session-Id: " : "X: ", session);
    live_read_head(peer, &answer);
    assert_int_equal(answer.status, 200);
}

static void open_listen(struct scene *scene, struct live_peer *peer) {
    static const char body[] =
        "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"subscriptions/listen\",\"params\":{"
        "\"notifications\":{\"toolsListChanged\":true},\"_meta\":{"
        "\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
        "\"io.modelcontextprotocol/clientCapabilities\":{}}}}";
    live_connect(&scene->live, peer);
    live_print(peer,
               "POST /mcp HTTP/1.1\r\nHost: localhost:%u\r\nContent-Type: application/json\r\n"
               "Accept: application/json, text/event-stream\r\nMCP-Protocol-Version: "
               "2026-07-28\r\nMcp-Method: subscriptions/listen\r\nAuthorization: Bearer "
               "token-of-ann\r\nContent-Length: %zu\r\n\r\n%s",
               (unsigned)peer->port, strlen(body), body);
    live_read_head(peer, &answer);
    assert_int_equal(answer.status, 200);
}

static void streams_end_with_the_token_that_opened_them(void **state) {
    (void)state;
    struct scene scene;
    struct live_peer peers[4];
    char session[65];
    const struct mcp_listen_options options = {.keepalive_ms = 20};
    open_scene_with(&scene, &options, mcp_clock_now_ms() + 200);
    open_session(&scene, "Bearer token-of-ann", session);
    live_shut_gate();
    live_connect(&scene.live, &peers[3]); /* a call that is answered after the token's time */
    const char *call = live_call(9, "tell", "{\"n\":1,\"hold\":true}", true);
    live_print(&peers[3],
               "POST /mcp HTTP/1.1\r\nHost: localhost:%u\r\nContent-Type: application/json\r\n"
               "Accept: application/json, text/event-stream\r\nMcp-Session-Id: %s\r\n"
               "Authorization: Bearer token-of-ann\r\nContent-Length: %zu\r\n\r\n%s",
               (unsigned)peers[3].port, session, strlen(call), call);
    live_read_head(&peers[3], &answer);
    open_get(&scene, &peers[0], "/mcp", session);
    open_get(&scene, &peers[1], "/sse", "");
    open_listen(&scene, &peers[2]);
    for (size_t i = 0; i < 3; i++) {
        assert_true(live_wait_end(&peers[i], &answer));
        live_close(&peers[i]);
    }
    live_open_gate();
    answer.body_len = 0;
    assert_true(live_wait_end(&peers[3], &answer));
    assert_non_null(strstr(answer.body, "\"id\":9"));
    live_close(&peers[3]);
    post(&scene, "Bearer token-of-ann", session, PING); /* its session is there still */
    assert_int_equal(answer.status, 200);
    close_scene(&scene);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_newcomer_is_told_where_to_ask),
        cmocka_unit_test(a_bad_token_is_told_why),
        cmocka_unit_test(what_cannot_be_judged_is_not_refused),
        cmocka_unit_test(a_session_is_its_principals),
        cmocka_unit_test(scopes_are_asked_for_each_tool),
        cmocka_unit_test(a_batch_is_allowed_as_a_whole),
        cmocka_unit_test(an_event_stream_keeps_its_principal),
        cmocka_unit_test(bearers_keep_working_beside_it),
        cmocka_unit_test(streams_end_with_the_token_that_opened_them),
    };
    return cmocka_run_group_tests_name("listen.http_authority", tests, NULL, NULL);
}
