/* SPDX-License-Identifier: MIT */
/* tokens.c - see tokens.h. */
#include "serve/tokens.h"

#include <stdio.h>
#include <string.h>

#include "mcp/alloc.h"
#include "mcp/log.h"
#include "serve/private_file.h"

enum { MAX_FILE_BYTES = 1 << 20, MAX_GIVEN_NAME_BYTES = 16 };

static bool is_space(char byte) {
    return byte == ' ' || byte == '\t' || byte == '\r';
}

static char *trim(char *line) {
    while (is_space(*line))
        line++;
    char *end = line + strlen(line);
    while (end > line && is_space(end[-1]))
        *--end = '\0';
    return line;
}

static bool has_name(const struct serve_tokens *tokens, const char *name) {
    for (size_t i = 0; i < tokens->count; i++)
        if (strcmp(tokens->rows[i].name, name) == 0)
            return true;
    return false;
}

static enum mcp_code check_token(const char *token, struct mcp_err *err) {
    size_t len = strlen(token);
    if (len < SERVE_MIN_TOKEN_BYTES || len > SERVE_MAX_TOKEN_BYTES)
        return MCP_FAIL(err, MCP_E_SYNTAX, "a token of %zu bytes: expected %d to %d", len,
                        SERVE_MIN_TOKEN_BYTES, SERVE_MAX_TOKEN_BYTES);
    for (const char *at = token; *at != '\0'; at++)
        if (*at <= 0x20 || *at >= 0x7F)
            return MCP_FAIL(err, MCP_E_SYNTAX, "a token with a space or a byte outside ASCII");
    return MCP_OK;
}

/* `name:token`; a token may hold colons itself, a name may not. */
static enum mcp_code take_line(struct serve_tokens *tokens, char *line, char *spare_name,
                               struct mcp_err *err) {
    if (tokens->count == SERVE_MAX_TOKENS)
        return MCP_FAIL(err, MCP_E_LIMIT, "more than %d tokens", SERVE_MAX_TOKENS);
    char *colon = strchr(line, ':');
    const char *name = spare_name;
    const char *token = line;
    if (colon != NULL) {
        *colon = '\0';
        name = trim(line);
        token = trim(colon + 1);
    } else {
        (void)snprintf(spare_name, MAX_GIVEN_NAME_BYTES, "token%zu", tokens->count + 1);
    }
    if (strlen(name) > SERVE_MAX_NAME_BYTES)
        return MCP_FAIL(err, MCP_E_SYNTAX, "a name longer than %d bytes", SERVE_MAX_NAME_BYTES);
    if (name[0] == '\0')
        return MCP_FAIL(err, MCP_E_SYNTAX, "no name in front of the colon");
    if (has_name(tokens, name))
        return MCP_FAIL(err, MCP_E_SYNTAX, "the name \"%s\" is used twice", name);
    MCP_TRY(check_token(token, err));
    tokens->rows[tokens->count++] = (struct mcp_bearer){name, token};
    return MCP_OK;
}

static enum mcp_code take_lines(struct serve_tokens *tokens, char *text, char *spare_names,
                                struct mcp_err *err) {
    size_t number = 0;
    for (char *line = text; line != NULL; number++) {
        char *end = strchr(line, '\n');
        if (end != NULL)
            *end = '\0';
        char *word = trim(line);
        if (word[0] != '\0' && word[0] != '#') {
            enum mcp_code code = take_line(
                tokens, word, spare_names + tokens->count % SERVE_MAX_TOKENS * MAX_GIVEN_NAME_BYTES,
                err);
            if (code != MCP_OK)
                return mcp_err_at(err, code, "line %zu", number + 1);
        }
        line = end != NULL ? end + 1 : NULL;
    }
    return tokens->count > 0 ? MCP_OK : MCP_FAIL(err, MCP_E_SCHEMA, "no token in it");
}

enum mcp_code serve_tokens_parse(struct mcp_str text, struct serve_tokens *out_tokens,
                                 struct mcp_err *err) {
    static const size_t names_bytes = (size_t)SERVE_MAX_TOKENS * MAX_GIVEN_NAME_BYTES;
    MCP_AUTO(serve_tokens_deinit) struct serve_tokens tokens = {.count = 0};
    if (text.len > 0 && memchr(text.ptr, '\0', text.len) != NULL)
        return MCP_FAIL(err, MCP_E_SYNTAX, "a NUL byte in it");
    /* given names first, the file's text behind them */
    tokens.text = mcp_alloc(names_bytes + text.len + 1);
    if (tokens.text == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    if (text.len > 0)
        memcpy(tokens.text + names_bytes, text.ptr, text.len);
    MCP_TRY(take_lines(&tokens, tokens.text + names_bytes, tokens.text, err));
    *out_tokens = tokens;
    tokens.text = NULL;
    return MCP_OK;
}

void serve_tokens_deinit(struct serve_tokens *tokens) {
    mcp_free(tokens->text);
    tokens->text = NULL;
    tokens->count = 0;
}

static enum mcp_code read_file(const char *path, struct serve_tokens *out_tokens,
                               struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(MAX_FILE_BYTES);
    MCP_TRY(serve_private_file_read(path, &text, err));
    return serve_tokens_parse(mcp_buf_view(&text), out_tokens, err);
}

enum mcp_code serve_tokens_read(const char *path, struct serve_tokens *out_tokens,
                                struct mcp_err *err) {
    enum mcp_code code = read_file(path, out_tokens, err);
    if (code != MCP_OK)
        return mcp_err_at(err, code, "%s%s", path,
                          err != NULL && err->where[0] != '\0' ? ": " : "");
    for (size_t i = 0; i < out_tokens->count; i++)
        mcp_log_hide(out_tokens->rows[i].token);
    return MCP_OK;
}
