/* SPDX-License-Identifier: MIT */
/* content.h - content blocks and resource contents. Layer: protocol. Includes: json blob. */
#ifndef MCP_CONTENT_H
#define MCP_CONTENT_H

#include "mcp/blob.h"
#include "mcp/json.h"

/*
 * Append one block to `list`, an array: the "content" of a tool result, or to be taken from there
 * as a prompt message's. Text that is not UTF-8 is repaired with U+FFFD; bytes are written base64.
 * `mime_type` may be NULL where the protocol makes it optional. errors: NOMEM.
 */
enum mcp_code mcp_content_add_text(json_t *list, struct mcp_str text,
                                   struct mcp_err *err) MCP_CHECK;
enum mcp_code mcp_content_add_image(json_t *list, struct mcp_str bytes, const char *mime_type,
                                    struct mcp_err *err) MCP_CHECK;
enum mcp_code mcp_content_add_audio(json_t *list, struct mcp_str bytes, const char *mime_type,
                                    struct mcp_err *err) MCP_CHECK;

/* What a resource holds: text, or bytes when is_binary. */
struct mcp_content {
    const char *uri;
    const char *mime_type; /* NULL: none */
    struct mcp_str data;
    bool is_binary;
};

/* A resource inside a content list: {"type":"resource","resource":{...}}. */
enum mcp_code mcp_content_add_embedded(json_t *list, const struct mcp_content *content,
                                       struct mcp_err *err) MCP_CHECK;

/* A pointer to one: {"type":"resource_link","uri",...}. title, description, mime_type may be NULL.
 */
struct mcp_content_link {
    const char *uri;
    const char *name;
    const char *title;
    const char *description;
    const char *mime_type;
};
enum mcp_code mcp_content_add_link(json_t *list, const struct mcp_content_link *link,
                                   struct mcp_err *err) MCP_CHECK;

/* An item of the "contents" of resources/read. */
enum mcp_code mcp_content_add_contents(json_t *list, const struct mcp_content *content,
                                       struct mcp_err *err) MCP_CHECK;

/*
 * The whole "contents" array of one resource as JSON bytes, encoded once, for
 * mcp_result_set_encoded(result, "contents", blob).
 *
 *   owner   *out_blob has one reference, the caller's
 *   errors  NOMEM
 *   cost    one pass over the data, no JSON tree
 */
enum mcp_code mcp_content_encode(const struct mcp_content *content, struct mcp_blob **out_blob,
                                 struct mcp_err *err) MCP_CHECK;

#endif
