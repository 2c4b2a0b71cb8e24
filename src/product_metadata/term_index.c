/* SPDX-License-Identifier: MIT */
/* term_index.c - see term_index.h. Pure: no I/O, no clock, no log. */
#include "product_metadata/term_index.h"

#include <string.h>

#include "mcp/alloc.h"
#include "product_metadata/term_tree.h"

void product_term_index_free(struct product_term_index *index) {
    if (index == NULL)
        return;
    mcp_free(index->nodes);
    mcp_free(index->names);
    mcp_free(index->labels);
    mcp_free(index);
}

void product_term_index_freep(struct product_term_index **index) {
    product_term_index_free(*index);
}

size_t product_term_index_bytes(const struct product_term_index *index) {
    return sizeof *index + ((size_t)index->node_count + 1) * sizeof *index->nodes +
           index->name_count * sizeof *index->names + index->label_bytes;
}

struct mcp_str product_name_text(const struct product_model *model, struct product_name name) {
    if (name.role == PRODUCT_ROLE_MAPPING)
        return model->mappings[name.owner].term;
    const struct product_item *item = &model->items[name.owner];
    if (name.role == PRODUCT_ROLE_ALIAS)
        return item->aliases[name.position];
    if (name.role == PRODUCT_ROLE_CANONICAL_ID)
        return item->canonical_id;
    return name.role == PRODUCT_ROLE_CANONICAL_NAME ? item->canonical_name : item->key;
}

/* Where a text leads to. */
struct place {
    uint32_t node;
    uint32_t rest; /* code points of the node's label beyond the text */
};

/* Equal as far as the shorter one goes. */
static bool agree(struct mcp_str a, struct mcp_str b) {
    return memcmp(a.ptr, b.ptr, a.len < b.len ? a.len : b.len) == 0;
}

static struct mcp_str after(struct mcp_str text, size_t bytes) {
    return (struct mcp_str){text.ptr + bytes, text.len - bytes};
}

/* The child of `node` that the text goes on with: its label begins with the text, or the text with
 * its label. 0: none, the root is nobody's child. */
static uint32_t find_child(const struct product_term_index *index, uint32_t node,
                           struct mcp_str text, struct product_walk *walk) {
    uint32_t child = node + 1;
    while (child < index->nodes[node].next && product_walk_step(walk)) {
        if (agree(text, product_node_label(index, child)))
            return child;
        child = index->nodes[child].next;
    }
    return 0;
}

/* False when no name begins with the text. */
static bool find_place(const struct product_term_index *index, struct mcp_str text,
                       struct product_walk *walk, struct place *out_place) {
    uint32_t node = 0;
    while (text.len > 0) {
        node = find_child(index, node, text, walk);
        if (node == 0)
            return false;
        struct mcp_str label = product_node_label(index, node);
        if (label.len >= text.len) {
            *out_place = (struct place){node, (uint32_t)mcp_utf8_length(after(label, text.len))};
            return true;
        }
        text = after(text, label.len);
    }
    return false;
}

void product_term_index_equal(const struct product_term_index *index, struct mcp_str text,
                              struct product_walk *walk) {
    struct place place = {0};
    const struct product_hit hit = {.points = (uint32_t)mcp_utf8_length(text)};
    if (find_place(index, text, walk, &place) && place.rest == 0)
        (void)product_node_tell(index, place.node, hit, walk);
}

/* What the walk below a text goes through. */
struct descent {
    const struct product_term_index *index;
    uint32_t min_rest;
    uint32_t max_rest;
    uint32_t text_points;
    struct product_walk *walk;
};

/* The names at and below `node`, which ends `rest` code points after the text. */
static void descend(const struct descent *descent, uint32_t node, uint32_t rest) {
    const struct product_term_index *index = descent->index;
    const struct product_hit hit = {.points = descent->text_points + rest, .distance = rest};
    if (rest > descent->max_rest || !product_walk_step(descent->walk))
        return;
    if (rest >= descent->min_rest && !product_node_tell(index, node, hit, descent->walk))
        return;
    if (rest == descent->max_rest)
        return;
    uint32_t child = node + 1;
    for (; child < index->nodes[node].next; child = index->nodes[child].next) {
        descend(descent, child, rest + (uint32_t)mcp_utf8_length(product_node_label(index, child)));
        if (descent->walk->is_cut)
            return;
    }
}

void product_term_index_prefix(const struct product_term_index *index, struct mcp_str text,
                               uint32_t min_rest, uint32_t max_rest, struct product_walk *walk) {
    assert(max_rest <= PRODUCT_PREFIX_MAX_REST); /* bounds the recursion */
    struct place place = {0};
    const struct descent descent = {.index = index,
                                    .min_rest = min_rest,
                                    .max_rest = max_rest,
                                    .text_points = (uint32_t)mcp_utf8_length(text),
                                    .walk = walk};
    if (find_place(index, text, walk, &place))
        descend(&descent, place.node, place.rest);
}
