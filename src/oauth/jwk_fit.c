/* SPDX-License-Identifier: MIT */
/* jwk_fit.c - see jwk_fit.h. Pure: no I/O, no clock, no log. */
#include "oauth/jwk_fit.h"

#include <string.h>

#include "base/base64.h"
#include "oauth/ed25519.h"
#include "oauth/jwks.h"
#include "oauth/jwt_check.h"

enum { MAX_NUMBER_BYTES = OAUTH_MAX_RSA_BITS / 8 };

/* Of RFC 7518 section 6: whoever has one of these can sign. */
static enum mcp_code refuse_secrets(const json_t *jwk, struct mcp_err *err) {
    static const char *const secrets[] = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"};
    for (size_t i = 0; i < MCP_COUNT(secrets); i++) {
        if (json_object_get(jwk, secrets[i]) != NULL)
            return mcp_err_at(err, MCP_FAIL(err, MCP_E_DENIED, "a private or symmetric key"), "/%s",
                              secrets[i]);
    }
    return MCP_OK;
}

static bool has_text(const json_t *jwk, const char *key, const char *text) {
    const char *value = json_string_value(json_object_get(jwk, key));
    return value != NULL && strcmp(value, text) == 0;
}

/* RFC 7517 sections 4.2, 4.3: absent is no restriction. */
static bool is_for_verifying(const json_t *jwk) {
    const json_t *operations = json_object_get(jwk, "key_ops");
    if (json_object_get(jwk, "use") != NULL && !has_text(jwk, "use", "sig"))
        return false;
    if (operations == NULL)
        return true;
    size_t i = 0;
    const json_t *operation = NULL;
    json_array_foreach(operations, i, operation) {
        if (mcp_str_equal(mcp_json_str(operation), MCP_STR("verify")))
            return true;
    }
    return false;
}

static bool is_named_well(const json_t *jwk) {
    const json_t *kid = json_object_get(jwk, "kid");
    size_t len = json_string_length(kid);
    return kid == NULL || (len > 0 && len <= OAUTH_MAX_KID_BYTES);
}

/* The bytes of a number; none when it is missing or malformed. errors: NOMEM */
static enum mcp_code read_number(const json_t *jwk, const char *key, struct mcp_buf *out,
                                 struct mcp_err *err) {
    mcp_buf_clear(out);
    struct mcp_err ignored = {0};
    enum mcp_code code =
        mcp_base64url_decode(out, mcp_json_str(json_object_get(jwk, key)), &ignored);
    if (code == MCP_E_NOMEM)
        return MCP_FAIL(err, code, "out of memory while reading a key");
    if (code != MCP_OK)
        mcp_buf_clear(out);
    return MCP_OK;
}

static size_t bits_of(const struct mcp_buf *number) {
    size_t bits = number->len * 8;
    for (unsigned top = (unsigned char)number->data[0]; top < 0x80 && bits > 0; top <<= 1)
        bits--;
    return bits;
}

static bool is_odd(const struct mcp_buf *number) {
    return number->len > 0 && (number->data[number->len - 1] & 1) != 0;
}

/* RFC 7518 section 6.3.1: no leading zero. 1 is an exponent that signs nothing. */
static bool is_exponent(const struct mcp_buf *e) {
    return is_odd(e) && e->len <= OAUTH_MAX_RSA_EXPONENT_BYTES && e->data[0] != 0 &&
           !(e->len == 1 && e->data[0] == 1);
}

static bool is_modulus(const struct mcp_buf *n) {
    return is_odd(n) && n->data[0] != 0 && bits_of(n) >= OAUTH_MIN_RSA_BITS;
}

/* Both the kind of the key and its curve, when it has one: neither tells alone. */
static bool is_of_kind(const json_t *jwk, enum oauth_alg alg) {
    const struct oauth_alg_row *row = oauth_alg_row(alg);
    return has_text(jwk, "kty", row->kty) && (row->crv == NULL || has_text(jwk, "crv", row->crv));
}

static enum mcp_code fit_rsa(const json_t *jwk, unsigned *out_algs, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf number = MCP_BUF_INIT(MAX_NUMBER_BYTES);
    MCP_TRY(read_number(jwk, "n", &number, err));
    if (!is_modulus(&number))
        return MCP_OK;
    MCP_TRY(read_number(jwk, "e", &number, err));
    if (!is_exponent(&number))
        return MCP_OK;
    for (int alg = 0; alg < OAUTH_ALG_COUNT; alg++)
        *out_algs |= is_of_kind(jwk, (enum oauth_alg)alg) ? 1U << alg : 0;
    return MCP_OK;
}

/* RFC 7518 section 6.2.1: both coordinates are as long as the field; half a signature is too. */
static enum mcp_code fit_ec(const json_t *jwk, unsigned *out_algs, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf x = MCP_BUF_INIT(MAX_NUMBER_BYTES);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf y = MCP_BUF_INIT(MAX_NUMBER_BYTES);
    MCP_TRY(read_number(jwk, "x", &x, err));
    MCP_TRY(read_number(jwk, "y", &y, err));
    for (int alg = 0; alg < OAUTH_ALG_COUNT; alg++) {
        size_t field_bytes = oauth_alg_row((enum oauth_alg)alg)->signature_bytes / 2;
        if (is_of_kind(jwk, (enum oauth_alg)alg) && x.len == field_bytes && y.len == field_bytes)
            *out_algs |= 1U << alg;
    }
    return MCP_OK;
}

/* RFC 8037 section 2. */
static enum mcp_code fit_okp(const json_t *jwk, unsigned *out_algs, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf x = MCP_BUF_INIT(MAX_NUMBER_BYTES);
    MCP_TRY(read_number(jwk, "x", &x, err));
    if (x.len != OAUTH_ED25519_KEY_BYTES ||
        !oauth_ed25519_is_key((const unsigned char *)(const void *)x.data))
        return MCP_OK;
    for (int alg = 0; alg < OAUTH_ALG_COUNT; alg++)
        *out_algs |= is_of_kind(jwk, (enum oauth_alg)alg) ? 1U << alg : 0;
    return MCP_OK;
}

/* "alg" leaves that one; what is none of ours leaves nothing. */
static unsigned narrow(const json_t *jwk, unsigned algs) {
    const json_t *name = json_object_get(jwk, "alg");
    enum oauth_alg alg = OAUTH_ALG_COUNT;
    if (name == NULL)
        return algs;
    return oauth_alg_find(mcp_json_str(name), &alg) ? algs & 1U << alg : 0;
}

/* Other kinds serve nothing. */
static enum mcp_code fit(const json_t *jwk, unsigned *out_algs, struct mcp_err *err) {
    if (has_text(jwk, "kty", "RSA"))
        return fit_rsa(jwk, out_algs, err);
    if (has_text(jwk, "kty", "EC"))
        return fit_ec(jwk, out_algs, err);
    return has_text(jwk, "kty", "OKP") ? fit_okp(jwk, out_algs, err) : MCP_OK;
}

enum mcp_code oauth_jwk_fit(const json_t *jwk, unsigned *out_algs, struct mcp_err *err) {
    unsigned algs = 0;
    if (!json_is_object(jwk))
        return MCP_FAIL(err, MCP_E_SCHEMA, "expected an object, got %s", mcp_json_type_name(jwk));
    MCP_TRY(refuse_secrets(jwk, err));
    if (has_text(jwk, "kty", "oct"))
        return mcp_err_at(err, MCP_FAIL(err, MCP_E_DENIED, "a symmetric key"), "/kty");
    MCP_TRY(fit(jwk, &algs, err));
    *out_algs = is_for_verifying(jwk) && is_named_well(jwk) ? narrow(jwk, algs) : 0;
    return MCP_OK;
}
