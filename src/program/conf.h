/* SPDX-License-Identifier: MIT */
/* conf.h - a program's settings: command line > environment > .env > default. Layer: program. */
#ifndef MCP_CONF_H
#define MCP_CONF_H

#include "mcp/json.h"

/*
 * The settings are described by a JSON Schema (schemas/config/<program>.json), embedded in the
 * program: each property has type, default, bounds or enum, description, and "x-env" (the
 * variable's name), "x-option" ("--port"), "x-option-argument" ("N"), "x-secret": true.
 * What is read here is data; nothing of the process is touched.
 */
struct mcp_conf_inputs {
    int argc;
    char **argv;             /* without the program name and the subcommand */
    char *const *envp;       /* NAME=value, NULL-terminated */
    struct mcp_str dotenv;   /* text of .env; empty when there is none */
    const char *dotenv_name; /* for messages: ".env" */
};

/*
 * Resolve every setting.
 *
 *   out     *out_values      new object: property -> value, defaults filled in
 *           *out_positional  new array of the words that are not options; may be NULL when none
 *                            are allowed
 *   errors  INVALID  one line naming the setting, where it came from, the value, and what is
 *                    allowed: `PORT in the environment is "abc": expected an integer from 0 to
 *                    65535`; an unknown option names the nearest known one
 */
enum mcp_code mcp_conf_resolve(const json_t *schema, const struct mcp_conf_inputs *inputs,
                               json_t **out_values, json_t **out_positional,
                               struct mcp_err *err) MCP_CHECK;

/* The options part of --help, one line per property, with variable and default. */
void mcp_conf_write_options(const json_t *schema, struct mcp_buf *out);

#endif
