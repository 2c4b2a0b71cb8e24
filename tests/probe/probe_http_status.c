/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/http_status.json. */
#include <string.h>

#include "listen/http_status.h"
#include "probe.h"

probe_fn probe_http_status;

static const struct {
    const char *name;
    enum mcp_outcome outcome;
} outcomes[] = {
    {"OK", MCP_OUTCOME_OK},
    {"ACCEPTED", MCP_OUTCOME_ACCEPTED},
    {"BAD_REQUEST", MCP_OUTCOME_BAD_REQUEST},
    {"FORBIDDEN", MCP_OUTCOME_FORBIDDEN},
    {"NOT_FOUND", MCP_OUTCOME_NOT_FOUND},
    {"UNAVAILABLE", MCP_OUTCOME_UNAVAILABLE},
};

enum mcp_code probe_http_status(const json_t *in, json_t **out, struct mcp_err *err) {
    const char *outcome = json_string_value(json_object_get(in, "outcome"));
    const char *name = json_string_value(json_object_get(in, "code"));
    for (size_t i = 0; outcome != NULL && i < MCP_COUNT(outcomes); i++)
        if (strcmp(outcomes[i].name, outcome) == 0)
            return probe_give(json_integer(mcp_http_status_of_outcome(outcomes[i].outcome)), out,
                              err);
    for (enum mcp_code code = MCP_OK; name != NULL && code <= MCP_E_BUG; code++)
        if (strcmp(mcp_code_name(code), name) == 0)
            return probe_give(json_integer(mcp_http_status_of_code(code)), out, err);
    return MCP_FAIL(err, MCP_E_INVALID, "no such outcome or code");
}
