/* SPDX-License-Identifier: MIT */
/* input.c - tools and a prompt that ask the client, as the suite of 2026-07-28 names them. */
#include "everything.h"
#include "mcp/alloc.h"

#define TOOL(name)                                                                                 \
    static enum mcp_code name(struct mcp_call *call, const json_t *arguments,                      \
                              struct mcp_result *result, void *user, struct mcp_err *err)

static const char *text_of(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

/* A form of one required field. */
struct form {
    const char *key;
    const char *message;
    const char *field;
    const char *type;
};

static enum mcp_code ask_field(struct mcp_call *call, struct form form, const json_t **out_answer,
                               struct mcp_err *err) {
    json_t *params = json_pack("{s:s, s:{s:s, s:{s:{s:s}}, s:[s]}}", "message", form.message,
                               "requestedSchema", "type", "object", "properties", form.field,
                               "type", form.type, "required", form.field);
    return mcp_call_input(call, form.key, "elicitation/create", params, out_answer, err);
}

static const struct form name_form = {"user_name", "What is your name?", "name", "string"};

static enum mcp_code ask_model(struct mcp_call *call, const char *key, const char *question,
                               int max_tokens, const json_t **out_answer, struct mcp_err *err) {
    json_t *params =
        json_pack("{s:[{s:s, s:{s:s, s:s}}], s:i}", "messages", "role", "user", "content", "type",
                  "text", "text", question, "maxTokens", max_tokens);
    return mcp_call_input(call, key, "sampling/createMessage", params, out_answer, err);
}

static const char *field_of(const json_t *answer, const char *field) {
    return text_of(json_object_get(answer, "content"), field);
}

TOOL(elicitation) {
    (void)arguments;
    (void)user;
    const json_t *answer = NULL;
    MCP_TRY(ask_field(call, name_form, &answer, err));
    return everything_say(result, err, "Hello, %s!", field_of(answer, "name"));
}

TOOL(sampling) {
    (void)arguments;
    (void)user;
    const json_t *answer = NULL;
    MCP_TRY(
        ask_model(call, "capital_question", "What is the capital of France?", 100, &answer, err));
    return everything_say(result, err, "The model says: %s", field_of(answer, "text"));
}

TOOL(list_roots) {
    (void)arguments;
    (void)user;
    const json_t *answer = NULL;
    MCP_TRY(mcp_call_input(call, "client_roots", "roots/list", json_object(), &answer, err));
    char *text MCP_AUTO(mcp_freep) = everything_text(json_object_get(answer, "roots"));
    return everything_say(result, err, "Roots: %s", text != NULL ? text : "?");
}

TOOL(request_state) {
    (void)arguments;
    (void)user;
    const json_t *answer = NULL;
    MCP_TRY(
        ask_field(call, (struct form){"confirm", "Please confirm", "ok", "boolean"}, &answer, err));
    return everything_say(result, err, "state-ok");
}

TOOL(multiple_inputs) {
    (void)arguments;
    (void)user;
    const json_t *name = NULL;
    const json_t *greeting = NULL;
    const json_t *roots = NULL;
    const enum mcp_code codes[] = {
        ask_field(call, name_form, &name, err),
        ask_model(call, "greeting", "Generate a greeting", 50, &greeting, err),
        mcp_call_input(call, "client_roots", "roots/list", json_object(), &roots, err)};
    for (size_t i = 0; i < MCP_COUNT(codes); i++)
        MCP_TRY(codes[i]);
    return everything_say(result, err, "%s, %s: %zu roots", field_of(greeting, "text"),
                          field_of(name, "name"), json_array_size(json_object_get(roots, "roots")));
}

TOOL(multi_round) {
    (void)arguments;
    (void)user;
    const json_t *name = NULL;
    const json_t *color = NULL;
    MCP_TRY(ask_field(call, (struct form){"step1", "Step 1: What is your name?", "name", "string"},
                      &name, err));
    MCP_TRY(ask_field(
        call, (struct form){"step2", "Step 2: What is your favorite color?", "color", "string"},
        &color, err));
    return everything_say(result, err, "%s likes %s", field_of(name, "name"),
                          field_of(color, "color"));
}

TOOL(capabilities) {
    (void)arguments;
    (void)user;
    const json_t *name = NULL;
    const json_t *greeting = NULL;
    enum mcp_code form = MCP_OK;
    enum mcp_code sample = MCP_OK;
    if (mcp_call_offers(call, "elicitation"))
        form = ask_field(call, name_form, &name, err);
    if (mcp_call_offers(call, "sampling"))
        sample = ask_model(call, "greeting", "Generate a greeting", 50, &greeting, err);
    MCP_TRY(form);
    MCP_TRY(sample);
    return everything_say(result, err, "%s %s", field_of(name, "name"), field_of(greeting, "text"));
}

static enum mcp_code ask_context(struct mcp_call *call, const json_t *arguments,
                                 struct mcp_result *result, void *user, struct mcp_err *err) {
    (void)arguments;
    (void)user;
    const json_t *answer = NULL;
    MCP_TRY(ask_field(
        call,
        (struct form){"user_context", "What context should the prompt use?", "context", "string"},
        &answer, err));
    return mcp_result_take(result,
                           json_pack("{s:[{s:s, s:{s:s, s:s}}]}", "messages", "role", "user",
                                     "content", "type", "text", "text",
                                     field_of(answer, "context")),
                           err);
}

enum mcp_code everything_add_input(struct mcp_server *server, struct mcp_err *err) {
    static const struct {
        const char *name;
        const char *description;
        mcp_tool_fn *run;
    } rows[] = {
        {"test_input_required_result_elicitation", "Asks for a name", elicitation},
        {"test_streaming_elicitation", "Asks for a name", elicitation},
        {"test_input_required_result_sampling", "Asks the client's model", sampling},
        {"test_input_required_result_list_roots", "Asks for the client's roots", list_roots},
        {"test_input_required_result_request_state", "Asks for a confirmation", request_state},
        {"test_input_required_result_tampered_state", "Asks for a confirmation", request_state},
        {"test_input_required_result_multiple_inputs", "Asks three things at once",
         multiple_inputs},
        {"test_input_required_result_multi_round", "Asks one thing after the other", multi_round},
        {"test_input_required_result_capabilities", "Asks what the client offers to be asked",
         capabilities},
    };
    const struct mcp_prompt prompt = {.name = "test_input_required_result_prompt",
                                      .description = "Asks for its context",
                                      .get = ask_context};
    for (size_t i = 0; i < MCP_COUNT(rows); i++)
        MCP_TRY(
            everything_add_tool(server, rows[i].name, rows[i].description, NULL, rows[i].run, err));
    return mcp_server_add_prompt(server, &prompt, err);
}
