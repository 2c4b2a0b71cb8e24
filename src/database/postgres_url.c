/* SPDX-License-Identifier: MIT */
/* postgres_url.c - see postgres_url.h. Pure: no I/O, no clock, no log. */
#include "database/postgres_url.h"

#include <string.h>

#include "program/conf_env.h"

static const struct mcp_str hidden = {"***", 3};

static bool begins_with(struct mcp_str text, size_t at, const char *word) {
    size_t len = strlen(word);
    return text.len - at >= len && memcmp(text.ptr + at, word, len) == 0;
}

static size_t scheme_len(struct mcp_str url) {
    if (begins_with(url, 0, "postgresql://"))
        return strlen("postgresql://");
    return begins_with(url, 0, "postgres://") ? strlen("postgres://") : 0;
}

/* Offset of the first of `bytes` from `at`, else the end. */
static size_t find(struct mcp_str url, size_t at, const char *bytes) {
    while (at < url.len && strchr(bytes, url.ptr[at]) == NULL)
        at++;
    return at;
}

/* The engine's library ends the user and password at the last "@" before "/" or "?". */
static void user_part(struct mcp_str url, size_t *out_password, size_t *out_end) {
    size_t begin = scheme_len(url);
    size_t end = find(url, begin, "/?");
    size_t at = end;
    while (at > begin && url.ptr[at - 1] != '@')
        at--;
    *out_end = at > begin ? at - 1 : begin;
    *out_password = find((struct mcp_str){url.ptr, *out_end}, begin, ":");
}

/* The next `password=` parameter's value from `at`; false when there is none. */
static bool next_parameter(struct mcp_str url, size_t at, size_t *out_begin, size_t *out_end) {
    static const char *const names[] = {"password=", "sslpassword="};
    for (at = find(url, at, "?&"); at < url.len; at = find(url, at + 1, "?&"))
        for (size_t i = 0; i < MCP_COUNT(names); i++)
            if (begins_with(url, at + 1, names[i])) {
                *out_begin = at + 1 + strlen(names[i]);
                *out_end = find(url, *out_begin, "&");
                return true;
            }
    return false;
}

enum mcp_code database_url_check(struct mcp_str url, struct mcp_err *err) {
    if (url.len > DATABASE_URL_MAX_BYTES)
        return MCP_FAIL(err, MCP_E_LIMIT, "the database URL is longer than %d bytes",
                        DATABASE_URL_MAX_BYTES);
    if (scheme_len(url) == 0)
        return MCP_FAIL(err, MCP_E_INVALID,
                        "the database URL begins neither with postgresql:// nor with postgres://; "
                        "a SQLite file is DATABASE_PATH");
    for (size_t i = 0; i < url.len; i++)
        if ((unsigned char)url.ptr[i] <= ' ' || url.ptr[i] == '\x7f')
            return MCP_FAIL(err, MCP_E_INVALID,
                            "the database URL holds a blank or a control character at byte %zu; "
                            "write it percent-encoded",
                            i + 1);
    return MCP_OK;
}

bool database_url_has_password(struct mcp_str url) {
    size_t begin = 0;
    size_t end = 0;
    user_part(url, &begin, &end);
    return begin + 1 < end || next_parameter(url, end, &begin, &end);
}

void database_url_mask(struct mcp_str url, struct mcp_buf *out) {
    size_t begin = 0;
    size_t end = 0;
    size_t at = 0;
    user_part(url, &begin, &end);
    if (begin < end) {
        mcp_buf_add(out, (struct mcp_str){url.ptr, begin + 1});
        mcp_buf_add(out, hidden);
        at = end;
    }
    size_t from = end;
    while (next_parameter(url, from, &begin, &end)) {
        mcp_buf_add(out, (struct mcp_str){url.ptr + at, begin - at});
        mcp_buf_add(out, hidden);
        at = end;
        from = end;
    }
    mcp_buf_add(out, (struct mcp_str){url.ptr + at, url.len - at});
}

static void add_encoded(struct mcp_buf *out, const char *value) {
    for (; *value != '\0'; value++) {
        unsigned char byte = (unsigned char)*value;
        bool is_plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                        (byte >= '0' && byte <= '9') || strchr("-._~", byte) != NULL;
        if (is_plain)
            mcp_buf_addc(out, *value);
        else
            mcp_buf_addf(out, "%%%02X", byte);
    }
}

/* What stands at `at` is "${"; *out_end is past its brace. */
static enum mcp_code add_variable(struct mcp_str url, size_t at, char *const *envp,
                                  struct mcp_buf *out, size_t *out_end, struct mcp_err *err) {
    struct mcp_str name = {url.ptr + at + 2, url.len - at - 2};
    name.len = mcp_env_name_len(name);
    size_t end = at + 2 + name.len;
    if (name.len == 0 || end == url.len || url.ptr[end] != '}')
        return MCP_FAIL(err, MCP_E_SYNTAX,
                        "the database URL holds \"${\" without a name and \"}\"");
    const char *value = mcp_env_get(envp, name);
    if (value == NULL)
        return MCP_FAIL(err, MCP_E_NOT_FOUND,
                        "the database URL names the variable \"%.*s\", which is not set",
                        (int)(name.len < 64 ? name.len : 64), name.ptr);
    add_encoded(out, value);
    *out_end = end + 1;
    return MCP_OK;
}

enum mcp_code database_url_expand(struct mcp_str url, char *const *envp, struct mcp_buf *out,
                                  struct mcp_err *err) {
    for (size_t at = 0; at < url.len;) {
        if (begins_with(url, at, "$${")) {
            mcp_buf_add(out, MCP_STR("${"));
            at += 3;
        } else if (begins_with(url, at, "${")) {
            MCP_TRY(add_variable(url, at, envp, out, &at, err));
        } else {
            mcp_buf_addc(out, url.ptr[at++]);
        }
    }
    return mcp_buf_finish(out, err);
}
