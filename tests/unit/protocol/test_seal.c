/* SPDX-License-Identifier: MIT */
#include "protocol/seal.h"
#include "vectors.h"

probe_fn probe_seal;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("protocol.seal", probe_seal);
}

/* Whichever bit is turned over, in nonce, text or tag. */
static void every_changed_byte_is_noticed(void **state) {
    (void)state;
    static const unsigned char key[MCP_SEAL_KEY_BYTES] = {1};
    static const unsigned char nonce[MCP_SEAL_NONCE_BYTES] = {2};
    struct mcp_buf text = MCP_BUF_INIT(1024);
    struct mcp_buf plain = MCP_BUF_INIT(1024);
    assert_int_equal(mcp_seal_write(key, nonce, MCP_STR("bound"), MCP_STR("memory"), &text, NULL),
                     MCP_OK);
    for (size_t i = 0; i < text.len; i++) {
        char was = text.data[i];
        text.data[i] = was == 'A' ? 'B' : 'A';
        assert_int_not_equal(
            mcp_seal_open(key, MCP_STR("bound"), mcp_buf_view(&text), &plain, NULL), MCP_OK);
        assert_int_equal(plain.len, 0);
        text.data[i] = was;
    }
    assert_int_equal(mcp_seal_open(key, MCP_STR("bound"), mcp_buf_view(&text), &plain, NULL),
                     MCP_OK);
    assert_true(mcp_str_equal(mcp_buf_view(&plain), MCP_STR("memory")));
    mcp_buf_deinit(&text);
    mcp_buf_deinit(&plain);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation),
                                      cmocka_unit_test(every_changed_byte_is_noticed)};
    return vectors_run("protocol.seal", probe_seal, more, MCP_COUNT(more));
}
