/* SPDX-License-Identifier: MIT */
/* line_framer.h - bytes of a stdio stream to lines. Layer: wire. Includes: base. */
#ifndef MCP_LINE_FRAMER_H
#define MCP_LINE_FRAMER_H

#include "mcp/buf.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One line without its LF or CR LF; dies when the callback returns. Not MCP_OK stops the feed. */
typedef enum mcp_code(mcp_line_fn)(struct mcp_str line, void *user, struct mcp_err *err);

/*
 * Incremental splitter at LF. Empty lines are dropped. A line longer than max_line_bytes is
 * skipped to its end and counted, and feed reports it once with LIMIT; the stream goes on with the
 * next feed, so one oversized message does not lose the connection.
 *
 *   owner   keeps an incomplete line, never a pointer to fed bytes; a line inside one feed is a
 *           view of it
 *   thread  none
 */
struct mcp_line_framer {
    struct mcp_buf partial;
    bool skipping;  /* inside an oversized line */
    size_t skipped; /* oversized lines so far */
    mcp_line_fn *on_line;
    void *user;
};

void mcp_line_framer_init(struct mcp_line_framer *framer, size_t max_line_bytes,
                          mcp_line_fn *on_line, void *user);
void mcp_line_framer_deinit(struct mcp_line_framer *framer);

/* errors: LIMIT (all other lines of `bytes` were still delivered), NOMEM, what on_line returned. */
enum mcp_code mcp_line_framer_feed(struct mcp_line_framer *framer, struct mcp_str bytes,
                                   struct mcp_err *err) MCP_CHECK;

/* The stream ended: deliver a last line that has no LF. */
enum mcp_code mcp_line_framer_end(struct mcp_line_framer *framer, struct mcp_err *err) MCP_CHECK;

#ifdef __cplusplus
}
#endif

#endif
