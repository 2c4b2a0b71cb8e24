/* SPDX-License-Identifier: MIT */
/* script_server.h - a tiny HTTP server whose answers a test writes byte by byte. */
#ifndef SCRIPT_SERVER_H
#define SCRIPT_SERVER_H

#include <stdbool.h>
#include <stddef.h>

/* One request as it came. */
struct script_request {
    char method[16];
    char path[256];
    char head[8192];  /* request line and headers */
    char body[65536]; /* cut to fit */
    int number;       /* 0, 1, ... over all connections */
};

/* One connection; a handler runs on its own thread. */
struct script_peer;

/* Return false to close the connection. */
typedef bool(script_fn)(struct script_peer *peer, const struct script_request *request, void *user);

struct script_server;

/* Listens on a free port of 127.0.0.1. */
struct script_server *script_server_start(script_fn *handler, void *user);
/* Closes every connection, joins every thread. */
void script_server_stop(struct script_server *server);

const char *script_server_url(const struct script_server *server, const char *path, char out[256]);
int script_server_connections(struct script_server *server);

/* Copy of the requests so far; `what` may be a piece of the head or body to count. */
int script_server_count(struct script_server *server, const char *what);
/* Wait until script_server_count(what) is at least `count`; false after two seconds. */
bool script_server_wait(struct script_server *server, const char *what, int count);

/* Value of a header in a head; "" when absent. */
const char *script_header(const char *head, const char *name, char out[256]);

void script_send(struct script_peer *peer, const char *bytes);
void script_send_n(struct script_peer *peer, const char *bytes, size_t len);
/* Every byte in a segment of its own. */
void script_send_slowly(struct script_peer *peer, const char *bytes);
/* A whole answer with Content-Length. `headers` are whole lines with CR LF, or "". */
void script_reply(struct script_peer *peer, const char *status, const char *headers,
                  const char *body);
/* Head of an event stream that ends with the connection. */
void script_open_stream(struct script_peer *peer, const char *headers);
void script_sleep_ms(int ms);
void script_hang_up(struct script_peer *peer); /* no more bytes to it */
/* Until the other side closed, or the server stops. */
void script_wait_closed(struct script_peer *peer);

#endif
