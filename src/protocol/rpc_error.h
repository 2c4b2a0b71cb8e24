/* SPDX-License-Identifier: MIT */
/* rpc_error.h - failures to JSON-RPC errors, per revision. Layer: protocol. Includes: wire version.
 */
#ifndef MCP_RPC_ERROR_H
#define MCP_RPC_ERROR_H

#include "mcp/jsonrpc.h"
#include "mcp/version.h"

/* What went wrong, in the protocol's words. */
enum mcp_fault {
    MCP_FAULT_PARSE,
    MCP_FAULT_INVALID_REQUEST,
    MCP_FAULT_METHOD_NOT_FOUND,
    MCP_FAULT_INVALID_PARAMS,
    MCP_FAULT_INTERNAL,
    MCP_FAULT_RESOURCE_NOT_FOUND, /* data {"uri"} */
    MCP_FAULT_HEADER_MISMATCH,    /* a header does not say what the body says */
    MCP_FAULT_MISSING_CAPABILITY, /* the client did not declare it; data {"requiredCapabilities"} */
    MCP_FAULT_UNSUPPORTED_VERSION,  /* data {"supported", "requested"} */
    MCP_FAULT_ELICITATION_REQUIRED, /* 2025-11-25: open a URL first; data {"elicitations"} */
    MCP_FAULT_HTTP_REFUSED,         /* refused before the protocol: accept, media type, method */
    MCP_FAULT_FORBIDDEN,            /* its token does not allow that */
    MCP_FAULT_SESSION_NOT_FOUND,
    MCP_FAULT_CANCELLED
};

/* One row of the table. */
struct mcp_fault_info {
    const char *name;    /* "resource_not_found" */
    const char *message; /* "Resource not found" */
    int legacy_code;
    int modern_code;
    int legacy_status; /* HTTP, while no stream is committed */
    int modern_status;
    bool tells_cause; /* the message goes on with err->where and err->what */
};

/* Row of the table; NULL past the end, so it is also the iterator. */
const struct mcp_fault_info *mcp_fault_info(enum mcp_fault fault);

/* Where a failure arose decides what its code means to the peer. */
enum mcp_fault_context {
    MCP_DURING_PARSE,   /* mcp_jsonrpc_parse */
    MCP_DURING_REQUEST, /* admission, params, dispatch, a handler */
    MCP_DURING_READ     /* resources/read: NOT_FOUND is the resource */
};
enum mcp_fault mcp_fault_of(enum mcp_code code, enum mcp_fault_context context);

struct mcp_rpc_error {
    int code;
    int http_status;
    char message[400]; /* UTF-8 */
};

/* The error of `fault` in `version` (NONE: as legacy). `cause` may be NULL. */
void mcp_rpc_error_make(enum mcp_fault fault, enum mcp_version version, const struct mcp_err *cause,
                        struct mcp_rpc_error *out_error);

/* The `data` members the table names. New references; NULL when memory is refused. */
json_t *mcp_rpc_data_uri(const char *uri);
/* The modern revisions; `requested` may be NULL. */
json_t *mcp_rpc_data_versions(const char *requested);
/* "elicitation.url" -> {"requiredCapabilities": {"elicitation": {"url": {}}}}; what follows
 * "extensions." is one name. */
json_t *mcp_rpc_data_capability(const char *path);

#endif
