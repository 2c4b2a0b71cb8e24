/* SPDX-License-Identifier: MIT */
/* Tokens for a server that refuses: server, authorization server and browser are scripts. */
#include <arpa/inet.h>
#include <dirent.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dial/oauth_files.h"
#include "dial_rig.h"
#include "mcp/authorizer.h"

enum { CONNECT_MS = 20000, CLIENTS = 8 };

/* What the scripts do; 0 and NULL: what works. */
struct world {
    struct script_server *server;
    char url[256];
    char base[256];
    const char *metadata_status;
    const char *metadata_headers;
    const char *metadata_body;
    const char *token_status;
    const char *token_body;
    const char *wanted_scope; /* of tools/call, else 403 */
    int expires_in;           /* 0: not told */
    bool refuses_first;       /* the first token is good for one request only */
    int uses_of_first;        /* atomic */
    int tokens;               /* atomic; the last one issued is "token-N" */
    int asked;                /* atomic: URLs shown to the person */
    pthread_mutex_t mutex;    /* guards: shown, stream */
    char shown[2048];
    struct script_peer *stream;
    /* the client's side */
    struct rig rig;
    struct mcp_authorizer *authorizer;
    pthread_t browser;
    bool has_browser;
};

/* --- the server ---------------------------------------------------------------------------------
 */

static void refuse(struct script_peer *peer, const char *status, const char *more) {
    char headers[512];
    (void)snprintf(headers, sizeof headers,
                   "WWW-Authenticate: Basic realm=\"x\"\r\nWWW-Authenticate: Bearer %s\r\n", more);
    script_reply(peer, status, headers, "");
}

static bool is_authorized(struct world *world, const struct script_request *request) {
    char value[256];
    char good[64];
    int number = rig_read(&world->tokens);
    script_header(request->head, "Authorization", value);
    (void)snprintf(good, sizeof good, "Bearer token-%d", number);
    if (number == 0 || strcmp(value, good) != 0)
        return false;
    return !world->refuses_first || number > 1 ||
           __atomic_add_fetch(&world->uses_of_first, 1, __ATOMIC_SEQ_CST) == 1;
}

static bool serve_mcp(struct script_peer *peer, const struct script_request *request,
                      struct world *world) {
    char answer[1024];
    bool is_first = strstr(request->body, "\"initialize\"") != NULL;
    if (!is_authorized(world, request)) {
        refuse(peer, "401 Unauthorized", "error=\"invalid_token\", scope=\"basic\"");
        return true;
    }
    if (strcmp(request->method, "POST") != 0) {
        script_reply(peer, "405 No", "", "");
        return true;
    }
    if (strstr(request->body, "tools/call") != NULL && world->wanted_scope != NULL) {
        refuse(peer, "403 Forbidden", world->wanted_scope);
        return true;
    }
    if (strstr(request->body, "\"id\"") == NULL) {
        script_reply(peer, "202 Accepted", "", "");
        return true;
    }
    rig_result(request->body, is_first ? rig_hello : "{\"ok\":true}", answer, sizeof answer);
    script_reply(peer, "200 OK", "Content-Type: application/json\r\n", answer);
    return true;
}

/* HTTP+SSE: the stream stays open, answers come on it. */
static bool serve_sse(struct script_peer *peer, const struct script_request *request,
                      struct world *world) {
    char answer[1024];
    char event[2048];
    bool is_first = strstr(request->body, "\"initialize\"") != NULL;
    if (!is_authorized(world, request)) {
        refuse(peer, "401 Unauthorized", "");
        return true;
    }
    if (strcmp(request->method, "GET") == 0) {
        (void)pthread_mutex_lock(&world->mutex);
        script_open_stream(peer, "");
        script_send(peer, "event: endpoint\ndata: /sse\n\n");
        world->stream = peer;
        (void)pthread_mutex_unlock(&world->mutex);
        script_wait_closed(peer);
        (void)pthread_mutex_lock(&world->mutex);
        world->stream = NULL;
        (void)pthread_mutex_unlock(&world->mutex);
        return false;
    }
    script_reply(peer, "202 Accepted", "", "");
    if (strstr(request->body, "\"id\"") == NULL)
        return true;
    rig_result(request->body, is_first ? rig_hello : "{\"ok\":true}", answer, sizeof answer);
    (void)snprintf(event, sizeof event, "event: message\ndata: %s\n\n", answer);
    (void)pthread_mutex_lock(&world->mutex);
    if (world->stream != NULL)
        script_send(world->stream, event);
    (void)pthread_mutex_unlock(&world->mutex);
    return true;
}

/* --- the authorization server
 * --------------------------------------------------------------------- */

static void serve_resource(struct script_peer *peer, const struct world *world) {
    char body[1024];
    if (world->metadata_status != NULL) {
        script_reply(peer, world->metadata_status, world->metadata_headers, world->metadata_body);
        return;
    }
    (void)snprintf(body, sizeof body, "{\"resource\":\"%s\",\"authorization_servers\":[\"%s/as\"]}",
                   world->base, world->base);
    script_reply(peer, "200 OK", "Content-Type: application/json\r\n", body);
}

static void serve_metadata(struct script_peer *peer, const struct world *world) {
    char body[2048];
    (void)snprintf(
        body, sizeof body,
        "{\"issuer\":\"%s/as\",\"authorization_endpoint\":\"%s/as/authorize\","
        "\"token_endpoint\":\"%s/as/token\",\"registration_endpoint\":\"%s/as/register\","
        "\"token_endpoint_auth_methods_supported\":[\"none\",\"client_secret_basic\"],"
        "\"code_challenge_methods_supported\":[\"S256\"]}",
        world->base, world->base, world->base, world->base);
    script_reply(peer, "200 OK", "", body);
}

static void serve_token(struct script_peer *peer, struct world *world) {
    char body[512];
    char life[64] = "";
    if (world->token_status != NULL) {
        script_reply(peer, world->token_status, "", world->token_body);
        return;
    }
    if (world->expires_in != 0)
        (void)snprintf(life, sizeof life, ",\"expires_in\":%d", world->expires_in);
    int number = __atomic_add_fetch(&world->tokens, 1, __ATOMIC_SEQ_CST);
    (void)snprintf(body, sizeof body,
                   "{\"access_token\":\"token-%d\",\"token_type\":\"bearer\","
                   "\"refresh_token\":\"refresh-%d\"%s}",
                   number, number, life);
    script_reply(peer, "200 OK", "", body);
}

static bool serve(struct script_peer *peer, const struct script_request *request, void *user) {
    struct world *world = user;
    const char *path = request->path;
    if (strcmp(path, "/mcp") == 0)
        return serve_mcp(peer, request, world);
    if (strcmp(path, "/sse") == 0)
        return serve_sse(peer, request, world);
    if (strcmp(path, "/.well-known/oauth-protected-resource") == 0)
        serve_resource(peer, world);
    else if (strcmp(path, "/.well-known/oauth-authorization-server/as") == 0)
        serve_metadata(peer, world);
    else if (strcmp(path, "/as/register") == 0)
        script_reply(peer, "201 Created", "", "{\"client_id\":\"registered\"}");
    else if (strcmp(path, "/as/token") == 0)
        serve_token(peer, world);
    else
        script_reply(peer, "404 Not Found", "", "");
    return true;
}

/* --- the person
 * ----------------------------------------------------------------------------------- */

static void on_url(void *user, const char *url) {
    struct world *world = user;
    (void)pthread_mutex_lock(&world->mutex);
    (void)snprintf(world->shown, sizeof world->shown, "%s", url);
    (void)pthread_mutex_unlock(&world->mutex);
    (void)__atomic_add_fetch(&world->asked, 1, __ATOMIC_SEQ_CST);
}

static void take_parameter(struct world *world, const char *name, char out[256]) {
    (void)pthread_mutex_lock(&world->mutex);
    const char *at = strstr(world->shown, name);
    size_t len = at != NULL ? strcspn(at + strlen(name), "&") : 0;
    (void)snprintf(out, 256, "%.*s", (int)len, at != NULL ? at + strlen(name) : "");
    (void)pthread_mutex_unlock(&world->mutex);
}

/* One request to the redirect URI; the first line of what comes back. */
static void visit(int port, const char *request, char out[64]) {
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    out[0] = '\0';
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
        send(fd, request, strlen(request), MSG_NOSIGNAL) > 0) {
        ssize_t got = recv(fd, out, 63, 0);
        out[got > 0 ? got : 0] = '\0';
        out[strcspn(out, "\r")] = '\0';
    }
    (void)close(fd);
}

static void redirect(struct world *world, const char *state, char out[64]) {
    char request[1024];
    char where[256];
    take_parameter(world, "redirect_uri=", where);
    const char *colon = strstr(where, "127.0.0.1%3A");
    int port = colon != NULL ? (int)strtol(colon + strlen("127.0.0.1%3A"), NULL, 10) : 0;
    (void)snprintf(request, sizeof request,
                   "GET /callback?code=abc&state=%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n", state,
                   port);
    visit(port, request, out);
}

/* Says yes to every URL until it was told to stop by a negative number of questions. */
static void *browse(void *user) {
    struct world *world = user;
    for (int done = 0; rig_read(&world->asked) >= 0;) {
        char state[256];
        char line[64];
        if (rig_read(&world->asked) <= done) {
            script_sleep_ms(5);
            continue;
        }
        done++;
        take_parameter(world, "state=", state);
        redirect(world, state, line);
    }
    return NULL;
}

/* --- a scene
 * -------------------------------------------------------------------------------------- */

static void start_world(struct world *world) {
    (void)pthread_mutex_init(&world->mutex, NULL);
    world->server = script_server_start(serve, world);
    script_server_url(world->server, "", world->base);
    assert_int_equal(mcp_loop_new(&world->rig.loop, &world->rig.err), MCP_OK);
}

static struct mcp_authorizer_options usual(struct world *world) {
    return (struct mcp_authorizer_options){
        .server_url = world->url, .on_url = on_url, .user = world};
}

static struct mcp_dial *dial(struct world *world, enum mcp_dial_transport transport) {
    const struct mcp_client_options options = {
        .name = "test", .version = "1", .era = MCP_ERA_LEGACY};
    const char *const headers[] = {"X-Secret: of the server", NULL};
    const struct mcp_dial_target target = {.transport = transport,
                                           .url = world->url,
                                           .headers = headers,
                                           .authorizer = world->authorizer};
    struct mcp_dial *made = NULL;
    assert_int_equal(mcp_dial_new(world->rig.loop, &target, &options, &made, &world->rig.err),
                     MCP_OK);
    return made;
}

static void open_world(struct world *world, const char *path,
                       const struct mcp_authorizer_options *given) {
    start_world(world);
    script_server_url(world->server, path, world->url);
    struct mcp_authorizer_options options = given != NULL ? *given : usual(world);
    options.server_url = world->url;
    assert_int_equal(
        mcp_authorizer_new(world->rig.loop, &options, &world->authorizer, &world->rig.err), MCP_OK);
    world->rig.dial = dial(world, strcmp(path, "/sse") == 0 ? MCP_DIAL_SSE : MCP_DIAL_STREAMABLE);
}

static void start_browser(struct world *world) {
    assert_int_equal(pthread_create(&world->browser, NULL, browse, world), 0);
    world->has_browser = true;
}

static void close_world(struct world *world) {
    mcp_dial_free(world->rig.dial);
    mcp_authorizer_free(world->authorizer);
    mcp_loop_free(world->rig.loop);
    if (world->has_browser) {
        __atomic_store_n(&world->asked, -1000, __ATOMIC_SEQ_CST);
        (void)pthread_join(world->browser, NULL);
    }
    script_server_stop(world->server);
}

/* --- tests
 * ---------------------------------------------------------------------------------------- */

static void a_refused_request_is_sent_again_with_a_token(void **state) {
    (void)state;
    struct world world = {0};
    open_world(&world, "/mcp", NULL);
    start_browser(&world);
    assert_int_equal(rig_connect(&world.rig, CONNECT_MS), MCP_OK);
    assert_int_equal(rig_request(&world.rig, "tools/list", CONNECT_MS, "{\"ok\":true}"), MCP_OK);
    assert_int_equal(rig_read(&world.asked), 1);
    assert_int_equal(script_server_count(world.server, "code_verifier="), 1);
    assert_int_equal(script_server_count(world.server, "scope=basic"), 0); /* in the URL alone */
    assert_non_null(strstr(world.shown, "&scope=basic"));
    assert_non_null(strstr(world.shown, "code_challenge_method=S256"));
    close_world(&world);
}

static void only_the_server_gets_its_headers(void **state) {
    (void)state;
    struct world world = {0};
    open_world(&world, "/mcp", NULL);
    start_browser(&world);
    assert_int_equal(rig_connect(&world.rig, CONNECT_MS), MCP_OK);
    int all = script_server_count(world.server, "X-Secret: of the server");
    assert_int_equal(script_server_count(world.server, " /mcp HTTP"), all);
    assert_true(all >= 2);
    close_world(&world);
}

static void the_same_over_http_sse(void **state) {
    (void)state;
    struct world world = {0};
    open_world(&world, "/sse", NULL);
    start_browser(&world);
    assert_int_equal(rig_connect(&world.rig, CONNECT_MS), MCP_OK);
    assert_int_equal(rig_request(&world.rig, "tools/list", CONNECT_MS, "{\"ok\":true}"), MCP_OK);
    close_world(&world);
}

static void a_pasted_url_does_as_well(void **state) {
    (void)state;
    struct world world = {0};
    struct rig *rig = &world.rig;
    char pasted[512];
    char value[256];
    open_world(&world, "/mcp", NULL);
    assert_int_equal(rig_connect(rig, 300), MCP_E_TIMEOUT); /* the authorization goes on */
    assert_true(rig_wait(&world.asked, 1));
    assert_int_equal(mcp_authorizer_redirected(world.authorizer, "http://x/?code=a&state=b", NULL),
                     MCP_E_STATE);
    assert_int_equal(mcp_authorizer_redirected(world.authorizer, "hello", NULL), MCP_E_STATE);
    take_parameter(&world, "state=", value);
    (void)snprintf(pasted, sizeof pasted, " http://127.0.0.1/callback?state=%s&code=abc\n", value);
    assert_int_equal(mcp_authorizer_redirected(world.authorizer, pasted, NULL), MCP_OK);
    assert_int_equal(mcp_authorizer_redirected(world.authorizer, pasted, NULL), MCP_E_STATE);
    mcp_dial_free(rig->dial);
    rig->dial = dial(&world, MCP_DIAL_STREAMABLE);
    assert_int_equal(rig_connect(rig, CONNECT_MS), MCP_OK);
    assert_int_equal(rig_read(&world.asked), 1);
    close_world(&world);
}

static void the_receiver_takes_nothing_else(void **state) {
    (void)state;
    static const char *const requests[][2] = {
        {"GET /favicon.ico", "127.0.0.1"},
        {"POST /callback?code=a", "127.0.0.1"},
        {"GET /callback?code=a&state=b", "127.0.0.1"},
        {"GET /callback?code=a&state=b", "evil.example.com"},
    };
    static const char *const answers[] = {"HTTP/1.1 404 Not Found", "HTTP/1.1 400 Bad Request",
                                          "HTTP/1.1 400 Bad Request", "HTTP/1.1 400 Bad Request"};
    struct world world = {0};
    char where[256];
    char value[256];
    char line[64];
    open_world(&world, "/mcp", NULL);
    assert_int_equal(rig_connect(&world.rig, 300), MCP_E_TIMEOUT);
    assert_true(rig_wait(&world.asked, 1));
    take_parameter(&world, "redirect_uri=http%3A%2F%2F127.0.0.1%3A", where);
    int port = (int)strtol(where, NULL, 10);
    for (size_t i = 0; i < MCP_COUNT(requests); i++) {
        char request[512];
        (void)snprintf(request, sizeof request, "%s HTTP/1.1\r\nHost: %s:%d\r\n\r\n",
                       requests[i][0], requests[i][1], port);
        visit(port, request, line);
        assert_string_equal(line, answers[i]);
    }
    take_parameter(&world, "state=", value);
    redirect(&world, value, line);
    assert_string_equal(line, "HTTP/1.1 200 OK");
    assert_true(script_server_wait(world.server, "code=abc", 1));
    close_world(&world);
}

struct crowd {
    int done; /* atomic */
    int good; /* atomic */
};

static void on_connected(const struct mcp_reply *reply, void *user) {
    struct crowd *crowd = user;
    if (reply->code == MCP_OK)
        (void)__atomic_add_fetch(&crowd->good, 1, __ATOMIC_SEQ_CST);
    (void)__atomic_add_fetch(&crowd->done, 1, __ATOMIC_SEQ_CST);
}

static void many_connections_wait_for_one_authorization(void **state) {
    (void)state;
    struct world world = {0};
    struct crowd crowd = {0};
    struct mcp_dial *dials[CLIENTS];
    open_world(&world, "/mcp", NULL);
    for (size_t i = 0; i < CLIENTS; i++) {
        dials[i] = dial(&world, MCP_DIAL_STREAMABLE);
        mcp_dial_connect(dials[i], CONNECT_MS, on_connected, &crowd);
    }
    assert_true(script_server_wait(world.server, "\"initialize\"", 1));
    start_browser(&world);
    assert_true(rig_wait(&crowd.done, CLIENTS));
    assert_int_equal(rig_read(&crowd.good), CLIENTS);
    assert_int_equal(script_server_count(world.server, "/as/token HTTP"), 1);
    assert_int_equal(rig_read(&world.asked), 1);
    for (size_t i = 0; i < CLIENTS; i++)
        mcp_dial_free(dials[i]);
    close_world(&world);
}

static void a_token_that_is_refused_later_is_refreshed(void **state) {
    (void)state;
    struct world world = {.refuses_first = true};
    open_world(&world, "/mcp", NULL);
    start_browser(&world);
    assert_int_equal(rig_connect(&world.rig, CONNECT_MS), MCP_OK);
    assert_int_equal(rig_request(&world.rig, "tools/list", CONNECT_MS, "{\"ok\":true}"), MCP_OK);
    assert_int_equal(rig_read(&world.asked), 1);
    assert_int_equal(script_server_count(world.server, "refresh_token=refresh-1"), 1);
    close_world(&world);
}

/* A token that ends at once is used all the same after some tries. */
static void a_token_that_ends_at_once_does_not_go_round_for_ever(void **state) {
    (void)state;
    struct world world = {.expires_in = -1};
    world.token_status = "200 OK";
    world.token_body = "{\"access_token\":\"token-1\",\"token_type\":\"bearer\",\"expires_in\":0}";
    world.tokens = 1;
    open_world(&world, "/mcp", NULL);
    start_browser(&world);
    assert_int_equal(rig_connect(&world.rig, CONNECT_MS), MCP_OK);
    assert_true(rig_read(&world.asked) <= 3 * 3);
    close_world(&world);
}

static void more_scopes_are_asked_for_once(void **state) {
    (void)state;
    struct world world = {.wanted_scope = "error=\"insufficient_scope\", scope=\"write\""};
    open_world(&world, "/mcp", NULL);
    start_browser(&world);
    assert_int_equal(rig_connect(&world.rig, CONNECT_MS), MCP_OK);
    assert_int_equal(rig_request(&world.rig, "tools/call", CONNECT_MS, NULL), MCP_E_DENIED);
    assert_int_equal(rig_read(&world.asked), 2);
    assert_non_null(strstr(world.shown, "&scope=basic%20write"));
    assert_int_equal(rig_request(&world.rig, "tools/call", CONNECT_MS, NULL), MCP_E_DENIED);
    assert_int_equal(rig_read(&world.asked), 2);
    close_world(&world);
}

static void a_plain_403_is_none_of_its_business(void **state) {
    (void)state;
    struct world world = {.wanted_scope = "error=\"access_denied\""};
    open_world(&world, "/mcp", NULL);
    start_browser(&world);
    assert_int_equal(rig_connect(&world.rig, CONNECT_MS), MCP_OK);
    assert_int_equal(rig_request(&world.rig, "tools/call", CONNECT_MS, NULL), MCP_E_DENIED);
    assert_int_equal(rig_read(&world.asked), 1);
    close_world(&world);
}

/* --- the store
 * ------------------------------------------------------------------------------------ */

static void make_directory(char out[64]) {
    (void)snprintf(out, 64, "/tmp/mcp-authorizer-XXXXXX");
    assert_non_null(mkdtemp(out));
}

/* Counts the files of the store whose names end so; the last one's path. */
static int list_store(const char *dir, const char *end, char path[512]) {
    int count = 0;
    DIR *open = opendir(dir);
    assert_non_null(open);
    for (struct dirent *entry = readdir(open); entry != NULL; /* NOLINT(concurrency-mt-unsafe) */
         entry = readdir(open)) {                             /* NOLINT(concurrency-mt-unsafe) */
        size_t len = strlen(entry->d_name);
        if (entry->d_name[0] == '.' || len < strlen(end) ||
            strcmp(entry->d_name + len - strlen(end), end) != 0)
            continue;
        (void)snprintf(path, 512, "%s/%s", dir, entry->d_name);
        count++;
    }
    (void)closedir(open);
    return count;
}

static void forget_store(const char *dir) {
    char path[512];
    while (list_store(dir, "", path) > 0)
        assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(dir), 0);
}

static void tokens_are_kept_for_the_next_process(void **state) {
    (void)state;
    char root[64];
    char dir[128];
    char path[512];
    struct stat info;
    struct world world = {0};
    make_directory(root);
    (void)snprintf(dir, sizeof dir, "%s/store", root);
    struct mcp_authorizer_options options = usual(&world);
    options.store_dir = dir;
    open_world(&world, "/mcp", &options);
    start_browser(&world);
    assert_int_equal(rig_connect(&world.rig, CONNECT_MS), MCP_OK);
    assert_int_equal(list_store(dir, ".json", path), 1);
    assert_int_equal(stat(dir, &info), 0);
    assert_int_equal(info.st_mode & 0777U, 0700);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777U, 0600);

    /* another one, whom nobody helps */
    mcp_dial_free(world.rig.dial);
    mcp_authorizer_free(world.authorizer);
    options.on_url = NULL;
    options.server_url = world.url;
    assert_int_equal(
        mcp_authorizer_new(world.rig.loop, &options, &world.authorizer, &world.rig.err), MCP_OK);
    world.rig.dial = dial(&world, MCP_DIAL_STREAMABLE);
    assert_int_equal(rig_connect(&world.rig, CONNECT_MS), MCP_OK);
    assert_int_equal(rig_read(&world.asked), 1);
    close_world(&world);
    forget_store(dir);
    assert_int_equal(rmdir(root), 0);
}

static void keep(const char *dir, const char *issuer, const char *resource, const char *text,
                 int expires_at) {
    json_auto_t *client = json_pack("{s:s}", "id", "registered");
    json_auto_t *token =
        json_pack("{s:s, s:s, s:s, s:i, s:s}", "resource", resource, "access_token", text,
                  "refresh_token", "refresh-0", "expires_at", expires_at, "scope", "");
    assert_int_equal(mcp_oauth_files_update(dir, issuer, client, token, NULL), MCP_OK);
}

/* Here the other process is the test. */
static void what_another_process_refreshes_is_waited_for(void **state) {
    char root[64];
    char dir[128];
    char issuer[300];
    struct world world = {0};
    struct crowd crowd = {0};
    int lock = -1;
    (void)state;
    make_directory(root);
    (void)snprintf(dir, sizeof dir, "%s/store", root);
    struct mcp_authorizer_options options = usual(&world);
    options.store_dir = dir;
    options.on_url = NULL;
    open_world(&world, "/mcp", &options);
    (void)snprintf(issuer, sizeof issuer, "%s/as", world.base);
    keep(dir, issuer, world.base, "ended", 1);
    assert_int_equal(mcp_oauth_files_lock(dir, issuer, &lock, NULL), MCP_OK);
    mcp_dial_connect(world.rig.dial, CONNECT_MS, on_connected, &crowd);
    assert_true(script_server_wait(world.server, "/.well-known/oauth-authorization-server/as", 1));
    assert_int_equal(rig_read(&crowd.done), 0);
    __atomic_store_n(&world.tokens, 1, __ATOMIC_SEQ_CST); /* "token-1" is good now */
    keep(dir, issuer, world.base, "token-1", INT_MAX);
    mcp_oauth_files_unlock(lock);
    assert_true(rig_wait(&crowd.done, 1));
    assert_int_equal(rig_read(&crowd.good), 1);
    assert_int_equal(script_server_count(world.server, "/as/token HTTP"), 0);
    close_world(&world);
    forget_store(dir);
    assert_int_equal(rmdir(root), 0);
}

static void a_store_that_others_may_read_is_refused(void **state) {
    (void)state;
    char dir[64];
    struct world world = {0};
    make_directory(dir);
    assert_int_equal(chmod(dir, 0750), 0);
    struct mcp_authorizer_options options = usual(&world);
    options.store_dir = dir;
    open_world(&world, "/mcp", &options);
    assert_int_equal(rig_connect(&world.rig, CONNECT_MS), MCP_E_DENIED);
    assert_non_null(strstr(world.rig.err.what, "closed to all others"));
    assert_int_equal(rig_read(&world.asked), 0);
    close_world(&world);
    assert_int_equal(chmod(dir, 0700), 0);
    forget_store(dir);
}

/* --- what goes wrong
 * ------------------------------------------------------------------------------ */

static void nobody_can_be_asked(void **state) {
    (void)state;
    struct world world = {0};
    const struct mcp_authorizer_options options = {0};
    open_world(&world, "/mcp", &options);
    assert_int_equal(rig_connect(&world.rig, CONNECT_MS), MCP_E_DENIED);
    assert_non_null(strstr(world.rig.err.what, "nobody can be asked"));
    close_world(&world);
}

static void nobody_authorizes_in_time(void **state) {
    (void)state;
    struct world world = {0};
    struct mcp_authorizer_options options = usual(&world);
    options.person_timeout_ms = 50;
    open_world(&world, "/mcp", &options);
    assert_int_equal(rig_connect(&world.rig, CONNECT_MS), MCP_E_TIMEOUT);
    assert_non_null(strstr(world.rig.err.what, "nobody authorized"));
    close_world(&world);
}

static void closing_ends_an_authorization(void **state) {
    (void)state;
    struct world world = {0};
    struct crowd crowd = {0};
    open_world(&world, "/mcp", NULL);
    mcp_dial_connect(world.rig.dial, CONNECT_MS, on_connected, &crowd);
    assert_true(rig_wait(&world.asked, 1));
    close_world(&world);
    assert_int_equal(rig_read(&crowd.done), 1);
    assert_int_equal(rig_read(&crowd.good), 0);
}

static void metadata_that_cannot_be_used(void **state) {
    (void)state;
    static char long_body[80 << 10];
    const struct {
        const char *status;
        const char *headers;
        const char *body;
        enum mcp_code code;
    } rows[] = {
        {"302 Found", "Location: http://127.0.0.1:1/evil\r\n", "", MCP_E_DENIED},
        {"200 OK", "", "<html>", MCP_E_PEER},
        {"200 OK", "", "{}", MCP_E_PEER},
        {"200 OK", "", long_body, MCP_E_LIMIT},
        {"500 Oops", "", "", MCP_E_PEER},
        {"404 Not Found", "", "", MCP_E_NOT_FOUND},
        {"200 OK", "Content-Encoding: gzip\r\n", "{}", MCP_E_PEER},
        {"200 OK", "",
         "{\"resource\":\"https://evil/\",\"authorization_servers\":[\"http://as/\"]}",
         MCP_E_DENIED},
    };
    memset(long_body, ' ', sizeof long_body - 1);
    for (size_t i = 0; i < MCP_COUNT(rows); i++) {
        struct world world = {.metadata_status = rows[i].status,
                              .metadata_headers = rows[i].headers,
                              .metadata_body = rows[i].body};
        open_world(&world, "/mcp", NULL);
        assert_int_equal(rig_connect(&world.rig, CONNECT_MS), rows[i].code);
        assert_int_equal(rig_read(&world.asked), 0);
        close_world(&world);
    }
}

static void a_token_that_is_not_given(void **state) {
    (void)state;
    const struct {
        const char *status;
        const char *body;
        enum mcp_code code;
    } rows[] = {
        {"400 Bad Request", "{\"error\":\"invalid_grant\"}", MCP_E_DENIED},
        {"200 OK", "{\"access_token\":\"a\\r\\nX: y\",\"token_type\":\"bearer\"}", MCP_E_PEER},
        {"307 Temporary Redirect", "", MCP_E_DENIED},
    };
    for (size_t i = 0; i < MCP_COUNT(rows); i++) {
        struct world world = {.token_status = rows[i].status, .token_body = rows[i].body};
        open_world(&world, "/mcp", NULL);
        start_browser(&world);
        assert_int_equal(rig_connect(&world.rig, CONNECT_MS), rows[i].code);
        assert_int_equal(script_server_count(world.server, "/as/token HTTP"), 1);
        close_world(&world);
    }
}

static enum mcp_code no_id_token(void *user, struct mcp_buf *out, struct mcp_err *err) {
    (void)user;
    (void)out;
    return MCP_FAIL(err, MCP_E_DENIED, "nobody is signed in");
}

static void settings_that_do_not_fit(void **state) {
    (void)state;
    const struct mcp_authorizer_options rows[] = {
        {.server_url = "https://h/", .client_secret = "s"},
        {.server_url = "https://h/", .grant = MCP_AUTHORIZER_CLIENT},
        {.server_url = "https://h/", .client_id_url = "http://h/client.json"},
        {.server_url = "https://h/", .redirect_uri = "https://h/callback"},
        {.server_url = "https://h/", .client_key = "k"},
        {.server_url = "https://h/", .client_id = "c", .client_key = "no key"},
        {.server_url = "https://h/", .client_id = "c", .client_secret = "s", .client_key = "k"},
        {.server_url = "https://h/", .grant = MCP_AUTHORIZER_IDENTITY, .client_id = "c"},
        {.server_url = "https://h/",
         .grant = MCP_AUTHORIZER_IDENTITY,
         .idp_token_endpoint = "https://idp/token",
         .idp_client_id = "i",
         .on_id_token = no_id_token},
        {.server_url = "https://h/",
         .grant = MCP_AUTHORIZER_IDENTITY,
         .client_id = "c",
         .idp_token_endpoint = "http://idp/token",
         .idp_client_id = "i",
         .on_id_token = no_id_token},
    };
    struct mcp_loop *loop = NULL;
    struct mcp_authorizer *authorizer = NULL;
    assert_int_equal(mcp_loop_new(&loop, NULL), MCP_OK);
    for (size_t i = 0; i < MCP_COUNT(rows); i++)
        assert_int_equal(mcp_authorizer_new(loop, &rows[i], &authorizer, NULL), MCP_E_INVALID);
    const struct mcp_authorizer_options good = {.server_url = "https://h/"};
    assert_int_equal(mcp_authorizer_new(loop, &good, &authorizer, NULL), MCP_OK);
    const char *const headers[] = {"authorization: Bearer x", NULL};
    const struct mcp_dial_target targets[] = {
        {.url = "https://h/", .bearer = "x", .authorizer = authorizer},
        {.url = "https://h/", .headers = headers, .authorizer = authorizer},
    };
    const struct mcp_client_options options = {.name = "test", .version = "1"};
    struct mcp_dial *made = NULL;
    for (size_t i = 0; i < MCP_COUNT(targets); i++)
        assert_int_equal(mcp_dial_new(loop, &targets[i], &options, &made, NULL), MCP_E_INVALID);
    mcp_authorizer_free(authorizer);
    mcp_loop_free(loop);
}

#define DIAL_TEST(name) cmocka_unit_test_setup_teardown(name, rig_set_up, rig_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        DIAL_TEST(a_refused_request_is_sent_again_with_a_token),
        DIAL_TEST(only_the_server_gets_its_headers),
        DIAL_TEST(the_same_over_http_sse),
        DIAL_TEST(a_pasted_url_does_as_well),
        DIAL_TEST(the_receiver_takes_nothing_else),
        DIAL_TEST(many_connections_wait_for_one_authorization),
        DIAL_TEST(a_token_that_is_refused_later_is_refreshed),
        DIAL_TEST(a_token_that_ends_at_once_does_not_go_round_for_ever),
        DIAL_TEST(more_scopes_are_asked_for_once),
        DIAL_TEST(a_plain_403_is_none_of_its_business),
        DIAL_TEST(tokens_are_kept_for_the_next_process),
        DIAL_TEST(what_another_process_refreshes_is_waited_for),
        DIAL_TEST(a_store_that_others_may_read_is_refused),
        DIAL_TEST(nobody_can_be_asked),
        DIAL_TEST(nobody_authorizes_in_time),
        DIAL_TEST(closing_ends_an_authorization),
        DIAL_TEST(metadata_that_cannot_be_used),
        DIAL_TEST(a_token_that_is_not_given),
        DIAL_TEST(settings_that_do_not_fit),
    };
    return cmocka_run_group_tests_name("dial.authorizer", tests, NULL, NULL);
}
