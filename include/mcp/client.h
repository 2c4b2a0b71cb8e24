/* SPDX-License-Identifier: MIT */
/* client.h - the MCP client engine, without a transport. Layer: client. Includes: wire protocol. */
#ifndef MCP_CLIENT_H
#define MCP_CLIENT_H

#include "mcp/json.h"
#include "mcp/link.h"
#include "mcp/version.h"

struct mcp_client;

/* Zero means the default. Texts are copied. */
struct mcp_client_options {
    const char *name;         /* clientInfo.name; required */
    const char *version;      /* clientInfo.version; required */
    enum mcp_version offer;   /* the newest legacy revision by default: see client.c */
    size_t max_in_flight;     /* requests awaiting an answer; 1024 */
    size_t max_message_bytes; /* one incoming message; 64 MiB */
    size_t max_pages;         /* of one list; 1000 */
    void (*on_notification)(void *user, const char *method, const json_t *params);
    void (*on_down)(void *user, const struct mcp_err *err); /* once */
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
    const struct mcp_err *err; /* NULL when code is OK */
};
typedef void(mcp_reply_fn)(const struct mcp_reply *reply, void *user);

/* Takes nothing: `link` must outlive the client. */
enum mcp_code mcp_client_new(const struct mcp_client_options *options, struct mcp_link *link,
                             struct mcp_client **out_client, struct mcp_err *err) MCP_CHECK;
void mcp_client_free(struct mcp_client *client); /* stops the link; pending requests: CANCELLED */

/* All functions below are called on the loop's thread (mcp_dial_post gets there). */

/* Start the link, initialize, notifications/initialized. on_done gets the initialize result. */
void mcp_client_connect(struct mcp_client *client, uint64_t now_ms, uint64_t timeout_ms,
                        mcp_reply_fn *on_done, void *user);

/*
 * One request. `params` is borrowed (NULL: none). on_done is called exactly once: answer, peer
 * error, TIMEOUT (and notifications/cancelled is sent), CANCELLED, or the link's failure.
 * Returns a token for cancel, 0 when on_done was already called.
 */
uint64_t mcp_client_request(struct mcp_client *client, const char *method, const json_t *params,
                            uint64_t now_ms, uint64_t timeout_ms, mcp_reply_fn *on_done,
                            void *user);
void mcp_client_cancel(struct mcp_client *client, uint64_t token);

/*
 * Follow every page of a list method. on_done's result is {key: [all items]}. A cursor seen
 * before, or more than max_pages, is PEER with the cause.
 */
void mcp_client_list(struct mcp_client *client, const char *method, const char *key,
                     uint64_t now_ms, uint64_t timeout_ms, mcp_reply_fn *on_done, void *user);

/* Expire deadlines; returns the next one (UINT64_MAX: none). */
uint64_t mcp_client_tick(struct mcp_client *client, uint64_t now_ms);

bool mcp_client_is_ready(const struct mcp_client *client);
enum mcp_version mcp_client_version(const struct mcp_client *client);
const json_t *mcp_client_server_info(const struct mcp_client *client);         /* NULL before */
const json_t *mcp_client_server_capabilities(const struct mcp_client *client); /* NULL before */

#endif
