/* SPDX-License-Identifier: MIT */
#include "mcp/client.h"
#include "vectors.h"

probe_fn probe_client;

/* A link that takes everything and says nothing. */
struct silent {
    struct mcp_link link;
    const struct mcp_link_events *events;
    int stops;
};

static enum mcp_code start(struct mcp_link *link, const struct mcp_link_events *events,
                           struct mcp_err *err) {
    (void)err;
    ((struct silent *)link)->events = events;
    return MCP_OK;
}

static enum mcp_code send_nothing(struct mcp_link *link, const struct mcp_link_message *message,
                                  struct mcp_err *err) {
    (void)link;
    (void)message;
    (void)err;
    return MCP_OK;
}

static void forget(struct mcp_link *link, uint64_t token) {
    (void)link;
    (void)token;
}

static void ready(struct mcp_link *link, const char *version) {
    (void)link;
    (void)version;
}

static void stop(struct mcp_link *link) {
    ((struct silent *)link)->stops++;
}

static const struct mcp_link_ops ops = {start, send_nothing, forget, ready, stop, NULL};

static void count(const struct mcp_reply *reply, void *user) {
    (void)reply;
    ++*(int *)user;
}

static void remember_code(void *user, const struct mcp_err *err) {
    *(enum mcp_code *)user = err->code;
}

/* 1.2 MB of text that would be a tree of 100 MB. */
static void memory_for_one_message_is_bounded(void **state) {
    (void)state;
    enum { ITEMS = 400000 };
    struct silent silent = {.link = {.ops = &ops}};
    enum mcp_code ignored = MCP_OK;
    int calls = 0;
    const struct mcp_client_options options = {.name = "n",
                                               .version = "1",
                                               .era = MCP_ERA_LEGACY,
                                               .max_message_bytes = 3 * ITEMS + 2,
                                               .on_ignored = remember_code,
                                               .user = &ignored};
    struct mcp_client *client = NULL;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(3 * ITEMS + 2);
    mcp_buf_add(&text, MCP_STR("[{}"));
    for (int i = 1; i < ITEMS; i++)
        mcp_buf_add(&text, MCP_STR(",{}"));
    mcp_buf_addc(&text, ']');
    assert_int_equal(mcp_buf_finish(&text, NULL), MCP_OK);
    mcp_json_use_allocator();
    assert_int_equal(mcp_client_new(&options, &silent.link, &client, NULL), MCP_OK);
    mcp_client_connect(client, 0, 1000, count, &calls);
    silent.events->on_message(silent.events->user, mcp_buf_view(&text));
    assert_int_equal(ignored, MCP_E_NOMEM);
    assert_int_equal(calls, 0);
    mcp_client_free(client);
    assert_int_equal(calls, 1);
    assert_int_equal(silent.stops, 1);
}

/* The answer to a request asks for the next one, many times over: no recursion, no leak. */
struct chain {
    struct mcp_client *client;
    int left;
};

static void ask_again(const struct mcp_reply *reply, void *user) {
    struct chain *chain = user;
    if (reply->code == MCP_OK && chain->left-- > 0)
        (void)mcp_client_request(chain->client, "ping", NULL, 0, 1000, ask_again, chain);
}

static void callbacks_may_ask_again(void **state) {
    (void)state;
    struct silent silent = {.link = {.ops = &ops}};
    struct chain chain = {.left = 500};
    int calls = 0;
    const struct mcp_client_options options = {.name = "n", .version = "1", .era = MCP_ERA_LEGACY};
    assert_int_equal(mcp_client_new(&options, &silent.link, &chain.client, NULL), MCP_OK);
    mcp_client_connect(chain.client, 0, 1000, count, &calls);
    silent.events->on_message(
        silent.events->user,
        MCP_STR("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"protocolVersion\":\"2025-06-18\"}}"));
    assert_true(mcp_client_is_ready(chain.client));
    assert_true(mcp_client_request(chain.client, "ping", NULL, 0, 1000, ask_again, &chain) > 0);
    for (int id = 2; id <= 502; id++) {
        MCP_AUTO(mcp_buf_deinit) struct mcp_buf answer = MCP_BUF_INIT(256);
        mcp_buf_addf(&answer, "{\"jsonrpc\":\"2.0\",\"id\":%d,\"result\":{}}", id);
        silent.events->on_message(silent.events->user, mcp_buf_view(&answer));
    }
    assert_int_equal(chain.left, -1);
    assert_int_equal(mcp_client_in_flight(chain.client), 0);
    mcp_client_free(chain.client);
}

static void null_is_nothing_to_free(void **state) {
    (void)state;
    mcp_client_free(NULL);
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("client.client", probe_client);
}

int main(void) {
    const struct CMUnitTest more[] = {
        cmocka_unit_test(memory_for_one_message_is_bounded),
        cmocka_unit_test(callbacks_may_ask_again),
        cmocka_unit_test(survives_any_refused_allocation),
        cmocka_unit_test(null_is_nothing_to_free),
    };
    return vectors_run("client.client", probe_client, more, MCP_COUNT(more));
}
