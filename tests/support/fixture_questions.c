/* SPDX-License-Identifier: MIT */
/* fixture_questions.c - tools, a prompt and a resource that ask; see fixture_server.h. */
#include <stdio.h>
#include <string.h>

#include "fixture_server.h"
#include "mcp/input.h"

#define TOOL(name)                                                                                 \
    static enum mcp_code name(struct mcp_call *call, const json_t *arguments,                      \
                              struct mcp_result *result, void *user, struct mcp_err *err)

static const char *text_of(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static enum mcp_code say(struct mcp_result *result, const char *text, struct mcp_err *err) {
    return mcp_result_take(
        result, json_pack("{s:[{s:s, s:s}]}", "content", "type", "text", "text", text), err);
}

static enum mcp_code ask_form(struct mcp_call *call, const char *key, const json_t **answer,
                              struct mcp_err *err) {
    json_t *params = json_pack("{s:s, s:{s:s, s:{s:{s:s, s:i}}, s:[s]}}", "message", key,
                               "requestedSchema", "type", "object", "properties", "name", "type",
                               "string", "maxLength", 8, "required", "name");
    return mcp_call_input(call, key, "elicitation/create", params, answer, err);
}

static enum mcp_code ask_sample(struct mcp_call *call, const char *key, bool with_tools,
                                const json_t **answer, struct mcp_err *err) {
    json_t *tools = with_tools ? json_array() : NULL;
    if (with_tools && tools == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    json_t *params =
        json_pack("{s:[{s:s, s:{s:s, s:s}}], s:i, s:o*}", "messages", "role", "user", "content",
                  "type", "text", "text", "Say it.", "maxTokens", 10, "tools", tools);
    return mcp_call_input(call, key, "sampling/createMessage", params, answer, err);
}

/* "accept Ada", "decline ". */
static const char *in_words(const json_t *answer, char *text, size_t bytes) {
    (void)snprintf(text, bytes, "%s %s", text_of(answer, "action"),
                   text_of(json_object_get(answer, "content"), "name"));
    return text;
}

TOOL(run_ask) {
    (void)arguments;
    (void)user;
    char text[64];
    const json_t *answer = NULL;
    MCP_TRY(ask_form(call, "name", &answer, err));
    return say(result, in_words(answer, text, sizeof text), err);
}

TOOL(run_ask_all) {
    (void)arguments;
    (void)user;
    char text[128];
    const json_t *name = NULL;
    const json_t *sample = NULL;
    const json_t *roots = NULL;
    const enum mcp_code codes[] = {
        ask_form(call, "name", &name, err), ask_sample(call, "sample", false, &sample, err),
        mcp_call_input(call, "roots", "roots/list", json_object(), &roots, err)};
    for (size_t i = 0; i < MCP_COUNT(codes); i++)
        if (codes[i] != MCP_PENDING)
            MCP_TRY(codes[i]);
    if (name == NULL || sample == NULL || roots == NULL)
        return MCP_PENDING;
    (void)snprintf(text, sizeof text, "%s, %s, %zu roots",
                   text_of(json_object_get(name, "content"), "name"),
                   text_of(json_object_get(sample, "content"), "text"),
                   json_array_size(json_object_get(roots, "roots")));
    return say(result, text, err);
}

/* Remembers in the second run what the first question brought. */
TOOL(run_ask_twice) {
    (void)arguments;
    (void)user;
    char text[128];
    const json_t *answer = NULL;
    const json_t *second = NULL;
    MCP_TRY(ask_form(call, "first", &answer, err));
    if (mcp_call_recall(call) == NULL)
        mcp_call_remember(call, json_incref(json_object_get(answer, "content")));
    MCP_TRY(ask_form(call, "second", &second, err));
    (void)snprintf(text, sizeof text, "%s then %s", text_of(mcp_call_recall(call), "name"),
                   text_of(json_object_get(second, "content"), "name"));
    return say(result, text, err);
}

TOOL(run_ask_url) {
    (void)arguments;
    (void)user;
    const json_t *answer = NULL;
    json_t *params = json_pack("{s:s, s:s, s:s}", "mode", "url", "message", "Please log in", "url",
                               "https://login.example/");
    MCP_TRY(mcp_call_input(call, "login", "elicitation/create", params, &answer, err));
    return say(result, text_of(answer, "action"), err);
}

TOOL(run_ask_tools) {
    (void)arguments;
    (void)user;
    const json_t *answer = NULL;
    MCP_TRY(ask_sample(call, "sample", true, &answer, err));
    return say(result, text_of(answer, "model"), err);
}

/* Takes no for an answer. */
TOOL(run_ask_or_go_on) {
    (void)arguments;
    (void)user;
    const json_t *answer = NULL;
    struct mcp_err why = {0};
    enum mcp_code code = ask_form(call, "name", &answer, &why);
    if (code == MCP_PENDING || code == MCP_E_NOMEM)
        return code == MCP_PENDING ? code : MCP_FAIL(err, code, "out of memory");
    return say(result, code == MCP_OK ? "answered" : why.what, err);
}

/* {count}: so many questions at once. {key}: with that key. {method}: of that kind. */
TOOL(run_ask_oddly) {
    (void)user;
    const json_t *answer = NULL;
    const char *key = text_of(arguments, "key");
    const char *method = text_of(arguments, "method");
    json_int_t count = json_integer_value(json_object_get(arguments, "count"));
    enum mcp_code code = MCP_OK;
    if (count == 0) {
        MCP_TRY(mcp_call_input(call, key, method[0] != '\0' ? method : "roots/list", json_object(),
                               &answer, err));
        return say(result, "answered", err);
    }
    for (json_int_t i = 1; i <= count && (code == MCP_OK || code == MCP_PENDING); i++) {
        char each[16];
        (void)snprintf(each, sizeof each, "q%d", (int)i);
        code = mcp_call_input(call, each, "roots/list", json_object(), &answer, err);
    }
    return code == MCP_OK ? say(result, "all answered", err) : code;
}

/* {schema}: a form of that schema. */
TOOL(run_ask_schema) {
    (void)user;
    const json_t *answer = NULL;
    json_t *schema = json_object_get(arguments, "schema");
    json_t *params = json_pack("{s:s, s:O*}", "message", "Fill it in", "requestedSchema", schema);
    MCP_TRY(mcp_call_input(call, "form", "elicitation/create", params, &answer, err));
    return say(result, text_of(answer, "action"), err);
}

/* A new question in every round; {rounds}: so many. */
TOOL(run_ask_again) {
    (void)user;
    const json_t *answer = NULL;
    json_int_t rounds = json_integer_value(json_object_get(arguments, "rounds"));
    json_int_t at = json_integer_value(mcp_call_recall(call));
    mcp_call_remember(call, json_integer(at + 1));
    if (at >= rounds)
        return say(result, "enough", err);
    MCP_TRY(mcp_call_input(call, at % 2 == 0 ? "even" : "odd", "roots/list", json_object(), &answer,
                           err));
    return say(result, "answered", err);
}

/* {bytes}: remembers so many, and asks. */
TOOL(run_remember) {
    (void)user;
    (void)result;
    const json_t *answer = NULL;
    size_t bytes = (size_t)json_integer_value(json_object_get(arguments, "bytes"));
    struct mcp_buf text = MCP_BUF_INIT(1 << 20);
    char *to = mcp_buf_reserve(&text, bytes);
    if (to == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    memset(to, 'm', bytes);
    mcp_buf_commit(&text, bytes);
    mcp_call_remember(call, json_stringn(text.data, text.len));
    mcp_buf_deinit(&text);
    if (mcp_call_recall(call) == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    return mcp_call_input(call, "roots", "roots/list", json_object(), &answer, err);
}

TOOL(run_need) {
    (void)user;
    MCP_TRY(mcp_call_require(call, text_of(arguments, "path"), err));
    return say(result, "offered", err);
}

TOOL(run_promise) {
    (void)user;
    const json_t *name = NULL;
    if (json_is_true(json_object_get(arguments, "asks")))
        MCP_TRY(ask_form(call, "name", &name, err));
    json_auto_t *members = json_deep_copy(json_object_get(arguments, "answer"));
    const char *bytes = json_string_value(json_object_get(arguments, "bytes"));
    if (members == NULL || json_object_set_new(members, "content", json_array()) != 0)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    MCP_TRY(mcp_result_take(result, MCP_TAKE(members), err));
    if (bytes == NULL)
        return MCP_OK;
    MCP_AUTO(mcp_blob_unrefp) struct mcp_blob *blob = mcp_blob_new(mcp_str_of(bytes));
    if (blob == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    mcp_result_set_encoded(result, "structuredContent", blob);
    return MCP_OK;
}

static enum mcp_code add_promise(struct fixture *fixture, struct mcp_err *err) {
    const struct mcp_tool tool = {.name = "promise",
                                  .description = "Answers what it is given",
                                  .input_schema = "{\"type\":\"object\"}",
                                  .output_schema =
                                      "{\"type\":\"object\",\"required\":[\"n\"],\"properties\":{"
                                      "\"n\":{\"type\":\"integer\",\"maximum\":10}}}",
                                  .run = run_promise};
    return mcp_server_add_tool(fixture->server, &tool, err);
}

static enum mcp_code get_asked(struct mcp_call *call, const json_t *arguments,
                               struct mcp_result *result, void *user, struct mcp_err *err) {
    (void)arguments;
    (void)user;
    char text[64];
    const json_t *answer = NULL;
    MCP_TRY(ask_form(call, "name", &answer, err));
    return mcp_result_take(result,
                           json_pack("{s:[{s:s, s:{s:s, s:s}}]}", "messages", "role", "user",
                                     "content", "type", "text", "text",
                                     in_words(answer, text, sizeof text)),
                           err);
}

static enum mcp_code read_asked(struct mcp_call *call, const char *uri, struct mcp_result *result,
                                void *user, struct mcp_err *err) {
    (void)user;
    char text[64];
    const json_t *answer = NULL;
    MCP_TRY(ask_form(call, "name", &answer, err));
    return mcp_result_take(result,
                           json_pack("{s:[{s:s, s:s}]}", "contents", "uri", uri, "text",
                                     in_words(answer, text, sizeof text)),
                           err);
}

enum mcp_code fixture_add_questions(struct fixture *fixture, struct mcp_err *err) {
    static const struct {
        const char *name;
        mcp_tool_fn *run;
    } rows[] = {{"ask", run_ask},
                {"ask_all", run_ask_all},
                {"ask_twice", run_ask_twice},
                {"ask_url", run_ask_url},
                {"ask_tools", run_ask_tools},
                {"ask_or_go_on", run_ask_or_go_on},
                {"ask_oddly", run_ask_oddly},
                {"ask_schema", run_ask_schema},
                {"ask_again", run_ask_again},
                {"remember", run_remember},
                {"need", run_need}};
    const struct mcp_prompt prompt = {.name = "asked", .get = get_asked};
    const struct mcp_resource resource = {
        .uri = "fixture://asked", .name = "Asked", .read = read_asked, .ttl_ms = 1000};
    for (size_t i = 0; i < MCP_COUNT(rows); i++) {
        const struct mcp_tool tool = {.name = rows[i].name,
                                      .description = "Asks",
                                      .input_schema = "{\"type\":\"object\"}",
                                      .run = rows[i].run};
        MCP_TRY(mcp_server_add_tool(fixture->server, &tool, err));
    }
    MCP_TRY(add_promise(fixture, err));
    MCP_TRY(mcp_server_add_prompt(fixture->server, &prompt, err));
    return mcp_server_add_resource(fixture->server, &resource, err);
}
