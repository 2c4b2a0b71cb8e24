/* SPDX-License-Identifier: MIT */
/* log.h - one line, key=value, to stderr or a sink. Layer: base. Includes: compiler. */
#ifndef MCP_LOG_H
#define MCP_LOG_H

#include <stdbool.h>

#include "mcp/compiler.h"

#ifdef __cplusplus
extern "C" {
#endif

enum mcp_log_level { MCP_LOG_DEBUG, MCP_LOG_INFO, MCP_LOG_WARN, MCP_LOG_ERROR, MCP_LOG_OFF };

typedef void(mcp_log_sink_fn)(enum mcp_log_level level, const char *line, void *user);

/* Set before threads start. A NULL sink is stderr. */
void mcp_log_set_level(enum mcp_log_level level);
void mcp_log_set_sink(mcp_log_sink_fn *sink, void *user);
bool mcp_log_enabled(enum mcp_log_level level);

/* "DEBUG", "INFO", "WARN"/"WARNING", "ERROR"/"CRITICAL", "OFF", any case; false when none. */
bool mcp_log_level_parse(const char *text, enum mcp_log_level *out_level);

enum { MCP_LOG_MAX_SECRETS = 64, MCP_LOG_MAX_LINE_BYTES = 2048 };

/*
 * Text that must never reach a log line: it is replaced by ***. Copies it; empty text and text
 * already hidden change nothing; NULL forgets them all. Any thread, at any time.
 * False when the table is full or memory is refused: the secret is then not hidden.
 */
bool mcp_log_hide(const char *secret);

/*
 * `2026-11-22T10:00:00.123Z INFO wire.sse key=value ...`, at most MCP_LOG_MAX_LINE_BYTES with its
 * newline; a longer one ends in "... (truncated)". Control bytes are escaped. One write(2), no
 * allocation, errno unchanged; a sink gets the line without the newline, and no lock is held.
 */
void mcp_log_write(enum mcp_log_level level, const char *area, const char *format, ...)
    MCP_PRINTF(3, 4);

/* MCP_LOG(WARN, "orch.upstream", "server=%s what=%s", id, err.what) */
#define MCP_LOG(level, area, ...)                                                                  \
    do {                                                                                           \
        if (mcp_log_enabled(MCP_LOG_##level))                                                      \
            mcp_log_write(MCP_LOG_##level, (area), __VA_ARGS__);                                   \
    } while (0)

#ifdef __cplusplus
}
#endif

#endif
