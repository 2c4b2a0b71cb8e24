/* SPDX-License-Identifier: MIT */
/* state_key.h - the key that several processes of a server share. Layer: serve. Includes: json. */
#ifndef SERVE_STATE_KEY_H
#define SERVE_STATE_KEY_H

#include "mcp/json.h"

#define SERVE_STATE_KEY_BYTES 32

/*
 * A key as bytes or as text: exactly 32 bytes; or 64 hexadecimal digits; or base64 or base64url of
 * 32 bytes. White space after a text is not part of it.
 *
 *   errors  SYNTAX  none of these; the key is never shown
 */
enum mcp_code serve_state_key_parse(struct mcp_str text,
                                    unsigned char out_key[SERVE_STATE_KEY_BYTES],
                                    struct mcp_err *err) MCP_CHECK;

/*
 * Read the file the setting state_key_file names: nobody but its owner may read it.
 *
 *   out     *out_has_key  false when the setting is absent
 *   errors  as parse and serve_private_file_read; err->where is the path
 */
enum mcp_code serve_state_key_read(const json_t *settings,
                                   unsigned char out_key[SERVE_STATE_KEY_BYTES], bool *out_has_key,
                                   struct mcp_err *err) MCP_CHECK;

#endif
