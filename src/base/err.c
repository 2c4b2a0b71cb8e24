/* SPDX-License-Identifier: MIT */
/* err.c - see mcp/err.h. */
#include "mcp/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum mcp_code mcp_err_set(struct mcp_err *err, enum mcp_code code, const char *file, int line,
                          const char *format, ...) {
    if (err == NULL || err->code != MCP_OK)
        return code;

    va_list args;
    va_start(args, format);
    (void)vsnprintf(err->what, sizeof err->what, format, args);
    va_end(args);
    err->code = code;
    err->file = file;
    err->line = line;
    return code;
}

enum mcp_code mcp_err_at(struct mcp_err *err, enum mcp_code code, const char *format, ...) {
    if (err == NULL || code == MCP_OK)
        return code;

    char inner[sizeof err->where];
    memcpy(inner, err->where, sizeof inner);

    va_list args;
    va_start(args, format);
    int used = vsnprintf(err->where, sizeof err->where, format, args);
    va_end(args);
    if (used >= 0 && (size_t)used < sizeof err->where)
        (void)snprintf(err->where + used, sizeof err->where - (size_t)used, "%s", inner);
    return code;
}

const char *mcp_code_name(enum mcp_code code) {
    static const char *const names[] = {
        [MCP_OK] = "OK",
        [MCP_E_NOMEM] = "E_NOMEM",
        [MCP_E_INVALID] = "E_INVALID",
        [MCP_E_SYNTAX] = "E_SYNTAX",
        [MCP_E_SCHEMA] = "E_SCHEMA",
        [MCP_E_LIMIT] = "E_LIMIT",
        [MCP_E_NOT_FOUND] = "E_NOT_FOUND",
        [MCP_E_EXISTS] = "E_EXISTS",
        [MCP_E_DENIED] = "E_DENIED",
        [MCP_E_UNSUPPORTED] = "E_UNSUPPORTED",
        [MCP_E_STATE] = "E_STATE",
        [MCP_E_TIMEOUT] = "E_TIMEOUT",
        [MCP_E_CANCELLED] = "E_CANCELLED",
        [MCP_E_IO] = "E_IO",
        [MCP_E_PEER] = "E_PEER",
        [MCP_PENDING] = "PENDING",
        [MCP_E_BUG] = "E_BUG",
    };
    return (size_t)code < MCP_COUNT(names) ? names[code] : "E_UNKNOWN";
}
