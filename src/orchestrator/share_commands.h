/* SPDX-License-Identifier: MIT */
/* share_commands.h - what a Redis is asked to do, each as one script, so that nothing comes in
 * between. Layer: orchestrator. Includes: redis_link share_key. */
#ifndef ORCH_SHARE_COMMANDS_H
#define ORCH_SHARE_COMMANDS_H

#include "orchestrator/redis_link.h"

/* Who waits for the answer; fn NULL: nobody. */
struct orch_share_ear {
    orch_redis_reply_fn *fn;
    void *user;
};

/* All: errors NOMEM, LIMIT, STATE: nothing was sent, and nobody is called. */

/* Do all of what follows once, on a key of its own: whether this user may. */
enum mcp_code orch_share_send_probe(struct orch_redis_link *link, const char *prefix,
                                    const struct orch_share_ear *ear,
                                    struct mcp_err *err) MCP_CHECK;

/* Values, generation and, with a token, the lock for it: see orch_share_view_read. */
enum mcp_code orch_share_send_look(struct orch_redis_link *link,
                                   const struct orch_share_names *names, const char *token,
                                   const struct orch_share_ear *ear, struct mcp_err *err) MCP_CHECK;

/* Keep a value unless the generation is another by now, let go of the lock, tell. */
struct orch_share_storing {
    const struct orch_share_names *names;
    const struct orch_share_record *record; /* but for the body */
    struct mcp_str bytes;                   /* as orch_share_record_write has it */
    const char *token;                      /* "": no lock */
    const char *channel;
    const char *message;
};
enum mcp_code orch_share_send_store(struct orch_redis_link *link,
                                    const struct orch_share_storing *storing,
                                    const struct orch_share_ear *ear,
                                    struct mcp_err *err) MCP_CHECK;

/* Let go of the lock, if it is still ours, and tell. */
enum mcp_code orch_share_send_release(struct orch_redis_link *link,
                                      const struct orch_share_names *names, const char *token,
                                      const char *channel, const char *message) MCP_CHECK;

/* Have the lock for longer, if it is still ours. */
enum mcp_code orch_share_send_renew(struct orch_redis_link *link,
                                    const struct orch_share_names *names,
                                    const char *token) MCP_CHECK;

/* A new generation, without the values when they are to be forgotten; tell. */
enum mcp_code orch_share_send_outdate(struct orch_redis_link *link,
                                      const struct orch_share_names *names, bool is_forgotten,
                                      const char *channel, const char *message,
                                      const struct orch_share_ear *ear) MCP_CHECK;

#endif
