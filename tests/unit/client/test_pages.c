/* SPDX-License-Identifier: MIT */
#include "torture.h"
#include "vectors.h"

probe_fn probe_pages;

int main(void) {
    return vectors_run("client.pages", probe_pages, NULL, 0);
}
