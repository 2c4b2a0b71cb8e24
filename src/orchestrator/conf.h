/* SPDX-License-Identifier: MIT */
/* conf.h - the YAML configuration as checked values. Layer: orchestrator. Includes: dial program.
 */
#ifndef ORCH_CONF_H
#define ORCH_CONF_H

#include "mcp/dial.h"
#include "mcp/log.h"
#include "mcp/orchestrator.h"
#include "orchestrator/share_target.h"

/* One entry of mcp_servers. Everything is borrowed from the conf. */
struct orch_server {
    const char *id;
    const char *name; /* unique */
    size_t place;     /* in the file, from 0 */
    enum mcp_dial_transport transport;
    int priority;               /* 1..999 */
    const char *url;            /* NULL for stdio */
    const char *const *argv;    /* NULL unless stdio: program and arguments */
    const char *const *env;     /* "NAME=value"; NULL-terminated */
    const char *const *headers; /* "Name: value"; NULL-terminated */
    uint64_t timeout_ms;
    const json_t *auth; /* object that passed the schema and the checks; NULL: none */
    uint64_t who; /* stands for the credentials: url, command, env, headers and auth together */
    const json_t *domains;      /* array of strings, or NULL: none */
    const json_t *capabilities; /* array of strings, or NULL: none */
};

/* A whole configuration; never changes once parsed, but for `older`. */
struct orch_conf {
    const struct orch_server *servers; /* in the order of the file */
    size_t server_count;
    uint64_t cache_ttl_ms;
    uint64_t revalidate_ms; /* stale_while_revalidate */
    uint64_t on_error_ms;   /* stale_on_error */
    size_t cache_max_bytes;
    struct orch_share_settings share; /* cache.* */
    unsigned long share_line;         /* where cache.backend stands in the file */
    unsigned long share_column;
    uint64_t idle_ms; /* health_interval */
    bool fail_fast;
    bool enable_logging;
    enum mcp_log_level log_level;
    unsigned max_retries;
    const json_t *effective; /* the file with all defaults; env and header values are "***" */
    struct orch_conf *older; /* for who keeps several; NULL at first */
};

/*
 * Parse and check.
 *
 *   in      text  YAML, at most ORCH_MAX_CONFIG_BYTES
 *           file  its name, for messages
 *           envp  NAME=value, NULL-terminated: what ${NAME} is replaced by
 *   out     *out_problems  may be NULL; on SCHEMA a new array of {"line", "column", "pointer",
 *                          "message"} in the order of the file, at most 32
 *   errors  SYNTAX, LIMIT, UNSUPPORTED, SCHEMA (an unset variable too);
 *           err->where is "file:line:column"
 *   thread  any
 */
enum mcp_code orch_conf_parse(struct mcp_str text, const char *file, char *const *envp,
                              struct orch_conf **out_conf, json_t **out_problems,
                              struct mcp_err *err) MCP_CHECK;
void orch_conf_free(struct orch_conf *conf);
void orch_conf_freep(struct orch_conf **conf);

/* As the configuration spells it: "sse". */
const char *orch_transport_name(enum mcp_dial_transport transport);

#endif
