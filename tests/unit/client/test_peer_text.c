/* SPDX-License-Identifier: MIT */
#include "torture.h"
#include "vectors.h"

probe_fn probe_peer_text;

int main(void) {
    return vectors_run("client.peer_text", probe_peer_text, NULL, 0);
}
