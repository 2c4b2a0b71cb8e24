/* SPDX-License-Identifier: MIT */
/* schema_decimal.c - the decimal half of schema_value.h. Pure: no I/O, no clock, no log. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "json/schema_value.h"

enum { REAL_TEXT_BYTES = 40 };

static struct mcp_schema_decimal strip_zeros(struct mcp_schema_decimal decimal) {
    while (decimal.digits != 0 && decimal.digits % 10 == 0) {
        decimal.digits /= 10;
        decimal.exponent++;
    }
    return decimal;
}

/* "d.ddde+xx" with any decimal separator, as the C library of the moment writes it. */
static struct mcp_schema_decimal read_scientific(const char *text) {
    struct mcp_schema_decimal decimal = {0, 0};
    int digit_count = 0;
    const char *at = text;
    for (; *at != '\0' && *at != 'e'; at++)
        if (isdigit((unsigned char)*at) != 0) {
            decimal.digits = decimal.digits * 10 + (uint64_t)(*at - '0');
            digit_count++;
        }
    if (*at == 'e')
        decimal.exponent = (int)strtol(at + 1, NULL, 10) - (digit_count - 1);
    return strip_zeros(decimal);
}

static struct mcp_schema_decimal decimal_of_real(double real) {
    char text[REAL_TEXT_BYTES] = "";
    double magnitude = fabs(real);
    for (int precision = 14; precision <= 16; precision++) {
        (void)snprintf(text, sizeof text, "%.*e", precision, magnitude);
        double back = strtod(text, NULL);
        if (back >= magnitude && back <= magnitude)
            break;
    }
    return read_scientific(text);
}

struct mcp_schema_decimal mcp_schema_decimal_of(const json_t *number) {
    if (json_is_real(number))
        return decimal_of_real(json_real_value(number));
    json_int_t value = json_integer_value(number);
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    return strip_zeros((struct mcp_schema_decimal){magnitude, 0});
}

/* a and b are below modulus, modulus at most 2^63, so the sum cannot wrap. */
static uint64_t add_modulo(uint64_t a, uint64_t b, uint64_t modulus) {
    uint64_t sum = a + b;
    return sum >= modulus ? sum - modulus : sum;
}

static uint64_t multiply_modulo(uint64_t a, uint64_t b, uint64_t modulus) {
    uint64_t product = 0;
    for (; b != 0; b >>= 1) {
        if ((b & 1) != 0)
            product = add_modulo(product, a, modulus);
        a = add_modulo(a, a, modulus);
    }
    return product;
}

bool mcp_schema_is_multiple(struct mcp_schema_decimal value, struct mcp_schema_decimal divisor) {
    if (value.digits == 0)
        return true;
    int shift = value.exponent - divisor.exponent;
    /* value.digits has no factor ten left, so it cannot be a multiple of digits x 10^-shift. */
    if (shift < 0)
        return false;
    uint64_t rest = value.digits % divisor.digits;
    uint64_t power = 10 % divisor.digits;
    for (; shift != 0; shift >>= 1) {
        if ((shift & 1) != 0)
            rest = multiply_modulo(rest, power, divisor.digits);
        power = multiply_modulo(power, power, divisor.digits);
    }
    return rest == 0;
}
