/* SPDX-License-Identifier: MIT */
#include "torture.h"
#include "vectors.h"

probe_fn probe_pending;

int main(void) {
    return vectors_run("client.pending", probe_pending, NULL, 0);
}
