/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/call_args.json. */
#include "call/call_args.h"
#include "probe.h"

probe_fn probe_call_args;

enum { MAX_WORDS = 64 };

static json_t *show_words(const char *const *words) {
    json_t *list = json_array();
    for (size_t i = 0; words[i] != NULL; i++)
        if (json_array_append_new(list, json_string(words[i])) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static bool add(json_t *out, const char *key, bool is_set, json_t *value) {
    if (!is_set) {
        json_decref(value);
        return true;
    }
    return json_object_set_new(out, key, value) == 0;
}

static bool add_text(json_t *out, const char *key, const char *value) {
    return value == NULL || json_object_set_new(out, key, json_string(value)) == 0;
}

static json_t *show(const struct call_args *args) {
    static const char *const actions[] = {"run", "help", "version"};
    static const char *const transports[] = {"auto", "stdio", "sse", "streamable"};
    static const char *const eras[] = {"auto", "legacy", "modern"};
    static const char *const formats[] = {"auto", "compact", "pretty", "raw"};
    json_t *out = json_pack("{s:s}", "action", actions[args->action]);
    bool is_good =
        out != NULL && add_text(out, "url", args->url) && add_text(out, "method", args->method) &&
        add_text(out, "params", args->params) && add_text(out, "token_file", args->token_file) &&
        add_text(out, "ca_file", args->ca_file) &&
        add_text(out, "oauth_store", args->oauth_store) && add_text(out, "issuer", args->issuer) &&
        add_text(out, "client_id", args->client_id) &&
        add_text(out, "client_secret_file", args->client_secret_file) &&
        add_text(out, "client_id_url", args->client_id_url) &&
        add_text(out, "redirect_uri", args->redirect_uri) && add_text(out, "scope", args->scope) &&
        add(out, "oauth", args->has_oauth, json_true()) &&
        add(out, "alone", args->acts_alone, json_true()) &&
        add(out, "headless", args->reads_redirect, json_true()) &&
        add(out, "command", args->command[0] != NULL, show_words(args->command)) &&
        add(out, "headers", args->headers[0] != NULL, show_words(args->headers)) &&
        add(out, "env", args->env[0] != NULL, show_words(args->env)) &&
        add(out, "transport", args->transport != MCP_DIAL_AUTO,
            json_string(transports[args->transport])) &&
        add(out, "era", args->era != MCP_ERA_LEGACY, json_string(eras[args->era])) &&
        add(out, "offer", args->offer != MCP_VERSION_NONE,
            json_string(mcp_version_text(args->offer))) &&
        add(out, "format", args->format != CALL_AUTO, json_string(formats[args->format])) &&
        add(out, "timeout_ms", args->timeout_ms != CALL_TIMEOUT_MS,
            json_integer((json_int_t)args->timeout_ms)) &&
        add(out, "all", args->follows_pages, json_true()) &&
        add(out, "verbose", args->is_verbose, json_true());
    if (!is_good)
        json_decref(out);
    return is_good ? out : NULL;
}

enum mcp_code probe_call_args(const json_t *in, json_t **out, struct mcp_err *err) {
    const char *words[MAX_WORDS];
    const json_t *given = json_object_get(in, "words");
    size_t count = json_array_size(given);
    if (count > MAX_WORDS)
        return MCP_FAIL(err, MCP_E_BUG, "more than %d words in a case", MAX_WORDS);
    for (size_t i = 0; i < count; i++)
        words[i] = json_string_value(json_array_get(given, i));
    struct call_args args;
    MCP_TRY(call_args_parse((int)count, words, &args, err));
    json_t *shown = show(&args);
    call_args_deinit(&args);
    return probe_give(shown, out, err);
}
