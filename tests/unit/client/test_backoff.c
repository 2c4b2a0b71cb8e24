/* SPDX-License-Identifier: MIT */
#include "torture.h"
#include "vectors.h"

probe_fn probe_backoff;

int main(void) {
    return vectors_run("client.backoff", probe_backoff, NULL, 0);
}
