/* SPDX-License-Identifier: MIT */
#include "vectors.h"

probe_fn probe_oauth_redirect;

int main(void) {
    return vectors_run("oauth_client.oauth_redirect", probe_oauth_redirect, NULL, 0);
}
