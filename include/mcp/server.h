/* SPDX-License-Identifier: MIT */
/* server.h - the MCP server engine, without a transport. Layer: server. Includes: wire protocol. */
#ifndef MCP_SERVER_H
#define MCP_SERVER_H

#include "mcp/feature.h"
#include "mcp/http_text.h"
#include "mcp/outlet.h"

#ifdef __cplusplus
extern "C" {
#endif

struct mcp_server;

/* Runs `job(arg)` soon on another thread. errors: LIMIT the queue is full; STATE stopping. */
struct mcp_executor {
    enum mcp_code (*submit)(void *user, void (*job)(void *arg), void *arg, struct mcp_err *err);
    void *user;
};

/* Zero means the default. Texts are borrowed and must outlive the server. */
struct mcp_server_options {
    const char *name;         /* serverInfo.name; required */
    const char *title;        /* NULL: none */
    const char *version;      /* serverInfo.version; required */
    const char *instructions; /* NULL: none */
    const char *description;  /* serverInfo.description; NULL: none */
    const char *website_url;  /* NULL: none */
    struct mcp_icons icons;
    size_t page_size;         /* items per list page; 100 */
    size_t max_sessions;      /* 1000 */
    uint64_t session_idle_ms; /* a legacy session without traffic or stream ends; 1,800,000 */
    uint64_t session_age_ms;  /* it ends whatever happens; 86,400,000. Never on stdio */
    size_t max_inflight_per_session; /* requests being answered; 64 */
    size_t max_inflight;             /* in all; 1024 */
    size_t max_subscriptions;        /* resources/subscribe per session; 1000 */
    size_t max_batch;                /* messages in a 2025-03-26 batch; 50 */
    size_t request_memory_bytes;     /* parsed form of one message; 32 MiB */
    uint64_t input_timeout_ms;       /* a client has to answer what a handler asks; 600,000 */
    const unsigned char *state_key;  /* 32 bytes that seal what modern clients carry, the same in
                                        all processes that serve them; NULL: random, this process's
                                        own. Copied */
    int64_t list_ttl_ms; /* how long modern clients may keep lists and discovery; 60,000 */

    /* A tool's answer did not keep what its output_schema promises, and its caller got an error
     * instead (mcp/feature.h): for the log. why->where: "/structuredContent/rows/0". Runs on the
     * thread that answers, must be quick and use nothing of the server. NULL: nobody is told. */
    void (*on_broken_promise)(void *user, const char *tool, const struct mcp_err *why);
    void *on_broken_promise_user;
};

enum mcp_code mcp_server_new(const struct mcp_server_options *options,
                             struct mcp_server **out_server, struct mcp_err *err) MCP_CHECK;
void mcp_server_free(struct mcp_server *server); /* after stop; no call may be in flight */

/* Registration, before start. Rows are copied, what they point to is borrowed.
 * errors: EXISTS the name or URI is taken; INVALID; SCHEMA a tool's schema does not compile. */
enum mcp_code mcp_server_add_tool(struct mcp_server *server, const struct mcp_tool *tool,
                                  struct mcp_err *err) MCP_CHECK;
enum mcp_code mcp_server_add_resource(struct mcp_server *server,
                                      const struct mcp_resource *resource,
                                      struct mcp_err *err) MCP_CHECK;
enum mcp_code mcp_server_add_template(struct mcp_server *server,
                                      const struct mcp_resource_template *template_,
                                      struct mcp_err *err) MCP_CHECK;
enum mcp_code mcp_server_add_prompt(struct mcp_server *server, const struct mcp_prompt *prompt,
                                    struct mcp_err *err) MCP_CHECK;

/* MCP_ON_WORKER handlers go to `executor` (copied); without one they run inline. Before start. */
void mcp_server_set_executor(struct mcp_server *server, const struct mcp_executor *executor);

/* Freeze registrations; from now on any thread may call the functions below. */
enum mcp_code mcp_server_start(struct mcp_server *server, struct mcp_err *err) MCP_CHECK;

/* How a message came. */
enum mcp_carrier {
    MCP_CARRIER_STDIO,     /* one implicit session for the life of the process */
    MCP_CARRIER_SSE,       /* HTTP+SSE of 2024-11-05: the session is the event stream */
    MCP_CARRIER_STREAMABLE /* one endpoint, session named by header after initialize */
};

/*
 * What the sender of an arrival may do, asked of each of its messages before anything is done about
 * one: a single message that is not allowed refuses the arrival (FORBIDDEN). During receive, on
 * its thread.
 *
 *   in  method  as sent; known or not
 *       name    the tool, prompt or URI a request is about; empty: none
 */
struct mcp_gate {
    bool (*allows)(void *user, struct mcp_str method, struct mcp_str name); /* NULL: everything */
    void *user;
};

/* One frame from a peer. Everything is borrowed for the duration of the receive. */
struct mcp_arrival {
    struct mcp_str body; /* a JSON-RPC message or batch */
    enum mcp_carrier carrier;
    const struct mcp_http_head *http; /* NULL on stdio */
    struct mcp_str session_id;        /* from the transport; empty: none given */
    struct mcp_str principal;         /* authenticated caller; empty: none */
    const struct mcp_gate *gate;      /* NULL: it may do everything */
    uint64_t now_ms;
};

/*
 * The one door. Takes `outlet` until its end is called: before return for what is answered inline,
 * later and from another thread otherwise. Every way out ends the outlet exactly once. Nothing to
 * answer: begin(ACCEPTED), end.
 */
void mcp_server_receive(struct mcp_server *server, const struct mcp_arrival *arrival,
                        struct mcp_outlet *outlet);

/*
 * Create a session before the peer has spoken (stdio, HTTP+SSE). out_id: 32 hex digits and a NUL.
 * errors: LIMIT max_sessions; STATE stopping; IO no randomness.
 */
enum mcp_code mcp_server_open_session(struct mcp_server *server, enum mcp_carrier carrier,
                                      struct mcp_str principal, uint64_t now_ms, char out_id[33],
                                      struct mcp_err *err) MCP_CHECK;

/* MCP_OK when `id` is a live session of this principal; NOT_FOUND otherwise. Counts as traffic. */
enum mcp_code mcp_server_check_session(struct mcp_server *server, struct mcp_str id,
                                       struct mcp_str principal, uint64_t now_ms,
                                       struct mcp_err *err) MCP_CHECK;

/* The revision a live session speaks, NONE before initialize. Does not count as traffic. For a
 * transport that keeps something per session. errors: NOT_FOUND. */
enum mcp_code mcp_server_session_version(struct mcp_server *server, struct mcp_str id,
                                         enum mcp_version *out_version,
                                         struct mcp_err *err) MCP_CHECK;

/*
 * Give a session its standalone stream: notifications that belong to no request go there.
 * On success the outlet is taken until its end; on failure it stays the caller's.
 * errors: NOT_FOUND; EXISTS the session already has one.
 */
enum mcp_code mcp_server_attach(struct mcp_server *server, struct mcp_str session_id,
                                struct mcp_str principal, struct mcp_outlet *outlet,
                                struct mcp_err *err) MCP_CHECK;

/* The peer behind this outlet left. Cancels its call where that is the protocol (modern), detaches
 * a standalone stream. end still follows, exactly once. */
void mcp_server_outlet_gone(struct mcp_server *server, struct mcp_outlet *outlet);

/* DELETE, or the event stream closed: cancel its calls, end its stream. NOT_FOUND when unknown. */
enum mcp_code mcp_server_end_session(struct mcp_server *server, struct mcp_str id,
                                     struct mcp_str principal, struct mcp_err *err) MCP_CHECK;

/* Told to those who subscribed or whose revision lets them listen. */
void mcp_server_resource_changed(struct mcp_server *server, const char *uri);

/*
 * Tell of a template's resources: those who subscribed to a URI that is read through it are told
 * when `is_changed` says so of it. `values` as in mcp_template_read_fn.
 *
 *   cost    O(subscriptions); when memory is refused nobody is told
 */
typedef bool(mcp_changed_fn)(const char *uri, const json_t *values, void *user);
void mcp_server_template_changed(struct mcp_server *server, const char *uri_template,
                                 mcp_changed_fn *is_changed, void *user);

void mcp_server_resource_list_changed(struct mcp_server *server);
void mcp_server_tool_list_changed(struct mcp_server *server);
void mcp_server_prompt_list_changed(struct mcp_server *server);

/* Expire idle sessions; call about once a second. */
void mcp_server_tick(struct mcp_server *server, uint64_t now_ms);

/* Refuse new work (UNAVAILABLE), cancel calls, end standalone streams. Calls that are still being
 * answered end their outlets as they return; in_flight tells how many. */
void mcp_server_stop(struct mcp_server *server);
bool mcp_server_is_stopping(const struct mcp_server *server);

struct mcp_server_counts {
    size_t sessions, streams, in_flight, subscriptions;
    uint64_t requests, errors; /* since start */
};
void mcp_server_count(struct mcp_server *server, struct mcp_server_counts *out_counts);

/* Append what was counted as Prometheus text 0.0.4, at most 64 KiB; docs/deployment.md has the
 * names. Any thread. */
#define MCP_SERVER_METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"
void mcp_server_write_metrics(struct mcp_server *server, struct mcp_buf *out);

#ifdef __cplusplus
}
#endif

#endif
