/* SPDX-License-Identifier: MIT */
/* list.h - intrusive ring of nodes, for tables that must not allocate. Layer: server. */
#ifndef SERVER_LIST_H
#define SERVER_LIST_H

#include <stdbool.h>
#include <stddef.h>

/* A head, or a member inside an element. A zeroed node is in no ring. */
struct mcp_list {
    struct mcp_list *prev, *next;
};

/* The element that holds `node` as its member. */
#define MCP_LIST_OF(node, type, member)                                                            \
    ((type *)(void *)((char *)(void *)(node)-offsetof(type, member)))

static inline void mcp_list_init(struct mcp_list *head) {
    head->prev = head;
    head->next = head;
}

static inline bool mcp_list_is_linked(const struct mcp_list *node) {
    return node->next != NULL;
}

static inline void mcp_list_append(struct mcp_list *head, struct mcp_list *node) {
    node->prev = head->prev;
    node->next = head;
    head->prev->next = node;
    head->prev = node;
}

/* A no-op when the node is in no ring. */
static inline void mcp_list_remove(struct mcp_list *node) {
    if (!mcp_list_is_linked(node))
        return;
    node->prev->next = node->next;
    node->next->prev = node->prev;
    *node = (struct mcp_list){0};
}

/* The node after `node`, or NULL at the end of the ring of `head`. */
static inline struct mcp_list *mcp_list_next(const struct mcp_list *head,
                                             const struct mcp_list *node) {
    return node->next != head ? node->next : NULL;
}

#endif
