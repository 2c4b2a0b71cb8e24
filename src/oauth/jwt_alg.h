/* SPDX-License-Identifier: MIT */
/* jwt_alg.h - the signature algorithms that are accepted. Layer: oauth. Includes: base. */
#ifndef OAUTH_JWT_ALG_H
#define OAUTH_JWT_ALG_H

#include "mcp/buf.h"

/* Of RFC 7518 section 3.1: those with a public key. EdDSA (RFC 8037) means Ed25519 here, which
 * RFC 9864 calls by its name. */
enum oauth_alg {
    OAUTH_RS256,
    OAUTH_RS384,
    OAUTH_RS512,
    OAUTH_PS256,
    OAUTH_PS384,
    OAUTH_PS512,
    OAUTH_ES256,
    OAUTH_ES384,
    OAUTH_ES512,
    OAUTH_EDDSA,
    OAUTH_ED25519,
    OAUTH_ALG_COUNT
};

struct oauth_alg_row {
    const char *name;
    const char *kty;        /* of its key */
    const char *crv;        /* of its key; NULL: it has none */
    size_t signature_bytes; /* exact; 0: as many as the modulus of the key has */
};

const struct oauth_alg_row *oauth_alg_row(enum oauth_alg alg);

/* False when `name` is none of them; letters must match exactly. */
bool oauth_alg_find(struct mcp_str name, enum oauth_alg *out_alg);

#endif
