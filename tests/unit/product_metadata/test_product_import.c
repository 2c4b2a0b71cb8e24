/* SPDX-License-Identifier: MIT */
#include "product_metadata/import.h"
#include "product_metadata/loader.h"
#include "vectors.h"

probe_fn probe_product_import;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("product_metadata.product_import", probe_product_import);
}

static void count(const struct product_reject *reject, void *user) {
    size_t *rejects = user;
    assert_non_null(reject->what);
    ++*rejects;
}

/* A header, a row that is good, and `bad` that are not. */
static enum mcp_code import_bad(size_t bad, size_t *out_rejects, struct mcp_err *err) {
    MCP_AUTO(mcp_schema_freep) struct mcp_schema *schema = NULL;
    MCP_AUTO(product_import_deinit) struct product_import import = {0};
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(1 << 20);
    MCP_TRY(product_loader_schema(&schema, err));
    MCP_TRY(product_import_init(&import, schema, count, out_rejects, err));
    mcp_buf_add(&text, MCP_STR("term,sql\na,t.a\n"));
    for (size_t i = 0; i < bad; i++)
        mcp_buf_add(&text, MCP_STR("x\n"));
    MCP_TRY(product_import_csv(&import, mcp_buf_view(&text), err));
    assert_int_equal(import.row_count, bad + 1);
    assert_int_equal(import.rejected_count, bad);
    return MCP_OK;
}

static void many_bad_rows_are_the_wrong_file(void **state) {
    (void)state;
    for (size_t bad = PRODUCT_IMPORT_MAX_REJECTED - 1; bad <= PRODUCT_IMPORT_MAX_REJECTED + 1;
         bad++) {
        struct mcp_err err = {0};
        size_t rejects = 0;
        bool is_many = bad > PRODUCT_IMPORT_MAX_REJECTED;
        assert_int_equal(import_bad(bad, &rejects, &err), is_many ? MCP_E_LIMIT : MCP_OK);
        assert_int_equal(rejects, is_many ? PRODUCT_IMPORT_MAX_REJECTED : bad);
        assert_string_equal(err.what, is_many ? "more than 1000 rows are rejected" : "");
    }
}

static void rows_are_counted_to_a_million(void **state) {
    (void)state;
    struct mcp_err err = {0};
    struct product_import import = {.row_count = PRODUCT_IMPORT_MAX_ROWS - 1};
    assert_int_equal(product_import_count(&import, &err), MCP_OK);
    assert_int_equal(import.row_count, PRODUCT_IMPORT_MAX_ROWS);
    assert_int_equal(product_import_count(&import, &err), MCP_E_LIMIT);
    assert_string_equal(err.what, "more than 1000000 rows");
}

int main(void) {
    const struct CMUnitTest more[] = {
        cmocka_unit_test(many_bad_rows_are_the_wrong_file),
        cmocka_unit_test(rows_are_counted_to_a_million),
        cmocka_unit_test(survives_any_refused_allocation),
    };
    return vectors_run("product_metadata.product_import", probe_product_import, more,
                       MCP_COUNT(more));
}
