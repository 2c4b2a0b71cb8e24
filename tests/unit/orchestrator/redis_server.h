/* SPDX-License-Identifier: MIT */
/* redis_server.h - a Redis of the test's own: a private socket, no file kept. */
#ifndef ORCH_REDIS_SERVER_H
#define ORCH_REDIS_SERVER_H

#include <stdbool.h>
#include <sys/types.h>

#include <jansson.h>

struct redis_server {
    char dir[64];
    char socket[96];
    const char *password; /* NULL: none; before start */
    bool has_ports;       /* before start: it is to be reached over TCP and TLS, too */
    int port;
    int tls_port;
    char cert[96]; /* file of its certificate, which is its own authority */
    pid_t pid;     /* 0: it does not run */
};

bool redis_server_is_there(void); /* on this machine */

void redis_server_open(struct redis_server *server); /* make the directory; not started */
void redis_server_start(struct redis_server *server);
void redis_server_signal(const struct redis_server *server, int number);
void redis_server_stop(struct redis_server *server); /* killed; what it held is lost */
void redis_server_close(struct redis_server *server);

/* A command; a new value: text, a number, null, a list, or {"error": TEXT}. */
json_t *redis_server_ask(const struct redis_server *server, size_t count, const char **words);

/* The keys with this pattern; a new list. */
json_t *redis_server_keys(const struct redis_server *server, const char *pattern);

#endif
