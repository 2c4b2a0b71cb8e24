/* SPDX-License-Identifier: MIT */
/* jwt_alg.c - see jwt_alg.h. Pure: no I/O, no clock, no log. */
#include "oauth/jwt_alg.h"

#include <assert.h>

static const struct oauth_alg_row rows[OAUTH_ALG_COUNT] = {
    [OAUTH_RS256] = {"RS256", NULL, 0},      [OAUTH_RS384] = {"RS384", NULL, 0},
    [OAUTH_RS512] = {"RS512", NULL, 0},      [OAUTH_PS256] = {"PS256", NULL, 0},
    [OAUTH_PS384] = {"PS384", NULL, 0},      [OAUTH_PS512] = {"PS512", NULL, 0},
    [OAUTH_ES256] = {"ES256", "P-256", 64},  [OAUTH_ES384] = {"ES384", "P-384", 96},
    [OAUTH_ES512] = {"ES512", "P-521", 132},
};

const struct oauth_alg_row *oauth_alg_row(enum oauth_alg alg) {
    assert(alg < OAUTH_ALG_COUNT);
    return &rows[alg];
}

bool oauth_alg_find(struct mcp_str name, enum oauth_alg *out_alg) {
    for (int i = 0; i < OAUTH_ALG_COUNT; i++) {
        if (mcp_str_equal(name, mcp_str_of(rows[i].name))) {
            *out_alg = (enum oauth_alg)i;
            return true;
        }
    }
    return false;
}
