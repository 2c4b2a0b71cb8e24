/* SPDX-License-Identifier: MIT */
/* client.h - the MCP client engine, without a transport. Layer: client. Includes: wire protocol. */
#ifndef MCP_CLIENT_H
#define MCP_CLIENT_H

#include "mcp/json.h"
#include "mcp/link.h"
#include "mcp/version.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * One connection to one server, from initialize to the end: requests with deadlines, many in
 * flight, answers in any order. A connection that is down stays down: make a new link and client.
 *
 * When a legacy server forgot the session (HTTP 404), a new one is begun, once for all requests:
 * those that may be done twice are sent again, once; what is asked meanwhile waits. A tools/call
 * that was refused for it ends with STATE, one under way with IO as it may have been done. The
 * connection is down when that fails, or when the new session is lost before anything was answered.
 * The server's log level is its default again.
 *
 *   time    given as an argument; mcp_client_tick expires deadlines
 *   thread  none: every function, and every callback, on the thread that drives the link
 */
struct mcp_client;

/* The two ways to begin: initialize and a session, or a self-contained message each time. */
enum mcp_client_era {
    MCP_ERA_AUTO,   /* ask the server: modern where it is spoken, else legacy */
    MCP_ERA_LEGACY, /* revisions up to 2025-11-25 */
    MCP_ERA_MODERN  /* 2026-07-28 */
};

enum {
    MCP_CLIENT_PROBE_MS = 3000, /* a pipe's server may be silent for so long before initialize */
    MCP_CLIENT_MAX_IN_FLIGHT = 1024,
    MCP_CLIENT_MAX_ASKS = 64,     /* of the server's, not answered yet */
    MCP_CLIENT_MAX_WATCHED = 256, /* resources to be told of */
    MCP_CLIENT_MAX_ROUNDS = 10,   /* times one request may come back with questions */
    MCP_CLIENT_MAX_MESSAGE_BYTES = 64 << 20,
    MCP_CLIENT_MAX_BATCH = 1000,       /* messages in one incoming array */
    MCP_CLIENT_PARSE_FACTOR = 4,       /* parsing may allocate max_message_bytes so many times, */
    MCP_CLIENT_PARSE_BYTES = 32 << 20, /* and these */
    MCP_CLIENT_MAX_METHOD_BYTES = 256  /* of a request of the caller's */
};

/*
 * Something the server asks: to fill in a form or open a URL (elicitation/create), to ask a model
 * (sampling/createMessage), or for the roots (roots/list). The same for both eras: a legacy server
 * sends a request, a modern one answers a request of ours with questions, and the request is sent
 * again with the answers when all of them are there.
 *
 *   owner   who was given it; answer or refuse releases it, exactly one of them, now or later
 *   thread  as the client
 */
struct mcp_ask;
typedef void(mcp_ask_fn)(void *user, struct mcp_ask *ask);

const char *mcp_ask_method(const struct mcp_ask *ask);
const json_t *mcp_ask_params(const struct mcp_ask *ask); /* object; lives as long as the ask */
bool mcp_ask_is_url(const struct mcp_ask *ask);          /* an elicitation in url mode */

/* Nobody waits for the answer any more: the request ended, or the server took it back. */
bool mcp_ask_is_stale(const struct mcp_ask *ask);

/*
 * The answer; `result` is taken, NULL is an allocation refused. An accepted form gets the defaults
 * of its schema for what it leaves out. What does not answer the question is refused for you:
 *
 *   elicitation  {"action": "accept" | "decline" | "cancel", "content"?}; content that meets
 *                requestedSchema for an accepted form, and only there
 *   sampling     {"role", "content", "model", "stopReason"?}
 *   roots        {"roots": [{"uri": "file://...", "name"?}]}
 *
 *   errors  SCHEMA       it is no such answer; the server, or who made the request, is told
 *           NOMEM
 *           CANCELLED    nobody waits any more
 */
enum mcp_code mcp_ask_answer(struct mcp_ask *ask, json_t *result, struct mcp_err *err);

/* No answer: `code` is that of a JSON-RPC error, such as -1 for a person who says no. A modern
 * request ends with DENIED, as its questions have no other way. */
void mcp_ask_refuse(struct mcp_ask *ask, int code, const char *message);

/* Zero means the default. Texts are copied. */
struct mcp_client_options {
    const char *name;           /* clientInfo.name; required */
    const char *version;        /* clientInfo.version; required */
    const json_t *capabilities; /* more of them, copied; those below are declared by themselves */
    /* Each one that is set is declared to the server; the others are refused for you. */
    mcp_ask_fn *on_form;       /* fill in a form */
    mcp_ask_fn *on_url;        /* open a URL, if the person agrees who sees it whole */
    mcp_ask_fn *on_sampling;   /* ask a model */
    mcp_ask_fn *on_roots;      /* name the roots */
    bool takes_sampling_tools; /* on_sampling knows `tools` and `toolChoice` */
    enum mcp_client_era era;   /* what to speak; found by asking by default */
    enum mcp_version offer;    /* legacy revision to offer; the newest one by default */
    uint64_t probe_timeout_ms; /* over a pipe, for the answer to the first question; 3,000 */
    size_t max_in_flight;      /* requests awaiting an answer; 1024 */
    size_t max_message_bytes;  /* one message, either way; 64 MiB */
    size_t max_pages;          /* of one list; 1000 */
    size_t max_items;          /* of one list; 100,000 */
    /* params is borrowed, NULL when there are none. */
    void (*on_notification)(void *user, const char *method, const json_t *params);
    /* A frame, or one message of a batch, was dropped: not JSON-RPC, too long, or the answer to no
     * request in flight (late, or never asked). For logs; may be NULL. */
    void (*on_ignored)(void *user, const struct mcp_err *err);
    /* What changed while the server could not tell is unknown: it tells again from now on. Also
     * after the session was begun anew. */
    void (*on_gap)(void *user);
    /* mcp_client_tick wants to be called now, as something is due that no request stands for. */
    void (*on_wake)(void *user);
    uint64_t jitter_seed; /* random bits, for waits before another try */
    /* The connection is gone. Once, and only after a connect that succeeded; the requests in
     * flight have been failed before. */
    void (*on_down)(void *user, const struct mcp_err *err);
    void *user;
};

/*
 * Answer of one request, on the loop's thread. Exactly one of: code OK and result (borrowed
 * object); an error in err. A JSON-RPC error is PEER with `rpc_error` {code, message, data?}.
 */
struct mcp_reply {
    enum mcp_code code;
    const json_t *result;
    const json_t *rpc_error;   /* NULL unless the peer answered with one */
    const struct mcp_err *err; /* NULL when code is OK; err->where is the method */
};
typedef void(mcp_reply_fn)(const struct mcp_reply *reply, void *user);

/* Takes nothing: `link` must outlive the client. errors: NOMEM; INVALID the offer is not legacy, or
 * a capability nobody answers for. */
enum mcp_code mcp_client_new(const struct mcp_client_options *options, struct mcp_link *link,
                             struct mcp_client **out_client, struct mcp_err *err) MCP_CHECK;

/* Before connect: what the server was the last time. LEGACY saves the question; a modern error
 * asks it after all. Nothing where `era` is not AUTO. */
void mcp_client_expect(struct mcp_client *client, enum mcp_client_era era);

/* After connect: what the server is, to be expected the next time. When it failed: LEGACY if a
 * pipe's server ended at a question it does not know, as some do; else AUTO, nothing. */
enum mcp_client_era mcp_client_verdict(const struct mcp_client *client);

/* Stops the link; pending requests: CANCELLED. Not from inside a callback. */
void mcp_client_free(struct mcp_client *client);

/*
 * Start the link and find out what the server speaks: server/discover, and where that is not known
 * initialize, over HTTP+SSE at last; then notifications/initialized if it is legacy. on_done gets
 * the result of discover or initialize, once; a modern server that does not know discover: {}.
 *
 *   errors  STATE        connected before
 *           UNSUPPORTED  no revision in common, or not of the era wanted
 *           PEER         it answers with an error, or not with an initialize result
 *           TIMEOUT CANCELLED NOMEM, and what the link fails with
 *           after any of them the link is stopped
 */
void mcp_client_connect(struct mcp_client *client, uint64_t now_ms, uint64_t timeout_ms,
                        mcp_reply_fn *on_done, void *user);

/*
 * One request. `params` is borrowed (NULL: none). on_done is called exactly once: answer, peer
 * error, TIMEOUT (and notifications/cancelled is sent), CANCELLED, or the link's failure.
 * Returns a token for cancel, 0 when on_done was already called.
 *
 *   errors  STATE  not connected    LIMIT  max_in_flight, or the message is too long
 */
uint64_t mcp_client_request(struct mcp_client *client, const char *method, const json_t *params,
                            uint64_t now_ms, uint64_t timeout_ms, mcp_reply_fn *on_done,
                            void *user);

/* on_done is called with CANCELLED and the server is told; nothing when it was answered. */
void mcp_client_cancel(struct mcp_client *client, uint64_t token);

/* One notification; `params` is borrowed (NULL: none). errors: STATE LIMIT NOMEM, the link's. */
enum mcp_code mcp_client_notify(struct mcp_client *client, const char *method, const json_t *params,
                                struct mcp_err *err) MCP_CHECK;

/*
 * Follow every page of a list method; timeout_ms bounds all of them together. on_done's result is
 * {key: [all items]}. A cursor seen before, or more than max_pages or max_items, is PEER.
 */
void mcp_client_list(struct mcp_client *client, const char *method, const char *key,
                     uint64_t now_ms, uint64_t timeout_ms, mcp_reply_fn *on_done, void *user);

/* What to be told of, by on_notification. */
struct mcp_client_changes {
    bool tools; /* the lists */
    bool prompts;
    bool resources;
    /* The contents of these resources (notifications/resources/updated), NULL at the end, copied;
     * NULL: of none. */
    const char *const *uris;
};

/*
 * Be told of changes, as far as the server tells of any. A modern server is asked with
 * subscriptions/listen, and again after a drop, with growing waits; a legacy one tells of its lists
 * of its own accord, and is asked with resources/subscribe for each resource, again in each new
 * session. A server that refuses is told of by on_ignored. Replaces what was asked for before.
 *
 *   errors  STATE    not connected
 *           LIMIT    more than MCP_CLIENT_MAX_WATCHED resources
 *           INVALID  a URI that is not UTF-8
 *           NOMEM
 *           what was asked for before stays, then
 */
enum mcp_code mcp_client_watch(struct mcp_client *client, const struct mcp_client_changes *changes,
                               struct mcp_err *err) MCP_CHECK;

/* Expire deadlines; returns the next one (UINT64_MAX: none). */
uint64_t mcp_client_tick(struct mcp_client *client, uint64_t now_ms);

bool mcp_client_is_ready(const struct mcp_client *client);
size_t mcp_client_in_flight(const struct mcp_client *client); /* what watch opens not counted */
uint64_t mcp_client_ignored(const struct mcp_client *client); /* frames dropped since the start */
enum mcp_version mcp_client_version(const struct mcp_client *client);
const json_t *mcp_client_server_info(const struct mcp_client *client);         /* NULL before */
const json_t *mcp_client_server_capabilities(const struct mcp_client *client); /* NULL before */
const char *mcp_client_instructions(const struct mcp_client *client);          /* "" when none */

#ifdef __cplusplus
}
#endif

#endif
