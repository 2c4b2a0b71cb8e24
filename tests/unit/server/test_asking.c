/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "server_torture.h"
#include "vectors.h"

probe_fn probe_asking;

/* Limits walk the same paths as few questions, more often. */
static bool is_worth_it(const char *name) {
    return strstr(name, "_questions") == NULL && strstr(name, "_rounds") == NULL &&
           strstr(name, "_bytes") == NULL && strstr(name, "_with_") == NULL &&
           strstr(name, "answer_that_is") == NULL;
}

static void every_answer_survives_any_refused_allocation(void **state) {
    (void)state;
    server_torture("server.asking", is_worth_it);
}

int main(void) {
    mcp_json_use_allocator();
    const struct CMUnitTest more[] = {
        cmocka_unit_test(every_answer_survives_any_refused_allocation)};
    return vectors_run("server.asking", probe_asking, more, MCP_COUNT(more));
}
