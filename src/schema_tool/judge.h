/* SPDX-License-Identifier: MIT */
/* judge.h - instances in files against a schema in a file. Layer: schema_tool.
 * Includes: arguments. */
#ifndef SCHEMA_TOOL_JUDGE_H
#define SCHEMA_TOOL_JUDGE_H

#include <stdio.h>

#include "schema_tool/arguments.h"

/* What the program ends with. */
enum schema_tool_exit {
    SCHEMA_TOOL_VALID = 0,
    SCHEMA_TOOL_INVALID = 1, /* at least one instance does not conform */
    SCHEMA_TOOL_ERROR = 2    /* usage, unreadable file, bad schema, a bound reached */
};

enum { SCHEMA_TOOL_MAX_FILE_BYTES = 256 << 20 };

/* Write one line for each failure, or with is_json one JSON object for each instance. */
enum schema_tool_exit schema_tool_judge(const struct schema_tool_arguments *arguments, FILE *out,
                                        FILE *problems);

#endif
