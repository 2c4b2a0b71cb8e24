/* SPDX-License-Identifier: MIT */
/* http_reply.h - the outlet of one HTTP request: JSON or an event stream. Layer: listen. Includes:
 * base server. */
#ifndef MCP_HTTP_REPLY_H
#define MCP_HTTP_REPLY_H

#include "listen/http_hub.h"

enum mcp_http_reply_kind {
    MCP_HTTP_REPLY_POST,       /* JSON when the first message is the last, else a stream */
    MCP_HTTP_REPLY_STANDALONE, /* GET /mcp */
    MCP_HTTP_REPLY_SSE,        /* GET /sse */
    MCP_HTTP_REPLY_REPLAY      /* the rest of a stream that has ended */
};

enum mcp_http_reply_mode {
    MCP_HTTP_REPLY_UNDECIDED,
    MCP_HTTP_REPLY_BODY,  /* one JSON body */
    MCP_HTTP_REPLY_STREAM /* events */
};

/*
 * Counted: its connection, the server (until end) and the ready list hold it. A stream that can be
 * resumed outlives its connection: it goes on collecting into the session's log.
 */
struct mcp_http_reply {
    struct mcp_outlet outlet; /* first: what the server sees */
    struct mcp_http_hub *hub; /* counted */
    enum mcp_http_reply_kind kind;
    struct mcp_blob *principal;                   /* of an SSE session; NULL: none */
    char session_id[MCP_HTTP_MAX_SESSION_ID + 1]; /* that the request named; "" none we keep for */
    bool prefers_stream;                          /* rather than one JSON body */
    bool may_resume;                              /* legacy: events get ids and are kept */

    /* written by the sending thread before it publishes a mode */
    unsigned status;
    char opened_session[MCP_HTTP_MAX_SESSION_ID + 1]; /* to name in Mcp-Session-Id; "" none */
    uint64_t stream;                                  /* number; 0: events have no ids */
    uint64_t sequence;                                /* of the last event */

    /* guarded by the hub's lock */
    unsigned refs;
    enum mcp_http_reply_mode mode;
    char *body; /* of the hub's pool */
    size_t body_len;
    struct mcp_stream_queue queue;
    bool is_ended;   /* the server is done with it */
    bool has_reader; /* a connection waits for it or reads it */
    bool is_paused;  /* its connection ends when the queue is empty; the peer may come back */
    bool is_parked;  /* the connection sleeps until there is something */
    bool is_ready;   /* in the ready list, which holds a reference */
    bool is_gone;    /* what comes is refused: nobody can ever read it */
    bool is_cut;     /* the reader is too slow: its connection must be closed */
    struct mcp_http_reply *next_ready;

    /* of the loop's thread */
    void *reader;         /* the exchange that waits for it, or NULL */
    uint64_t detached_ms; /* when the reader left; 0: not in the loop's list of such streams */
    struct mcp_http_reply *next_detached;
};

/* A reply for a request, with one reference, the connection's. errors: NOMEM. */
enum mcp_code mcp_http_reply_new(struct mcp_http_hub *hub, enum mcp_http_reply_kind kind,
                                 struct mcp_http_reply **out_reply, struct mcp_err *err) MCP_CHECK;
void mcp_http_reply_unref(struct mcp_http_reply *reply); /* NULL is a no-op */

/* The server is about to take the outlet, or refused it after all. */
void mcp_http_reply_lend(struct mcp_http_reply *reply);
void mcp_http_reply_take_back(struct mcp_http_reply *reply);

/*
 * Make it an event stream now. `first` is an encoded event to begin with, or empty. Where the
 * session's revision has them, events get ids and a priming event comes first.
 * errors: LIMIT max_streams; NOMEM.
 */
enum mcp_code mcp_http_reply_open_stream(struct mcp_http_reply *reply, struct mcp_str first,
                                         struct mcp_err *err) MCP_CHECK;

/* What the connection should do now. */
enum mcp_http_next {
    MCP_HTTP_WAIT,   /* sleep: the reply is parked and will appear in the ready list */
    MCP_HTTP_ANSWER, /* the whole answer: status, and body (may be NULL), which is the caller's */
    MCP_HTTP_STREAM, /* begin a stream and read it */
    MCP_HTTP_DROP    /* close the connection */
};

struct mcp_http_answer {
    unsigned status;
    char *body; /* of the hub's pool, or NULL */
    size_t body_len;
};

enum mcp_http_next mcp_http_reply_next(struct mcp_http_reply *reply,
                                       struct mcp_http_answer *out_answer);

/* Bytes of a stream. 0 with WAIT: parked; with ANSWER: it has ended; with DROP: cut off. */
size_t mcp_http_reply_read(struct mcp_http_reply *reply, char *out, size_t max,
                           enum mcp_http_next *out_next);

/* Its queue overflowed: the connection must go. */
bool mcp_http_reply_is_cut(struct mcp_http_reply *reply);

/* Let its stream end once what waits has been sent; its peer may come back. Loop's thread. */
void mcp_http_reply_retire(struct mcp_http_reply *reply);

/* A keep-alive comment, unless something waits to be sent already. */
void mcp_http_reply_ping(struct mcp_http_reply *reply);

/* Append one message as an event of its stream; what send does in stream mode. */
enum mcp_code mcp_http_reply_push(struct mcp_http_reply *reply, const struct mcp_str *parts,
                                  size_t count, struct mcp_err *err) MCP_CHECK;

/* Under the lock: what is kept for its session (NULL: nothing), and forgetting it there. */
struct mcp_http_session *mcp_http_reply_session_locked(struct mcp_http_reply *reply, bool must_add);
void mcp_http_reply_unregister_locked(struct mcp_http_reply *reply);

/* The next reply whose connection must be woken (its reader may be NULL by now), with a reference
 * for the caller; NULL when there is none. */
struct mcp_http_reply *mcp_http_reply_take_ready(struct mcp_http_hub *hub);

#endif
