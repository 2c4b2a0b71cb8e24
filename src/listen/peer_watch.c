/* SPDX-License-Identifier: MIT */
/* peer_watch.c - see peer_watch.h. */
#include "listen/peer_watch.h"

#include <sys/epoll.h>
#include <unistd.h>

#include "listen/os_error.h"

#define EVENTS_AT_ONCE 64

enum mcp_code mcp_peer_watch_open(struct mcp_peer_watch *watch, struct mcp_err *err) {
    watch->fd = epoll_create1(EPOLL_CLOEXEC);
    return watch->fd >= 0 ? MCP_OK : mcp_os_error(err, "epoll_create1");
}

void mcp_peer_watch_close(struct mcp_peer_watch *watch) {
    if (watch->fd >= 0)
        (void)close(watch->fd);
    watch->fd = -1;
}

enum mcp_code mcp_peer_watch_add(struct mcp_peer_watch *watch, int socket, void *peer,
                                 struct mcp_err *err) {
    /* one shot: what the peer sends wakes nobody, and its leaving is told once */
    struct epoll_event event = {.events = EPOLLRDHUP | EPOLLONESHOT, .data.ptr = peer};
    if (epoll_ctl(watch->fd, EPOLL_CTL_ADD, socket, &event) != 0)
        return mcp_os_error(err, "epoll_ctl");
    return MCP_OK;
}

void mcp_peer_watch_remove(struct mcp_peer_watch *watch, int socket) {
    struct epoll_event unused = {0};
    (void)epoll_ctl(watch->fd, EPOLL_CTL_DEL, socket, &unused);
}

void mcp_peer_watch_run(struct mcp_peer_watch *watch, mcp_peer_gone_fn *on_gone) {
    struct epoll_event events[EVENTS_AT_ONCE];
    int count = EVENTS_AT_ONCE;
    while (count == EVENTS_AT_ONCE) {
        count = epoll_wait(watch->fd, events, EVENTS_AT_ONCE, 0);
        for (int i = 0; i < count; i++)
            on_gone(events[i].data.ptr);
    }
}
