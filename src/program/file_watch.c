/* SPDX-License-Identifier: MIT */
/* file_watch.c - see file_watch.h. */
#include "program/file_watch.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mcp/alloc.h"

/* What a file looks like from outside; equal means unchanged. All zero: there is no file. */
struct looks {
    dev_t device;
    ino_t inode;
    off_t bytes;
    struct timespec modified;
    struct timespec changed;
};

struct mcp_file_watch {
    char *path;
    int fd;              /* inotify, or -1 */
    int directory;       /* watch descriptor of the path's directory, or -1 */
    int target;          /* of the directory the path resolves into, or -1 */
    struct looks told;   /* as last reported */
    struct looks latest; /* as last seen */
    bool is_changing;    /* latest differs from told */
    uint64_t first_ms;   /* when it began to differ */
    uint64_t latest_ms;  /* when latest was first seen */
    uint64_t looked_ms;  /* when the file was last looked at */
};

static struct looks look(const char *path) {
    struct stat info;
    if (stat(path, &info) != 0)
        return (struct looks){0};
    return (struct looks){info.st_dev, info.st_ino, info.st_size, info.st_mtim, info.st_ctim};
}

static bool same_time(struct timespec a, struct timespec b) {
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool same(const struct looks *a, const struct looks *b) {
    return a->device == b->device && a->inode == b->inode && a->bytes == b->bytes &&
           same_time(a->modified, b->modified) && same_time(a->changed, b->changed);
}

/* Watch the directory part of `path`; -1 when that is not possible (yet). */
static int watch_directory(int fd, const char *path) {
    static const uint32_t mask = IN_CLOSE_WRITE | IN_MODIFY | IN_ATTRIB | IN_CREATE | IN_DELETE |
                                 IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF;
    char directory[MCP_FILE_WATCH_MAX_PATH] = ".";
    const char *slash = strrchr(path, '/');
    if (slash == path)
        directory[0] = '/';
    else if (slash != NULL) {
        memcpy(directory, path, (size_t)(slash - path));
        directory[slash - path] = '\0';
    }
    return fd >= 0 ? inotify_add_watch(fd, directory, mask) : -1;
}

/* Where the path leads may have changed: watch that directory instead of the former one. */
static void follow(struct mcp_file_watch *watch) {
    char resolved[PATH_MAX];
    int former = watch->target;
    watch->directory = watch_directory(watch->fd, watch->path);
    watch->target = -1;
    if (realpath(watch->path, resolved) != NULL)
        watch->target = watch_directory(watch->fd, resolved);
    if (former >= 0 && former != watch->target && former != watch->directory)
        (void)inotify_rm_watch(watch->fd, former);
}

static void drain(int fd) {
    char events[4096];
    while (fd >= 0 && read(fd, events, sizeof events) > 0) {
    }
}

enum mcp_code mcp_file_watch_open(const char *path, uint64_t now_ms,
                                  struct mcp_file_watch **out_watch, struct mcp_err *err) {
    if (path[0] == '\0' || strlen(path) >= MCP_FILE_WATCH_MAX_PATH)
        return MCP_FAIL(err, MCP_E_INVALID, "expected a path of 1 to %d bytes",
                        MCP_FILE_WATCH_MAX_PATH - 1);
    MCP_AUTO(mcp_file_watch_closep) struct mcp_file_watch *watch = mcp_alloc(sizeof *watch);
    if (watch == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    watch->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    watch->target = -1;
    watch->path = mcp_strdup(path);
    if (watch->path == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    follow(watch);
    watch->told = watch->latest = look(path);
    watch->looked_ms = now_ms;
    *out_watch = MCP_TAKE(watch);
    return MCP_OK;
}

void mcp_file_watch_close(struct mcp_file_watch *watch) {
    if (watch == NULL)
        return;
    if (watch->fd >= 0)
        (void)close(watch->fd);
    mcp_free(watch->path);
    mcp_free(watch);
}

void mcp_file_watch_closep(struct mcp_file_watch **watch) {
    mcp_file_watch_close(*watch);
}

int mcp_file_watch_fd(const struct mcp_file_watch *watch) {
    return watch->fd;
}

static uint64_t due_ms(const struct mcp_file_watch *watch) {
    if (!watch->is_changing)
        return watch->looked_ms + MCP_FILE_WATCH_INTERVAL_MS;
    uint64_t rested = watch->latest_ms + MCP_FILE_WATCH_QUIET_MS;
    uint64_t longest = watch->first_ms + MCP_FILE_WATCH_LONGEST_MS;
    return rested < longest ? rested : longest;
}

int mcp_file_watch_timeout_ms(const struct mcp_file_watch *watch, uint64_t now_ms) {
    uint64_t due = due_ms(watch);
    return due > now_ms ? (int)(due - now_ms) : 0;
}

bool mcp_file_watch_check(struct mcp_file_watch *watch, uint64_t now_ms) {
    drain(watch->fd);
    struct looks now = look(watch->path);
    watch->looked_ms = now_ms;
    if (!same(&now, &watch->latest)) {
        watch->latest = now;
        watch->latest_ms = now_ms;
        if (!watch->is_changing)
            watch->first_ms = now_ms;
        watch->is_changing = true;
        follow(watch);
    }
    if (watch->directory < 0)
        follow(watch);
    if (!watch->is_changing || now_ms < due_ms(watch))
        return false;
    watch->is_changing = false;
    bool is_news = !same(&watch->latest, &watch->told); /* gone and back again is none */
    watch->told = watch->latest;
    return is_news;
}
