/* SPDX-License-Identifier: MIT */
/* tls_files.c - see tls_files.h. Effect: two files. */
#include "serve/tls_files.h"

#include <string.h>

#include "base/file.h"
#include "listen/tls_identity.h"
#include "serve/private_file.h"

static const char *path_of(const json_t *settings, const char *key) {
    const char *path = json_string_value(json_object_get(settings, key));
    return path != NULL && path[0] != '\0' ? path : NULL;
}

static enum mcp_code read_cert(const char *path, struct mcp_buf *out, struct mcp_err *err) {
    struct mcp_err why = {0};
    enum mcp_code code = mcp_file_read(path, out, &why);
    return code == MCP_OK ? MCP_OK
                          : mcp_err_at(err, MCP_FAIL(err, code, "%s", why.what), "%s", path);
}

static enum mcp_code read_key(const char *path, struct mcp_buf *out, struct mcp_err *err) {
    enum mcp_code code = serve_private_file_read(path, out, err);
    return code == MCP_OK ? MCP_OK : mcp_err_at(err, code, "%s", path);
}

static enum mcp_code check(const struct mcp_tls_pair *pair, const char *cert, const char *key,
                           struct mcp_err *err) {
    struct mcp_err why = {0};
    struct mcp_tls_identity *identity = NULL;
    enum mcp_code code = mcp_tls_identity_new(pair, &identity, &why);
    mcp_tls_identity_unref(identity);
    if (code == MCP_OK)
        return MCP_OK;
    const char *path = strcmp(why.where, "/tls/key") == 0 ? key : cert;
    return mcp_err_at(err, MCP_FAIL(err, code, "%s", why.what), "%s", path);
}

static enum mcp_code read_both(const char *cert, const char *key, struct serve_tls_files *files,
                               struct mcp_err *err) {
    MCP_TRY(read_cert(cert, &files->cert, err));
    MCP_TRY(read_key(key, &files->key, err));
    files->pair = (struct mcp_tls_pair){mcp_buf_view(&files->cert), mcp_buf_view(&files->key)};
    files->is_given = true;
    return check(&files->pair, cert, key, err);
}

enum mcp_code serve_tls_files_read(const json_t *settings, struct serve_tls_files *out_files,
                                   struct mcp_err *err) {
    const char *cert = path_of(settings, "tls_cert");
    const char *key = path_of(settings, "tls_key");
    if (cert == NULL && key == NULL)
        return MCP_OK;
    if (cert == NULL || key == NULL)
        return MCP_FAIL(err, MCP_E_INVALID, "--tls-cert and --tls-key go together: %s is missing",
                        cert == NULL ? "--tls-cert" : "--tls-key");
    struct serve_tls_files files = {.cert = MCP_BUF_INIT(MCP_TLS_MAX_BYTES),
                                    .key = MCP_BUF_INIT(MCP_TLS_MAX_BYTES)};
    enum mcp_code code = read_both(cert, key, &files, err);
    if (code != MCP_OK) {
        serve_tls_files_deinit(&files);
        return code;
    }
    *out_files = files;
    return MCP_OK;
}

void serve_tls_files_deinit(struct serve_tls_files *files) {
    mcp_buf_deinit(&files->key);
    mcp_buf_deinit(&files->cert);
    files->is_given = false;
}
