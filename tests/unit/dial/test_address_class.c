/* SPDX-License-Identifier: MIT */
#include "dial/address_class.h"
#include "mcp/compiler.h"
#include "vectors.h"

probe_fn probe_address_class;

static void bytes_of_another_length_are_none(void **state) {
    (void)state;
    static const unsigned char bytes[17] = {8, 8, 8, 8};
    assert_true(mcp_address_is_public(bytes, 4));
    assert_false(mcp_address_is_public(bytes, 0));
    assert_false(mcp_address_is_public(bytes, 3));
    assert_false(mcp_address_is_public(bytes, 5));
    assert_false(mcp_address_is_public(bytes, 17));
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(bytes_of_another_length_are_none)};
    return vectors_run("dial.address_class", probe_address_class, more, MCP_COUNT(more));
}
