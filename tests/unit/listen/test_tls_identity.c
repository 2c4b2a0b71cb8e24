/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "certificates.h"
#include "listen/tls_identity.h"
#include "torture.h"

/* 2026-01-01 and ninety days later, as seconds since 1970. */
#define BEGIN_S  1767225600
#define END_S    1775001600
#define DAY_S    86400
#define NOTICE_S (14 * DAY_S)

static struct certificate one;
static struct certificate other;

static enum mcp_code build(const char *cert, const char *key, struct mcp_err *err) {
    const struct mcp_tls_pair pair = {mcp_str_of(cert), mcp_str_of(key)};
    struct mcp_tls_identity *identity = NULL;
    enum mcp_code code = mcp_tls_identity_new(&pair, &identity, err);
    assert_int_equal(code == MCP_OK, identity != NULL);
    mcp_tls_identity_unref(identity);
    return code;
}

static void a_pair_is_taken_and_so_is_one_file_with_both(void **state) {
    (void)state;
    char both[sizeof one.cert + sizeof one.key];
    assert_int_equal(build(one.cert, one.key, NULL), MCP_OK);
    (void)snprintf(both, sizeof both, "%s%s", one.key, one.cert);
    assert_int_equal(build(both, both, NULL), MCP_OK);
}

static void expect(const char *cert, const char *key, enum mcp_code code, const char *where,
                   const char *what) {
    struct mcp_err err = {0};
    assert_int_equal(build(cert, key, &err), code);
    assert_string_equal(err.where, where);
    assert_non_null(strstr(err.what, what));
}

static void what_is_no_pair_is_told_apart(void **state) {
    (void)state;
    char locked[4096];
    certificate_lock_key(&one, locked);
    expect("", one.key, MCP_E_SYNTAX, "/tls/cert", "no certificate in PEM form");
    expect(one.key, one.key, MCP_E_SYNTAX, "/tls/cert", "no certificate in PEM form");
    expect(one.cert, "", MCP_E_SYNTAX, "/tls/key", "no private key in PEM form");
    expect(one.cert, one.cert, MCP_E_SYNTAX, "/tls/key", "no private key in PEM form");
    expect(one.cert, locked, MCP_E_SYNTAX, "/tls/key", "openssl pkey");
    expect(one.cert, other.key, MCP_E_INVALID, "/tls/key", "not that of the certificate");
}

/* A text of so many bytes: what stands behind the PEM block is ignored. */
static char *padded(const char *text, size_t len) {
    char *out = malloc(len + 1);
    assert_non_null(out);
    memset(out, '\n', len);
    memcpy(out, text, strlen(text));
    out[len] = '\0';
    return out;
}

static void texts_have_a_length(void **state) {
    (void)state;
    for (size_t len = MCP_TLS_MAX_BYTES - 1; len <= MCP_TLS_MAX_BYTES + 1; len++) {
        bool is_long = len > MCP_TLS_MAX_BYTES;
        char *cert = padded(one.cert, len);
        char *key = padded(one.key, len);
        assert_int_equal(build(cert, one.key, NULL), is_long ? MCP_E_LIMIT : MCP_OK);
        assert_int_equal(build(one.cert, key, NULL), is_long ? MCP_E_LIMIT : MCP_OK);
        free(cert);
        free(key);
    }
}

static void a_chain_has_so_many_certificates(void **state) {
    (void)state;
    for (size_t count = MCP_TLS_MAX_CHAIN - 1; count <= MCP_TLS_MAX_CHAIN + 1; count++) {
        size_t len = strlen(one.cert);
        char *chain = malloc(count * len + 1);
        assert_non_null(chain);
        for (size_t i = 0; i < count; i++)
            memcpy(chain + i * len, one.cert, len + 1);
        assert_int_equal(build(chain, one.key, NULL),
                         count > MCP_TLS_MAX_CHAIN ? MCP_E_LIMIT : MCP_OK);
        free(chain);
    }
}

static void a_time_outside_its_validity_is_doubted(void **state) {
    (void)state;
    static const struct {
        int64_t at_s;
        const char *doubt;
    } cases[] = {
        {BEGIN_S - 1, "it is not valid before 2026-01-01"},
        {BEGIN_S, NULL},
        {END_S - NOTICE_S, NULL},
        {END_S - NOTICE_S + 1, "it expires on 2026-04-01"},
        {END_S, "it expires on 2026-04-01"},
        {END_S + 1, "it expired on 2026-04-01"},
    };
    const struct mcp_tls_pair pair = {mcp_str_of(one.cert), mcp_str_of(one.key)};
    struct mcp_tls_identity *identity = NULL;
    assert_int_equal(mcp_tls_identity_new(&pair, &identity, NULL), MCP_OK);
    for (size_t i = 0; i < MCP_COUNT(cases); i++) {
        char text[MCP_TLS_DOUBT_BYTES];
        const char *doubt = mcp_tls_identity_doubt(identity, cases[i].at_s * 1000, text);
        assert_int_equal(doubt == NULL, cases[i].doubt == NULL);
        if (doubt != NULL)
            assert_string_equal(doubt, cases[i].doubt);
    }
    mcp_tls_identity_unref(identity);
}

static enum mcp_code make(void *user, struct mcp_err *err) {
    (void)user;
    return build(one.cert, one.key, err);
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    torture_run(make, NULL);
}

static int set_up(void **state) {
    (void)state;
    certificate_make(&one, "one", BEGIN_S, END_S);
    certificate_make(&other, "other", BEGIN_S, END_S);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pair_is_taken_and_so_is_one_file_with_both),
        cmocka_unit_test(what_is_no_pair_is_told_apart),
        cmocka_unit_test(texts_have_a_length),
        cmocka_unit_test(a_chain_has_so_many_certificates),
        cmocka_unit_test(a_time_outside_its_validity_is_doubted),
        cmocka_unit_test(survives_any_refused_allocation),
    };
    return cmocka_run_group_tests_name("listen.tls_identity", tests, set_up, NULL);
}
