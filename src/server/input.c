/* SPDX-License-Identifier: MIT */
/* input.c - questions, capabilities, answers; see input.h. Pure: no I/O, no clock, no log. */
#include "server/input.h"

#include <string.h>

#include "mcp/schema.h"

void mcp_input_deinit(struct mcp_input *input) {
    mcp_json_decref(&input->answers);
    mcp_json_decref(&input->offered);
    mcp_json_decref(&input->failures);
    mcp_json_decref(&input->asked);
    mcp_json_decref(&input->memory);
}

/* --- capabilities --- */

static bool is_method(const char *method, const char *name) {
    return strcmp(method, name) == 0;
}

static bool is_url_mode(const json_t *params) {
    return mcp_str_equal(mcp_json_str(json_object_get(params, "mode")), MCP_STR("url"));
}

const char *mcp_input_capability(const char *method, const json_t *params) {
    if (is_method(method, "elicitation/create"))
        return is_url_mode(params) ? "elicitation.url" : "elicitation";
    if (is_method(method, "sampling/createMessage"))
        return json_object_get(params, "tools") != NULL ||
                       json_object_get(params, "toolChoice") != NULL
                   ? "sampling.tools"
                   : "sampling";
    return is_method(method, "roots/list") ? "roots" : NULL;
}

/* An empty object is the form mode: the only one there was. */
static bool has_form(const json_t *elicitation) {
    return json_object_get(elicitation, "form") != NULL ||
           json_object_get(elicitation, "url") == NULL;
}

bool mcp_input_is_offered(const char *path, enum mcp_version version, const json_t *capabilities) {
    const struct mcp_version_info *info = mcp_version_info(version);
    const json_t *elicitation = json_object_get(capabilities, "elicitation");
    const json_t *sampling = json_object_get(capabilities, "sampling");
    if (strcmp(path, "elicitation") == 0)
        return info->has_elicitation && json_is_object(elicitation) && has_form(elicitation);
    if (strcmp(path, "elicitation.url") == 0)
        return info->has_url_elicitation && json_object_get(elicitation, "url") != NULL;
    if (strcmp(path, "sampling") == 0)
        return json_is_object(sampling);
    if (strcmp(path, "sampling.tools") == 0)
        return info->has_sampling_tools && json_object_get(sampling, "tools") != NULL;
    return strcmp(path, "roots") == 0 && json_is_object(json_object_get(capabilities, "roots"));
}

/* --- answers --- */

static enum mcp_code refuse(struct mcp_err *err, const char *where, const char *what) {
    return mcp_err_at(err, MCP_FAIL(err, MCP_E_SCHEMA, "%s", what), "%s", where);
}

static enum mcp_code check_form(const json_t *params, const json_t *answer, struct mcp_err *err) {
    const json_t *schema = json_object_get(params, "requestedSchema");
    const json_t *content = json_object_get(answer, "content");
    MCP_AUTO(mcp_schema_freep) struct mcp_schema *compiled = NULL;
    struct mcp_err why = {0};
    if (!json_is_object(content))
        return refuse(err, "/content", "expected an object");
    enum mcp_code code = mcp_schema_compile(schema, NULL, &compiled, &why);
    if (code == MCP_E_NOMEM)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    if (code != MCP_OK)
        return MCP_FAIL(err, MCP_E_INVALID, "requestedSchema%s: %s", why.where, why.what);
    return mcp_err_at(err, mcp_schema_validate(compiled, content, NULL, NULL, err), "/content");
}

static enum mcp_code check_elicitation(const json_t *params, const json_t *answer,
                                       struct mcp_err *err) {
    struct mcp_str action = mcp_json_str(json_object_get(answer, "action"));
    if (mcp_str_equal(action, MCP_STR("decline")) || mcp_str_equal(action, MCP_STR("cancel")))
        return MCP_OK;
    if (!mcp_str_equal(action, MCP_STR("accept")))
        return refuse(err, "/action", "expected \"accept\", \"decline\" or \"cancel\"");
    return is_url_mode(params) ? MCP_OK : check_form(params, answer, err);
}

static enum mcp_code check_sampling(const json_t *answer, struct mcp_err *err) {
    struct mcp_str role = mcp_json_str(json_object_get(answer, "role"));
    const json_t *content = json_object_get(answer, "content");
    if (!mcp_str_equal(role, MCP_STR("assistant")) && !mcp_str_equal(role, MCP_STR("user")))
        return refuse(err, "/role", "expected \"assistant\" or \"user\"");
    if (!json_is_object(content) && !json_is_array(content))
        return refuse(err, "/content", "expected a content block or an array of such");
    if (!json_is_string(json_object_get(answer, "model")))
        return refuse(err, "/model", "expected a string");
    return MCP_OK;
}

static enum mcp_code check_roots(const json_t *answer, struct mcp_err *err) {
    const json_t *roots = json_object_get(answer, "roots");
    if (!json_is_array(roots))
        return refuse(err, "/roots", "expected an array");
    for (size_t i = 0; i < json_array_size(roots); i++)
        if (!json_is_string(json_object_get(json_array_get(roots, i), "uri")))
            return mcp_err_at(err, refuse(err, "/uri", "expected a string"), "/roots/%zu", i);
    return MCP_OK;
}

enum mcp_code mcp_input_check(const char *method, const json_t *params, const json_t *answer,
                              struct mcp_err *err) {
    if (!json_is_object(answer))
        return MCP_FAIL(err, MCP_E_SCHEMA, "expected an object");
    if (is_method(method, "elicitation/create"))
        return check_elicitation(params, answer, err);
    if (is_method(method, "sampling/createMessage"))
        return check_sampling(answer, err);
    return check_roots(answer, err);
}

/* --- forms --- */

static bool is_type(const json_t *schema, const char *name) {
    return mcp_str_equal(mcp_json_str(json_object_get(schema, "type")), mcp_str_of(name));
}

/* One of several texts, or some of them. */
static bool is_choice(const json_t *schema) {
    const json_t *items = json_object_get(schema, "items");
    return is_type(schema, "array") && (json_is_array(json_object_get(items, "enum")) ||
                                        json_is_array(json_object_get(items, "anyOf")));
}

static bool is_field(const json_t *schema) {
    return is_type(schema, "string") || is_type(schema, "number") || is_type(schema, "integer") ||
           is_type(schema, "boolean") || is_choice(schema);
}

static enum mcp_code check_field(const char *name, const json_t *field, struct mcp_err *err) {
    static const char what[] = "expected a string, a number, a boolean or a choice";
    return is_field(field)
               ? MCP_OK
               : MCP_FAIL(err, MCP_E_INVALID, "requestedSchema/properties/%.64s: %s", name, what);
}

/* What a client can show: an object of fields, nothing within them. */
static enum mcp_code check_flat(const json_t *schema, struct mcp_err *err) {
    const char *name = NULL;
    json_t *field = NULL;
    json_t *fields = json_object_get(schema, "properties");
    if (!is_type(schema, "object") || !json_is_object(fields))
        return MCP_FAIL(err, MCP_E_INVALID,
                        "requestedSchema: expected an object with \"properties\"");
    json_object_foreach(fields, name, field) MCP_TRY(check_field(name, field, err));
    return MCP_OK;
}

static enum mcp_code check_question(const struct mcp_question *question, struct mcp_err *err) {
    if (!is_method(question->method, "elicitation/create") || is_url_mode(question->params))
        return MCP_OK;
    return check_flat(json_object_get(question->params, "requestedSchema"), err);
}

/* --- questions --- */

static enum mcp_code put(json_t **object, const char *key, json_t *value, struct mcp_err *err) {
    if (*object == NULL)
        *object = json_object();
    if (json_object_set_new(*object, key, value) != 0)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    return MCP_OK;
}

static enum mcp_code ask(struct mcp_input *input, const struct mcp_question *question,
                         struct mcp_err *err) {
    size_t count = json_object_size(input->answers) + json_object_size(input->asked);
    if (count >= MCP_INPUT_MAX_QUESTIONS)
        return MCP_FAIL(err, MCP_E_LIMIT, "more than %d questions in one call",
                        MCP_INPUT_MAX_QUESTIONS);
    if (input->rounds >= MCP_INPUT_MAX_ROUNDS)
        return MCP_FAIL(err, MCP_E_LIMIT, "more than %d rounds of questions in one call",
                        MCP_INPUT_MAX_ROUNDS);
    MCP_TRY(check_question(question, err));
    json_t *request =
        json_pack("{s:s, s:O}", "method", question->method, "params", question->params);
    MCP_TRY(put(&input->asked, question->key, request, err));
    return MCP_PENDING;
}

static enum mcp_code tell_failure(const json_t *failure, struct mcp_err *err) {
    const char *message = json_string_value(json_object_get(failure, "message"));
    if (!json_is_object(failure))
        return MCP_FAIL(err, MCP_E_TIMEOUT, "the client did not answer in time");
    return MCP_FAIL(err, MCP_E_PEER, "the client answered with an error: %s",
                    message != NULL ? message : "?");
}

/* What is not an answer is asked for again, where that is possible. */
static enum mcp_code accept(struct mcp_input *input, const struct mcp_question *question,
                            json_t *offered, struct mcp_err *err) {
    struct mcp_err why = {0};
    enum mcp_code code = mcp_input_check(question->method, question->params, offered, &why);
    if (code == MCP_OK)
        return put(&input->answers, question->key, json_incref(offered), err);
    if (code != MCP_E_SCHEMA)
        return MCP_FAIL(err, code, "%s", why.what);
    if (!question->is_final)
        return ask(input, question, err);
    return MCP_FAIL(err, MCP_E_PEER, "the client's answer is wrong: %s%s%s", why.where,
                    why.where[0] != '\0' ? " " : "", why.what);
}

enum mcp_code mcp_input_answer(struct mcp_input *input, const struct mcp_question *question,
                               const json_t **out_answer, struct mcp_err *err) {
    const json_t *answer = json_object_get(input->answers, question->key);
    const json_t *failure = json_object_get(input->failures, question->key);
    json_t *offered = json_object_get(input->offered, question->key);
    if (answer == NULL && failure != NULL)
        return tell_failure(failure, err);
    if (answer == NULL && offered == NULL)
        return ask(input, question, err);
    if (answer == NULL)
        MCP_TRY(accept(input, question, offered, err));
    *out_answer = json_object_get(input->answers, question->key);
    return MCP_OK;
}

enum mcp_code mcp_input_fail(struct mcp_input *input, const char *key, const json_t *reply,
                             struct mcp_err *err) {
    const char *message = json_string_value(json_object_get(reply, "message"));
    json_t *failure = reply != NULL
                          ? json_pack("{s:s}", "message", message != NULL ? message : "no message")
                          : json_false();
    return put(&input->failures, key, failure, err);
}

enum mcp_code mcp_input_offer(struct mcp_input *input, const char *key, json_t *answer,
                              struct mcp_err *err) {
    return put(&input->offered, key, json_incref(answer), err);
}

void mcp_input_next_round(struct mcp_input *input) {
    mcp_json_decref(&input->asked);
    input->rounds++;
}
