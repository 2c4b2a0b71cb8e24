/* SPDX-License-Identifier: MIT */
/* schema_value.h - equality, order and hashing of JSON values by their meaning: 1 is 1.0.
 * Layer: json. Includes: json. */
#ifndef MCP_SCHEMA_VALUE_H
#define MCP_SCHEMA_VALUE_H

#include <string.h>

#include "mcp/json.h"

/* Nesting that equality and hashing follow; beyond it they run out of steps. */
enum { MCP_SCHEMA_VALUE_DEPTH = 2048 };

/* jansson's iterators and counters take a mutable value and change nothing we read. */
static inline json_t *mcp_schema_open(const json_t *value) {
    json_t *open = NULL;
    memcpy(&open, &value, sizeof(void *));
    return open;
}

/* Take up to `count` from *steps; false, and *steps is 0, when there were fewer. */
bool mcp_schema_spend(size_t *steps, size_t count);

/* Same JSON value: numbers by value, objects in any order. Spends one step for each value visited;
 * when *steps reaches 0 the answer means nothing. */
bool mcp_schema_equal(const json_t *a, const json_t *b, size_t *steps);

/* Equal values hash alike; steps as above. */
uint64_t mcp_schema_hash(const json_t *value, size_t *steps);
uint64_t mcp_schema_hash_text(struct mcp_str text);

/* Exact order of two JSON numbers, integer or real: negative, 0, positive. */
int mcp_schema_compare(const json_t *a, const json_t *b);

/* A number without a fractional part, 1.0 included. */
bool mcp_schema_is_integral(const json_t *value);

/* |number| as digits x 10^exponent with no trailing zero in digits: the decimal a person wrote. */
struct mcp_schema_decimal {
    uint64_t digits; /* at most 2^63 */
    int exponent;
};

struct mcp_schema_decimal mcp_schema_decimal_of(const json_t *number);

/* Decimal arithmetic, so 0.0075 is a multiple of 0.0001. `divisor` is not zero. */
bool mcp_schema_is_multiple(struct mcp_schema_decimal value, struct mcp_schema_decimal divisor);

#endif
