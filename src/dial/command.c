/* SPDX-License-Identifier: MIT */
/* command.c - see command.h. Effect: reads the environment and looks at files. */
#include "dial/command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mcp/alloc.h"
#include "mcp/buf.h"

enum { MAX_PATH_BYTES = 4096 };

static enum mcp_code check(const char *path, struct mcp_err *err) {
    struct stat info;
    if (stat(path, &info) != 0)
        return MCP_FAIL(err, errno == ENOENT || errno == ENOTDIR ? MCP_E_NOT_FOUND : MCP_E_DENIED,
                        "%s", strerrordesc_np(errno));
    if (!S_ISREG(info.st_mode))
        return MCP_FAIL(err, MCP_E_DENIED, "not a program: it is not a regular file");
    if (access(path, X_OK) != 0)
        return MCP_FAIL(err, MCP_E_DENIED, "not executable");
    if ((info.st_mode & S_IWOTH) != 0)
        return MCP_FAIL(err, MCP_E_DENIED, "everybody may change this program: chmod o-w it first");
    return MCP_OK;
}

static enum mcp_code try_directory(struct mcp_str directory, const char *name, char **out_path,
                                   struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf path = MCP_BUF_INIT(MAX_PATH_BYTES);
    mcp_buf_add(&path, directory);
    mcp_buf_addf(&path, "/%s", name);
    MCP_TRY(mcp_buf_finish(&path, err));
    enum mcp_code code = check(path.data, err);
    if (code == MCP_OK)
        *out_path = mcp_buf_take(&path, NULL);
    return code;
}

/* Relative entries of PATH are passed over, as are files that are not programs. */
static enum mcp_code search(const char *name, char **out_path, struct mcp_err *err) {
    const char *path = getenv("PATH"); /* NOLINT(concurrency-mt-unsafe): nobody sets it */
    struct mcp_str left = mcp_str_of(path != NULL ? path : "/usr/local/bin:/usr/bin:/bin");
    while (left.len > 0) {
        const char *colon = memchr(left.ptr, ':', left.len);
        struct mcp_str entry = {left.ptr, colon != NULL ? (size_t)(colon - left.ptr) : left.len};
        struct mcp_err why = {0};
        if (entry.len > 0 && entry.ptr[0] == '/' &&
            try_directory(entry, name, out_path, &why) == MCP_OK)
            return MCP_OK;
        if (why.code == MCP_E_NOMEM)
            return MCP_FAIL(err, why.code, "%s", why.what);
        size_t used = entry.len + (colon != NULL);
        left = (struct mcp_str){left.ptr + used, left.len - used};
    }
    return MCP_FAIL(err, MCP_E_NOT_FOUND, "no such program in any directory of PATH");
}

static enum mcp_code find(const char *name, char **out_path, struct mcp_err *err) {
    if (name[0] == '\0')
        return MCP_FAIL(err, MCP_E_INVALID, "the command is empty");
    if (strchr(name, '/') == NULL)
        return search(name, out_path, err);
    if (name[0] != '/')
        return MCP_FAIL(err, MCP_E_INVALID,
                        "a relative path: write the absolute one, or a name that is in PATH");
    MCP_TRY(check(name, err));
    char *copy = mcp_strdup(name);
    if (copy == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for a path");
    *out_path = copy;
    return MCP_OK;
}

enum mcp_code mcp_command_find(const char *name, char **out_path, struct mcp_err *err) {
    enum mcp_code code = find(name, out_path, err);
    return mcp_err_at(err, code, "command \"%.100s\"", name);
}

static const char *const inherited[] = {"HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER"};

static bool has_name(const char *entry, const char *name) {
    size_t len = strlen(name);
    return strncmp(entry, name, len) == 0 && entry[len] == '=';
}

static bool is_given(char *const *added, const char *name) {
    for (size_t i = 0; added != NULL && added[i] != NULL; i++)
        if (has_name(added[i], name))
            return true;
    return false;
}

static bool put(char **env, size_t *count, const char *name, const char *value) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf entry = MCP_BUF_INIT(1 << 20);
    mcp_buf_add(&entry, mcp_str_of(name));
    if (value != NULL)
        mcp_buf_addf(&entry, "=%s", value);
    if (mcp_buf_finish(&entry, NULL) != MCP_OK)
        return false;
    env[(*count)++] = mcp_buf_take(&entry, NULL);
    return true;
}

enum mcp_code mcp_command_env(char *const *added, char ***out_env, struct mcp_err *err) {
    size_t added_count = 0;
    while (added != NULL && added[added_count] != NULL)
        added_count++;
    size_t count = 0;
    char **env = mcp_alloc((MCP_COUNT(inherited) + added_count + 1) * sizeof *env);
    bool is_good = env != NULL;
    for (size_t i = 0; is_good && i < MCP_COUNT(inherited); i++) {
        const char *value = getenv(inherited[i]); /* NOLINT(concurrency-mt-unsafe) */
        if (value != NULL && !is_given(added, inherited[i]))
            is_good = put(env, &count, inherited[i], value);
    }
    for (size_t i = 0; is_good && i < added_count; i++)
        is_good = put(env, &count, added[i], NULL);
    if (!is_good) {
        mcp_command_env_free(env);
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for an environment");
    }
    *out_env = env;
    return MCP_OK;
}

void mcp_command_env_free(char **env) {
    for (size_t i = 0; env != NULL && env[i] != NULL; i++)
        mcp_free(env[i]);
    mcp_free(env);
}
