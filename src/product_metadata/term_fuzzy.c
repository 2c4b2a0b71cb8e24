/* SPDX-License-Identifier: MIT */
/* term_fuzzy.c - misspelt names of a term_index.h. Pure: no I/O, no clock, no log. */
#include <string.h>

#include "product_metadata/term_tree.h"

/*
 * The edits between beginnings of the text and of a name (optimal string alignment), one row for
 * each code point of the name, and of a row only the cells that can stay within the distance:
 * cell i of row d is for the first d + i - BAND code points of the text. The tree's beginnings are
 * shared, and so are their rows; a branch whose row has no cell left is never entered.
 */
enum {
    BAND = PRODUCT_FUZZY_MAX_DISTANCE,
    CELLS = 2 * BAND + 1,
    MAX_ROWS = PRODUCT_FUZZY_MAX_POINTS + BAND + 1,
    FAR = 100 /* more than any distance, and sums of it still fit */
};

struct row {
    uint32_t point; /* the name's code point that led here */
    uint8_t cells[CELLS];
};

/* A node whose children are being looked at. */
struct branch {
    uint32_t end;  /* first node after its subtree */
    uint32_t rows; /* rows at its end */
};

struct search {
    const struct product_term_index *index;
    struct product_walk *walk;
    uint32_t text[PRODUCT_FUZZY_MAX_POINTS];
    uint32_t text_points;
    uint32_t max_distance;
    struct row rows[MAX_ROWS]; /* of the path to here; row 0 is the empty beginning */
    struct branch path[MAX_ROWS];
    uint32_t path_count;
};

static bool is_digit(uint32_t point) {
    return point >= '0' && point <= '9';
}

static unsigned least(unsigned a, unsigned b) {
    return a < b ? a : b;
}

static unsigned cost_of_one(uint32_t point) {
    return is_digit(point) ? FAR : 1;
}

static unsigned cost_of_exchange(uint32_t a, uint32_t b) {
    if (a == b)
        return 0;
    return is_digit(a) && is_digit(b) ? FAR : 1;
}

/* Two neighbours of the text, up to `taken`, stand the other way round in the name. */
static bool is_swap(const struct search *search, uint32_t row, uint32_t taken, uint32_t point) {
    if (row < 2 || taken < 2)
        return false;
    uint32_t first = search->text[taken - 2];
    uint32_t second = search->text[taken - 1];
    return first == point && second == search->rows[row - 1].point && first != second &&
           !(is_digit(first) && is_digit(second));
}

/* Cell `i` of row `row`, for `taken` code points of the text; the cells before it are done. */
static unsigned cell(const struct search *search, uint32_t row, unsigned i, uint32_t taken,
                     uint32_t point) {
    const uint8_t *above = search->rows[row - 1].cells;
    unsigned best = i + 1 < CELLS ? above[i + 1] + cost_of_one(point) : FAR;
    if (taken == 0)
        return least(best, FAR);
    uint32_t mine = search->text[taken - 1];
    best = least(best, above[i] + cost_of_exchange(mine, point));
    if (i > 0)
        best = least(best, search->rows[row].cells[i - 1] + cost_of_one(mine));
    if (is_swap(search, row, taken, point))
        best = least(best, search->rows[row - 2].cells[i] + 1U);
    return least(best, FAR);
}

/* Fill row `row` for the name's next code point; false when every cell is too far. */
static bool advance(struct search *search, uint32_t row, uint32_t point) {
    struct row *fresh = &search->rows[row];
    unsigned best = FAR;
    fresh->point = point;
    for (unsigned i = 0; i < CELLS; i++) {
        uint32_t place = row + i; /* taken + BAND */
        bool is_inside = place >= BAND && place - BAND <= search->text_points;
        fresh->cells[i] =
            is_inside ? (uint8_t)cell(search, row, i, place - BAND, point) : (uint8_t)FAR;
        best = least(best, fresh->cells[i]);
    }
    return best <= search->max_distance;
}

/* Follow a label from `*rows` on; false when it leads too far away, or the steps ran out. */
static bool follow(struct search *search, struct mcp_str label, uint32_t *rows) {
    size_t at = 0;
    while (at < label.len) {
        if (*rows + 1 >= MAX_ROWS || !product_walk_step(search->walk))
            return false;
        uint32_t point = mcp_utf8_next(label, &at);
        if (!advance(search, *rows + 1, point))
            return false;
        ++*rows;
    }
    return true;
}

static void tell(const struct search *search, uint32_t node, uint32_t rows) {
    uint32_t i = search->text_points + BAND - rows;
    if (search->text_points + BAND < rows || i >= CELLS)
        return;
    unsigned distance = search->rows[rows].cells[i];
    const struct product_hit hit = {.points = rows, .distance = distance};
    if (distance > 0 && distance <= search->max_distance)
        (void)product_node_tell(search->index, node, hit, search->walk);
}

/* The node to go on with: into `node`, or past it. */
static uint32_t visit(struct search *search, uint32_t node) {
    while (node >= search->path[search->path_count - 1].end)
        search->path_count--;
    uint32_t rows = search->path[search->path_count - 1].rows;
    uint32_t next = search->index->nodes[node].next;
    if (!follow(search, product_node_label(search->index, node), &rows))
        return next;
    tell(search, node, rows);
    search->path[search->path_count++] = (struct branch){next, rows};
    return node + 1;
}

static void begin(struct search *search, struct mcp_str text) {
    size_t at = 0;
    while (at < text.len)
        search->text[search->text_points++] = mcp_utf8_next(text, &at);
    unsigned cost = 0;
    for (unsigned i = 0; i < CELLS; i++) {
        bool is_inside = i >= BAND && i - BAND <= search->text_points;
        if (is_inside && i > BAND)
            cost = least(cost + cost_of_one(search->text[i - BAND - 1]), FAR);
        search->rows[0].cells[i] = is_inside ? (uint8_t)cost : (uint8_t)FAR;
    }
    search->path[search->path_count++] = (struct branch){search->index->node_count, 0};
}

void product_term_index_fuzzy(const struct product_term_index *index, struct mcp_str text,
                              uint32_t max_distance, struct product_walk *walk) {
    assert(max_distance <= PRODUCT_FUZZY_MAX_DISTANCE);
    struct search search = {.index = index, .walk = walk, .max_distance = max_distance};
    if (text.len == 0 || mcp_utf8_length(text) > PRODUCT_FUZZY_MAX_POINTS)
        return;
    begin(&search, text);
    uint32_t node = 1;
    while (node < index->node_count && !walk->is_cut)
        node = visit(&search, node);
}
