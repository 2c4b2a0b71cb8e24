/* SPDX-License-Identifier: MIT */
/* oauth_assertion.c - see oauth_assertion.h. Pure: no I/O, no clock, no log. Signing with EC keys
 * takes random bytes of libcrypto. */
#include "oauth_client/oauth_assertion.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>

#include "base/base64.h"
#include "mcp/alloc.h"

enum { MAX_SIGNATURE_BYTES = 2048 /* of RSA with 16384 bits */ };

/* What a kind of key signs with. */
struct algorithm {
    const char *name;
    const char *group; /* of EC; NULL: none */
    const char *digest;
    int kind;         /* EVP_PKEY_... */
    int number_bytes; /* of EC: each of a signature's two numbers */
};

static const struct algorithm algorithms[] = {
    {"ES256", "prime256v1", "SHA256", EVP_PKEY_EC, 32},
    {"ES384", "secp384r1", "SHA384", EVP_PKEY_EC, 48},
    {"ES512", "secp521r1", "SHA512", EVP_PKEY_EC, 66},
    {"RS256", NULL, "SHA256", EVP_PKEY_RSA, 0},
    {"EdDSA", NULL, NULL, EVP_PKEY_ED25519, 0},
};

struct mcp_oauth_key {
    EVP_PKEY *pkey;
    const struct algorithm *algorithm;
};

/* --- reading ---------------------------------------------------------------------------------- */

/* NOLINTNEXTLINE(readability-non-const-parameter): libcrypto's type */
static int give_no_password(char *out, int size, int is_writing, void *user) {
    (void)out;
    (void)size;
    (void)is_writing;
    (void)user;
    return -1;
}

static bool fits(const struct algorithm *algorithm, const EVP_PKEY *pkey) {
    char group[64] = "";
    size_t len = 0;
    if (EVP_PKEY_get_base_id(pkey) != algorithm->kind)
        return false;
    if (algorithm->kind == EVP_PKEY_RSA)
        return EVP_PKEY_get_bits(pkey) >= MCP_OAUTH_ASSERTION_MIN_RSA_BITS &&
               EVP_PKEY_get_size(pkey) <= MAX_SIGNATURE_BYTES;
    return algorithm->group == NULL ||
           (EVP_PKEY_get_group_name(pkey, group, sizeof group, &len) == 1 &&
            strcmp(group, algorithm->group) == 0);
}

static enum mcp_code take(struct mcp_oauth_key *key, struct mcp_str text, struct mcp_err *err) {
    BIO *bio = BIO_new_mem_buf(text.ptr, (int)text.len);
    key->pkey = bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, give_no_password, NULL) : NULL;
    BIO_free_all(bio);
    ERR_clear_error(); /* or the next TLS connection of this thread finds what failed here */
    for (size_t i = 0; key->pkey != NULL && i < MCP_COUNT(algorithms); i++)
        if (fits(&algorithms[i], key->pkey))
            key->algorithm = &algorithms[i];
    if (key->algorithm != NULL)
        return MCP_OK;
    return MCP_FAIL(err, MCP_E_INVALID,
                    "no private key that can be used: PEM without a password; EC with P-256, P-384 "
                    "or P-521, RSA of 2048 bits or more, or Ed25519");
}

enum mcp_code mcp_oauth_key_parse(struct mcp_str text, struct mcp_oauth_key **out_key,
                                  struct mcp_err *err) {
    if (text.len > MCP_OAUTH_ASSERTION_MAX_KEY_BYTES)
        return MCP_FAIL(err, MCP_E_LIMIT, "more than %d bytes", MCP_OAUTH_ASSERTION_MAX_KEY_BYTES);
    struct mcp_oauth_key *key = mcp_alloc(sizeof *key);
    if (key == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for a client's key");
    *key = (struct mcp_oauth_key){0};
    enum mcp_code code = take(key, text, err);
    if (code != MCP_OK)
        mcp_oauth_key_free(key);
    else
        *out_key = key;
    return code;
}

void mcp_oauth_key_free(struct mcp_oauth_key *key) {
    if (key == NULL)
        return;
    EVP_PKEY_free(key->pkey);
    mcp_free(key);
}

/* --- signing ---------------------------------------------------------------------------------- */

struct signature {
    unsigned char bytes[MAX_SIGNATURE_BYTES];
    size_t len;
};

/* ASN.1 becomes two numbers of a fixed length. spec: RFC 7518 section 3.4 */
static bool flatten(struct signature *signature, int number_bytes) {
    const unsigned char *at = signature->bytes;
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)signature->len);
    bool is_done =
        pair != NULL &&
        BN_bn2binpad(ECDSA_SIG_get0_r(pair), signature->bytes, number_bytes) == number_bytes &&
        BN_bn2binpad(ECDSA_SIG_get0_s(pair), signature->bytes + number_bytes, number_bytes) ==
            number_bytes;
    ECDSA_SIG_free(pair);
    signature->len = 2 * (size_t)number_bytes;
    return is_done;
}

static bool sign(const struct mcp_oauth_key *key, struct mcp_str text, struct signature *out) {
    const struct algorithm *algorithm = key->algorithm;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    out->len = sizeof out->bytes;
    bool is_signed =
        context != NULL &&
        EVP_DigestSignInit_ex(context, NULL, algorithm->digest, NULL, NULL, key->pkey, NULL) == 1 &&
        EVP_DigestSign(context, out->bytes, &out->len, (const unsigned char *)text.ptr, text.len) ==
            1;
    EVP_MD_CTX_free(context);
    if (is_signed && algorithm->number_bytes > 0)
        is_signed = flatten(out, algorithm->number_bytes);
    ERR_clear_error();
    return is_signed;
}

/* `part` is taken; NULL: there was no memory for it. */
static enum mcp_code add_part(json_t *part, struct mcp_buf *out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(out->max);
    enum mcp_code code = part != NULL
                             ? mcp_json_write(part, &text, err)
                             : MCP_FAIL(err, MCP_E_NOMEM, "out of memory for a client's assertion");
    json_decref(part);
    MCP_TRY(code);
    mcp_base64url_encode(out, mcp_buf_view(&text));
    return mcp_buf_finish(out, err);
}

enum mcp_code mcp_oauth_assertion_write(const struct mcp_oauth_key *key,
                                        const struct mcp_oauth_claims *claims, struct mcp_buf *out,
                                        struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf token = MCP_BUF_INIT(out->max);
    struct signature signature;
    MCP_TRY(
        add_part(json_pack("{s:s, s:s}", "alg", key->algorithm->name, "typ", "JWT"), &token, err));
    mcp_buf_addc(&token, '.');
    MCP_TRY(add_part(json_pack("{s:s, s:s, s:s, s:s, s:I, s:I}", "iss", claims->client_id, "sub",
                               claims->client_id, "aud", claims->audience, "jti", claims->id, "iat",
                               (json_int_t)claims->now_s, "exp",
                               (json_int_t)(claims->now_s + MCP_OAUTH_ASSERTION_LIFE_S)),
                     &token, err));
    if (!sign(key, mcp_buf_view(&token), &signature))
        return MCP_FAIL(err, MCP_E_INVALID, "the client's key does not sign");
    mcp_buf_add(out, mcp_buf_view(&token));
    mcp_buf_addc(out, '.');
    mcp_base64url_encode(out, (struct mcp_str){(const char *)signature.bytes, signature.len});
    return mcp_buf_finish(out, err);
}
