/* SPDX-License-Identifier: MIT */
/* listener.c - see listener.h. */
#include "listen/listener.h"

#include <errno.h>
#include <signal.h>

#include "listen/os_error.h"

enum mcp_code mcp_listener_prepare(struct mcp_listener *listener, struct mcp_server *server,
                                   const struct mcp_listen_options *options, struct mcp_err *err) {
    MCP_TRY(
        mcp_worker_pool_start(options->worker_count, options->worker_queue, &listener->pool, err));
    const struct mcp_executor executor = mcp_worker_pool_executor(listener->pool);
    mcp_server_set_executor(server, &executor);
    listener->server = server;
    return mcp_server_start(server, err);
}

enum mcp_code mcp_listener_spawn(pthread_t *out_thread, void *(*run)(void *arg), void *arg,
                                 struct mcp_err *err) {
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(out_thread, NULL, run, arg);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = rc;
    return rc == 0 ? MCP_OK : mcp_os_error(err, "no more threads");
}

void mcp_listener_ignore_sigpipe(void) {
    struct sigaction action = {0};
    if (sigaction(SIGPIPE, NULL, &action) == 0 && action.sa_handler == SIG_DFL) {
        action.sa_handler = SIG_IGN;
        (void)sigaction(SIGPIPE, &action, NULL);
    }
}
