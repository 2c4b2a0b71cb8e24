/* SPDX-License-Identifier: MIT */
/* cursor.c - see cursor.h. Pure: no I/O, no clock, no log. */
#include "protocol/cursor.h"

#include <string.h>

#include "base/base64.h"

enum { WORD_BYTES = 8 };

static uint64_t load(const unsigned char *bytes, size_t count) {
    uint64_t word = 0;
    for (size_t i = 0; i < count; i++)
        word |= (uint64_t)bytes[i] << (8 * i);
    return word;
}

static void store(unsigned char *bytes, uint64_t word) {
    for (size_t i = 0; i < WORD_BYTES; i++)
        bytes[i] = (unsigned char)(word >> (8 * i) & 0xff);
}

static uint64_t rotate(uint64_t word, int bits) {
    return word << bits | word >> (64 - bits);
}

static void sip_rounds(uint64_t v[4], int count) {
    for (int i = 0; i < count; i++) {
        v[0] += v[1];
        v[2] += v[3];
        v[1] = rotate(v[1], 13) ^ v[0];
        v[3] = rotate(v[3], 16) ^ v[2];
        v[0] = rotate(v[0], 32);
        v[2] += v[1];
        v[0] += v[3];
        v[1] = rotate(v[1], 17) ^ v[2];
        v[3] = rotate(v[3], 21) ^ v[0];
        v[2] = rotate(v[2], 32);
    }
}

static void sip_word(uint64_t v[4], uint64_t word) {
    v[3] ^= word;
    sip_rounds(v, 2);
    v[0] ^= word;
}

/* SipHash-2-4 of the position (one word) and the list's name after it. */
static uint64_t sign(const unsigned char secret[MCP_CURSOR_SECRET_BYTES], uint64_t position,
                     struct mcp_str list) {
    uint64_t key[2] = {load(secret, WORD_BYTES), load(secret + WORD_BYTES, WORD_BYTES)};
    uint64_t v[4] = {key[0] ^ 0x736f6d6570736575U, key[1] ^ 0x646f72616e646f6dU,
                     key[0] ^ 0x6c7967656e657261U, key[1] ^ 0x7465646279746573U};
    const unsigned char *rest = (const unsigned char *)list.ptr;
    size_t left = list.len;
    sip_word(v, position);
    for (; left >= WORD_BYTES; left -= WORD_BYTES, rest += WORD_BYTES)
        sip_word(v, load(rest, WORD_BYTES));
    sip_word(v, load(rest, left) | (uint64_t)(list.len + WORD_BYTES) << 56);
    v[2] ^= 0xff;
    sip_rounds(v, 4);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void mcp_cursor_encode(const unsigned char secret[MCP_CURSOR_SECRET_BYTES], struct mcp_str list,
                       uint64_t position, struct mcp_buf *out) {
    unsigned char bytes[2 * WORD_BYTES];
    store(bytes, position);
    store(bytes + WORD_BYTES, sign(secret, position, list));
    mcp_base64url_encode(out, (struct mcp_str){(const char *)bytes, sizeof bytes});
}

enum mcp_code mcp_cursor_decode(const unsigned char secret[MCP_CURSOR_SECRET_BYTES],
                                struct mcp_str list, struct mcp_str text, uint64_t *out_position,
                                struct mcp_err *err) {
    char storage[2 * WORD_BYTES + 1] = {0};
    struct mcp_buf bytes = {.data = storage, .cap = sizeof storage, .max = sizeof storage - 1};
    if (text.len != MCP_CURSOR_TEXT_BYTES || mcp_base64url_decode(&bytes, text, NULL) != MCP_OK ||
        bytes.len != sizeof storage - 1)
        return MCP_FAIL(err, MCP_E_INVALID, "not a cursor of this server");
    uint64_t position = load((const unsigned char *)storage, WORD_BYTES);
    uint64_t mac = load((const unsigned char *)storage + WORD_BYTES, WORD_BYTES);
    if (mac != sign(secret, position, list)) /* one comparison of two words: no timing to learn */
        return MCP_FAIL(err, MCP_E_INVALID, "not a cursor of this server");
    *out_position = position;
    return MCP_OK;
}
