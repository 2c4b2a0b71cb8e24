/* SPDX-License-Identifier: MIT */
/* Target: http_text. Input: two texts separated by the first LF. Properties: what is accepted as a
 * bearer token is safe in a header; a media type equal to one that is accepted is accepted; a
 * decoded query value is never longer than the query; adding a final any-range to an Accept value
 * never takes anything away. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mcp/http_text.h"

static void require(bool claim) {
    if (!claim)
        abort();
}

static void check_accept(struct mcp_str accept) {
    static const struct mcp_str json = {"application/json", 16};
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf wider = MCP_BUF_INIT(1 << 21);
    mcp_buf_add(&wider, MCP_STR("*/*;q=0.1,"));
    mcp_buf_add(&wider, accept);
    if (mcp_http_accepts(accept, json))
        require(mcp_http_accepts(mcp_buf_view(&wider), json));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct mcp_str all = {(const char *)data, size};
    const char *lf = size > 0 ? memchr(all.ptr, '\n', size) : NULL;
    if (lf == NULL)
        return 0;
    struct mcp_str a = {all.ptr, (size_t)(lf - all.ptr)};
    struct mcp_str b = {lf + 1, size - a.len - 1};

    struct mcp_str token = {0};
    if (mcp_http_bearer(a, &token))
        require(token.len > 0 && mcp_http_value_is_safe(token));
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf value = MCP_BUF_INIT(1 << 21);
    if (mcp_http_query_get(a, b, &value, NULL) == MCP_OK)
        require(value.len + b.len <= a.len);
    if (mcp_http_media_type_is(a, b) && a.len == b.len)
        require(mcp_http_equal_nocase(a, b));
    (void)mcp_http_accepts(a, b);
    check_accept(a);
    require(mcp_http_equal_nocase(a, b) == mcp_http_equal_nocase(b, a));
    return 0;
}
