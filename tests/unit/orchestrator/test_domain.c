/* SPDX-License-Identifier: MIT */
#include "vectors.h"

probe_fn probe_domain;

int main(void) {
    return vectors_run("orchestrator.domain", probe_domain, NULL, 0);
}
