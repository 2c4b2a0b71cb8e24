/* SPDX-License-Identifier: MIT */
/* os_error.c - see os_error.h. */
#include "listen/os_error.h"

#include <errno.h>
#include <string.h>

enum mcp_code mcp_os_error(struct mcp_err *err, const char *what) {
    int number = errno;
    char text[128] = "";
    const char *message = strerror_r(number, text, sizeof text);
    enum mcp_code code = MCP_FAIL(err, MCP_E_IO, "%s: %s", what, message);
    if (err != NULL && err->os_errno == 0)
        err->os_errno = number;
    return code;
}
