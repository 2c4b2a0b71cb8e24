/* SPDX-License-Identifier: MIT */
/* file.c - see base/file.h. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mcp/alloc.h"

/* Records the system's refusal of `path` in words; `number` is an errno value. */
static enum mcp_code refuse(struct mcp_err *err, const char *path, int number) {
    char text[128] = "unknown error";
    enum mcp_code code = MCP_E_IO;
    const char *what = text;
    switch (number) {
    case ENOENT:
    case ENOTDIR:
        code = MCP_E_NOT_FOUND;
        what = "no such file";
        break;
    case EISDIR:
        what = "is a directory";
        break;
    case EACCES:
    case EPERM:
        what = "permission denied";
        break;
    default:
        (void)strerror_r(number, text, sizeof text);
        break;
    }
    bool is_first = err != NULL && err->code == MCP_OK;
    (void)MCP_FAIL(err, code, "%s", what);
    if (is_first)
        err->os_errno = number;
    return mcp_err_at(err, code, "%s", path);
}

static void close_fd(const int *fd) {
    if (*fd >= 0)
        (void)close(*fd);
}

static enum mcp_code refuse_size(struct mcp_err *err, const char *path, size_t max) {
    return mcp_err_at(err, MCP_FAIL(err, MCP_E_LIMIT, "larger than %zu bytes", max), "%s", path);
}

/* A regular file or a FIFO, and not known to be larger than `out` takes. */
static enum mcp_code check_kind(const struct stat *info, const char *path,
                                const struct mcp_buf *out, struct mcp_err *err) {
    if (S_ISDIR(info->st_mode))
        return refuse(err, path, EISDIR);
    if (!S_ISREG(info->st_mode) && !S_ISFIFO(info->st_mode)) {
        enum mcp_code code = MCP_FAIL(err, MCP_E_IO, "not a regular file");
        return mcp_err_at(err, code, "%s", path);
    }
    if (S_ISREG(info->st_mode) && (uintmax_t)info->st_size > out->max - out->len)
        return refuse_size(err, path, out->max);
    return MCP_OK;
}

static ssize_t read_some(int fd, void *to, size_t len) {
    ssize_t got = 0;
    do {
        got = read(fd, to, len);
    } while (got < 0 && errno == EINTR);
    return got;
}

/* `expected` bytes go straight into the buffer; what a FIFO or a growing file adds, in pieces. */
static enum mcp_code read_all(int fd, size_t expected, struct mcp_buf *out, ssize_t *out_last) {
    char piece[4096];
    char *room = expected > 0 ? mcp_buf_reserve(out, expected) : NULL;
    size_t left = room != NULL ? expected : 0;
    for (;;) {
        bool is_direct = left > 0;
        ssize_t got = read_some(fd, is_direct ? room : piece, is_direct ? left : sizeof piece);
        *out_last = got;
        if (got <= 0)
            return out->status;
        if (is_direct) {
            mcp_buf_commit(out, (size_t)got);
            room += got;
            left -= (size_t)got;
        } else {
            mcp_buf_add(out, (struct mcp_str){piece, (size_t)got});
        }
        if (out->status != MCP_OK)
            return out->status;
    }
}

/* An open descriptor in *out_fd, -1 on failure; *out_size is 0 when it is not known. */
static enum mcp_code open_file(const char *path, const struct mcp_buf *out, int *out_fd,
                               size_t *out_size, struct mcp_err *err) {
    struct stat info;
    if (stat(path, &info) != 0)
        return refuse(err, path, errno);
    MCP_TRY(check_kind(&info, path, out, err)); /* before open: opening a device has effects */
    *out_fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (*out_fd < 0 || fstat(*out_fd, &info) != 0)
        return refuse(err, path, errno);
    *out_size = S_ISREG(info.st_mode) ? (size_t)info.st_size : 0;
    return check_kind(&info, path, out, err);
}

enum mcp_code mcp_file_read(const char *path, struct mcp_buf *out, struct mcp_err *err) {
    MCP_AUTO(close_fd) int fd = -1;
    size_t size = 0;
    ssize_t last = 0;
    MCP_TRY(mcp_err_at(err, mcp_buf_finish(out, err), "%s", path));
    MCP_TRY(open_file(path, out, &fd, &size, err));
    enum mcp_code code = read_all(fd, size, out, &last);
    if (code == MCP_E_LIMIT)
        return refuse_size(err, path, out->max);
    if (last < 0)
        return refuse(err, path, errno);
    return mcp_err_at(err, mcp_buf_finish(out, err), "%s", path);
}

/* 0 or an errno value. */
static int write_all(int fd, struct mcp_str bytes) {
    size_t done = 0;
    while (done < bytes.len) {
        ssize_t put = write(fd, bytes.ptr + done, bytes.len - done);
        if (put < 0 && errno != EINTR)
            return errno;
        done += put > 0 ? (size_t)put : 0;
    }
    return 0;
}

/* 0 or an errno value; fd is closed in every case. */
static int fill_and_close(int fd, struct mcp_str bytes, mode_t mode) {
    int number = write_all(fd, bytes);
    if (number == 0 && (fchmod(fd, mode) != 0 || fsync(fd) != 0))
        number = errno;
    if (close(fd) != 0 && number == 0)
        number = errno;
    return number;
}

/* The rename itself must survive a power cut too; a directory that cannot be synced is no error. */
static void sync_directory(const char *path, size_t dir_len) {
    char dir[PATH_MAX] = ".";
    if (dir_len > 0) {
        memcpy(dir, path, dir_len);
        dir[dir_len] = '\0';
    }
    MCP_AUTO(close_fd) const int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0)
        (void)fsync(fd);
    /* cppcheck-suppress resourceLeak ; it does not know that MCP_AUTO closes */
}

/* Length of the directory part with its final slash; 0 when there is none. */
static size_t directory_len(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash != NULL ? (size_t)(slash - path) + 1 : 0;
}

enum mcp_code mcp_file_write_atomic(const char *path, struct mcp_str bytes, mode_t mode,
                                    struct mcp_err *err) {
    char temporary[PATH_MAX];
    int len = snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);
    if (len < 0 || (size_t)len >= sizeof temporary)
        return refuse(err, path, ENAMETOOLONG);
    int fd = mkstemp(temporary);
    if (fd < 0)
        return refuse(err, path, errno);
    int number = fill_and_close(fd, bytes, mode);
    if (number == 0 && rename(temporary, path) != 0)
        number = errno;
    if (number != 0) {
        (void)unlink(temporary);
        return refuse(err, path, number);
    }
    sync_directory(path, directory_len(path));
    return MCP_OK;
}

/* 0 when `dir` is a directory afterwards, else an errno value. */
static int make_directory(const char *dir) {
    struct stat info;
    if (mkdir(dir, 0777) == 0)
        return 0;
    int number = errno;
    if (number == EEXIST && stat(dir, &info) == 0)
        return S_ISDIR(info.st_mode) ? 0 : ENOTDIR;
    return number;
}

enum mcp_code mcp_file_make_parents(const char *path, struct mcp_err *err) {
    char dir[PATH_MAX];
    size_t len = directory_len(path);
    if (len >= sizeof dir)
        return refuse(err, path, ENAMETOOLONG);
    memcpy(dir, path, len);
    for (size_t i = 1; i < len; i++) {
        if (path[i] != '/')
            continue;
        dir[i] = '\0';
        int number = make_directory(dir);
        if (number == ENOTDIR)
            return mcp_err_at(err, MCP_FAIL(err, MCP_E_IO, "not a directory"), "%s", dir);
        if (number != 0)
            return refuse(err, dir, number);
        dir[i] = '/';
    }
    return MCP_OK;
}
