/* SPDX-License-Identifier: MIT */
/* conf.h - a program's settings: command line > environment > .env > default. Layer: program. */
#ifndef MCP_CONF_H
#define MCP_CONF_H

#include "mcp/json.h"

/*
 * The settings are described by a JSON Schema (schemas/config/<program>.json), embedded in the
 * program. Of each entry of "properties" these keywords are read:
 *
 *   type               "string", "integer", "number", "boolean", "array"
 *   items              of array: what each item is, with these same keywords; strings when absent
 *   default            the value when nobody sets one; without it the setting stays absent
 *   description        for --help and the manual
 *   enum               of strings
 *   minimum, maximum   of integer and number
 *   minLength, maxLength  of string, in characters
 *   maxItems           of array; 1000 when absent
 *   x-option           "--port"; absent: not on the command line
 *   x-option-short     "-p"
 *   x-option-argument  "N", for --help; absent: VALUE
 *   x-env              "PRODUCT_MCP_PORT"; absent: not from the environment or .env
 *   x-secret           true: its value is never shown
 *   x-ignore-case      true: enum words in any case; the value is stored as the schema spells it
 *
 * The schema's own "required" is obeyed. What is read here is data; nothing of the process is
 * touched.
 */
struct mcp_conf_inputs {
    int argc;                /* words in argv */
    char **argv;             /* without the program name and the subcommand */
    char *const *envp;       /* NAME=value, NULL-terminated; NULL: none */
    struct mcp_str dotenv;   /* text of .env; empty when there is none */
    const char *dotenv_name; /* for messages: ".env" */
};

/*
 * Resolve every setting. Only the value that counts is checked.
 *
 * Command line: --port N, --port=N, -p N; --allow-remote and --no-allow-remote for booleans; an
 * array's option may be repeated; of others the last one counts; -- ends the options. In variables
 * an array is separated by commas, a boolean is true/false, yes/no, on/off or 1/0.
 *
 *   out     *out_values      new object: property -> value, defaults filled in
 *           *out_positional  new array of the words that are not options; out_positional is NULL
 *                            when none are allowed
 *   errors  INVALID  err->where is where it came from: "command line", "environment",
 *                    ".env line 3", "default"; err->what names the setting, the value and what is
 *                    allowed: `PORT is "abc": expected an integer from 0 to 65535`; an unknown
 *                    option names the nearest known one
 *           SYNTAX, LIMIT  the .env file; err->where is ".env line 3"
 */
enum mcp_code mcp_conf_resolve(const json_t *schema, const struct mcp_conf_inputs *inputs,
                               json_t **out_values, json_t **out_positional,
                               struct mcp_err *err) MCP_CHECK;

/* The options part of --help: each option, what it is, its variable and default; 79 columns. */
void mcp_conf_write_options(const json_t *schema, struct mcp_buf *out);

#endif
