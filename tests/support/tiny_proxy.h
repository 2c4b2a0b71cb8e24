/* SPDX-License-Identifier: MIT */
/* tiny_proxy.h - an HTTP proxy for tests: CONNECT, and requests in absolute form. */
#ifndef TINY_PROXY_H
#define TINY_PROXY_H

#include <stddef.h>

/* Every host it is asked for is this machine; one request a connection. */
struct tiny_proxy;

/* Listens on a free port of 127.0.0.1. `refusal`: a status line's end, "403 No", for every request;
 * NULL: none is refused. */
struct tiny_proxy *tiny_proxy_start(const char *refusal, int *out_port);
/* Closes every connection, joins every thread. */
void tiny_proxy_stop(struct tiny_proxy *proxy);

/* How many request heads held `what`. Only what the proxy itself was told is looked at. */
int tiny_proxy_count(struct tiny_proxy *proxy, const char *what);

#endif
