/* SPDX-License-Identifier: MIT */
#include "vectors.h"

probe_fn probe_stream_queue;

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("listen.stream_queue", probe_stream_queue);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("listen.stream_queue", probe_stream_queue, more, MCP_COUNT(more));
}
