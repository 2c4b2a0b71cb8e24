/* SPDX-License-Identifier: MIT */
/* reply.c - see reply.h. Pure: no I/O, no clock, no log. */
#include "server/reply.h"

#include <assert.h>
#include <stdint.h>

enum { MAX_REPLY_BYTES = 256 * 1024 * 1024 };

void mcp_reply_init(struct mcp_reply *reply) {
    reply->count = 0;
    reply->shared = NULL;
    reply->digits_used = 0;
    reply->id = (struct mcp_buf)MCP_BUF_INIT(MAX_REPLY_BYTES);
    reply->text = (struct mcp_buf)MCP_BUF_INIT(MAX_REPLY_BYTES);
}

void mcp_reply_deinit(struct mcp_reply *reply) {
    mcp_buf_deinit(&reply->id);
    mcp_buf_deinit(&reply->text);
}

void mcp_reply_add(struct mcp_reply *reply, struct mcp_str part) {
    assert(reply->count < MCP_REPLY_MAX_PARTS);
    reply->parts[reply->count++] = part;
}

static void add_integer(struct mcp_reply *reply, int64_t value) {
    assert(reply->digits_used < MCP_COUNT(reply->digits));
    char *digits = reply->digits[reply->digits_used++];
    size_t at = sizeof reply->digits[0];
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0)
        digits[--at] = '-';
    mcp_reply_add(reply, (struct mcp_str){digits + at, sizeof reply->digits[0] - at});
}

static bool is_plain(struct mcp_str text) {
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.ptr[i];
        if (byte < 0x20 || byte > 0x7E || byte == '"' || byte == '\\')
            return false;
    }
    return true;
}

bool mcp_reply_add_id(struct mcp_reply *reply, const json_t *id) {
    if (json_is_integer(id)) {
        add_integer(reply, json_integer_value(id));
        return true;
    }
    if (!json_is_string(id)) {
        mcp_reply_add(reply, MCP_STR("null"));
        return true;
    }
    if (is_plain(mcp_json_str(id))) {
        mcp_reply_add(reply, MCP_STR("\""));
        mcp_reply_add(reply, mcp_json_str(id));
        mcp_reply_add(reply, MCP_STR("\""));
        return true;
    }
    mcp_buf_clear(&reply->id);
    mcp_json_add_string(&reply->id, mcp_json_str(id));
    bool is_written = mcp_buf_finish(&reply->id, NULL) == MCP_OK;
    mcp_reply_add(reply, is_written ? mcp_buf_view(&reply->id) : MCP_STR("null"));
    return is_written;
}

static bool add_head(struct mcp_reply *reply, const json_t *id, struct mcp_str member) {
    mcp_reply_add(reply, MCP_STR("{\"jsonrpc\":\"2.0\",\"id\":"));
    bool is_written = mcp_reply_add_id(reply, id);
    mcp_reply_add(reply, member);
    return is_written;
}

/* An answer that does not say whose it is, is none. */
static enum mcp_code add_result_head(struct mcp_reply *reply, const json_t *id,
                                     struct mcp_err *err) {
    if (add_head(reply, id, MCP_STR(",\"result\":")))
        return MCP_OK;
    reply->count = 0;
    return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
}

enum mcp_code mcp_reply_whole(struct mcp_reply *reply, const json_t *id, struct mcp_str whole,
                              struct mcp_err *err) {
    MCP_TRY(add_result_head(reply, id, err));
    mcp_reply_add(reply, whole);
    mcp_reply_add(reply, MCP_STR("}"));
    return MCP_OK;
}

/* The keys are ours: names that need no escape. */
static void add_encoded(struct mcp_reply *reply, const struct mcp_result *result) {
    for (size_t i = 0; i < MCP_RESULT_MAX_ENCODED && result->encoded[i].key != NULL; i++) {
        if (i > 0) {
            mcp_reply_add(reply, MCP_STR(",\""));
            mcp_reply_add(reply, mcp_str_of(result->encoded[i].key));
            mcp_reply_add(reply, MCP_STR("\":"));
        }
        mcp_reply_add(reply, mcp_blob_view(result->encoded[i].json));
    }
}

enum mcp_code mcp_reply_result(struct mcp_reply *reply, const json_t *id,
                               const struct mcp_result *result, struct mcp_str head,
                               struct mcp_err *err) {
    if (head.len == 0) {
        mcp_buf_clear(&reply->text);
        MCP_TRY(mcp_result_write_head(result, &reply->text, err));
        head = mcp_buf_view(&reply->text);
    }
    MCP_TRY(add_result_head(reply, id, err));
    mcp_reply_add(reply, head);
    add_encoded(reply, result);
    reply->shared = result->encoded[0].json;
    mcp_reply_add(reply, MCP_STR("}}"));
    return MCP_OK;
}

static enum mcp_code write_error(struct mcp_buf *text, const struct mcp_rpc_error *error,
                                 const json_t *data) {
    mcp_buf_clear(text);
    mcp_json_add_string(text, mcp_str_of(error->message));
    if (data != NULL) {
        mcp_buf_add(text, MCP_STR(",\"data\":"));
        MCP_TRY(mcp_json_write(data, text, NULL));
    }
    return mcp_buf_finish(text, NULL);
}

void mcp_reply_error(struct mcp_reply *reply, const json_t *id, const struct mcp_rpc_error *error,
                     const json_t *data) {
    bool is_written = write_error(&reply->text, error, data) == MCP_OK;
    bool has_id = add_head(reply, id, MCP_STR(",\"error\":{\"code\":"));
    is_written = is_written && has_id;
    add_integer(reply, is_written ? error->code : MCP_JSONRPC_INTERNAL_ERROR);
    mcp_reply_add(reply, MCP_STR(",\"message\":"));
    mcp_reply_add(reply, is_written ? mcp_buf_view(&reply->text) : MCP_STR("\"Internal error\""));
    mcp_reply_add(reply, MCP_STR("}}"));
}

enum mcp_outcome mcp_outcome_of_status(int http_status) {
    switch (http_status) {
    case 200:
        return MCP_OUTCOME_OK;
    case 403:
        return MCP_OUTCOME_FORBIDDEN;
    case 404:
        return MCP_OUTCOME_NOT_FOUND;
    case 503:
        return MCP_OUTCOME_UNAVAILABLE;
    default:
        return MCP_OUTCOME_BAD_REQUEST;
    }
}
