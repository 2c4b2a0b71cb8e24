/* SPDX-License-Identifier: MIT */
/* One allocation of the process refused at a time, on whatever thread it comes, while peers ask. */
#include <unistd.h>

#include "live.h"
#include "mcp/alloc.h"

enum { MOST_ALLOCATIONS = 5000 };

static atomic_size_t made;
static atomic_size_t refused_at; /* 0 refuses none */
static struct live_answer answer;

static void *resize(void *old, size_t bytes, void *user) {
    (void)user;
    if (atomic_fetch_add(&made, 1) + 1 == atomic_load(&refused_at))
        return NULL;
    return realloc(old, bytes);
}

static void release(void *old, void *user) {
    (void)user;
    free(old);
}

typedef void(scenario_fn)(struct live_peer *peer, const char *session);

/* Run again and again with the next allocation refused, until there is none left to refuse. The
 * peer gets an answer or a closed connection each time, and the one after it is served as ever. */
static void torment(scenario_fn *scenario) {
    struct live live;
    char session[65];
    const struct mcp_allocator allocator = {resize, release, NULL};
    atomic_store(&refused_at, 0);
    mcp_alloc_install(&allocator);
    mcp_json_use_allocator();
    live_start(&live, NULL);
    live_open_gate();
    bool was_refused = true;
    for (size_t at = 1; was_refused && at < MOST_ALLOCATIONS; at++) {
        struct live_peer peer;
        live_connect(&live, &peer);
        live_open_session(&peer, "2025-11-25", session);
        atomic_store(&made, 0);
        atomic_store(&refused_at, at);
        uint64_t start_ms = live_now_ms();
        scenario(&peer, session);
        assert_true(live_now_ms() - start_ms < 3000); /* nobody is left waiting */
        atomic_store(&refused_at, 0);
        was_refused = atomic_load(&made) >= at;
        live_close(&peer);
    }
    assert_false(was_refused);
    live_stop(&live);
    mcp_alloc_install(NULL);
}

static void read_answer(struct live_peer *peer) {
    live_read_head(peer, &answer);
    if (strcmp(live_header(&answer, "Transfer-Encoding"), "chunked") == 0)
        (void)live_wait_end(peer, &answer);
}

static void call_inline(struct live_peer *peer, const char *session) {
    live_post(peer, session, "2025-11-25", live_call(1, "echo", "{\"text\":\"x\"}", false));
    read_answer(peer);
}

static void call_on_a_worker_with_a_stream(struct live_peer *peer, const char *session) {
    live_post(peer, session, "2025-11-25", live_call(1, "tell", "{\"n\":3}", true));
    read_answer(peer);
}

static void open_sse(struct live_peer *peer, const char *session) {
    (void)session;
    live_print(peer, "GET /sse HTTP/1.1\r\nHost: localhost:%u\r\n\r\n", (unsigned)peer->port);
    live_read_head(peer, &answer);
}

static void open_standalone(struct live_peer *peer, const char *session) {
    live_get(peer, session, "");
    live_read_head(peer, &answer);
}

static void resume(struct live_peer *peer, const char *session) {
    size_t at = atomic_exchange(&refused_at, 0);
    live_post(peer, session, "2025-11-25", live_call(1, "tell", "{\"n\":3}", true));
    live_read(peer, &answer);
    const char *id = strstr(answer.body, "id: ");
    char last[64] = "";
    assert_non_null(id);
    assert_int_equal(sscanf(id, "id: %63[0-9_]", last), 1);
    atomic_store(&made, 0);
    atomic_store(&refused_at, at);
    live_get(peer, session, last);
    read_answer(peer);
}

static void delete_session(struct live_peer *peer, const char *session) {
    live_print(peer, "DELETE /mcp HTTP/1.1\r\nHost: localhost:%u\r\nMcp-Session-Id: %s\r\n\r\n",
               (unsigned)peer->port, session);
    live_read(peer, &answer);
}

static void a_new_connection(struct live_peer *peer, const char *session) {
    struct live live = {.port = peer->port};
    (void)session;
    live_close(peer);
    live_connect(&live, peer);
    live_print(peer, "GET /nope HTTP/1.1\r\nHost: localhost:%u\r\n\r\n", (unsigned)peer->port);
    live_read(peer, &answer);
}

static void torment_inline_calls(void **state) {
    (void)state;
    torment(call_inline);
}

static void torment_streamed_calls(void **state) {
    (void)state;
    torment(call_on_a_worker_with_a_stream);
}

static void torment_sse(void **state) {
    (void)state;
    torment(open_sse);
}

static void torment_standalone_streams(void **state) {
    (void)state;
    torment(open_standalone);
}

static void torment_resumption(void **state) {
    (void)state;
    torment(resume);
}

static void torment_delete(void **state) {
    (void)state;
    torment(delete_session);
}

static void torment_connections(void **state) {
    (void)state;
    torment(a_new_connection);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(torment_inline_calls), cmocka_unit_test(torment_streamed_calls),
        cmocka_unit_test(torment_sse),          cmocka_unit_test(torment_standalone_streams),
        cmocka_unit_test(torment_resumption),   cmocka_unit_test(torment_delete),
        cmocka_unit_test(torment_connections),
    };
    return cmocka_run_group_tests_name("listen.http_memory", tests, NULL, NULL);
}
