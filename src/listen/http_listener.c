/* SPDX-License-Identifier: MIT */
/* http_listener.c - see http_listener.h. */
#include "listen/http_listener.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "listen/http_access.h"
#include "listen/http_answer.h"
#include "listen/http_request.h"
#include "listen/http_resume.h"
#include "listen/http_tls.h"
#include "listen/listen_door.h"
#include "listen/os_error.h"
#include "mcp/alloc.h"
#include "mcp/clock.h"
#include "mcp/log.h"

#define SPARE_CONNECTIONS 16  /* that the HTTP library accepts so that we can refuse them */
#define SPARE_DESCRIPTORS 256 /* for everything that is not a connection */
#define LAST_ROUNDS       40  /* for streams to send their end */
#define LAST_ROUND_MS     5
#define WAKE_EVENTS       4
#define USUAL_PORT        80
#define USUAL_TLS_PORT    443

struct http_listener {
    struct mcp_listener base; /* first */
    struct mcp_http_loop loop;
    struct mcp_http_renewal renewal;
    int epoll;
    struct mcp_listen_door door; /* closed once it refuses */
    pthread_t thread;
    bool has_thread;
    atomic_bool is_refusing;
    atomic_bool is_closing;
};

static struct http_listener *of(struct mcp_listener *listener) {
    return (struct http_listener *)(void *)listener;
}

/* ---- the loop's thread ---- */

static void serve_ready(struct mcp_http_loop *loop) {
    struct mcp_http_reply *reply = NULL;
    while ((reply = mcp_http_reply_take_ready(loop->hub)) != NULL) {
        struct mcp_http_connection *connection = reply->reader;
        if (connection != NULL && !connection->is_suspended && mcp_http_reply_is_cut(reply))
            (void)shutdown(connection->socket, SHUT_RDWR); /* it would never ask again */
        else if (connection != NULL)
            mcp_http_request_wake(connection);
        mcp_http_reply_unref(reply);
    }
}

static void ping_streams(struct mcp_http_loop *loop) {
    uint64_t keepalive_ms = loop->hub->options.keepalive_ms;
    struct mcp_http_connection *at = loop->connections;
    for (; at != NULL; at = at->after) {
        if (!at->is_streaming || loop->now_ms - at->last_write_ms < keepalive_ms)
            continue;
        at->last_write_ms = loop->now_ms;
        mcp_http_reply_ping(at->reply);
    }
}

/* It goes on until the peer leaves: a stream of a session, or of subscriptions/listen. The header
 * is what the body says, or the server would not have answered. */
static bool is_endless(const struct mcp_http_connection *connection) {
    if (connection->reply->kind != MCP_HTTP_REPLY_POST)
        return true;
    const char *method =
        MHD_lookup_connection_value(connection->mhd, MHD_HEADER_KIND, "Mcp-Method");
    return method != NULL && strcmp(method, "subscriptions/listen") == 0;
}

static void end_expired(struct mcp_http_loop *loop) {
    for (const struct mcp_http_connection *at = loop->connections; at != NULL; at = at->after)
        if (at->is_streaming && mcp_http_access_is_over(&at->facts, loop->now_ms) && is_endless(at))
            mcp_http_reply_retire(at->reply);
}

static void give_up_detached(struct mcp_http_loop *loop) {
    struct mcp_http_reply **link = &loop->detached;
    while (*link != NULL) {
        struct mcp_http_reply *reply = *link;
        bool is_due = loop->now_ms >= reply->detached_ms + MCP_HTTP_DETACHED_MS;
        if (!is_due && !mcp_http_resume_is_settled(reply)) {
            link = &reply->next_detached;
            continue;
        }
        *link = reply->next_detached;
        reply->detached_ms = 0;
        mcp_http_resume_abandon(reply);
        mcp_http_reply_unref(reply);
    }
}

static void tick(struct mcp_http_loop *loop) {
    mcp_server_tick(loop->hub->server, loop->now_ms);
    mcp_http_hub_sweep(loop->hub, &loop->sweep_cursor);
    end_expired(loop);
    give_up_detached(loop);
}

static void drain_wake(struct mcp_http_loop *loop) {
    uint64_t count = 0;
    (void)!read(loop->hub->wake_fd, &count, sizeof count);
}

static uint64_t tick_ms(const struct mcp_http_loop *loop) {
    uint64_t keepalive_ms = loop->hub->options.keepalive_ms;
    return keepalive_ms < MCP_HTTP_TICK_MS ? keepalive_ms : MCP_HTTP_TICK_MS;
}

/* Milliseconds to wait for an event: until the next deadline of ours or of the HTTP library. */
static int wait_ms(struct mcp_http_loop *loop, uint64_t next_tick_ms) {
    uint64_t wait = next_tick_ms > loop->now_ms ? next_tick_ms - loop->now_ms : 0;
    wait = mcp_reaper_wait(&loop->reaper, loop->now_ms, wait);
    MHD_UNSIGNED_LONG_LONG theirs = 0;
    if (MHD_get_timeout(loop->daemon, &theirs) == MHD_YES && theirs < wait)
        wait = theirs;
    return (int)wait;
}

static void stop_accepting(struct http_listener *listener) {
    if (listener->door.fd < 0)
        return;
    (void)MHD_quiesce_daemon(listener->loop.daemon);
    mcp_listen_door_close(&listener->door);
}

static bool has_streams(const struct mcp_http_loop *loop) {
    for (const struct mcp_http_connection *at = loop->connections; at != NULL; at = at->after)
        if (at->step == MCP_HTTP_STEP_REPLY || at->is_streaming)
            return true;
    return false;
}

/* Every sleeping connection is woken first: the HTTP library aborts the process when it is stopped
 * with one that sleeps. They find the hub closed and end. */
static void end_connections(struct http_listener *listener) {
    struct mcp_http_loop *loop = &listener->loop;
    for (struct mcp_http_connection *at = loop->connections; at != NULL; at = at->after)
        mcp_http_request_wake(at);
    for (int round = 0; round < LAST_ROUNDS; round++) {
        (void)MHD_run(loop->daemon);
        if (!has_streams(loop))
            break;
        struct epoll_event events[WAKE_EVENTS];
        (void)epoll_wait(listener->epoll, events, WAKE_EVENTS, LAST_ROUND_MS);
    }
    MHD_stop_daemon(loop->daemon);
    loop->daemon = NULL;
}

/* What another thread asked for and who hung up: rare beside requests, and each costs a call. */
static void serve_events(struct mcp_http_loop *loop, const struct epoll_event *events, int count) {
    for (int i = 0; i < count; i++) {
        if (events[i].data.fd == loop->hub->wake_fd) {
            drain_wake(loop); /* before the list is emptied: what comes after wakes again */
            serve_ready(loop);
        } else if (events[i].data.fd == loop->watch.fd) {
            mcp_peer_watch_run(&loop->watch, mcp_http_request_lose);
        }
    }
}

static bool is_answering(const struct mcp_http_connection *connection) {
    return connection->step == MCP_HTTP_STEP_REPLY || connection->is_streaming;
}

/* Who came in by a token that has been taken away is cut off. */
static void cut_revoked(struct mcp_http_loop *loop) {
    for (const struct mcp_http_connection *at = loop->connections; at != NULL; at = at->after)
        if (is_answering(at) && !mcp_http_access_still(&loop->policy, &at->facts))
            (void)shutdown(at->socket, SHUT_RDWR);
}

static void set_bearers(struct mcp_http_loop *loop, struct mcp_bearers *bearers) {
    struct mcp_http_policy *policy = &loop->policy;
    mcp_bearers_unref(policy->bearers);
    policy->bearers = bearers;
    policy->is_protected = !mcp_http_access_is_needed(policy) && !policy->options->allow_remote;
}

static void take_news(struct http_listener *listener) {
    struct mcp_http_news news;
    if (!mcp_http_renewal_take(&listener->renewal, &news))
        return;
    if (news.bearers != NULL) {
        set_bearers(&listener->loop, news.bearers);
        cut_revoked(&listener->loop);
    }
    if (news.identity != NULL)
        mcp_http_tls_set(&listener->loop, news.identity);
}

static void *run(void *arg) {
    struct http_listener *listener = arg;
    struct mcp_http_loop *loop = &listener->loop;
    struct epoll_event events[WAKE_EVENTS];
    loop->now_ms = mcp_clock_now_ms();
    uint64_t next_tick_ms = loop->now_ms + tick_ms(loop);
    while (!atomic_load(&listener->is_closing)) {
        int count = epoll_wait(listener->epoll, events, WAKE_EVENTS, wait_ms(loop, next_tick_ms));
        loop->now_ms = mcp_clock_now_ms();
        if (atomic_load(&listener->is_refusing))
            stop_accepting(listener);
        take_news(listener);
        serve_events(loop, events, count);
        mcp_reaper_run(&loop->reaper, loop->now_ms);
        if (loop->now_ms >= next_tick_ms) {
            next_tick_ms = loop->now_ms + tick_ms(loop);
            ping_streams(loop);
            tick(loop);
        }
        (void)MHD_run(loop->daemon);
    }
    end_connections(listener);
    return NULL;
}

/* ---- start ---- */

MCP_PRINTF(2, 0) static void log_library(void *cls, const char *format, va_list args) {
    (void)cls;
    char text[256];
    if (!mcp_log_enabled(MCP_LOG_DEBUG))
        return;
    (void)vsnprintf(text, sizeof text, format, args);
    MCP_LOG(DEBUG, "listen.http", "what=%s", text);
}

static struct MHD_Daemon *start_daemon(struct mcp_http_loop *loop, int listen_fd) {
    const struct mcp_listen_options *options = &loop->hub->options;
    struct MHD_OptionItem tls[MCP_HTTP_TLS_OPTIONS];
    mcp_http_tls_options(loop, tls);
    unsigned idle_seconds = (unsigned)((options->idle_timeout_ms + 999) / 1000);
    return MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
            (loop->identity != NULL ? MHD_USE_TLS : 0U),
        0, mcp_http_request_accept, loop, mcp_http_request_handle, loop, MHD_OPTION_EXTERNAL_LOGGER,
        log_library, NULL, MHD_OPTION_LISTEN_SOCKET, listen_fd, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)(options->max_connections + SPARE_CONNECTIONS),
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MCP_HTTP_CONNECTION_MEMORY,
        MHD_OPTION_CONNECTION_TIMEOUT, idle_seconds, MHD_OPTION_NOTIFY_CONNECTION,
        mcp_http_request_connect, loop, MHD_OPTION_NOTIFY_COMPLETED, mcp_http_request_complete,
        loop, MHD_OPTION_URI_LOG_CALLBACK, mcp_http_request_begin, loop,
        MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_ARRAY, tls,
#if MHD_VERSION >= 0x01000000
        MHD_OPTION_CLIENT_DISCIPLINE_LVL, 1,
#endif
        MHD_OPTION_END);
}

static enum mcp_code watch_fd(int epoll, int fd, struct mcp_err *err) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        return mcp_os_error(err, "epoll_ctl");
    return MCP_OK;
}

static enum mcp_code list_pages(struct mcp_http_loop *loop, struct mcp_err *err) {
    const struct mcp_listen_options *options = &loop->hub->options;
    loop->page_paths = mcp_alloc((options->page_count + 1) * sizeof *loop->page_paths);
    if (loop->page_paths == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    for (size_t i = 0; i < options->page_count; i++)
        loop->page_paths[i] = options->pages[i].path;
    return MCP_OK;
}

static enum mcp_code open_tables(struct mcp_http_loop *loop, struct mcp_err *err) {
    const struct mcp_listen_options *options = &loop->hub->options;
    mcp_reaper_init(&loop->reaper, options->header_timeout_ms, options->body_timeout_ms,
                    options->idle_timeout_ms);
    MCP_TRY(list_pages(loop, err));
    MCP_TRY(mcp_peer_limit_init(&loop->limit, options->max_connections,
                                options->max_connections_per_address, err));
    MCP_TRY(mcp_peer_watch_open(&loop->watch, err));
    loop->accepted = mcp_http_answer_new_accepted();
    return loop->accepted != NULL ? MCP_OK : MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
}

static enum mcp_code watch_all(struct http_listener *listener, struct mcp_err *err) {
    const struct mcp_http_loop *loop = &listener->loop;
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(loop->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    listener->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (listener->epoll < 0)
        return mcp_os_error(err, "epoll_create1");
    MCP_TRY(watch_fd(listener->epoll, info->epoll_fd, err));
    MCP_TRY(watch_fd(listener->epoll, loop->hub->wake_fd, err));
    return watch_fd(listener->epoll, loop->watch.fd, err);
}

static enum mcp_code open_loop(struct http_listener *listener, struct mcp_err *err) {
    struct mcp_http_loop *loop = &listener->loop;
    const struct mcp_listen_options *options = &loop->hub->options;
    loop->now_ms = mcp_clock_now_ms();
    uint16_t usual_port = options->tls != NULL ? USUAL_TLS_PORT : USUAL_PORT;
    loop->policy = (struct mcp_http_policy){
        .options = options,
        .port = listener->door.is_unix ? usual_port : listener->door.port,
    };
    loop->policy.is_usual_port = loop->policy.port == usual_port;
    loop->is_unix = listener->door.is_unix;
    struct mcp_bearers *bearers = NULL;
    if (options->bearer_count > 0)
        MCP_TRY(mcp_bearers_new(options->bearers, options->bearer_count, &bearers, err));
    set_bearers(loop, bearers);
    MCP_TRY(open_tables(loop, err));
    if (options->tls != NULL) {
        struct mcp_tls_identity *identity = NULL;
        MCP_TRY(mcp_tls_identity_new(options->tls, &identity, err));
        mcp_http_tls_set(loop, identity);
    }
    loop->daemon = start_daemon(loop, listener->door.fd);
    if (loop->daemon == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "the HTTP library does not start");
    return watch_all(listener, err);
}

/* Running out of descriptors is told now rather than at the first crowd. */
static void raise_descriptor_limit(const struct mcp_listen_options *options) {
    struct rlimit limit;
    rlim_t wanted = options->max_connections + SPARE_DESCRIPTORS;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < wanted)
        MCP_LOG(WARN, "listen.http", "descriptors=%llu wanted=%llu what=fewer connections fit",
                (unsigned long long)limit.rlim_cur, (unsigned long long)wanted);
}

/* ---- stop ---- */

static void refuse(struct mcp_listener *base) {
    atomic_store(&of(base)->is_refusing, true);
    mcp_http_hub_wake(of(base)->loop.hub);
}

static void finish(struct mcp_listener *base, uint64_t grace_ms) {
    struct http_listener *listener = of(base);
    mcp_http_hub_wait_idle(listener->loop.hub, grace_ms);
    mcp_http_hub_close(listener->loop.hub);
    atomic_store(&listener->is_closing, true);
    mcp_http_hub_wake(listener->loop.hub);
    if (listener->has_thread)
        (void)pthread_join(listener->thread, NULL);
    listener->has_thread = false;
}

static void renew(struct mcp_listener *base, const struct mcp_http_news *news) {
    mcp_http_renewal_put(&of(base)->renewal, news);
    mcp_http_hub_wake(of(base)->loop.hub);
}

static void drop_detached(struct mcp_http_loop *loop) {
    while (loop->detached != NULL) {
        struct mcp_http_reply *reply = loop->detached;
        loop->detached = reply->next_detached;
        mcp_http_reply_unref(reply);
    }
}

static void release(struct mcp_listener *base) {
    struct http_listener *listener = of(base);
    struct mcp_http_loop *loop = &listener->loop;
    if (loop->daemon != NULL) {
        stop_accepting(listener); /* or the HTTP library closes what is not its own */
        MHD_stop_daemon(loop->daemon);
    }
    if (loop->hub != NULL)
        serve_ready(loop);
    drop_detached(loop);
    if (loop->accepted != NULL)
        MHD_destroy_response(loop->accepted);
    mcp_peer_limit_deinit(&loop->limit);
    mcp_peer_watch_close(&loop->watch);
    mcp_free(loop->page_paths);
    if (listener->epoll >= 0)
        (void)close(listener->epoll);
    mcp_listen_door_close(&listener->door);
    mcp_bearers_unref(loop->policy.bearers);
    mcp_tls_identity_unref(loop->identity);
    mcp_http_renewal_deinit(&listener->renewal);
    mcp_http_hub_unref(loop->hub);
    mcp_worker_pool_stop(listener->base.pool);
    mcp_free(listener);
}

static uint64_t value_of(const atomic_uint_fast64_t *counter) {
    return atomic_load_explicit(counter, memory_order_relaxed);
}

static void count(const struct mcp_listener *base, struct mcp_listener_counts *out_counts) {
    const struct http_listener *listener = (const struct http_listener *)(const void *)base;
    const struct mcp_http_tally *tally = &listener->loop.tally;
    *out_counts = (struct mcp_listener_counts){
        .connections = atomic_load_explicit(&tally->connections, memory_order_relaxed),
        .refused_in_all = value_of(&tally->refused_in_all),
        .refused_of_address = value_of(&tally->refused_of_address),
        .refused_of_stranger = value_of(&tally->refused_of_stranger)};
}

static const struct mcp_listener_ops ops = {refuse, finish, release, renew, count};

static void name_listener(struct http_listener *listener) {
    const struct mcp_listen_door *door = &listener->door;
    listener->base.port = door->port;
    (void)snprintf(listener->base.name, sizeof listener->base.name, "%s%s",
                   door->is_unix            ? "unix:"
                   : listener->base.has_tls ? "https://"
                                            : "http://",
                   door->name);
}

static enum mcp_code start(struct http_listener *listener, struct mcp_server *server,
                           const struct mcp_listen_options *options, struct mcp_err *err) {
    mcp_listener_ignore_sigpipe();
    raise_descriptor_limit(options);
    listener->base.has_tls = options->tls != NULL;
    MCP_TRY(mcp_listen_door_open(options, &listener->door, err));
    name_listener(listener);
    MCP_TRY(mcp_http_hub_new(server, options, &listener->loop.hub, err));
    MCP_TRY(open_loop(listener, err));
    MCP_TRY(mcp_listener_prepare(&listener->base, server, options, err));
    MCP_TRY(mcp_listener_spawn(&listener->thread, run, listener, err));
    listener->has_thread = true;
    return MCP_OK;
}

enum mcp_code mcp_http_listener_start(struct mcp_server *server,
                                      const struct mcp_listen_options *options,
                                      struct mcp_listener **out_listener, struct mcp_err *err) {
    struct http_listener *listener = mcp_alloc(sizeof *listener);
    if (listener == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    listener->base.ops = &ops;
    mcp_http_renewal_init(&listener->renewal);
    listener->epoll = -1;
    listener->door = (struct mcp_listen_door)MCP_LISTEN_DOOR_INIT;
    listener->loop.watch = (struct mcp_peer_watch)MCP_PEER_WATCH_INIT;
    enum mcp_code code = start(listener, server, options, err);
    if (code != MCP_OK) {
        release(&listener->base);
        return code;
    }
    MCP_LOG(INFO, "listen.http", "name=%s access=%s", listener->base.name,
            listener->loop.policy.is_protected ? "protected: this machine only; set --token-file "
                                                 "to open"
                                               : "open");
    *out_listener = &listener->base;
    return MCP_OK;
}
