/* SPDX-License-Identifier: MIT */
/*
 * Target: product_resolve and product_lookup. The input is lines: the first is what is asked for,
 * the others are in turn a product's key, its id, its name, an alias, and a mapping. Properties:
 * the ranking falls strictly by score, kind, sort and place; a smaller limit cuts it and changes
 * nothing else; a product is looked up only under a name that resolves to it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "product_metadata/resolve.h"

enum { MAX_ITEMS = 16, LINES_EACH = 5 };

struct metadata {
    struct product_item items[MAX_ITEMS];
    struct product_mapping mappings[MAX_ITEMS];
    struct mcp_str aliases[MAX_ITEMS];
    struct product_model model;
};

static void expect(bool is_so) {
    if (!is_so)
        abort();
}

static struct mcp_str take_line(struct mcp_str *text) {
    const char *end = text->len > 0 ? memchr(text->ptr, '\n', text->len) : NULL;
    struct mcp_str line = {text->ptr, end != NULL ? (size_t)(end - text->ptr) : text->len};
    size_t used = line.len + (end != NULL);
    *text = (struct mcp_str){text->ptr + used, text->len - used};
    return line;
}

static void read_metadata(struct mcp_str rest, struct metadata *out) {
    struct product_model *model = &out->model;
    while (rest.len > 0 && model->item_count < MAX_ITEMS) {
        size_t i = model->item_count;
        out->items[i].key = take_line(&rest);
        out->items[i].canonical_id = take_line(&rest);
        out->items[i].canonical_name = take_line(&rest);
        out->aliases[i] = take_line(&rest);
        out->items[i].aliases = &out->aliases[i];
        out->items[i].alias_count = 1;
        out->mappings[i].term = take_line(&rest);
        model->item_count++;
        model->mapping_count++;
    }
    model->items = out->items;
    model->mappings = out->mappings;
}

static void check_order(const struct product_match *a, const struct product_match *b) {
    bool a_mapping = a->name.role == PRODUCT_ROLE_MAPPING;
    bool b_mapping = b->name.role == PRODUCT_ROLE_MAPPING;
    if (a->score != b->score)
        expect(a->score > b->score);
    else if (a->kind != b->kind)
        expect(a->kind < b->kind);
    else if (a_mapping != b_mapping)
        expect(b_mapping);
    else
        expect(a->name.owner < b->name.owner);
}

static void check_prefix(const struct product_resolution *all,
                         const struct product_resolution *some, size_t limit) {
    expect(some->count == (all->count < limit ? all->count : limit));
    expect(some->is_truncated == (all->count > limit) && some->is_ambiguous == all->is_ambiguous);
    for (size_t i = 0; i < some->count; i++)
        expect(all->matches[i].score == some->matches[i].score &&
               all->matches[i].name.owner == some->matches[i].name.owner);
}

static void check_lookup(const struct metadata *data, const struct product_term_index *index,
                         struct mcp_str key, const struct product_resolution *all) {
    const struct product_item *item = NULL;
    bool is_there = false;
    if (product_lookup(&data->model, index, key, &item, NULL) != MCP_OK)
        return;
    for (size_t i = 0; i < all->count; i++)
        is_there = is_there || (all->matches[i].kind <= PRODUCT_MATCH_CANONICAL &&
                                all->matches[i].name.role != PRODUCT_ROLE_MAPPING &&
                                &data->items[all->matches[i].name.owner] == item);
    expect(is_there);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct metadata metadata = {.model = {0}};
    struct product_resolution all;
    struct product_resolution some;
    struct mcp_str rest = {(const char *)data, size};
    MCP_AUTO(product_term_index_freep) struct product_term_index *index = NULL;
    struct product_question question = {.term = take_line(&rest),
                                        .limit = PRODUCT_RESOLVE_MAX_LIMIT};
    read_metadata(rest, &metadata);
    if (product_term_index_new(&metadata.model, &index, NULL) != MCP_OK)
        return 0; /* not UTF-8 */
    if (product_resolve(index, &question, &all, NULL) != MCP_OK)
        return 0;
    expect(!all.is_truncated && all.count <= 2 * metadata.model.item_count);
    for (size_t i = 1; i < all.count; i++)
        check_order(&all.matches[i - 1], &all.matches[i]);
    question.limit = 1 + size % 4;
    expect(product_resolve(index, &question, &some, NULL) == MCP_OK);
    check_prefix(&all, &some, question.limit);
    check_lookup(&metadata, index, question.term, &all);
    return 0;
}
