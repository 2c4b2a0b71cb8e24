/* SPDX-License-Identifier: MIT */
/* auth.c - see auth.h. Effect: reads files of secrets. */
#include "orchestrator/auth.h"

#include <string.h>
#include <sys/stat.h>

#include "program/secret_file.h"

static const char *text_at(const struct orch_server *server, const char *key) {
    return json_string_value(json_object_get(server->auth, key));
}

static enum mcp_code make_authorizer(struct orch_auth *auth, struct mcp_loop *loop,
                                     const struct orch_server *server, const char *secret,
                                     const char *key, struct mcp_err *err) {
    const char *grant = text_at(server, "grant");
    bool is_alone = grant != NULL && strcmp(grant, "client_credentials") == 0;
    bool is_headless = json_is_true(json_object_get(server->auth, "headless"));
    const struct mcp_authorizer_options options = {
        .grant = is_alone ? MCP_AUTHORIZER_CLIENT : MCP_AUTHORIZER_CODE,
        .server_url = server->url,
        .issuer = text_at(server, "issuer"),
        .client_id = text_at(server, "client_id"),
        .client_secret = secret,
        .client_key = key,
        .client_id_url = text_at(server, "client_id_url"),
        .client_name = "mcp-orchestrator",
        .redirect_uri = text_at(server, "redirect_uri"),
        .scope = text_at(server, "scope"),
        .store_dir = text_at(server, "store"),
        .on_url = is_headless ? NULL : auth->on_url,
        .user = auth->user,
    };
    return mcp_authorizer_new(loop, &options, &auth->authorizer, err);
}

/* Whoever may read it can be this client for ever. */
static enum mcp_code read_key(const char *path, struct mcp_buf *out, struct mcp_err *err) {
    struct stat info;
    if (stat(path, &info) == 0 && (info.st_mode & 077U) != 0)
        return mcp_err_at(
            err, MCP_FAIL(err, MCP_E_DENIED, "it must be closed to all others: chmod go-rwx"), "%s",
            path);
    return mcp_secret_file_read(path, out, err);
}

enum mcp_code orch_auth_prepare(struct orch_auth *auth, struct mcp_loop *loop,
                                const struct orch_server *server, struct mcp_err *err) {
    const char *token_file = text_at(server, "token_file");
    const char *secret_file = text_at(server, "client_secret_file");
    const char *key_file = text_at(server, "client_key_file");
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf secret = MCP_BUF_INIT(0);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf key = MCP_BUF_INIT(0);
    if (server->auth == NULL || auth->authorizer != NULL)
        return MCP_OK;
    mcp_buf_deinit(&auth->token);
    if (token_file != NULL)
        return mcp_secret_file_read(token_file, &auth->token, err);
    if (secret_file != NULL)
        MCP_TRY(mcp_secret_file_read(secret_file, &secret, err));
    if (key_file != NULL)
        MCP_TRY(read_key(key_file, &key, err));
    enum mcp_code code =
        make_authorizer(auth, loop, server, secret_file != NULL ? secret.data : NULL,
                        key_file != NULL ? key.data : NULL, err);
    return code == MCP_E_INVALID && key_file != NULL ? mcp_err_at(err, code, "%s", key_file) : code;
}

void orch_auth_close(struct orch_auth *auth) {
    mcp_authorizer_free(auth->authorizer);
    auth->authorizer = NULL;
    mcp_buf_deinit(&auth->token);
}
