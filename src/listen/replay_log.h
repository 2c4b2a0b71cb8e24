/* SPDX-License-Identifier: MIT */
/* replay_log.h - events of one session kept for Last-Event-ID. Layer: listen. Includes: base. */
#ifndef MCP_REPLAY_LOG_H
#define MCP_REPLAY_LOG_H

#include <stdint.h>

#include "listen/stream_queue.h"

/*
 * An event id is "<stream>_<sequence>", both decimal. A stream's events are numbered from 1;
 * number 0 names the moment before the first.
 */
struct mcp_event_id {
    uint64_t stream;   /* from 1, unique in the listener */
    uint64_t sequence; /* within the stream */
};

#define MCP_EVENT_ID_BYTES 44 /* text of any id, with its NUL */

void mcp_event_id_write(struct mcp_event_id id, char out[MCP_EVENT_ID_BYTES]);
bool mcp_event_id_read(struct mcp_str text, struct mcp_event_id *out_id); /* false: not an id */

/*
 * All streams of a session share one bounded log; the oldest event leaves first, whatever its
 * stream. A stream is known from open until it is closed and none of its events are left.
 *
 *   owner   of the log and a reference to each event; `owner` pointers are the caller's
 *   thread  none: the owner locks
 */
struct mcp_replay_log;

enum mcp_code mcp_replay_log_new(size_t max_bytes, size_t max_events,
                                 struct mcp_replay_log **out_log, struct mcp_err *err) MCP_CHECK;
void mcp_replay_log_free(struct mcp_replay_log *log);
void mcp_replay_log_freep(struct mcp_replay_log **log);

/* A new stream, its number greater than all before. `owner` is who produces its events. */
enum mcp_code mcp_replay_log_open(struct mcp_replay_log *log, uint64_t stream, void *owner,
                                  struct mcp_err *err) MCP_CHECK;

/* No more events come; those that are kept can still be replayed. */
void mcp_replay_log_close(struct mcp_replay_log *log, uint64_t stream);

/* Producer of a stream; NULL when it is closed or unknown. */
void *mcp_replay_log_owner(const struct mcp_replay_log *log, uint64_t stream);

/*
 * Keep an event, and let the oldest go while a ceiling is exceeded: an event greater than
 * max_bytes empties the log and is not kept either.
 *
 *   errors  NOT_FOUND  the stream was never opened, or is gone; nothing changed
 *   cost    no allocation
 */
enum mcp_code mcp_replay_log_add(struct mcp_replay_log *log, struct mcp_event_id id,
                                 struct mcp_blob *event, struct mcp_err *err) MCP_CHECK;

/*
 * Put every event of the stream after `last` into `queue`, without its ceilings.
 *
 *   errors  NOT_FOUND  the stream is not known, or has not sent that event
 *           LIMIT      an event after `last` is no longer kept
 *           NOMEM      `queue` holds some of them
 */
enum mcp_code mcp_replay_log_copy(const struct mcp_replay_log *log, struct mcp_event_id last,
                                  struct mcp_stream_queue *queue, struct mcp_err *err) MCP_CHECK;

size_t mcp_replay_log_bytes(const struct mcp_replay_log *log); /* kept now */
bool mcp_replay_log_drop_oldest(struct mcp_replay_log *log);   /* false when nothing is kept */

#endif
