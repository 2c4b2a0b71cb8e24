/* SPDX-License-Identifier: MIT */
/* everything_client.c - the client the official suite judges, on the public API alone. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "mcp/authorizer.h"
#include "mcp/log.h"

enum { TIMEOUT_MS = 10000, MAX_BROWSERS = 16 };

static const char usage[] =
    "usage: everything-client [OPTION...] URL\n"
    "\n"
    "Does what a scenario of the official MCP conformance suite asks of a client. The scenario is\n"
    "named by MCP_CONFORMANCE_SCENARIO; MCP_CONFORMANCE_CONTEXT may hold its data as JSON.\n";

/* One run: a connection, and what the scenario brings along. */
struct run {
    const char *scenario;
    json_t *context; /* object */
    struct mcp_loop *loop;
    struct mcp_dial *dial;
    struct mcp_authorizer *authorizer;
    pthread_t browsers[MAX_BROWSERS];
    size_t browser_count;
    struct mcp_ask *held; /* a question answered when another call is over; loop thread only */
};

/* --- what the server asks --------------------------------------------------------------------- */

static void answer(struct mcp_ask *ask, json_t *result) {
    struct mcp_err err = {0};
    if (mcp_ask_answer(ask, result, &err) != MCP_OK)
        (void)fprintf(stderr, "answer: %s %s\n", err.where, err.what);
}

static void on_unrelated(const struct mcp_reply *reply, void *user) {
    struct run *run = user;
    if (reply->code != MCP_OK)
        (void)fprintf(stderr, "test_mrtr_unrelated: %s\n", reply->err->what);
    answer(run->held, json_pack("{s:s, s:{s:b}}", "action", "accept", "content", "confirmed", 1));
    run->held = NULL;
}

/* Another call in between must not carry anything of this question. */
static bool call_in_between(struct run *run, struct mcp_ask *ask) {
    if (strcmp(run->scenario, "sep-2322-client-request-state") != 0 || run->held != NULL)
        return false;
    json_auto_t *params = json_pack("{s:s, s:{}}", "name", "test_mrtr_unrelated", "arguments");
    run->held = ask;
    mcp_dial_request(run->dial, "tools/call", params, TIMEOUT_MS, on_unrelated, run);
    return true;
}

/* The defaults of the form do the rest. */
static void on_form(void *user, struct mcp_ask *ask) {
    if (!call_in_between(user, ask))
        answer(ask, json_pack("{s:s, s:{}}", "action", "accept", "content"));
}

static void on_url(void *user, struct mcp_ask *ask) {
    (void)user;
    answer(ask, json_pack("{s:s}", "action", "decline"));
}

static void on_sampling(void *user, struct mcp_ask *ask) {
    (void)user;
    answer(ask, json_pack("{s:s, s:s, s:s, s:{s:s, s:s}}", "role", "assistant", "model", "none",
                          "stopReason", "endTurn", "content", "type", "text", "text", "hello"));
}

static void on_roots(void *user, struct mcp_ask *ask) {
    (void)user;
    answer(ask, json_pack("{s:[{s:s, s:s}]}", "roots", "uri", "file:///tmp", "name", "tmp"));
}

/* --- what the client asks --------------------------------------------------------------------- */

static enum mcp_code list(struct run *run, const char *method, const char *key, json_t **out_items,
                          struct mcp_err *err) {
    json_auto_t *result = NULL;
    MCP_TRY(mcp_dial_list_wait(run->dial, method, key, TIMEOUT_MS, &result, err));
    *out_items = json_incref(json_object_get(result, key));
    return MCP_OK;
}

static enum mcp_code request(struct run *run, const char *method, const json_t *params,
                             struct mcp_err *err) {
    json_auto_t *result = NULL;
    return mcp_dial_request_wait(run->dial, method, params, TIMEOUT_MS, &result, NULL, err);
}

/* `arguments` is taken. */
static enum mcp_code call(struct run *run, const char *tool, json_t *arguments,
                          struct mcp_err *err) {
    json_auto_t *params = json_pack("{s:s, s:o}", "name", tool, "arguments", arguments);
    return request(run, "tools/call", params, err);
}

static const json_t *find(const json_t *items, const char *name) {
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *item = json_array_get(items, i);
        const char *found = json_string_value(json_object_get(item, "name"));
        if (found != NULL && strcmp(found, name) == 0)
            return item;
    }
    return NULL;
}

/* --- scenarios -------------------------------------------------------------------------------- */

static enum mcp_code list_tools(struct run *run, struct mcp_err *err) {
    json_auto_t *tools = NULL;
    return list(run, "tools/list", "tools", &tools, err);
}

static enum mcp_code add_numbers(struct run *run, struct mcp_err *err) {
    MCP_TRY(list_tools(run, err));
    return call(run, "add_numbers", json_pack("{s:i, s:i}", "a", 2, "b", 3), err);
}

static enum mcp_code fill_form(struct run *run, struct mcp_err *err) {
    MCP_TRY(list_tools(run, err));
    return call(run, "test_client_elicitation_defaults", json_object(), err);
}

static enum mcp_code reconnect(struct run *run, struct mcp_err *err) {
    MCP_TRY(list_tools(run, err));
    return call(run, "test_reconnection", json_object(), err);
}

static enum mcp_code keep_state(struct run *run, struct mcp_err *err) {
    MCP_TRY(list_tools(run, err));
    MCP_TRY(call(run, "test_mrtr_echo_state", json_object(), err));
    MCP_TRY(call(run, "test_mrtr_no_state", json_object(), err));
    return call(run, "test_mrtr_no_result_type", json_object(), err);
}

static enum mcp_code call_listed(struct run *run, struct mcp_err *err) {
    json_auto_t *tools = NULL;
    MCP_TRY(list(run, "tools/list", "tools", &tools, err));
    for (size_t i = 0; i < json_array_size(tools); i++) {
        const json_t *tool = json_array_get(tools, i);
        MCP_TRY(call(run, json_string_value(json_object_get(tool, "name")), json_object(), err));
    }
    return MCP_OK;
}

static enum mcp_code standard_headers(struct run *run, struct mcp_err *err) {
    json_auto_t *resources = NULL;
    json_auto_t *prompts = NULL;
    json_auto_t *uri = json_pack("{s:s}", "uri", "file:///path/to/file%20name.txt");
    json_auto_t *prompt = json_pack("{s:s}", "name", "test_prompt");
    MCP_TRY(call_listed(run, err));
    MCP_TRY(list(run, "resources/list", "resources", &resources, err));
    MCP_TRY(request(run, "resources/read", uri, err));
    MCP_TRY(list(run, "prompts/list", "prompts", &prompts, err));
    return request(run, "prompts/get", prompt, err);
}

static enum mcp_code custom_headers(struct run *run, struct mcp_err *err) {
    const json_t *calls = json_object_get(run->context, "toolCalls");
    MCP_TRY(list_tools(run, err));
    if (json_array_size(calls) == 0)
        return MCP_FAIL(err, MCP_E_INVALID, "the context has no \"toolCalls\"");
    for (size_t i = 0; i < json_array_size(calls); i++)
        MCP_TRY(request(run, "tools/call", json_array_get(calls, i), err));
    return MCP_OK;
}

/* Whatever is left of the list can be called: each of its tools takes a region. */
static enum mcp_code valid_headers(struct run *run, struct mcp_err *err) {
    json_auto_t *tools = NULL;
    MCP_TRY(list(run, "tools/list", "tools", &tools, err));
    for (size_t i = 0; i < json_array_size(tools); i++) {
        const char *name = json_string_value(json_object_get(json_array_get(tools, i), "name"));
        MCP_TRY(call(run, name, json_pack("{s:s}", "region", "us-west1"), err));
    }
    return MCP_OK;
}

static enum mcp_code echo_schema(struct run *run, struct mcp_err *err) {
    json_auto_t *tools = NULL;
    MCP_TRY(list(run, "tools/list", "tools", &tools, err));
    const json_t *tool = find(tools, "json_schema_2020_12_tool");
    if (tool == NULL)
        return MCP_FAIL(err, MCP_E_PEER, "no tool \"json_schema_2020_12_tool\" in the list");
    return call(run, "json_schema_echo",
                json_pack("{s:O}", "schema", json_object_get(tool, "inputSchema")), err);
}

static const struct scenario {
    const char *name;
    enum mcp_code (*act)(struct run *run, struct mcp_err *err);
} scenarios[] = {
    {"initialize", list_tools},
    {"tools_call", add_numbers},
    {"elicitation-sep1034-client-defaults", fill_form},
    {"sse-retry", reconnect},
    {"request-metadata", list_tools},
    {"sep-2322-client-request-state", keep_state},
    {"http-standard-headers", standard_headers},
    {"http-custom-headers", custom_headers},
    {"http-invalid-tool-headers", valid_headers},
    {"json-schema-ref-no-deref", list_tools},
    {"json-schema-2020-12-preservation", echo_schema},
};

/* --- one run ---------------------------------------------------------------------------------- */

static enum mcp_code act(struct run *run, struct mcp_err *err) {
    for (size_t i = 0; i < MCP_COUNT(scenarios); i++)
        if (strcmp(scenarios[i].name, run->scenario) == 0)
            return scenarios[i].act(run, err);
    if (strncmp(run->scenario, "auth/", 5) == 0)
        return call_listed(run, err);
    return MCP_FAIL(err, MCP_E_NOT_FOUND, "scenario \"%s\" is unknown", run->scenario);
}

static enum mcp_code take_context(struct run *run, struct mcp_err *err) {
    const char *text = getenv("MCP_CONFORMANCE_CONTEXT");  /* NOLINT(concurrency-mt-unsafe) */
    const char *name = getenv("MCP_CONFORMANCE_SCENARIO"); /* NOLINT(concurrency-mt-unsafe) */
    run->scenario = name != NULL ? name : "initialize";
    if (text == NULL || text[0] == '\0')
        return MCP_OK;
    return mcp_err_at(err, mcp_json_parse((struct mcp_str){text, strlen(text)}, &run->context, err),
                      "MCP_CONFORMANCE_CONTEXT:");
}

/* --- the person who authorizes ---------------------------------------------------------------- */

static size_t drop(const char *bytes, size_t size, size_t count, const void *user) {
    (void)bytes;
    (void)user;
    return size * count;
}

/* A browser whose person agrees to everything: follows the redirect back to the client. */
static void *browse(void *url) {
    CURL *easy = curl_easy_init();
    if (easy != NULL && curl_easy_setopt(easy, CURLOPT_URL, (const char *)url) == CURLE_OK) {
        (void)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
        (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
        (void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)TIMEOUT_MS);
        (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop);
        (void)curl_easy_perform(easy);
    }
    curl_easy_cleanup(easy);
    free(url);
    return NULL;
}

static void on_authorize(void *user, const char *url) {
    struct run *run = user;
    char *copy = run->browser_count < MAX_BROWSERS ? strdup(url) : NULL;
    if (copy == NULL)
        (void)fprintf(stderr, "nobody opens %s\n", url);
    else if (pthread_create(&run->browsers[run->browser_count], NULL, browse, copy) == 0)
        run->browser_count++;
    else
        free(copy);
}

static const char *context_text(const struct run *run, const char *key) {
    return json_string_value(json_object_get(run->context, key));
}

static enum mcp_code give_id_token(void *user, struct mcp_buf *out, struct mcp_err *err) {
    const char *token = context_text(user, "idp_id_token");
    if (token == NULL)
        return MCP_FAIL(err, MCP_E_INVALID, "the context has no \"idp_id_token\"");
    mcp_buf_add(out, (struct mcp_str){token, strlen(token)});
    return mcp_buf_finish(out, err);
}

static enum mcp_authorizer_grant grant_of(const struct run *run) {
    if (strncmp(run->scenario, "auth/client-credentials", 23) == 0)
        return MCP_AUTHORIZER_CLIENT;
    return strcmp(run->scenario, "auth/enterprise-managed-authorization") == 0
               ? MCP_AUTHORIZER_IDENTITY
               : MCP_AUTHORIZER_CODE;
}

static enum mcp_code make_authorizer(struct run *run, const char *url, struct mcp_err *err) {
    const struct mcp_authorizer_options options = {
        .grant = grant_of(run),
        .server_url = url,
        .issuer = context_text(run, "issuer"),
        .client_id = context_text(run, "client_id"),
        .client_secret = context_text(run, "client_secret"),
        .client_key = context_text(run, "private_key_pem"),
        .client_id_url = "https://conformance-test.local/client-metadata.json",
        .client_name = "everything-client",
        .on_url = on_authorize,
        .idp_token_endpoint = context_text(run, "idp_token_endpoint"),
        .idp_client_id = context_text(run, "idp_client_id"),
        .on_id_token = give_id_token,
        .user = run,
    };
    return mcp_authorizer_new(run->loop, &options, &run->authorizer, err);
}

/* The era is left to the client in every scenario: finding it out is judged as well. */
static enum mcp_code converse(struct run *run, const char *url, struct mcp_err *err) {
    struct mcp_dial_target target = {.url = url};
    const struct mcp_client_options options = {.name = "everything-client",
                                               .version = "1.0.0",
                                               .on_form = on_form,
                                               .on_url = on_url,
                                               .on_sampling = on_sampling,
                                               .on_roots = on_roots,
                                               .user = run};
    MCP_TRY(take_context(run, err));
    MCP_TRY(mcp_loop_new(&run->loop, err));
    if (strncmp(run->scenario, "auth/", 5) == 0)
        MCP_TRY(make_authorizer(run, url, err));
    target.authorizer = run->authorizer;
    MCP_TRY(mcp_dial_new(run->loop, &target, &options, &run->dial, err));
    MCP_TRY(mcp_dial_connect_wait(run->dial, TIMEOUT_MS, err));
    return act(run, err);
}

int main(int argc, char **argv) {
    struct run run = {0};
    struct mcp_err err = {0};
    if (argc < 2 || argv[argc - 1][0] == '-') {
        (void)fputs(usage, stderr);
        return 2;
    }
    mcp_json_use_allocator();
    enum mcp_code code = converse(&run, argv[argc - 1], &err);
    mcp_dial_free(run.dial);
    mcp_authorizer_free(run.authorizer);
    mcp_loop_free(run.loop);
    for (size_t i = 0; i < run.browser_count; i++)
        (void)pthread_join(run.browsers[i], NULL);
    json_decref(run.context);
    if (code != MCP_OK)
        (void)fprintf(stderr, "everything-client: %s: %s: %s\n", mcp_code_name(code), err.where,
                      err.what);
    return code == MCP_OK ? 0 : 1;
}
