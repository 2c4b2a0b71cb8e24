/* SPDX-License-Identifier: MIT */
/* catalog_items.c - the catalog as list items; see catalog.h. Pure: no I/O, no clock, no log. */
#include <string.h>

#include "server/catalog.h"
#include "server/catalog_look.h"

typedef json_t *(item_fn)(const void *entry);

/* Takes the item: NULL when it, or what it looks like, was refused memory. */
static json_t *with_look(json_t *item, const struct mcp_annotations *annotations,
                         const struct mcp_icons *icons) {
    if (item != NULL && (annotations == NULL || mcp_annotations_add(item, annotations)) &&
        mcp_icons_add(item, icons))
        return item;
    json_decref(item);
    return NULL;
}

/* "s*": the member is left out when the text is NULL. */
static json_t *tool_item(const void *value) {
    const struct mcp_tool_entry *entry = value;
    const struct mcp_tool *row = &entry->row;
    json_t *item =
        json_pack("{s:s, s:s*, s:s, s:O, s:O*, s:{s:b, s:b, s:b, s:b}}", "name", row->name, "title",
                  row->title, "description", row->description, "inputSchema", entry->input_schema,
                  "outputSchema", entry->output_schema, "annotations", "readOnlyHint",
                  (row->hints & MCP_HINT_READ_ONLY) != 0, "destructiveHint",
                  (row->hints & MCP_HINT_DESTRUCTIVE) != 0, "idempotentHint",
                  (row->hints & MCP_HINT_IDEMPOTENT) != 0, "openWorldHint",
                  (row->hints & MCP_HINT_OPEN_WORLD) != 0);
    return with_look(item, NULL, &row->icons);
}

static json_t *resource_item(const void *value) {
    const struct mcp_resource *row = &((const struct mcp_resource_entry *)value)->row;
    json_t *size = row->size > 0 ? json_integer((json_int_t)row->size) : NULL;
    json_t *item = json_pack("{s:s, s:s, s:s*, s:s*, s:s*, s:o*}", "uri", row->uri, "name",
                             row->name, "title", row->title, "description", row->description,
                             "mimeType", row->mime_type, "size", size);
    return with_look(item, &row->annotations, &row->icons);
}

static json_t *template_item(const void *value) {
    const struct mcp_resource_template *row = &((const struct mcp_template_entry *)value)->row;
    json_t *item = json_pack("{s:s, s:s, s:s*, s:s*, s:s*}", "uriTemplate", row->uri_template,
                             "name", row->name, "title", row->title, "description",
                             row->description, "mimeType", row->mime_type);
    return with_look(item, &row->annotations, &row->icons);
}

static json_t *prompt_arguments(const struct mcp_prompt *row) {
    json_t *arguments = json_array();
    for (size_t i = 0; i < row->argument_count; i++) {
        const struct mcp_prompt_argument *argument = &row->arguments[i];
        json_t *item =
            json_pack("{s:s, s:s*, s:s*, s:b}", "name", argument->name, "title", argument->title,
                      "description", argument->description, "required", argument->is_required);
        if (json_array_append_new(arguments, item) != 0) {
            json_decref(arguments);
            return NULL;
        }
    }
    return arguments;
}

static json_t *prompt_item(const void *value) {
    const struct mcp_prompt *row = &((const struct mcp_prompt_entry *)value)->row;
    json_auto_t *item = json_pack("{s:s, s:s*, s:s*}", "name", row->name, "title", row->title,
                                  "description", row->description);
    if (item == NULL)
        return NULL;
    if (row->argument_count > 0 &&
        json_object_set_new(item, "arguments", prompt_arguments(row)) != 0)
        return NULL;
    return with_look(MCP_TAKE(item), NULL, &row->icons);
}

static json_t *items_of(const struct mcp_map *map, item_fn *describe) {
    json_auto_t *items = json_array();
    size_t at = 0;
    void *entry = NULL;
    while (items != NULL && mcp_map_next(map, &at, NULL, &entry))
        if (json_array_append_new(items, describe(entry)) != 0)
            return NULL;
    return MCP_TAKE(items);
}

json_t *mcp_catalog_items(const struct mcp_catalog *catalog, const char *list_key) {
    const struct {
        const char *list_key;
        const struct mcp_map *map;
        item_fn *describe;
    } kinds[] = {
        {"tools", catalog->tools, tool_item},
        {"resources", catalog->resources, resource_item},
        {"resourceTemplates", catalog->templates, template_item},
        {"prompts", catalog->prompts, prompt_item},
    };
    for (size_t i = 0; i < MCP_COUNT(kinds); i++)
        if (strcmp(kinds[i].list_key, list_key) == 0)
            return items_of(kinds[i].map, kinds[i].describe);
    return NULL;
}

static bool add_capability(json_t *capabilities, bool is_offered, const char *name, json_t *value) {
    if (is_offered)
        return json_object_set_new(capabilities, name, value) == 0;
    json_decref(value);
    return true;
}

json_t *mcp_catalog_capabilities(const struct mcp_catalog *catalog) {
    json_auto_t *capabilities = json_object();
    bool has_tools = mcp_map_count(catalog->tools) > 0;
    bool has_prompts = mcp_map_count(catalog->prompts) > 0;
    bool has_resources =
        mcp_map_count(catalog->resources) > 0 || mcp_map_count(catalog->templates) > 0;
    bool is_whole =
        add_capability(capabilities, true, "logging", json_object()) &&
        add_capability(capabilities, has_tools, "tools", json_pack("{s:b}", "listChanged", 1)) &&
        add_capability(capabilities, has_resources, "resources",
                       json_pack("{s:b, s:b}", "subscribe", 1, "listChanged", 1)) &&
        add_capability(capabilities, has_prompts, "prompts",
                       json_pack("{s:b}", "listChanged", 1)) &&
        add_capability(capabilities, mcp_catalog_has_completion(catalog), "completions",
                       json_object());
    return is_whole ? MCP_TAKE(capabilities) : NULL;
}
