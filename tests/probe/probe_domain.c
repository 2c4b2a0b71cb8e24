/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/domain.json. */
#include "orchestrator/domain.h"
#include "probe.h"

probe_fn probe_domain;

enum mcp_code probe_domain(const json_t *in, json_t **out, struct mcp_err *err) {
    struct mcp_str entry = mcp_json_str(json_object_get(in, "entry"));
    const json_t *asked = json_object_get(in, "asked");
    if (json_is_string(asked))
        return probe_give(json_boolean(orch_domain_covers(entry, mcp_json_str(asked))), out, err);
    return probe_give(json_boolean(orch_domain_flaw(entry) == NULL), out, err);
}
