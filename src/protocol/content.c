/* SPDX-License-Identifier: MIT */
/* content.c - see content.h. Pure: no I/O, no clock, no log. */
#include "protocol/content.h"

#include "base/base64.h"
#include "mcp/utf8.h"

static enum mcp_code no_memory(struct mcp_err *err) {
    return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
}

/* A JSON string of `text`, repaired when it is not UTF-8; NULL when memory is refused. */
static json_t *text_value(struct mcp_str text) {
    if (mcp_utf8_valid_prefix(text) == text.len)
        return json_stringn_nocheck(text.len > 0 ? text.ptr : "", text.len);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf repaired = MCP_BUF_INIT(SIZE_MAX / 2);
    (void)mcp_utf8_repair(&repaired, text);
    if (repaired.status != MCP_OK)
        return NULL;
    return json_stringn_nocheck(repaired.data, repaired.len);
}

static json_t *base64_value(struct mcp_str bytes) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf encoded = MCP_BUF_INIT(SIZE_MAX / 2);
    mcp_base64_encode(&encoded, bytes);
    if (encoded.status != MCP_OK)
        return NULL;
    return json_stringn_nocheck(mcp_buf_view(&encoded).ptr, encoded.len);
}

/* Add a text member unless it is NULL. (json_pack's "s*" takes a refused allocation for absence.)
 */
static bool set_optional(json_t *object, const char *key, const char *text) {
    return text == NULL || json_object_set_new(object, key, json_string(text)) == 0;
}

/* Takes the block, which is NULL when memory was refused. */
static enum mcp_code append(json_t *list, json_t *block, struct mcp_err *err) {
    if (block == NULL || json_array_append_new(list, block) != 0)
        return no_memory(err);
    return MCP_OK;
}

enum mcp_code mcp_content_add_text(json_t *list, struct mcp_str text, struct mcp_err *err) {
    return append(list, json_pack("{s:s, s:o}", "type", "text", "text", text_value(text)), err);
}

static enum mcp_code add_media(json_t *list, const char *type, struct mcp_str bytes,
                               const char *mime_type, struct mcp_err *err) {
    json_t *block = json_pack("{s:s, s:o, s:s}", "type", type, "data", base64_value(bytes),
                              "mimeType", mime_type);
    return append(list, block, err);
}

enum mcp_code mcp_content_add_image(json_t *list, struct mcp_str bytes, const char *mime_type,
                                    struct mcp_err *err) {
    return add_media(list, "image", bytes, mime_type, err);
}

enum mcp_code mcp_content_add_audio(json_t *list, struct mcp_str bytes, const char *mime_type,
                                    struct mcp_err *err) {
    return add_media(list, "audio", bytes, mime_type, err);
}

static json_t *contents_value(const struct mcp_content *content) {
    json_t *data = content->is_binary ? base64_value(content->data) : text_value(content->data);
    json_auto_t *value =
        json_pack("{s:s, s:o}", "uri", content->uri, content->is_binary ? "blob" : "text", data);
    if (!set_optional(value, "mimeType", content->mime_type))
        return NULL;
    return json_incref(value);
}

enum mcp_code mcp_content_add_embedded(json_t *list, const struct mcp_content *content,
                                       struct mcp_err *err) {
    json_t *resource = contents_value(content);
    return append(list, json_pack("{s:s, s:o}", "type", "resource", "resource", resource), err);
}

enum mcp_code mcp_content_add_link(json_t *list, const struct mcp_content_link *link,
                                   struct mcp_err *err) {
    json_auto_t *block =
        json_pack("{s:s, s:s, s:s}", "type", "resource_link", "uri", link->uri, "name", link->name);
    if (!set_optional(block, "title", link->title) ||
        !set_optional(block, "description", link->description) ||
        !set_optional(block, "mimeType", link->mime_type))
        return no_memory(err);
    return append(list, json_incref(block), err);
}

enum mcp_code mcp_content_add_contents(json_t *list, const struct mcp_content *content,
                                       struct mcp_err *err) {
    return append(list, contents_value(content), err);
}

enum mcp_code mcp_content_encode(const struct mcp_content *content, struct mcp_blob **out_blob,
                                 struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf out = MCP_BUF_INIT(SIZE_MAX / 2);
    mcp_buf_add(&out, MCP_STR("[{\"uri\":"));
    mcp_json_add_string(&out, mcp_str_of(content->uri));
    if (content->mime_type != NULL) {
        mcp_buf_add(&out, MCP_STR(",\"mimeType\":"));
        mcp_json_add_string(&out, mcp_str_of(content->mime_type));
    }
    if (content->is_binary) {
        mcp_buf_add(&out, MCP_STR(",\"blob\":\""));
        mcp_base64_encode(&out, content->data);
        mcp_buf_addc(&out, '"');
    } else {
        mcp_buf_add(&out, MCP_STR(",\"text\":"));
        mcp_json_add_string(&out, content->data);
    }
    mcp_buf_add(&out, MCP_STR("}]"));
    MCP_TRY(mcp_buf_finish(&out, err));
    struct mcp_blob *blob = mcp_blob_new(mcp_buf_view(&out));
    if (blob == NULL)
        return no_memory(err);
    *out_blob = blob;
    return MCP_OK;
}
