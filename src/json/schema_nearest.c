/* SPDX-License-Identifier: MIT */
/* schema_nearest.c - which key was meant; see schema_run.h. Pure: no I/O, no clock, no log. */
#include <ctype.h>

#include "json/schema_run.h"

enum { MAX_KEY_BYTES = 40 };

static int lower(char byte) {
    return tolower((unsigned char)byte);
}

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

/* Insertions, deletions, substitutions and swaps of neighbours, without case. */
static size_t distance_of(struct mcp_str a, struct mcp_str b) {
    size_t rows[3][MAX_KEY_BYTES + 1] = {{0}};
    for (size_t j = 0; j <= b.len; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i - 1) % 3];
        const size_t *second = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            bool is_same = lower(a.ptr[i - 1]) == lower(b.ptr[j - 1]);
            row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + (is_same ? 0 : 1));
            bool is_swap = i > 1 && j > 1 && lower(a.ptr[i - 1]) == lower(b.ptr[j - 2]) &&
                           lower(a.ptr[i - 2]) == lower(b.ptr[j - 1]);
            if (is_swap)
                row[j] = least(row[j], second[j - 2] + 1);
        }
    }
    return rows[a.len % 3][b.len];
}

bool mcp_schema_is_near(struct mcp_str a, struct mcp_str b, size_t *out_distance) {
    size_t shorter = least(a.len, b.len);
    size_t longer = a.len + b.len - shorter;
    if (shorter == 0 || longer > MAX_KEY_BYTES || longer - shorter > 1 + shorter / 3)
        return false;
    *out_distance = distance_of(a, b);
    return *out_distance <= 1 + shorter / 4 && *out_distance < shorter;
}

struct mcp_str mcp_schema_nearest(struct mcp_str wanted, const struct mcp_schema_entries *keys,
                                  const json_t *taken, size_t *budget) {
    struct mcp_str best = {NULL, 0};
    size_t best_distance = SIZE_MAX;
    for (size_t i = 0; i<keys->count && * budget> 0; i++, (*budget)--) {
        struct mcp_str key = keys->list[i].key;
        size_t distance = 0;
        bool is_better = mcp_schema_is_near(wanted, key, &distance) && distance < best_distance &&
                         json_object_getn(taken, key.ptr, key.len) == NULL;
        if (is_better) {
            best = key;
            best_distance = distance;
        }
    }
    return best;
}
