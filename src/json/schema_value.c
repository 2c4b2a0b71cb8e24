/* SPDX-License-Identifier: MIT */
/* schema_value.c - see schema_value.h. Pure: no I/O, no clock, no log. */
#include "json/schema_value.h"

#include <math.h>

static const double TWO_63 = 9223372036854775808.0;

bool mcp_schema_spend(size_t *steps, size_t count) {
    bool enough = *steps >= count;
    *steps -= enough ? count : *steps;
    return enough;
}

static int order_integers(json_int_t a, json_int_t b) {
    return (a > b) - (a < b);
}

static int order_reals(double a, double b) {
    return (a > b) - (a < b);
}

/* A cast of either side to the other's type would round; compare the whole parts, then the rest. */
static int order_mixed(json_int_t integer, double real) {
    if (real >= TWO_63)
        return -1;
    if (real < -TWO_63)
        return 1;
    double whole = trunc(real);
    int order = order_integers(integer, (json_int_t)whole);
    return order != 0 ? order : order_reals(whole, real);
}

int mcp_schema_compare(const json_t *a, const json_t *b) {
    if (json_is_integer(a) && json_is_integer(b))
        return order_integers(json_integer_value(a), json_integer_value(b));
    if (json_is_integer(a))
        return order_mixed(json_integer_value(a), json_real_value(b));
    if (json_is_integer(b))
        return -order_mixed(json_integer_value(b), json_real_value(a));
    return order_reals(json_real_value(a), json_real_value(b));
}

bool mcp_schema_is_integral(const json_t *value) {
    if (json_is_integer(value))
        return true;
    double real = json_real_value(value);
    return json_is_real(value) && order_reals(trunc(real), real) == 0;
}

static bool equal_at(const json_t *a, const json_t *b, size_t *steps, size_t depth);

static bool equal_arrays(const json_t *a, const json_t *b, size_t *steps, size_t depth) {
    size_t count = json_array_size(a);
    if (count != json_array_size(b))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!equal_at(json_array_get(a, i), json_array_get(b, i), steps, depth))
            return false;
    return true;
}

static bool equal_objects(const json_t *a, const json_t *b, size_t *steps, size_t depth) {
    if (json_object_size(a) != json_object_size(b))
        return false;
    json_t *open = mcp_schema_open(a);
    for (void *at = json_object_iter(open); at != NULL; at = json_object_iter_next(open, at)) {
        const json_t *other =
            json_object_getn(b, json_object_iter_key(at), json_object_iter_key_len(at));
        if (other == NULL || !equal_at(json_object_iter_value(at), other, steps, depth))
            return false;
    }
    return true;
}

static bool equal_at(const json_t *a, const json_t *b, size_t *steps, size_t depth) {
    if (depth == 0)
        *steps = 0;
    if (!mcp_schema_spend(steps, 1))
        return false;
    if (json_is_number(a) && json_is_number(b))
        return mcp_schema_compare(a, b) == 0;
    if (json_typeof(a) != json_typeof(b))
        return false;
    switch (json_typeof(a)) {
    case JSON_STRING:
        return mcp_str_equal(mcp_json_str(a), mcp_json_str(b));
    case JSON_ARRAY:
        return equal_arrays(a, b, steps, depth - 1);
    case JSON_OBJECT:
        return equal_objects(a, b, steps, depth - 1);
    default:
        return true;
    }
}

bool mcp_schema_equal(const json_t *a, const json_t *b, size_t *steps) {
    return equal_at(a, b, steps, MCP_SCHEMA_VALUE_DEPTH);
}

static uint64_t mix(uint64_t hash) {
    hash ^= hash >> 33;
    hash *= 0xff51afd7ed558ccdULL;
    hash ^= hash >> 33;
    hash *= 0xc4ceb9fe1a85ec53ULL;
    return hash ^ (hash >> 33);
}

uint64_t mcp_schema_hash_text(struct mcp_str text) {
    uint64_t hash = 0xcbf29ce484222325ULL;
    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (unsigned char)text.ptr[i]) * 0x100000001b3ULL;
    return mix(hash);
}

static uint64_t hash_number(const json_t *value) {
    double real = json_number_value(value);
    if (json_is_integer(value) ||
        (mcp_schema_is_integral(value) && real >= -TWO_63 && real < TWO_63)) {
        json_int_t whole = json_is_integer(value) ? json_integer_value(value) : (json_int_t)real;
        return mix((uint64_t)whole + JSON_INTEGER);
    }
    uint64_t bits = 0;
    memcpy(&bits, &real, sizeof bits);
    return mix(bits);
}

static uint64_t hash_at(const json_t *value, size_t *steps, size_t depth);

static uint64_t hash_object(const json_t *value, size_t *steps, size_t depth) {
    uint64_t sum = JSON_OBJECT;
    json_t *open = mcp_schema_open(value);
    for (void *at = json_object_iter(open); at != NULL; at = json_object_iter_next(open, at)) {
        struct mcp_str key = {json_object_iter_key(at), json_object_iter_key_len(at)};
        sum +=
            mix(mcp_schema_hash_text(key) * 3 + hash_at(json_object_iter_value(at), steps, depth));
    }
    return mix(sum);
}

static uint64_t hash_array(const json_t *value, size_t *steps, size_t depth) {
    uint64_t hash = JSON_ARRAY;
    for (size_t i = 0; i < json_array_size(value); i++)
        hash = mix(hash * 31 + hash_at(json_array_get(value, i), steps, depth));
    return hash;
}

static uint64_t hash_at(const json_t *value, size_t *steps, size_t depth) {
    if (depth == 0)
        *steps = 0;
    if (!mcp_schema_spend(steps, 1))
        return 0;
    switch (json_typeof(value)) {
    case JSON_STRING:
        return mcp_schema_hash_text(mcp_json_str(value));
    case JSON_INTEGER:
    case JSON_REAL:
        return hash_number(value);
    case JSON_ARRAY:
        return hash_array(value, steps, depth - 1);
    case JSON_OBJECT:
        return hash_object(value, steps, depth - 1);
    default:
        return mix((uint64_t)json_typeof(value) + 0x9e3779b97f4a7c15ULL);
    }
}

uint64_t mcp_schema_hash(const json_t *value, size_t *steps) {
    return hash_at(value, steps, MCP_SCHEMA_VALUE_DEPTH);
}
