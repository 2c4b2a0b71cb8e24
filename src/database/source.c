/* SPDX-License-Identifier: MIT */
/* source.c - see source.h. Effect: reads the password file. */
#include "database/source.h"

#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "database/postgres_url.h"
#include "program/conf_env.h"

enum { MAX_PASSWORD_BYTES = 1024 };

static const char *text_of(const json_t *settings, const char *key) {
    return json_string_value(json_object_get(settings, key));
}

bool database_source_is_postgres(const json_t *settings) {
    return text_of(settings, "database_url") != NULL;
}

void database_source_name(const json_t *settings, struct mcp_buf *out) {
    if (database_source_is_postgres(settings))
        database_url_mask(mcp_str_of(text_of(settings, "database_url")), out);
    else
        mcp_buf_add(out, mcp_str_of(text_of(settings, "database_path")));
}

/* Everybody on the machine may read a command line. */
static enum mcp_code check_words(const char *url, const struct database_surroundings *around,
                                 struct mcp_err *err) {
    for (int i = 0; i < around->argc; i++)
        if (strstr(around->argv[i], url) != NULL && database_url_has_password(mcp_str_of(url)))
            return MCP_FAIL(err, MCP_E_DENIED,
                            "the database URL holds a password, and a command line can be read by "
                            "every user: put it into DATABASE_URL, .env or a password file");
    return MCP_OK;
}

static enum mcp_code read_password(const char *path, struct mcp_buf *out, struct mcp_err *err) {
    struct stat info;
    if (stat(path, &info) == 0 && S_ISREG(info.st_mode) && (info.st_mode & 077) != 0)
        return mcp_err_at(err,
                          MCP_FAIL(err, MCP_E_DENIED,
                                   "others may read it (mode %03o); run: chmod 600 on it",
                                   (unsigned)info.st_mode & 0777U),
                          "%s", path);
    MCP_TRY(mcp_file_read(path, out, err));
    size_t len = 0;
    while (len < out->len && strchr("\r\n", out->data[len]) == NULL)
        len++;
    if (len == 0 || mcp_buf_finish(out, err) != MCP_OK)
        return mcp_err_at(err, MCP_FAIL(err, MCP_E_INVALID, "no password in its first line"), "%s",
                          path);
    out->data[len] = '\0';
    out->len = len;
    return MCP_OK;
}

static enum mcp_code set(json_t *configuration, const char *key, const char *value,
                         struct mcp_err *err) {
    if (value == NULL || json_object_set_new(configuration, key, json_string(value)) == 0)
        return MCP_OK;
    return MCP_FAIL(err, MCP_E_INVALID, "the %s is not UTF-8", key);
}

static enum mcp_code read_url(const char *given, const struct database_surroundings *around,
                              struct mcp_buf *out, struct mcp_err *err) {
    MCP_TRY(database_url_check(mcp_str_of(given), err));
    MCP_TRY(check_words(given, around, err));
    return database_url_expand(mcp_str_of(given), around->envp, out, err);
}

static enum mcp_code set_postgres(const json_t *settings,
                                  const struct database_surroundings *around, json_t *configuration,
                                  struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf url = MCP_BUF_INIT(DATABASE_URL_MAX_BYTES);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf password = MCP_BUF_INIT(MAX_PASSWORD_BYTES);
    const char *given = text_of(settings, "database_url");
    const char *path = text_of(settings, "database_password_file");
    MCP_TRY(read_url(given, around, &url, err));
    if (path != NULL)
        MCP_TRY(read_password(path, &password, err));
    MCP_TRY(set(configuration, "url", url.data, err));
    MCP_TRY(set(configuration, "passfile", mcp_env_get(around->envp, MCP_STR("PGPASSFILE")), err));
    return set(configuration, "password", password.data, err);
}

enum mcp_code database_source_configure(const json_t *settings,
                                        const struct database_surroundings *around,
                                        json_t **out_configuration, struct mcp_err *err) {
    json_t *configuration MCP_AUTO(mcp_json_decref) = json_pack(
        "{s:{s:O, s:O, s:O, s:O}, s:O*, s:O*, s:O*}", "limits", "max_query_bytes",
        json_object_get(settings, "max_query_length"), "max_rows",
        json_object_get(settings, "max_result_rows"), "max_result_bytes",
        json_object_get(settings, "max_result_bytes"), "deadline_ms",
        json_object_get(settings, "query_timeout_ms"), "allow", json_object_get(settings, "allow"),
        "deny", json_object_get(settings, "deny"), "mask", json_object_get(settings, "mask"));
    if (configuration == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    if (database_source_is_postgres(settings))
        MCP_TRY(set_postgres(settings, around, configuration, err));
    else
        MCP_TRY(set(configuration, "path", text_of(settings, "database_path"), err));
    *out_configuration = MCP_TAKE(configuration);
    return MCP_OK;
}
