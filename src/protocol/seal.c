/* SPDX-License-Identifier: MIT */
/* seal.c - see seal.h. Pure: no I/O, no clock, no log. */
#include "protocol/seal.h"

#include <limits.h>
#include <openssl/evp.h>
#include <string.h>

#include "base/base64.h"

enum { OVERHEAD = MCP_SEAL_NONCE_BYTES + MCP_SEAL_TAG_BYTES };

static void free_contextp(EVP_CIPHER_CTX **context) {
    EVP_CIPHER_CTX_free(*context);
}

static enum mcp_code no_memory(struct mcp_err *err) {
    return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
}

static enum mcp_code denied(struct mcp_err *err) {
    return MCP_FAIL(err, MCP_E_DENIED, "not sealed by this server, or changed since");
}

static const unsigned char *bytes_of(struct mcp_str text) {
    return (const unsigned char *)(text.len > 0 ? text.ptr : "");
}

/* One pass over `bound` and `in`; the cipher counts in int. */
static bool update(EVP_CIPHER_CTX *context, struct mcp_str bound, struct mcp_str in,
                   unsigned char *out) {
    int done = 0;
    return bound.len <= INT_MAX && in.len <= INT_MAX &&
           EVP_CipherUpdate(context, NULL, &done, bytes_of(bound), (int)bound.len) == 1 &&
           EVP_CipherUpdate(context, out, &done, bytes_of(in), (int)in.len) == 1;
}

static bool finish(EVP_CIPHER_CTX *context) {
    unsigned char none[MCP_SEAL_TAG_BYTES];
    int done = 0;
    return EVP_CipherFinal_ex(context, none, &done) == 1;
}

enum mcp_code mcp_seal_write(const unsigned char *key, const unsigned char *nonce,
                             struct mcp_str bound, struct mcp_str plain, struct mcp_buf *out,
                             struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf raw = MCP_BUF_INIT(plain.len + OVERHEAD);
    EVP_CIPHER_CTX *context MCP_AUTO(free_contextp) = EVP_CIPHER_CTX_new();
    char *to = mcp_buf_reserve(&raw, plain.len + OVERHEAD);
    if (context == NULL || to == NULL)
        return no_memory(err);
    unsigned char *sealed = (unsigned char *)to + MCP_SEAL_NONCE_BYTES;
    memcpy(to, nonce, MCP_SEAL_NONCE_BYTES);
    if (EVP_CipherInit_ex(context, EVP_aes_256_gcm(), NULL, key, nonce, 1) != 1 ||
        !update(context, bound, plain, sealed) || !finish(context) ||
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, MCP_SEAL_TAG_BYTES,
                            sealed + plain.len) != 1)
        return no_memory(err);
    mcp_buf_commit(&raw, plain.len + OVERHEAD);
    mcp_base64url_encode(out, mcp_buf_view(&raw));
    return mcp_buf_finish(out, err);
}

static enum mcp_code unlock(const unsigned char *key, struct mcp_str bound, struct mcp_str raw,
                            struct mcp_buf *out, struct mcp_err *err) {
    const size_t len = raw.len - OVERHEAD;
    char tag[MCP_SEAL_TAG_BYTES];
    const struct mcp_str sealed = {raw.ptr + MCP_SEAL_NONCE_BYTES, len};
    memcpy(tag, sealed.ptr + len, sizeof tag);
    EVP_CIPHER_CTX *context MCP_AUTO(free_contextp) = EVP_CIPHER_CTX_new();
    char *to = mcp_buf_reserve(out, len);
    if (to == NULL)
        return mcp_buf_finish(out, err);
    bool is_ready = context != NULL && EVP_CipherInit_ex(context, EVP_aes_256_gcm(), NULL, key,
                                                         (const unsigned char *)raw.ptr, 0) == 1;
    bool is_ours =
        is_ready && update(context, bound, sealed, (unsigned char *)to) &&
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, MCP_SEAL_TAG_BYTES, tag) == 1 &&
        finish(context);
    mcp_buf_commit(out, is_ours ? len : 0);
    if (!is_ready)
        return no_memory(err);
    return is_ours ? MCP_OK : denied(err);
}

enum mcp_code mcp_seal_open(const unsigned char *key, struct mcp_str bound, struct mcp_str text,
                            struct mcp_buf *out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf raw = MCP_BUF_INIT(text.len);
    MCP_TRY(mcp_base64url_decode(&raw, text, err));
    if (raw.len < OVERHEAD)
        return denied(err);
    return unlock(key, bound, mcp_buf_view(&raw), out, err);
}
