/* SPDX-License-Identifier: MIT */
/* batch.h - many schemas and instances as lines of JSON. Layer: schema_tool. Includes: judge. */
#ifndef SCHEMA_TOOL_BATCH_H
#define SCHEMA_TOOL_BATCH_H

#include "schema_tool/judge.h"

enum { SCHEMA_TOOL_MAX_LINE_BYTES = 64 << 20 };

/*
 * Answer each line of `in`:
 *   {"remotes": {URI: schema}}                           no answer; documents a $ref may lead to
 *   {"n": any, "schema": S, "tests": [instance, ...],    {"n": any, "valid": [bool, ...]}
 *    "dialect"?: URI, "format"?: bool}                   or {"n": any, "error": text}
 * `dialect` is that of documents without $schema. Answers keep the order, and each is flushed.
 * Strings may hold \u0000 here, unlike anywhere else in this project.
 */
enum schema_tool_exit schema_tool_batch(FILE *in, FILE *out, FILE *problems);

#endif
