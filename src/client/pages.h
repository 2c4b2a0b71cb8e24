/* SPDX-License-Identifier: MIT */
/* pages.h - the pages of a list method, gathered into one list. Layer: client. Includes: json. */
#ifndef MCP_PAGES_H
#define MCP_PAGES_H

#include "mcp/json.h"

/* Ceilings. A cursor is opaque text of the server's; it is remembered to notice a circle. */
enum {
    MCP_PAGES_MAX_PAGES = 1000,
    MCP_PAGES_MAX_ITEMS = 100000,
    MCP_PAGES_MAX_CURSOR_BYTES = 65536
};

struct mcp_pages;

/* Gather member `key` of each page. Zero for a bound means the ceiling above. errors: NOMEM. */
enum mcp_code mcp_pages_new(const char *key, size_t max_pages, size_t max_items,
                            struct mcp_pages **out_pages, struct mcp_err *err) MCP_CHECK;
void mcp_pages_free(struct mcp_pages *pages);

/*
 * One page: the result of the list method.
 *
 *   out     *out_cursor  nextCursor, a new reference, or NULL when this was the last page. An
 *                        empty string is a cursor like any other
 *   errors  PEER   no array under `key`; nextCursor is not a string (null counts as absent); a
 *                  cursor that came before; more pages, items or cursor bytes than allowed
 *           NOMEM
 *   spec    server/utilities/pagination
 */
enum mcp_code mcp_pages_add(struct mcp_pages *pages, const json_t *result, json_t **out_cursor,
                            struct mcp_err *err) MCP_CHECK;

/* {key: [every item, in order]}, borrowed from `pages`. */
const json_t *mcp_pages_result(const struct mcp_pages *pages);

#endif
