/* SPDX-License-Identifier: MIT */
/* targets.c - see targets.h. */
#include "server/targets.h"

#include "mcp/alloc.h"

void mcp_targets_add(struct mcp_subscriber *subscriber, void *user) {
    struct mcp_targets *targets = user;
    if (targets->is_short || subscriber->is_muted || subscriber->stream == NULL)
        return;
    if (targets->count == targets->room) {
        size_t room = targets->room == 0 ? 8 : targets->room * 2;
        struct mcp_target *grown = mcp_realloc(targets->items, room * sizeof *grown);
        targets->is_short = grown == NULL;
        if (grown == NULL)
            return;
        targets->items = grown;
        targets->room = room;
    }
    targets->items[targets->count++] =
        (struct mcp_target){mcp_stream_ref(subscriber->stream), json_incref(subscriber->tag)};
}

enum mcp_code mcp_targets_give(struct mcp_targets *found, struct mcp_targets *out_targets,
                               struct mcp_err *err) {
    if (found->is_short) {
        mcp_targets_deinit(found);
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    }
    *out_targets = *found;
    return MCP_OK;
}

void mcp_targets_deinit(struct mcp_targets *targets) {
    for (size_t i = 0; i < targets->count; i++) {
        mcp_stream_unref(targets->items[i].stream);
        json_decref(targets->items[i].tag);
    }
    mcp_free(targets->items);
    *targets = (struct mcp_targets){0};
}
