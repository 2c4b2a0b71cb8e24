/* SPDX-License-Identifier: MIT */
/* http_headers.c - see http_headers.h. Pure: no I/O, no clock, no log. */
#include "dial/http_headers.h"

#include <string.h>

#include "mcp/http_text.h"

enum { MAX_LINE_BYTES = 64 << 10 };

static enum mcp_code add_line(struct curl_slist **list, const char *line, struct mcp_err *err) {
    struct curl_slist *longer = curl_slist_append(*list, line);
    if (longer == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for a header");
    *list = longer;
    return MCP_OK;
}

static enum mcp_code add(struct curl_slist **list, const char *name, const char *value,
                         struct mcp_err *err) {
    if (value == NULL || value[0] == '\0')
        return MCP_OK;
    if (!mcp_http_value_is_safe(mcp_str_of(value)))
        return MCP_FAIL(err, MCP_E_INVALID, "a value for header \"%s\" that no header may have",
                        name);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf line = MCP_BUF_INIT(MAX_LINE_BYTES);
    mcp_buf_addf(&line, "%s: %s", name, value);
    MCP_TRY(mcp_buf_finish(&line, err));
    return add_line(list, line.data, err);
}

/* libcurl takes "Name:" as an order to leave a header out, and "Name;" as one without a value. */
static enum mcp_code add_whole(struct curl_slist **list, const char *line, struct mcp_err *err) {
    const char *value = strchr(line, ':');
    if (value == NULL || !mcp_http_value_is_safe(mcp_str_of(value)))
        return MCP_FAIL(err, MCP_E_INVALID, "a header that could split the request");
    if (value[1 + strspn(value + 1, " ")] != '\0')
        return add_line(list, line, err);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf empty = MCP_BUF_INIT(MAX_LINE_BYTES);
    mcp_buf_add(&empty, (struct mcp_str){line, (size_t)(value - line)});
    mcp_buf_addc(&empty, ';');
    MCP_TRY(mcp_buf_finish(&empty, err));
    return add_line(list, empty.data, err);
}

static enum mcp_code add_all(struct curl_slist **list, const char *const *lines,
                             struct mcp_err *err) {
    for (size_t i = 0; lines[i] != NULL; i++)
        MCP_TRY(add_whole(list, lines[i], err));
    return MCP_OK;
}

static enum mcp_code build(const struct mcp_target *target, const struct mcp_http_extra *extra,
                           struct curl_slist **list, struct mcp_err *err) {
    const char *const ours[][2] = {
        {"Content-Type", extra->has_body ? "application/json" : NULL},
        {"Accept", extra->accept},
        {"Mcp-Session-Id", extra->session_id},
        {"MCP-Protocol-Version", extra->version},
        {"Last-Event-ID", extra->last_id},
    };
    for (size_t i = 0; i < MCP_COUNT(ours); i++)
        MCP_TRY(add(list, ours[i][0], ours[i][1], err));
    if (extra->lines != NULL)
        MCP_TRY(add_all(list, extra->lines, err));
    return add_all(list, (const char *const *)target->headers, err);
}

static enum mcp_code add_token(struct curl_slist **list, const char *token, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf value = MCP_BUF_INIT(MAX_LINE_BYTES);
    if (token == NULL)
        return MCP_OK;
    mcp_buf_add(&value, MCP_STR("Bearer "));
    mcp_buf_add(&value, mcp_str_of(token));
    MCP_TRY(mcp_buf_finish(&value, err));
    return add(list, "Authorization", value.data, err);
}

enum mcp_code mcp_http_headers(const struct mcp_target *target, const struct mcp_http_extra *extra,
                               struct curl_slist **out_headers, struct mcp_err *err) {
    struct curl_slist *list = NULL;
    enum mcp_code code = add_line(&list, "Expect:", err); /* no round trip before a long body */
    if (code == MCP_OK)
        code = add_token(&list, extra->token, err);
    if (code == MCP_OK)
        code = build(target, extra, &list, err);
    if (code != MCP_OK)
        curl_slist_free_all(list);
    else
        *out_headers = list;
    return code;
}
