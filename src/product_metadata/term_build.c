/* SPDX-License-Identifier: MIT */
/* term_build.c - from a model to its term_index.h. Pure: no I/O, no clock, no log. */
#include <stdlib.h>
#include <string.h>

#include "mcp/alloc.h"
#include "product_metadata/fold.h"
#include "product_metadata/term_tree.h"

enum { MAX_BYTES = 0x7FFFFFFF, MAX_NAMES = 0x7FFFFFFF, MAX_ALIASES = 1 << 29, FIRST_ROOM = 64 };

/* A folded name. */
struct entry {
    uint64_t head; /* its first bytes, so that most comparisons look no further */
    const char *text;
    uint32_t len;
    struct product_name name;
};

/* A node whose entries from `next` to `end` are not in the tree yet. */
struct open_node {
    uint32_t node;
    uint32_t depth; /* bytes from the root to its end */
    uint32_t next;
    uint32_t end;
};

struct build {
    const struct product_model *model;
    struct product_term_index *index;
    struct mcp_buf texts;
    struct mcp_buf labels;
    struct entry *entries;
    uint32_t entry_count;
    struct open_node *open; /* the path from the root */
    size_t open_count;
    size_t open_room;
    size_t node_room;
};

static void build_deinit(struct build *build) {
    product_term_index_free(build->index);
    mcp_buf_deinit(&build->texts);
    mcp_buf_deinit(&build->labels);
    mcp_free(build->entries);
    mcp_free(build->open);
}

static enum mcp_code add_name(struct build *build, enum product_role role, size_t owner,
                              size_t position, struct mcp_err *err) {
    const struct product_name name = {.owner = (uint32_t)owner,
                                      .role = (uint32_t)role & 7U,
                                      .position = (uint32_t)position & (MAX_ALIASES - 1U)};
    size_t before = build->texts.len;
    MCP_TRY(product_fold(product_name_text(build->model, name), &build->texts, err));
    size_t len = build->texts.len - before;
    if (len > 0) /* else blanks and dashes only: nobody can ask for it */
        build->entries[build->entry_count++] = (struct entry){.len = (uint32_t)len, .name = name};
    return MCP_OK;
}

static enum mcp_code add_item(struct build *build, size_t owner, struct mcp_err *err) {
    const struct product_item *item = &build->model->items[owner];
    if (item->alias_count > MAX_ALIASES)
        return MCP_FAIL(err, MCP_E_LIMIT, "more than %d aliases of one product", MAX_ALIASES);
    static const enum product_role single[] = {PRODUCT_ROLE_KEY, PRODUCT_ROLE_CANONICAL_ID,
                                               PRODUCT_ROLE_CANONICAL_NAME};
    for (size_t i = 0; i < MCP_COUNT(single); i++)
        MCP_TRY(add_name(build, single[i], owner, 0, err));
    for (size_t i = 0; i < item->alias_count; i++)
        MCP_TRY(add_name(build, PRODUCT_ROLE_ALIAS, owner, i, err));
    return MCP_OK;
}

static enum mcp_code add_names(struct build *build, struct mcp_err *err) {
    const struct product_model *model = build->model;
    size_t count = model->mapping_count;
    for (size_t i = 0; i < model->item_count; i++)
        count += 3 + model->items[i].alias_count;
    if (count > MAX_NAMES)
        return MCP_FAIL(err, MCP_E_LIMIT, "more than %d names", MAX_NAMES);
    build->entries = mcp_alloc((count + 1) * sizeof *build->entries);
    if (build->entries == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    for (size_t i = 0; i < model->item_count; i++)
        MCP_TRY(add_item(build, i, err));
    for (size_t i = 0; i < model->mapping_count; i++)
        MCP_TRY(add_name(build, PRODUCT_ROLE_MAPPING, i, 0, err));
    return MCP_OK;
}

/* The texts lie one after another and move no more. */
static void place_texts(struct build *build) {
    const char *text = build->texts.data;
    for (uint32_t i = 0; i < build->entry_count; i++) {
        struct entry *entry = &build->entries[i];
        entry->text = text;
        for (uint32_t b = 0; b < sizeof entry->head; b++)
            entry->head = entry->head << 8 | (b < entry->len ? (unsigned char)text[b] : 0U);
        text += entry->len;
    }
}

static int compare_names(struct product_name a, struct product_name b) {
    if (a.role != b.role)
        return a.role < b.role ? -1 : 1;
    if (a.owner != b.owner)
        return a.owner < b.owner ? -1 : 1;
    return (a.position > b.position) - (a.position < b.position);
}

static int compare_entries(const void *left, const void *right) {
    const struct entry *a = left;
    const struct entry *b = right;
    if (a->head != b->head)
        return a->head < b->head ? -1 : 1;
    int order = memcmp(a->text, b->text, a->len < b->len ? a->len : b->len);
    if (order != 0)
        return order;
    if (a->len != b->len)
        return a->len < b->len ? -1 : 1;
    return compare_names(a->name, b->name);
}

static bool is_tail(const struct entry *entry, uint32_t at) {
    return at < entry->len && ((unsigned char)entry->text[at] & 0xC0) == 0x80;
}

/* Bytes that all entries between two have in common: whole code points, at least `known`. */
static uint32_t common_bytes(const struct entry *first, const struct entry *last, uint32_t known) {
    uint32_t end = known;
    while (end < first->len && end < last->len && first->text[end] == last->text[end])
        end++;
    while (end > known && (is_tail(first, end) || is_tail(last, end)))
        end--;
    return end;
}

/* The end of the entries that share a code point with the first of `top`'s. They are sorted, so
 * look in growing strides, then halve. */
static uint32_t group_end(const struct build *build, const struct open_node *top) {
    const struct entry *first = &build->entries[top->next];
    uint32_t low = top->next; /* shares it */
    uint32_t high = top->end; /* does not */
    uint32_t stride = 1;
    while (low + stride < high &&
           common_bytes(first, &build->entries[low + stride], top->depth) > top->depth) {
        low += stride;
        stride *= 2;
    }
    if (low + stride < high)
        high = low + stride;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        bool shares = common_bytes(first, &build->entries[middle], top->depth) > top->depth;
        *(shares ? &low : &high) = middle;
    }
    return high;
}

/* Room for one more of `count`; doubles. */
static enum mcp_code reserve(void **array, size_t count, size_t size, size_t *room,
                             struct mcp_err *err) {
    if (count < *room)
        return MCP_OK;
    size_t more = *room > 0 ? *room * 2 : FIRST_ROOM;
    void *bigger = mcp_realloc(*array, more * size);
    if (bigger == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    *array = bigger;
    *room = more;
    return MCP_OK;
}

static enum mcp_code put_node(struct build *build, struct product_term_node node,
                              struct mcp_err *err) {
    void *nodes = build->index->nodes;
    MCP_TRY(reserve(&nodes, build->index->node_count, sizeof node, &build->node_room, err));
    build->index->nodes = nodes;
    build->index->nodes[build->index->node_count++] = node;
    return MCP_OK;
}

/* Open the node of entries `first` to `end`: its label is what they share from `depth` on. */
static enum mcp_code open_node(struct build *build, uint32_t first, uint32_t end, uint32_t depth,
                               struct mcp_err *err) {
    void *path = build->open;
    MCP_TRY(reserve(&path, build->open_count, sizeof *build->open, &build->open_room, err));
    assert(path != NULL);
    build->open = path;
    const struct entry *entries = build->entries;
    struct open_node open = {
        .node = build->index->node_count, .depth = depth, .next = first, .end = end};
    const struct product_term_node node = {.label = (uint32_t)build->labels.len, .name = first};
    if (build->open_count > 0) { /* the root has no label */
        open.depth = common_bytes(&entries[first], &entries[end - 1], depth);
        mcp_buf_add(&build->labels,
                    (struct mcp_str){entries[first].text + depth, open.depth - depth});
    }
    while (open.next < end && entries[open.next].len == open.depth)
        open.next++; /* those that end here */
    MCP_TRY(put_node(build, node, err));
    build->open[build->open_count++] = open;
    return MCP_OK;
}

static enum mcp_code build_tree(struct build *build, struct mcp_err *err) {
    MCP_TRY(open_node(build, 0, build->entry_count, 0, err));
    while (build->open_count > 0) {
        struct open_node *top = &build->open[build->open_count - 1];
        if (top->next == top->end) {
            build->index->nodes[top->node].next = build->index->node_count;
            build->open_count--;
            continue;
        }
        uint32_t first = top->next;
        top->next = group_end(build, top);
        MCP_TRY(open_node(build, first, top->next, top->depth, err));
    }
    const struct product_term_node end = {.label = (uint32_t)build->labels.len,
                                          .next = build->index->node_count,
                                          .name = build->entry_count};
    MCP_TRY(put_node(build, end, err));
    build->index->node_count--;
    return mcp_buf_finish(&build->labels, err);
}

/* Give back what was reserved in advance; when that is refused, keep it. */
static void *shrink(void *array, size_t bytes) {
    void *smaller = mcp_realloc(array, bytes > 0 ? bytes : 1);
    return smaller != NULL ? smaller : array;
}

static enum mcp_code finish(struct build *build, struct mcp_err *err) {
    struct product_term_index *index = build->index;
    index->name_count = build->entry_count;
    index->names = mcp_alloc(((size_t)index->name_count + 1) * sizeof *index->names);
    if (index->names == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    for (uint32_t i = 0; i < build->entry_count; i++)
        index->names[i] = build->entries[i].name;
    index->nodes = shrink(index->nodes, ((size_t)index->node_count + 1) * sizeof *index->nodes);
    index->label_bytes = build->labels.len;
    index->labels = shrink(mcp_buf_take(&build->labels, NULL), index->label_bytes);
    return MCP_OK;
}

enum mcp_code product_term_index_new(const struct product_model *model,
                                     struct product_term_index **out_index, struct mcp_err *err) {
    MCP_AUTO(build_deinit)
    struct build build = {.model = model,
                          .index = mcp_alloc(sizeof *build.index),
                          .texts = MCP_BUF_INIT(MAX_BYTES),
                          .labels = MCP_BUF_INIT(MAX_BYTES)};
    if (build.index == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    MCP_TRY(add_names(&build, err));
    assert(build.entries != NULL);
    place_texts(&build);
    qsort(build.entries, build.entry_count, sizeof *build.entries, compare_entries);
    MCP_TRY(build_tree(&build, err));
    MCP_TRY(finish(&build, err));
    *out_index = MCP_TAKE(build.index);
    return MCP_OK;
}
