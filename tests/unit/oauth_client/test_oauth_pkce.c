/* SPDX-License-Identifier: MIT */
#include "vectors.h"

probe_fn probe_oauth_pkce;

int main(void) {
    return vectors_run("oauth_client.oauth_pkce", probe_oauth_pkce, NULL, 0);
}
