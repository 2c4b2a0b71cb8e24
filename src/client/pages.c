/* SPDX-License-Identifier: MIT */
/* pages.c - see pages.h. Pure: no I/O, no clock, no log. */
#include "client/pages.h"

#include "client/peer_text.h"
#include "mcp/alloc.h"
#include "mcp/map.h"

struct mcp_pages {
    char *key;
    size_t max_pages;
    size_t max_items;
    size_t page_count;
    json_t *whole;        /* {key: items} */
    json_t *items;        /* borrowed from whole */
    struct mcp_map *seen; /* cursors so far; at most max_pages of MAX_CURSOR_BYTES each */
};

enum mcp_code mcp_pages_new(const char *key, size_t max_pages, size_t max_items,
                            struct mcp_pages **out_pages, struct mcp_err *err) {
    struct mcp_pages *pages = mcp_alloc(sizeof *pages);
    if (pages == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for a list");
    pages->max_pages = max_pages != 0 ? max_pages : MCP_PAGES_MAX_PAGES;
    pages->max_items = max_items != 0 ? max_items : MCP_PAGES_MAX_ITEMS;
    pages->key = mcp_strdup(key);
    pages->whole = json_object();
    pages->items = json_array();
    bool is_stored = json_object_set_new(pages->whole, key, pages->items) == 0; /* takes items */
    if (pages->key == NULL || !is_stored) {
        mcp_pages_free(pages);
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for a list");
    }
    enum mcp_code code = mcp_map_new(0, NULL, &pages->seen, err);
    if (code != MCP_OK) {
        mcp_pages_free(pages);
        return code;
    }
    *out_pages = pages;
    return MCP_OK;
}

void mcp_pages_free(struct mcp_pages *pages) {
    if (pages == NULL)
        return;
    mcp_map_free(pages->seen);
    json_decref(pages->whole);
    mcp_free(pages->key);
    mcp_free(pages);
}

/* The value only marks presence. */
static enum mcp_code remember(struct mcp_pages *pages, struct mcp_str cursor, struct mcp_err *err) {
    if (cursor.len > MCP_PAGES_MAX_CURSOR_BYTES)
        return MCP_FAIL(err, MCP_E_PEER, "a cursor of %zu bytes: at most %d are accepted",
                        cursor.len, MCP_PAGES_MAX_CURSOR_BYTES);
    if (mcp_map_get(pages->seen, cursor) != NULL)
        return MCP_FAIL(err, MCP_E_PEER,
                        "the pages go in a circle: cursor \"%s\" came twice in %zu pages",
                        mcp_peer_text(cursor).text, pages->page_count);
    if (pages->page_count == pages->max_pages)
        return MCP_FAIL(err, MCP_E_PEER, "more than %zu pages", pages->max_pages);
    return mcp_map_put(pages->seen, cursor, pages, err);
}

enum mcp_code mcp_pages_add(struct mcp_pages *pages, const json_t *result, json_t **out_cursor,
                            struct mcp_err *err) {
    json_t *items = json_object_get(result, pages->key);
    json_t *cursor = json_object_get(result, "nextCursor");
    if (!json_is_array(items))
        return MCP_FAIL(err, MCP_E_PEER, "the result has no array \"%s\"", pages->key);
    if (json_array_size(items) > pages->max_items - json_array_size(pages->items))
        return MCP_FAIL(err, MCP_E_PEER, "more than %zu items", pages->max_items);
    if (json_array_extend(pages->items, items) != 0)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for a list");
    pages->page_count++;
    if (cursor == NULL || json_is_null(cursor)) {
        *out_cursor = NULL;
        return MCP_OK;
    }
    if (!json_is_string(cursor))
        return MCP_FAIL(err, MCP_E_PEER, "\"nextCursor\" is %s, expected a string",
                        mcp_json_type_name(cursor));
    MCP_TRY(remember(pages, mcp_json_str(cursor), err));
    *out_cursor = json_incref(cursor);
    return MCP_OK;
}

const json_t *mcp_pages_result(const struct mcp_pages *pages) {
    return pages->whole;
}
