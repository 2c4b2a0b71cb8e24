/* SPDX-License-Identifier: MIT */
/* catalog_look.c - see catalog_look.h. Pure: no I/O, no clock, no log. */
#include "server/catalog_look.h"

#include <string.h>

#include "mcp/timestamp.h"
#include "mcp/utf8.h"

static bool is_text(const char *text) {
    struct mcp_str bytes = mcp_str_of(text);
    return mcp_utf8_valid_prefix(bytes) == bytes.len;
}

static bool is_theme(const char *theme) {
    return theme == NULL || strcmp(theme, "light") == 0 || strcmp(theme, "dark") == 0;
}

/* A client would load the picture: from nowhere but these. */
static bool is_source(const char *src) {
    return src != NULL && (strncmp(src, "https://", 8) == 0 || strncmp(src, "data:", 5) == 0);
}

static enum mcp_code check_icon(const struct mcp_icon *icon, struct mcp_err *err) {
    if (!is_source(icon->src))
        return MCP_FAIL(err, MCP_E_INVALID, "src is no https: or data: URI");
    if (!is_theme(icon->theme))
        return MCP_FAIL(err, MCP_E_INVALID, "theme is neither \"light\" nor \"dark\"");
    if (!is_text(icon->src) || !is_text(icon->mime_type) || !is_text(icon->sizes))
        return MCP_FAIL(err, MCP_E_INVALID, "text is not UTF-8");
    return MCP_OK;
}

enum mcp_code mcp_icons_check(const struct mcp_icons *icons, struct mcp_err *err) {
    if (icons->count > MCP_MAX_ICONS)
        return mcp_err_at(err, MCP_FAIL(err, MCP_E_INVALID, "more than %d", MCP_MAX_ICONS),
                          "icons");
    for (size_t i = 0; i < icons->count; i++) {
        enum mcp_code code = check_icon(&icons->items[i], err);
        if (code != MCP_OK)
            return mcp_err_at(err, code, "icons/%zu", i);
    }
    return MCP_OK;
}

enum mcp_code mcp_annotations_check(const struct mcp_annotations *annotations,
                                    struct mcp_err *err) {
    const char *modified = annotations->last_modified;
    int64_t ms = 0;
    bool is_in_range = annotations->priority >= 0 && annotations->priority <= 1;
    if (annotations->has_priority && !is_in_range)
        return mcp_err_at(err, MCP_FAIL(err, MCP_E_INVALID, "priority is not between 0 and 1"),
                          "annotations");
    if (modified != NULL && mcp_timestamp_parse(mcp_str_of(modified), &ms, NULL) != MCP_OK)
        return mcp_err_at(err, MCP_FAIL(err, MCP_E_INVALID, "last_modified is no RFC 3339 time"),
                          "annotations");
    return MCP_OK;
}

/* "48x48 96x96" as an array; NULL when there is nothing, or memory is refused. */
static json_t *sizes_of(const char *sizes) {
    json_t *items = sizes != NULL ? json_array() : NULL;
    const char *at = sizes != NULL ? sizes : "";
    while (*(at += strspn(at, " ")) != '\0') {
        size_t len = strcspn(at, " ");
        if (json_array_append_new(items, json_stringn(at, len)) != 0) {
            json_decref(items);
            return NULL;
        }
        at += len;
    }
    return items;
}

static json_t *describe(const struct mcp_icon *icon) {
    return json_pack("{s:s, s:s*, s:o*, s:s*}", "src", icon->src, "mimeType", icon->mime_type,
                     "sizes", sizes_of(icon->sizes), "theme", icon->theme);
}

bool mcp_icons_add(json_t *object, const struct mcp_icons *icons) {
    json_auto_t *items = icons->count > 0 ? json_array() : NULL;
    for (size_t i = 0; i < icons->count; i++)
        if (json_array_append_new(items, describe(&icons->items[i])) != 0)
            return false;
    return icons->count == 0 || json_object_set(object, "icons", items) == 0;
}

static json_t *audience_of(unsigned audience) {
    const char *user = (audience & MCP_FOR_USER) != 0 ? "user" : NULL;
    const char *assistant = (audience & MCP_FOR_ASSISTANT) != 0 ? "assistant" : NULL;
    return audience != 0 ? json_pack("[s*, s*]", user, assistant) : NULL;
}

bool mcp_annotations_add(json_t *object, const struct mcp_annotations *annotations) {
    if (annotations->audience == 0 && !annotations->has_priority &&
        annotations->last_modified == NULL)
        return true;
    json_t *priority = annotations->has_priority ? json_real(annotations->priority) : NULL;
    return json_object_set_new(object, "annotations",
                               json_pack("{s:o*, s:o*, s:s*}", "audience",
                                         audience_of(annotations->audience), "priority", priority,
                                         "lastModified", annotations->last_modified)) == 0;
}
