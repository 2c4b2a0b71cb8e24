/* SPDX-License-Identifier: MIT */
#include "server/session.h"
#include "torture.h"
#include "vectors.h"

probe_fn probe_session;

static enum mcp_code two_sessions(void *user, struct mcp_err *err) {
    (void)user;
    MCP_AUTO(mcp_sessions_deinit) struct mcp_sessions table = {.max = 10};
    struct mcp_session *session = NULL;
    const struct mcp_session_key one = {MCP_STR("one"), MCP_STR("alice"), 0};
    const struct mcp_session_key two = {MCP_STR("two"), MCP_STR(""), 0};
    MCP_TRY(mcp_sessions_init(&table, 3, err));
    MCP_TRY(mcp_sessions_open(&table, &one, 0, &session, err));
    return mcp_sessions_open(&table, &two, 0, &session, err);
}

static enum mcp_code one_peer(void *user, struct mcp_err *err) {
    (void)user;
    const struct mcp_peer_facts facts = {.session_id = "s", .principal = MCP_STR("alice")};
    MCP_AUTO(mcp_peer_unrefp) struct mcp_peer_box *box = mcp_peer_new(&facts);
    return box != NULL ? MCP_OK : MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    torture_run(two_sessions, NULL);
    torture_run(one_peer, NULL);
}

static void a_peer_lives_as_long_as_its_last_reference(void **state) {
    (void)state;
    json_t *capabilities = json_object();
    const struct mcp_peer_facts facts = {.version = MCP_VERSION_2025_06_18,
                                         .session_id = "0123456789abcdef0123456789abcdef",
                                         .principal = MCP_STR("alice"),
                                         .capabilities = capabilities};
    struct mcp_peer_box *box = mcp_peer_new(&facts);
    json_decref(capabilities);
    assert_ptr_equal(mcp_peer_ref(box), box);
    mcp_peer_unref(box);
    assert_string_equal(box->peer.principal, "alice");
    assert_string_equal(box->peer.session_id, "0123456789abcdef0123456789abcdef");
    assert_true(json_is_object(box->peer.capabilities));
    assert_null(box->peer.client_info);
    mcp_peer_unref(box);
    mcp_peer_unref(NULL);
    assert_null(mcp_peer_ref(NULL));
}

static void severities_read_back(void **state) {
    (void)state;
    enum mcp_severity severity = MCP_SEVERITY_DEBUG;
    for (int i = MCP_SEVERITY_DEBUG; i <= MCP_SEVERITY_EMERGENCY; i++) {
        assert_true(mcp_severity_parse(mcp_severity_name((enum mcp_severity)i), &severity));
        assert_int_equal(severity, i);
    }
    assert_false(mcp_severity_parse("Info", &severity));
    assert_false(mcp_severity_parse("", &severity));
}

int main(void) {
    const struct CMUnitTest more[] = {
        cmocka_unit_test(survives_any_refused_allocation),
        cmocka_unit_test(a_peer_lives_as_long_as_its_last_reference),
        cmocka_unit_test(severities_read_back),
    };
    return vectors_run("server.session", probe_session, more, MCP_COUNT(more));
}
