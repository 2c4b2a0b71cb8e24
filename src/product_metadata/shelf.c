/* SPDX-License-Identifier: MIT */
/* shelf.c - see shelf.h. Pure: no I/O, no clock, no log. */
#include "product_metadata/shelf.h"

#include <stdlib.h>
#include <string.h>

#include "json/schema_run.h"
#include "mcp/alloc.h"

static unsigned char small(char c) {
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static int compare_small(struct mcp_str a, struct mcp_str b) {
    size_t common = a.len < b.len ? a.len : b.len;
    for (size_t i = 0; i < common; i++)
        if (small(a.ptr[i]) != small(b.ptr[i]))
            return small(a.ptr[i]) < small(b.ptr[i]) ? -1 : 1;
    return (a.len > b.len) - (a.len < b.len);
}

static int compare_names(struct mcp_str a, struct mcp_str b) {
    int order = compare_small(a, b);
    return order != 0 || a.len == 0 ? order : memcmp(a.ptr, b.ptr, a.len);
}

static int compare_labels(const void *left, const void *right) {
    const struct product_label *a = left;
    const struct product_label *b = right;
    int order = compare_names(a->name, b->name);
    return order != 0 ? order : (a->item > b->item) - (a->item < b->item);
}

static bool is_wanted(const struct product_label *label) {
    return label->name.len > 0 && label->name.len <= PRODUCT_SHELF_MAX_NAME;
}

/* Names and items of sorted labels go where there is room for all of them. */
static void fill(struct product_shelf *shelf, const struct product_label *labels, size_t count) {
    struct product_shelf_name *last = NULL;
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        const struct product_label *label = &labels[i];
        if (!is_wanted(label))
            continue;
        if (last == NULL || !mcp_str_equal(last->name, label->name)) {
            last = &shelf->names[shelf->name_count++];
            *last = (struct product_shelf_name){label->name, &shelf->items[used], 0};
        }
        if (last->item_count == 0 || last->items[last->item_count - 1] != label->item) {
            shelf->items[used++] = label->item;
            last->item_count++;
        }
    }
}

static size_t count_names(const struct product_label *labels, size_t count) {
    size_t names = 0;
    for (size_t i = 0; i < count; i++)
        names += i == 0 || !mcp_str_equal(labels[i - 1].name, labels[i].name);
    return names;
}

void product_shelf_deinit(struct product_shelf *shelf) {
    mcp_free(shelf->names);
    mcp_free(shelf->items);
    *shelf = (struct product_shelf){0};
}

enum mcp_code product_shelf_init(struct product_label *labels, size_t count,
                                 struct product_shelf *out_shelf, struct mcp_err *err) {
    struct product_shelf shelf = {0};
    if (count > 0)
        qsort(labels, count, sizeof *labels, compare_labels);
    shelf.names = mcp_alloc((count_names(labels, count) + 1) * sizeof *shelf.names);
    shelf.items = mcp_alloc((count + 1) * sizeof *shelf.items);
    if (shelf.names == NULL || shelf.items == NULL) {
        product_shelf_deinit(&shelf);
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    }
    fill(&shelf, labels, count);
    *out_shelf = shelf;
    return MCP_OK;
}

/* The first name that `compare` does not put before `name`. */
static size_t lower_bound(const struct product_shelf *shelf, struct mcp_str name,
                          int (*compare)(struct mcp_str, struct mcp_str)) {
    size_t low = 0;
    size_t high = shelf->name_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(shelf->names[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct product_shelf_name *product_shelf_find(const struct product_shelf *shelf,
                                                    struct mcp_str name) {
    size_t at = lower_bound(shelf, name, compare_names);
    bool is_there = at < shelf->name_count && mcp_str_equal(shelf->names[at].name, name);
    return is_there ? &shelf->names[at] : NULL;
}

/* As compare_small, but a name that begins with the prefix comes before it, too. */
static int compare_past(struct mcp_str name, struct mcp_str prefix) {
    if (name.len > prefix.len)
        name.len = prefix.len;
    int order = compare_small(name, prefix);
    return order != 0 ? order : -1;
}

size_t product_shelf_begin_with(const struct product_shelf *shelf, struct mcp_str prefix,
                                const struct product_shelf_name **out_first) {
    size_t first = lower_bound(shelf, prefix, compare_small);
    *out_first = &shelf->names[first];
    return lower_bound(shelf, prefix, compare_past) - first;
}

const struct product_shelf_name *product_shelf_near(const struct product_shelf *shelf,
                                                    struct mcp_str name) {
    const struct product_shelf_name *best = NULL;
    size_t best_distance = SIZE_MAX;
    if (product_shelf_begin_with(shelf, name, &best) > 0)
        return best;
    best = NULL;
    size_t place = lower_bound(shelf, name, compare_small);
    size_t half = PRODUCT_SHELF_MAX_LOOKED / 2;
    size_t first = place > half ? place - half : 0;
    for (size_t i = first; i < shelf->name_count && i - first < PRODUCT_SHELF_MAX_LOOKED; i++) {
        size_t distance = 0;
        bool is_better =
            mcp_schema_is_near(name, shelf->names[i].name, &distance) && distance < best_distance;
        if (is_better) {
            best = &shelf->names[i];
            best_distance = distance;
        }
    }
    return best;
}
