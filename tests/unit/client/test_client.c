/* SPDX-License-Identifier: MIT */
#include "torture.h"
#include "vectors.h"

probe_fn probe_client;

int main(void) {
    return vectors_run("client.client", probe_client, NULL, 0);
}
