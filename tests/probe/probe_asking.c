/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/asking.json. */
#include "probe.h"

probe_fn probe_asking;
probe_fn probe_server;

enum mcp_code probe_asking(const json_t *in, json_t **out, struct mcp_err *err) {
    return probe_server(in, out, err);
}
