/* SPDX-License-Identifier: MIT */
/* listing.h - list results, shaped and encoded once. Layer: server. Includes: protocol. */
#ifndef SERVER_LISTING_H
#define SERVER_LISTING_H

#include "mcp/blob.h"
#include "mcp/json.h"
#include "mcp/method.h"
#include "protocol/cursor.h"

enum { MCP_VERSION_COUNT = MCP_VERSION_NEWEST + 1 };

/* The pages of one list in every revision. */
struct mcp_listing {
    const struct mcp_method *method;
    size_t page_size;
    size_t page_count;       /* at least one */
    struct mcp_blob **pages; /* [version * page_count + page]: a whole result object */
};

struct mcp_listing_options {
    const struct mcp_method *method; /* with a list_key */
    size_t page_size;
    int64_t ttl_ms;
    const unsigned char *secret; /* of the cursors: MCP_CURSOR_SECRET_BYTES */
    json_t *server_info;         /* borrowed */
};

/* errors: NOMEM */
enum mcp_code mcp_listing_build(struct mcp_listing *listing, const json_t *items,
                                const struct mcp_listing_options *options,
                                struct mcp_err *err) MCP_CHECK;
void mcp_listing_deinit(struct mcp_listing *listing);

/*
 * The page a request asks for.
 *
 *   in      cursor  params.cursor, or NULL for the first page
 *   errors  INVALID the cursor is not a string, or none of this list
 */
enum mcp_code mcp_listing_page(const struct mcp_listing *listing, enum mcp_version version,
                               const unsigned char *secret, const json_t *cursor,
                               struct mcp_blob **out_page, struct mcp_err *err) MCP_CHECK;

#endif
