/* SPDX-License-Identifier: MIT */
/* Where what a public server names must not lead: no connection is made, whatever name it has. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dial/authorizer.h"
#include "dial/http_fetch.h"
#include "dial_rig.h"

/* One exchange, begun on the loop; the test waits for its end. */
struct attempt {
    struct mcp_loop *loop;
    struct mcp_fetch_config config;
    struct mcp_fetch *fetch;
    struct mcp_err err;
    int heads; /* atomic, both */
    int ended;
};

static enum mcp_code on_head(void *user, const struct mcp_fetch *fetch, struct mcp_err *err) {
    struct attempt *attempt = user;
    (void)fetch;
    (void)err;
    (void)__atomic_add_fetch(&attempt->heads, 1, __ATOMIC_SEQ_CST);
    return MCP_OK;
}

static enum mcp_code on_body(void *user, struct mcp_str bytes, struct mcp_err *err) {
    (void)user;
    (void)bytes;
    (void)err;
    return MCP_OK;
}

static void on_done(void *user, const struct mcp_err *err) {
    struct attempt *attempt = user;
    attempt->err = *err;
    (void)__atomic_add_fetch(&attempt->ended, 1, __ATOMIC_SEQ_CST);
}

static void begin(void *user) {
    struct attempt *attempt = user;
    const struct mcp_fetch_request request = {
        .config = &attempt->config, .method = "GET", .timeout_ms = 5000};
    const struct mcp_fetch_handlers handlers = {on_head, on_body, on_done, attempt};
    struct mcp_err err = {0};
    if (mcp_fetch_start(attempt->loop, &request, &handlers, &attempt->fetch, &err) != MCP_OK)
        on_done(attempt, &err);
}

static void try_url(struct mcp_loop *loop, const char *url, bool is_public_only,
                    struct attempt *out) {
    *out = (struct attempt){.loop = loop, .config = {.url = url, .is_public_only = is_public_only}};
    mcp_loop_run(loop, begin, out);
    assert_true(rig_wait(&out->ended, 1));
}

static void expect_denied(struct mcp_loop *loop, const char *url) {
    struct attempt attempt;
    try_url(loop, url, true, &attempt);
    if (attempt.err.code != MCP_E_DENIED || strstr(attempt.err.what, "private network") == NULL)
        fail_msg("%s: %s: %s", url, mcp_code_name(attempt.err.code), attempt.err.what);
    assert_int_equal(rig_read(&attempt.heads), 0);
}

static bool welcome(struct script_peer *peer, const struct script_request *request, void *user) {
    (void)request;
    (void)user;
    script_reply(peer, "200 OK", "", "secret");
    return true;
}

/* Every way to write this machine, and names that lead to it. */
static void no_name_leads_to_this_machine(void **state) {
    static const char *const hosts[] = {"127.0.0.1",          "127.1",     "2130706433",
                                        "0x7f000001",         "localhost", "metadata.localhost",
                                        "[::ffff:127.0.0.1]", "[::1]",     "0.0.0.0"};
    struct script_server *server = script_server_start(welcome, NULL);
    struct mcp_loop *loop = NULL;
    struct attempt attempt;
    char base[256];
    char url[512];
    (void)state;
    assert_int_equal(mcp_loop_new(&loop, NULL), MCP_OK);
    const char *port = strrchr(script_server_url(server, "/x", base), ':');
    try_url(loop, base, false, &attempt);
    assert_int_equal(attempt.err.code, MCP_OK); /* it is there for who may */
    assert_int_equal(script_server_connections(server), 1);
    for (size_t i = 0; i < MCP_COUNT(hosts); i++) {
        (void)snprintf(url, sizeof url, "http://%s%s", hosts[i], port);
        expect_denied(loop, url);
    }
    assert_int_equal(script_server_connections(server), 1);
    mcp_loop_free(loop);
    script_server_stop(server);
}

/* The proxy is this server: an address is judged before it is asked, a name is the proxy's. */
static void a_proxy_is_asked_for_no_private_address(void **state) {
    static const char *const hosts[] = {"10.0.0.1",    "0xa000001",       "167772161",
                                        "192.168.1.1", "10.0.0.1.",       "[fc00::1]",
                                        "[::a00:1]",   "169.254.169.254", "100.64.0.1"};
    struct script_server *server = script_server_start(welcome, NULL);
    struct mcp_loop *loop = NULL;
    struct attempt attempt;
    char proxy[256];
    char url[512];
    (void)state;
    script_server_url(server, "", proxy);
    (void)setenv("http_proxy", proxy, 1); /* NOLINT(concurrency-mt-unsafe): one thread yet */
    (void)unsetenv("no_proxy");           /* NOLINT(concurrency-mt-unsafe): one thread yet */
    (void)unsetenv("NO_PROXY");           /* NOLINT(concurrency-mt-unsafe): one thread yet */
    assert_int_equal(mcp_loop_new(&loop, NULL), MCP_OK);
    for (size_t i = 0; i < MCP_COUNT(hosts); i++) {
        (void)snprintf(url, sizeof url, "http://%s/x", hosts[i]);
        expect_denied(loop, url);
    }
    assert_int_equal(script_server_connections(server), 0);
    try_url(loop, "http://server.test/x", true, &attempt);
    assert_int_equal(attempt.err.code, MCP_OK);
    try_url(loop, "http://10.0.0.1/x", false, &attempt);
    assert_int_equal(attempt.err.code, MCP_OK); /* for who may, by the proxy all the same */
    assert_int_equal(script_server_count(server, "GET http://10.0.0.1/x HTTP/1.1\r\n"), 1);
    mcp_loop_free(loop);
    script_server_stop(server);
    (void)unsetenv("http_proxy"); /* NOLINT(concurrency-mt-unsafe): one thread again */
}

/* --- a public server whose metadata are elsewhere --------------------------------------------- */

struct asking {
    struct mcp_authorizer *authorizer;
    struct mcp_authorizer_refusal refusal;
    struct mcp_authorizer_wait wait;
    struct mcp_err err;
    int ended; /* atomic */
};

static void on_token(void *user, const struct mcp_err *err) {
    struct asking *asking = user;
    asking->err = *err;
    (void)__atomic_add_fetch(&asking->ended, 1, __ATOMIC_SEQ_CST);
}

static void ask(void *user) {
    struct asking *asking = user;
    mcp_authorizer_ask(asking->authorizer, &asking->refusal, &asking->wait);
}

static void metadata_of_a_public_server_are_not_private(void **state) {
    struct script_server *server = script_server_start(welcome, NULL);
    struct mcp_loop *loop = NULL;
    struct asking asking = {.wait = {.fn = on_token, .user = &asking}};
    char base[256];
    char challenge[512];
    (void)state;
    script_server_url(server, "/x", base);
    (void)snprintf(challenge, sizeof challenge,
                   "Bearer resource_metadata=\"https://metadata.localhost%s\"", strrchr(base, ':'));
    asking.refusal =
        (struct mcp_authorizer_refusal){.status = 401, .challenge = challenge, .is_public = true};
    const struct mcp_authorizer_options options = {.server_url = "https://server.test/mcp"};
    assert_int_equal(mcp_loop_new(&loop, NULL), MCP_OK);
    assert_int_equal(mcp_authorizer_new(loop, &options, &asking.authorizer, NULL), MCP_OK);
    mcp_loop_run(loop, ask, &asking);
    assert_true(rig_wait(&asking.ended, 1));
    assert_int_equal(asking.err.code, MCP_E_DENIED);
    assert_non_null(strstr(asking.err.what, "private network, where a public server may not lead"));
    assert_int_equal(script_server_connections(server), 0);
    mcp_authorizer_free(asking.authorizer);
    mcp_loop_free(loop);
    script_server_stop(server);
}

#define FETCH_TEST(name) cmocka_unit_test_setup_teardown(name, rig_set_up, rig_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        FETCH_TEST(no_name_leads_to_this_machine),
        FETCH_TEST(a_proxy_is_asked_for_no_private_address),
        FETCH_TEST(metadata_of_a_public_server_are_not_private),
    };
    return cmocka_run_group_tests_name("dial.http_fetch", tests, NULL, NULL);
}
