/* SPDX-License-Identifier: MIT */
/*
 * Target: product_term_index_new and its walks. The input is lines: the first is what is asked for,
 * the others are mappings. Property: the index meets the same names as looking at each of them.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mcp/utf8.h"
#include "product_metadata/fold.h"
#include "product_metadata/term_index.h"

enum { MAX_LINES = 24, MAX_POINTS = 48, FAR = 100 };

struct points {
    uint32_t at[MAX_POINTS];
    size_t count;
};

struct met {
    unsigned distances[MAX_LINES]; /* by mapping; FAR: not met */
};

static void expect(bool is_so) {
    if (!is_so)
        abort();
}

static bool read_points(struct mcp_str text, struct points *out) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf folded = MCP_BUF_INIT(1 << 20);
    size_t at = 0;
    out->count = 0;
    if (product_fold(text, &folded, NULL) != MCP_OK)
        return false;
    while (at < folded.len && out->count < MAX_POINTS)
        out->at[out->count++] = mcp_utf8_next(mcp_buf_view(&folded), &at);
    return at == folded.len;
}

static bool is_digit(uint32_t point) {
    return point >= '0' && point <= '9';
}

static unsigned least(unsigned a, unsigned b) {
    return a < b ? a : b;
}

static unsigned exchange(uint32_t a, uint32_t b) {
    if (a == b)
        return 0;
    return is_digit(a) && is_digit(b) ? FAR : 1;
}

static unsigned cost_of_one(uint32_t point) {
    return is_digit(point) ? FAR : 1;
}

static bool is_swap(const uint32_t *a, const uint32_t *b) {
    return a[0] == b[1] && a[1] == b[0] && a[0] != a[1] && !(is_digit(a[0]) && is_digit(a[1]));
}

/* The edits between the first `i` and the first `j` code points, from those of shorter ones. */
static unsigned cell(unsigned table[][MAX_POINTS + 1], const struct points *a,
                     const struct points *b, size_t i, size_t j) {
    unsigned best = i + j == 0 ? 0 : FAR;
    if (i > 0)
        best = least(best, table[i - 1][j] + cost_of_one(a->at[i - 1]));
    if (j > 0)
        best = least(best, table[i][j - 1] + cost_of_one(b->at[j - 1]));
    if (i > 0 && j > 0)
        best = least(best, table[i - 1][j - 1] + exchange(a->at[i - 1], b->at[j - 1]));
    if (i > 1 && j > 1 && is_swap(&a->at[i - 2], &b->at[j - 2]))
        best = least(best, table[i - 2][j - 2] + 1);
    return best;
}

/* The whole table of edits, cell by cell. */
static unsigned distance(const struct points *a, const struct points *b) {
    static unsigned table[MAX_POINTS + 1][MAX_POINTS + 1];
    for (size_t i = 0; i <= a->count; i++)
        for (size_t j = 0; j <= b->count; j++)
            table[i][j] = least(cell(table, a, b, i, j), FAR);
    return table[a->count][b->count];
}

static bool begins(const struct points *text, const struct points *start) {
    return start->count <= text->count &&
           memcmp(text->at, start->at, start->count * sizeof *start->at) == 0;
}

static void meet(const struct product_hit *hit, void *user) {
    struct met *met = user;
    expect(hit->name.role == PRODUCT_ROLE_MAPPING && met->distances[hit->name.owner] == FAR);
    met->distances[hit->name.owner] = hit->distance;
}

static void forget(struct met *met) {
    for (size_t i = 0; i < MAX_LINES; i++)
        met->distances[i] = FAR;
}

static void compare(const struct product_term_index *index, struct mcp_str folded,
                    const struct points *asked, const struct points *lines, size_t count) {
    struct met met;
    struct product_walk walk = {.on_hit = meet, .user = &met, .max_steps = SIZE_MAX};
    for (uint32_t max = 0; max <= PRODUCT_FUZZY_MAX_DISTANCE; max++) {
        forget(&met);
        product_term_index_fuzzy(index, folded, max, &walk);
        for (size_t i = 0; i < count; i++) {
            unsigned away = distance(asked, &lines[i]);
            bool is_near = away > 0 && away <= max && asked->count > 0 && lines[i].count > 0;
            expect(met.distances[i] == (is_near ? away : FAR));
        }
    }
    forget(&met);
    product_term_index_prefix(index, folded, 1, MAX_POINTS, &walk);
    product_term_index_equal(index, folded, &walk);
    for (size_t i = 0; i < count; i++) {
        bool is_begun = asked->count > 0 && begins(&lines[i], asked);
        expect(met.distances[i] == (is_begun ? lines[i].count - asked->count : FAR));
    }
}

/* Cut the next line off. */
static struct mcp_str take_line(struct mcp_str *text) {
    const char *end = text->len > 0 ? memchr(text->ptr, '\n', text->len) : NULL;
    struct mcp_str line = {text->ptr, end != NULL ? (size_t)(end - text->ptr) : text->len};
    size_t used = line.len + (end != NULL);
    *text = (struct mcp_str){text->ptr + used, text->len - used};
    return line;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct points lines[MAX_LINES];
    struct points asked;
    struct product_mapping mappings[MAX_LINES];
    struct product_model model = {.mappings = mappings};
    struct mcp_str rest = {(const char *)data, size};
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf folded = MCP_BUF_INIT(1 << 20);
    MCP_AUTO(product_term_index_freep) struct product_term_index *index = NULL;
    struct mcp_str text = take_line(&rest);
    if (!read_points(text, &asked))
        return 0;
    while (rest.len > 0 && model.mapping_count < MAX_LINES) {
        struct mcp_str line = take_line(&rest);
        if (read_points(line, &lines[model.mapping_count]))
            mappings[model.mapping_count++] = (struct product_mapping){.term = line};
    }
    expect(product_fold(text, &folded, NULL) == MCP_OK);
    expect(product_term_index_new(&model, &index, NULL) == MCP_OK);
    compare(index, mcp_buf_view(&folded), &asked, lines, model.mapping_count);
    return 0;
}
