/* SPDX-License-Identifier: MIT */
/* call_auth.c - see call_auth.h. Effect: the terminal. */
#include "call/call_auth.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "program/secret_file.h"

enum { MAX_PASTED_BYTES = 16 << 10 };

uint64_t call_auth_timeout_ms(const struct call_args *args) {
    bool has_person = args->has_oauth && !args->acts_alone;
    return has_person && args->timeout_ms < CALL_AUTH_TIMEOUT_MS ? CALL_AUTH_TIMEOUT_MS
                                                                 : args->timeout_ms;
}

/* --- what is pasted --------------------------------------------------------------------------- */

static void give(const struct call_auth *auth, struct mcp_buf *line) {
    struct mcp_err err = {0};
    if (line->len > 0 && mcp_buf_finish(line, NULL) == MCP_OK &&
        mcp_authorizer_redirected(auth->authorizer, line->data, &err) != MCP_OK)
        (void)fprintf(stderr, "* %s\n", err.what);
    mcp_buf_clear(line);
}

/* false: there is no more. */
static bool take_input(const struct call_auth *auth, struct mcp_buf *line) {
    char bytes[4096];
    ssize_t got = read(STDIN_FILENO, bytes, sizeof bytes);
    for (ssize_t i = 0; i < got; i++) {
        if (bytes[i] == '\n')
            give(auth, line);
        else
            mcp_buf_addc(line, bytes[i]);
    }
    if (got <= 0)
        give(auth, line);
    return got > 0;
}

/* Lines of standard input until it or the call ends. */
static void *read_pasted(void *user) {
    struct call_auth *auth = user;
    struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                           {.fd = auth->wake[0], .events = POLLIN}};
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf line = MCP_BUF_INIT(MAX_PASTED_BYTES);
    bool has_more = true;
    while (has_more && fds[1].revents == 0) {
        fds[0].revents = 0;
        if (poll(fds, MCP_COUNT(fds), -1) < 0 && errno != EINTR)
            return NULL;
        if (fds[1].revents == 0 && fds[0].revents != 0)
            has_more = take_input(auth, &line);
    }
    return NULL;
}

static enum mcp_code start_reader(struct call_auth *auth, struct mcp_err *err) {
    if (pipe2(auth->wake, O_CLOEXEC) != 0)
        return MCP_FAIL(err, MCP_E_IO, "%s", strerrordesc_np(errno));
    auth->has_reader = pthread_create(&auth->reader, NULL, read_pasted, auth) == 0;
    if (auth->has_reader)
        return MCP_OK;
    (void)close(auth->wake[0]);
    (void)close(auth->wake[1]);
    return MCP_FAIL(err, MCP_E_IO, "no thread for what is pasted");
}

/* --- the authorizer --------------------------------------------------------------------------- */

static void on_url(void *user, const char *url) {
    const struct call_auth *auth = user;
    (void)fprintf(stderr, "* the server wants authorization: open this in a browser\n\n%s\n\n%s",
                  url,
                  auth->reads_redirect
                      ? "* then paste the URL that the browser ends at (it may show an error):\n"
                      : "");
}

enum mcp_code call_auth_open(struct mcp_loop *loop, const struct call_args *args,
                             struct call_auth *auth, struct mcp_err *err) {
    if (!args->has_oauth)
        return MCP_OK;
    auth->reads_redirect = args->reads_redirect;
    if (args->client_secret_file != NULL)
        MCP_TRY(mcp_secret_file_read(args->client_secret_file, &auth->secret, err));
    const struct mcp_authorizer_options options = {
        .grant = args->acts_alone ? MCP_AUTHORIZER_CLIENT : MCP_AUTHORIZER_CODE,
        .server_url = args->url,
        .issuer = args->issuer,
        .client_id = args->client_id,
        .client_secret = auth->secret.len > 0 ? auth->secret.data : NULL,
        .client_id_url = args->client_id_url,
        .client_name = "mcp-call",
        .redirect_uri = args->redirect_uri,
        .scope = args->scope,
        .store_dir = args->oauth_store,
        .ca_file = args->ca_file,
        .on_url = on_url,
        .user = auth,
    };
    MCP_TRY(mcp_authorizer_new(loop, &options, &auth->authorizer, err));
    return args->reads_redirect ? start_reader(auth, err) : MCP_OK;
}

void call_auth_close(struct call_auth *auth) {
    if (auth->has_reader) {
        (void)close(auth->wake[1]);
        (void)pthread_join(auth->reader, NULL);
        (void)close(auth->wake[0]);
    }
    mcp_authorizer_free(auth->authorizer);
    mcp_buf_deinit(&auth->secret);
    *auth = (struct call_auth){0};
}
