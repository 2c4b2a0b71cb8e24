/* SPDX-License-Identifier: MIT */
/* term_sort.c - see term_sort.h. Pure: no I/O, no clock, no log. */
#include "product_metadata/term_sort.h"

#include <string.h>

enum { FEW = 12 /* so many are inserted one by one */ };

uint32_t product_term_head(const char *text) {
    uint32_t head = 0;
    for (size_t i = 0; i < sizeof head; i++) {
        head = head << 8 | (unsigned char)*text;
        if (*text != '\0')
            text++;
    }
    return head;
}

static int compare_names(struct product_name a, struct product_name b) {
    if (a.role != b.role)
        return a.role < b.role ? -1 : 1;
    if (a.owner != b.owner)
        return a.owner < b.owner ? -1 : 1;
    return (a.position > b.position) - (a.position < b.position);
}

static bool is_before(const struct product_term_entry *a, const struct product_term_entry *b,
                      const char *texts) {
    if (a->head != b->head)
        return a->head < b->head;
    int order = strcmp(texts + a->at, texts + b->at);
    return order != 0 ? order < 0 : compare_names(a->name, b->name) < 0;
}

static void swap(struct product_term_entry *a, struct product_term_entry *b) {
    struct product_term_entry kept = *a;
    *a = *b;
    *b = kept;
}

static void insert_all(struct product_term_entry *entries, size_t count, const char *texts) {
    for (size_t i = 1; i < count; i++) {
        struct product_term_entry entry = entries[i];
        size_t hole = i;
        for (; hole > 0 && is_before(&entry, &entries[hole - 1], texts); hole--)
            entries[hole] = entries[hole - 1];
        entries[hole] = entry;
    }
}

/* Let the entry at `root` sink to its place in the heap of `count`. */
static void sink(struct product_term_entry *entries, size_t root, size_t count, const char *texts) {
    while (2 * root + 1 < count) {
        size_t child = 2 * root + 1;
        if (child + 1 < count && is_before(&entries[child], &entries[child + 1], texts))
            child++;
        if (!is_before(&entries[root], &entries[child], texts))
            return;
        swap(&entries[root], &entries[child]);
        root = child;
    }
}

static void heap_sort(struct product_term_entry *entries, size_t count, const char *texts) {
    for (size_t i = count / 2; i > 0; i--)
        sink(entries, i - 1, count, texts);
    for (size_t i = count; i > 1; i--) {
        swap(&entries[0], &entries[i - 1]);
        sink(entries, 0, i - 1, texts);
    }
}

/* The middle one of first, middle and last, put first. */
static void choose_pivot(struct product_term_entry *entries, size_t count, const char *texts) {
    struct product_term_entry *first = &entries[0];
    struct product_term_entry *middle = &entries[count / 2];
    struct product_term_entry *last = &entries[count - 1];
    if (is_before(last, middle, texts))
        swap(last, middle);
    if (is_before(first, middle, texts))
        swap(first, middle);
    if (is_before(last, first, texts))
        swap(last, first);
}

/* Split into those not after and those not before the pivot; how many are in the first part, at
 * least one and not all. */
static size_t split(struct product_term_entry *entries, size_t count, const char *texts) {
    choose_pivot(entries, count, texts);
    const struct product_term_entry pivot = entries[0];
    size_t low = 0;
    size_t high = count - 1;
    for (;;) {
        while (is_before(&entries[low], &pivot, texts))
            low++;
        while (is_before(&pivot, &entries[high], texts))
            high--;
        if (low >= high)
            return high + 1;
        swap(&entries[low++], &entries[high--]);
    }
}

/* `depth` splits at most lie within one another; who spoils more of them gets a heap. */
static void sort(struct product_term_entry *entries, size_t count, const char *texts,
                 unsigned depth) {
    while (count > FEW) {
        if (depth == 0) {
            heap_sort(entries, count, texts);
            return;
        }
        depth--;
        size_t part = split(entries, count, texts);
        sort(entries, part, texts, depth);
        entries += part;
        count -= part;
    }
    insert_all(entries, count, texts);
}

void product_term_sort(struct product_term_entry *entries, size_t count, const char *texts) {
    unsigned depth = 0;
    for (size_t left = count; left > 0; left /= 2)
        depth += 2;
    sort(entries, count, texts, depth);
}
