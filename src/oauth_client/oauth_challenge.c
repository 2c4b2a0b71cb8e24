/* SPDX-License-Identifier: MIT */
/* oauth_challenge.c - see oauth_challenge.h. Pure: no I/O, no clock, no log. */
#include "oauth_client/oauth_challenge.h"

#include <string.h>

#include "mcp/alloc.h"
#include "mcp/http_text.h"

struct reader {
    struct mcp_str text;
    size_t at;
};

static bool is_token_byte(char byte) {
    bool is_alnum = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                    (byte >= 'a' && byte <= 'z');
    return is_alnum || (byte != '\0' && strchr("!#$%&'*+-.^_`|~", byte) != NULL);
}

static char peek(const struct reader *reader) {
    if (reader->at == reader->text.len)
        return '\0';
    return reader->text.ptr[reader->at];
}

static void skip(struct reader *reader, const char *bytes) {
    while (reader->at < reader->text.len && strchr(bytes, peek(reader)) != NULL &&
           peek(reader) != '\0')
        reader->at++;
}

static struct mcp_str take_token(struct reader *reader) {
    size_t from = reader->at;
    while (is_token_byte(peek(reader)))
        reader->at++;
    return (struct mcp_str){reader->text.ptr + from, reader->at - from};
}

/* After the opening quote; false without a closing one. */
static bool take_quoted(struct reader *reader, struct mcp_buf *out) {
    while (reader->at < reader->text.len) {
        char byte = reader->text.ptr[reader->at++];
        if (byte == '"')
            return true;
        if (byte == '\\' && reader->at < reader->text.len)
            byte = reader->text.ptr[reader->at++];
        mcp_buf_addc(out, byte);
    }
    return false;
}

/* "=" value, after the name; false when that is not what follows. */
static bool take_value(struct reader *reader, struct mcp_buf *out) {
    skip(reader, " \t");
    if (peek(reader) != '=')
        return false;
    reader->at++;
    skip(reader, " \t");
    if (peek(reader) == '"') {
        reader->at++;
        return take_quoted(reader, out);
    }
    struct mcp_str token = take_token(reader);
    mcp_buf_add(out, token);
    return token.len > 0;
}

static char lower(char byte) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
    if (byte < 'A' || byte > 'Z')
        return byte;
    return letters[byte - 'A'];
}

static enum mcp_code keep(json_t *parameters, struct mcp_str name, const struct mcp_buf *value,
                          struct mcp_err *err) {
    char key[64];
    if (name.len >= sizeof key ||
        json_object_size(parameters) >= MCP_OAUTH_CHALLENGE_MAX_PARAMETERS)
        return MCP_OK;
    for (size_t i = 0; i < name.len; i++)
        key[i] = lower(name.ptr[i]);
    key[name.len] = '\0';
    if (json_object_get(parameters, key) != NULL)
        return MCP_OK;
    size_t refused = mcp_alloc_refusals();
    struct mcp_str bytes = mcp_buf_view(value);
    json_t *text = json_stringn(bytes.len > 0 ? bytes.ptr : "", bytes.len);
    if (text == NULL && mcp_alloc_refusals() == refused)
        return MCP_OK; /* not UTF-8: nothing that could be used */
    if (text == NULL || json_object_set_new(parameters, key, text) != 0)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for a challenge");
    return MCP_OK;
}

/* One "name=value", or the next challenge's scheme (in *out_scheme). False at the end, or where it
 * is malformed. */
static bool take_item(struct reader *reader, struct mcp_str *out_name, struct mcp_str *out_scheme,
                      struct mcp_buf *value) {
    skip(reader, " \t,");
    struct mcp_str token = take_token(reader);
    if (token.len == 0)
        return false;
    size_t after = reader->at;
    mcp_buf_clear(value);
    *out_name = token;
    out_scheme->len = 0;
    if (take_value(reader, value))
        return true;
    reader->at = after;
    *out_scheme = token;
    return peek(reader) == ' ' || peek(reader) == ',' || reader->at == reader->text.len;
}

/* Those of the first Bearer challenge, into `parameters`. */
static enum mcp_code collect(struct mcp_str header, json_t *parameters, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf value = MCP_BUF_INIT(MCP_OAUTH_CHALLENGE_MAX_BYTES);
    struct reader reader = {header, 0};
    struct mcp_str name = {NULL, 0};
    struct mcp_str scheme = {NULL, 0};
    bool is_bearer = false;
    while (take_item(&reader, &name, &scheme, &value)) {
        MCP_TRY(mcp_buf_finish(&value, err));
        if (scheme.len > 0 && is_bearer)
            return MCP_OK;
        if (scheme.len > 0)
            is_bearer = mcp_http_equal_nocase(scheme, MCP_STR("Bearer"));
        else if (is_bearer)
            MCP_TRY(keep(parameters, name, &value, err));
    }
    return MCP_OK;
}

enum mcp_code mcp_oauth_challenge_parse(struct mcp_str header, json_t **out_parameters,
                                        struct mcp_err *err) {
    MCP_AUTO(mcp_json_decref) json_t *parameters = json_object();
    if (parameters == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for a challenge");
    if (header.len <= MCP_OAUTH_CHALLENGE_MAX_BYTES)
        MCP_TRY(collect(header, parameters, err));
    *out_parameters = MCP_TAKE(parameters);
    return MCP_OK;
}
