/* SPDX-License-Identifier: MIT */
/* socket.h - bytes to and from a host or a local socket, on the loop. Layer: dial. Includes: loop.
 */
#ifndef MCP_SOCKET_H
#define MCP_SOCKET_H

#include "dial/loop.h"
#include "mcp/buf.h"

/* Texts are copied. */
struct mcp_socket_target {
    const char *host; /* name or address; NULL with a path */
    uint16_t port;
    const char *path;            /* of a socket of this machine; NULL with a host */
    bool is_tls;                 /* TLS 1.2 or newer; the certificate is checked */
    const char *ca_file;         /* NULL: the system's */
    uint64_t connect_timeout_ms; /* name, connection and TLS together */
    size_t max_waiting_bytes;    /* not yet taken by the peer */
};

/* All on the loop's thread; each of them may close the socket. */
struct mcp_socket_handlers {
    void (*on_open)(void *user);
    void (*on_bytes)(void *user, struct mcp_str bytes);
    void (*on_down)(void *user, const struct mcp_err *why); /* the last call; not after close */
    void *user;
};

/*
 * One connection: made once, never again.
 *
 *   thread  the loop's
 */
struct mcp_socket;

/*
 * Begin to connect; on_open or on_down follows, never before this returns.
 *
 *   errors  NOMEM
 */
enum mcp_code mcp_socket_open(struct mcp_loop *loop, const struct mcp_socket_target *target,
                              const struct mcp_socket_handlers *handlers,
                              struct mcp_socket **out_socket, struct mcp_err *err) MCP_CHECK;

/* After on_open. What the peer does not take at once waits. errors: NOMEM; LIMIT
 * max_waiting_bytes; then the stream is broken: close it. */
enum mcp_code mcp_socket_send(struct mcp_socket *socket, struct mcp_str bytes,
                              struct mcp_err *err) MCP_CHECK;

size_t mcp_socket_waiting(const struct mcp_socket *socket); /* bytes not yet sent */

/* Nothing is called any more. NULL is a no-op. The loop may end when it is gone. */
void mcp_socket_close(struct mcp_socket *socket);

#endif
