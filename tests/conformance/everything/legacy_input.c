/* SPDX-License-Identifier: MIT */
/* legacy_input.c - tools that ask the client, as the suite of 2025-11-25 names them. */
#include "everything.h"
#include "mcp/alloc.h"

static const char *text_of(const json_t *arguments, const char *key) {
    const char *text = json_string_value(json_object_get(arguments, key));
    return text != NULL ? text : "";
}

static enum mcp_code sampling(struct mcp_call *call, const json_t *arguments,
                              struct mcp_result *result, void *user, struct mcp_err *err) {
    (void)user;
    const json_t *answer = NULL;
    json_t *params =
        json_pack("{s:[{s:s, s:{s:s, s:s}}], s:i}", "messages", "role", "user", "content", "type",
                  "text", "text", text_of(arguments, "prompt"), "maxTokens", 100);
    MCP_TRY(mcp_call_input(call, "sample", "sampling/createMessage", params, &answer, err));
    return everything_say(result, err, "LLM response: %s",
                          text_of(json_object_get(answer, "content"), "text"));
}

/* Ask for a form; say "<intro>" and what came. */
static enum mcp_code elicit(struct mcp_call *call, const char *message, json_t *schema,
                            const json_t **out_answer, struct mcp_err *err) {
    json_t *params = json_pack("{s:s, s:o}", "message", message, "requestedSchema", schema);
    return mcp_call_input(call, "form", "elicitation/create", params, out_answer, err);
}

static enum mcp_code elicitation(struct mcp_call *call, const json_t *arguments,
                                 struct mcp_result *result, void *user, struct mcp_err *err) {
    (void)user;
    const json_t *answer = NULL;
    json_t *schema =
        json_pack("{s:s, s:{s:{s:s, s:s}, s:{s:s, s:s}}, s:[s, s]}", "type", "object", "properties",
                  "username", "type", "string", "description", "User's response", "email", "type",
                  "string", "description", "User's email address", "required", "username", "email");
    MCP_TRY(elicit(call, text_of(arguments, "message"), schema, &answer, err));
    char *text MCP_AUTO(mcp_freep) = everything_text(answer);
    return everything_say(result, err, "User response: %s", text != NULL ? text : "?");
}

static enum mcp_code report(const json_t *answer, struct mcp_result *result, struct mcp_err *err) {
    const json_t *content = json_object_get(answer, "content");
    char *text MCP_AUTO(mcp_freep) = content != NULL ? everything_text(content) : NULL;
    return everything_say(result, err, "Elicitation completed: action=%s, content=%s",
                          text_of(answer, "action"), text != NULL ? text : "{}");
}

static enum mcp_code defaults(struct mcp_call *call, const json_t *arguments,
                              struct mcp_result *result, void *user, struct mcp_err *err) {
    (void)arguments;
    (void)user;
    const json_t *answer = NULL;
    json_t *schema = json_pack(
        "{s:s, s:{s:{s:s, s:s}, s:{s:s, s:i}, s:{s:s, s:f}, s:{s:s, s:[s, s, s], s:s}, s:{s:s, "
        "s:b}}}",
        "type", "object", "properties", "name", "type", "string", "default", "John Doe", "age",
        "type", "integer", "default", 30, "score", "type", "number", "default", 95.5, "status",
        "type", "string", "enum", "active", "inactive", "pending", "default", "active", "verified",
        "type", "boolean", "default", 1);
    MCP_TRY(elicit(call, "Please check these defaults", schema, &answer, err));
    return report(answer, result, err);
}

static json_t *titled(const char *const *values, const char *const *titles) {
    json_t *choices = json_array();
    for (size_t i = 0; i < 3; i++)
        (void)json_array_append_new(
            choices, json_pack("{s:s, s:s}", "const", values[i], "title", titles[i]));
    return choices;
}

static enum mcp_code enums(struct mcp_call *call, const json_t *arguments,
                           struct mcp_result *result, void *user, struct mcp_err *err) {
    static const char *const values[] = {"value1", "value2", "value3"};
    static const char *const options[] = {"First Option", "Second Option", "Third Option"};
    static const char *const choices[] = {"First Choice", "Second Choice", "Third Choice"};
    (void)arguments;
    (void)user;
    const json_t *answer = NULL;
    json_t *properties = json_pack(
        "{s:{s:s, s:[s, s, s]}, s:{s:s, s:o}, s:{s:s, s:[s, s, s], s:[s, s, s]}, s:{s:s, s:{s:s, "
        "s:[s, s, s]}}, s:{s:s, s:{s:o}}}",
        "untitledSingle", "type", "string", "enum", "option1", "option2", "option3", "titledSingle",
        "type", "string", "oneOf", titled(values, options), "legacyEnum", "type", "string", "enum",
        "opt1", "opt2", "opt3", "enumNames", "Option One", "Option Two", "Option Three",
        "untitledMulti", "type", "array", "items", "type", "string", "enum", "option1", "option2",
        "option3", "titledMulti", "type", "array", "items", "anyOf", titled(values, choices));
    json_t *schema = json_pack("{s:s, s:o}", "type", "object", "properties", properties);
    MCP_TRY(elicit(call, "Please choose", schema, &answer, err));
    return report(answer, result, err);
}

enum mcp_code everything_add_legacy_input(struct mcp_server *server, struct mcp_err *err) {
    MCP_TRY(everything_add_tool(
        server, "test_sampling", "Asks the client's model",
        "{\"type\":\"object\",\"properties\":{\"prompt\":{\"type\":\"string\"}},\"required\":["
        "\"prompt\"]}",
        sampling, err));
    MCP_TRY(everything_add_tool(
        server, "test_elicitation", "Asks the user with a form",
        "{\"type\":\"object\",\"properties\":{\"message\":{\"type\":\"string\"}},\"required\":["
        "\"message\"]}",
        elicitation, err));
    MCP_TRY(everything_add_tool(server, "test_elicitation_sep1034_defaults",
                                "A form whose fields have defaults", NULL, defaults, err));
    return everything_add_tool(server, "test_elicitation_sep1330_enums",
                               "A form with every kind of choice", NULL, enums, err);
}
