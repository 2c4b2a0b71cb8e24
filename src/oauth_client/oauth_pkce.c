/* SPDX-License-Identifier: MIT */
/* oauth_pkce.c - see oauth_pkce.h. Pure: no I/O, no clock, no log. */
#include "oauth_client/oauth_pkce.h"

#include <nettle/sha2.h>
#include <stdint.h>
#include <string.h>

_Static_assert(MCP_OAUTH_PKCE_RANDOM_BYTES == SHA256_DIGEST_SIZE, "both are 43 characters");

/* base64url of 32 bytes without padding; a fixed size needs no memory. */
void mcp_oauth_pkce_text(const unsigned char random[MCP_OAUTH_PKCE_RANDOM_BYTES],
                         char out[MCP_OAUTH_PKCE_TEXT_BYTES]) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    size_t written = 0;
    for (size_t bit = 0; bit < (size_t)MCP_OAUTH_PKCE_RANDOM_BYTES * 8; bit += 6) {
        size_t byte = bit / 8;
        unsigned next = byte + 1 < MCP_OAUTH_PKCE_RANDOM_BYTES ? random[byte + 1] : 0;
        unsigned pair = ((unsigned)random[byte] << 8) | next;
        out[written++] = digits[(pair >> (10 - bit % 8)) & 63U];
    }
    out[written] = '\0';
}

void mcp_oauth_pkce_challenge(const char *verifier, char out[MCP_OAUTH_PKCE_TEXT_BYTES]) {
    struct sha256_ctx hash;
    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_init(&hash);
    sha256_update(&hash, strlen(verifier), (const uint8_t *)verifier);
    sha256_digest(&hash, sizeof digest, digest);
    mcp_oauth_pkce_text(digest, out);
}
