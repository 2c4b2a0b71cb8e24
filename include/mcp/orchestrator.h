/* SPDX-License-Identifier: MIT */
/* orchestrator.h - many MCP servers behind one set of calls. Layer: orchestrator. Includes: json.
 */
#ifndef MCP_ORCHESTRATOR_H
#define MCP_ORCHESTRATOR_H

#include "mcp/json.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Ceilings. Reaching one is an error that names it, never a silently short answer. */
enum {
    ORCH_MAX_SERVERS = 1000,            /* in one configuration file */
    ORCH_MAX_CONFIG_BYTES = 256 * 1024, /* of the file */
    ORCH_MAX_RESOURCES = 10000,         /* listed by one server */
    ORCH_MAX_SERVER_MIB = 256,          /* of content read from one server in one fetch */
    ORCH_READS_IN_FLIGHT = 8,           /* per server */
    ORCH_MAX_CACHED = 2 * ORCH_MAX_SERVERS
};

/* What kind of failure, for a program; the document's exception classes, one each. */
enum orch_error_kind {
    ORCH_E_NONE = 0,
    ORCH_E_CONFIGURATION,  /* the file is missing, malformed or outside its bounds */
    ORCH_E_CONNECTION,     /* servers could not be reached and fail_fast is true */
    ORCH_E_NO_SERVER,      /* none is configured, or none could be reached */
    ORCH_E_RESOURCE_FETCH, /* resources could not be listed or read */
    ORCH_E_TOOL_CALL,      /* no server has the tool, or the call did not come back */
    ORCH_E_OTHER           /* memory, or the call came while the object was being closed */
};

/*
 * A failure, for a program and for a person. Start with ORCH_ERROR_INIT; deinit frees the context.
 *
 *   err      code, place and one line
 *   context  owned; NULL, or an object. {"servers": [{"id", "name", "error", "code"}, ...]} names
 *            every server that failed and why; {"problems": [{"line", "column", "pointer",
 *            "message"}, ...]} names everything that is wrong in the file
 */
struct orch_error {
    enum orch_error_kind kind;
    struct mcp_err err;
    json_t *context;
};

#define ORCH_ERROR_INIT                                                                            \
    { ORCH_E_NONE, {MCP_OK, 0, "", "", NULL, 0}, NULL }

void orch_error_deinit(struct orch_error *error); /* safe on a zeroed struct, and twice */

/* "configuration", "connection", "no_server", "resource_fetch", "tool_call", "other", "none". */
const char *orch_error_kind_name(enum orch_error_kind kind);

/* {"kind", "code", "where", "message", "context"}; NULL when memory is short. */
json_t *orch_error_to_json(const struct orch_error *error);

/* What happens inside, for a log or a progress line. Views live until the callback returns. */
enum orch_event_kind {
    ORCH_EV_CONNECTING,    /* an attempt begins; detail: where to */
    ORCH_EV_CONNECTED,     /* detail: revision and transport in use */
    ORCH_EV_RETRYING,      /* an attempt failed, another follows; detail: the cause */
    ORCH_EV_CONNECT_ENDED, /* no attempt follows; detail: the cause */
    ORCH_EV_DISCONNECTED,  /* a live connection was lost; detail: the cause */
    ORCH_EV_FETCHING,      /* list and read begin */
    ORCH_EV_FETCHED,       /* everything was read; detail: how much */
    ORCH_EV_FETCH_FAILED,  /* some or all of it was not; detail: the cause */
    ORCH_EV_CHANGED,       /* the server announced a change; its cache entry was dropped */
    ORCH_EV_AUTHORIZE,     /* a person must open a URL in a browser: detail */
    ORCH_EV_IGNORED,       /* it sent something that is no MCP message; detail: what is wrong */
    ORCH_EV_CACHE_DOWN,    /* of no server: the shared cache cannot be used, memory is; detail:
                              which, and the cause */
    ORCH_EV_CACHE_UP       /* of no server: it can be used again; detail: which */
};

struct orch_event {
    enum orch_event_kind kind;
    const char *server_id;   /* "" when it is of none */
    const char *server_name; /* "" when it is of none */
    const char *detail;      /* one line; "" when there is nothing to add */
};

/* Called on a thread of ours with no lock held; must not call back into the orchestrator. */
typedef void(orch_event_fn)(const struct orch_event *event, void *user);

/*
 * Connections to every server of one configuration file, and a cache of what they hold.
 *
 *   thread  every function but orch_free may be called from several threads at once; callers that
 *           want the same thing at the same time share one fetch
 *   cost    one I/O thread for all servers; nothing is logged, printed or exited
 */
struct orch;

/*
 * Create; nothing is read or opened yet.
 *
 *   in      config_path  copied; NULL: "resources/mcp_config.yaml"
 *   errors  OTHER  NOMEM
 */
enum mcp_code orch_new(const char *config_path, struct orch **out_orch,
                       struct orch_error *error) MCP_CHECK;
void orch_free(struct orch *orch); /* closes first; NULL is a no-op; no other call may be running */
void orch_freep(struct orch **orch);

/* Before the first call that connects. NULL: nobody listens. */
void orch_observe(struct orch *orch, orch_event_fn *on_event, void *user);

/* From now on fail_fast counts as false, whatever the file says: for who wants to see all there is.
 */
void orch_tolerate_failures(struct orch *orch);

/* The same, and initialize waits for no server, so that it succeeds although none, or none at all,
 * can be reached: for who runs for long, as all are connected to in the background, again and
 * again. Before initialize. */
void orch_stay_open(struct orch *orch);

/*
 * Read, validate and keep the configuration; a later call reads the file again. While connected it
 * fails with STATE: close first.
 *
 *   errors  CONFIGURATION  err.where is "mcp_config.yaml:12:5"; every problem is in the context
 */
enum mcp_code orch_load_configuration(struct orch *orch, struct orch_error *error) MCP_CHECK;

/*
 * Read the configuration file again and go over to it while calls go on. Only servers whose entry
 * changed are touched: those that were removed, or are reached in another way (transport, url,
 * command, args, env, headers), are closed, and what was cached of them goes; those that are new,
 * or reached in another way, are connected to in the background. Any other change (name, priority,
 * domains, capabilities, timeout, settings) leaves the connection, and what is cached, as it is.
 * Requests under way to a server that is closed end with CANCELLED, and a gather names it as
 * missing. While not connected it is the same as orch_load_configuration.
 *
 *   out     *out_changes  may be NULL; else a new object {"added", "removed", "reconnected",
 *                         "updated": arrays of ids, "kept": how many, "settings": bool}
 *   errors  CONFIGURATION  as load; the running configuration stays
 *           OTHER          NOMEM; LIMIT more than ORCH_MAX_SERVERS servers of before are still
 *                          being closed or in use: try again later; the running configuration
 *                          stays
 *   cost    waits for no server
 */
enum mcp_code orch_reload(struct orch *orch, json_t **out_changes,
                          struct orch_error *error) MCP_CHECK;

/* A new object: the configuration with every default filled in; values of `env` and `headers`
 * are "***". errors: CONFIGURATION, as load, when nothing was loaded yet. */
enum mcp_code orch_get_configuration(struct orch *orch, json_t **out_configuration,
                                     struct orch_error *error) MCP_CHECK;

/*
 * Load the configuration unless it is loaded, and connect to every server at once.
 *
 * Each server has its own `timeout` for all of its attempts together (the first and at most
 * max_retries more, with jittered backoff): one that hangs delays nobody but whoever waits for it.
 * Already initialized: OK at once. Callers that arrive meanwhile share the outcome.
 *
 *   errors  CONFIGURATION  as load
 *           CONNECTION     fail_fast, and at least one server failed: the context names each, and
 *                          nothing is left open
 *           NO_SERVER      none is configured, or none could be reached; nothing is left open
 */
enum mcp_code orch_initialize(struct orch *orch, struct orch_error *error) MCP_CHECK;

/*
 * Everything every server holds, from the cache where it is fresh. Initializes when needed; a
 * server that is not connected is connected to again (one attempt, within its timeout, unless this
 * very call has just tried). All pages of the list are followed. Listing and reading one server
 * takes at most its `timeout`. A server that keeps failing is left alone for a while (its breaker
 * is open): it is missing at once. Servers that are down are connected to again in the background.
 *
 *   out     *out_resources  a new object, yours to change, in priority order:
 *             {"<display name>": {"priority": 1, "domains": [...], "capabilities": [...],
 *                                 "resources": {"<resource name>": <value>, ...},
 *                                 "errors": [{"name", "uri", "error", "code"}, ...]}}
 *             <value> is the parsed JSON when the content is JSON, a string for other text,
 *             {"blob": "<base64>", "mimeType": "..."} for bytes. A resource with several contents
 *             is an array of {"uri", "value"}. When two resources of one server share a name the
 *             first keeps it and the others are keyed by their URI. "errors" is there only when
 *             something could not be read, and names it.
 *           *out_missing    may be NULL; else a new array, empty when the answer is complete and
 *             fresh: {"id", "name", "state", "error", "code"} with state "missing" for each server
 *             that is absent from the answer; "failed", with "uri" and "resource" too, for each
 *             single resource that is; "stale", with "age_ms" too, for each server whose part was
 *             read earlier and could not be read again, or (code "OK") is being read again
 *   errors  as initialize
 *           RESOURCE_FETCH  fail_fast, and something is missing: the context is {"servers": as
 *                           out_missing}
 *           NO_SERVER       nothing could be had from any server
 */
enum mcp_code orch_gather_all_resources(struct orch *orch, json_t **out_resources,
                                        json_t **out_missing, struct orch_error *error) MCP_CHECK;

/*
 * The resources of the best server for a domain: the first by priority (then by place in the file)
 * among those connected, falling to the next on failure, and last to those that are not connected.
 *
 *   in      domain  exact and case-sensitive; "sales.*" is everything below sales, "*" everything.
 *                   An entry of the file may have these forms too
 *   out     *out_resources  a new object, {"<resource name>": <value>}; empty when no server has
 *                           this domain
 *           *out_missing    as in gather: better servers that failed or are not connected, each
 *                           with "instead", the display name of the one that answered; resources
 *                           not read
 *   errors  as initialize
 *           RESOURCE_FETCH  servers have the domain and each one failed
 */
enum mcp_code orch_get_resources_for_domain(struct orch *orch, const char *domain,
                                            json_t **out_resources, json_t **out_missing,
                                            struct orch_error *error) MCP_CHECK;

/*
 * One resource by URI. Servers known to list it are asked first, then the others by priority until
 * one has it (a template may hold it); nothing is cached.
 *
 *   out     *out_result  a new object, {"server": "<display name>", "contents": [...]}, the
 *                        contents as the protocol has them
 *   errors  as initialize
 *           RESOURCE_FETCH  no server has it, or it could not be read; the context says what each
 *                           server answered
 */
enum mcp_code orch_read_resource(struct orch *orch, const char *uri, json_t **out_result,
                                 struct orch_error *error) MCP_CHECK;

/*
 * Call a tool on the first server by priority that lists it. Tried once: a call may have effects.
 *
 *   in      arguments  an object; NULL: {}
 *   out     *out_result  a new object, {"server": "<display name>", "result": {...}}; a tool that
 *                        failed says so in result.isError
 *   errors  as initialize
 *           TOOL_CALL  no server lists it, or the call failed
 */
enum mcp_code orch_call_tool(struct orch *orch, const char *tool, const json_t *arguments,
                             json_t **out_result, struct orch_error *error) MCP_CHECK;

/*
 * List the tools of each connected server whose `capabilities` name a tool, so that the status can
 * say whether it has it. A server that fails is left unchecked.
 *
 *   errors  as initialize
 */
enum mcp_code orch_learn_tools(struct orch *orch, struct orch_error *error) MCP_CHECK;

/*
 * What is known now; asks nobody.
 *
 *   out  *out_status  a new object: {"initialized", "servers": [{"id", "name", "connected",
 *        "priority", "domains", "error", "transport", "url" or "command", "protocol_version",
 *        "last_connected", "changed_at", "error_at", "last_error", "child_pid", "capabilities":
 * {"expected", "declared", "missing", "unchecked"}}, ...] in priority order: missing is what the
 * file expects and the server does not offer, unchecked are names of tools while its tools are not
 * known (see orch_learn_tools); "error" and "error_at" are null while it is connected, "last_error"
 * is {"error", "code", "at"} of the last failure ever (a request's too); each also has "requests",
 * "refusals" (JSON-RPC errors), "failures", "retries", "latency_ms": {"p50", "p99"} of the last 5
 * to 10 minutes, "breaker": {"state": "closed", "open" or "half-open", "reason": "failures" or
 * "crash loop", "failures_in_a_row", "short_lives_in_a_row", "retry_in_ms"}, "cache": {"hits",
 * "misses", "stale", "resources" and "tools": {"age_ms", "ttl_ms", "is_stale", "scope", "bytes",
 * "hits"}}, "stderr_tail"; "cache_stats": null before the configuration is loaded, else {"hits",
 * "misses", "evictions", "total_requests", "hit_rate": "66.67%", "cached_items", "cached_bytes",
 *        "stale", "backend": "memory" or "redis", "shared": null, or {"where", "state": "starting",
 *        "up" or "down", "since", "last_error": null or {"error", "at"}, "hits", "misses",
 *        "stored"}}}; what is not known
 *        is null, times are RFC 3339 in UTC
 */
enum mcp_code orch_get_status(struct orch *orch, json_t **out_status,
                              struct orch_error *error) MCP_CHECK;

/*
 * Forget what is cached of one server (id or display name), or of all when NULL. A fetch under way
 * is not shared with later callers and does not fill the cache. Returns how many entries went.
 */
size_t orch_invalidate(struct orch *orch, const char *server);

/* Close every connection; calls under way end with CANCELLED. The configuration stays, and
 * initialize works again. The cache is emptied. */
void orch_close(struct orch *orch);

#ifdef __cplusplus
}
#endif

#endif
