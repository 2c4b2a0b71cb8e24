/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "fixture_server.h"
#include "server/catalog.h"

#define OBJECT "{\"type\":\"object\"}"

static enum mcp_code run(struct mcp_call *call, const json_t *arguments, struct mcp_result *result,
                         void *user, struct mcp_err *err) {
    (void)call;
    (void)arguments;
    (void)result;
    (void)user;
    return MCP_FAIL(err, MCP_E_BUG, "never run");
}

static enum mcp_code read_any(struct mcp_call *call, const char *uri, struct mcp_result *result,
                              void *user, struct mcp_err *err) {
    return run(call, (const json_t *)(const void *)uri, result, user, err);
}

static enum mcp_code read_template(struct mcp_call *call, const char *uri, const json_t *values,
                                   struct mcp_result *result, void *user, struct mcp_err *err) {
    (void)uri;
    return run(call, values, result, user, err);
}

static const struct mcp_tool good_tool = {
    .name = "t", .description = "d", .input_schema = OBJECT, .run = run};
static const struct mcp_resource good_resource = {.uri = "x://1", .name = "n", .read = read_any};
static const struct mcp_resource_template good_template = {
    .uri_template = "x://{id}", .name = "n", .read = read_template};
static const struct mcp_prompt good_prompt = {.name = "p", .get = run};

static void open_catalog(struct mcp_catalog *catalog) {
    assert_int_equal(mcp_catalog_init(catalog, NULL), MCP_OK);
}

static enum mcp_code add_tool(struct mcp_tool tool, struct mcp_err *err) {
    struct mcp_catalog catalog;
    open_catalog(&catalog);
    enum mcp_code code = mcp_catalog_add_tool(&catalog, &tool, err);
    assert_int_equal(mcp_map_count(catalog.tools), code == MCP_OK);
    mcp_catalog_deinit(&catalog);
    return code;
}

static enum mcp_code add_named(const char *name) {
    struct mcp_tool tool = good_tool;
    tool.name = name;
    return add_tool(tool, NULL);
}

static void tool_names_have_a_form(void **state) {
    (void)state;
    char name[66];
    memset(name, 'a', sizeof name);
    name[65] = '\0';
    assert_int_equal(add_named("A-z_0.9"), MCP_OK);
    assert_int_equal(add_named(NULL), MCP_E_INVALID);
    assert_int_equal(add_named(""), MCP_E_INVALID);
    assert_int_equal(add_named("a b"), MCP_E_INVALID);
    assert_int_equal(add_named("caf\xC3\xA9"), MCP_E_INVALID);
    assert_int_equal(add_named(name), MCP_E_INVALID);
    name[64] = '\0';
    assert_int_equal(add_named(name), MCP_OK);
    name[63] = '\0';
    assert_int_equal(add_named(name), MCP_OK);
}

static enum mcp_code add_schema(const char *input, const char *output, const char *where) {
    struct mcp_tool tool = good_tool;
    struct mcp_err err = {0};
    tool.input_schema = input;
    tool.output_schema = output;
    enum mcp_code code = add_tool(tool, &err);
    assert_int_equal(code, err.code);
    if (strstr(err.where, where) == NULL)
        print_error("%s not in %s\n", where, err.where);
    assert_non_null(strstr(err.where, where));
    return code;
}

/* S-54 */
static void tool_schemas_compile(void **state) {
    (void)state;
    assert_int_equal(add_schema(OBJECT, OBJECT, ""), MCP_OK);
    assert_int_equal(add_schema("{", NULL, "t input_schema:1:"), MCP_E_SCHEMA);
    assert_int_equal(add_schema("{}", NULL, "t input_schema"), MCP_E_SCHEMA);
    assert_int_equal(add_schema("true", NULL, "t input_schema"), MCP_E_SCHEMA);
    assert_int_equal(
        add_schema("{\"type\":\"object\",\"required\":1}", NULL, "t input_schema:/required"),
        MCP_E_SCHEMA);
    assert_int_equal(
        add_schema("{\"type\":\"object\",\"$ref\":\"http://example.com/x\"}", NULL, "t input"),
        MCP_E_SCHEMA);
    assert_int_equal(add_schema(OBJECT, "{\"type\":\"array\"}", "t output_schema"), MCP_E_SCHEMA);
    assert_int_equal(add_schema(OBJECT, "{\"type\":\"object\",\"minProperties\":-1}", "t output"),
                     MCP_E_SCHEMA);
    assert_int_equal(add_schema("{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"number\","
                                "\"x-mcp-header\":\"A\"}}}",
                                NULL, "t input_schema:/properties/a"),
                     MCP_E_SCHEMA);
}

static void a_tool_is_whole(void **state) {
    (void)state;
    struct mcp_tool tool = good_tool;
    tool.description = NULL;
    assert_int_equal(add_tool(tool, NULL), MCP_E_INVALID);
    tool = good_tool;
    tool.input_schema = NULL;
    assert_int_equal(add_tool(tool, NULL), MCP_E_INVALID);
    tool = good_tool;
    tool.run = NULL;
    assert_int_equal(add_tool(tool, NULL), MCP_E_INVALID);
    tool = good_tool;
    tool.title = "\xFF";
    assert_int_equal(add_tool(tool, NULL), MCP_E_INVALID);
}

static void names_are_taken_once(void **state) {
    (void)state;
    struct mcp_catalog catalog;
    struct mcp_err err = {0};
    open_catalog(&catalog);
    for (int i = 0; i < 2; i++) {
        enum mcp_code wanted = i == 0 ? MCP_OK : MCP_E_EXISTS;
        err = (struct mcp_err){0};
        assert_int_equal(mcp_catalog_add_tool(&catalog, &good_tool, &err), wanted);
        assert_int_equal(mcp_catalog_add_resource(&catalog, &good_resource, NULL), wanted);
        assert_int_equal(mcp_catalog_add_template(&catalog, &good_template, NULL), wanted);
        assert_int_equal(mcp_catalog_add_prompt(&catalog, &good_prompt, NULL), wanted);
    }
    assert_string_equal(err.where, "t");
    mcp_catalog_deinit(&catalog);
}

static enum mcp_code add_resource(struct mcp_resource row) {
    struct mcp_catalog catalog;
    open_catalog(&catalog);
    enum mcp_code code = mcp_catalog_add_resource(&catalog, &row, NULL);
    mcp_catalog_deinit(&catalog);
    return code;
}

static void a_resource_is_whole(void **state) {
    (void)state;
    struct mcp_resource row = good_resource;
    row.uri = NULL;
    assert_int_equal(add_resource(row), MCP_E_INVALID);
    row.uri = "no-scheme";
    assert_int_equal(add_resource(row), MCP_E_INVALID);
    row.uri = "x://a b";
    assert_int_equal(add_resource(row), MCP_E_INVALID);
    row = good_resource;
    row.name = NULL;
    assert_int_equal(add_resource(row), MCP_E_INVALID);
    row = good_resource;
    row.read = NULL;
    assert_int_equal(add_resource(row), MCP_E_INVALID);
    row = good_resource;
    row.mime_type = "\xFF";
    assert_int_equal(add_resource(row), MCP_E_INVALID);
}

static enum mcp_code add_template(struct mcp_resource_template row) {
    struct mcp_catalog catalog;
    open_catalog(&catalog);
    enum mcp_code code = mcp_catalog_add_template(&catalog, &row, NULL);
    mcp_catalog_deinit(&catalog);
    return code;
}

static void a_template_is_whole(void **state) {
    (void)state;
    struct mcp_resource_template row = good_template;
    row.uri_template = NULL;
    assert_int_equal(add_template(row), MCP_E_INVALID);
    row.uri_template = "";
    assert_int_equal(add_template(row), MCP_E_INVALID);
    row.uri_template = "x://{";
    assert_int_equal(add_template(row), MCP_E_INVALID);
    row = good_template;
    row.read = NULL;
    assert_int_equal(add_template(row), MCP_E_INVALID);
    row = good_template;
    row.description = "\xFF";
    assert_int_equal(add_template(row), MCP_E_INVALID);
}

static enum mcp_code add_prompt(struct mcp_prompt row) {
    struct mcp_catalog catalog;
    open_catalog(&catalog);
    enum mcp_code code = mcp_catalog_add_prompt(&catalog, &row, NULL);
    mcp_catalog_deinit(&catalog);
    return code;
}

static void a_prompt_is_whole(void **state) {
    (void)state;
    static const struct mcp_prompt_argument twice[] = {{.name = "a"}, {.name = "a"}};
    static const struct mcp_prompt_argument nameless[] = {{.description = "a"}};
    struct mcp_prompt row = good_prompt;
    row.name = "a b";
    assert_int_equal(add_prompt(row), MCP_E_INVALID);
    row = good_prompt;
    row.get = NULL;
    assert_int_equal(add_prompt(row), MCP_E_INVALID);
    row = good_prompt;
    row.title = "\xFF";
    assert_int_equal(add_prompt(row), MCP_E_INVALID);
    row = good_prompt;
    row.arguments = twice;
    row.argument_count = 2;
    assert_int_equal(add_prompt(row), MCP_E_INVALID);
    row.argument_count = 1;
    assert_int_equal(add_prompt(row), MCP_OK);
    row.arguments = nameless;
    assert_int_equal(add_prompt(row), MCP_E_INVALID);
}

/* S-13 */
static void an_empty_server_offers_logging_alone(void **state) {
    (void)state;
    struct mcp_catalog catalog;
    open_catalog(&catalog);
    json_auto_t *capabilities = mcp_catalog_capabilities(&catalog);
    json_auto_t *wanted = json_pack("{s:{}}", "logging");
    assert_true(json_equal(capabilities, wanted));
    assert_null(mcp_catalog_items(&catalog, "no such list"));
    assert_false(mcp_catalog_has_completion(&catalog));
    mcp_catalog_deinit(&catalog);
}

static void a_template_without_a_resource_offers_resources(void **state) {
    (void)state;
    struct mcp_catalog catalog;
    open_catalog(&catalog);
    assert_int_equal(mcp_catalog_add_template(&catalog, &good_template, NULL), MCP_OK);
    json_auto_t *capabilities = mcp_catalog_capabilities(&catalog);
    assert_non_null(json_object_get(capabilities, "resources"));
    mcp_catalog_deinit(&catalog);
}

static void schemas_keep_their_members_in_order(void **state) {
    (void)state;
    static const char schema[] =
        "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"type\":\"object\","
        "\"$defs\":{\"z\":{\"$anchor\":\"zz\",\"type\":\"string\"},\"a\":{\"type\":\"number\"}},"
        "\"properties\":{\"b\":{\"$ref\":\"#/$defs/z\"},\"a\":{\"$ref\":\"#/$defs/a\"}},"
        "\"allOf\":[{\"anyOf\":[{\"required\":[\"b\"]},{\"required\":[\"a\"]}]}],"
        "\"additionalProperties\":false}";
    struct mcp_catalog catalog;
    struct mcp_tool tool = good_tool;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(4096);
    tool.input_schema = schema;
    open_catalog(&catalog);
    assert_int_equal(mcp_catalog_add_tool(&catalog, &tool, NULL), MCP_OK);
    json_auto_t *items = mcp_catalog_items(&catalog, "tools");
    assert_int_equal(mcp_json_write(items, &text, NULL), MCP_OK);
    assert_non_null(strstr(mcp_buf_view(&text).ptr, schema));
    mcp_catalog_deinit(&catalog);
}

static void a_server_needs_a_name_and_a_version(void **state) {
    (void)state;
    struct mcp_server *server = NULL;
    struct mcp_server_options options = {.name = "n"};
    assert_int_equal(mcp_server_new(&options, &server, NULL), MCP_E_INVALID);
    options = (struct mcp_server_options){.version = "v"};
    assert_int_equal(mcp_server_new(&options, &server, NULL), MCP_E_INVALID);
    options = (struct mcp_server_options){.name = "n", .version = "v", .list_ttl_ms = -1};
    assert_int_equal(mcp_server_new(&options, &server, NULL), MCP_E_INVALID);
    assert_null(server);
    mcp_server_free(NULL);
}

/* ---- icons and annotations ---- */

#define DATA_ICON "data:image/png;base64,AAAA"

static enum mcp_code add_icon(struct mcp_icon icon, struct mcp_err *err) {
    struct mcp_tool tool = good_tool;
    tool.icons = (struct mcp_icons){&icon, 1};
    return add_tool(tool, err);
}

static void icons_come_from_safe_places(void **state) {
    (void)state;
    struct mcp_err err = {0};
    assert_int_equal(add_icon((struct mcp_icon){.src = "https://x.example/i.png"}, NULL), MCP_OK);
    assert_int_equal(add_icon((struct mcp_icon){.src = DATA_ICON, .theme = "dark"}, NULL), MCP_OK);
    assert_int_equal(add_icon((struct mcp_icon){.src = "http://x.example/i.png"}, &err),
                     MCP_E_INVALID);
    assert_string_equal(err.where, "t icons/0");
    assert_int_equal(add_icon((struct mcp_icon){.src = "javascript:1"}, NULL), MCP_E_INVALID);
    assert_int_equal(add_icon((struct mcp_icon){.src = NULL}, NULL), MCP_E_INVALID);
    assert_int_equal(add_icon((struct mcp_icon){.src = DATA_ICON, .theme = "blue"}, NULL),
                     MCP_E_INVALID);
    assert_int_equal(add_icon((struct mcp_icon){.src = DATA_ICON, .sizes = "\xFF"}, NULL),
                     MCP_E_INVALID);
}

static void icons_have_a_bound(void **state) {
    (void)state;
    struct mcp_icon icons[17];
    struct mcp_tool tool = good_tool;
    for (size_t i = 0; i < MCP_COUNT(icons); i++)
        icons[i] = (struct mcp_icon){.src = DATA_ICON};
    for (size_t count = 15; count <= 17; count++) {
        tool.icons = (struct mcp_icons){icons, count};
        assert_int_equal(add_tool(tool, NULL), count <= 16 ? MCP_OK : MCP_E_INVALID);
    }
}

static enum mcp_code add_annotated(struct mcp_annotations annotations) {
    struct mcp_catalog catalog;
    struct mcp_resource resource = good_resource;
    resource.annotations = annotations;
    open_catalog(&catalog);
    enum mcp_code code = mcp_catalog_add_resource(&catalog, &resource, NULL);
    mcp_catalog_deinit(&catalog);
    return code;
}

static void annotations_have_bounds(void **state) {
    (void)state;
    static const struct {
        double priority;
        enum mcp_code code;
    } rows[] = {{-0.001, MCP_E_INVALID}, {0, MCP_OK}, {1, MCP_OK}, {1.001, MCP_E_INVALID}};
    for (size_t i = 0; i < MCP_COUNT(rows); i++)
        assert_int_equal(add_annotated((struct mcp_annotations){.has_priority = true,
                                                                .priority = rows[i].priority}),
                         rows[i].code);
    assert_int_equal(
        add_annotated((struct mcp_annotations){.last_modified = "2026-01-02T03:04:05Z"}), MCP_OK);
    assert_int_equal(add_annotated((struct mcp_annotations){.last_modified = "yesterday"}),
                     MCP_E_INVALID);
}

static void expect_item(const struct mcp_catalog *catalog, const char *list_key, const char *key,
                        const char *want) {
    json_auto_t *items = mcp_catalog_items(catalog, list_key);
    json_auto_t *wanted = json_loads(want, 0, NULL);
    assert_true(json_equal(json_object_get(json_array_get(items, 0), key), wanted));
}

static void items_say_what_they_look_like(void **state) {
    (void)state;
    static const struct mcp_icon icon = {DATA_ICON, "image/png", " 48x48  any", "light"};
    struct mcp_catalog catalog;
    struct mcp_resource resource = good_resource;
    struct mcp_prompt prompt = good_prompt;
    resource.icons = prompt.icons = (struct mcp_icons){&icon, 1};
    resource.size = 12;
    resource.annotations = (struct mcp_annotations){.audience = MCP_FOR_USER | MCP_FOR_ASSISTANT,
                                                    .has_priority = true,
                                                    .priority = 0.5,
                                                    .last_modified = "2026-01-02T03:04:05Z"};
    open_catalog(&catalog);
    assert_int_equal(mcp_catalog_add_resource(&catalog, &resource, NULL), MCP_OK);
    assert_int_equal(mcp_catalog_add_prompt(&catalog, &prompt, NULL), MCP_OK);
    expect_item(&catalog, "resources", "icons",
                "[{\"src\": \"" DATA_ICON "\", \"mimeType\": \"image/png\", \"sizes\": "
                "[\"48x48\", \"any\"], \"theme\": \"light\"}]");
    expect_item(&catalog, "resources", "annotations",
                "{\"audience\": [\"user\", \"assistant\"], \"priority\": 0.5, "
                "\"lastModified\": \"2026-01-02T03:04:05Z\"}");
    json_auto_t *items = mcp_catalog_items(&catalog, "resources");
    assert_int_equal(json_integer_value(json_object_get(json_array_get(items, 0), "size")), 12);
    json_auto_t *prompts = mcp_catalog_items(&catalog, "prompts");
    assert_non_null(json_object_get(json_array_get(prompts, 0), "icons"));
    mcp_catalog_deinit(&catalog);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(icons_come_from_safe_places),
        cmocka_unit_test(icons_have_a_bound),
        cmocka_unit_test(annotations_have_bounds),
        cmocka_unit_test(items_say_what_they_look_like),
        cmocka_unit_test(tool_names_have_a_form),
        cmocka_unit_test(tool_schemas_compile),
        cmocka_unit_test(a_tool_is_whole),
        cmocka_unit_test(names_are_taken_once),
        cmocka_unit_test(a_resource_is_whole),
        cmocka_unit_test(a_template_is_whole),
        cmocka_unit_test(a_prompt_is_whole),
        cmocka_unit_test(an_empty_server_offers_logging_alone),
        cmocka_unit_test(a_template_without_a_resource_offers_resources),
        cmocka_unit_test(schemas_keep_their_members_in_order),
        cmocka_unit_test(a_server_needs_a_name_and_a_version),
    };
    return cmocka_run_group_tests_name("server.catalog", tests, NULL, NULL);
}
