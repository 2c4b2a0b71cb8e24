/* SPDX-License-Identifier: MIT */
/* jwt_alg.c - see jwt_alg.h. Pure: no I/O, no clock, no log. */
#include "oauth/jwt_alg.h"

#include <assert.h>

static const struct oauth_alg_row rows[OAUTH_ALG_COUNT] = {
    [OAUTH_RS256] = {"RS256", "RSA", NULL, 0},
    [OAUTH_RS384] = {"RS384", "RSA", NULL, 0},
    [OAUTH_RS512] = {"RS512", "RSA", NULL, 0},
    [OAUTH_PS256] = {"PS256", "RSA", NULL, 0},
    [OAUTH_PS384] = {"PS384", "RSA", NULL, 0},
    [OAUTH_PS512] = {"PS512", "RSA", NULL, 0},
    [OAUTH_ES256] = {"ES256", "EC", "P-256", 64},
    [OAUTH_ES384] = {"ES384", "EC", "P-384", 96},
    [OAUTH_ES512] = {"ES512", "EC", "P-521", 132},
    [OAUTH_EDDSA] = {"EdDSA", "OKP", "Ed25519", 64},
    [OAUTH_ED25519] = {"Ed25519", "OKP", "Ed25519", 64},
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
