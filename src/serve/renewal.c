/* SPDX-License-Identifier: MIT */
/* renewal.c - see renewal.h. */
#include "serve/renewal.h"

#include "mcp/log.h"
#include "serve/tls_files.h"
#include "serve/tokens.h"

static const char *file_of(const struct serve_renewal *renewal, const char *key) {
    const char *path = json_string_value(json_object_get(renewal->settings, key));
    return path != NULL && path[0] != '\0' ? path : NULL;
}

static void warn(const struct serve_renewal *renewal, const char *what, const struct mcp_err *err) {
    MCP_LOG(WARN, renewal->program, "event=%s_not_renewed where=\"%s\" what=\"%s\" serving=former",
            what, err->where, err->what);
}

void serve_renewal_tokens(void *user) {
    const struct serve_renewal *renewal = user;
    struct mcp_err err = {0};
    MCP_AUTO(serve_tokens_deinit) struct serve_tokens tokens = {.count = 0};
    const char *path = file_of(renewal, "token_file");
    if (path == NULL)
        return;
    enum mcp_code code = serve_tokens_read(path, &tokens, &err);
    if (code == MCP_OK)
        code = mcp_listener_set_bearers(renewal->listener, tokens.rows, tokens.count, &err);
    if (code == MCP_OK)
        MCP_LOG(INFO, renewal->program, "event=tokens_renewed count=%zu", tokens.count);
    else
        warn(renewal, "tokens", &err);
}

void serve_renewal_tls(void *user) {
    const struct serve_renewal *renewal = user;
    struct mcp_err err = {0};
    MCP_AUTO(serve_tls_files_deinit) struct serve_tls_files files = {.is_given = false};
    enum mcp_code code = serve_tls_files_read(renewal->settings, &files, &err);
    if (code == MCP_OK && !files.is_given)
        return;
    if (code == MCP_OK)
        code = mcp_listener_set_tls(renewal->listener, &files.pair, &err);
    if (code == MCP_OK)
        MCP_LOG(INFO, renewal->program, "event=certificate_renewed");
    else
        warn(renewal, "certificate", &err);
}

void serve_renewal_keys(void *user) {
    const struct serve_renewal *renewal = user;
    struct mcp_err err = {0};
    if (renewal->authority == NULL)
        return;
    enum mcp_code code = serve_authority_renew(renewal->authority, &err);
    if (code != MCP_OK)
        warn(renewal, "keys", &err);
    else if (!serve_authority_fetches(renewal->authority)) /* which says itself what came */
        MCP_LOG(INFO, renewal->program, "event=keys_renewed");
}

void serve_renewal_run(void *user) {
    const struct serve_renewal *renewal = user;
    if (renewal->listener != NULL) {
        serve_renewal_tokens(user);
        serve_renewal_tls(user);
        serve_renewal_keys(user);
    }
    if (renewal->next != NULL && renewal->next->on_reload != NULL)
        renewal->next->on_reload(renewal->next->user);
}

void serve_renewal_tick(void *user) {
    const struct serve_renewal *renewal = user;
    renewal->next->on_tick(renewal->next->user);
}
