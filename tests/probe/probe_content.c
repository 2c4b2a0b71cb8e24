/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/content.json. */
#include "probe.h"
#include "protocol/content.h"

probe_fn probe_content;

static const char *text_of(const json_t *object, const char *key) {
    return json_string_value(json_object_get(object, key));
}

static enum mcp_code content_of(const json_t *spec, struct mcp_buf *data,
                                struct mcp_content *out_content, struct mcp_err *err) {
    bool is_binary = json_object_get(spec, "blob") != NULL;
    MCP_TRY(probe_bytes(json_object_get(spec, is_binary ? "blob" : "text"), data, err));
    *out_content = (struct mcp_content){.uri = text_of(spec, "uri"),
                                        .mime_type = text_of(spec, "mimeType"),
                                        .data = mcp_buf_view(data),
                                        .is_binary = is_binary};
    return MCP_OK;
}

static enum mcp_code add_link(json_t *list, const json_t *spec, struct mcp_err *err) {
    struct mcp_content_link link = {.uri = text_of(spec, "uri"),
                                    .name = text_of(spec, "name"),
                                    .title = text_of(spec, "title"),
                                    .description = text_of(spec, "description"),
                                    .mime_type = text_of(spec, "mimeType")};
    return mcp_content_add_link(list, &link, err);
}

static enum mcp_code add_content(json_t *list, const json_t *block, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf data = MCP_BUF_INIT(1 << 20);
    struct mcp_content content;
    const json_t *embedded = json_object_get(block, "embedded");
    const json_t *spec = embedded != NULL ? embedded : json_object_get(block, "contents");
    MCP_TRY(content_of(spec, &data, &content, err));
    return embedded != NULL ? mcp_content_add_embedded(list, &content, err)
                            : mcp_content_add_contents(list, &content, err);
}

static enum mcp_code add(json_t *list, const json_t *block, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf data = MCP_BUF_INIT(1 << 20);
    if (json_object_get(block, "link") != NULL)
        return add_link(list, json_object_get(block, "link"), err);
    if (json_object_get(block, "embedded") != NULL || json_object_get(block, "contents") != NULL)
        return add_content(list, block, err);
    if (json_object_get(block, "text") != NULL) {
        MCP_TRY(probe_bytes(json_object_get(block, "text"), &data, err));
        return mcp_content_add_text(list, mcp_buf_view(&data), err);
    }
    const json_t *image = json_object_get(block, "image");
    MCP_TRY(probe_bytes(image != NULL ? image : json_object_get(block, "audio"), &data, err));
    return image != NULL
               ? mcp_content_add_image(list, mcp_buf_view(&data), text_of(block, "mimeType"), err)
               : mcp_content_add_audio(list, mcp_buf_view(&data), text_of(block, "mimeType"), err);
}

static enum mcp_code encode(const json_t *spec, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf data = MCP_BUF_INIT(1 << 20);
    MCP_AUTO(mcp_blob_unrefp) struct mcp_blob *blob = NULL;
    json_auto_t *read_back = NULL;
    json_auto_t *built = json_array();
    struct mcp_content content;
    if (built == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    MCP_TRY(content_of(spec, &data, &content, err));
    MCP_TRY(mcp_content_encode(&content, &blob, err));
    MCP_TRY(mcp_json_parse(mcp_blob_view(blob), &read_back, err));
    MCP_TRY(mcp_content_add_contents(built, &content, err));
    if (!json_equal(built, read_back))
        return MCP_FAIL(err, MCP_E_BUG, "the two forms differ");
    return probe_give(probe_text(mcp_blob_view(blob)), out, err);
}

enum mcp_code probe_content(const json_t *in, json_t **out, struct mcp_err *err) {
    if (json_object_get(in, "encode") != NULL)
        return encode(json_object_get(in, "encode"), out, err);
    json_auto_t *list = json_array();
    if (list == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    const json_t *blocks = json_object_get(in, "blocks");
    for (size_t i = 0; i < json_array_size(blocks); i++)
        MCP_TRY(add(list, json_array_get(blocks, i), err));
    *out = MCP_TAKE(list);
    return MCP_OK;
}
