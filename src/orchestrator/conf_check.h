/* SPDX-License-Identifier: MIT */
/* conf_check.h - what is wrong in a configuration, and where. Layer: orchestrator. Includes: json
 * program. */
#ifndef ORCH_CONF_CHECK_H
#define ORCH_CONF_CHECK_H

#include "mcp/json.h"

enum { ORCH_MAX_PROBLEMS = 32 };

/* The text all places are looked up in, and what was found. Owner: json_decref(list). */
struct orch_problems {
    struct mcp_str text;
    const char *file;
    json_t *list; /* array of {"line", "column", "pointer", "message"}; owned */
    bool is_short_of_memory;
};

/* Note one problem at the value (or, with at_key, the key) that `pointer` names. */
void orch_problems_add(struct orch_problems *problems, struct mcp_str pointer, bool at_key,
                       const char *message);

/* Check `root` against schemas/config/orchestrator.json and note everything that breaks it. */
enum mcp_code orch_conf_check_schema(const json_t *root, struct orch_problems *problems,
                                     struct mcp_err *err) MCP_CHECK;

/* Note what a schema cannot say: unique names, and which keys belong to which transport. */
enum mcp_code orch_conf_check_servers(json_t *servers, struct orch_problems *problems,
                                      struct mcp_err *err) MCP_CHECK;

/* Before ${NAME} is replaced: a password that stands in the file. */
void orch_conf_check_plain(const json_t *root, struct orch_problems *problems);

/* Afterwards: a cache.backend that is none. */
void orch_conf_check_cache(const json_t *root, struct orch_problems *problems);

/* OK when nothing was noted, else SCHEMA with the first in the order of the file; the list is
 * sorted. */
enum mcp_code orch_problems_finish(struct orch_problems *problems, struct mcp_err *err) MCP_CHECK;

#endif
