/* SPDX-License-Identifier: MIT */
/* term_tree.h - the inside of a term index. Layer: product_metadata. */
#ifndef PRODUCT_TERM_TREE_H
#define PRODUCT_TERM_TREE_H

#include <assert.h>

#include "mcp/utf8.h"
#include "product_metadata/term_index.h"

/* Children follow their parent. What belongs to a node ends where the next node's begins. */
struct product_term_node {
    uint32_t label; /* offset of what it adds to its parent's text: whole code points */
    uint32_t next;  /* first node after its subtree */
    uint32_t name;  /* first of the names that end here */
};

struct product_term_index {
    struct product_term_node *nodes; /* node 0 is the root; one more marks the end */
    struct product_name *names;
    char *labels;
    uint32_t node_count; /* without the end mark */
    uint32_t name_count;
    size_t label_bytes;
};

/* Count one step; false when there are none left. */
static inline bool product_walk_step(struct product_walk *walk) {
    if (walk->step_count >= walk->max_steps) {
        walk->is_cut = true;
        return false;
    }
    walk->step_count++;
    return true;
}

static inline struct mcp_str product_node_label(const struct product_term_index *index,
                                                uint32_t node) {
    const struct product_term_node *at = &index->nodes[node];
    return (struct mcp_str){index->labels + at[0].label, at[1].label - at[0].label};
}

/* Tell the names that end at this node; false when the steps ran out. */
static inline bool product_node_tell(const struct product_term_index *index, uint32_t node,
                                     struct product_hit hit, struct product_walk *walk) {
    const struct product_term_node *at = &index->nodes[node];
    for (uint32_t i = at[0].name; i < at[1].name; i++) {
        if (!product_walk_step(walk))
            return false;
        hit.name = index->names[i];
        walk->on_hit(&hit, walk->user);
    }
    return true;
}

#endif
