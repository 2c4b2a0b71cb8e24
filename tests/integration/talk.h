/* SPDX-License-Identifier: MIT */
/* talk.h - one MCP session with a running server, byte by byte: what a library would hide. */
#ifndef TALK_H
#define TALK_H

#include <stdbool.h>

#include "harness.h"

/*
 * How often longer than the specified time a measured wait may take: 1, and 20 where a sanitizer
 * slows everything down. What must happen within N ms is repeated; the fastest must keep N times
 * this, the slowest PATIENCE_MS: a busy machine stops anybody for a while, but not every time.
 */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define WAIT_FACTOR 20U
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define WAIT_FACTOR 20U
#endif
#endif
#ifndef WAIT_FACTOR
#define WAIT_FACTOR 1U
#endif
enum { PATIENCE_MS = 15000 };

enum talk_kind { TALK_STDIO, TALK_SSE, TALK_HTTP };

/* A legacy session over one transport. */
struct talk {
    enum talk_kind kind;
    pid_t pid; /* stdio: the server; its stderr is `log` */
    char log[128];
    int port;
    int in_fd; /* stdio: what the server writes; else: the stream of its messages, -1 none */
    int out_fd;
    char session[128]; /* Mcp-Session-Id, or the path to post to */
    char *text;        /* what came and was not looked at yet */
    size_t len, room;
};

/* Shake hands. stdio: starts the server with `arguments`; else with one that listens on `port`. */
void talk_open_stdio(struct talk *talk, const struct harness *harness,
                     const char *const *arguments);
void talk_open(struct talk *talk, enum talk_kind kind, int port);
void talk_close(struct talk *talk);

/* Send a message that is not waited for. HTTP: the answer's connection, -1 otherwise. */
int talk_send(struct talk *talk, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A request and its answer, or the first message that holds `mark`: static storage, until the next
 * call. NULL after PATIENCE_MS. `fd` is what talk_send gave. */
const char *talk_expect(struct talk *talk, int fd, const char *mark);

/* All that comes over a connection until its end; to be freed. */
char *talk_read_all(int fd, size_t *out_len);

/* A request by itself: to be freed. */
char *talk_exchange(int port, const char *head, const char *body, size_t *out_len);
/* A query of the stateless revision on a connection of its own: closing it cancels. */
int talk_query_modern(int port, const char *sql);
int talk_connect(int port);
void talk_post(int fd, int port, const char *head, const char *body);

#endif
