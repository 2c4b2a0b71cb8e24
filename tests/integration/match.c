/* SPDX-License-Identifier: MIT */
#include "match.h"

#include <string.h>

static bool is_absent_mark(const json_t *expected) {
    return json_is_true(json_object_get(expected, "$absent"));
}

static bool match_object(const json_t *expected, const json_t *message) {
    const char *part = json_string_value(json_object_get(expected, "$contains"));
    if (part != NULL)
        return json_is_string(message) && strstr(json_string_value(message), part) != NULL;
    if (!json_is_object(message))
        return false;
    const char *key = NULL;
    json_t *want = NULL;
    union {
        const json_t *in;
        json_t *out;
    } members = {.in = expected}; /* jansson iterates only over what may be changed */
    json_object_foreach(members.out, key, want) {
        const json_t *got = json_object_get(message, key);
        if (is_absent_mark(want) ? got != NULL : !match(want, got))
            return false;
    }
    return true;
}

static bool match_array(const json_t *expected, const json_t *message) {
    if (!json_is_array(message) || json_array_size(message) != json_array_size(expected))
        return false;
    for (size_t i = 0; i < json_array_size(expected); i++)
        if (!match(json_array_get(expected, i), json_array_get(message, i)))
            return false;
    return true;
}

bool match(const json_t *expected, const json_t *message) {
    const char *word = json_string_value(expected);
    if (message == NULL)
        return false;
    if (word != NULL && strcmp(word, "$any") == 0)
        return true;
    if (json_is_object(expected))
        return match_object(expected, message);
    if (json_is_array(expected))
        return match_array(expected, message);
    return json_equal(expected, message) != 0;
}
