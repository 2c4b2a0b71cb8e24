/* SPDX-License-Identifier: MIT */
/* waits.c - see waits.h. Pure: no I/O, no clock, no log. */
#include "server/waits.h"

static struct mcp_wait *wait_of(struct mcp_list *node) {
    return MCP_LIST_OF(node, struct mcp_wait, in_all);
}

void mcp_waits_init(struct mcp_waits *waits) {
    mcp_list_init(&waits->all);
}

void mcp_waits_add(struct mcp_waits *waits, struct mcp_wait *wait) {
    wait->missing = wait->count;
    mcp_list_append(&waits->all, &wait->in_all);
}

void mcp_wait_deinit(struct mcp_wait *wait) {
    for (size_t i = 0; i < wait->count; i++)
        mcp_jsonrpc_deinit(&wait->replies[i]);
}

/* Its place in the wait; count when it is no reply to it, or a second one. */
static size_t place_of(const struct mcp_wait *wait, const struct mcp_jsonrpc *message) {
    if (!json_is_integer(message->id))
        return wait->count;
    json_int_t id = json_integer_value(message->id);
    if (id < wait->first_id || (size_t)(id - wait->first_id) >= wait->count)
        return wait->count;
    size_t place = (size_t)(id - wait->first_id);
    return wait->replies[place].root == NULL ? place : wait->count;
}

static struct mcp_wait *note(struct mcp_wait *wait, size_t place,
                             const struct mcp_jsonrpc *message) {
    wait->replies[place] = *message;
    (void)json_incref(message->root);
    if (--wait->missing > 0)
        return NULL;
    mcp_list_remove(&wait->in_all);
    return wait;
}

struct mcp_wait *mcp_waits_reply(struct mcp_waits *waits, struct mcp_str session_id,
                                 const struct mcp_jsonrpc *message) {
    struct mcp_list *node = mcp_list_next(&waits->all, &waits->all);
    for (; node != NULL; node = mcp_list_next(&waits->all, node)) {
        struct mcp_wait *wait = wait_of(node);
        size_t place = place_of(wait, message);
        if (place < wait->count && mcp_str_equal(mcp_str_of(wait->session_id), session_id))
            return note(wait, place, message);
    }
    return NULL;
}

static struct mcp_wait *take(struct mcp_wait *wait) {
    mcp_list_remove(&wait->in_all);
    return wait;
}

struct mcp_wait *mcp_waits_take(struct mcp_waits *waits, const struct mcp_inflight_entry *entry) {
    struct mcp_list *node = mcp_list_next(&waits->all, &waits->all);
    for (; node != NULL; node = mcp_list_next(&waits->all, node))
        if (wait_of(node)->entry == entry)
            return take(wait_of(node));
    return NULL;
}

struct mcp_wait *mcp_waits_overdue(struct mcp_waits *waits, uint64_t now_ms) {
    struct mcp_list *node = mcp_list_next(&waits->all, &waits->all);
    for (; node != NULL; node = mcp_list_next(&waits->all, node))
        if (wait_of(node)->deadline_ms <= now_ms)
            return take(wait_of(node));
    return NULL;
}
