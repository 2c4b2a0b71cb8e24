/* SPDX-License-Identifier: MIT */
/* content_hash.c - see content_hash.h. Pure: no I/O, no clock, no log. */
#include "product_metadata/content_hash.h"

#include <nettle/sha2.h>
#include <string.h>

void product_content_hash(struct mcp_str bytes, char out[PRODUCT_HASH_BYTES]) {
    static const char digits[] = "0123456789abcdef";
    struct sha256_ctx context;
    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_init(&context);
    if (bytes.len > 0)
        sha256_update(&context, bytes.len, (const uint8_t *)bytes.ptr);
    sha256_digest(&context, sizeof digest, digest);
    memcpy(out, "sha256:", 7);
    for (size_t i = 0; i < sizeof digest; i++) {
        out[7 + 2 * i] = digits[digest[i] >> 4];
        out[8 + 2 * i] = digits[digest[i] & 15];
    }
    out[PRODUCT_HASH_BYTES - 1] = '\0';
}
