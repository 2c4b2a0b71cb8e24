/* SPDX-License-Identifier: MIT */
#include "vectors.h"

probe_fn probe_breaker;

int main(void) {
    return vectors_run("orchestrator.breaker", probe_breaker, NULL, 0);
}
