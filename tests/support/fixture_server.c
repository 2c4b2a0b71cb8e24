/* SPDX-License-Identifier: MIT */
/* fixture_server.c - see fixture_server.h. */
#include "fixture_server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mcp/alloc.h"
#include "protocol/content.h"
#include "server/engine.h"

enum { MAX_STEPS = 20 };

static enum mcp_code give_text(struct mcp_result *result, const char *text, struct mcp_err *err) {
    json_auto_t *content = json_array();
    if (content == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    MCP_TRY(mcp_content_add_text(content, mcp_str_of(text), err));
    return mcp_result_take(result, json_pack("{s:O}", "content", content), err);
}

/* --- tools --- */

static enum mcp_code run_echo(struct mcp_call *call, const json_t *arguments,
                              struct mcp_result *result, void *user, struct mcp_err *err) {
    (void)call;
    (void)user;
    return give_text(result, json_string_value(json_object_get(arguments, "text")), err);
}

static enum mcp_code run_fail(struct mcp_call *call, const json_t *arguments,
                              struct mcp_result *result, void *user, struct mcp_err *err) {
    (void)call;
    (void)result;
    (void)user;
    const char *wanted = json_string_value(json_object_get(arguments, "code"));
    enum mcp_code code = MCP_E_IO;
    for (int i = MCP_E_NOMEM; wanted != NULL && i <= MCP_E_BUG; i++)
        if (strcmp(mcp_code_name((enum mcp_code)i), wanted) == 0)
            code = (enum mcp_code)i;
    return mcp_err_at(err, MCP_FAIL(err, code, "it does not work"), "/there");
}

static enum mcp_code run_progress(struct mcp_call *call, const json_t *arguments,
                                  struct mcp_result *result, void *user, struct mcp_err *err) {
    (void)user;
    json_int_t steps = json_integer_value(json_object_get(arguments, "steps"));
    for (json_int_t i = 1; i <= steps && i <= MAX_STEPS; i++) {
        mcp_call_progress(call, (double)i, (double)steps, "working");
        mcp_call_log(call, MCP_SEVERITY_INFO, "fixture", json_sprintf("step %d", (int)i));
        mcp_call_log(call, MCP_SEVERITY_DEBUG, NULL, json_string("detail"));
    }
    return give_text(result, "done", err);
}

static void wake(void *user) {
    struct fixture *fixture = user;
    (void)pthread_mutex_lock(&fixture->lock);
    (void)pthread_cond_broadcast(&fixture->changed);
    (void)pthread_mutex_unlock(&fixture->lock);
}

static enum mcp_code run_slow(struct mcp_call *call, const json_t *arguments,
                              struct mcp_result *result, void *user, struct mcp_err *err) {
    (void)arguments;
    struct fixture *fixture = user;
    mcp_call_on_cancel(call, wake, fixture);
    (void)pthread_mutex_lock(&fixture->lock);
    fixture->waiting++;
    (void)pthread_cond_broadcast(&fixture->changed);
    while (!fixture->is_released && !mcp_call_cancelled(call))
        (void)pthread_cond_wait(&fixture->changed, &fixture->lock);
    fixture->waiting--;
    (void)pthread_mutex_unlock(&fixture->lock);
    mcp_call_on_cancel(call, NULL, NULL);
    if (mcp_call_cancelled(call))
        return MCP_FAIL(err, MCP_E_CANCELLED, "cancelled");
    return give_text(result, "slept", err);
}

static struct mcp_call *take_kept(struct fixture *fixture) {
    (void)pthread_mutex_lock(&fixture->lock);
    struct mcp_call *call = MCP_TAKE(fixture->kept);
    (void)pthread_mutex_unlock(&fixture->lock);
    return call;
}

/* Only notes it: a call is not answered from its own cancellation. */
static void note_cancel(void *user) {
    wake(user);
}

static enum mcp_code run_later(struct mcp_call *call, const json_t *arguments,
                               struct mcp_result *result, void *user, struct mcp_err *err) {
    (void)arguments;
    (void)result;
    struct fixture *fixture = user;
    (void)pthread_mutex_lock(&fixture->lock);
    bool is_free = fixture->kept == NULL;
    if (is_free) {
        fixture->kept = call;
        mcp_call_keep(call);
    }
    (void)pthread_mutex_unlock(&fixture->lock);
    if (!is_free)
        return MCP_FAIL(err, MCP_E_LIMIT, "one at a time");
    mcp_call_on_cancel(call, note_cancel, fixture);
    return MCP_PENDING;
}

static enum mcp_code run_whoami(struct mcp_call *call, const json_t *arguments,
                                struct mcp_result *result, void *user, struct mcp_err *err) {
    (void)arguments;
    (void)user;
    const struct mcp_peer *peer = mcp_call_peer(call);
    const char *version = mcp_version_text(peer->version);
    json_auto_t *text = json_sprintf("%s %s", peer->principal, version);
    return mcp_result_take(result,
                           json_pack("{s:[{s:s, s:O}], s:{s:s}}", "content", "type", "text", "text",
                                     text, "structuredContent", "version", version),
                           err);
}

/* --- resources --- */

static enum mcp_code read_text(struct mcp_call *call, const char *uri, struct mcp_result *result,
                               void *user, struct mcp_err *err) {
    (void)call;
    (void)uri;
    (void)err;
    mcp_result_set_encoded(result, "contents", ((struct fixture *)user)->text);
    return MCP_OK;
}

static enum mcp_code read_tree(struct mcp_call *call, const char *uri, struct mcp_result *result,
                               void *user, struct mcp_err *err) {
    (void)call;
    (void)user;
    return mcp_result_take(
        result, json_pack("{s:[{s:s, s:s}]}", "contents", "uri", uri, "text", "tree"), err);
}

static enum mcp_code read_gone(struct mcp_call *call, const char *uri, struct mcp_result *result,
                               void *user, struct mcp_err *err) {
    (void)call;
    (void)uri;
    (void)result;
    (void)user;
    return MCP_FAIL(err, MCP_E_NOT_FOUND, "gone");
}

static enum mcp_code read_broken(struct mcp_call *call, const char *uri, struct mcp_result *result,
                                 void *user, struct mcp_err *err) {
    (void)call;
    (void)uri;
    (void)result;
    (void)user;
    return MCP_FAIL(err, MCP_E_IO, "the disk is on fire");
}

static enum mcp_code read_item(struct mcp_call *call, const char *uri, const json_t *values,
                               struct mcp_result *result, void *user, struct mcp_err *err) {
    (void)call;
    (void)user;
    const char *id = json_string_value(json_object_get(values, "id"));
    if (strcmp(id, "0") == 0)
        return MCP_FAIL(err, MCP_E_NOT_FOUND, "no item");
    return mcp_result_take(result,
                           json_pack("{s:[{s:s, s:s}]}", "contents", "uri", uri, "text", id), err);
}

static enum mcp_code add(json_t *values, const char *text, struct mcp_err *err) {
    return json_array_append_new(values, json_string(text)) == 0
               ? MCP_OK
               : MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
}

static enum mcp_code complete_item(struct mcp_call *call, struct mcp_completion *completion,
                                   void *user, struct mcp_err *err) {
    (void)call;
    (void)user;
    static const char *const ids[] = {"1", "10", "100", "2"};
    for (size_t i = 0; i < MCP_COUNT(ids); i++)
        if (strncmp(ids[i], completion->prefix, strlen(completion->prefix)) == 0)
            MCP_TRY(add(completion->values, ids[i], err));
    completion->has_more = true;
    completion->total = completion->prefix[0] == '2' ? 7 : 0;
    return MCP_OK;
}

/* --- prompts --- */

static enum mcp_code get_hello(struct mcp_call *call, const json_t *arguments,
                               struct mcp_result *result, void *user, struct mcp_err *err) {
    (void)call;
    (void)user;
    json_auto_t *text =
        json_sprintf("Hello %s", json_string_value(json_object_get(arguments, "name")));
    return mcp_result_take(result,
                           json_pack("{s:[{s:s, s:{s:s, s:O}}]}", "messages", "role", "user",
                                     "content", "type", "text", "text", text),
                           err);
}

static enum mcp_code complete_hello(struct mcp_call *call, struct mcp_completion *completion,
                                    void *user, struct mcp_err *err) {
    (void)call;
    (void)user;
    const char *mood = json_string_value(json_object_get(completion->context, "mood"));
    if (strcmp(completion->argument, "mood") == 0)
        return add(completion->values, "merry", err);
    if (mood != NULL)
        return add(completion->values, mood, err);
    bool wants_many = completion->prefix[0] == 'x';
    char name[16];
    for (int i = 0; i < (wants_many ? 150 : 100); i++) {
        (void)snprintf(name, sizeof name, "%c%03d", wants_many ? 'x' : 'y', i);
        MCP_TRY(add(completion->values, name, err));
    }
    return MCP_OK;
}

/* --- the server --- */

#define ANY_OBJECT "{\"type\":\"object\"}"

static enum mcp_code add_tools(struct fixture *fixture, struct mcp_err *err) {
    const struct mcp_tool tools[] = {
        {.name = "echo",
         .title = "Echo",
         .description = "Says it again",
         .input_schema = "{\"type\": \"object\", \"properties\": {\"text\": {\"type\": \"string\","
                         " \"maxLength\": 20}}, \"required\": [\"text\"]}",
         .hints = MCP_HINT_READ_ONLY | MCP_HINT_IDEMPOTENT,
         .run = run_echo},
        {.name = "fail", .description = "Fails", .input_schema = ANY_OBJECT, .run = run_fail},
        {.name = "progress",
         .description = "Tells how far it is",
         .input_schema = ANY_OBJECT,
         .run = run_progress},
        {.name = "slow",
         .description = "Takes its time",
         .input_schema = ANY_OBJECT,
         .where = MCP_ON_WORKER,
         .run = run_slow,
         .user = fixture},
        {.name = "later",
         .description = "Answers later",
         .input_schema = ANY_OBJECT,
         .run = run_later,
         .user = fixture},
        {.name = "whoami",
         .description = "Says who asks",
         .input_schema = ANY_OBJECT,
         .output_schema = ANY_OBJECT,
         .run = run_whoami},
        {.name = "weather",
         .description = "Has a mirrored argument",
         .input_schema = "{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\","
                         "\"x-mcp-header\":\"City\"}}}",
         .run = run_whoami},
    };
    for (size_t i = 0; i < MCP_COUNT(tools); i++)
        MCP_TRY(mcp_server_add_tool(fixture->server, &tools[i], err));
    return MCP_OK;
}

static enum mcp_code add_resources(struct fixture *fixture, struct mcp_err *err) {
    const struct mcp_resource resources[] = {
        {.uri = "fixture://text",
         .name = "Text",
         .title = "The text",
         .description = "Encoded once",
         .mime_type = "text/plain",
         .read = read_text,
         .user = fixture,
         .ttl_ms = 1000},
        {.uri = "fixture://tree", .name = "Tree", .read = read_tree, .is_private = true},
        {.uri = "fixture://gone", .name = "Gone", .read = read_gone},
        {.uri = "fixture://broken", .name = "Broken", .read = read_broken},
    };
    const struct mcp_resource_template item = {.uri_template = "fixture://item/{id}",
                                               .name = "Item",
                                               .mime_type = "text/plain",
                                               .read = read_item,
                                               .complete = complete_item};
    for (size_t i = 0; i < MCP_COUNT(resources); i++)
        MCP_TRY(mcp_server_add_resource(fixture->server, &resources[i], err));
    return mcp_server_add_template(fixture->server, &item, err);
}

static enum mcp_code add_prompts(struct fixture *fixture, struct mcp_err *err) {
    static const struct mcp_prompt_argument arguments[] = {
        {.name = "name", .description = "Whom to greet", .is_required = true},
        {.name = "mood"},
    };
    const struct mcp_prompt hello = {.name = "hello",
                                     .title = "Hello",
                                     .description = "Greets",
                                     .arguments = arguments,
                                     .argument_count = MCP_COUNT(arguments),
                                     .get = get_hello,
                                     .complete = complete_hello};
    return mcp_server_add_prompt(fixture->server, &hello, err);
}

static enum mcp_code fill(struct fixture *fixture, const struct mcp_executor *executor,
                          struct mcp_err *err) {
    const struct mcp_content text = {
        .uri = "fixture://text", .mime_type = "text/plain", .data = MCP_STR("line\n\"quoted\"")};
    MCP_TRY(mcp_content_encode(&text, &fixture->text, err));
    MCP_TRY(add_tools(fixture, err));
    MCP_TRY(add_resources(fixture, err));
    MCP_TRY(add_prompts(fixture, err));
    if (fixture->asks)
        MCP_TRY(fixture_add_questions(fixture, err));
    if (executor != NULL)
        mcp_server_set_executor(fixture->server, executor);
    return mcp_server_start(fixture->server, err);
}

static enum mcp_code open_fixture(struct fixture *fixture, const struct mcp_server_options *options,
                                  const struct mcp_executor *executor, struct mcp_err *err) {
    struct mcp_server_options all = options != NULL ? *options : (struct mcp_server_options){0};
    all.name = "fixture";
    all.version = "1.0.0";
    all.title = "Fixture";
    all.instructions = "Use it in tests.";
    MCP_TRY(mcp_server_new(&all, &fixture->server, err));
    (void)pthread_mutex_init(&fixture->lock, NULL);
    (void)pthread_cond_init(&fixture->changed, NULL);
    enum mcp_code code = fill(fixture, executor, err);
    if (code != MCP_OK)
        fixture_close(fixture);
    return code;
}

enum mcp_code fixture_open(struct fixture *fixture, const struct mcp_server_options *options,
                           const struct mcp_executor *executor, struct mcp_err *err) {
    *fixture = (struct fixture){0};
    return open_fixture(fixture, options, executor, err);
}

enum mcp_code fixture_open_asking(struct fixture *fixture, const struct mcp_server_options *options,
                                  struct mcp_err *err) {
    *fixture = (struct fixture){.asks = true};
    return open_fixture(fixture, options, NULL, err);
}

void fixture_stop(struct fixture *fixture) {
    mcp_server_stop(fixture->server);
    fixture_release(fixture);
}

enum mcp_code fixture_renew(struct fixture *fixture, struct mcp_err *err) {
    struct mcp_server *server = fixture->server;
    const struct mcp_server_options *options = &server->options;
    const struct mcp_state_limits limits = {.max_sessions = options->max_sessions,
                                            .session_idle_ms = options->session_idle_ms,
                                            .session_age_ms = options->session_age_ms,
                                            .max_inflight = options->max_inflight,
                                            .max_inflight_per_session =
                                                options->max_inflight_per_session,
                                            .max_subscriptions = options->max_subscriptions};
    struct mcp_state *fresh = NULL;
    MCP_TRY(mcp_state_new(&limits, &fresh, err));
    mcp_state_free(server->state);
    server->state = fresh;
    server->next_request_id = 1;
    server->requests = 0;
    server->errors = 0;
    memset(&server->metrics, 0, sizeof server->metrics);
    fixture->waiting = 0;
    fixture->is_released = false;
    return MCP_OK;
}

void fixture_close(struct fixture *fixture) {
    if (fixture->server == NULL)
        return;
    fixture_stop(fixture);
    mcp_server_free(MCP_TAKE(fixture->server));
    mcp_blob_unref(fixture->text);
    (void)pthread_cond_destroy(&fixture->changed);
    (void)pthread_mutex_destroy(&fixture->lock);
}

void fixture_release(struct fixture *fixture) {
    (void)pthread_mutex_lock(&fixture->lock);
    fixture->is_released = true;
    (void)pthread_cond_broadcast(&fixture->changed);
    (void)pthread_mutex_unlock(&fixture->lock);
    struct mcp_call *call = take_kept(fixture);
    if (call == NULL)
        return;
    struct mcp_result result = {0};
    struct mcp_err err = {0};
    if (mcp_call_cancelled(call))
        (void)MCP_FAIL(&err, MCP_E_CANCELLED, "cancelled");
    else
        (void)give_text(&result, "at last", &err);
    if (err.code == MCP_OK)
        mcp_call_finish(call, &result);
    else
        mcp_call_fail(call, &err);
}

bool fixture_wait_slow(struct fixture *fixture, size_t count) {
    struct timespec deadline;
    (void)clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += 5;
    int code = 0;
    (void)pthread_mutex_lock(&fixture->lock);
    while (fixture->waiting < count && code != ETIMEDOUT)
        code = pthread_cond_timedwait(&fixture->changed, &fixture->lock, &deadline);
    bool is_there = fixture->waiting >= count;
    (void)pthread_mutex_unlock(&fixture->lock);
    return is_there;
}

/* --- threads --- */

struct job {
    void (*run)(void *arg);
    void *arg;
};

static void *run_job(void *user) {
    struct job job = *(struct job *)user;
    free(user);
    job.run(job.arg);
    return NULL;
}

static enum mcp_code submit(void *user, void (*run)(void *arg), void *arg, struct mcp_err *err) {
    struct fixture_threads *threads = user;
    if (threads->count >= threads->max)
        return MCP_FAIL(err, MCP_E_LIMIT, "%zu jobs are waiting", threads->max);
    struct job *job = malloc(sizeof *job);
    if (job == NULL)
        abort();
    *job = (struct job){run, arg};
    if (pthread_create(&threads->threads[threads->count], NULL, run_job, job) != 0)
        abort();
    threads->count++;
    return MCP_OK;
}

struct mcp_executor fixture_executor(struct fixture_threads *threads, size_t max) {
    *threads = (struct fixture_threads){.max = max};
    return (struct mcp_executor){submit, threads};
}

void fixture_join(struct fixture_threads *threads) {
    for (size_t i = 0; i < threads->count; i++)
        (void)pthread_join(threads->threads[i], NULL);
    threads->count = 0;
}
