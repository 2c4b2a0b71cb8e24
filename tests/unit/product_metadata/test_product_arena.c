/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "product_metadata/arena.h"
#include "torture.h"
#include "vectors.h"

static void *take(struct product_arena *arena, size_t bytes) {
    void *piece = NULL;
    assert_int_equal(product_arena_take(arena, bytes, &piece, NULL), MCP_OK);
    return piece;
}

static void pieces_are_zeroed_aligned_and_apart(void **state) {
    (void)state;
    MCP_AUTO(product_arena_deinit) struct product_arena arena = {0};
    char *former = NULL;
    for (size_t bytes = 1; bytes < 40; bytes++) {
        char *piece = take(&arena, bytes);
        assert_int_equal((uintptr_t)piece % sizeof(void *), 0);
        for (size_t i = 0; i < bytes; i++)
            assert_int_equal(piece[i], 0);
        memset(piece, 0xFF, bytes);
        assert_true(former == NULL || piece >= former + bytes - 1);
        former = piece;
    }
}

static void a_piece_at_the_chunk_and_beyond_it_fits(void **state) {
    (void)state;
    static const size_t sizes[] = {PRODUCT_ARENA_CHUNK - 1, PRODUCT_ARENA_CHUNK,
                                   PRODUCT_ARENA_CHUNK + 1, (size_t)3 * PRODUCT_ARENA_CHUNK};
    MCP_AUTO(product_arena_deinit) struct product_arena arena = {0};
    for (size_t i = 0; i < MCP_COUNT(sizes); i++) {
        char *piece = take(&arena, sizes[i]);
        memset(piece, 1, sizes[i]);
        assert_int_equal(take(&arena, 1) != NULL, 1);
    }
}

static void nothing_takes_nothing(void **state) {
    (void)state;
    MCP_AUTO(product_arena_deinit) struct product_arena arena = {0};
    assert_null(take(&arena, 0));
    assert_null(arena.chunks);
    product_arena_deinit(&arena);
}

static void an_absurd_size_is_refused(void **state) {
    (void)state;
    MCP_AUTO(product_arena_deinit) struct product_arena arena = {0};
    void *piece = NULL;
    struct mcp_err err = {0};
    assert_int_equal(product_arena_take(&arena, SIZE_MAX, &piece, &err), MCP_E_NOMEM);
    assert_null(piece);
}

static void a_copy_ends_in_nul(void **state) {
    (void)state;
    MCP_AUTO(product_arena_deinit) struct product_arena arena = {0};
    struct mcp_str copy = {0};
    assert_int_equal(product_arena_copy(&arena, MCP_STR("abc"), &copy, NULL), MCP_OK);
    assert_int_equal(copy.len, 3);
    assert_string_equal(copy.ptr, "abc");
    assert_int_equal(product_arena_copy(&arena, MCP_STR(""), &copy, NULL), MCP_OK);
    assert_int_equal(copy.len, 0);
    assert_string_equal(copy.ptr, "");
}

static enum mcp_code several_chunks(void *user, struct mcp_err *err) {
    MCP_AUTO(product_arena_deinit) struct product_arena arena = {0};
    struct mcp_str copy = {0};
    (void)user;
    for (int i = 0; i < 3; i++) {
        void *piece = NULL;
        MCP_TRY(product_arena_copy(&arena, MCP_STR("text"), &copy, err));
        MCP_TRY(product_arena_take(&arena, PRODUCT_ARENA_CHUNK, &piece, err));
    }
    return MCP_OK;
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    torture_run(several_chunks, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(pieces_are_zeroed_aligned_and_apart),
                                       cmocka_unit_test(a_piece_at_the_chunk_and_beyond_it_fits),
                                       cmocka_unit_test(nothing_takes_nothing),
                                       cmocka_unit_test(an_absurd_size_is_refused),
                                       cmocka_unit_test(a_copy_ends_in_nul),
                                       cmocka_unit_test(survives_any_refused_allocation)};
    return cmocka_run_group_tests_name("product_metadata.product_arena", tests, NULL, NULL);
}
