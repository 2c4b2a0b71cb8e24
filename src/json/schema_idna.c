/* SPDX-License-Identifier: MIT */
/* schema_idna.c - see schema_idna.h. Pure: no I/O, no clock, no log. */
#include "json/schema_idna.h"

#include <ctype.h>
#include <idn2.h>
#include <stdint.h>

enum { MAX_LABEL_BYTES = 63, NOTHING = 0 };

struct range {
    uint32_t first;
    uint32_t last;
};

static const struct range greek[] = {{0x370, 0x3ff}, {0x1f00, 0x1fff}};
static const struct range hebrew[] = {{0x590, 0x5ff}, {0xfb1d, 0xfb4f}};
static const struct range kana_or_han[] = {
    {0x2e80, 0x2fdf}, {0x3005, 0x3007}, {0x3021, 0x3029},   {0x3038, 0x303b},   {0x3041, 0x309f},
    {0x30a1, 0x30fa}, {0x30fc, 0x30ff}, {0x31f0, 0x31ff},   {0x3400, 0x4dbf},   {0x4e00, 0x9fff},
    {0xf900, 0xfaff}, {0xff66, 0xff9d}, {0x1b000, 0x1b16f}, {0x20000, 0x323af},
};
static const struct range arabic_digits[] = {{0x660, 0x669}};
static const struct range extended_digits[] = {{0x6f0, 0x6f9}};

static bool is_in(const struct range *ranges, size_t count, uint32_t point) {
    for (size_t i = 0; i < count; i++)
        if (point >= ranges[i].first && point <= ranges[i].last)
            return true;
    return false;
}

static bool has_any(const struct range *ranges, size_t count, const uint32_t *points) {
    for (size_t i = 0; points[i] != NOTHING; i++)
        if (is_in(ranges, count, points[i]))
            return true;
    return false;
}

/* RFC 5892 appendix A.3 to A.9 for the code point at `i`; the joiners are libidn2's business. */
static bool fits_context(const uint32_t *points, size_t i) {
    uint32_t before = i > 0 ? points[i - 1] : NOTHING;
    uint32_t after = points[i + 1];
    switch (points[i]) {
    case 0xb7: /* middle dot */
        return before == 'l' && after == 'l';
    case 0x375: /* Greek keraia */
        return is_in(greek, MCP_COUNT(greek), after);
    case 0x5f3: /* Hebrew geresh and gershayim */
    case 0x5f4:
        return is_in(hebrew, MCP_COUNT(hebrew), before);
    case 0x30fb: /* katakana middle dot */
        return has_any(kana_or_han, MCP_COUNT(kana_or_han), points);
    default:
        return true;
    }
}

static bool fits_rules(const uint32_t *points) {
    for (size_t i = 0; points[i] != NOTHING; i++)
        if (!fits_context(points, i))
            return false;
    bool has_both = has_any(arabic_digits, MCP_COUNT(arabic_digits), points) &&
                    has_any(extended_digits, MCP_COUNT(extended_digits), points);
    bool has_hyphens =
        points[0] != NOTHING && points[1] != NOTHING && points[2] == '-' && points[3] == '-';
    return !has_both && !has_hyphens;
}

bool mcp_schema_is_a_label(struct mcp_str label) {
    uint8_t lower[MAX_LABEL_BYTES + 1] = {0};
    if (label.len > MAX_LABEL_BYTES)
        return false;
    for (size_t i = 0; i < label.len; i++)
        lower[i] = (uint8_t)tolower((unsigned char)label.ptr[i]);

    uint8_t *looked_up = NULL;
    int verdict =
        idn2_lookup_u8(lower, &looked_up, IDN2_NFC_INPUT | IDN2_ALABEL_ROUNDTRIP | IDN2_NO_TR46);
    idn2_free(looked_up);
    uint32_t *points = NULL;
    if (verdict == IDN2_OK)
        verdict = idn2_to_unicode_8z4z((const char *)lower, &points, IDN2_NO_TR46);
    bool is_valid = verdict == IDN2_OK && points != NULL && fits_rules(points);
    idn2_free(points);
    return is_valid;
}
