/* SPDX-License-Identifier: MIT */
/* address_class.c - see address_class.h. Pure: no I/O, no clock, no log. */
#include "dial/address_class.h"

#include <arpa/inet.h>
#include <string.h>

#include "mcp/compiler.h"

struct range {
    unsigned char bytes[16];
    unsigned bits;
};

static const struct range ranges_v4[] = {
    {{0}, 8},        {{10}, 8},         {{100, 64}, 10},  {{127}, 8},      {{169, 254}, 16},
    {{172, 16}, 12}, {{192, 0, 0}, 24}, {{192, 168}, 16}, {{198, 18}, 15}, {{224}, 3},
};

/* Tunnels (6to4, Teredo, NAT64) lead into the ranges above. */
static const struct range ranges_v6[] = {
    {{0}, 96},                         /* unspecified, this machine, IPv4-compatible */
    {{0, 0x64, 0xff, 0x9b}, 96},       /* NAT64 */
    {{0, 0x64, 0xff, 0x9b, 0, 1}, 48}, /* NAT64 of one network */
    {{0x20, 0x02}, 16},                /* 6to4 */
    {{0x20, 0x01, 0, 0}, 32},          /* Teredo */
    {{0xfc}, 7},
    {{0xfe, 0x80}, 10},
    {{0xfe, 0xc0}, 10},
    {{0xff}, 8},
};

static bool is_in(const unsigned char *bytes, const struct range *range) {
    unsigned whole = range->bits / 8;
    unsigned rest = range->bits % 8;
    unsigned mask = rest != 0 ? 0xffU << (8 - rest) : 0;
    return memcmp(bytes, range->bytes, whole) == 0 &&
           ((bytes[rest != 0 ? whole : 0] ^ range->bytes[rest != 0 ? whole : 0]) & mask) == 0;
}

static bool is_in_any(const unsigned char *bytes, const struct range *ranges, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (is_in(bytes, &ranges[i]))
            return true;
    return false;
}

bool mcp_address_is_public(const unsigned char *bytes, size_t len) {
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
    if (len == 4)
        return !is_in_any(bytes, ranges_v4, MCP_COUNT(ranges_v4));
    if (len != 16)
        return false;
    if (memcmp(bytes, mapped, sizeof mapped) == 0)
        return mcp_address_is_public(bytes + sizeof mapped, 4);
    return !is_in_any(bytes, ranges_v6, MCP_COUNT(ranges_v6));
}

bool mcp_address_text_is_public(const char *text) {
    unsigned char bytes[16];
    if (inet_pton(AF_INET, text, bytes) == 1)
        return mcp_address_is_public(bytes, 4);
    return inet_pton(AF_INET6, text, bytes) == 1 && mcp_address_is_public(bytes, 16);
}
