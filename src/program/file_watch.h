/* SPDX-License-Identifier: MIT */
/* file_watch.h - notice that a file's content may have changed. Layer: program. Includes: base. */
#ifndef MCP_FILE_WATCH_H
#define MCP_FILE_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "mcp/err.h"

enum {
    MCP_FILE_WATCH_QUIET_MS = 200,     /* a change is told once the file has rested this long, */
    MCP_FILE_WATCH_LONGEST_MS = 2000,  /* or this long after its first change */
    MCP_FILE_WATCH_INTERVAL_MS = 1000, /* looked at this often without any event */
    MCP_FILE_WATCH_MAX_PATH = 4096     /* bytes of a path, with its NUL */
};

/*
 * Watches by inotify on the directories the path and its target lie in, and by stat at an interval:
 * so a rename over the file, a rewrite in place, a symlink (or a directory symlink above the file)
 * that is pointed elsewhere, a network file system and a missing directory are all seen. A file
 * that disappears or appears has changed.
 */
struct mcp_file_watch;

/* errors: NOMEM, INVALID an empty or too long path. Without inotify it falls back to stat alone. */
enum mcp_code mcp_file_watch_open(const char *path, uint64_t now_ms,
                                  struct mcp_file_watch **out_watch, struct mcp_err *err) MCP_CHECK;
void mcp_file_watch_close(struct mcp_file_watch *watch);
void mcp_file_watch_closep(struct mcp_file_watch **watch);

/* Readable when something happened near the file; -1 when only the interval works. */
int mcp_file_watch_fd(const struct mcp_file_watch *watch);

/* Milliseconds until mcp_file_watch_check has something to do even if the descriptor is silent. */
int mcp_file_watch_timeout_ms(const struct mcp_file_watch *watch, uint64_t now_ms);

/* Take what happened. True once for each change, when the file has come to rest. */
bool mcp_file_watch_check(struct mcp_file_watch *watch, uint64_t now_ms);

#endif
