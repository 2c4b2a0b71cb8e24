/* SPDX-License-Identifier: MIT */
/* redis_absent.c - see redis_link.h: a build without hiredis. Pure: no I/O, no clock. */
#include "orchestrator/redis_link.h"

bool orch_redis_is_built(void) {
    return false;
}

enum mcp_code orch_redis_link_open(struct mcp_loop *loop, const struct orch_redis_target *target,
                                   const struct orch_redis_handlers *handlers,
                                   struct orch_redis_link **out_link, struct mcp_err *err) {
    (void)loop;
    (void)target;
    (void)handlers;
    (void)out_link;
    return MCP_FAIL(err, MCP_E_UNSUPPORTED, "built without Redis");
}

/* There is no link that these could be called with. */
enum mcp_code orch_redis_link_ask(struct orch_redis_link *link, const struct mcp_str *args,
                                  size_t count, orch_redis_reply_fn *fn, void *user,
                                  struct mcp_err *err) {
    (void)link;
    (void)args;
    (void)count;
    (void)fn;
    (void)user;
    return MCP_FAIL(err, MCP_E_UNSUPPORTED, "built without Redis");
}

void orch_redis_link_forget(struct orch_redis_link *link, const void *user) {
    (void)link;
    (void)user;
}

void orch_redis_link_ping(struct orch_redis_link *link) {
    (void)link;
}

size_t orch_redis_link_pending(const struct orch_redis_link *link) {
    (void)link;
    return 0;
}

void orch_redis_link_close(struct orch_redis_link *link) {
    (void)link;
}
