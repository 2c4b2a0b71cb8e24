/* SPDX-License-Identifier: MIT */
/* call.h - one request from admission to its answer. Layer: server. Includes: wire protocol. */
#ifndef SERVER_CALL_H
#define SERVER_CALL_H

#include "mcp/method.h"
#include "protocol/rpc_error.h"
#include "server/cancel.h"
#include "server/engine.h"
#include "server/input.h"

/*
 * A step of answering. `enter` runs on the transport's thread: it checks the params and either
 * fills the result or names what `run` needs; `run`, when there is one, runs where call->where
 * says. MCP_PENDING: the call is kept, its answer comes later.
 */
typedef enum mcp_code(mcp_step_fn)(struct mcp_call *call, struct mcp_result *result,
                                   struct mcp_err *err);

/* How one method is answered. */
struct mcp_feature_row {
    const char *method;
    mcp_step_fn *enter;
    mcp_step_fn *run;               /* NULL: enter did it all */
    enum mcp_fault_context context; /* what a failure's code means */

    /* A failure of `run` that is a result, not an error: fills it and returns MCP_OK. NULL: none.
     */
    enum mcp_code (*absorb)(const struct mcp_err *failure, struct mcp_result *result,
                            struct mcp_err *err);

    /* Is what `run` answered fit to be sent? NULL: always. Else its failure is answered instead. */
    enum mcp_code (*check)(const struct mcp_call *call, const struct mcp_result *result,
                           struct mcp_err *err);

    /* The `data` of the error a failure becomes: a new reference or NULL. NULL: none has any. */
    json_t *(*explain)(const struct mcp_call *call, enum mcp_fault fault);
};

/* Why a request is refused before its handler is asked. */
struct mcp_refusal {
    enum mcp_fault fault;
    bool is_busy; /* a bound, or stopping: the status line says "unavailable", the message why */
    json_t *data; /* owned; or NULL */
    struct mcp_err cause;
};

struct mcp_call {
    struct mcp_inflight_entry entry;
    atomic_size_t refs;
    struct mcp_server *server;
    struct mcp_jsonrpc message;
    struct mcp_channel channel;
    struct mcp_cancel cancel;
    const struct mcp_method *method;
    const struct mcp_feature_row *feature;

    const struct mcp_arrival *arrival; /* until enter returns */
    uint64_t began_us;                 /* when it was made */

    /* Filled by admission. */
    struct mcp_peer peer;
    struct mcp_peer_box
        *box;        /* legacy: what peer views; NULL on modern calls and before greeting */
    char *principal; /* modern: what peer.principal views, when there is one */
    const json_t *progress_token; /* or NULL */
    int log_rank;                 /* modern: lowest severity to send, -1 none; legacy: in the box */
    char session_id[33];          /* to name in the opening; "" none */

    /* Filled by `enter` for `run`. */
    bool is_answered; /* the result is there: nothing to run */
    enum mcp_where where;
    const void *target;     /* catalog entry */
    const char *uri;        /* resources/read */
    json_t *values;         /* owned: template variables, default arguments; or NULL */
    struct mcp_blob *whole; /* owned: the result object, shaped and encoded already; or NULL */
    struct mcp_str head;    /* what precedes the encoded member, when it is known */
    int64_t ttl_ms;
    bool is_private;

    struct mcp_input *input; /* owned: what it asks its client; or NULL */

    double progress; /* the last one told; for who has the channel's turn */
    bool has_progress;
    atomic_bool is_kept;
    atomic_bool is_settled;
};

/* Takes the message; NULL: allocation refused, and the message is the caller's still. */
struct mcp_call *mcp_call_new(struct mcp_server *server, struct mcp_jsonrpc *message,
                              struct mcp_outlet *outlet);
void mcp_call_ref(struct mcp_call *call);
void mcp_call_unref(struct mcp_call *call);

/* Answer with what enter and run say, now or later; takes the caller's reference. */
void mcp_call_start(struct mcp_call *call);

/* call_input: the handler has asked. Takes the caller's reference. */
void mcp_call_ask(struct mcp_call *call);

/* Run the handler again, where it runs; takes the caller's reference. */
void mcp_call_rerun(struct mcp_call *call);

/* Read what a modern client sends along with a call that asked before.
 * errors: INVALID, NOMEM: see input.h */
enum mcp_code mcp_call_open_input(struct mcp_call *call, struct mcp_err *err) MCP_CHECK;

/* A call that was cancelled while it waits for its client is over. */
void mcp_call_stop_waiting(struct mcp_call *call);

/* A client's result or error has come; those who waited too long go on without. */
void mcp_input_replied(struct mcp_server *server, struct mcp_str session_id,
                       const struct mcp_jsonrpc *message);
void mcp_input_expire(struct mcp_server *server, uint64_t now_ms);

/* The final answer. Each takes the caller's reference. */
void mcp_call_refuse(struct mcp_call *call, struct mcp_refusal *refusal);
void mcp_call_reject(struct mcp_call *call, const struct mcp_err *failure); /* of enter */
void mcp_call_settle(struct mcp_call *call, struct mcp_result *result);
void mcp_call_answer(struct mcp_call *call, struct mcp_result *result); /* of run; checked first */
void mcp_call_settle_failure(struct mcp_call *call, const struct mcp_err *failure);

/* Out of the table and the counts, its outlet taken care of by somebody else; takes the caller's
 * reference. */
void mcp_call_forget(struct mcp_call *call);

/* Answer an arrival that is no request, or one there was no memory for: begin, send, end. */
void mcp_refuse(struct mcp_server *server, struct mcp_outlet *outlet, const json_t *id,
                enum mcp_version version, struct mcp_refusal *refusal);
void mcp_accept(struct mcp_outlet *outlet); /* nothing to answer */

#endif
