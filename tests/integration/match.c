/* SPDX-License-Identifier: MIT */
#include "match.h"

#include <stdint.h>
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
    void *at = json_object_iter((json_t *)(uintptr_t)expected);
    for (; at != NULL; at = json_object_iter_next((json_t *)(uintptr_t)expected, at)) {
        const json_t *want = json_object_iter_value(at);
        const json_t *got = json_object_get(message, json_object_iter_key(at));
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
