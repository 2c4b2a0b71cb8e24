/* SPDX-License-Identifier: MIT */
/* version.h - protocol revisions and what each one has. Layer: protocol. Includes: base. */
#ifndef MCP_VERSION_H
#define MCP_VERSION_H

#include "mcp/buf.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Oldest first, so `a < b` means "older". NONE is "not known" and older than all. */
enum mcp_version {
    MCP_VERSION_NONE = 0,
    MCP_VERSION_2024_11_05,
    MCP_VERSION_2025_03_26,
    MCP_VERSION_2025_06_18,
    MCP_VERSION_2025_11_25,
    MCP_VERSION_2026_07_28
};

#define MCP_VERSION_OLDEST        MCP_VERSION_2024_11_05
#define MCP_VERSION_NEWEST_LEGACY MCP_VERSION_2025_11_25
#define MCP_VERSION_NEWEST        MCP_VERSION_2026_07_28

/* What a peer of that revision does on the wire. Which members its objects have is shape's. */
struct mcp_version_info {
    enum mcp_version version;
    const char *text;              /* "2025-11-25"; "" for NONE */
    bool is_modern;                /* stateless, `_meta` on every request, no initialize */
    bool allows_batch;             /* JSON arrays of messages */
    bool has_streamable_http;      /* one endpoint; false: HTTP+SSE with two */
    bool has_version_header;       /* MCP-Protocol-Version on every request after the first */
    bool has_stream_priming;       /* a first SSE event with an id and empty data */
    bool has_completion_flag;      /* the `completions` capability exists */
    bool input_errors_are_results; /* arguments that break the schema: isError, not -32602 */
    bool has_structured_content;   /* structuredContent, outputSchema, title, resource_link */
    bool has_elicitation;          /* form mode */
    bool has_url_elicitation;      /* url mode too */
    bool has_sampling_tools;       /* tools and toolChoice in sampling/createMessage */
    bool has_server_requests;      /* server -> client requests; false: input_required */
    bool has_result_type;          /* resultType in every result */
};

/* NONE when the text names no revision we know. */
enum mcp_version mcp_version_parse(struct mcp_str text);

const char *mcp_version_text(enum mcp_version version); /* "" for NONE; static storage */

/* Row of the table; never NULL (the row of NONE for anything unknown). Static storage. */
const struct mcp_version_info *mcp_version_info(enum mcp_version version);

/* What `initialize` is answered with: the version asked for when it is a legacy one we know,
 * otherwise the newest legacy one. Never a modern one. spec: lifecycle, version negotiation */
enum mcp_version mcp_version_negotiate(struct mcp_str requested);

#ifdef __cplusplus
}
#endif

#endif
