/* SPDX-License-Identifier: MIT */
#include "vectors.h"

probe_fn probe_cache_policy;

int main(void) {
    return vectors_run("orchestrator.cache_policy", probe_cache_policy, NULL, 0);
}
