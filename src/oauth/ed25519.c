/* SPDX-License-Identifier: MIT */
/* ed25519.c - see ed25519.h. Pure: no I/O, no clock, no log. */
#include "oauth/ed25519.h"

#include <assert.h>
#include <openssl/evp.h>
#include <string.h>

enum { LAST = OAUTH_ED25519_KEY_BYTES - 1, LEAST_OF_P = 0xED, SIGN_BIT = 0x80 };

/* The y of the eight points of small order, little-endian, without the sign of x: scripts/
 * make_token_vectors computes them. */
static const unsigned char small[][OAUTH_ED25519_KEY_BYTES] = {
    {0},
    {1},
    {0x26, 0xE8, 0x95, 0x8F, 0xC2, 0xB2, 0x27, 0xB0, 0x45, 0xC3, 0xF4,
     0x89, 0xF2, 0xEF, 0x98, 0xF0, 0xD5, 0xDF, 0xAC, 0x05, 0xD3, 0xC6,
     0x33, 0x39, 0xB1, 0x38, 0x02, 0x88, 0x6D, 0x53, 0xFC, 0x05},
    {0xC7, 0x17, 0x6A, 0x70, 0x3D, 0x4D, 0xD8, 0x4F, 0xBA, 0x3C, 0x0B,
     0x76, 0x0D, 0x10, 0x67, 0x0F, 0x2A, 0x20, 0x53, 0xFA, 0x2C, 0x39,
     0xCC, 0xC6, 0x4E, 0xC7, 0xFD, 0x77, 0x92, 0xAC, 0x03, 0x7A},
    {0xEC, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
     0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
     0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F},
};

/* p is 2^255 - 19. */
static bool is_below_p(const unsigned char y[OAUTH_ED25519_KEY_BYTES]) {
    if (y[0] < LEAST_OF_P || y[LAST] != 0x7F)
        return true;
    for (size_t i = 1; i < LAST; i++)
        if (y[i] != 0xFF)
            return true;
    return false;
}

bool oauth_ed25519_is_key(const unsigned char key[OAUTH_ED25519_KEY_BYTES]) {
    unsigned char y[OAUTH_ED25519_KEY_BYTES];
    memcpy(y, key, sizeof y);
    y[LAST] &= (unsigned char)~SIGN_BIT;
    for (size_t i = 0; i < MCP_COUNT(small); i++)
        if (memcmp(y, small[i], sizeof y) == 0)
            return false;
    return is_below_p(y);
}

static const unsigned char *bytes_of(struct mcp_str text) {
    return (const unsigned char *)text.ptr;
}

static enum oauth_fault verify(EVP_MD_CTX *context, EVP_PKEY *key, struct mcp_str message,
                               struct mcp_str signature) {
    if (context == NULL || key == NULL)
        return OAUTH_NO_MEMORY;
    if (EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) != 1)
        return OAUTH_NO_MEMORY;
    bool is_right = EVP_DigestVerify(context, bytes_of(signature), signature.len, bytes_of(message),
                                     message.len) == 1;
    return is_right ? OAUTH_OK : OAUTH_SIGNATURE;
}

enum oauth_fault oauth_ed25519_verify(struct mcp_str message, struct mcp_str signature,
                                      struct mcp_str key) {
    assert(signature.len == OAUTH_ED25519_SIGNATURE_BYTES && key.len == OAUTH_ED25519_KEY_BYTES);
    EVP_PKEY *public_key =
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, bytes_of(key), key.len);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    enum oauth_fault fault = verify(context, public_key, message, signature);
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(public_key);
    return fault;
}
