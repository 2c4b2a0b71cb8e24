/* SPDX-License-Identifier: MIT */
/* http_status.c - see http_status.h. Pure: no I/O, no clock, no log. */
#include "listen/http_status.h"

unsigned mcp_http_status_of_outcome(enum mcp_outcome outcome) {
    switch (outcome) {
    case MCP_OUTCOME_OK:
        return 200;
    case MCP_OUTCOME_ACCEPTED:
        return 202;
    case MCP_OUTCOME_BAD_REQUEST:
        return 400;
    case MCP_OUTCOME_FORBIDDEN:
        return 403;
    case MCP_OUTCOME_NOT_FOUND:
        return 404;
    case MCP_OUTCOME_UNAVAILABLE:
        return 503;
    }
    return 500;
}

unsigned mcp_http_status_of_code(enum mcp_code code) {
    switch (code) {
    case MCP_OK:
        return 200;
    case MCP_E_INVALID:
    case MCP_E_SYNTAX:
    case MCP_E_SCHEMA:
        return 400;
    case MCP_E_DENIED:
        return 403;
    case MCP_E_NOT_FOUND:
        return 404;
    case MCP_E_EXISTS:
        return 409;
    case MCP_E_NOMEM:
    case MCP_E_LIMIT:
    case MCP_E_STATE:
    case MCP_E_CANCELLED:
        return 503;
    case MCP_E_TIMEOUT:
        return 504;
    default:
        return 500;
    }
}
