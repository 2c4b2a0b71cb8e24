/* SPDX-License-Identifier: MIT */
/* probe.c - see probe.h. */
#include "probe.h"

#include <string.h>

#include "base/base64.h"
#include "mcp/utf8.h"

/* Doubling what is there already: a hundred million times is a few dozen copies. */
static enum mcp_code repeat(const json_t *value, struct mcp_buf *out, struct mcp_err *err) {
    struct mcp_str unit = mcp_json_str(json_object_get(value, "repeat"));
    size_t whole = unit.len * (size_t)json_integer_value(json_object_get(value, "times"));
    char *at = whole > 0 ? mcp_buf_reserve(out, whole) : NULL;
    if (at == NULL)
        return mcp_buf_finish(out, err);
    memcpy(at, unit.ptr, unit.len);
    for (size_t len = unit.len; len < whole; len *= 2)
        memcpy(at + len, at, len < whole - len ? len : whole - len);
    mcp_buf_commit(out, whole);
    return mcp_buf_finish(out, err);
}

enum mcp_code probe_bytes(const json_t *value, struct mcp_buf *out, struct mcp_err *err) {
    if (json_is_string(value)) {
        mcp_buf_add(out, mcp_json_str(value));
        return mcp_buf_finish(out, err);
    }
    if (json_object_get(value, "base64") != NULL)
        return mcp_base64_decode(out, mcp_json_str(json_object_get(value, "base64")), err);
    if (json_object_get(value, "repeat") != NULL)
        return repeat(value, out, err);
    for (size_t i = 0; i < json_array_size(value); i++)
        MCP_TRY(probe_bytes(json_array_get(value, i), out, err));
    return MCP_OK;
}

json_t *probe_text(struct mcp_str bytes) {
    bool is_text = mcp_utf8_valid_prefix(bytes) == bytes.len &&
                   (bytes.len == 0 || memchr(bytes.ptr, '\0', bytes.len) == NULL);
    if (is_text)
        return json_stringn(bytes.ptr, bytes.len);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(SIZE_MAX / 2);
    mcp_base64_encode(&text, bytes);
    return json_pack("{s:s#}", "base64", text.data, (int)text.len);
}

enum mcp_code probe_give(json_t *value, json_t **out, struct mcp_err *err) {
    if (value == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    *out = value;
    return MCP_OK;
}

json_int_t probe_int(const json_t *in, const char *key, json_int_t otherwise) {
    const json_t *value = json_object_get(in, key);
    return json_is_integer(value) ? json_integer_value(value) : otherwise;
}
