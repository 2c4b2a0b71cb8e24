/* SPDX-License-Identifier: MIT */
/* tls_identity.c - see tls_identity.h. */
#include "listen/tls_identity.h"

#include <gnutls/x509.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "mcp/alloc.h"

#define MS_PER_S    1000
#define NOTICE_S    ((int64_t)14 * 86400) /* how long before its end a certificate is doubted */
#define CHAIN_FLAGS 0U
#define NO_PASSWORD NULL

struct mcp_tls_identity {
    atomic_size_t refs;
    gnutls_certificate_credentials_t credentials;
    int64_t begins_s; /* of the first certificate, since 1970 */
    int64_t ends_s;
};

struct chain {
    gnutls_x509_crt_t *items;
    unsigned count;
};

static void chain_deinit(struct chain *chain) {
    for (unsigned i = 0; i < chain->count; i++)
        gnutls_x509_crt_deinit(chain->items[i]);
    gnutls_free(chain->items);
}

static void key_deinit(gnutls_x509_privkey_t *key) {
    if (*key != NULL)
        gnutls_x509_privkey_deinit(*key);
}

static gnutls_datum_t datum_of(struct mcp_str text) {
    union {
        const char *ours;
        unsigned char *theirs; /* only read, whatever the type says */
    } bytes = {.ours = text.ptr};
    return (gnutls_datum_t){.data = bytes.theirs, .size = (unsigned)text.len};
}

static enum mcp_code check_length(struct mcp_str text, struct mcp_err *err) {
    if (text.len > MCP_TLS_MAX_BYTES)
        return MCP_FAIL(err, MCP_E_LIMIT, "more than %d bytes", MCP_TLS_MAX_BYTES);
    return MCP_OK;
}

static enum mcp_code read_chain(struct mcp_str text, struct chain *chain, struct mcp_err *err) {
    MCP_TRY(check_length(text, err));
    const gnutls_datum_t data = datum_of(text);
    int rc = gnutls_x509_crt_list_import2(&chain->items, &chain->count, &data, GNUTLS_X509_FMT_PEM,
                                          CHAIN_FLAGS);
    if (rc == GNUTLS_E_MEMORY_ERROR)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    if (rc < 0 || chain->count == 0)
        return MCP_FAIL(err, MCP_E_SYNTAX, "no certificate in PEM form");
    if (chain->count > MCP_TLS_MAX_CHAIN)
        return MCP_FAIL(err, MCP_E_LIMIT, "more than %d certificates", MCP_TLS_MAX_CHAIN);
    return MCP_OK;
}

static enum mcp_code read_key(struct mcp_str text, gnutls_x509_privkey_t *key,
                              struct mcp_err *err) {
    MCP_TRY(check_length(text, err));
    const gnutls_datum_t data = datum_of(text);
    int rc = gnutls_x509_privkey_init(key);
    if (rc == GNUTLS_E_SUCCESS)
        rc = gnutls_x509_privkey_import2(*key, &data, GNUTLS_X509_FMT_PEM, NO_PASSWORD, 0);
    if (rc == GNUTLS_E_MEMORY_ERROR)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    if (rc == GNUTLS_E_DECRYPTION_FAILED)
        return MCP_FAIL(err, MCP_E_SYNTAX,
                        "the key has a password: take it off with openssl pkey -in KEY -out NEW");
    return rc >= 0 ? MCP_OK : MCP_FAIL(err, MCP_E_SYNTAX, "no private key in PEM form");
}

static enum mcp_code join(const struct chain *chain, gnutls_x509_privkey_t key,
                          struct mcp_tls_identity *identity, struct mcp_err *err) {
    int rc = gnutls_certificate_allocate_credentials(&identity->credentials);
    if (rc == GNUTLS_E_SUCCESS)
        rc = gnutls_certificate_set_x509_key(identity->credentials, chain->items, (int)chain->count,
                                             key);
    if (rc == GNUTLS_E_CERTIFICATE_KEY_MISMATCH)
        return MCP_FAIL(err, MCP_E_INVALID, "the key is not that of the certificate");
    if (rc == GNUTLS_E_MEMORY_ERROR)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    if (rc < 0)
        return MCP_FAIL(err, MCP_E_INVALID, "%s", gnutls_strerror(rc));
    return MCP_OK;
}

static enum mcp_code build(const struct mcp_tls_pair *pair, struct mcp_tls_identity *identity,
                           struct mcp_err *err) {
    MCP_AUTO(chain_deinit) struct chain chain = {.count = 0};
    MCP_AUTO(key_deinit) gnutls_x509_privkey_t key = NULL;
    enum mcp_code code = read_chain(pair->cert, &chain, err);
    if (code != MCP_OK)
        return mcp_err_at(err, code, "/tls/cert");
    code = read_key(pair->key, &key, err);
    if (code == MCP_OK)
        code = join(&chain, key, identity, err);
    if (code != MCP_OK)
        return mcp_err_at(err, code, "/tls/key");
    identity->begins_s = (int64_t)gnutls_x509_crt_get_activation_time(chain.items[0]);
    identity->ends_s = (int64_t)gnutls_x509_crt_get_expiration_time(chain.items[0]);
    return MCP_OK;
}

enum mcp_code mcp_tls_identity_new(const struct mcp_tls_pair *pair,
                                   struct mcp_tls_identity **out_identity, struct mcp_err *err) {
    struct mcp_tls_identity *identity = mcp_alloc(sizeof *identity);
    if (identity == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    atomic_init(&identity->refs, 1);
    enum mcp_code code = build(pair, identity, err);
    if (code != MCP_OK) {
        mcp_tls_identity_unref(identity);
        return code;
    }
    *out_identity = identity;
    return MCP_OK;
}

struct mcp_tls_identity *mcp_tls_identity_ref(struct mcp_tls_identity *identity) {
    if (identity != NULL)
        atomic_fetch_add_explicit(&identity->refs, 1, memory_order_relaxed);
    return identity;
}

void mcp_tls_identity_unref(struct mcp_tls_identity *identity) {
    if (identity == NULL ||
        atomic_fetch_sub_explicit(&identity->refs, 1, memory_order_acq_rel) != 1)
        return;
    if (identity->credentials != NULL)
        gnutls_certificate_free_credentials(identity->credentials);
    mcp_free(identity);
}

static const char *say(char out[MCP_TLS_DOUBT_BYTES], const char *claim, int64_t when_s) {
    struct tm day = {0};
    char text[16] = "";
    time_t when = (time_t)when_s;
    if (gmtime_r(&when, &day) != NULL)
        (void)strftime(text, sizeof text, "%Y-%m-%d", &day);
    (void)snprintf(out, MCP_TLS_DOUBT_BYTES, "%s %s", claim, text);
    return out;
}

const char *mcp_tls_identity_doubt(const struct mcp_tls_identity *identity, int64_t wall_ms,
                                   char out[MCP_TLS_DOUBT_BYTES]) {
    int64_t now_s = wall_ms / MS_PER_S;
    if (identity->ends_s < now_s)
        return say(out, "it expired on", identity->ends_s);
    if (identity->begins_s > now_s)
        return say(out, "it is not valid before", identity->begins_s);
    if (identity->ends_s - now_s < NOTICE_S)
        return say(out, "it expires on", identity->ends_s);
    return NULL;
}

bool mcp_tls_identity_show(const struct mcp_tls_identity *identity, gnutls_session_t session) {
    return gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, identity->credentials) ==
           GNUTLS_E_SUCCESS;
}
