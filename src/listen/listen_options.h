/* SPDX-License-Identifier: MIT */
/* listen_options.h - the settings of a listener, checked and complete. Layer: listen. Includes:
 * server. */
#ifndef MCP_LISTEN_OPTIONS_H
#define MCP_LISTEN_OPTIONS_H

#include "mcp/listen.h"

/*
 * Fill every default in.
 *
 *   in      options      NULL is all defaults
 *   out     out_options  texts and arrays are still the caller's
 *   errors  INVALID      err->where names the option, "/max_body_bytes"
 */
enum mcp_code mcp_listen_options_fill(const struct mcp_listen_options *options,
                                      struct mcp_listen_options *out_options,
                                      struct mcp_err *err) MCP_CHECK;

#endif
