/* SPDX-License-Identifier: MIT */
/* A listener with TLS, and peers that speak it, or not, or only begin to. */
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <sys/socket.h>
#include <time.h>

#include "certificates.h"
#include "live.h"

#define PING "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\"}"

static const time_t day_s = 86400;

static struct certificate one;
static struct certificate other;
static gnutls_certificate_credentials_t nobody; /* trusts without looking: names are looked at */

/* A peer that has shaken hands. */
struct guest {
    struct live_peer peer;
    gnutls_session_t session;
};

static struct mcp_tls_pair pair_of(const struct certificate *certificate) {
    return (struct mcp_tls_pair){mcp_str_of(certificate->cert), mcp_str_of(certificate->key)};
}

static void start(struct live *live, struct mcp_listen_options *options) {
    const struct mcp_tls_pair pair = pair_of(&one);
    options->tls = &pair;
    live_start(live, options);
    options->tls = NULL; /* it has copied them */
}

static int shake(const struct live *live, struct guest *guest, const char *priorities) {
    int rc = 0;
    live_connect(live, &guest->peer);
    assert_int_equal(gnutls_init(&guest->session, GNUTLS_CLIENT), 0);
    assert_int_equal(gnutls_priority_set_direct(guest->session, priorities, NULL), 0);
    assert_int_equal(gnutls_credentials_set(guest->session, GNUTLS_CRD_CERTIFICATE, nobody), 0);
    gnutls_transport_set_int(guest->session, guest->peer.fd);
    do {
        rc = gnutls_handshake(guest->session);
    } while (rc < 0 && gnutls_error_is_fatal(rc) == 0);
    return rc;
}

static void leave(struct guest *guest) {
    gnutls_deinit(guest->session);
    live_close(&guest->peer);
}

static void enter(const struct live *live, struct guest *guest) {
    assert_int_equal(shake(live, guest, "NORMAL"), 0);
}

/* The name in the certificate that was shown. */
static void expect_shown(const struct guest *guest, const char *name) {
    char text[64];
    size_t len = sizeof text;
    unsigned count = 0;
    gnutls_x509_crt_t cert = NULL;
    const gnutls_datum_t *shown = gnutls_certificate_get_peers(guest->session, &count);
    assert_int_equal(count, 1);
    assert_int_equal(gnutls_x509_crt_init(&cert), 0);
    assert_int_equal(gnutls_x509_crt_import(cert, shown, GNUTLS_X509_FMT_DER), 0);
    assert_int_equal(
        gnutls_x509_crt_get_dn_by_oid(cert, GNUTLS_OID_X520_COMMON_NAME, 0, 0, text, &len), 0);
    assert_string_equal(text, name);
    gnutls_x509_crt_deinit(cert);
}

static void say(const struct guest *guest, const char *text) {
    size_t len = strlen(text);
    assert_int_equal(gnutls_record_send(guest->session, text, len), len);
}

/* What comes until it holds `mark`; fails when it ends before. Static storage. */
static const char *hear(const struct guest *guest, const char *mark) {
    static char text[16384];
    size_t len = 0;
    text[0] = '\0';
    while (strstr(text, mark) == NULL) {
        ssize_t got = gnutls_record_recv(guest->session, text + len, sizeof text - 1 - len);
        if (got == GNUTLS_E_AGAIN || got == GNUTLS_E_INTERRUPTED)
            continue;
        if (got <= 0)
            fail_msg("ended (%d) before \"%s\": %s", (int)got, mark, text);
        len += (size_t)got;
        text[len] = '\0';
    }
    return text;
}

static void post(const struct guest *guest, const char *more, const char *body) {
    char text[2048];
    (void)snprintf(text, sizeof text,
                   "POST /mcp HTTP/1.1\r\nHost: localhost:%u\r\nContent-Type: application/json\r\n"
                   "Accept: application/json, text/event-stream\r\n%sContent-Length: %zu\r\n\r\n%s",
                   (unsigned)guest->peer.port, more, strlen(body), body);
    say(guest, text);
}

static void requests_and_streams_go_through_one_session(void **state) {
    (void)state;
    struct live live;
    struct guest guest;
    struct mcp_listen_options options = {.max_streams = 8};
    char more[256];
    start(&live, &options);
    assert_non_null(strstr(mcp_listener_name(live.listener), "https://127.0.0.1:"));
    enter(&live, &guest);
    expect_shown(&guest, "one");
    post(&guest, "",
         "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":"
         "\"2025-06-18\",\"capabilities\":{},\"clientInfo\":{\"name\":\"c\",\"version\":\"1\"}}}");
    const char *answer = hear(&guest, "serverInfo");
    const char *id = strcasestr(answer, "mcp-session-id: ");
    assert_non_null(id);
    (void)snprintf(more, sizeof more,
                   "Mcp-Session-Id: %.*s\r\nMCP-Protocol-Version: 2025-06-18\r\n",
                   (int)strcspn(id + 16, "\r"), id + 16);
    post(&guest, more, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}");
    (void)hear(&guest, "202 Accepted");
    post(&guest, more, live_call(2, "tell", "{\"n\":3,\"pause\":20}", true));
    (void)hear(&guest, "\"id\":2"); /* by an event stream that sleeps in between */
    leave(&guest);
    live_stop(&live);
}

static void a_session_that_streams_ends_with_the_listener(void **state) {
    (void)state;
    struct live live;
    struct guest guest;
    struct mcp_listen_options options = {.max_streams = 8};
    char text[256];
    start(&live, &options);
    enter(&live, &guest);
    (void)snprintf(text, sizeof text,
                   "GET /sse HTTP/1.1\r\nHost: localhost:%u\r\nAccept: text/event-stream\r\n\r\n",
                   (unsigned)guest.peer.port);
    say(&guest, text);
    (void)hear(&guest, "event: endpoint");
    live_stop(&live);
    while (gnutls_record_recv(guest.session, text, sizeof text) > 0)
        ;
    leave(&guest);
}

static void old_versions_are_refused(void **state) {
    (void)state;
    struct live live;
    struct guest guest;
    struct mcp_listen_options options = {0};
    start(&live, &options);
    assert_true(shake(&live, &guest, "NORMAL:-VERS-ALL:+VERS-TLS1.1") < 0);
    leave(&guest);
    assert_int_equal(shake(&live, &guest, "NORMAL:-VERS-ALL:+VERS-TLS1.2"), 0);
    leave(&guest);
    assert_int_equal(shake(&live, &guest, "NORMAL:-VERS-ALL:+VERS-TLS1.3"), 0);
    leave(&guest);
    live_stop(&live);
}

static void plain_http_is_hung_up_on(void **state) {
    (void)state;
    struct live live;
    struct live_peer peer;
    static struct live_answer answer;
    struct mcp_listen_options options = {0};
    start(&live, &options);
    live_connect(&live, &peer);
    live_post(&peer, "", "", PING);
    live_read(&peer, &answer);
    assert_int_equal(answer.status, 0);
    live_close(&peer);
    live_stop(&live);
}

/* Half a handshake, at a drip and not at all: each ends with the deadline of the head. */
static void a_handshake_that_stalls_is_reaped(void **state) {
    (void)state;
    static const char beginning[] = "\x16\x03\x01\x02\x00\x01";
    struct live live;
    struct live_peer silent;
    struct live_peer slow;
    struct mcp_listen_options options = {.header_timeout_ms = 200};
    start(&live, &options);
    live_connect(&live, &silent);
    live_connect(&live, &slow);
    for (size_t i = 0; i + 1 < sizeof beginning; i++)
        live_write(&slow, beginning + i, 1);
    assert_true(live_is_closed(&silent));
    assert_true(live_is_closed(&slow));
    live_close(&silent);
    live_close(&slow);
    live_stop(&live);
}

static void who_shakes_no_hands_counts_for_its_address(void **state) {
    (void)state;
    enum { MOST = 3 };
    struct live live;
    struct live_peer silent[MOST];
    struct guest guest;
    struct mcp_listen_options options = {.max_connections_per_address = MOST};
    start(&live, &options);
    for (size_t i = 0; i < MOST; i++)
        live_connect(&live, &silent[i]);
    assert_true(shake(&live, &guest, "NORMAL") < 0);
    leave(&guest);
    for (size_t i = 0; i < MOST; i++)
        live_close(&silent[i]);
    uint64_t until = live_now_ms() + 5000;
    int rc = -1;
    while (rc < 0 && live_now_ms() < until) { /* until the listener has seen them leave */
        rc = shake(&live, &guest, "NORMAL");
        leave(&guest);
    }
    assert_int_equal(rc, 0);
    live_stop(&live);
}

static void expect_renewed(const struct live *live, const char *name) {
    uint64_t until = live_now_ms() + 5000;
    bool is_new = false;
    while (!is_new && live_now_ms() < until) {
        struct guest guest;
        unsigned count = 0;
        enter(live, &guest);
        const gnutls_datum_t *shown = gnutls_certificate_get_peers(guest.session, &count);
        is_new = memmem(shown->data, shown->size, name, strlen(name)) != NULL;
        leave(&guest);
    }
    assert_true(is_new);
}

static void a_new_certificate_is_for_new_connections(void **state) {
    (void)state;
    struct live live;
    struct guest before;
    struct mcp_listen_options options = {0};
    struct mcp_err err = {0};
    const struct mcp_tls_pair good = pair_of(&other);
    const struct mcp_tls_pair bad = {mcp_str_of(one.cert), mcp_str_of(other.key)};
    start(&live, &options);
    enter(&live, &before);
    assert_int_equal(mcp_listener_set_tls(live.listener, &good, NULL), MCP_OK);
    expect_renewed(&live, "other");
    post(&before, "", PING);
    (void)hear(&before, "HTTP/1.1 400"); /* "a session is needed": it is served as ever */

    assert_int_equal(mcp_listener_set_tls(live.listener, &bad, &err), MCP_E_INVALID);
    assert_string_equal(err.where, "/tls/key");
    expect_renewed(&live, "other");
    leave(&before);
    live_stop(&live);
}

static void without_tls_there_is_nothing_to_renew(void **state) {
    (void)state;
    struct live live;
    const struct mcp_tls_pair good = pair_of(&one);
    live_start(&live, NULL);
    assert_int_equal(mcp_listener_set_tls(live.listener, &good, NULL), MCP_E_STATE);
    live_stop(&live);
}

static void a_bad_pair_does_not_start(void **state) {
    (void)state;
    struct live live = {0};
    struct mcp_err err = {0};
    struct mcp_listener *listener = NULL;
    const struct mcp_tls_pair bad = {mcp_str_of(one.cert), mcp_str_of(other.key)};
    const struct mcp_listen_options options = {.tls = &bad};
    struct mcp_server *server = live_new_server(&live);
    assert_int_equal(mcp_listener_start_http(server, &options, &listener, &err), MCP_E_INVALID);
    assert_string_equal(err.where, "/tls/key");
    mcp_server_free(server);
}

static int set_up(void **state) {
    (void)state;
    time_t now = time(NULL);
    certificate_make(&one, "one", now - day_s, now + 90 * day_s);
    certificate_make(&other, "other", now - day_s, now + 90 * day_s);
    return gnutls_certificate_allocate_credentials(&nobody);
}

static int tear_down(void **state) {
    (void)state;
    gnutls_certificate_free_credentials(nobody);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_and_streams_go_through_one_session),
        cmocka_unit_test(a_session_that_streams_ends_with_the_listener),
        cmocka_unit_test(old_versions_are_refused),
        cmocka_unit_test(plain_http_is_hung_up_on),
        cmocka_unit_test(a_handshake_that_stalls_is_reaped),
        cmocka_unit_test(who_shakes_no_hands_counts_for_its_address),
        cmocka_unit_test(a_new_certificate_is_for_new_connections),
        cmocka_unit_test(without_tls_there_is_nothing_to_renew),
        cmocka_unit_test(a_bad_pair_does_not_start),
    };
    return cmocka_run_group_tests_name("listen.http_tls", tests, set_up, tear_down);
}
