/* SPDX-License-Identifier: MIT */
/* server.c - life of a server, sessions, streams, stop; see mcp/server.h. */
#include "mcp/server.h"

#include <assert.h>
#include <string.h>

#include "base/random.h"
#include "mcp/alloc.h"
#include "mcp/clock.h"
#include "server/call.h"
#include "server/catalog_look.h"
#include "server/changes.h"
#include "server/start.h"

static void fill_size(size_t *value, size_t otherwise) {
    if (*value == 0)
        *value = otherwise;
}

static void fill_ms(uint64_t *value, uint64_t otherwise) {
    if (*value == 0)
        *value = otherwise;
}

static void fill_defaults(struct mcp_server_options *options) {
    fill_size(&options->page_size, 100);
    fill_size(&options->max_sessions, 1000);
    fill_ms(&options->session_idle_ms, 1800000);
    fill_ms(&options->session_age_ms, 86400000);
    fill_size(&options->max_inflight_per_session, 64);
    fill_size(&options->max_inflight, 1024);
    fill_size(&options->max_subscriptions, 1000);
    fill_size(&options->max_batch, 50);
    fill_ms(&options->input_timeout_ms, 600000);
    fill_size(&options->request_memory_bytes, 32UL * 1024 * 1024);
    if (options->list_ttl_ms == 0)
        options->list_ttl_ms = 60000;
}

static void free_serverp(struct mcp_server **server) {
    mcp_server_free(*server);
}

static enum mcp_code check_options(const struct mcp_server_options *options, struct mcp_err *err) {
    if (options->name == NULL || options->version == NULL)
        return MCP_FAIL(err, MCP_E_INVALID, "a server needs a name and a version");
    if (options->list_ttl_ms < 0)
        return MCP_FAIL(err, MCP_E_INVALID, "list_ttl_ms is negative");
    return mcp_icons_check(&options->icons, err);
}

static enum mcp_code set_state_key(struct mcp_server *server, struct mcp_err *err) {
    if (server->options.state_key == NULL)
        return mcp_random_fill(server->state_key, sizeof server->state_key, err);
    memcpy(server->state_key, server->options.state_key, sizeof server->state_key);
    return MCP_OK;
}

enum mcp_code mcp_server_new(const struct mcp_server_options *options,
                             struct mcp_server **out_server, struct mcp_err *err) {
    MCP_TRY(check_options(options, err));
    struct mcp_server *server MCP_AUTO(free_serverp) = mcp_alloc(sizeof *server);
    if (server == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    server->options = *options;
    fill_defaults(&server->options);
    MCP_TRY(set_state_key(server, err));
    atomic_init(&server->next_request_id, 1);
    atomic_init(&server->requests, 0);
    atomic_init(&server->errors, 0);
    atomic_init(&server->worker_queue, 0);
    const struct mcp_state_limits limits = {.max_sessions = server->options.max_sessions,
                                            .session_idle_ms = server->options.session_idle_ms,
                                            .session_age_ms = server->options.session_age_ms,
                                            .max_inflight = server->options.max_inflight,
                                            .max_inflight_per_session =
                                                server->options.max_inflight_per_session,
                                            .max_subscriptions = server->options.max_subscriptions};
    server->nothing = json_object();
    if (server->nothing == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    MCP_TRY(mcp_catalog_init(&server->catalog, err));
    MCP_TRY(mcp_state_new(&limits, &server->state, err));
    *out_server = MCP_TAKE(server);
    return MCP_OK;
}

void mcp_server_free(struct mcp_server *server) {
    if (server == NULL)
        return;
    mcp_state_free(server->state);
    mcp_engine_unprepare(server);
    mcp_catalog_deinit(&server->catalog);
    json_decref(server->nothing);
    mcp_free(server);
}

/* --- registration --- */

enum mcp_code mcp_server_add_tool(struct mcp_server *server, const struct mcp_tool *tool,
                                  struct mcp_err *err) {
    assert(!server->is_started);
    return mcp_catalog_add_tool(&server->catalog, tool, err);
}

enum mcp_code mcp_server_add_resource(struct mcp_server *server,
                                      const struct mcp_resource *resource, struct mcp_err *err) {
    assert(!server->is_started);
    return mcp_catalog_add_resource(&server->catalog, resource, err);
}

enum mcp_code mcp_server_add_template(struct mcp_server *server,
                                      const struct mcp_resource_template *template_,
                                      struct mcp_err *err) {
    assert(!server->is_started);
    return mcp_catalog_add_template(&server->catalog, template_, err);
}

enum mcp_code mcp_server_add_prompt(struct mcp_server *server, const struct mcp_prompt *prompt,
                                    struct mcp_err *err) {
    assert(!server->is_started);
    return mcp_catalog_add_prompt(&server->catalog, prompt, err);
}

void mcp_server_set_executor(struct mcp_server *server, const struct mcp_executor *executor) {
    assert(!server->is_started);
    server->executor = *executor;
}

enum mcp_code mcp_server_start(struct mcp_server *server, struct mcp_err *err) {
    assert(!server->is_started);
    mcp_engine_unprepare(server); /* what a start that failed has left */
    MCP_TRY(mcp_engine_prepare(server, err));
    server->started_ms = mcp_clock_wall_ms();
    server->is_started = true;
    return MCP_OK;
}

/* --- sessions and their streams --- */

static struct mcp_session_key key_of(struct mcp_str id, struct mcp_str principal) {
    return (struct mcp_session_key){id, principal, MCP_SESSION_ANY_CARRIER};
}

static void cancel_all(struct mcp_list *cancelled) {
    struct mcp_inflight_entry *entry = mcp_inflight_take_cancelled(cancelled);
    for (; entry != NULL; entry = mcp_inflight_take_cancelled(cancelled))
        entry->ops->cancel(entry);
}

/* At once, even while another thread still sends to it. */
static void end_stream(struct mcp_stream *stream) {
    if (stream != NULL)
        mcp_channel_close(mcp_stream_channel(stream));
    mcp_stream_unref(stream);
}

static void settle_leftover(struct mcp_leftover *leftover) {
    cancel_all(&leftover->cancelled);
    end_stream(leftover->stream);
}

enum mcp_code mcp_server_open_session(struct mcp_server *server, enum mcp_carrier carrier,
                                      struct mcp_str principal, uint64_t now_ms, char out_id[33],
                                      struct mcp_err *err) {
    const struct mcp_session_wish wish = {.principal = principal,
                                          .carrier = (unsigned)carrier,
                                          .never_idle = carrier == MCP_CARRIER_STDIO};
    return mcp_state_open(server->state, &wish, now_ms, out_id, err);
}

enum mcp_code mcp_server_check_session(struct mcp_server *server, struct mcp_str id,
                                       struct mcp_str principal, uint64_t now_ms,
                                       struct mcp_err *err) {
    const struct mcp_session_key key = key_of(id, principal);
    return mcp_state_check(server->state, &key, now_ms, err);
}

enum mcp_code mcp_server_session_version(struct mcp_server *server, struct mcp_str id,
                                         enum mcp_version *out_version, struct mcp_err *err) {
    return mcp_state_version(server->state, id, out_version, err);
}

enum mcp_code mcp_server_attach(struct mcp_server *server, struct mcp_str session_id,
                                struct mcp_str principal, struct mcp_outlet *outlet,
                                struct mcp_err *err) {
    const struct mcp_session_key key = key_of(session_id, principal);
    struct mcp_stream *stream = mcp_stream_new(outlet);
    if (stream == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    enum mcp_code code = mcp_state_attach(server->state, &key, stream, err);
    if (code != MCP_OK)
        mcp_stream_disown(stream);
    return code;
}

void mcp_server_outlet_gone(struct mcp_server *server, struct mcp_outlet *outlet) {
    struct mcp_leftover leftover;
    mcp_state_outlet_gone(server->state, outlet, &leftover);
    settle_leftover(&leftover);
}

enum mcp_code mcp_server_end_session(struct mcp_server *server, struct mcp_str id,
                                     struct mcp_str principal, struct mcp_err *err) {
    const struct mcp_session_key key = key_of(id, principal);
    struct mcp_leftover leftover;
    if (!mcp_state_close(server->state, &key, &leftover))
        return MCP_FAIL(err, MCP_E_NOT_FOUND, "no such session");
    settle_leftover(&leftover);
    return MCP_OK;
}

void mcp_server_tick(struct mcp_server *server, uint64_t now_ms) {
    struct mcp_leftover leftover;
    while (mcp_state_expire(server->state, now_ms, &leftover))
        settle_leftover(&leftover);
    mcp_input_expire(server, now_ms);
}

/* --- changes --- */

void mcp_server_resource_changed(struct mcp_server *server, const char *uri) {
    mcp_changes_tell_uri(server->state, mcp_str_of(uri));
}

/* False when the URI is not read through this template. */
static bool is_of(const struct mcp_catalog *catalog, struct mcp_str uri, const char *uri_template,
                  json_t **out_values) {
    const struct mcp_template_entry *entry = NULL;
    return mcp_catalog_resource(catalog, uri) == NULL &&
           mcp_catalog_match(catalog, uri, &entry, out_values, NULL) == MCP_OK &&
           strcmp(entry->row.uri_template, uri_template) == 0;
}

void mcp_server_template_changed(struct mcp_server *server, const char *uri_template,
                                 mcp_changed_fn *is_changed, void *user) {
    json_auto_t *uris = NULL;
    if (mcp_state_subscribed_uris(server->state, &uris, NULL) != MCP_OK)
        return;
    for (size_t i = 0; i < json_array_size(uris); i++) {
        json_auto_t *values = NULL;
        const json_t *uri = json_array_get(uris, i);
        if (is_of(&server->catalog, mcp_json_str(uri), uri_template, &values) &&
            is_changed(json_string_value(uri), values, user))
            mcp_changes_tell_uri(server->state, mcp_json_str(uri));
    }
}

void mcp_server_resource_list_changed(struct mcp_server *server) {
    mcp_changes_tell_topic(server->state, MCP_TOPIC_RESOURCE_LIST);
}

void mcp_server_tool_list_changed(struct mcp_server *server) {
    mcp_changes_tell_topic(server->state, MCP_TOPIC_TOOL_LIST);
}

void mcp_server_prompt_list_changed(struct mcp_server *server) {
    mcp_changes_tell_topic(server->state, MCP_TOPIC_PROMPT_LIST);
}

/* --- the whole --- */

void mcp_server_stop(struct mcp_server *server) {
    struct mcp_list cancelled;
    mcp_list_init(&cancelled);
    mcp_state_stop(server->state, &cancelled);
    cancel_all(&cancelled);
    struct mcp_stream *stream = mcp_state_take_stream(server->state);
    for (; stream != NULL; stream = mcp_state_take_stream(server->state))
        end_stream(stream);
}

bool mcp_server_is_stopping(const struct mcp_server *server) {
    return mcp_state_is_stopping(server->state);
}

void mcp_server_count(struct mcp_server *server, struct mcp_server_counts *out_counts) {
    struct mcp_state_counts counts;
    mcp_state_count(server->state, &counts);
    *out_counts = (struct mcp_server_counts){
        .sessions = counts.sessions,
        .streams = counts.streams,
        .in_flight = counts.in_flight,
        .subscriptions = counts.subscriptions,
        .requests = atomic_load_explicit(&server->requests, memory_order_relaxed),
        .errors = atomic_load_explicit(&server->errors, memory_order_relaxed)};
}

void mcp_server_write_metrics(struct mcp_server *server, struct mcp_buf *out) {
    struct mcp_state_counts counts;
    mcp_state_count(server->state, &counts);
    const struct mcp_metrics_gauges gauges = {
        .name = server->options.name,
        .version = server->options.version,
        .in_flight = counts.in_flight,
        .sessions = counts.sessions,
        .streams = counts.streams,
        .subscriptions = counts.subscriptions,
        .worker_queue = atomic_load_explicit(&server->worker_queue, memory_order_relaxed),
        .started_ms = server->started_ms};
    mcp_metrics_write(&server->metrics, &gauges, out);
}
