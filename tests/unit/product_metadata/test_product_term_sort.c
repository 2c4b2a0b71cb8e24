/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "product_metadata/term_sort.h"
#include "vectors.h"

enum { MOST = 20000, TEXT_BYTES = 12 };

static char texts[(size_t)MOST * TEXT_BYTES];
static struct product_term_entry entries[MOST];

/* Entry `i` has the text of `number`. */
static void put(size_t i, unsigned number) {
    size_t at = i * TEXT_BYTES;
    (void)snprintf(texts + at, TEXT_BYTES, "name%06u", number);
    entries[i] = (struct product_term_entry){
        .head = product_term_head(texts + at), .at = (uint32_t)at, .name = {.owner = (uint32_t)i}};
}

static void expect_sorted(size_t count) {
    static bool is_seen[MOST];
    memset(is_seen, 0, sizeof is_seen);
    product_term_sort(entries, count, texts);
    for (size_t i = 0; i < count; i++) {
        assert_false(is_seen[entries[i].name.owner]);
        is_seen[entries[i].name.owner] = true;
        if (i == 0)
            continue;
        int order = strcmp(texts + entries[i - 1].at, texts + entries[i].at);
        assert_true(order < 0 || (order == 0 && entries[i - 1].name.owner < entries[i].name.owner));
    }
}

static void every_small_count(void **state) {
    (void)state;
    for (size_t count = 0; count <= 40; count++) {
        for (size_t i = 0; i < count; i++)
            put(i, (unsigned)(i * 7919 % 41));
        expect_sorted(count);
    }
}

static void sorted_reversed_and_equal(void **state) {
    (void)state;
    for (size_t i = 0; i < MOST; i++)
        put(i, (unsigned)i);
    expect_sorted(MOST);
    for (size_t i = 0; i < MOST; i++)
        put(i, (unsigned)(MOST - i));
    expect_sorted(MOST);
    for (size_t i = 0; i < MOST; i++)
        put(i, 7);
    expect_sorted(MOST);
}

static void shuffled(void **state) {
    (void)state;
    for (size_t i = 0; i < MOST; i++)
        put(i, (unsigned)(i * 7919 % 5003));
    expect_sorted(MOST);
}

/* The order that makes the middle of three the worst choice at every split: undo the splits. Small
 * numbers go to where the median is taken from. */
static void the_worst_for_a_median_of_three(void **state) {
    (void)state;
    static unsigned numbers[MOST];
    for (size_t i = 0; i < MOST; i++)
        numbers[i] = (unsigned)i;
    for (size_t last = 2; last < MOST; last++) {
        unsigned kept = numbers[last / 2];
        numbers[last / 2] = numbers[last];
        numbers[last] = kept;
    }
    for (size_t i = 0; i < MOST; i++)
        put(i, numbers[i]);
    expect_sorted(MOST);
}

/* Small first, then the largest of the rest: each split takes off only a few. */
static void an_organ_pipe(void **state) {
    (void)state;
    for (size_t i = 0; i < MOST; i++)
        put(i, (unsigned)(i < MOST / 2 ? i : MOST - i));
    expect_sorted(MOST);
}

static void heads_order_like_texts(void **state) {
    (void)state;
    assert_int_equal(product_term_head(""), 0);
    assert_int_equal(product_term_head("a"), 0x61000000);
    assert_int_equal(product_term_head("\xC3\xA9xyz"), 0xC3A97879);
    assert_true(product_term_head("ab") < product_term_head("ab "));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_small_count), cmocka_unit_test(sorted_reversed_and_equal),
        cmocka_unit_test(shuffled),          cmocka_unit_test(the_worst_for_a_median_of_three),
        cmocka_unit_test(an_organ_pipe),     cmocka_unit_test(heads_order_like_texts)};
    return cmocka_run_group_tests_name("product_metadata.product_term_sort", tests, NULL, NULL);
}
