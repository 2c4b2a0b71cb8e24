/* SPDX-License-Identifier: MIT */
/* result.c - see mcp/result.h. Pure: no I/O, no clock, no log. */
#include "mcp/result.h"

#include <assert.h>
#include <string.h>

void mcp_result_init(struct mcp_result *result) {
    *result = (struct mcp_result){0};
}

void mcp_result_deinit(struct mcp_result *result) {
    if (result == NULL)
        return;
    json_decref(result->members);
    for (size_t i = 0; i < MCP_RESULT_MAX_ENCODED; i++)
        mcp_blob_unref(result->encoded[i].json);
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
    size_t i = 0;
    while (i < MCP_RESULT_MAX_ENCODED && result->encoded[i].key != NULL &&
           strcmp(result->encoded[i].key, key) != 0)
        i++;
    assert(i < MCP_RESULT_MAX_ENCODED);
    struct mcp_blob *old = result->encoded[i].json;
    result->encoded[i] = (struct mcp_encoded){key, mcp_blob_ref(blob)};
    mcp_blob_unref(old);
}

void mcp_result_drop_encoded(struct mcp_result *result, size_t i) {
    mcp_blob_unref(result->encoded[i].json);
    for (; i + 1 < MCP_RESULT_MAX_ENCODED; i++)
        result->encoded[i] = result->encoded[i + 1];
    result->encoded[i] = (struct mcp_encoded){0};
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

static void add_key(struct mcp_buf *out, const char *key, bool past_first) {
    if (past_first)
        mcp_buf_addc(out, ',');
    mcp_json_add_string(out, mcp_str_of(key));
    mcp_buf_addc(out, ':');
}

enum mcp_code mcp_result_write_head(const struct mcp_result *result, struct mcp_buf *out,
                                    struct mcp_err *err) {
    mcp_buf_addc(out, '{');
    MCP_TRY(add_members(result->members, out, err));
    if (result->encoded[0].key != NULL)
        add_key(out, result->encoded[0].key, json_object_size(result->members) > 0);
    return mcp_buf_finish(out, err);
}

enum mcp_code mcp_result_write(const struct mcp_result *result, struct mcp_buf *out,
                               struct mcp_err *err) {
    MCP_TRY(mcp_result_write_head(result, out, err));
    for (size_t i = 0; i < MCP_RESULT_MAX_ENCODED && result->encoded[i].key != NULL; i++) {
        if (i > 0)
            add_key(out, result->encoded[i].key, true);
        mcp_buf_add(out, mcp_blob_view(result->encoded[i].json));
    }
    mcp_buf_addc(out, '}');
    return mcp_buf_finish(out, err);
}
