/* SPDX-License-Identifier: MIT */
/* conf.c - see conf.h. Pure: no I/O, no clock, no log. */
#include "program/conf.h"

#include <stdio.h>

#include "program/conf_cli.h"
#include "program/conf_env.h"
#include "program/conf_value.h"

/* The layers that have text; defaults are in the schema. */
struct layers {
    json_t *given;  /* of the command line: property -> {"option", "texts"} */
    json_t *dotenv; /* NAME -> {"value", "line"} */
    char *const *envp;
    const char *dotenv_name;
};

static void layers_deinit(struct layers *layers) {
    json_decref(layers->given);
    json_decref(layers->dotenv);
}

/* One setting as somebody wrote it. */
struct written {
    char place[64];      /* "environment" */
    const char *setting; /* "--port", "PRODUCT_MCP_PORT" */
    const json_t *texts; /* of the command line: array of strings */
    struct mcp_str text; /* of a variable */
};

static bool find_given(const struct layers *layers, const char *key, struct written *out) {
    const json_t *given = json_object_get(layers->given, key);
    if (given == NULL)
        return false;
    (void)snprintf(out->place, sizeof out->place, "command line");
    out->setting = json_string_value(json_object_get(given, "option"));
    out->texts = json_object_get(given, "texts");
    return true;
}

static bool find_variable(const struct layers *layers, const char *name, struct written *out) {
    const char *value = mcp_env_get(layers->envp, mcp_str_of(name));
    const json_t *entry = json_object_get(layers->dotenv, name);
    out->setting = name;
    if (value != NULL) {
        (void)snprintf(out->place, sizeof out->place, "environment");
        out->text = mcp_str_of(value);
        return true;
    }
    if (entry == NULL)
        return false;
    (void)snprintf(out->place, sizeof out->place, "%.40s line %lld", layers->dotenv_name,
                   (long long)json_integer_value(json_object_get(entry, "line")));
    out->text = mcp_json_str(json_object_get(entry, "value"));
    return true;
}

static bool find_written(const struct layers *layers, const char *key, const json_t *property,
                         struct written *out) {
    const char *name = json_string_value(json_object_get(property, "x-env"));
    return find_given(layers, key, out) || (name != NULL && find_variable(layers, name, out));
}

static enum mcp_code read_written(const json_t *property, const struct written *written,
                                  json_t **out_value, struct mcp_err *err) {
    if (written->texts == NULL)
        return mcp_conf_value_of_variable(property, written->setting, written->text, out_value,
                                          err);
    return mcp_conf_value_of_words(property, written->setting, written->texts, out_value, err);
}

static bool is_required(const json_t *schema, const char *key) {
    const json_t *required = json_object_get(schema, "required");
    for (size_t i = 0; i < json_array_size(required); i++)
        if (mcp_str_equal(mcp_json_str(json_array_get(required, i)), mcp_str_of(key)))
            return true;
    return false;
}

static enum mcp_code refuse_missing(const char *key, const json_t *property, struct mcp_err *err) {
    const char *option = json_string_value(json_object_get(property, "x-option"));
    const char *name = json_string_value(json_object_get(property, "x-env"));
    enum mcp_code code = MCP_FAIL(
        err, MCP_E_INVALID, "%s is required: set it with %s%s%s", key, option != NULL ? option : "",
        option != NULL && name != NULL ? " or " : "", name != NULL ? name : "");
    return mcp_err_at(err, code, "default");
}

static enum mcp_code resolve_one(const json_t *schema, const struct layers *layers, const char *key,
                                 const json_t *property, json_t **out_value, struct mcp_err *err) {
    struct written written = {0};
    if (find_written(layers, key, property, &written)) {
        enum mcp_code code = read_written(property, &written, out_value, err);
        return code == MCP_OK ? MCP_OK : mcp_err_at(err, code, "%s", written.place);
    }
    const json_t *otherwise = json_object_get(property, "default");
    if (otherwise == NULL)
        return is_required(schema, key) ? refuse_missing(key, property, err) : MCP_OK;
    *out_value = json_deep_copy(otherwise);
    return *out_value != NULL ? MCP_OK : MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
}

static enum mcp_code resolve_all(const json_t *schema, const struct layers *layers, json_t *values,
                                 struct mcp_err *err) {
    const char *key = NULL;
    json_t *property = NULL;
    json_object_foreach(json_object_get(schema, "properties"), key, property) {
        json_auto_t *value = NULL;
        MCP_TRY(resolve_one(schema, layers, key, property, &value, err));
        if (value != NULL && json_object_set(values, key, value) != 0)
            return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    }
    return MCP_OK;
}

enum mcp_code mcp_conf_resolve(const json_t *schema, const struct mcp_conf_inputs *inputs,
                               json_t **out_values, json_t **out_positional, struct mcp_err *err) {
    const char *dotenv_name = inputs->dotenv_name != NULL ? inputs->dotenv_name : ".env";
    MCP_AUTO(layers_deinit)
    struct layers layers = {.envp = inputs->envp, .dotenv_name = dotenv_name};
    json_auto_t *positional = NULL;
    json_auto_t *values = json_object();
    if (values == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    MCP_TRY(mcp_cli_parse(schema, inputs->argc, inputs->argv, &layers.given,
                          out_positional != NULL ? &positional : NULL, err));
    MCP_TRY(mcp_dotenv_parse(inputs->dotenv, dotenv_name, &layers.dotenv, err));
    MCP_TRY(resolve_all(schema, &layers, values, err));
    *out_values = MCP_TAKE(values);
    if (out_positional != NULL)
        *out_positional = MCP_TAKE(positional);
    return MCP_OK;
}
