/* SPDX-License-Identifier: MIT */
/* changes.c - see changes.h. */
#include "server/changes.h"

#include "mcp/uri.h"
#include "server/reply.h"

/* Each byte of a URI may become an escape of six. */
enum { MAX_MEMBER_BYTES = 8 * MCP_URI_MAX_BYTES };

/* A change, as the texts before and after the tag of a listener. */
struct news {
    const char *method;
    struct mcp_str uri_member; /* "\"uri\":\"x://1\"", or empty */
};

static void tell(const struct mcp_target *target, const struct news *news) {
    struct mcp_reply reply; /* for its way with ids */
    bool has_uri = news->uri_member.len > 0;
    bool is_whole = true;
    mcp_reply_init(&reply);
    mcp_reply_add(&reply, MCP_STR("{\"jsonrpc\":\"2.0\",\"method\":\""));
    mcp_reply_add(&reply, mcp_str_of(news->method));
    if (target->tag != NULL) {
        mcp_reply_add(&reply, MCP_STR("\",\"params\":{\"_meta\":{"
                                      "\"io.modelcontextprotocol/subscriptionId\":"));
        is_whole = mcp_reply_add_id(&reply, target->tag);
        mcp_reply_add(&reply, has_uri ? MCP_STR("},") : MCP_STR("}"));
    } else {
        mcp_reply_add(&reply, has_uri ? MCP_STR("\",\"params\":{") : MCP_STR("\""));
    }
    mcp_reply_add(&reply, news->uri_member);
    mcp_reply_add(&reply, target->tag != NULL || has_uri ? MCP_STR("}}") : MCP_STR("}"));
    if (is_whole)
        (void)mcp_channel_send(mcp_stream_channel(target->stream), NULL, reply.parts, reply.count,
                               NULL);
    mcp_reply_deinit(&reply);
}

static void tell_all(struct mcp_targets *targets, const struct news *news) {
    for (size_t i = 0; i < targets->count; i++)
        tell(&targets->items[i], news);
    mcp_targets_deinit(targets);
}

void mcp_changes_tell_uri(struct mcp_state *state, struct mcp_str uri) {
    struct mcp_targets targets = {0};
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf member = MCP_BUF_INIT(MAX_MEMBER_BYTES);
    mcp_buf_add(&member, MCP_STR("\"uri\":"));
    mcp_json_add_string(&member, uri);
    if (mcp_buf_finish(&member, NULL) != MCP_OK ||
        mcp_state_targets_of_uri(state, uri, &targets, NULL) != MCP_OK)
        return;
    const struct news news = {"notifications/resources/updated", mcp_buf_view(&member)};
    tell_all(&targets, &news);
}

void mcp_changes_tell_topic(struct mcp_state *state, enum mcp_topic topic) {
    struct mcp_targets targets = {0};
    struct news news = {.method = "notifications/resources/list_changed"};
    if (topic == MCP_TOPIC_TOOL_LIST)
        news.method = "notifications/tools/list_changed";
    if (topic == MCP_TOPIC_PROMPT_LIST)
        news.method = "notifications/prompts/list_changed";
    if (mcp_state_targets_of_topic(state, topic, &targets, NULL) == MCP_OK)
        tell_all(&targets, &news);
}
