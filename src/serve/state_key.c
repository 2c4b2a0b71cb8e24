/* SPDX-License-Identifier: MIT */
/* state_key.c - see state_key.h. */
#include "serve/state_key.h"

#include <string.h>

#include "base/base64.h"
#include "serve/private_file.h"

enum { HEX_DIGITS = 2 * SERVE_STATE_KEY_BYTES, BASE64_DIGITS = 44, MAX_FILE_BYTES = 1024 };

static enum mcp_code refuse(struct mcp_err *err) {
    return MCP_FAIL(err, MCP_E_SYNTAX, "no key of 32 bytes: make one with: openssl rand -hex 32");
}

static struct mcp_str without_end(struct mcp_str text) {
    while (text.len > 0 && strchr(" \t\r\n", text.ptr[text.len - 1]) != NULL &&
           text.ptr[text.len - 1] != '\0')
        text.len--;
    return text;
}

static int digit_of(char byte) {
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    if (byte >= 'a' && byte <= 'f')
        return byte - 'a' + 10;
    return byte >= 'A' && byte <= 'F' ? byte - 'A' + 10 : -1;
}

static enum mcp_code take_hex(struct mcp_str text, unsigned char out[SERVE_STATE_KEY_BYTES],
                              struct mcp_err *err) {
    unsigned char key[SERVE_STATE_KEY_BYTES];
    for (size_t i = 0; i < SERVE_STATE_KEY_BYTES; i++) {
        int high = digit_of(text.ptr[2 * i]);
        int low = digit_of(text.ptr[2 * i + 1]);
        if (high < 0 || low < 0)
            return refuse(err);
        key[i] = (unsigned char)(high * 16 + low);
    }
    memcpy(out, key, sizeof key);
    return MCP_OK;
}

static enum mcp_code take_base64(struct mcp_str text, unsigned char out[SERVE_STATE_KEY_BYTES],
                                 struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf key = MCP_BUF_INIT(SERVE_STATE_KEY_BYTES + 1);
    enum mcp_code code = text.len == BASE64_DIGITS ? mcp_base64_decode(&key, text, NULL)
                                                   : mcp_base64url_decode(&key, text, NULL);
    if (code == MCP_E_NOMEM)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    if (code != MCP_OK || key.len != SERVE_STATE_KEY_BYTES)
        return refuse(err);
    memcpy(out, key.data, SERVE_STATE_KEY_BYTES);
    return MCP_OK;
}

enum mcp_code serve_state_key_parse(struct mcp_str text,
                                    unsigned char out_key[SERVE_STATE_KEY_BYTES],
                                    struct mcp_err *err) {
    if (text.len == SERVE_STATE_KEY_BYTES) {
        memcpy(out_key, text.ptr, SERVE_STATE_KEY_BYTES);
        return MCP_OK;
    }
    struct mcp_str word = without_end(text);
    if (word.len == HEX_DIGITS)
        return take_hex(word, out_key, err);
    if (word.len == BASE64_DIGITS || word.len == BASE64_DIGITS - 1)
        return take_base64(word, out_key, err);
    return refuse(err);
}

enum mcp_code serve_state_key_read(const json_t *settings,
                                   unsigned char out_key[SERVE_STATE_KEY_BYTES], bool *out_has_key,
                                   struct mcp_err *err) {
    const char *path = json_string_value(json_object_get(settings, "state_key_file"));
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(MAX_FILE_BYTES);
    *out_has_key = path != NULL;
    if (path == NULL)
        return MCP_OK;
    enum mcp_code code = serve_private_file_read(path, &text, err);
    if (code == MCP_OK)
        code = serve_state_key_parse(mcp_buf_view(&text), out_key, err);
    return code == MCP_OK ? MCP_OK : mcp_err_at(err, code, "%s", path);
}
