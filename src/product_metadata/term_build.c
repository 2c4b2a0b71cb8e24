/* SPDX-License-Identifier: MIT */
/* term_build.c - from a model to its term_index.h. Pure: no I/O, no clock, no log. */
#include "mcp/alloc.h"
#include "product_metadata/fold.h"
#include "product_metadata/term_sort.h"
#include "product_metadata/term_tree.h"

enum { MAX_BYTES = 0x7FFFFFFF, MAX_NAMES = 0x7FFFFFFF, MAX_ALIASES = 1 << 29, FIRST_ROOM = 64 };

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
    struct product_term_entry *entries;
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
    size_t at = build->texts.len;
    MCP_TRY(product_fold(product_name_text(build->model, name), &build->texts, err));
    if (build->texts.len == at)
        return MCP_OK;                 /* blanks and dashes only: nobody can ask for it */
    mcp_buf_addc(&build->texts, '\0'); /* not in a folded text, and before all that is */
    build->entries[build->entry_count++] = (struct product_term_entry){
        .head = product_term_head(build->texts.data + at), .at = (uint32_t)at, .name = name};
    return mcp_buf_finish(&build->texts, err);
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

static const char *text_of(const struct build *build, uint32_t entry) {
    return build->texts.data + build->entries[entry].at;
}

static bool is_tail(char byte) {
    return ((unsigned char)byte & 0xC0) == 0x80;
}

/* Bytes that both texts begin with: whole code points, at least `known`. */
static uint32_t common_bytes(const char *a, const char *b, uint32_t known) {
    uint32_t end = known;
    while (a[end] != '\0' && a[end] == b[end])
        end++;
    while (end > known && (is_tail(a[end]) || is_tail(b[end])))
        end--;
    return end;
}

/* The entry has the code point after `depth` bytes in common with `text`. */
static bool shares(const struct build *build, uint32_t entry, const char *text, uint32_t depth) {
    return common_bytes(text, text_of(build, entry), depth) > depth;
}

/* The end of the entries that share a code point with the first of `top`'s. They are sorted, so
 * look in growing strides, then halve. */
static uint32_t group_end(const struct build *build, const struct open_node *top) {
    const char *text = text_of(build, top->next);
    uint32_t low = top->next; /* shares it */
    uint32_t high = top->end; /* does not */
    uint32_t stride = 1;
    while (low + stride < high && shares(build, low + stride, text, top->depth)) {
        low += stride;
        stride *= 2;
    }
    if (low + stride < high)
        high = low + stride;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        *(shares(build, middle, text, top->depth) ? &low : &high) = middle;
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
    struct open_node open = {
        .node = build->index->node_count, .depth = depth, .next = first, .end = end};
    const struct product_term_node node = {.label = (uint32_t)build->labels.len, .name = first};
    if (build->open_count > 0) { /* the root has no label */
        const char *text = text_of(build, first);
        open.depth = common_bytes(text, text_of(build, end - 1), depth);
        mcp_buf_add(&build->labels, (struct mcp_str){text + depth, open.depth - depth});
    }
    while (open.next < end && text_of(build, open.next)[open.depth] == '\0')
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

/* The names move to the front of their entries, whose memory becomes theirs. */
static void keep_names(struct build *build) {
    struct product_term_entry *entries = build->entries;
    struct product_name *names = (void *)entries;
    for (uint32_t i = 0; i < build->entry_count; i++) {
        struct product_name name = entries[i].name;
        names[i] = name;
    }
    build->entries = NULL;
    build->index->names = shrink(names, build->entry_count * sizeof *names);
}

static void finish(struct build *build) {
    struct product_term_index *index = build->index;
    index->name_count = build->entry_count;
    mcp_buf_deinit(&build->texts);
    keep_names(build);
    index->nodes = shrink(index->nodes, ((size_t)index->node_count + 1) * sizeof *index->nodes);
    index->label_bytes = build->labels.len;
    index->labels = shrink(mcp_buf_take(&build->labels, NULL), index->label_bytes);
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
    product_term_sort(build.entries, build.entry_count, build.texts.data);
    MCP_TRY(build_tree(&build, err));
    finish(&build);
    *out_index = MCP_TAKE(build.index);
    return MCP_OK;
}
