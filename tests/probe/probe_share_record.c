/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/share_record.json. */
#include <stdio.h>
#include <string.h>

#include "mcp/alloc.h"
#include "orchestrator/share_record.h"
#include "probe.h"

probe_fn probe_share_record;

static const char *const news_names[] = {"outdated", "forgotten", "stored", "given-up"};

static enum mcp_code write_record(const json_t *in, struct mcp_str body, json_t **out,
                                  struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf bytes = MCP_BUF_INIT(1 << 20);
    const struct orch_share_record record = {
        .life_ms = (uint64_t)probe_int(in, "life_ms", 0),
        .generation = (uint64_t)probe_int(in, "generation", 0),
        .terms = {.ttl_ms = json_object_get(in, "ttl_ms") != NULL
                                ? (uint64_t)probe_int(in, "ttl_ms", 0)
                                : ORCH_TTL_UNSAID,
                  .is_private = json_is_true(json_object_get(in, "private"))},
        .body = body,
    };
    MCP_TRY(orch_share_record_write(&record, &bytes, err));
    return probe_give(probe_text(mcp_buf_view(&bytes)), out, err);
}

static enum mcp_code read_record(struct mcp_str bytes, json_t **out, struct mcp_err *err) {
    struct orch_share_record record;
    MCP_TRY(orch_share_record_read(bytes, &record, err));
    bool is_said = record.terms.ttl_ms != ORCH_TTL_UNSAID;
    return probe_give(
        json_pack("{s:I, s:o, s:b, s:I, s:I}", "life_ms", (json_int_t)record.life_ms, "ttl_ms",
                  is_said ? json_integer((json_int_t)record.terms.ttl_ms) : json_null(), "private",
                  record.terms.is_private, "generation", (json_int_t)record.generation, "bytes",
                  (json_int_t)record.body.len),
        out, err);
}

static enum mcp_code read_value(const json_t *in, struct mcp_str body, json_t **out,
                                struct mcp_err *err) {
    MCP_AUTO(orch_value_unrefp) struct orch_value *value = NULL;
    MCP_TRY(orch_share_record_value(body, json_is_true(json_object_get(in, "tools")), &value, err));
    size_t refused = mcp_alloc_refusals();
    json_t *copy = json_deep_copy(orch_value_root(value));
    if (mcp_alloc_refusals() == refused)
        return probe_give(copy, out, err);
    json_decref(copy);
    return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
}

static enum mcp_code tell(const json_t *in, json_t **out, struct mcp_err *err) {
    char text[ORCH_SHARE_MESSAGE_BYTES];
    struct orch_share_message message = {.is_tools = json_is_true(json_object_get(in, "tools"))};
    const char *news = json_string_value(json_object_get(in, "news"));
    for (size_t i = 0; i < ORCH_SHARE_NEWS; i++)
        if (strcmp(news, news_names[i]) == 0)
            message.news = (enum orch_share_news)i;
    (void)snprintf(message.sender, sizeof message.sender, "%s",
                   json_string_value(json_object_get(in, "sender")));
    (void)snprintf(message.id, sizeof message.id, "%s",
                   json_string_value(json_object_get(in, "id")));
    return probe_give(json_string(orch_share_message_write(&message, text)), out, err);
}

static enum mcp_code hear(struct mcp_str bytes, json_t **out, struct mcp_err *err) {
    struct orch_share_message message;
    MCP_TRY(orch_share_message_read(bytes, &message, err));
    return probe_give(json_pack("{s:s, s:s, s:s, s:b}", "sender", message.sender, "news",
                                news_names[message.news], "id", message.id, "tools",
                                message.is_tools),
                      out, err);
}

enum mcp_code probe_share_record(const json_t *in, json_t **out, struct mcp_err *err) {
    static const char *const keys[] = {"body", "read", "value", "hear"};
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf bytes = MCP_BUF_INIT(64 << 20);
    const char *what = "";
    for (size_t i = 0; i < MCP_COUNT(keys); i++) {
        if (json_object_get(in, keys[i]) == NULL)
            continue;
        what = keys[i];
        MCP_TRY(probe_bytes(json_object_get(in, what), &bytes, err));
    }
    if (strcmp(what, "body") == 0)
        return write_record(in, mcp_buf_view(&bytes), out, err);
    if (strcmp(what, "read") == 0)
        return read_record(mcp_buf_view(&bytes), out, err);
    if (strcmp(what, "value") == 0)
        return read_value(in, mcp_buf_view(&bytes), out, err);
    if (strcmp(what, "hear") == 0)
        return hear(mcp_buf_view(&bytes), out, err);
    return tell(json_object_get(in, "tell"), out, err);
}
