/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "fixture_server.h"
#include "mcp/alloc.h"
#include "server_torture.h"
#include "torture.h"
#include "vectors.h"

probe_fn probe_server;

/* A start that was refused anything fails: else what it offers might be less than registered. */
static enum mcp_code start_and_stop(void *user, struct mcp_err *err) {
    (void)user;
    struct fixture fixture;
    size_t refused = mcp_alloc_refusals();
    MCP_TRY(fixture_open(&fixture, NULL, NULL, err));
    fixture_close(&fixture);
    assert_int_equal(mcp_alloc_refusals(), refused);
    return MCP_OK;
}

static void a_start_survives_any_refused_allocation(void **state) {
    (void)state;
    torture_run(start_and_stop, NULL);
}

/* The older revisions walk the same paths as the newest. */
static bool is_worth_it(const char *name) {
    return strstr(name, "in_2024") == NULL && strstr(name, "in_2025_0") == NULL &&
           strstr(name, "echoes_") == NULL;
}

static void every_answer_survives_any_refused_allocation(void **state) {
    (void)state;
    server_torture("server.server", is_worth_it);
}

int main(void) {
    mcp_json_use_allocator();
    const struct CMUnitTest more[] = {
        cmocka_unit_test(a_start_survives_any_refused_allocation),
        cmocka_unit_test(every_answer_survives_any_refused_allocation),
    };
    return vectors_run("server.server", probe_server, more, MCP_COUNT(more));
}
