/* SPDX-License-Identifier: MIT */
/* index.c - see index.h. Pure: no I/O, no clock, no log. */
#include "product_metadata/index.h"

#include <stdlib.h>
#include <string.h>

#include "mcp/alloc.h"
#include "product_metadata/fold.h"

enum { MAX_TERM_BYTES = 1 << 30 };

struct product_index {
    struct product_term *terms;
    size_t count;
    struct product_arena arena; /* holds the folded texts */
};

static int compare_texts(struct mcp_str a, struct mcp_str b) {
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common > 0 ? memcmp(a.ptr, b.ptr, common) : 0;
    if (order != 0)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

static int compare_terms(const void *left, const void *right) {
    const struct product_term *a = left;
    const struct product_term *b = right;
    int order = compare_texts(a->text, b->text);
    if (order != 0)
        return order;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->item != b->item)
        return a->item < b->item ? -1 : 1; /* both in the model's one array */
    return (a->position > b->position) - (a->position < b->position);
}

static enum mcp_code add(struct product_index *index, const struct product_term *term,
                         struct mcp_str text, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf plain = MCP_BUF_INIT(MAX_TERM_BYTES);
    MCP_TRY(product_fold(text, &plain, err));
    struct product_term *fresh = &index->terms[index->count];
    *fresh = *term;
    MCP_TRY(product_arena_copy(&index->arena, mcp_buf_view(&plain), &fresh->text, err));
    index->count++;
    return MCP_OK;
}

static enum mcp_code add_item(struct product_index *index, const struct product_item *item,
                              struct mcp_err *err) {
    struct product_term term = {.item = item, .kind = PRODUCT_TERM_KEY};
    MCP_TRY(add(index, &term, item->key, err));
    term.kind = PRODUCT_TERM_CANONICAL_ID;
    MCP_TRY(add(index, &term, item->canonical_id, err));
    term.kind = PRODUCT_TERM_CANONICAL_NAME;
    MCP_TRY(add(index, &term, item->canonical_name, err));
    term.kind = PRODUCT_TERM_ALIAS;
    for (; term.position < item->alias_count; term.position++)
        MCP_TRY(add(index, &term, item->aliases[term.position], err));
    return MCP_OK;
}

enum mcp_code product_index_new(const struct product_model *model, struct product_index **out_index,
                                struct mcp_err *err) {
    MCP_AUTO(product_index_freep) struct product_index *index = mcp_alloc(sizeof *index);
    size_t room = 0;
    for (size_t i = 0; i < model->item_count; i++)
        room += 3 + model->items[i].alias_count;
    if (index != NULL)
        index->terms = mcp_alloc((room + 1) * sizeof *index->terms);
    if (index == NULL || index->terms == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    for (size_t i = 0; i < model->item_count; i++)
        MCP_TRY(add_item(index, &model->items[i], err));
    qsort(index->terms, index->count, sizeof *index->terms, compare_terms);
    *out_index = MCP_TAKE(index);
    return MCP_OK;
}

void product_index_free(struct product_index *index) {
    if (index == NULL)
        return;
    mcp_free(index->terms);
    product_arena_deinit(&index->arena);
    mcp_free(index);
}

void product_index_freep(struct product_index **index) {
    product_index_free(*index);
}

const struct product_term *product_index_terms(const struct product_index *index,
                                               size_t *out_count) {
    *out_count = index->count;
    return index->terms;
}

/* The first term that is not before `text`. */
static size_t lower_bound(const struct product_index *index, struct mcp_str text) {
    size_t low = 0;
    size_t high = index->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_texts(index->terms[middle].text, text) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

enum mcp_code product_index_find(const struct product_index *index, struct mcp_str text,
                                 const struct product_term **out_first, size_t *out_count,
                                 struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf plain = MCP_BUF_INIT(MAX_TERM_BYTES);
    MCP_TRY(product_fold(text, &plain, err));
    size_t first = lower_bound(index, mcp_buf_view(&plain));
    size_t end = first;
    while (end < index->count && mcp_str_equal(index->terms[end].text, mcp_buf_view(&plain)))
        end++;
    *out_first = end > first ? &index->terms[first] : NULL;
    *out_count = end - first;
    return MCP_OK;
}

const char *product_term_kind_name(enum product_term_kind kind) {
    static const char *const names[] = {"key", "canonical_id", "canonical_name", "alias"};
    return names[kind];
}
