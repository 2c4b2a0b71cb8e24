/* SPDX-License-Identifier: MIT */
/* client_core.h - what the parts of the client engine share. Layer: client. Includes: json. */
#ifndef MCP_CLIENT_CORE_H
#define MCP_CLIENT_CORE_H

#include "client/backoff.h"
#include "client/era_probe.h"
#include "client/pending.h"
#include "mcp/client.h"

enum mcp_client_state {
    MCP_CLIENT_IDLE,       /* not connected yet */
    MCP_CLIENT_CONNECTING, /* the handshake is under way */
    MCP_CLIENT_READY,
    MCP_CLIENT_DOWN /* for good */
};

/* Of the session, when the server forgot it. */
enum mcp_client_renewal {
    MCP_CLIENT_RENEWAL_NONE,
    MCP_CLIENT_RENEWAL_WANTED,   /* at the next tick */
    MCP_CLIENT_RENEWAL_UNDER_WAY /* initialize was sent */
};

struct mcp_client_request;

struct mcp_client {
    struct mcp_link *link;
    struct mcp_link_events events;
    struct mcp_client_options options; /* defaults filled in; the texts below */
    json_t *info;                      /* clientInfo */
    json_t *capabilities;              /* object */
    enum mcp_client_state state;
    bool is_link_started; /* and not stopped */
    struct mcp_pending *pending;
    struct mcp_client_request *first; /* all of `pending`, newest first */
    uint64_t ignored;
    mcp_reply_fn *on_connected; /* of the connect in flight */
    void *connect_user;
    mcp_reply_fn *on_outcome; /* of each message of the handshake */
    uint64_t connect_deadline_ms;
    uint64_t connect_timeout_ms;
    uint64_t probe_deadline_ms;
    struct mcp_era_probe probe;
    enum mcp_client_era expected;
    enum mcp_version speaks; /* of what is sent now; NONE: initialize */
    enum mcp_version agreed;
    struct mcp_err refused; /* why the first transport was given up */
    struct mcp_err down;    /* why the link went down */
    enum mcp_client_renewal renewal;
    struct mcp_err lost;  /* why it is renewed */
    bool is_unproven;     /* the session was renewed, and nothing has been answered in it */
    json_t *hello;        /* result of discover or initialize; NULL before it came */
    struct mcp_ask *asks; /* open ones, newest first */
    size_t ask_count;
    struct mcp_client_changes wants; /* the lists; uris is not used */
    json_t *watched;                 /* {uri: true}; NULL: none */
    json_t *subscribed; /* {uri: true} what a legacy server was asked for; NULL: none */
    bool is_subscribe_due;
    uint64_t listen_token;  /* 0: none is open */
    uint64_t listen_due_ms; /* of the next; 0: not decided */
    uint64_t listen_up_ms;  /* when the last was opened; 0: at once, by watch */
    bool is_listen_heard;   /* the last one was acknowledged */
    bool is_listen_wanted;  /* it was dropped */
    bool has_listened;      /* once, since it was asked for */
    struct mcp_backoff listen_backoff;
    uint64_t jitter;
    mcp_reply_fn *on_listen_end;
    json_t *tool_headers; /* {tool: params of header_codec.h} of the tools that have any */
};

/* A request in flight: the payload of `pending`. */
struct mcp_client_request {
    struct mcp_client *client;
    struct mcp_client_request *prev;
    struct mcp_client_request *next;
    uint64_t id;    /* on the wire, and in `pending` */
    uint64_t token; /* its first id, which its owner knows */
    mcp_reply_fn *on_done;
    void *user;
    uint64_t deadline_ms;
    uint64_t timeout_ms; /* for the message */
    bool is_attached;    /* in the list */
    bool is_handshake;   /* must not be cancelled on the wire */
    bool is_paused;      /* answered, and to be sent again: nothing is awaited from the link */
    bool is_held;        /* paused until there is a new session */
    bool is_repeated;    /* it was sent in a session that was lost */
    unsigned rounds;     /* of questions, so far */
    size_t open;         /* questions of this round without an answer, and one while they are put */
    json_t *answers;     /* of this round; NULL: there is none */
    json_t *state;       /* requestState of this round; NULL: there is none */
    bool is_version_retried;
    bool is_header_retried;
    char *text; /* as it was sent, while it may be sent again; NULL: it may not */
    size_t text_len;
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

bool mcp_client_is_modern(const struct mcp_client *client); /* of what is sent now */

enum mcp_code mcp_client_core_check_ready(const struct mcp_client *client,
                                          struct mcp_err *err) MCP_CHECK; /* STATE */

uint64_t mcp_client_add_ms(uint64_t now_ms, uint64_t more_ms); /* saturating */

/* Put a request in flight and send it; the same promises as mcp_client_request. */
uint64_t mcp_client_core_request(struct mcp_client *client,
                                 const struct mcp_client_outgoing *outgoing, mcp_reply_fn *on_done,
                                 void *user);

/* Send it once more, under a new id; a failure ends it. `params` is borrowed: what to send instead
 * of what was sent, NULL for the same. */
void mcp_client_core_resend(struct mcp_client_request *request, const json_t *params);

/* The params as they were sent, a new reference; NULL with NOMEM in err, or when there were none.
 */
json_t *mcp_client_core_params(const struct mcp_client_request *request, struct mcp_err *err);

/* Its answer came, but it goes on: nothing is awaited until it is sent again. */
void mcp_client_core_pause(struct mcp_client_request *request);

/* mcp_client_list with a deadline; outgoing->params is not used. */
void mcp_client_core_list(struct mcp_client *client, const struct mcp_client_outgoing *outgoing,
                          const char *key, mcp_reply_fn *on_done, void *user);

enum mcp_code mcp_client_core_notify(struct mcp_client *client, const char *method,
                                     const json_t *params, struct mcp_err *err) MCP_CHECK;

/* The request a token or an id of the wire belongs to; NULL when it ended. */
struct mcp_client_request *mcp_client_core_find(const struct mcp_client *client, uint64_t token);
struct mcp_client_request *mcp_client_core_waiting(const struct mcp_client *client, uint64_t id);

/* End a request; both release it. */
void mcp_client_core_fail(struct mcp_client_request *request, const struct mcp_err *cause);
void mcp_client_core_answer(struct mcp_client_request *request, const struct mcp_reply *reply);

/* End every request in flight with `cause`. */
void mcp_client_core_fail_all(struct mcp_client *client, const struct mcp_err *cause);

void mcp_client_core_stop_link(struct mcp_client *client);

/* The connection is over: what is in flight fails, and the owner is told. */
void mcp_client_core_go_down(struct mcp_client *client, const struct mcp_err *err);

/* client_connect.c: initialize, until connect_deadline_ms; take its result, and say that it is
 * initialized. */
enum mcp_code mcp_client_send_initialize(struct mcp_client *client, mcp_reply_fn *on_done,
                                         struct mcp_err *err) MCP_CHECK;
enum mcp_code mcp_client_accept_legacy(struct mcp_client *client, const json_t *result,
                                       struct mcp_err *err) MCP_CHECK;

/* client_renew.c: what a lost session asks of the events, and of each tick. */
void mcp_client_renew_listen(struct mcp_client *client);
void mcp_client_renew_tick(struct mcp_client *client, uint64_t now_ms);

/* client_watch.c: the time of the next try, UINT64_MAX when none is due. */
uint64_t mcp_client_watch_tick(struct mcp_client *client, uint64_t now_ms);

/* client_subscribe.c: ask a legacy server for the resources that are watched, at the next tick; in
 * a new session for all of them. */
void mcp_client_subscribe(struct mcp_client *client);
void mcp_client_subscribe_anew(struct mcp_client *client);
void mcp_client_subscribe_tick(struct mcp_client *client, uint64_t now_ms);
bool mcp_client_can_subscribe(const struct mcp_client *client);

/* A notification of a modern server that is none of the owner's: of another listen, or the first
 * word of this one. */
bool mcp_client_watch_takes(struct mcp_client *client, const char *method, const json_t *params);

/* Count what is dropped, and tell the owner. */
void mcp_client_core_ignore(struct mcp_client *client, const struct mcp_err *why);

/* The events of the link; user is the client. */
void mcp_client_core_listen(struct mcp_client *client);

/* The modern meaning of an answer (client_modern.c): true when it was dealt with, and the request
 * ended or goes on. `result` may be changed. */
bool mcp_client_modern_result(struct mcp_client_request *request, json_t *result);
bool mcp_client_modern_error(struct mcp_client_request *request, const json_t *rpc_error);

#endif
