/* SPDX-License-Identifier: MIT */
/* http_reader.c - see http_reader.h. Pure but for asking the fetch for its head. */
#include "dial/http_reader.h"

#include <stdio.h>

#include "mcp/http_text.h"

static bool is_success(long status) {
    return status >= 200 && status < 300;
}

static void remember_id(struct mcp_http_reader *reader, struct mcp_str id) {
    if (id.len == 0)
        return;
    mcp_buf_clear(&reader->last_id);
    mcp_buf_add(&reader->last_id, id);
    if (mcp_buf_finish(&reader->last_id, NULL) != MCP_OK)
        mcp_buf_clear(&reader->last_id);
}

/* An event without data only carries an id (a priming event). */
static enum mcp_code take_event(const struct mcp_sse_event *event, void *user,
                                struct mcp_err *err) {
    struct mcp_http_reader *reader = user;
    remember_id(reader, event->id);
    reader->event_count++;
    return event->data.len > 0 ? reader->on_event(event, reader->user, err) : MCP_OK;
}

void mcp_http_reader_init(struct mcp_http_reader *reader, size_t max_message_bytes,
                          mcp_sse_event_fn *on_event, void *user) {
    *reader = (struct mcp_http_reader){
        .max_message_bytes = max_message_bytes,
        .last_id = MCP_BUF_INIT(MCP_READER_MAX_ID_BYTES),
        .retry_ms = -1,
        .on_event = on_event,
        .user = user,
    };
}

void mcp_http_reader_reset(struct mcp_http_reader *reader) {
    if (reader->kind == MCP_READER_EVENTS)
        mcp_sse_parser_deinit(&reader->parser);
    mcp_buf_deinit(&reader->text);
    reader->kind = MCP_READER_NOTHING;
    reader->status = 0;
    reader->event_count = 0;
    reader->dropped_bytes = 0;
    reader->media_type[0] = '\0';
}

void mcp_http_reader_deinit(struct mcp_http_reader *reader) {
    mcp_http_reader_reset(reader);
    mcp_buf_deinit(&reader->last_id);
}

void mcp_http_reader_head(struct mcp_http_reader *reader, const struct mcp_fetch *fetch) {
    const char *sent = mcp_fetch_header(fetch, "Content-Type");
    struct mcp_str type = mcp_str_of(sent);
    reader->status = mcp_fetch_status(fetch);
    reader->is_json = mcp_http_media_type_is(type, MCP_STR("application/json"));
    (void)snprintf(reader->media_type, sizeof reader->media_type, "%s", sent != NULL ? sent : "");
    if (!is_success(reader->status)) {
        reader->kind = MCP_READER_TEXT;
        reader->text = (struct mcp_buf)MCP_BUF_INIT(MCP_READER_MAX_ERROR_BYTES);
    } else if (mcp_http_media_type_is(type, MCP_STR("text/event-stream"))) {
        reader->kind = MCP_READER_EVENTS;
        mcp_sse_parser_init(&reader->parser, reader->max_message_bytes, take_event, reader);
    } else if (reader->is_json) {
        reader->kind = MCP_READER_TEXT;
        reader->text = (struct mcp_buf)MCP_BUF_INIT(reader->max_message_bytes);
    } else {
        reader->kind = MCP_READER_OTHER;
    }
}

static enum mcp_code feed_text(struct mcp_http_reader *reader, struct mcp_str bytes,
                               struct mcp_err *err) {
    size_t room = reader->text.max - reader->text.len;
    if (!is_success(reader->status) && bytes.len > room) {
        reader->dropped_bytes += bytes.len - room;
        bytes.len = room;
    }
    if (bytes.len > room)
        return MCP_FAIL(err, MCP_E_LIMIT, "the answer is longer than %zu bytes",
                        reader->max_message_bytes);
    mcp_buf_add(&reader->text, bytes);
    return mcp_buf_finish(&reader->text, err);
}

enum mcp_code mcp_http_reader_body(struct mcp_http_reader *reader, struct mcp_str bytes,
                                   struct mcp_err *err) {
    if (reader->kind == MCP_READER_TEXT)
        return feed_text(reader, bytes, err);
    if (reader->kind != MCP_READER_EVENTS) {
        reader->dropped_bytes += bytes.len;
        return MCP_OK;
    }
    enum mcp_code code = mcp_sse_parser_feed(&reader->parser, bytes, err);
    if (reader->parser.retry_ms >= 0)
        reader->retry_ms = reader->parser.retry_ms;
    return code;
}

bool mcp_http_reader_has_enough(const struct mcp_http_reader *reader) {
    return reader->dropped_bytes > MCP_READER_MAX_DROPPED_BYTES;
}
