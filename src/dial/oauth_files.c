/* SPDX-License-Identifier: MIT */
/* oauth_files.c - see oauth_files.h. Effect: files. */
#include "dial/oauth_files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "mcp/clock.h"
#include "oauth_client/oauth_record.h"

static enum mcp_code refuse(const char *path, int number, struct mcp_err *err) {
    enum mcp_code code = MCP_FAIL(err, MCP_E_IO, "%s", strerrordesc_np(number));
    if (err != NULL)
        err->os_errno = number;
    return mcp_err_at(err, code, "%s", path);
}

/* Whoever else may read it has our tokens; whoever may write it gives us theirs. */
static enum mcp_code check(const char *path, const struct stat *info, struct mcp_err *err) {
    if (info->st_uid == geteuid() && (info->st_mode & 077U) == 0)
        return MCP_OK;
    return mcp_err_at(err,
                      MCP_FAIL(err, MCP_E_DENIED,
                               "it must belong to this user and be closed to all others: "
                               "chmod go-rwx"),
                      "%s", path);
}

/* *out_exists is false when there is none. */
static enum mcp_code check_directory(const char *dir, bool *out_exists, struct mcp_err *err) {
    struct stat info;
    *out_exists = stat(dir, &info) == 0;
    if (!*out_exists)
        return errno == ENOENT ? MCP_OK : refuse(dir, errno, err);
    if (!S_ISDIR(info.st_mode))
        return refuse(dir, ENOTDIR, err);
    return check(dir, &info, err);
}

static enum mcp_code path_of(const char *dir, const char *issuer, const char *after,
                             char out[PATH_MAX], struct mcp_err *err) {
    char name[MCP_OAUTH_RECORD_NAME_BYTES];
    mcp_oauth_record_name(issuer, name);
    int len = snprintf(out, PATH_MAX, "%s/%s%s", dir, name, after);
    return len > 0 && len < PATH_MAX ? MCP_OK : refuse(dir, ENAMETOOLONG, err);
}

/* The file's text; *out_exists is false when there is none. */
static enum mcp_code read_file(const char *path, struct mcp_buf *text, bool *out_exists,
                               struct mcp_err *err) {
    struct stat info;
    *out_exists = lstat(path, &info) == 0;
    if (!*out_exists)
        return errno == ENOENT ? MCP_OK : refuse(path, errno, err);
    if (!S_ISREG(info.st_mode))
        return refuse(path, EINVAL, err);
    MCP_TRY(check(path, &info, err));
    return mcp_file_read(path, text, err);
}

enum mcp_code mcp_oauth_files_load(const char *dir, const char *issuer, json_t **out_record,
                                   struct mcp_err *err) {
    char path[PATH_MAX];
    bool exists = false;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(MCP_OAUTH_RECORD_MAX_BYTES);
    *out_record = NULL;
    if (dir == NULL)
        return MCP_OK;
    MCP_TRY(check_directory(dir, &exists, err));
    MCP_TRY(path_of(dir, issuer, "", path, err));
    if (exists)
        MCP_TRY(read_file(path, &text, &exists, err));
    if (!exists)
        return MCP_OK;
    return mcp_err_at(err, mcp_oauth_record_parse(mcp_buf_view(&text), issuer, out_record, err),
                      "%s", path);
}

static enum mcp_code make_directory(const char *dir, struct mcp_err *err) {
    bool exists = false;
    MCP_TRY(check_directory(dir, &exists, err));
    if (exists)
        return MCP_OK;
    MCP_TRY(mcp_file_make_parents(dir, err));
    /* made by another process meanwhile, which is as good once it is looked at */
    if (mkdir(dir, 0700) != 0 && errno != EEXIST)
        return refuse(dir, errno, err);
    return check_directory(dir, &exists, err);
}

static enum mcp_code save(const char *dir, const char *issuer, const json_t *record,
                          struct mcp_err *err) {
    char path[PATH_MAX];
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(MCP_OAUTH_RECORD_MAX_BYTES);
    MCP_TRY(path_of(dir, issuer, "", path, err));
    MCP_TRY(mcp_json_write_pretty(record, &text, err));
    return mcp_file_write_atomic(path, mcp_buf_view(&text), 0600, err);
}

/* --- one at a time ---------------------------------------------------------------------------- */

/* Beside the record, which is replaced: a lock on it would be on what is gone. Never removed, or
 * two could hold it. EXISTS when somebody else has it. */
static enum mcp_code try_lock(const char *path, int *out_lock, struct mcp_err *err) {
    int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock < 0)
        return refuse(path, errno, err);
    if (flock(lock, LOCK_EX | LOCK_NB) == 0) {
        *out_lock = lock;
        return MCP_OK;
    }
    int number = errno;
    (void)close(lock);
    if (number != EWOULDBLOCK && number != EINTR)
        return refuse(path, number, err);
    return mcp_err_at(err, MCP_FAIL(err, MCP_E_EXISTS, "somebody else is at it"), "%s", path);
}

static enum mcp_code wait_lock(const char *path, int *out_lock, struct mcp_err *err) {
    const struct timespec pause = {.tv_nsec = 2000000};
    uint64_t until_ms = mcp_clock_now_ms() + MCP_OAUTH_FILES_WAIT_MS;
    for (;;) {
        struct mcp_err why = {0};
        enum mcp_code code = try_lock(path, out_lock, &why);
        if (code == MCP_OK)
            return MCP_OK;
        if (code != MCP_E_EXISTS) {
            if (err != NULL)
                *err = why;
            return code;
        }
        if (mcp_clock_now_ms() >= until_ms)
            return mcp_err_at(err,
                              MCP_FAIL(err, MCP_E_TIMEOUT,
                                       "another process has it for more than %d ms",
                                       (int)MCP_OAUTH_FILES_WAIT_MS),
                              "%s", path);
        (void)nanosleep(&pause, NULL);
    }
}

void mcp_oauth_files_unlock(int lock) {
    if (lock >= 0)
        (void)close(lock);
}

enum mcp_code mcp_oauth_files_lock(const char *dir, const char *issuer, int *out_lock,
                                   struct mcp_err *err) {
    char path[PATH_MAX];
    bool exists = false;
    MCP_TRY(check_directory(dir, &exists, err));
    if (!exists) {
        *out_lock = -1;
        return MCP_OK;
    }
    MCP_TRY(path_of(dir, issuer, ".refresh", path, err));
    return try_lock(path, out_lock, err);
}

static enum mcp_code change(const char *dir, const char *issuer, const json_t *client,
                            const json_t *token, struct mcp_err *err) {
    MCP_AUTO(mcp_json_decref) json_t *record = NULL;
    MCP_TRY(mcp_oauth_files_load(dir, issuer, &record, err));
    if (record == NULL)
        MCP_TRY(mcp_oauth_record_new(issuer, &record, err));
    MCP_TRY(mcp_oauth_record_put(record, client, token, err));
    return save(dir, issuer, record, err);
}

enum mcp_code mcp_oauth_files_update(const char *dir, const char *issuer, const json_t *client,
                                     const json_t *token, struct mcp_err *err) {
    char path[PATH_MAX];
    int lock = -1;
    MCP_TRY(path_of(dir, issuer, ".lock", path, err));
    MCP_TRY(make_directory(dir, err));
    MCP_TRY(wait_lock(path, &lock, err));
    enum mcp_code code = change(dir, issuer, client, token, err);
    mcp_oauth_files_unlock(lock);
    return code;
}
