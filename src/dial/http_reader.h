/* SPDX-License-Identifier: MIT */
/* http_reader.h - the body of an answer: one text, or events. Layer: dial. Includes: wire. */
#ifndef MCP_HTTP_READER_H
#define MCP_HTTP_READER_H

#include "dial/http_fetch.h"
#include "mcp/sse_parser.h"

enum {
    MCP_READER_MAX_ERROR_BYTES = 16 << 10,   /* kept of the body of an error */
    MCP_READER_MAX_DROPPED_BYTES = 64 << 10, /* read of a body beyond what is of interest */
    MCP_READER_MAX_ID_BYTES = 1024 /* of an event id; a longer one cannot be resumed from */
};

enum mcp_reader_kind {
    MCP_READER_NOTHING, /* no head yet, no body of interest */
    MCP_READER_TEXT,    /* JSON, or what explains an error */
    MCP_READER_EVENTS,
    MCP_READER_OTHER /* a success of a media type that means nothing here */
};

/* Feeds itself from the handlers of a fetch. One answer at a time; `last_id` outlives it. */
struct mcp_http_reader {
    enum mcp_reader_kind kind;
    bool is_json; /* by its media type, whatever the status */
    long status;
    size_t max_message_bytes;
    struct mcp_buf text;
    size_t dropped_bytes;
    struct mcp_sse_parser parser; /* initialised while kind is EVENTS */
    struct mcp_buf last_id;       /* of the last event that had one, over all streams */
    size_t event_count;           /* of this answer */
    int64_t retry_ms;             /* what the server asked for last; -1: nothing */
    char media_type[64];          /* as sent, cut */
    /* An event with data. Return anything but MCP_OK to give up the exchange. */
    mcp_sse_event_fn *on_event;
    void *user;
};

void mcp_http_reader_init(struct mcp_http_reader *reader, size_t max_message_bytes,
                          mcp_sse_event_fn *on_event, void *user);
void mcp_http_reader_deinit(struct mcp_http_reader *reader);

/* Forget the last answer, keep last_id and retry_ms. */
void mcp_http_reader_reset(struct mcp_http_reader *reader);

void mcp_http_reader_head(struct mcp_http_reader *reader, const struct mcp_fetch *fetch);

/* errors: LIMIT over max_message_bytes; NOMEM; what on_event returned. */
enum mcp_code mcp_http_reader_body(struct mcp_http_reader *reader, struct mcp_str bytes,
                                   struct mcp_err *err) MCP_CHECK;

/* What comes is of no interest, and there is more of it than is worth reading to the end. */
bool mcp_http_reader_has_enough(const struct mcp_http_reader *reader);

#endif
