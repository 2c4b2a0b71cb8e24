/* SPDX-License-Identifier: MIT */
/* match.h - does a message hold what a transcript expects? */
#ifndef MATCH_H
#define MATCH_H

#include <stdbool.h>

#include <jansson.h>

/*
 * Subset match: every member of an expected object must be in the message and match; arrays match
 * item by item and in length; other values must be equal. Three words stand for more:
 *   "$any"                 whatever is there
 *   {"$contains": "text"}  a string with that text in it
 *   {"$absent": true}      the member must not be there
 */
bool match(const json_t *expected, const json_t *message);

#endif
