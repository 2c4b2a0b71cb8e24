/* SPDX-License-Identifier: MIT */
/* redis_link.h - one connection to a Redis or Valkey. Layer: orchestrator. Includes: share_plan
 * share_target dial. */
#ifndef ORCH_REDIS_LINK_H
#define ORCH_REDIS_LINK_H

#include "orchestrator/share_plan.h"
#include "orchestrator/share_target.h"

enum {
    ORCH_REDIS_MAX_ARGS = 16,
    ORCH_REDIS_MAX_PENDING = 16384,               /* commands without an answer */
    ORCH_REDIS_MAX_WAITING = 64 << 20,            /* bytes not yet taken */
    ORCH_REDIS_MAX_REPLY = (32 << 20) + (1 << 20) /* bytes of one answer: two values */
};

/* False in a build without hiredis: then open fails with UNSUPPORTED. */
bool orch_redis_is_built(void);

/* The parts of an array, or the one part that is no array; why NULL. Else why, and no parts: it
 * refused (PEER, DENIED), or the connection is down (any other code). */
typedef void(orch_redis_reply_fn)(void *user, const struct orch_share_item *items, size_t count,
                                  const struct mcp_err *why);

struct orch_redis_target {
    const struct orch_share_target *where; /* copied */
    const char *password;                  /* copied; NULL: where->password */
    const char *ca_file;                   /* NULL: the system's */
    const char *channel;                   /* copied; NULL: for commands, else only to listen to */
    uint64_t connect_timeout_ms;           /* until it is connected */
    uint64_t timeout_ms;                   /* without a byte while answers are due */
};

struct orch_redis_handlers {
    void (*on_up)(void *user); /* it has let us in, and the channel is subscribed to */
    void (*on_message)(void *user, struct mcp_str bytes);
    void (*on_down)(void *user, const struct mcp_err *why); /* the last call; not after close */
    void *user;
};

/*
 * thread  the loop's
 */
struct orch_redis_link;
struct mcp_loop;

/* on_up or on_down follows, never before this returns. errors: NOMEM, UNSUPPORTED. */
enum mcp_code orch_redis_link_open(struct mcp_loop *loop, const struct orch_redis_target *target,
                                   const struct orch_redis_handlers *handlers,
                                   struct orch_redis_link **out_link,
                                   struct mcp_err *err) MCP_CHECK;

/*
 * Send a command; fn (NULL: nobody wants to know) is called exactly once, never before this
 * returns. In order. Not on a link that listens.
 *
 *   errors  NOMEM, LIMIT: it was not sent
 */
enum mcp_code orch_redis_link_ask(struct orch_redis_link *link, const struct mcp_str *args,
                                  size_t count, orch_redis_reply_fn *fn, void *user,
                                  struct mcp_err *err) MCP_CHECK;

/* No callback any more of what was asked with this user. */
void orch_redis_link_forget(struct orch_redis_link *link, const void *user);

/* See whether it is there: PING. */
void orch_redis_link_ping(struct orch_redis_link *link);

size_t orch_redis_link_pending(const struct orch_redis_link *link); /* without an answer */

/* What is pending is told that it is down, but on_down is not called. NULL is a no-op. */
void orch_redis_link_close(struct orch_redis_link *link);

#endif
