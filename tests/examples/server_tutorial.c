/* SPDX-License-Identifier: MIT */
#include <mcp/listen.h>
#include <stdio.h>
#include <unistd.h>

/* A tool: its arguments conform to the schema already. */
static enum mcp_code convert(struct mcp_call *call, const json_t *arguments,
                             struct mcp_result *result, void *user, struct mcp_err *err) {
    (void)call;
    (void)user;
    double celsius = json_number_value(json_object_get(arguments, "celsius"));
    if (celsius < -273.15)
        return MCP_FAIL(err, MCP_E_INVALID, "nothing is colder than -273.15 degrees");
    double fahrenheit = celsius * 9 / 5 + 32;
    char text[64];
    (void)snprintf(text, sizeof text, "%.1f degrees Fahrenheit", fahrenheit);
    return mcp_result_take(result,
                           json_pack("{s:[{s:s, s:s}], s:{s:f}}", "content", "type", "text", "text",
                                     text, "structuredContent", "fahrenheit", fahrenheit),
                           err);
}

static const struct mcp_tool tool = {
    .name = "to_fahrenheit",
    .description = "Convert a temperature from Celsius to Fahrenheit.",
    .input_schema = "{\"type\": \"object\", \"required\": [\"celsius\"],"
                    " \"properties\": {\"celsius\": {\"type\": \"number\"}}}",
    .output_schema = "{\"type\": \"object\", \"required\": [\"fahrenheit\"],"
                     " \"properties\": {\"fahrenheit\": {\"type\": \"number\"}}}",
    .hints = MCP_HINT_READ_ONLY | MCP_HINT_IDEMPOTENT,
    .run = convert,
};

static void on_eof(void *done) {
    (void)!write(*(int *)done, "", 1);
}

int main(void) {
    const struct mcp_server_options options = {.name = "weather", .version = "1.0.0"};
    struct mcp_server *server = NULL;
    struct mcp_listener *listener = NULL;
    struct mcp_err err = {0};
    int done[2];
    char byte;
    if (pipe(done) != 0 || mcp_server_new(&options, &server, &err) != MCP_OK ||
        mcp_server_add_tool(server, &tool, &err) != MCP_OK ||
        mcp_listener_start_stdio(server, NULL, 0, 1, on_eof, &done[1], &listener, &err) != MCP_OK) {
        (void)fprintf(stderr, "weather: %s %s\n", err.where, err.what);
        return 1;
    }
    (void)!read(done[0], &byte, 1); /* until stdin ends */
    mcp_listener_stop(listener, 1000);
    mcp_listener_free(listener);
    mcp_server_free(server);
    return 0;
}
