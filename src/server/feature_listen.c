/* SPDX-License-Identifier: MIT */
/* feature_listen.c - subscriptions/listen of the modern revision; see features.h. */
#include "mcp/alloc.h"
#include "mcp/uri.h"
#include "protocol/meta.h"
#include "server/features.h"
#include "server/reply.h"

enum { MAX_MESSAGE_BYTES = 64 * 1024 * 1024 };

/*
 * One open listen request. It lives until its call is cancelled: by its peer (hang-up, or
 * notifications/cancelled on stdio), or by the server's stop. Nothing else ends it.
 */
struct listen {
    struct mcp_subscriber subscriber; /* its stream has taken the call's outlet over */
    struct mcp_call *call;            /* a reference of its own */
};

static const struct {
    const char *key;
    const char *capability; /* what must be offered for it: "tools" */
    enum mcp_topic topic;
} wishes[] = {
    {"toolsListChanged", "tools", MCP_TOPIC_TOOL_LIST},
    {"promptsListChanged", "prompts", MCP_TOPIC_PROMPT_LIST},
    {"resourcesListChanged", "resources", MCP_TOPIC_RESOURCE_LIST},
};

/* --- what is asked for, and what is honoured of it --- */

static enum mcp_code read_topics(const json_t *capabilities, const json_t *asked, json_t *honoured,
                                 unsigned *out_topics, struct mcp_err *err) {
    for (size_t i = 0; i < MCP_COUNT(wishes); i++) {
        bool is_asked = false;
        MCP_TRY(mcp_json_opt_bool(asked, wishes[i].key, &is_asked, err));
        if (!is_asked || json_object_get(capabilities, wishes[i].capability) == NULL)
            continue;
        if (json_object_set_new(honoured, wishes[i].key, json_true()) != 0)
            return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
        *out_topics |= (unsigned)wishes[i].topic;
    }
    return MCP_OK;
}

static enum mcp_code read_uris(const struct mcp_server *server, const json_t *asked,
                               json_t *honoured, json_t **out_uris, struct mcp_err *err) {
    json_t *uris = NULL;
    MCP_TRY(mcp_json_opt_array(asked, "resourceSubscriptions", &uris, err));
    if (json_array_size(uris) > server->options.max_subscriptions)
        return mcp_err_at(
            err,
            MCP_FAIL(err, MCP_E_INVALID, "more than %zu URIs", server->options.max_subscriptions),
            "/resourceSubscriptions");
    for (size_t i = 0; i < json_array_size(uris); i++) {
        const json_t *uri = json_array_get(uris, i);
        if (!json_is_string(uri) || json_string_length(uri) > MCP_URI_MAX_BYTES)
            return mcp_err_at(err, MCP_FAIL(err, MCP_E_INVALID, "expected a URI"),
                              "/resourceSubscriptions/%zu", i);
    }
    if (uris == NULL || json_object_get(server->capabilities, "resources") == NULL)
        return MCP_OK;
    if (json_object_set(honoured, "resourceSubscriptions", uris) != 0)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    *out_uris = uris;
    return MCP_OK;
}

/* --- the stream --- */

static void say_goodbye(struct listen *listen) {
    struct mcp_reply reply;
    json_auto_t *result = json_pack("{s:s, s:{s:O}}", "resultType", "complete", "_meta",
                                    MCP_META_SUBSCRIPTION, listen->subscriber.tag);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(MAX_MESSAGE_BYTES);
    mcp_reply_init(&reply);
    if (result == NULL || mcp_json_write(result, &text, NULL) != MCP_OK ||
        mcp_reply_whole(&reply, listen->subscriber.tag, mcp_buf_view(&text), NULL) != MCP_OK)
        reply.count = 0; /* without a word, then */
    const struct mcp_farewell farewell = {.parts = reply.parts, .count = reply.count};
    mcp_channel_finish(mcp_stream_channel(listen->subscriber.stream), &farewell);
    mcp_reply_deinit(&reply);
}

/* Runs once, on the cancelling thread, when the call is cancelled. */
static void end_listen(void *user) {
    struct listen *listen = user;
    struct mcp_call *call = listen->call;
    struct mcp_state *state = call->server->state;
    mcp_state_unlisten(state, &listen->subscriber);
    if (mcp_state_leave(state, &call->entry) == MCP_CANCELLED_BY_STOP)
        say_goodbye(listen);
    mcp_channel_close(mcp_stream_channel(listen->subscriber.stream));
    mcp_stream_unref(listen->subscriber.stream);
    mcp_free(listen);
    mcp_call_forget(call);
}

static enum mcp_code write_acknowledgement(const json_t *tag, json_t *honoured,
                                           struct mcp_buf *text, struct mcp_err *err) {
    json_auto_t *params =
        json_pack("{s:{s:O}, s:O}", "_meta", MCP_META_SUBSCRIPTION, tag, "notifications", honoured);
    if (params == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    return mcp_jsonrpc_write_notification(text, "notifications/subscriptions/acknowledged", params,
                                          err);
}

/* Join before the acknowledgement, so that no change is lost; but hold the stream's turn until it
 * is written, so that it comes first. On failure the outlet is the call's still. */
static enum mcp_code open_listen(struct mcp_call *call, unsigned topics, const json_t *uris,
                                 struct mcp_str acknowledgement, struct mcp_err *err) {
    static const struct mcp_opening opening = {.outcome = MCP_OUTCOME_OK};
    struct listen *listen MCP_AUTO(mcp_freep) = mcp_alloc(sizeof *listen);
    struct mcp_stream *stream = listen != NULL ? mcp_stream_new(call->channel.outlet) : NULL;
    if (listen == NULL || stream == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    *listen =
        (struct listen){.subscriber = {.stream = stream, .tag = call->message.id}, .call = call};
    (void)mcp_channel_claim(mcp_stream_channel(stream));
    enum mcp_code code =
        mcp_state_listen(call->server->state, &listen->subscriber, topics, uris, err);
    if (code != MCP_OK) {
        mcp_stream_disown(stream);
        return code;
    }
    mcp_call_ref(call);
    (void)mcp_channel_send_claimed(mcp_stream_channel(stream), &opening, &acknowledgement, 1, NULL);
    mcp_cancel_listen(&call->cancel, end_listen, MCP_TAKE(listen));
    return MCP_PENDING;
}

enum mcp_code mcp_feature_listen(struct mcp_call *call, struct mcp_result *result,
                                 struct mcp_err *err) {
    (void)result;
    json_t *asked = NULL;
    json_t *uris = NULL;
    unsigned topics = 0;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(MAX_MESSAGE_BYTES);
    json_auto_t *honoured = json_object();
    if (honoured == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    MCP_TRY(mcp_json_get_object(call->message.params, "notifications", &asked, err));
    enum mcp_code code = read_topics(call->server->capabilities, asked, honoured, &topics, err);
    if (code == MCP_OK)
        code = read_uris(call->server, asked, honoured, &uris, err);
    if (code != MCP_OK)
        return mcp_err_at(err, code, "/notifications");
    MCP_TRY(write_acknowledgement(call->message.id, honoured, &text, err));
    return open_listen(call, topics, uris, mcp_buf_view(&text), err);
}
