/* SPDX-License-Identifier: MIT */
/* result.c - see mcp/result.h. Pure: no I/O, no clock, no log. */
#include "mcp/result.h"

#include <assert.h>

void mcp_result_init(struct mcp_result *result) {
    *result = (struct mcp_result){0};
}

void mcp_result_deinit(struct mcp_result *result) {
    if (result == NULL)
        return;
    json_decref(result->members);
    mcp_blob_unref(result->encoded);
    *result = (struct mcp_result){0};
}

enum mcp_code mcp_result_take(struct mcp_result *result, json_t *members, struct mcp_err *err) {
    if (members == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    assert(json_is_object(members));
    json_decref(result->members);
    result->members = members;
    return MCP_OK;
}

void mcp_result_set_encoded(struct mcp_result *result, const char *key, struct mcp_blob *blob) {
    assert(key != NULL && blob != NULL);
    struct mcp_blob *old = result->encoded;
    result->encoded_key = key;
    result->encoded = mcp_blob_ref(blob);
    mcp_blob_unref(old);
}

struct mcp_result mcp_result_move(struct mcp_result *from) {
    struct mcp_result moved = *from;
    *from = (struct mcp_result){0};
    return moved;
}

static enum mcp_code add_members(json_t *members, struct mcp_buf *out, struct mcp_err *err) {
    const char *key;
    json_t *value;
    const char *comma = "";
    json_object_foreach(members, key, value) {
        mcp_buf_add(out, mcp_str_of(comma));
        mcp_json_add_string(out, mcp_str_of(key));
        mcp_buf_addc(out, ':');
        MCP_TRY(mcp_json_write(value, out, err));
        comma = ",";
    }
    return MCP_OK;
}

enum mcp_code mcp_result_write_head(const struct mcp_result *result, struct mcp_buf *out,
                                    struct mcp_err *err) {
    mcp_buf_addc(out, '{');
    MCP_TRY(add_members(result->members, out, err));
    if (result->encoded_key != NULL) {
        if (json_object_size(result->members) > 0)
            mcp_buf_addc(out, ',');
        mcp_json_add_string(out, mcp_str_of(result->encoded_key));
        mcp_buf_addc(out, ':');
    }
    return mcp_buf_finish(out, err);
}

enum mcp_code mcp_result_write(const struct mcp_result *result, struct mcp_buf *out,
                               struct mcp_err *err) {
    MCP_TRY(mcp_result_write_head(result, out, err));
    if (result->encoded_key != NULL)
        mcp_buf_add(out, mcp_blob_view(result->encoded));
    mcp_buf_addc(out, '}');
    return mcp_buf_finish(out, err);
}
