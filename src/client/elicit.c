/* SPDX-License-Identifier: MIT */
/* elicit.c - see elicit.h. Pure: no I/O, no clock, no log. */
#include "client/elicit.h"

#include <string.h>

#include "mcp/schema.h"

enum { MAX_STEPS = 100000, MAX_SUBSCHEMAS = 1000 }; /* of a form: the server wrote it */

enum mcp_ask_kind mcp_ask_kind_of(const char *method, const json_t *params) {
    if (strcmp(method, "sampling/createMessage") == 0)
        return MCP_ASK_SAMPLING;
    if (strcmp(method, "roots/list") == 0)
        return MCP_ASK_ROOTS;
    if (strcmp(method, "elicitation/create") != 0)
        return MCP_ASK_UNKNOWN;
    const json_t *mode = json_object_get(params, "mode");
    if (mode == NULL || mcp_str_equal(mcp_json_str(mode), MCP_STR("form")))
        return MCP_ASK_FORM;
    return mcp_str_equal(mcp_json_str(mode), MCP_STR("url")) ? MCP_ASK_URL : MCP_ASK_UNKNOWN;
}

const char *mcp_ask_capability(enum mcp_ask_kind kind) {
    static const char *const names[] = {
        [MCP_ASK_FORM] = "elicitation",
        [MCP_ASK_URL] = "elicitation.url",
        [MCP_ASK_SAMPLING] = "sampling",
        [MCP_ASK_ROOTS] = "roots",
    };
    return (size_t)kind < MCP_COUNT(names) ? names[kind] : "";
}

static enum mcp_code no_memory(struct mcp_err *err) {
    return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for an answer");
}

static enum mcp_code fill_defaults(const json_t *schema, json_t *content, struct mcp_err *err) {
    json_t *properties = json_object_get(schema, "properties");
    const char *name = NULL;
    json_t *property = NULL;
    json_object_foreach(properties, name, property) {
        json_t *value = json_object_get(property, "default");
        if (value == NULL || json_object_get(content, name) != NULL)
            continue;
        if (json_object_set_new(content, name, json_deep_copy(value)) != 0)
            return no_memory(err);
    }
    return MCP_OK;
}

static enum mcp_code check_content(const json_t *schema, const json_t *content,
                                   struct mcp_err *err) {
    const struct mcp_schema_options options = {
        .assert_format = true, .max_subschemas = MAX_SUBSCHEMAS, .max_steps = MAX_STEPS};
    MCP_AUTO(mcp_schema_freep) struct mcp_schema *compiled = NULL;
    struct mcp_err why = {0};
    if (!json_is_object(schema))
        return MCP_OK;
    enum mcp_code code = mcp_schema_compile(schema, &options, &compiled, &why);
    if (code == MCP_OK)
        code = mcp_schema_validate(compiled, content, NULL, NULL, &why);
    if (code == MCP_OK || code == MCP_E_NOMEM)
        return code == MCP_OK ? MCP_OK : no_memory(err);
    return mcp_err_at(err, MCP_FAIL(err, MCP_E_SCHEMA, "%s", why.what), "/content%s", why.where);
}

static enum mcp_code complete_form(const json_t *params, json_t *result, struct mcp_err *err) {
    const json_t *schema = json_object_get(params, "requestedSchema");
    json_t *content = json_object_get(result, "content");
    if (content == NULL && json_object_set_new(result, "content", json_object()) != 0)
        return no_memory(err);
    content = json_object_get(result, "content");
    if (!json_is_object(content))
        return mcp_err_at(err, MCP_FAIL(err, MCP_E_SCHEMA, "expected an object"), "/content");
    MCP_TRY(fill_defaults(schema, content, err));
    return check_content(schema, content, err);
}

static enum mcp_code complete_elicitation(enum mcp_ask_kind kind, const json_t *params,
                                          json_t *result, struct mcp_err *err) {
    struct mcp_str action = mcp_json_str(json_object_get(result, "action"));
    bool is_accepted = mcp_str_equal(action, MCP_STR("accept"));
    if (!is_accepted && !mcp_str_equal(action, MCP_STR("decline")) &&
        !mcp_str_equal(action, MCP_STR("cancel")))
        return mcp_err_at(err, MCP_FAIL(err, MCP_E_SCHEMA, "expected accept, decline or cancel"),
                          "/action");
    if (is_accepted && kind == MCP_ASK_FORM)
        return complete_form(params, result, err);
    (void)json_object_del(result, "content");
    return MCP_OK;
}

static enum mcp_code check_sampling(const json_t *result, struct mcp_err *err) {
    const json_t *content = json_object_get(result, "content");
    const char *text = NULL;
    MCP_TRY(mcp_json_get_string(result, "role", &text, err));
    MCP_TRY(mcp_json_get_string(result, "model", &text, err));
    if (!json_is_object(content) && !json_is_array(content))
        return mcp_err_at(err, MCP_FAIL(err, MCP_E_SCHEMA, "expected a content block, or several"),
                          "/content");
    return MCP_OK;
}

static enum mcp_code check_roots(const json_t *result, struct mcp_err *err) {
    json_t *roots = NULL;
    MCP_TRY(mcp_json_get_array(result, "roots", &roots, err));
    for (size_t i = 0; i < json_array_size(roots); i++) {
        const char *uri = json_string_value(json_object_get(json_array_get(roots, i), "uri"));
        if (uri == NULL || strncmp(uri, "file://", strlen("file://")) != 0)
            return mcp_err_at(err, MCP_FAIL(err, MCP_E_SCHEMA, "expected a URI of file://"),
                              "/roots/%zu/uri", i);
    }
    return MCP_OK;
}

enum mcp_code mcp_ask_complete(enum mcp_ask_kind kind, const json_t *params, json_t *result,
                               struct mcp_err *err) {
    if (!json_is_object(result))
        return MCP_FAIL(err, MCP_E_SCHEMA, "expected an object");
    switch (kind) {
    case MCP_ASK_FORM:
    case MCP_ASK_URL:
        return complete_elicitation(kind, params, result, err);
    case MCP_ASK_SAMPLING:
        return check_sampling(result, err);
    case MCP_ASK_ROOTS:
        return check_roots(result, err);
    case MCP_ASK_UNKNOWN:
        break;
    }
    return MCP_FAIL(err, MCP_E_BUG, "a question nobody knows");
}
