/* SPDX-License-Identifier: MIT */
/* line_writer.h - whole lines to a descriptor, from any thread. Layer: listen. Includes: base. */
#ifndef MCP_LINE_WRITER_H
#define MCP_LINE_WRITER_H

#include <pthread.h>

#include "mcp/buf.h"

/*
 * The first thread that comes writes; what others bring meanwhile waits, bounded, and the writing
 * thread writes it too. No lock is held while writing. When the queue is full, senders wait: the
 * peer's slowness is theirs.
 *
 *   thread  any, except for open and close
 */
struct mcp_line_writer {
    int fd;        /* not closed */
    int cancel_fd; /* eventfd, owned: readable once cancelled */
    size_t piece;  /* bytes that can be written without blocking once the descriptor is ready */

    pthread_mutex_t lock; /* guards: everything below */
    pthread_cond_t moved; /* the queue became shorter, or is_broken */
    struct mcp_buf queue; /* its max is the ceiling */
    bool is_writing;
    bool is_broken; /* the peer left, or cancelled: what comes is refused */
};

/* errors: IO. */
enum mcp_code mcp_line_writer_open(struct mcp_line_writer *writer, int fd, size_t max_queue_bytes,
                                   struct mcp_err *err) MCP_CHECK;
void mcp_line_writer_close(struct mcp_line_writer *writer); /* nobody is in put any more */

/*
 * Write parts and a LF as one line. Line breaks inside (JSON white space) become spaces.
 *
 *   errors  CANCELLED  the peer is gone, or cancelled
 *           NOMEM      nothing was written
 */
enum mcp_code mcp_line_writer_put(struct mcp_line_writer *writer, const struct mcp_str *parts,
                                  size_t count, struct mcp_err *err) MCP_CHECK;

/* Let every put return soon, whatever the peer does. */
void mcp_line_writer_cancel(struct mcp_line_writer *writer);

#endif
