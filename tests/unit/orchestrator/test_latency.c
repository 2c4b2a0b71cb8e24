/* SPDX-License-Identifier: MIT */
#include "vectors.h"

probe_fn probe_latency;

int main(void) {
    return vectors_run("orchestrator.latency", probe_latency, NULL, 0);
}
