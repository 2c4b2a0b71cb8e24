/* SPDX-License-Identifier: MIT */
/* conf_env.c - see conf_env.h. Pure: no I/O, no clock, no log. */
#include "program/conf_env.h"

#include <string.h>

#include "mcp/utf8.h"

static bool is_name_start(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

size_t mcp_env_name_len(struct mcp_str text) {
    size_t len = 0;
    while (len < text.len && (is_name_start(text.ptr[len]) ||
                              (len > 0 && text.ptr[len] >= '0' && text.ptr[len] <= '9')))
        len++;
    return len;
}

const char *mcp_env_get(char *const *envp, struct mcp_str name) {
    for (; envp != NULL && *envp != NULL; envp++)
        if (strncmp(*envp, name.ptr, name.len) == 0 && (*envp)[name.len] == '=')
            return *envp + name.len + 1;
    return NULL;
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

static struct mcp_str drop(struct mcp_str text, size_t count) {
    return (struct mcp_str){text.ptr + count, text.len - count};
}

static struct mcp_str skip_blanks(struct mcp_str text) {
    size_t at = 0;
    while (at < text.len && is_blank(text.ptr[at]))
        at++;
    return drop(text, at);
}

static struct mcp_str skip_export(struct mcp_str line) {
    bool is_export = line.len > 7 && memcmp(line.ptr, "export", 6) == 0 && is_blank(line.ptr[6]);
    return is_export ? skip_blanks(drop(line, 6)) : line;
}

static enum mcp_code expect_end(struct mcp_str rest, struct mcp_err *err) {
    struct mcp_str tail = skip_blanks(rest);
    if (tail.len > 0 && !(tail.ptr[0] == '#' && tail.len < rest.len))
        return MCP_FAIL(err, MCP_E_SYNTAX, "expected a comment or nothing after the closing quote");
    return MCP_OK;
}

static enum mcp_code add_escape(char c, struct mcp_buf *out, struct mcp_err *err) {
    switch (c) {
    case 'n':
        mcp_buf_addc(out, '\n');
        return MCP_OK;
    case 't':
        mcp_buf_addc(out, '\t');
        return MCP_OK;
    case 'r':
        mcp_buf_addc(out, '\r');
        return MCP_OK;
    case '"':
    case '\\':
    case '$':
        mcp_buf_addc(out, c);
        return MCP_OK;
    default:
        return MCP_FAIL(err, MCP_E_SYNTAX,
                        "unknown escape: in double quotes a backslash stands before n, t, r, \", "
                        "\\ or $");
    }
}

/* `text` begins after the quote. */
static enum mcp_code take_quoted(struct mcp_str text, char quote, struct mcp_buf *out,
                                 struct mcp_err *err) {
    for (size_t at = 0; at < text.len; at++) {
        if (text.ptr[at] == quote)
            return expect_end(drop(text, at + 1), err);
        if (quote == '"' && text.ptr[at] == '\\' && at + 1 < text.len)
            MCP_TRY(add_escape(text.ptr[++at], out, err));
        else
            mcp_buf_addc(out, text.ptr[at]);
    }
    return MCP_FAIL(err, MCP_E_SYNTAX, "the closing %c is missing on this line", quote);
}

static void take_bare(struct mcp_str text, struct mcp_buf *out) {
    size_t end = 0;
    while (end < text.len && !(text.ptr[end] == '#' && (end == 0 || is_blank(text.ptr[end - 1]))))
        end++;
    while (end > 0 && is_blank(text.ptr[end - 1]))
        end--;
    mcp_buf_add(out, (struct mcp_str){text.ptr, end});
}

static enum mcp_code store(struct mcp_str name, struct mcp_str value, size_t line, json_t *env,
                           struct mcp_err *err) {
    json_t *entry = json_pack("{s:s%, s:I}", "value", value.len > 0 ? value.ptr : "", value.len,
                              "line", (json_int_t)line);
    if (entry == NULL || json_object_setn_new(env, name.ptr, name.len, entry) != 0)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    return MCP_OK;
}

static enum mcp_code take_assignment(struct mcp_str line, size_t number, json_t *env,
                                     struct mcp_err *err) {
    struct mcp_str name = {line.ptr, mcp_env_name_len(line)};
    struct mcp_str rest = skip_blanks(drop(line, name.len));
    if (name.len == 0 || rest.len == 0 || rest.ptr[0] != '=')
        return MCP_FAIL(err, MCP_E_SYNTAX, "expected NAME=value");
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf value = MCP_BUF_INIT(MCP_DOTENV_MAX_BYTES);
    rest = skip_blanks(drop(rest, 1));
    if (rest.len > 0 && (rest.ptr[0] == '"' || rest.ptr[0] == '\''))
        MCP_TRY(take_quoted(drop(rest, 1), rest.ptr[0], &value, err));
    else
        take_bare(rest, &value);
    MCP_TRY(mcp_buf_finish(&value, err));
    return store(name, mcp_buf_view(&value), number, env, err);
}

static enum mcp_code take_line(struct mcp_str raw, size_t number, json_t *env,
                               struct mcp_err *err) {
    if (mcp_utf8_valid_prefix(raw) < raw.len)
        return MCP_FAIL(err, MCP_E_SYNTAX, "invalid UTF-8");
    if (raw.len > 0 && memchr(raw.ptr, '\0', raw.len) != NULL)
        return MCP_FAIL(err, MCP_E_SYNTAX, "a NUL byte");
    struct mcp_str line = skip_blanks(raw);
    if (line.len == 0 || line.ptr[0] == '#')
        return MCP_OK;
    return take_assignment(skip_export(line), number, env, err);
}

enum mcp_code mcp_dotenv_parse(struct mcp_str text, const char *name, json_t **out_env,
                               struct mcp_err *err) {
    if (text.len > MCP_DOTENV_MAX_BYTES)
        return mcp_err_at(err,
                          MCP_FAIL(err, MCP_E_LIMIT, "more than %d bytes", MCP_DOTENV_MAX_BYTES),
                          "%s", name);
    json_auto_t *env = json_object();
    if (env == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    size_t at = text.len >= 3 && memcmp(text.ptr, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    for (size_t number = 1; at < text.len; number++) {
        const char *end = memchr(text.ptr + at, '\n', text.len - at);
        size_t len = end != NULL ? (size_t)(end - text.ptr) - at : text.len - at;
        bool has_cr = len > 0 && text.ptr[at + len - 1] == '\r';
        enum mcp_code code =
            take_line((struct mcp_str){text.ptr + at, len - has_cr}, number, env, err);
        if (code != MCP_OK)
            return mcp_err_at(err, code, "%s line %zu", name, number);
        at += len + 1;
    }
    *out_env = MCP_TAKE(env);
    return MCP_OK;
}
