/* SPDX-License-Identifier: MIT */
/* live.h - a real server behind a real listener, and a peer that speaks raw bytes to it. */
#ifndef LIVE_H
#define LIVE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mcp/listen.h"

#define LIVE_BIG_BYTES 100000

/* Tools: echo (inline), count (inline, counts in `calls`), wait (worker: until live_open_gate or
 * cancelled), tell (worker: `n` progress notifications, a pause of `pause` ms when it has that,
 * then as wait when `hold` is true), later (kept; live_finish_later answers). Resources:
 * test://small, test://big. */
struct live {
    struct mcp_server *server;
    struct mcp_listener *listener;
    uint16_t port;
    atomic_size_t calls;     /* of any tool */
    atomic_size_t cancelled; /* waits that ended because of it */
};

/* options NULL: all defaults; the port is chosen. */
void live_start(struct live *live, const struct mcp_listen_options *options);
void live_stop(struct live *live); /* and free; closes nothing of the peers */
struct mcp_server *live_new_server(struct live *live);

void live_shut_gate(void);
void live_open_gate(void);
void live_finish_later(const char *text); /* waits until a call of `later` is kept */
uint64_t live_now_ms(void);

/* Wait until the counter reaches `least`; fails the test after 5 seconds. */
void live_wait_count(atomic_size_t *counter, size_t least);

struct live_peer {
    char *raw; /* received and not taken yet */
    size_t len;
    size_t room;
    int fd;
    uint16_t port; /* of the server, for Host */
    bool is_ended;
};

void live_connect(const struct live *live, struct live_peer *peer);
void live_close(struct live_peer *peer);
void live_write(struct live_peer *peer, const char *bytes, size_t len);
void live_print(struct live_peer *peer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

struct live_answer {
    unsigned status;
    char head[4096];
    char body[LIVE_BIG_BYTES * 2];
    size_t body_len;
};

/* Read one whole answer (Content-Length, chunked, or to the end of the connection). */
void live_read(struct live_peer *peer, struct live_answer *answer);
void live_read_head(struct live_peer *peer, struct live_answer *answer);

/* Value of a header, or "". Static storage. */
const char *live_header(const struct live_answer *answer, const char *name);

/* After live_read_head of a stream: take decoded bytes until they hold `text`; false when the
 * stream or the time ends first. What was decoded so far stays in answer->body. */
bool live_wait_text(struct live_peer *peer, struct live_answer *answer, const char *text);
/* Decode to the end of the stream; false when the connection broke instead. */
bool live_wait_end(struct live_peer *peer, struct live_answer *answer);

/* The peer has closed: nothing but the end follows. */
bool live_is_closed(struct live_peer *peer);

/* POST /mcp with the usual headers; session and version may be "". */
void live_post(struct live_peer *peer, const char *session, const char *version, const char *body);
/* initialize + initialized; the session's id is copied out. */
void live_open_session(struct live_peer *peer, const char *version, char out_id[65]);
/* GET /mcp of a session; last may be "". */
void live_get(struct live_peer *peer, const char *session, const char *last);

/* {"jsonrpc":"2.0","id":ID,"method":"tools/call","params":{"name":NAME,"arguments":ARGS}}, with a
 * progress token when `token` is. Static storage. */
const char *live_call(int id, const char *name, const char *arguments, bool token);

#endif
