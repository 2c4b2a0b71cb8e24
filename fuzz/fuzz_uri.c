/* SPDX-License-Identifier: MIT */
/*
 * Target: mcp_uri_parse, _resolve, _decode, _encode. The input is "base\nreference". Properties:
 * the parts put together again are the text; a resolved URI parses, is absolute, and resolving it
 * again changes nothing; what is encoded decodes to the same bytes.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mcp/uri.h"

static void require(bool holds) {
    if (!holds)
        abort();
}

static void add_if(struct mcp_buf *out, bool is_there, const char *before, struct mcp_str part) {
    if (!is_there)
        return;
    mcp_buf_add(out, mcp_str_of(before));
    mcp_buf_add(out, part);
}

/* All but the authority is put together from the parts; the authority's bytes lie before the path.
 */
static void check_parts(struct mcp_str text) {
    struct mcp_uri uri = {0};
    if (mcp_uri_parse(text, &uri, NULL) != MCP_OK)
        return;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf joined = MCP_BUF_INIT(1 << 16);
    size_t head = (size_t)(uri.path.ptr - text.ptr);
    if (text.len > 0)
        mcp_buf_add(&joined, (struct mcp_str){text.ptr, head});
    mcp_buf_add(&joined, uri.path);
    add_if(&joined, uri.has_query, "?", uri.query);
    add_if(&joined, uri.has_fragment, "#", uri.fragment);
    require(mcp_str_equal(mcp_buf_view(&joined), text));
    size_t scheme = uri.scheme.len > 0 ? uri.scheme.len + 1 : 0;
    require(uri.has_authority ? head >= scheme + 2 + uri.host.len
                              : text.len == 0 || head == scheme);
    require(!mcp_uri_same_origin(&uri, &uri) == (uri.scheme.len == 0 || uri.host.len == 0));
}

static void check_resolve(struct mcp_str base, struct mcp_str reference) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf once = MCP_BUF_INIT(1 << 16);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf twice = MCP_BUF_INIT(1 << 16);
    struct mcp_uri uri = {0};
    if (mcp_uri_resolve(base, reference, &once, NULL) != MCP_OK)
        return;
    if (once.len > MCP_URI_MAX_BYTES)
        return;
    require(mcp_uri_parse(mcp_buf_view(&once), &uri, NULL) == MCP_OK);
    require(uri.scheme.len > 0);
    /* An empty reference part keeps the base path as it stands, dot segments and all. */
    if (reference.len == 0 || reference.ptr[0] == '?' || reference.ptr[0] == '#')
        return;
    require(mcp_uri_resolve(base, mcp_buf_view(&once), &twice, NULL) == MCP_OK);
    bool has_guard = memmem(once.data, once.len, ":/.//", 5) != NULL;
    require(has_guard || mcp_str_equal(mcp_buf_view(&once), mcp_buf_view(&twice)));
}

static void check_coding(struct mcp_str bytes) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf encoded = MCP_BUF_INIT(1 << 22);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf decoded = MCP_BUF_INIT(1 << 22);
    struct mcp_uri uri = {0};
    enum mcp_code raw = mcp_uri_decode(bytes, &decoded, NULL);
    require(raw == MCP_OK ? decoded.len <= bytes.len : raw == MCP_E_SYNTAX);
    mcp_buf_clear(&decoded);
    mcp_uri_encode(bytes, &encoded);
    if (encoded.status != MCP_OK || (bytes.len > 0 && memchr(bytes.ptr, 0, bytes.len) != NULL))
        return;
    require(mcp_uri_decode(mcp_buf_view(&encoded), &decoded, NULL) == MCP_OK);
    require(mcp_str_equal(mcp_buf_view(&decoded), bytes));
    require(encoded.len > MCP_URI_MAX_BYTES ||
            mcp_uri_parse(mcp_buf_view(&encoded), &uri, NULL) == MCP_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct mcp_str all = {(const char *)data, size};
    const char *split = size > 0 ? memchr(all.ptr, '\n', size) : NULL;
    size_t base_len = split != NULL ? (size_t)(split - all.ptr) : size;
    struct mcp_str base = {all.ptr, base_len};
    struct mcp_str reference = MCP_STR("");
    if (split != NULL)
        reference = (struct mcp_str){split + 1, size - base_len - 1};
    check_parts(base);
    check_parts(reference);
    check_resolve(base, reference);
    check_coding(all);
    return 0;
}
