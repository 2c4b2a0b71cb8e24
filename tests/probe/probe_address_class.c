/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/address_class.json. */
#include "dial/address_class.h"
#include "probe.h"

probe_fn probe_address_class;

enum mcp_code probe_address_class(const json_t *in, json_t **out, struct mcp_err *err) {
    const char *text = json_string_value(json_object_get(in, "address"));
    return probe_give(json_boolean(mcp_address_text_is_public(text)), out, err);
}
