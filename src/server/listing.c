/* SPDX-License-Identifier: MIT */
/* listing.c - see listing.h. Pure: no I/O, no clock, no log. */
#include "server/listing.h"

#include "mcp/alloc.h"
#include "protocol/shape.h"

enum { MAX_PAGE_BYTES = 64 * 1024 * 1024 };

static enum mcp_code no_memory(struct mcp_err *err) {
    return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
}

static json_t *cursor_after(const struct mcp_listing_options *options, size_t position) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(MCP_CURSOR_TEXT_BYTES);
    mcp_cursor_encode(options->secret, mcp_str_of(options->method->name), position, &text);
    if (mcp_buf_finish(&text, NULL) != MCP_OK)
        return NULL;
    return json_stringn(mcp_buf_view(&text).ptr, mcp_buf_view(&text).len);
}

/* {"tools": [...], "nextCursor"?: "..."} of the items from `start` on; NULL when out of memory. */
static json_t *page_members(const json_t *items, size_t start,
                            const struct mcp_listing_options *options) {
    json_auto_t *slice = json_array();
    size_t end = start + options->page_size;
    bool has_more = end < json_array_size(items);
    for (size_t i = start; i < end && i < json_array_size(items); i++)
        if (json_array_append(slice, json_array_get(items, i)) != 0)
            return NULL;
    json_auto_t *members = json_pack("{s:O}", options->method->list_key, slice);
    if (members == NULL)
        return NULL;
    if (has_more && json_object_set_new(members, "nextCursor", cursor_after(options, end)) != 0)
        return NULL;
    return MCP_TAKE(members);
}

static enum mcp_code encode_page(const json_t *items, size_t start, enum mcp_version version,
                                 const struct mcp_listing_options *options,
                                 struct mcp_blob **out_page, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(MAX_PAGE_BYTES);
    MCP_AUTO(mcp_result_deinit) struct mcp_result result = {0};
    const struct mcp_shape shape = {.method = options->method,
                                    .version = version,
                                    .ttl_ms = options->ttl_ms,
                                    .server_info = options->server_info};
    MCP_TRY(mcp_result_take(&result, page_members(items, start, options), err));
    MCP_TRY(mcp_shape_result(&result, &shape, err));
    MCP_TRY(mcp_result_write(&result, &text, err));
    *out_page = mcp_blob_new(mcp_buf_view(&text));
    return *out_page != NULL ? MCP_OK : no_memory(err);
}

enum mcp_code mcp_listing_build(struct mcp_listing *listing, const json_t *items,
                                const struct mcp_listing_options *options, struct mcp_err *err) {
    size_t count = json_array_size(items);
    size_t page_count = count == 0 ? 1 : (count - 1) / options->page_size + 1;
    *listing = (struct mcp_listing){
        .method = options->method, .page_size = options->page_size, .page_count = page_count};
    listing->pages = mcp_alloc(page_count * MCP_VERSION_COUNT * sizeof(void *));
    if (listing->pages == NULL)
        return no_memory(err);
    for (size_t version = MCP_VERSION_OLDEST; version < MCP_VERSION_COUNT; version++)
        for (size_t page = 0; page < page_count; page++)
            MCP_TRY(encode_page(items, page * options->page_size, (enum mcp_version)version,
                                options, &listing->pages[version * page_count + page], err));
    return MCP_OK;
}

void mcp_listing_deinit(struct mcp_listing *listing) {
    for (size_t i = 0; listing->pages != NULL && i < listing->page_count * MCP_VERSION_COUNT; i++)
        mcp_blob_unref(listing->pages[i]);
    mcp_free(listing->pages);
    *listing = (struct mcp_listing){0};
}

enum mcp_code mcp_listing_page(const struct mcp_listing *listing, enum mcp_version version,
                               const unsigned char *secret, const json_t *cursor,
                               struct mcp_blob **out_page, struct mcp_err *err) {
    uint64_t position = 0;
    if (cursor != NULL && !json_is_string(cursor))
        return mcp_err_at(err, MCP_FAIL(err, MCP_E_INVALID, "expected a string"), "/cursor");
    if (cursor != NULL) {
        enum mcp_code code = mcp_cursor_decode(secret, mcp_str_of(listing->method->name),
                                               mcp_json_str(cursor), &position, err);
        if (code != MCP_OK)
            return mcp_err_at(err, code, "/cursor");
    }
    size_t page = (size_t)(position / listing->page_size);
    if (position % listing->page_size != 0 || page >= listing->page_count)
        return mcp_err_at(err, MCP_FAIL(err, MCP_E_INVALID, "no page begins there"), "/cursor");
    *out_page = listing->pages[(size_t)version * listing->page_count + page];
    return MCP_OK;
}
