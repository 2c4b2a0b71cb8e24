/* SPDX-License-Identifier: MIT */
/* catalog.c - registration and lookup; see catalog.h. Pure: no I/O, no clock, no log. */
#include "server/catalog.h"

#include <string.h>

#include "mcp/alloc.h"
#include "mcp/uri.h"
#include "mcp/utf8.h"
#include "protocol/header_codec.h"
#include "protocol/shape.h"
#include "server/catalog_look.h"

enum { MAX_NAME_BYTES = 64, MAX_HEAD_BYTES = 1024 * 1024 };

static enum mcp_code no_memory(struct mcp_err *err) {
    return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
}

static void free_tool(void *value) {
    struct mcp_tool_entry *entry = value;
    json_decref(entry->input_schema);
    json_decref(entry->output_schema);
    json_decref(entry->header_params);
    mcp_schema_free(entry->input);
    mcp_schema_free(entry->output);
    mcp_free(entry);
}

static void free_toolp(struct mcp_tool_entry **entry) {
    if (*entry != NULL)
        free_tool(*entry);
}

static void free_resource(void *value) {
    struct mcp_resource_entry *entry = value;
    for (size_t i = 0; i < MCP_COUNT(entry->heads); i++)
        mcp_blob_unref(entry->heads[i]);
    mcp_free(entry);
}

/* The names come from the program, not from peers: any seed will do. */
enum mcp_code mcp_catalog_init(struct mcp_catalog *catalog, struct mcp_err *err) {
    *catalog = (struct mcp_catalog){0};
    MCP_TRY(mcp_map_new(1, free_tool, &catalog->tools, err));
    MCP_TRY(mcp_map_new(2, free_resource, &catalog->resources, err));
    MCP_TRY(mcp_map_new(3, mcp_free, &catalog->templates, err));
    return mcp_map_new(4, mcp_free, &catalog->prompts, err);
}

void mcp_catalog_deinit(struct mcp_catalog *catalog) {
    mcp_map_freep(&catalog->tools);
    mcp_map_freep(&catalog->resources);
    mcp_map_freep(&catalog->templates);
    mcp_map_freep(&catalog->prompts);
}

/* --- registration --- */

static bool is_name(const char *name) {
    size_t len = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-");
    return len > 0 && len <= MAX_NAME_BYTES && name[len] == '\0';
}

static bool is_text(const char *text) {
    struct mcp_str bytes = mcp_str_of(text);
    return mcp_utf8_valid_prefix(bytes) == bytes.len;
}

static bool are_texts(const char *a, const char *b, const char *c) {
    return is_text(a) && is_text(b) && is_text(c);
}

static enum mcp_code invalid(struct mcp_err *err, const char *where, const char *what) {
    return mcp_err_at(err, MCP_FAIL(err, MCP_E_INVALID, "%s", what), "%s", where);
}

static enum mcp_code check_free(const struct mcp_map *map, const char *key, struct mcp_err *err) {
    if (mcp_map_get(map, mcp_str_of(key)) == NULL)
        return MCP_OK;
    return mcp_err_at(err, MCP_FAIL(err, MCP_E_EXISTS, "registered twice"), "%s", key);
}

/* A copy of the row in a map entry of its own type: `row` is the entry's first member. */
static enum mcp_code put_copy(struct mcp_map *map, const char *key, const void *row,
                              size_t row_bytes, size_t entry_bytes, struct mcp_err *err) {
    void *entry MCP_AUTO(mcp_freep) = mcp_alloc(entry_bytes);
    if (entry == NULL)
        return no_memory(err);
    memcpy(entry, row, row_bytes);
    MCP_TRY(mcp_map_put(map, mcp_str_of(key), entry, err));
    (void)MCP_TAKE(entry);
    return MCP_OK;
}

static enum mcp_code parse_schema(const char *text, const char *member, json_t **out_schema,
                                  struct mcp_err *err) {
    json_auto_t *schema = NULL;
    enum mcp_code code = mcp_json_parse(mcp_str_of(text), &schema, err);
    if (code == MCP_E_NOMEM)
        return code;
    if (code != MCP_OK) {
        if (err != NULL)
            err->code = MCP_E_SCHEMA;
        return mcp_err_at(err, MCP_E_SCHEMA, "%s:", member);
    }
    const json_t *type = json_object_get(schema, "type");
    if (!mcp_str_equal(mcp_json_str(type), MCP_STR("object")))
        return mcp_err_at(err,
                          MCP_FAIL(err, MCP_E_SCHEMA, "the root must have \"type\": \"object\""),
                          "%s:", member);
    *out_schema = MCP_TAKE(schema);
    return MCP_OK;
}

/* Whatever the compiler minds, the row is what is wrong: SCHEMA. */
static enum mcp_code compile(const json_t *schema, const char *member, struct mcp_schema **out,
                             struct mcp_err *err) {
    struct mcp_err why = {0};
    enum mcp_code code = mcp_schema_compile(schema, NULL, out, &why);
    if (code == MCP_OK)
        return MCP_OK;
    code = code == MCP_E_NOMEM ? code : MCP_E_SCHEMA;
    (void)MCP_FAIL(err, code, "%s", why.what);
    return mcp_err_at(err, code, "%s:%s", member, why.where);
}

static enum mcp_code load_schemas(struct mcp_tool_entry *entry, struct mcp_err *err) {
    MCP_TRY(parse_schema(entry->row.input_schema, "input_schema", &entry->input_schema, err));
    MCP_TRY(compile(entry->input_schema, "input_schema", &entry->input, err));
    struct mcp_err why = {0};
    enum mcp_code code =
        mcp_header_params_collect(entry->input_schema, &entry->header_params, &why);
    if (code != MCP_OK) {
        code = code == MCP_E_NOMEM ? code : MCP_E_SCHEMA;
        (void)MCP_FAIL(err, code, "%s", why.what);
        return mcp_err_at(err, code, "input_schema:%s", why.where);
    }
    if (entry->row.output_schema == NULL)
        return MCP_OK;
    MCP_TRY(parse_schema(entry->row.output_schema, "output_schema", &entry->output_schema, err));
    return compile(entry->output_schema, "output_schema", &entry->output, err);
}

static enum mcp_code check_look(const char *name, const struct mcp_annotations *annotations,
                                const struct mcp_icons *icons, struct mcp_err *err) {
    enum mcp_code code = annotations != NULL ? mcp_annotations_check(annotations, err) : MCP_OK;
    if (code == MCP_OK)
        code = mcp_icons_check(icons, err);
    return mcp_err_at(err, code, "%s ", name);
}

static enum mcp_code check_tool(const struct mcp_tool *row, struct mcp_err *err) {
    if (row->name == NULL || !is_name(row->name))
        return invalid(err, "tool", "a name has 1 to 64 of A-Z a-z 0-9 _ . -");
    if (row->description == NULL || row->input_schema == NULL || row->run == NULL)
        return invalid(err, row->name, "needs description, input_schema and run");
    if (!are_texts(row->title, row->description, NULL))
        return invalid(err, row->name, "text is not UTF-8");
    return check_look(row->name, NULL, &row->icons, err);
}

enum mcp_code mcp_catalog_add_tool(struct mcp_catalog *catalog, const struct mcp_tool *row,
                                   struct mcp_err *err) {
    MCP_TRY(check_tool(row, err));
    MCP_TRY(check_free(catalog->tools, row->name, err));
    struct mcp_tool_entry *entry MCP_AUTO(free_toolp) = mcp_alloc(sizeof *entry);
    if (entry == NULL)
        return no_memory(err);
    entry->row = *row;
    enum mcp_code code = load_schemas(entry, err);
    if (code != MCP_OK)
        return mcp_err_at(err, code, "%s ", row->name);
    MCP_TRY(mcp_map_put(catalog->tools, mcp_str_of(row->name), entry, err));
    (void)MCP_TAKE(entry);
    return MCP_OK;
}

static enum mcp_code check_uri(const char *uri, struct mcp_err *err) {
    struct mcp_uri parsed;
    struct mcp_err why = {0};
    enum mcp_code code = mcp_uri_parse(mcp_str_of(uri), &parsed, &why);
    if (code == MCP_OK && parsed.scheme.len > 0)
        return MCP_OK;
    return mcp_err_at(err, MCP_FAIL(err, MCP_E_INVALID, "not an absolute URI"), "%s", uri);
}

enum mcp_code mcp_catalog_add_resource(struct mcp_catalog *catalog, const struct mcp_resource *row,
                                       struct mcp_err *err) {
    if (row->uri == NULL)
        return invalid(err, "resource", "needs a uri");
    if (row->name == NULL || row->read == NULL)
        return invalid(err, row->uri, "needs name and read");
    if (!are_texts(row->name, row->title, row->description) || !is_text(row->mime_type))
        return invalid(err, row->uri, "text is not UTF-8");
    MCP_TRY(check_uri(row->uri, err));
    MCP_TRY(check_look(row->uri, &row->annotations, &row->icons, err));
    MCP_TRY(check_free(catalog->resources, row->uri, err));
    return put_copy(catalog->resources, row->uri, row, sizeof *row,
                    sizeof(struct mcp_resource_entry), err);
}

enum mcp_code mcp_catalog_add_template(struct mcp_catalog *catalog,
                                       const struct mcp_resource_template *row,
                                       struct mcp_err *err) {
    if (row->uri_template == NULL || row->uri_template[0] == '\0')
        return invalid(err, "template", "needs a uri_template");
    if (row->name == NULL || row->read == NULL)
        return invalid(err, row->uri_template, "needs name and read");
    if (!are_texts(row->name, row->title, row->description) || !is_text(row->mime_type) ||
        !is_text(row->uri_template))
        return invalid(err, row->uri_template, "text is not UTF-8");
    MCP_TRY(check_look(row->uri_template, &row->annotations, &row->icons, err));
    struct mcp_template_entry entry = {.row = *row};
    struct mcp_err why = {0};
    if (mcp_uri_template_parse(mcp_str_of(row->uri_template), &entry.parsed, &why) != MCP_OK) {
        (void)MCP_FAIL(err, MCP_E_INVALID, "%s", why.what);
        return mcp_err_at(err, MCP_E_INVALID, "%s %s", row->uri_template, why.where);
    }
    MCP_TRY(check_free(catalog->templates, row->uri_template, err));
    return put_copy(catalog->templates, row->uri_template, &entry, sizeof entry, sizeof entry, err);
}

static enum mcp_code check_arguments(const struct mcp_prompt *row, struct mcp_err *err) {
    for (size_t i = 0; i < row->argument_count; i++) {
        const struct mcp_prompt_argument *argument = &row->arguments[i];
        if (argument->name == NULL || !are_texts(argument->name, argument->description, NULL))
            return invalid(err, row->name, "an argument needs a name in UTF-8");
        for (size_t j = 0; j < i; j++)
            if (strcmp(argument->name, row->arguments[j].name) == 0)
                return invalid(err, row->name, "two arguments have the same name");
    }
    return MCP_OK;
}

enum mcp_code mcp_catalog_add_prompt(struct mcp_catalog *catalog, const struct mcp_prompt *row,
                                     struct mcp_err *err) {
    if (row->name == NULL || !is_name(row->name))
        return invalid(err, "prompt", "a name has 1 to 64 of A-Z a-z 0-9 _ . -");
    if (row->get == NULL)
        return invalid(err, row->name, "needs get");
    if (!are_texts(row->title, row->description, NULL))
        return invalid(err, row->name, "text is not UTF-8");
    MCP_TRY(check_arguments(row, err));
    MCP_TRY(check_look(row->name, NULL, &row->icons, err));
    MCP_TRY(check_free(catalog->prompts, row->name, err));
    return put_copy(catalog->prompts, row->name, row, sizeof *row, sizeof(struct mcp_prompt_entry),
                    err);
}

/* --- lookup --- */

const struct mcp_tool_entry *mcp_catalog_tool(const struct mcp_catalog *catalog, const char *name) {
    return mcp_map_get(catalog->tools, mcp_str_of(name));
}

const struct mcp_resource_entry *mcp_catalog_resource(const struct mcp_catalog *catalog,
                                                      struct mcp_str uri) {
    return mcp_map_get(catalog->resources, uri);
}

const struct mcp_template_entry *mcp_catalog_template(const struct mcp_catalog *catalog,
                                                      struct mcp_str uri_template) {
    return mcp_map_get(catalog->templates, uri_template);
}

const struct mcp_prompt_entry *mcp_catalog_prompt(const struct mcp_catalog *catalog,
                                                  const char *name) {
    return mcp_map_get(catalog->prompts, mcp_str_of(name));
}

enum mcp_code mcp_catalog_match(const struct mcp_catalog *catalog, struct mcp_str uri,
                                const struct mcp_template_entry **out_entry, json_t **out_values,
                                struct mcp_err *err) {
    size_t at = 0;
    void *value = NULL;
    while (mcp_map_next(catalog->templates, &at, NULL, &value)) {
        const struct mcp_template_entry *entry = value;
        struct mcp_err why = {0};
        enum mcp_code code = mcp_uri_template_match(&entry->parsed, uri, out_values, &why);
        if (code == MCP_E_NOMEM)
            return no_memory(err);
        if (code == MCP_OK) {
            *out_entry = entry;
            return MCP_OK;
        }
    }
    return MCP_FAIL(err, MCP_E_NOT_FOUND, "%s", ""); /* the fault's message and its URI say it */
}

const struct mcp_prompt_argument *mcp_prompt_argument(const struct mcp_prompt_entry *entry,
                                                      const char *name) {
    for (size_t i = 0; i < entry->row.argument_count; i++)
        if (strcmp(entry->row.arguments[i].name, name) == 0)
            return &entry->row.arguments[i];
    return NULL;
}

bool mcp_catalog_has_completion(const struct mcp_catalog *catalog) {
    size_t at = 0;
    void *value = NULL;
    while (mcp_map_next(catalog->templates, &at, NULL, &value))
        if (((const struct mcp_template_entry *)value)->row.complete != NULL)
            return true;
    at = 0;
    while (mcp_map_next(catalog->prompts, &at, NULL, &value))
        if (((const struct mcp_prompt_entry *)value)->row.complete != NULL)
            return true;
    return false;
}

/* --- at start --- */

static enum mcp_code make_head(struct mcp_resource_entry *entry, enum mcp_version version,
                               json_t *server_info, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(MAX_HEAD_BYTES);
    MCP_AUTO(mcp_result_deinit) struct mcp_result result = {0};
    const struct mcp_shape shape = {
        .method = mcp_method_find(MCP_STR("resources/read"), version, MCP_SIDE_CLIENT),
        .version = version,
        .is_private = entry->row.is_private,
        .ttl_ms = entry->row.ttl_ms,
        .server_info = server_info};
    MCP_AUTO(mcp_blob_unrefp) struct mcp_blob *nothing = mcp_blob_new(MCP_STR("[]"));
    if (nothing == NULL)
        return no_memory(err);
    mcp_result_set_encoded(&result, "contents", nothing);
    MCP_TRY(mcp_shape_result(&result, &shape, err));
    MCP_TRY(mcp_result_write_head(&result, &text, err));
    entry->heads[version] = mcp_blob_new(mcp_buf_view(&text));
    return entry->heads[version] != NULL ? MCP_OK : no_memory(err);
}

enum mcp_code mcp_catalog_make_heads(struct mcp_catalog *catalog, json_t *server_info,
                                     struct mcp_err *err) {
    size_t at = 0;
    void *entry = NULL;
    while (mcp_map_next(catalog->resources, &at, NULL, &entry))
        for (size_t i = MCP_VERSION_OLDEST; i <= MCP_VERSION_NEWEST; i++)
            MCP_TRY(make_head(entry, (enum mcp_version)i, server_info, err));
    return MCP_OK;
}
