/* SPDX-License-Identifier: MIT */
/* others.c - resources, a template, prompts and completion. */
#include <stdio.h>
#include <string.h>

#include "everything.h"

static enum mcp_code give(struct mcp_result *result, const char *uri, const char *mime_type,
                          const char *key, const char *content, struct mcp_err *err) {
    return mcp_result_take(result,
                           json_pack("{s:[{s:s, s:s, s:s}]}", "contents", "uri", uri, "mimeType",
                                     mime_type, key, content),
                           err);
}

static enum mcp_code read_text(struct mcp_call *call, const char *uri, struct mcp_result *result,
                               void *user, struct mcp_err *err) {
    (void)call;
    return give(result, uri, "text/plain", "text", user, err);
}

static enum mcp_code read_binary(struct mcp_call *call, const char *uri, struct mcp_result *result,
                                 void *user, struct mcp_err *err) {
    (void)call;
    (void)user;
    return give(result, uri, "image/png", "blob", EVERYTHING_PNG, err);
}

static enum mcp_code read_template(struct mcp_call *call, const char *uri, const json_t *values,
                                   struct mcp_result *result, void *user, struct mcp_err *err) {
    (void)call;
    (void)user;
    char text[512];
    const char *id = json_string_value(json_object_get(values, "id"));
    (void)snprintf(text, sizeof text,
                   "{\"id\":\"%s\",\"templateTest\":true,\"data\":\"Data for ID: %s\"}", id, id);
    return give(result, uri, "application/json", "text", text, err);
}

static enum mcp_code add_resources(struct mcp_server *server, struct mcp_err *err) {
    static char static_text[] = "This is the content of the static text resource.";
    static char watched_text[] = "This resource may be watched.";
    const struct mcp_resource rows[] = {
        {.uri = "test://static-text",
         .name = "Static text",
         .description = "A text",
         .mime_type = "text/plain",
         .read = read_text,
         .user = static_text},
        {.uri = "test://static-binary",
         .name = "Static image",
         .description = "An image",
         .mime_type = "image/png",
         .read = read_binary},
        {.uri = "test://watched-resource",
         .name = "Watched",
         .description = "To subscribe to",
         .mime_type = "text/plain",
         .read = read_text,
         .user = watched_text},
    };
    const struct mcp_resource_template template_ = {.uri_template = "test://template/{id}/data",
                                                    .name = "Data by id",
                                                    .description = "Data of one id",
                                                    .mime_type = "application/json",
                                                    .read = read_template};
    for (size_t i = 0; i < MCP_COUNT(rows); i++)
        MCP_TRY(mcp_server_add_resource(server, &rows[i], err));
    return mcp_server_add_template(server, &template_, err);
}

/* Takes the messages. */
static enum mcp_code say(struct mcp_result *result, json_t *messages, struct mcp_err *err) {
    return mcp_result_take(result, json_pack("{s:o}", "messages", messages), err);
}

static json_t *user_says(json_t *content) {
    return json_pack("{s:s, s:o}", "role", "user", "content", content);
}

static json_t *text_block(const char *text) {
    return json_pack("{s:s, s:s}", "type", "text", "text", text);
}

#define PROMPT(name)                                                                               \
    static enum mcp_code name(struct mcp_call *call, const json_t *arguments,                      \
                              struct mcp_result *result, void *user, struct mcp_err *err)

PROMPT(simple) {
    (void)call;
    (void)arguments;
    (void)user;
    return say(result,
               json_pack("[o]", user_says(text_block("This is a simple prompt for testing."))),
               err);
}

PROMPT(with_arguments) {
    (void)call;
    (void)user;
    char text[1024];
    (void)snprintf(text, sizeof text, "Prompt with arguments: arg1='%s', arg2='%s'",
                   json_string_value(json_object_get(arguments, "arg1")),
                   json_string_value(json_object_get(arguments, "arg2")));
    return say(result, json_pack("[o]", user_says(text_block(text))), err);
}

PROMPT(with_resource) {
    (void)call;
    (void)user;
    json_t *resource = json_pack("{s:s, s:{s:O, s:s, s:s}}", "type", "resource", "resource", "uri",
                                 json_object_get(arguments, "resourceUri"), "mimeType",
                                 "text/plain", "text", "Embedded resource content for testing.");
    return say(result,
               json_pack("[o, o]", user_says(resource),
                         user_says(text_block("Please process the embedded resource above."))),
               err);
}

PROMPT(with_image) {
    (void)call;
    (void)arguments;
    (void)user;
    json_t *image = json_pack("{s:s, s:s, s:s}", "type", "image", "data", EVERYTHING_PNG,
                              "mimeType", "image/png");
    return say(result,
               json_pack("[o, o]", user_says(image),
                         user_says(text_block("Please analyze the image above."))),
               err);
}

static enum mcp_code complete(struct mcp_call *call, struct mcp_completion *completion, void *user,
                              struct mcp_err *err) {
    static const char *const words[] = {"test", "testing", "tested", "other"};
    (void)call;
    (void)user;
    for (size_t i = 0; i < MCP_COUNT(words); i++)
        if (strncmp(words[i], completion->prefix, strlen(completion->prefix)) == 0 &&
            json_array_append_new(completion->values, json_string(words[i])) != 0)
            return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    return MCP_OK;
}

enum mcp_code everything_add_others(struct mcp_server *server, struct mcp_err *err) {
    static const struct mcp_prompt_argument two[] = {
        {.name = "arg1", .description = "The first argument", .is_required = true},
        {.name = "arg2", .description = "The second argument", .is_required = true}};
    static const struct mcp_prompt_argument one[] = {{.name = "resourceUri",
                                                      .description = "URI of the resource to embed",
                                                      .is_required = true}};
    const struct mcp_prompt rows[] = {
        {.name = "test_simple_prompt", .description = "One message", .get = simple},
        {.name = "test_prompt_with_arguments",
         .description = "Two arguments",
         .arguments = two,
         .argument_count = 2,
         .get = with_arguments,
         .complete = complete},
        {.name = "test_prompt_with_embedded_resource",
         .description = "A resource and a text",
         .arguments = one,
         .argument_count = 1,
         .get = with_resource},
        {.name = "test_prompt_with_image", .description = "An image and a text", .get = with_image},
    };
    MCP_TRY(add_resources(server, err));
    for (size_t i = 0; i < MCP_COUNT(rows); i++)
        MCP_TRY(mcp_server_add_prompt(server, &rows[i], err));
    return MCP_OK;
}
