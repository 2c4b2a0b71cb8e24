/* SPDX-License-Identifier: MIT */
/* tools.c - tools that answer by themselves: content of every kind, progress, log, changes. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "everything.h"

static const char no_arguments[] = "{\"type\":\"object\",\"additionalProperties\":false}";

enum mcp_code everything_add_tool(struct mcp_server *server, const char *name,
                                  const char *description, const char *schema, mcp_tool_fn *run,
                                  struct mcp_err *err) {
    const struct mcp_tool tool = {.name = name,
                                  .description = description,
                                  .input_schema = schema != NULL ? schema : no_arguments,
                                  .hints = MCP_HINT_READ_ONLY,
                                  .where = MCP_ON_WORKER,
                                  .run = run,
                                  .user = server};
    return mcp_server_add_tool(server, &tool, err);
}

enum mcp_code everything_give(struct mcp_result *result, json_t *content, struct mcp_err *err) {
    return mcp_result_take(result, json_pack("{s:o}", "content", content), err);
}

enum mcp_code everything_say(struct mcp_result *result, struct mcp_err *err, const char *format,
                             ...) {
    char text[4096];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return everything_give(result, json_pack("[{s:s, s:s}]", "type", "text", "text", text), err);
}

char *everything_text(const json_t *value) {
    struct mcp_buf text = MCP_BUF_INIT(1 << 20);
    enum mcp_code code = mcp_json_write(value, &text, NULL);
    char *taken = mcp_buf_take(&text, NULL);
    (void)code;
    return taken;
}

static void rest_ms(long ms) {
    (void)nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

#define TOOL(name)                                                                                 \
    static enum mcp_code name(struct mcp_call *call, const json_t *arguments,                      \
                              struct mcp_result *result, void *user, struct mcp_err *err)

/* For handlers that look at nothing but the result. */
#define UNUSED()                                                                                   \
    do {                                                                                           \
        (void)call;                                                                                \
        (void)arguments;                                                                           \
        (void)user;                                                                                \
    } while (0)

TOOL(simple_text) {
    UNUSED();
    return everything_say(result, err, "This is a simple text response for testing.");
}

TOOL(image) {
    UNUSED();
    return everything_give(result,
                           json_pack("[{s:s, s:s, s:s}]", "type", "image", "data", EVERYTHING_PNG,
                                     "mimeType", "image/png"),
                           err);
}

TOOL(audio) {
    UNUSED();
    return everything_give(result,
                           json_pack("[{s:s, s:s, s:s}]", "type", "audio", "data", EVERYTHING_WAV,
                                     "mimeType", "audio/wav"),
                           err);
}

static json_t *resource_block(const char *uri, const char *mime_type, const char *text) {
    return json_pack("{s:s, s:{s:s, s:s, s:s}}", "type", "resource", "resource", "uri", uri,
                     "mimeType", mime_type, "text", text);
}

TOOL(embedded_resource) {
    UNUSED();
    return everything_give(result,
                           json_pack("[o]", resource_block("test://embedded-resource", "text/plain",
                                                           "This is an embedded resource "
                                                           "content.")),
                           err);
}

TOOL(mixed) {
    UNUSED();
    json_t *content = json_pack("[{s:s, s:s}, {s:s, s:s, s:s}, o]", "type", "text", "text",
                                "Multiple content types test:", "type", "image", "data",
                                EVERYTHING_PNG, "mimeType", "image/png",
                                resource_block("test://mixed-content-resource", "application/json",
                                               "{\"test\":\"data\",\"value\":123}"));
    return everything_give(result, content, err);
}

TOOL(failure) {
    UNUSED();
    (void)result;
    return MCP_FAIL(err, MCP_E_STATE, "This tool intentionally returns an error for testing");
}

TOOL(progress) {
    (void)arguments;
    (void)user;
    for (int percent = 0; percent <= 100; percent += 50) {
        mcp_call_progress(call, percent, 100, "working");
        rest_ms(50);
    }
    return everything_say(result, err, "Progress reached 100 of 100.");
}

static void log_line(struct mcp_call *call, const char *line) {
    mcp_call_log(call, MCP_SEVERITY_INFO, "everything", json_string(line));
}

TOOL(logging) {
    (void)arguments;
    (void)user;
    log_line(call, "Tool execution started");
    rest_ms(50);
    log_line(call, "Tool processing data");
    rest_ms(50);
    log_line(call, "Tool execution completed");
    return everything_say(result, err, "Tool with logging executed successfully");
}

TOOL(missing_capability) {
    (void)arguments;
    (void)user;
    MCP_TRY(mcp_call_require(call, "sampling", err));
    return everything_say(result, err, "Success");
}

TOOL(tool_change) {
    (void)call;
    (void)arguments;
    mcp_server_tool_list_changed(user);
    return everything_say(result, err, "notifications/tools/list_changed is sent");
}

TOOL(prompt_change) {
    (void)call;
    (void)arguments;
    mcp_server_prompt_list_changed(user);
    return everything_say(result, err, "notifications/prompts/list_changed is sent");
}

TOOL(resource_change) {
    (void)call;
    (void)arguments;
    mcp_server_resource_changed(user, "test://watched-resource");
    return everything_say(result, err, "notifications/resources/updated is sent");
}

/* Its connection ends before the answer; the client comes back for it. */
TOOL(reconnection) {
    (void)arguments;
    (void)user;
    mcp_call_pause(call, 100);
    rest_ms(200);
    return everything_say(result, err, "Reconnection test completed successfully");
}

TOOL(schema_2020_12) {
    UNUSED();
    return everything_say(result, err, "The arguments meet the schema.");
}

TOOL(header_mirror) {
    (void)call;
    (void)user;
    return everything_say(result, err, "region: %s",
                          json_string_value(json_object_get(arguments, "region")));
}

static const char schema_of_2020_12[] =
    "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"type\":\"object\",\"$defs\":{"
    "\"address\":{\"$anchor\":\"addressDef\",\"type\":\"object\",\"properties\":{\"street\":{"
    "\"type\":\"string\"},\"city\":{\"type\":\"string\"}}}},\"properties\":{\"name\":{\"type\":"
    "\"string\"},\"address\":{\"$ref\":\"#/$defs/address\"},\"contactMethod\":{\"type\":\"string\","
    "\"enum\":[\"phone\",\"email\"]},\"phone\":{\"type\":\"string\"},\"email\":{\"type\":"
    "\"string\"}},\"allOf\":[{\"anyOf\":[{\"required\":[\"phone\"]},{\"required\":[\"email\"]}]}],"
    "\"if\":{\"properties\":{\"contactMethod\":{\"const\":\"phone\"}},\"required\":["
    "\"contactMethod\"]},\"then\":{\"required\":[\"phone\"]},\"else\":{\"required\":[\"email\"]},"
    "\"additionalProperties\":false}";

static const char schema_with_header[] =
    "{\"type\":\"object\",\"properties\":{\"region\":{\"type\":\"string\",\"x-mcp-header\":"
    "\"Region\"}},\"required\":[\"region\"]}";

enum mcp_code everything_add_tools(struct mcp_server *server, struct mcp_err *err) {
    static const struct {
        const char *name;
        const char *description;
        const char *schema;
        mcp_tool_fn *run;
    } rows[] = {
        {"test_simple_text", "A text block", NULL, simple_text},
        {"test_image_content", "An image block", NULL, image},
        {"test_audio_content", "An audio block", NULL, audio},
        {"test_embedded_resource", "A resource block", NULL, embedded_resource},
        {"test_multiple_content_types", "Text, image and resource", NULL, mixed},
        {"test_error_handling", "Fails", NULL, failure},
        {"test_tool_with_progress", "Tells progress 0, 50, 100", NULL, progress},
        {"test_tool_with_logging", "Logs three lines", NULL, logging},
        {"test_logging_tool", "Logs three lines", NULL, logging},
        {"test_missing_capability", "Needs a client that samples", NULL, missing_capability},
        {"test_trigger_tool_change", "Says that the tools changed", NULL, tool_change},
        {"test_trigger_prompt_change", "Says that the prompts changed", NULL, prompt_change},
        {"test_trigger_resource_change", "Says that a resource changed", NULL, resource_change},
        {"test_reconnection", "Lets its client come back for the answer", NULL, reconnection},
        {"json_schema_2020_12_tool", "Tool with JSON Schema 2020-12 features", schema_of_2020_12,
         schema_2020_12},
        {"test_header_mirror", "Has an argument mirrored in a header", schema_with_header,
         header_mirror},
    };
    for (size_t i = 0; i < MCP_COUNT(rows); i++)
        MCP_TRY(everything_add_tool(server, rows[i].name, rows[i].description, rows[i].schema,
                                    rows[i].run, err));
    return MCP_OK;
}
