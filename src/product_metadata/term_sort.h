/* SPDX-License-Identifier: MIT */
/* term_sort.h - folded names in the order of their bytes. Layer: product_metadata. */
#ifndef PRODUCT_TERM_SORT_H
#define PRODUCT_TERM_SORT_H

#include "product_metadata/term_index.h"

/* A folded name: 16 bytes, since there are a million of them while an index is built. */
struct product_term_entry {
    uint32_t head; /* its first bytes, so that many comparisons look no further */
    uint32_t at;   /* of its NUL-terminated text among all texts */
    struct product_name name;
};

uint32_t product_term_head(const char *text);

/*
 * Sort in place by text, then role, owner and position: a total order when no name is there twice.
 *
 *   in    texts  where the entries' texts are
 *   cost  O(count log count) comparisons, no allocation; qsort would ask malloc for as much again
 */
void product_term_sort(struct product_term_entry *entries, size_t count, const char *texts);

#endif
