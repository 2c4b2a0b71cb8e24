/* SPDX-License-Identifier: MIT */
/* streamable.h - the parts of link_streamable.c: its exchanges, how each ends, its session. Layer:
 * dial. Includes: client. */
#ifndef MCP_STREAMABLE_H
#define MCP_STREAMABLE_H

#include "dial/authorized.h"
#include "dial/dial_link.h"
#include "dial/http_fetch.h"
#include "dial/http_reader.h"

enum {
    MCP_STREAMABLE_MAX_EXCHANGES = 2048, /* under way or held, of one link */
    MCP_STREAMABLE_MAX_SESSION_ID_BYTES = 1024
};

enum mcp_exchange_purpose {
    MCP_EXCHANGE_REQUEST, /* an answer with this token is awaited, by the POST or what resumes it */
    MCP_EXCHANGE_NOTICE,  /* a notification, or our answer to the server */
    MCP_EXCHANGE_STANDALONE /* the GET stream of what belongs to no request */
};

struct mcp_streamable;

/* A POST and the GETs that take up its stream again, or the standalone stream. */
struct mcp_exchange {
    struct mcp_exchange *prev;
    struct mcp_exchange *next;
    struct mcp_streamable *owner;
    enum mcp_exchange_purpose purpose;
    uint64_t token;
    bool is_answer; /* to the server */
    bool is_initialize;
    bool is_modern;  /* no session, and nothing is resumed */
    bool is_once;    /* a tool runs: not to be sent twice */
    bool is_barrier; /* messages after it wait until it ended */
    bool is_held;    /* waits for the barrier */
    bool is_resumed; /* by GET from now on */
    bool had_session;
    bool was_open;   /* standalone: the server offered it once */
    bool is_retired; /* out of the list, to be released by the job */
    unsigned attempts;
    char *body;
    size_t body_len;
    char version[16];
    char **headers; /* modern: lines, NULL at the end */
    struct mcp_fetch *fetch;
    struct mcp_authorized authorized;
    struct mcp_http_reader reader;
    struct mcp_loop_timer timer;
    struct mcp_loop_job job;
};

struct mcp_streamable {
    struct mcp_dial_link base; /* first */
    struct mcp_loop *loop;
    const struct mcp_target *target;
    struct mcp_fetch_config config;
    const struct mcp_link_events *events;
    struct mcp_exchange *first;
    struct mcp_exchange *last;
    size_t count;
    size_t answer_count; /* of them */
    struct mcp_exchange *barrier;
    bool is_ready;
    bool is_down;
    bool is_stopped;
    char version[16];
    char session_id[MCP_STREAMABLE_MAX_SESSION_ID_BYTES + 1];
    struct mcp_fetch_handlers handlers; /* of every exchange; user is set for each */
    struct mcp_loop_job closed;
};

/* --- streamable_exchange.c: the list, and one HTTP exchange as far as its end ---------------- */

/* In the owner's list, not begun. NULL with LIMIT or NOMEM in err. */
struct mcp_exchange *mcp_exchange_new(struct mcp_streamable *owner,
                                      enum mcp_exchange_purpose purpose, struct mcp_err *err);

/* Copies lines that go with its POST. errors: NOMEM. */
enum mcp_code mcp_exchange_take_headers(struct mcp_exchange *exchange, const char *const *lines,
                                        struct mcp_err *err) MCP_CHECK;

/* Out of the list; a second time does nothing. May be called from inside its own callbacks: the
 * memory stays until the loop's next round. */
void mcp_exchange_retire(struct mcp_exchange *exchange);

/* POST its body, or without one GET the stream. errors: NOMEM, LIMIT, those of mcp_fetch_start. */
enum mcp_code mcp_exchange_begin_fetch(struct mcp_exchange *exchange,
                                       struct mcp_err *err) MCP_CHECK;

/* The same for who has nobody to tell: a failure ends the exchange as if it came from the wire. */
void mcp_exchange_begin(struct mcp_exchange *exchange);

/* The stream of what belongs to no request, unless the link is going. A refusal is logged. */
void mcp_streamable_open_standalone(struct mcp_streamable *owner);

/* The barrier ended: begin what waited for it. */
void mcp_streamable_release_held(struct mcp_streamable *owner);

/* The status says so. */
bool mcp_exchange_is_success(const struct mcp_exchange *exchange);

/* Handlers of each fetch; user is the exchange. */
enum mcp_code mcp_exchange_on_head(void *user, const struct mcp_fetch *fetch, struct mcp_err *err);
enum mcp_code mcp_exchange_on_body(void *user, struct mcp_str bytes, struct mcp_err *err);

/* --- streamable_end.c: an answer, another try, or a failure -------------------------------- */

void mcp_exchange_on_done(void *user, const struct mcp_err *err);

/* --- streamable_session.c ------------------------------------------------------------------ */

/* Adds the server's origin to `err`. */
void mcp_streamable_at_origin(const struct mcp_streamable *owner, struct mcp_err *err);

/* Tell the client once that the connection is gone. */
void mcp_streamable_go_down(struct mcp_streamable *owner, const struct mcp_err *err);

/* The reply to `exchange` says that the server forgot the session: what is under way in it ends,
 * and the client is told. */
void mcp_streamable_lose_session(struct mcp_exchange *exchange);

/* Keep the id the server gave; NULL: it has no sessions. errors: PEER when it is none. */
enum mcp_code mcp_streamable_take_session_id(struct mcp_streamable *owner, const char *id,
                                             struct mcp_err *err) MCP_CHECK;

/* End the session at the server; owner->closed is pushed when that is over, however it ended. */
enum mcp_code mcp_streamable_delete_session(struct mcp_streamable *owner,
                                            struct mcp_err *err) MCP_CHECK;

#endif
