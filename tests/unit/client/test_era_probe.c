/* SPDX-License-Identifier: MIT */
#include "client/era_probe.h"
#include "vectors.h"

probe_fn probe_era_probe;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("client.era_probe", probe_era_probe);
}

/* Whatever a server answers, the questions end. */
static void no_answer_is_asked_for_for_ever(void **state) {
    (void)state;
    static const char *const answers[] = {
        "{\"code\":-32022,\"data\":{\"supported\":[\"2026-07-28\"]}}",
        "{\"code\":-32022,\"data\":{\"supported\":[\"2025-11-25\"]}}",
        "{\"code\":-32022,\"data\":{\"supported\":[\"2025-11-25\",\"2026-07-28\"]}}",
        "{\"code\":-32600}",
    };
    static const long statuses[] = {0, 200, 400, 404};
    for (unsigned choice = 0; choice < 1U << 16; choice++) {
        struct mcp_era_probe probe;
        enum mcp_link_kind kind = choice % 2 == 0 ? MCP_LINK_PIPE : MCP_LINK_HTTP;
        enum mcp_era_step step = mcp_era_begin(&probe, kind, MCP_ERA_AUTO, MCP_ERA_AUTO, NULL);
        int asked = 0;
        for (unsigned left = choice; step != MCP_ERA_IS_NEITHER && asked < 16; left /= 16) {
            json_auto_t *error = json_loads(answers[left % 4], 0, NULL);
            struct mcp_era_outcome outcome = {
                .code = MCP_E_PEER, .rpc_error = error, .http_status = statuses[left / 4 % 4]};
            if (step == MCP_ERA_IS_MODERN)
                break;
            step = mcp_era_next(&probe, &outcome, NULL);
            asked++;
        }
        assert_true(asked < 8);
    }
}

int main(void) {
    const struct CMUnitTest more[] = {
        cmocka_unit_test(survives_any_refused_allocation),
        cmocka_unit_test(no_answer_is_asked_for_for_ever),
    };
    return vectors_run("client.era_probe", probe_era_probe, more, MCP_COUNT(more));
}
