/* SPDX-License-Identifier: MIT */
/* target.c - see target.h. Pure but for the search of the program. */
#include "dial/target.h"

#include <string.h>

#include "dial/authorizer.h"
#include "dial/command.h"
#include "mcp/alloc.h"
#include "mcp/http_text.h"
#include "mcp/uri.h"

static enum mcp_code copy(const char *text, char **out, struct mcp_err *err) {
    if (text == NULL)
        return MCP_OK;
    *out = mcp_strdup(text);
    return *out != NULL ? MCP_OK : MCP_FAIL(err, MCP_E_NOMEM, "out of memory for a target");
}

/* Room for one more text than `texts` has, and the NULL. */
static enum mcp_code copy_all(const char *const *texts, size_t max, char ***out,
                              struct mcp_err *err) {
    size_t count = 0;
    while (texts != NULL && texts[count] != NULL)
        count++;
    if (count > max)
        return MCP_FAIL(err, MCP_E_INVALID, "%zu entries: at most %zu", count, max);
    *out = mcp_alloc((count + 2) * sizeof **out);
    if (*out == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for a target");
    for (size_t i = 0; i < count; i++)
        MCP_TRY(copy(texts[i], &(*out)[i], err));
    return MCP_OK;
}

static bool is_token(struct mcp_str name) {
    for (size_t i = 0; i < name.len; i++) {
        char byte = name.ptr[i];
        bool is_alnum = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                        (byte >= 'a' && byte <= 'z');
        if (!is_alnum && (byte == '\0' || strchr("!#$%&'*+-.^_`|~", byte) == NULL))
            return false;
    }
    return name.len > 0;
}

/* Set by the transport, or by libcurl for the message's framing. */
static bool is_reserved(struct mcp_str name) {
    static const char *const names[] = {"Accept",         "Connection",
                                        "Content-Length", "Content-Type",
                                        "Expect",         "Host",
                                        "Last-Event-ID",  "MCP-Protocol-Version",
                                        "Mcp-Session-Id", "TE",
                                        "Trailer",        "Transfer-Encoding",
                                        "Upgrade",        "Accept-Encoding"};
    for (size_t i = 0; i < MCP_COUNT(names); i++)
        if (mcp_http_equal_nocase(name, mcp_str_of(names[i])))
            return true;
    return false;
}

/* The value may be a secret: messages hold the name only. */
static enum mcp_code check_header(const char *line, struct mcp_err *err) {
    const char *colon = strchr(line, ':');
    struct mcp_str name = {line, colon != NULL ? (size_t)(colon - line) : 0};
    if (colon == NULL || !is_token(name))
        return MCP_FAIL(err, MCP_E_INVALID, "a header is not of the form \"Name: value\"");
    if (is_reserved(name))
        return MCP_FAIL(err, MCP_E_INVALID, "header \"%.*s\" is set by the transport",
                        (int)name.len, name.ptr);
    if (!mcp_http_value_is_safe(mcp_str_of(colon + 1)))
        return MCP_FAIL(err, MCP_E_INVALID,
                        "the value of header \"%.*s\" has a byte outside printable ASCII",
                        (int)name.len, name.ptr);
    return MCP_OK;
}

static enum mcp_code add_bearer(struct mcp_target *target, const char *bearer,
                                struct mcp_err *err) {
    size_t count = 0;
    while (target->headers[count] != NULL)
        count++;
    for (const char *at = bearer; *at != '\0'; at++)
        if (*at <= ' ' || *at > '~')
            return MCP_FAIL(err, MCP_E_INVALID,
                            "the token has a byte that no token has (is it a whole file with "
                            "line breaks inside?)");
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf line = MCP_BUF_INIT(64 << 10);
    mcp_buf_add(&line, MCP_STR("Authorization: Bearer "));
    mcp_buf_add(&line, mcp_str_of(bearer));
    MCP_TRY(mcp_buf_finish(&line, err));
    target->headers[count] = mcp_buf_take(&line, NULL);
    return MCP_OK;
}

static enum mcp_code check_url(struct mcp_str url, struct mcp_err *err) {
    struct mcp_uri uri;
    MCP_TRY(mcp_uri_parse(url, &uri, err));
    if (!mcp_http_equal_nocase(uri.scheme, MCP_STR("http")) &&
        !mcp_http_equal_nocase(uri.scheme, MCP_STR("https")))
        return MCP_FAIL(err, MCP_E_INVALID, "only http and https URLs are dialled");
    if (uri.host.len == 0)
        return MCP_FAIL(err, MCP_E_INVALID, "the URL names no host");
    if (uri.has_userinfo)
        return MCP_FAIL(err, MCP_E_INVALID,
                        "a user name in the URL: give credentials as a header or a token");
    if (uri.has_fragment)
        return MCP_FAIL(err, MCP_E_INVALID, "a fragment (#) in the URL has no meaning here");
    return MCP_OK;
}

static enum mcp_code take_headers(struct mcp_target *target, const struct mcp_dial_target *given,
                                  struct mcp_err *err) {
    MCP_TRY(copy_all(given->headers, MCP_TARGET_MAX_HEADERS, &target->headers, err));
    for (size_t i = 0; target->headers[i] != NULL; i++)
        MCP_TRY(check_header(target->headers[i], err));
    return given->bearer != NULL ? add_bearer(target, given->bearer, err) : MCP_OK;
}

static bool has_authorization(const struct mcp_dial_target *given) {
    for (size_t i = 0; given->headers != NULL && given->headers[i] != NULL; i++)
        if (mcp_http_equal_nocase(
                (struct mcp_str){given->headers[i], strcspn(given->headers[i], ":")},
                MCP_STR("Authorization")))
            return true;
    return given->bearer != NULL;
}

static enum mcp_code take_url(struct mcp_target *target, const struct mcp_dial_target *given,
                              struct mcp_err *err) {
    if (given->transport == MCP_DIAL_STDIO)
        return MCP_FAIL(err, MCP_E_INVALID, "stdio needs a command, not a URL");
    struct mcp_err why = {0};
    if (check_url(mcp_str_of(given->url), &why) != MCP_OK)
        return MCP_FAIL(err, MCP_E_INVALID, "%s%s%s", why.where, why.where[0] != '\0' ? ": " : "",
                        why.what);
    if (given->authorizer != NULL && has_authorization(given))
        return MCP_FAIL(err, MCP_E_INVALID, "a fixed token and an authorizer exclude each other");
    target->transport = given->transport;
    target->authorizer = mcp_authorizer_ref(given->authorizer);
    MCP_TRY(copy(given->url, &target->url, err));
    MCP_TRY(copy(given->url, &target->identity, err));
    MCP_TRY(copy(given->ca_file, &target->ca_file, err));
    return take_headers(target, given, err);
}

static enum mcp_code identify_command(struct mcp_target *target, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(SIZE_MAX / 2);
    mcp_buf_add(&text, mcp_str_of(target->program));
    for (size_t i = 1; target->argv[i] != NULL; i++)
        mcp_buf_addf(&text, "\n%s", target->argv[i]);
    MCP_TRY(mcp_buf_finish(&text, err));
    target->identity = mcp_buf_take(&text, NULL);
    return MCP_OK;
}

static enum mcp_code take_command(struct mcp_target *target, const struct mcp_dial_target *given,
                                  struct mcp_err *err) {
    if (given->transport != MCP_DIAL_STDIO && given->transport != MCP_DIAL_AUTO)
        return MCP_FAIL(err, MCP_E_INVALID, "this transport needs a URL, not a command");
    target->transport = MCP_DIAL_STDIO;
    MCP_TRY(copy_all(given->argv, MCP_TARGET_MAX_ARGS, &target->argv, err));
    MCP_TRY(copy_all(given->env, MCP_TARGET_MAX_ARGS, &target->env, err));
    for (size_t i = 0; target->env[i] != NULL; i++)
        if (strchr(target->env[i], '=') == NULL || target->env[i][0] == '=')
            return MCP_FAIL(err, MCP_E_INVALID, "an environment entry is not NAME=value");
    MCP_TRY(mcp_command_find(target->argv[0], &target->program, err));
    return identify_command(target, err);
}

static enum mcp_code take(struct mcp_target *target, const struct mcp_dial_target *given,
                          struct mcp_err *err) {
    bool has_command = given->argv != NULL && given->argv[0] != NULL;
    if ((given->url != NULL) == has_command)
        return MCP_FAIL(err, MCP_E_INVALID, "a target needs either a URL or a command");
    target->connect_timeout_ms =
        given->connect_timeout_ms != 0 ? given->connect_timeout_ms : MCP_TARGET_CONNECT_MS;
    target->max_message_bytes =
        given->max_message_bytes != 0 ? given->max_message_bytes : MCP_TARGET_MAX_MESSAGE_BYTES;
    return has_command ? take_command(target, given, err) : take_url(target, given, err);
}

enum mcp_code mcp_target_new(const struct mcp_dial_target *given, struct mcp_target **out_target,
                             struct mcp_err *err) {
    struct mcp_target *target = mcp_alloc(sizeof *target);
    if (target == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for a target");
    enum mcp_code code = take(target, given, err);
    if (code != MCP_OK)
        mcp_target_free(target);
    else
        *out_target = target;
    return code;
}

void mcp_target_free(struct mcp_target *target) {
    if (target == NULL)
        return;
    mcp_authorizer_free(target->authorizer);
    mcp_command_env_free(target->headers);
    mcp_command_env_free(target->env);
    mcp_command_env_free(target->argv);
    mcp_free(target->program);
    mcp_free(target->ca_file);
    mcp_free(target->identity);
    mcp_free(target->url);
    mcp_free(target);
}
