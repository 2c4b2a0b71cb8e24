/* SPDX-License-Identifier: MIT */
#include "base/file.h"
#include "mcp/timestamp.h"
#include "product_metadata/embedded.h"
#include "product_metadata/generate.h"
#include "torture.h"
#include "vectors.h"

probe_fn probe_product_generate;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("product_metadata.product_generate", probe_product_generate);
}

static void write_file(size_t products, uint64_t seed, const char *updated, struct mcp_buf *out) {
    struct product_generate options = {.product_count = products, .seed = seed};
    assert_int_equal(mcp_timestamp_parse(mcp_str_of(updated), &options.last_updated_ms, NULL),
                     MCP_OK);
    assert_int_equal(product_generate_write(&options, out, NULL), MCP_OK);
}

/* Hand-made indentation must be the library's. */
static void the_form_is_the_pretty_writers(void **state) {
    (void)state;
    for (size_t products = 0; products < 6; products++) {
        MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(1 << 20);
        MCP_AUTO(mcp_buf_deinit) struct mcp_buf pretty = MCP_BUF_INIT(1 << 20);
        json_auto_t *root = NULL;
        write_file(products, 7, "2025-01-01T00:00:00Z", &text);
        assert_int_equal(mcp_json_parse(mcp_buf_view(&text), &root, NULL), MCP_OK);
        assert_int_equal(mcp_json_write_pretty(root, &pretty, NULL), MCP_OK);
        assert_string_equal(text.data, pretty.data);
    }
}

static void equal_options_give_equal_bytes(void **state) {
    (void)state;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf one = MCP_BUF_INIT(1 << 24);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf two = MCP_BUF_INIT(1 << 24);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf other = MCP_BUF_INIT(1 << 24);
    write_file(2000, 1, "2025-01-01T00:00:00Z", &one);
    write_file(2000, 1, "2025-01-01T00:00:00Z", &two);
    write_file(2000, 2, "2025-01-01T00:00:00Z", &other);
    assert_true(mcp_str_equal(mcp_buf_view(&one), mcp_buf_view(&two)));
    assert_false(mcp_str_equal(mcp_buf_view(&one), mcp_buf_view(&other)));
}

static void a_ceiling_is_a_limit(void **state) {
    (void)state;
    const struct product_generate options = {.product_count = 3};
    struct mcp_err err = {0};
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf small = MCP_BUF_INIT(1000);
    assert_int_equal(product_generate_write(&options, &small, &err), MCP_E_LIMIT);
}

/* The file in resources/ is what `generate` makes without options. */
static void the_shipped_file_is_the_default(void **state) {
    (void)state;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf made = MCP_BUF_INIT(1 << 20);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf shipped = MCP_BUF_INIT(1 << 20);
    json_auto_t *settings = NULL;
    assert_int_equal(mcp_json_parse(mcp_str_of(product_generate_schema), &settings, NULL), MCP_OK);
    const json_t *updated = json_object_get(
        json_object_get(json_object_get(settings, "properties"), "last_updated"), "default");
    write_file(3, 1, json_string_value(updated), &made);
    assert_int_equal(mcp_file_read(PROJECT_DIR "/resources/product_metadata.json", &shipped, NULL),
                     MCP_OK);
    assert_string_equal(made.data, shipped.data);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(the_form_is_the_pretty_writers),
                                      cmocka_unit_test(equal_options_give_equal_bytes),
                                      cmocka_unit_test(a_ceiling_is_a_limit),
                                      cmocka_unit_test(the_shipped_file_is_the_default),
                                      cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("product_metadata.product_generate", probe_product_generate, more,
                       MCP_COUNT(more));
}
