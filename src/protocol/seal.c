/* SPDX-License-Identifier: MIT */
/* seal.c - see seal.h. Pure: no I/O, no clock, no log. */
#include "protocol/seal.h"

#include <nettle/gcm.h>
#include <nettle/memops.h>
#include <string.h>

#include "base/base64.h"

enum { OVERHEAD = MCP_SEAL_NONCE_BYTES + MCP_SEAL_TAG_BYTES };

_Static_assert(MCP_SEAL_NONCE_BYTES == GCM_IV_SIZE, "the nonce of GCM");
_Static_assert(MCP_SEAL_TAG_BYTES == GCM_DIGEST_SIZE, "the tag of GCM");

static const uint8_t *bytes_of(struct mcp_str text) {
    return (const uint8_t *)(text.len > 0 ? text.ptr : "");
}

static void prepare(struct gcm_aes256_ctx *cipher, const unsigned char *key,
                    const unsigned char *nonce, struct mcp_str bound) {
    gcm_aes256_set_key(cipher, key);
    gcm_aes256_set_iv(cipher, MCP_SEAL_NONCE_BYTES, nonce);
    gcm_aes256_update(cipher, bound.len, bytes_of(bound));
}

enum mcp_code mcp_seal_write(const unsigned char *key, const unsigned char *nonce,
                             struct mcp_str bound, struct mcp_str plain, struct mcp_buf *out,
                             struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf raw = MCP_BUF_INIT(plain.len + OVERHEAD);
    struct gcm_aes256_ctx cipher;
    char *to = mcp_buf_reserve(&raw, plain.len + OVERHEAD);
    if (to == NULL)
        return mcp_buf_finish(&raw, err);
    uint8_t *sealed = (uint8_t *)to + MCP_SEAL_NONCE_BYTES;
    memcpy(to, nonce, MCP_SEAL_NONCE_BYTES);
    prepare(&cipher, key, nonce, bound);
    gcm_aes256_encrypt(&cipher, plain.len, sealed, bytes_of(plain));
    gcm_aes256_digest(&cipher, MCP_SEAL_TAG_BYTES, sealed + plain.len);
    mcp_buf_commit(&raw, plain.len + OVERHEAD);
    mcp_base64url_encode(out, mcp_buf_view(&raw));
    return mcp_buf_finish(out, err);
}

/* What was decoded stays uncommitted, and so unseen, unless the tag is right. */
static enum mcp_code unlock(const unsigned char *key, struct mcp_str bound, struct mcp_str raw,
                            struct mcp_buf *out, struct mcp_err *err) {
    struct gcm_aes256_ctx cipher;
    uint8_t tag[MCP_SEAL_TAG_BYTES];
    const size_t len = raw.len - OVERHEAD;
    const uint8_t *sealed = bytes_of(raw) + MCP_SEAL_NONCE_BYTES;
    char *to = mcp_buf_reserve(out, len);
    if (to == NULL)
        return mcp_buf_finish(out, err);
    prepare(&cipher, key, bytes_of(raw), bound);
    gcm_aes256_decrypt(&cipher, len, (uint8_t *)to, sealed);
    gcm_aes256_digest(&cipher, sizeof tag, tag);
    bool is_ours = memeql_sec(tag, sealed + len, sizeof tag) != 0;
    mcp_buf_commit(out, is_ours ? len : 0);
    return is_ours ? MCP_OK : MCP_FAIL(err, MCP_E_DENIED, "not sealed with this key, or changed");
}

enum mcp_code mcp_seal_open(const unsigned char *key, struct mcp_str bound, struct mcp_str text,
                            struct mcp_buf *out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf raw = MCP_BUF_INIT(text.len);
    MCP_TRY(mcp_base64url_decode(&raw, text, err));
    if (raw.len < OVERHEAD)
        return MCP_FAIL(err, MCP_E_DENIED, "not sealed with this key, or changed");
    return unlock(key, bound, mcp_buf_view(&raw), out, err);
}
