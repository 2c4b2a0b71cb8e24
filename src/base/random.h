/* SPDX-License-Identifier: MIT */
/* random.h - unguessable bytes, replaceable in tests. Layer: base. Includes: err. */
#ifndef MCP_RANDOM_H
#define MCP_RANDOM_H

#include <stddef.h>
#include <stdint.h>

#include "mcp/err.h"

typedef enum mcp_code(mcp_random_fn)(void *out, size_t len, void *user, struct mcp_err *err);

/* Install before threads start; NULL restores getrandom(2). */
void mcp_random_install(mcp_random_fn *fill, void *user);

/* errors: IO when the system has no randomness; `out` must not be used then. */
enum mcp_code mcp_random_fill(void *out, size_t len, struct mcp_err *err) MCP_CHECK;

/* 128 bits as 32 lower-case hexadecimal digits and a NUL. */
enum mcp_code mcp_random_id(char out[33], struct mcp_err *err) MCP_CHECK;

#endif
