/* SPDX-License-Identifier: MIT */
/* client_core.h - what the parts of the client engine share. Layer: client. Includes: json. */
#ifndef MCP_CLIENT_CORE_H
#define MCP_CLIENT_CORE_H

#include "client/pending.h"
#include "mcp/client.h"

enum mcp_client_state {
    MCP_CLIENT_IDLE,       /* not connected yet */
    MCP_CLIENT_CONNECTING, /* initialize is in flight */
    MCP_CLIENT_READY,
    MCP_CLIENT_DOWN /* for good */
};

struct mcp_client {
    struct mcp_link *link;
    struct mcp_link_events events;
    struct mcp_client_options options; /* defaults filled in; the texts below */
    char *name;
    char *version;
    json_t *capabilities; /* object */
    enum mcp_client_state state;
    bool is_link_started; /* and not stopped */
    struct mcp_pending *pending;
    uint64_t ignored;
    mcp_reply_fn *on_connected; /* of the connect in flight */
    void *connect_user;
    enum mcp_version agreed;
    struct mcp_err down;       /* why the link went down */
    json_t *initialize_result; /* NULL before it came */
};

/* A request in flight: the payload of `pending`. */
struct mcp_client_request {
    mcp_reply_fn *on_done;
    void *user;
    uint64_t timeout_ms; /* for the message */
    bool is_handshake;   /* initialize: must not be cancelled on the wire */
    char method[MCP_CLIENT_MAX_METHOD_BYTES + 1];
};

/* What to send; `params` is borrowed and may be NULL. */
struct mcp_client_outgoing {
    const char *method;
    const json_t *params;
    uint64_t deadline_ms;
    uint64_t timeout_ms;
    bool is_handshake;
};

enum mcp_code mcp_client_core_check_ready(const struct mcp_client *client,
                                          struct mcp_err *err) MCP_CHECK; /* STATE */

uint64_t mcp_client_add_ms(uint64_t now_ms, uint64_t more_ms); /* saturating */

/* Put a request in flight and send it; the same promises as mcp_client_request. */
uint64_t mcp_client_core_request(struct mcp_client *client,
                                 const struct mcp_client_outgoing *outgoing, mcp_reply_fn *on_done,
                                 void *user);

enum mcp_code mcp_client_core_notify(struct mcp_client *client, const char *method,
                                     const json_t *params, struct mcp_err *err) MCP_CHECK;

/* End a request that was taken out of `pending`; both release it. */
void mcp_client_core_fail(struct mcp_client_request *request, const struct mcp_err *cause);
void mcp_client_core_answer(struct mcp_client_request *request, const struct mcp_reply *reply);

/* End every request in flight with `cause`. */
void mcp_client_core_fail_all(struct mcp_client *client, const struct mcp_err *cause);

void mcp_client_core_stop_link(struct mcp_client *client);

/* The events of the link; user is the client. */
void mcp_client_core_listen(struct mcp_client *client);

#endif
