/* SPDX-License-Identifier: MIT */
/* content_hash.h - a name for the bytes of a metadata text. Layer: product_metadata. Includes:
 * base. */
#ifndef PRODUCT_CONTENT_HASH_H
#define PRODUCT_CONTENT_HASH_H

#include "mcp/buf.h"

enum { PRODUCT_HASH_BYTES = 7 + 64 + 1 }; /* "sha256:", hexadecimal digits, NUL */

/* "sha256:" and the SHA-256 of the bytes. spec: FIPS 180-4. */
void product_content_hash(struct mcp_str bytes, char out[PRODUCT_HASH_BYTES]);

#endif
