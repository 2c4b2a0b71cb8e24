/* SPDX-License-Identifier: MIT */
/* oauth_files.c - see oauth_files.h. Effect: files. */
#include "dial/oauth_files.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
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

static enum mcp_code path_of(const char *dir, const char *issuer, char out[PATH_MAX],
                             struct mcp_err *err) {
    char name[MCP_OAUTH_RECORD_NAME_BYTES];
    mcp_oauth_record_name(issuer, name);
    int len = snprintf(out, PATH_MAX, "%s/%s", dir, name);
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
    MCP_TRY(path_of(dir, issuer, path, err));
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
    return mkdir(dir, 0700) == 0 ? MCP_OK : refuse(dir, errno, err);
}

enum mcp_code mcp_oauth_files_save(const char *dir, const char *issuer, const json_t *record,
                                   struct mcp_err *err) {
    char path[PATH_MAX];
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(MCP_OAUTH_RECORD_MAX_BYTES);
    MCP_TRY(path_of(dir, issuer, path, err));
    MCP_TRY(make_directory(dir, err));
    MCP_TRY(mcp_json_write_pretty(record, &text, err));
    return mcp_file_write_atomic(path, mcp_buf_view(&text), 0600, err);
}
