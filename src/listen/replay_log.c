/* SPDX-License-Identifier: MIT */
/* replay_log.c - see replay_log.h. Pure: no I/O, no clock, no log. */
#include "listen/replay_log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "mcp/alloc.h"

struct kept_event {
    struct mcp_event_id id;
    struct mcp_blob *bytes;
};

struct known_stream {
    uint64_t stream;
    uint64_t newest;  /* sequence of the last event sent */
    uint64_t dropped; /* no event up to this one is kept */
    size_t kept;      /* events in the log */
    bool is_open;
    void *owner;
};

struct mcp_replay_log {
    size_t max_bytes;
    size_t max_events;
    size_t bytes;
    struct kept_event *ring; /* max_events slots */
    size_t first;
    size_t count;
    struct known_stream *streams; /* oldest first: numbers ascend */
    size_t stream_count;
    size_t stream_room;
};

void mcp_event_id_write(struct mcp_event_id id, char out[MCP_EVENT_ID_BYTES]) {
    (void)snprintf(out, MCP_EVENT_ID_BYTES, "%" PRIu64 "_%" PRIu64, id.stream, id.sequence);
}

/* Decimal without sign or leading zero, at most 19 digits so that it cannot overflow. */
static bool read_number(struct mcp_str text, uint64_t *out_number) {
    uint64_t number = 0;
    if (text.len == 0 || text.len > 19 || (text.ptr[0] == '0' && text.len > 1))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        number = number * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    *out_number = number;
    return true;
}

bool mcp_event_id_read(struct mcp_str text, struct mcp_event_id *out_id) {
    const char *mark = text.len > 0 ? memchr(text.ptr, '_', text.len) : NULL;
    if (mark == NULL)
        return false;
    size_t len = (size_t)(mark - text.ptr);
    struct mcp_event_id id;
    if (!read_number((struct mcp_str){text.ptr, len}, &id.stream) || id.stream == 0 ||
        !read_number((struct mcp_str){mark + 1, text.len - len - 1}, &id.sequence))
        return false;
    *out_id = id;
    return true;
}

enum mcp_code mcp_replay_log_new(size_t max_bytes, size_t max_events,
                                 struct mcp_replay_log **out_log, struct mcp_err *err) {
    MCP_AUTO(mcp_replay_log_freep) struct mcp_replay_log *log = mcp_alloc(sizeof *log);
    if (log == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    log->max_bytes = max_bytes;
    log->max_events = max_events;
    log->ring = mcp_alloc((max_events + 1) * sizeof *log->ring);
    if (log->ring == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    *out_log = MCP_TAKE(log);
    return MCP_OK;
}

static struct known_stream *find(const struct mcp_replay_log *log, uint64_t stream) {
    for (size_t i = log->stream_count; i > 0; i--) /* the newest are asked for most */
        if (log->streams[i - 1].stream == stream)
            return &log->streams[i - 1];
    return NULL;
}

static void forget_if_done(struct mcp_replay_log *log, struct known_stream *row) {
    if (row->is_open || row->kept > 0)
        return;
    size_t at = (size_t)(row - log->streams);
    log->stream_count--;
    memmove(row, row + 1, (log->stream_count - at) * sizeof *row);
}

bool mcp_replay_log_drop_oldest(struct mcp_replay_log *log) {
    if (log->count == 0)
        return false;
    struct kept_event event = log->ring[log->first];
    log->first = (log->first + 1) % (log->max_events + 1);
    log->count--;
    log->bytes -= mcp_blob_view(event.bytes).len;
    mcp_blob_unref(event.bytes);
    struct known_stream *row = find(log, event.id.stream);
    row->kept--;
    row->dropped = event.id.sequence;
    forget_if_done(log, row);
    return true;
}

void mcp_replay_log_free(struct mcp_replay_log *log) {
    if (log == NULL)
        return;
    while (mcp_replay_log_drop_oldest(log)) {
    }
    mcp_free(log->streams);
    mcp_free(log->ring);
    mcp_free(log);
}

void mcp_replay_log_freep(struct mcp_replay_log **log) {
    mcp_replay_log_free(*log);
    *log = NULL;
}

enum mcp_code mcp_replay_log_open(struct mcp_replay_log *log, uint64_t stream, void *owner,
                                  struct mcp_err *err) {
    if (log->stream_count == log->stream_room) {
        size_t room = log->stream_room == 0 ? 4 : log->stream_room * 2;
        struct known_stream *rows = mcp_realloc(log->streams, room * sizeof *rows);
        if (rows == NULL)
            return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
        log->streams = rows;
        log->stream_room = room;
    }
    log->streams[log->stream_count++] =
        (struct known_stream){.stream = stream, .is_open = true, .owner = owner};
    return MCP_OK;
}

void mcp_replay_log_close(struct mcp_replay_log *log, uint64_t stream) {
    struct known_stream *row = find(log, stream);
    if (row == NULL)
        return;
    row->is_open = false;
    row->owner = NULL;
    forget_if_done(log, row);
}

void *mcp_replay_log_owner(const struct mcp_replay_log *log, uint64_t stream) {
    const struct known_stream *row = find(log, stream);
    return row != NULL ? row->owner : NULL;
}

enum mcp_code mcp_replay_log_add(struct mcp_replay_log *log, struct mcp_event_id id,
                                 struct mcp_blob *event, struct mcp_err *err) {
    struct known_stream *row = find(log, id.stream);
    if (row == NULL)
        return MCP_FAIL(err, MCP_E_NOT_FOUND, "no stream %" PRIu64, id.stream);
    size_t len = mcp_blob_view(event).len;
    log->ring[(log->first + log->count) % (log->max_events + 1)] =
        (struct kept_event){id, mcp_blob_ref(event)};
    log->count++;
    log->bytes += len;
    row->newest = id.sequence;
    row->kept++;
    while (log->count > log->max_events || log->bytes > log->max_bytes)
        (void)mcp_replay_log_drop_oldest(log);
    return MCP_OK;
}

enum mcp_code mcp_replay_log_copy(const struct mcp_replay_log *log, struct mcp_event_id last,
                                  struct mcp_stream_queue *queue, struct mcp_err *err) {
    const struct known_stream *row = find(log, last.stream);
    if (row == NULL || last.sequence > row->newest)
        return MCP_FAIL(err, MCP_E_NOT_FOUND, "no event \"%" PRIu64 "_%" PRIu64 "\"", last.stream,
                        last.sequence);
    if (last.sequence < row->dropped)
        return MCP_FAIL(err, MCP_E_LIMIT, "events after %" PRIu64 " are no longer kept",
                        last.sequence);
    for (size_t i = 0; i < log->count; i++) {
        const struct kept_event *event = &log->ring[(log->first + i) % (log->max_events + 1)];
        if (event->id.stream == last.stream && event->id.sequence > last.sequence)
            MCP_TRY(mcp_stream_queue_push_kept(queue, event->bytes, err));
    }
    return MCP_OK;
}

size_t mcp_replay_log_bytes(const struct mcp_replay_log *log) {
    return log->bytes;
}
