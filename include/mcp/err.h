/* SPDX-License-Identifier: MIT */
/* err.h - one result code, one error record. Layer: base. Includes: compiler. */
#ifndef MCP_ERR_H
#define MCP_ERR_H

#include "mcp/compiler.h"

#ifdef __cplusplus
extern "C" {
#endif

enum mcp_code {
    MCP_OK = 0,
    MCP_E_NOMEM,       /* allocation refused */
    MCP_E_INVALID,     /* an argument or setting outside its contract */
    MCP_E_SYNTAX,      /* bytes that do not parse */
    MCP_E_SCHEMA,      /* parsed, but not the required shape */
    MCP_E_LIMIT,       /* a configured bound was reached */
    MCP_E_NOT_FOUND,   /* the named thing does not exist */
    MCP_E_EXISTS,      /* the name is taken */
    MCP_E_DENIED,      /* policy refuses: SQL guard, origin check */
    MCP_E_UNSUPPORTED, /* a method, version or feature we do not implement */
    MCP_E_STATE,       /* the right call at the wrong time */
    MCP_E_TIMEOUT,     /* the deadline passed */
    MCP_E_CANCELLED,   /* the caller went away */
    MCP_E_IO,          /* the operating system refused; os_errno says why */
    MCP_E_PEER,        /* the other side broke the protocol or answered with an error */
    MCP_PENDING,       /* not a failure: the answer comes later, from another thread */
    MCP_E_BUG          /* cannot happen; if seen, a test is missing */
};

/*
 * What went wrong, for a person and for a test. Lives in the caller's frame; never allocated.
 *
 *   code      same value the function returned
 *   os_errno  errno of the failed system call, or 0
 *   where     the user's coordinates, never ours: "/servers/db/url", "products.json:12:4"
 *   what      one line, no trailing newline, no secret, does not repeat `where`
 *   file,line where in our source it was raised; for logs, never sent to a peer
 */
struct mcp_err {
    enum mcp_code code;
    int os_errno;
    char where[128];
    char what[256];
    const char *file;
    int line;
};

/* Record a failure and return its code: `return MCP_FAIL(err, MCP_E_LIMIT, "...", n);` */
#define MCP_FAIL(err, code, ...) mcp_err_set((err), (code), __FILE__, __LINE__, __VA_ARGS__)

/* Call, and leave this function with the callee's code if it failed. The only hidden return. */
#define MCP_TRY(call)                                                                              \
    do {                                                                                           \
        const enum mcp_code try_code_ = (call);                                                    \
        if (try_code_ != MCP_OK)                                                                   \
            return try_code_;                                                                      \
    } while (0)

/* `err` may be NULL. The first failure recorded in `err` wins; later ones are ignored. */
enum mcp_code mcp_err_set(struct mcp_err *err, enum mcp_code code, const char *file, int line,
                          const char *format, ...) MCP_PRINTF(5, 6);

/* Put an outer coordinate in front of err->where while unwinding. Returns `code`; MCP_OK changes
 * nothing, so a call can be wrapped: MCP_TRY(mcp_err_at(err, decode(item, err), "/%zu", i)). */
enum mcp_code mcp_err_at(struct mcp_err *err, enum mcp_code code, const char *format, ...)
    MCP_PRINTF(3, 4);

/* "E_LIMIT" for MCP_E_LIMIT; static storage, never NULL. */
const char *mcp_code_name(enum mcp_code code);

#ifdef __cplusplus
}
#endif

#endif
