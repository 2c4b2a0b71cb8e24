/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/capability.json. */
#include "orchestrator/capability.h"
#include "probe.h"

probe_fn probe_capability;

enum mcp_code probe_capability(const json_t *in, json_t **out, struct mcp_err *err) {
    return orch_capability_compare(json_object_get(in, "expected"), json_object_get(in, "declared"),
                                   json_object_get(in, "tools"), out, err);
}
