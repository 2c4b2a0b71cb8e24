/* SPDX-License-Identifier: MIT */
/* main.c - a program of somebody else: it serves a tool over HTTP and calls it, with libmcp alone.
 */
#include <mcp/dial.h>
#include <mcp/listen.h>
#include <stdio.h>

#define TIMEOUT_MS 5000

static enum mcp_code add(struct mcp_call *call, const json_t *arguments, struct mcp_result *result,
                         void *user, struct mcp_err *err) {
    (void)call;
    (void)user;
    json_int_t sum = json_integer_value(json_object_get(arguments, "a")) +
                     json_integer_value(json_object_get(arguments, "b"));
    char text[32];
    (void)snprintf(text, sizeof text, "%lld", (long long)sum);
    return mcp_result_take(
        result, json_pack("{s:[{s:s, s:s}]}", "content", "type", "text", "text", text), err);
}

static const struct mcp_tool tool = {
    .name = "add",
    .description = "Add two integers.",
    .input_schema = "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\"},"
                    "\"b\":{\"type\":\"integer\"}},\"required\":[\"a\",\"b\"]}",
    .hints = MCP_HINT_READ_ONLY,
    .where = MCP_INLINE,
    .run = add,
};

static enum mcp_code ask(struct mcp_loop *loop, const char *url, struct mcp_err *err) {
    const struct mcp_dial_target target = {.transport = MCP_DIAL_STREAMABLE, .url = url};
    const struct mcp_client_options options = {.name = "embed", .version = "1"};
    MCP_AUTO(mcp_json_decref)
    json_t *params = json_pack("{s:s, s:{s:i, s:i}}", "name", "add", "arguments", "a", 40, "b", 2);
    MCP_AUTO(mcp_json_decref) json_t *result = NULL;
    struct mcp_dial *dial = NULL;
    MCP_TRY(mcp_dial_new(loop, &target, &options, &dial, err));
    enum mcp_code code = mcp_dial_connect_wait(dial, TIMEOUT_MS, err);
    if (code == MCP_OK)
        code = mcp_dial_request_wait(dial, "tools/call", params, TIMEOUT_MS, &result, NULL, err);
    mcp_dial_free(dial);
    const json_t *content = json_array_get(json_object_get(result, "content"), 0);
    if (code == MCP_OK)
        (void)printf("40 + 2 = %s\n", json_string_value(json_object_get(content, "text")));
    return code;
}

static enum mcp_code serve_and_ask(struct mcp_server *server, struct mcp_err *err) {
    const struct mcp_listen_options options = {.host = "127.0.0.1"};
    struct mcp_listener *listener = NULL;
    struct mcp_loop *loop = NULL;
    char url[64];
    MCP_TRY(mcp_server_add_tool(server, &tool, err));
    MCP_TRY(mcp_listener_start_http(server, &options, &listener, err));
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u/mcp",
                   (unsigned)mcp_listener_port(listener));
    enum mcp_code code = mcp_loop_new(&loop, err);
    if (code == MCP_OK)
        code = ask(loop, url, err);
    mcp_loop_free(loop);
    mcp_listener_stop(listener, 1000);
    mcp_listener_free(listener);
    return code;
}

int main(void) {
    const struct mcp_server_options options = {.name = "embed", .version = "1"};
    struct mcp_server *server = NULL;
    struct mcp_err err = {0};
    mcp_json_use_allocator();
    enum mcp_code code = mcp_server_new(&options, &server, &err);
    if (code == MCP_OK)
        code = serve_and_ask(server, &err);
    mcp_server_free(server);
    if (code != MCP_OK)
        (void)fprintf(stderr, "%s: %s: %s\n", mcp_code_name(code), err.where, err.what);
    return code == MCP_OK ? 0 : 1;
}
