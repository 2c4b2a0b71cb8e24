/* SPDX-License-Identifier: MIT */
/* dial.h - connect to servers over stdio, HTTP+SSE and Streamable HTTP. Layer: dial. Includes:
 * client. */
#ifndef MCP_DIAL_H
#define MCP_DIAL_H

#include "mcp/client.h"

#ifdef __cplusplus
extern "C" {
#endif

enum mcp_dial_transport {
    MCP_DIAL_AUTO, /* URL: Streamable HTTP, falling back to HTTP+SSE; command: stdio */
    MCP_DIAL_STDIO,
    MCP_DIAL_SSE, /* HTTP+SSE of 2024-11-05 */
    MCP_DIAL_STREAMABLE
};

struct mcp_authorizer; /* see authorizer.h */

/* One server. Texts are copied. */
struct mcp_dial_target {
    enum mcp_dial_transport transport;
    const char *url;            /* http or https; NULL for stdio */
    const char *const *argv;    /* stdio: program (absolute, or a name in PATH) and arguments */
    const char *const *env;     /* stdio: NAME=value added to HOME LOGNAME PATH SHELL TERM USER */
    const char *const *headers; /* HTTP: "Name: value", NULL-terminated; or NULL */
    const char *bearer;         /* HTTP: token, or NULL */
    struct mcp_authorizer *authorizer; /* HTTP: gets tokens for this server; NULL: nobody does */
    const char *ca_file;               /* HTTPS: own CA bundle, or NULL */
    uint64_t connect_timeout_ms;       /* 0: 5,000 */
    size_t max_message_bytes;          /* 0: 64 MiB */
};

/*
 * One I/O thread for every connection: curl multi, child pipes, timers.
 *
 * HTTP goes through the proxies of the environment as curl documents it: http_proxy (lower case
 * only), https_proxy, all_proxy, no_proxy, as they are when the loop is made. This machine
 * (localhost, 127.0.0.0/8, ::1) never does. What is dialled through a proxy counts as a server of
 * the public internet unless its URL names a private address.
 *
 *   thread  the functions taking a loop may be called from any thread; callbacks run on its own
 */
struct mcp_loop;

/* errors: IO no descriptor or thread; LIMIT a variable of the environment; NOMEM */
enum mcp_code mcp_loop_new(struct mcp_loop **out_loop, struct mcp_err *err) MCP_CHECK;

/* Closes every connection that is left, reaps their children, joins. Not from the loop's thread;
 * no dial of this loop may be used, or freed, afterwards. */
void mcp_loop_free(struct mcp_loop *loop);

/* Run fn(user) on the loop's thread, in order. errors: NOMEM, STATE when stopping. */
enum mcp_code mcp_loop_post(struct mcp_loop *loop, void (*fn)(void *user), void *user,
                            struct mcp_err *err) MCP_CHECK;

/* Run fn(user) once after delay_ms. Returns a timer id for cancel; 0 when memory is refused. Loop
 * thread only. */
uint64_t mcp_loop_after(struct mcp_loop *loop, uint64_t delay_ms, void (*fn)(void *user),
                        void *user);
void mcp_loop_cancel_timer(struct mcp_loop *loop, uint64_t timer);

/* A connection: target, link and client in one. What a server turned out to be (its era, and which
 * HTTP transport) is remembered by the loop for the next connection to it, and forgotten when one
 * fails. */
struct mcp_dial;

/*
 * Create; nothing is opened yet. `options` as for mcp_client_new; its callbacks run on the loop. A
 * dial is one connection: when it is down, close it and make another.
 *
 *   errors  INVALID    a target that cannot be dialled: scheme, user name, header, relative command
 *           NOT_FOUND  no such command
 *           DENIED     the command is not a program, or everybody may change it
 *           NOMEM
 *   thread  any
 */
enum mcp_code mcp_dial_new(struct mcp_loop *loop, const struct mcp_dial_target *target,
                           const struct mcp_client_options *options, struct mcp_dial **out_dial,
                           struct mcp_err *err) MCP_CHECK;

/* Orderly end (session DELETE, child ladder), then release. From any thread but a callback's;
 * blocks until the loop has let go of it. Pending requests end with CANCELLED. */
void mcp_dial_free(struct mcp_dial *dial);

/*
 * The same without waiting, from any thread, a callback's included: who has many connections ends
 * them all at once. The dial must not be used any more; its callbacks may still come (pending
 * requests end with CANCELLED, on_down does not come) until on_closed, which runs on the loop when
 * nothing of the dial is left. `on_closed` may be NULL.
 */
void mcp_dial_close(struct mcp_dial *dial, void (*on_closed)(void *user), void *user);

/* The engine, for asynchronous use on the loop's thread. */
struct mcp_client *mcp_dial_client(struct mcp_dial *dial);

/*
 * Asynchronous forms that may be called from any thread. on_done runs on the loop, exactly once; on
 * the calling thread only when memory for the call is refused. `params` is copied. What the reply
 * holds is the loop's: another thread must be given a deep copy, as a reference count of jansson's
 * does not order the two threads.
 */
void mcp_dial_connect(struct mcp_dial *dial, uint64_t timeout_ms, mcp_reply_fn *on_done,
                      void *user);
void mcp_dial_request(struct mcp_dial *dial, const char *method, const json_t *params,
                      uint64_t timeout_ms, mcp_reply_fn *on_done, void *user);
void mcp_dial_list(struct mcp_dial *dial, const char *method, const char *key, uint64_t timeout_ms,
                   mcp_reply_fn *on_done, void *user);

/*
 * Blocking forms, not from the loop's thread (a callback). *out_result is a new reference. A
 * JSON-RPC error is PEER: err->what holds its message, *out_error (may be NULL) the error object, a
 * new reference.
 */
enum mcp_code mcp_dial_connect_wait(struct mcp_dial *dial, uint64_t timeout_ms,
                                    struct mcp_err *err) MCP_CHECK;
enum mcp_code mcp_dial_request_wait(struct mcp_dial *dial, const char *method, const json_t *params,
                                    uint64_t timeout_ms, json_t **out_result, json_t **out_error,
                                    struct mcp_err *err) MCP_CHECK;
enum mcp_code mcp_dial_list_wait(struct mcp_dial *dial, const char *method, const char *key,
                                 uint64_t timeout_ms, json_t **out_result,
                                 struct mcp_err *err) MCP_CHECK;

/* mcp_client_watch from any thread. */
enum mcp_code mcp_dial_watch(struct mcp_dial *dial, const struct mcp_client_changes *changes,
                             struct mcp_err *err) MCP_CHECK;

/* What is known of the connection now, for status. The tail is the child's last stderr lines. */
struct mcp_dial_state {
    bool is_ready;
    enum mcp_dial_transport transport; /* the one in use */
    enum mcp_version version;
    long child_pid; /* 0: none */
    char stderr_tail[1024];
};
void mcp_dial_describe(struct mcp_dial *dial, struct mcp_dial_state *out_state);

#ifdef __cplusplus
}
#endif

#endif
