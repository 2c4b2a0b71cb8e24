/* SPDX-License-Identifier: MIT */
/* yaml_scalar.c - see yaml_scalar.h. Pure: no I/O, no clock, no log. */
#include "program/yaml_scalar.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS "0123456789"

static bool is_one_of(const char *text, const char *const *words) {
    for (; *words != NULL; words++)
        if (strcmp(text, *words) == 0)
            return true;
    return false;
}

static const char *skip_sign(const char *text) {
    return *text == '-' || *text == '+' ? text + 1 : text;
}

static bool is_null(const char *text) {
    static const char *const words[] = {"", "~", "null", "Null", "NULL", NULL};
    return is_one_of(text, words);
}

static bool is_true(const char *text) {
    static const char *const words[] = {"true", "True", "TRUE", NULL};
    return is_one_of(text, words);
}

static bool is_false(const char *text) {
    static const char *const words[] = {"false", "False", "FALSE", NULL};
    return is_one_of(text, words);
}

/* Booleans of YAML 1.1, text in YAML 1.2. */
static bool is_old_boolean(const char *text) {
    static const char *const words[] = {"yes", "Yes", "YES", "no",  "No",  "NO", "on",
                                        "On",  "ON",  "off", "Off", "OFF", NULL};
    return is_one_of(text, words);
}

static bool is_not_finite(const char *text) {
    static const char *const infinite[] = {".inf", ".Inf", ".INF", NULL};
    static const char *const nan_words[] = {".nan", ".NaN", ".NAN", NULL};
    return is_one_of(skip_sign(text), infinite) || is_one_of(text, nan_words);
}

static bool is_decimal(const char *text) {
    const char *first = skip_sign(text);
    size_t count = strspn(first, DIGITS);
    return count > 0 && first[count] == '\0';
}

static bool is_hexadecimal(const char *text) {
    return strncmp(text, "0x", 2) == 0 && text[2] != '\0' &&
           text[2 + strspn(text + 2, DIGITS "abcdefABCDEF")] == '\0';
}

static bool is_real(const char *text) {
    const char *at = skip_sign(text);
    size_t whole = strspn(at, DIGITS);
    size_t part = 0;
    at += whole;
    if (*at == '.') {
        part = strspn(++at, DIGITS);
        at += part;
    }
    if (whole + part == 0)
        return false;
    if (*at == 'e' || *at == 'E') {
        at = skip_sign(at + 1);
        size_t power = strspn(at, DIGITS);
        if (power == 0)
            return false;
        at += power;
    }
    return *at == '\0';
}

/* 010, 0o10, 0b10, 1_000 and 12:30 are numbers to one YAML version and not, or others, to another.
 */
static bool is_disputed_number(const char *text) {
    const char *first = skip_sign(text);
    size_t digits = strspn(first, DIGITS);
    if (is_decimal(text))
        return first[0] == '0' && digits > 1;
    if (first[0] == '0' && (first[1] == 'o' || first[1] == 'b'))
        return first[2] != '\0' && first[2 + strspn(first + 2, "01234567_")] == '\0';
    if (is_hexadecimal(first))
        return first != text;
    if (digits == 0)
        return false;
    size_t old_style = strspn(first, DIGITS "_:");
    const char *rest = first + old_style;
    bool ends = *rest == '\0' || (*rest == '.' && rest[1 + strspn(rest + 1, DIGITS "_")] == '\0');
    return ends && old_style > digits;
}

static enum mcp_code give(json_t *value, json_t **out_value, struct mcp_err *err) {
    if (value == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    *out_value = value;
    return MCP_OK;
}

static enum mcp_code give_integer(const char *text, int base, json_t **out_value,
                                  struct mcp_err *err) {
    errno = 0;
    long long number = strtoll(text, NULL, base);
    if (errno == ERANGE)
        return MCP_FAIL(err, MCP_E_LIMIT, "\"%.40s\" is outside %lld to %lld", text,
                        (long long)INT64_MIN, (long long)INT64_MAX);
    return give(json_integer(number), out_value, err);
}

static enum mcp_code give_real(const char *text, json_t **out_value, struct mcp_err *err) {
    double number = strtod(text, NULL);
    if (!isfinite(number))
        return MCP_FAIL(err, MCP_E_LIMIT, "\"%.40s\" is outside the range of a double", text);
    return give(json_real(number), out_value, err);
}

enum mcp_code mcp_yaml_scalar(const char *text, json_t **out_value, struct mcp_err *err) {
    if (is_null(text))
        return give(json_null(), out_value, err);
    if (is_true(text) || is_false(text))
        return give(json_boolean(is_true(text)), out_value, err);
    if (is_old_boolean(text))
        return MCP_FAIL(err, MCP_E_UNSUPPORTED,
                        "\"%s\" is a boolean to some YAML versions and text to others: write true, "
                        "false, or the word in quotes",
                        text);
    if (is_not_finite(text))
        return MCP_FAIL(err, MCP_E_UNSUPPORTED, "\"%s\" is not a finite number", text);
    if (is_disputed_number(text))
        return MCP_FAIL(err, MCP_E_UNSUPPORTED,
                        "\"%.40s\" is read differently by YAML versions: write a plain decimal "
                        "number, or quotes for text",
                        text);
    if (is_decimal(text))
        return give_integer(text, 10, out_value, err);
    if (is_hexadecimal(text))
        return give_integer(text, 16, out_value, err);
    if (is_real(text))
        return give_real(text, out_value, err);
    return give(json_string(text), out_value, err);
}
