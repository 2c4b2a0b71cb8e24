/* SPDX-License-Identifier: MIT */
/* os_error.h - errno as an error record. Layer: listen. Includes: base. */
#ifndef MCP_OS_ERROR_H
#define MCP_OS_ERROR_H

#include "mcp/err.h"

/* IO with "what: text of errno", and os_errno. */
enum mcp_code mcp_os_error(struct mcp_err *err, const char *what);

#endif
