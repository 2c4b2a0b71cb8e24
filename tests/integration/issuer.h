/* SPDX-License-Identifier: MIT */
/* issuer.h - an authorization server of our own: keys, and the tokens it signs. */
#ifndef ISSUER_H
#define ISSUER_H

#include <jansson.h>

#define ISSUER   "https://login.example"
#define RESOURCE "https://mcp.example/mcp"
#define SCOPES   "mcp:use mcp:tools"

enum { ISSUER_TOKEN_BYTES = 4096 };

/* A new key for ES256, private. */
json_t *issuer_key(const char *kid);

/* The JWK set with the public halves of both, or of the first alone; to be freed. */
char *issuer_publish(const json_t *key, const json_t *other);

struct wish {
    const json_t *key;    /* for callers: which one */
    const char *issuer;   /* NULL: ISSUER */
    const char *audience; /* NULL: RESOURCE */
    const char *scope;    /* NULL: SCOPES */
    int lives_s;          /* 0: 600 */
};

/* A compact JWT. Static storage. */
const char *issuer_sign(const json_t *key, const struct wish *wish);

#endif
