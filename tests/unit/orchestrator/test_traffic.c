/* SPDX-License-Identifier: MIT */
#include "vectors.h"

probe_fn probe_traffic;

int main(void) {
    return vectors_run("orchestrator.traffic", probe_traffic, NULL, 0);
}
