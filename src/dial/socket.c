/* SPDX-License-Identifier: MIT */
/* socket.c - see socket.h. Effect: libcurl resolves, connects and does TLS; a multi handle of its
 * own, so that no other transfer takes the connection for an idle one of HTTP. */
#include "dial/socket.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#include "dial/http_error.h"
#include "mcp/alloc.h"
#include "mcp/clock.h"

enum { MAX_WATCHES = 8, CHUNK_BYTES = 64 << 10, CHUNKS_PER_ROUND = 16, URL_BYTES = 320 };

/* One descriptor libcurl wants watched while it connects, or, in the end, the connection's. */
struct watch {
    struct mcp_loop_watch watch;
    struct mcp_socket *socket;
    bool is_used;
};

struct mcp_socket {
    struct mcp_loop *loop;
    struct mcp_socket_handlers handlers;
    CURLM *multi;
    CURL *easy;
    struct watch watches[MAX_WATCHES];
    struct mcp_loop_timer timer;
    struct mcp_loop_job job; /* the first step, or the end */
    struct mcp_loop_guest guest;
    struct mcp_buf waiting;
    size_t sent; /* of waiting */
    char *chunk;
    uint64_t connect_timeout_ms;
    bool is_open;
    bool is_queued;
    bool is_closed;
    bool is_writing; /* the descriptor is watched for writing too */
    char detail[CURL_ERROR_SIZE];
};

static void drop_watch(struct mcp_socket *socket, struct watch *watch) {
    if (!watch->is_used)
        return;
    mcp_loop_unwatch(socket->loop, &watch->watch);
    watch->is_used = false;
}

static void drop_watches(struct mcp_socket *socket) {
    for (size_t i = 0; i < MAX_WATCHES; i++)
        drop_watch(socket, &socket->watches[i]);
}

static void release(struct mcp_socket *socket) {
    drop_watches(socket);
    mcp_loop_timer_clear(socket->loop, &socket->timer);
    if (socket->multi != NULL && socket->easy != NULL)
        (void)curl_multi_remove_handle(socket->multi, socket->easy);
    if (socket->easy != NULL)
        curl_easy_cleanup(socket->easy);
    if (socket->multi != NULL)
        (void)curl_multi_cleanup(socket->multi);
    mcp_buf_deinit(&socket->waiting);
    mcp_free(socket->chunk);
    mcp_free(socket);
}

static void queue(struct mcp_socket *socket) {
    if (socket->is_queued)
        return;
    socket->is_queued = true;
    mcp_loop_push(socket->loop, &socket->job);
}

void mcp_socket_close(struct mcp_socket *socket) {
    if (socket == NULL || socket->is_closed)
        return;
    socket->is_closed = true;
    drop_watches(socket);
    mcp_loop_timer_clear(socket->loop, &socket->timer);
    queue(socket); /* not here: libcurl, or a handler, may be the caller */
}

static void close_guest(struct mcp_loop_guest *guest) {
    mcp_socket_close((struct mcp_socket *)((char *)guest - offsetof(struct mcp_socket, guest)));
}

static void fail(struct mcp_socket *socket, const struct mcp_err *why) {
    if (socket->is_closed)
        return;
    mcp_socket_close(socket);
    socket->handlers.on_down(socket->handlers.user, why);
}

static void fail_with(struct mcp_socket *socket, CURLcode code) {
    struct mcp_err why = {0};
    long os_errno = 0;
    (void)curl_easy_getinfo(socket->easy, CURLINFO_OS_ERRNO, &os_errno);
    if (code == CURLE_COULDNT_CONNECT)
        (void)MCP_FAIL(&why, MCP_E_IO, "cannot connect: %s",
                       os_errno != 0 ? strerrordesc_np((int)os_errno)
                                     : "the connection was closed at once");
    else
        (void)mcp_http_curl_failure((int)code, socket->detail, socket->is_open,
                                    socket->connect_timeout_ms, &why);
    fail(socket, &why);
}

/* --- while it is open ------------------------------------------------------------------------- */

static void watch_writing(struct mcp_socket *socket, bool is_writing) {
    if (socket->is_writing == is_writing)
        return;
    socket->is_writing = is_writing;
    mcp_loop_rewatch(socket->loop, &socket->watches[0].watch,
                     is_writing ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static CURLcode flush(struct mcp_socket *socket) {
    while (socket->sent < socket->waiting.len) {
        size_t taken = 0;
        CURLcode code = curl_easy_send(socket->easy, socket->waiting.data + socket->sent,
                                       socket->waiting.len - socket->sent, &taken);
        if (code == CURLE_AGAIN)
            break;
        if (code != CURLE_OK)
            return code;
        socket->sent += taken;
    }
    if (socket->sent == socket->waiting.len) {
        socket->sent = 0;
        mcp_buf_clear(&socket->waiting);
    }
    watch_writing(socket, socket->waiting.len > 0);
    return CURLE_OK;
}

/* Not without end: others wait for their turn. What TLS has read ahead is asked for, too. */
static void receive(struct mcp_socket *socket) {
    for (int i = 0; i < CHUNKS_PER_ROUND && !socket->is_closed; i++) {
        size_t len = 0;
        CURLcode code = curl_easy_recv(socket->easy, socket->chunk, CHUNK_BYTES, &len);
        if (code == CURLE_AGAIN)
            return;
        if (code == CURLE_OK && len == 0)
            code = CURLE_GOT_NOTHING;
        if (code != CURLE_OK) {
            struct mcp_err why = {0};
            (void)MCP_FAIL(&why, MCP_E_IO, "the connection was closed by the other side");
            fail(socket, &why);
            return;
        }
        socket->handlers.on_bytes(socket->handlers.user, (struct mcp_str){socket->chunk, len});
    }
    if (!socket->is_closed) /* level-triggered, but TLS may hold bytes of its own */
        mcp_loop_timer_set(socket->loop, &socket->timer, mcp_clock_now_ms());
}

static void on_ready(void *user, uint32_t events) {
    struct watch *watch = user;
    struct mcp_socket *socket = watch->socket;
    CURLcode code = (events & EPOLLOUT) != 0 ? flush(socket) : CURLE_OK;
    if (code != CURLE_OK)
        fail_with(socket, code);
    else if ((events & ~(uint32_t)EPOLLOUT) != 0)
        receive(socket);
}

enum mcp_code mcp_socket_send(struct mcp_socket *socket, struct mcp_str bytes,
                              struct mcp_err *err) {
    assert(socket->is_open && !socket->is_closed);
    if (socket->sent > 0) { /* what is sent makes room */
        memmove(socket->waiting.data, socket->waiting.data + socket->sent,
                socket->waiting.len - socket->sent);
        socket->waiting.len -= socket->sent;
        socket->sent = 0;
    }
    mcp_buf_add(&socket->waiting, bytes);
    MCP_TRY(mcp_buf_finish(&socket->waiting, err));
    /* a failure is seen by who reads */
    watch_writing(socket, true);
    return MCP_OK;
}

size_t mcp_socket_waiting(const struct mcp_socket *socket) {
    return socket->waiting.len - socket->sent;
}

/* --- while it connects ------------------------------------------------------------------------ */

static bool watch_connection(struct mcp_socket *socket) {
    curl_socket_t fd = CURL_SOCKET_BAD;
    struct watch *watch = &socket->watches[0];
    drop_watches(socket);
    if (curl_easy_getinfo(socket->easy, CURLINFO_ACTIVESOCKET, &fd) != CURLE_OK ||
        fd == CURL_SOCKET_BAD)
        return false;
    watch->watch = (struct mcp_loop_watch){.fd = fd, .fn = on_ready, .user = watch};
    watch->is_used = mcp_loop_watch(socket->loop, &watch->watch, EPOLLIN, NULL) == MCP_OK;
    return watch->is_used;
}

static void on_connected(struct mcp_socket *socket, CURLcode code) {
    mcp_loop_timer_clear(socket->loop, &socket->timer);
    if (code == CURLE_OK && !watch_connection(socket))
        code = CURLE_COULDNT_CONNECT;
    if (code != CURLE_OK) {
        fail_with(socket, code);
        return;
    }
    socket->is_open = true;
    socket->handlers.on_open(socket->handlers.user);
}

static void step(struct mcp_socket *socket, curl_socket_t fd, int events) {
    int running = 0;
    int left = 0;
    (void)curl_multi_socket_action(socket->multi, fd, events, &running);
    const CURLMsg *message = curl_multi_info_read(socket->multi, &left);
    if (message != NULL && message->msg == CURLMSG_DONE)
        on_connected(socket, message->data.result);
}

static void on_connecting(void *user, uint32_t events) {
    struct watch *watch = user;
    int action = (events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0;
    action |= (events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0;
    action |= (events & (EPOLLERR | EPOLLHUP)) != 0 ? CURL_CSELECT_ERR : 0;
    step(watch->socket, watch->watch.fd, action);
}

static void on_timer(void *user) {
    struct mcp_socket *socket = user;
    if (socket->is_open)
        receive(socket);
    else
        step(socket, CURL_SOCKET_TIMEOUT, 0);
}

static struct watch *find_watch(struct mcp_socket *socket, curl_socket_t fd) {
    struct watch *unused = NULL;
    for (size_t i = 0; i < MAX_WATCHES; i++) {
        struct watch *watch = &socket->watches[i];
        if (watch->is_used && watch->watch.fd == fd)
            return watch;
        if (!watch->is_used)
            unused = watch;
    }
    return unused;
}

static int on_want(CURL *easy, curl_socket_t fd, int what, void *user, void *own) {
    struct mcp_socket *socket = user;
    struct watch *watch = find_watch(socket, fd);
    uint32_t events = 0;
    (void)easy;
    (void)own;
    if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
        events |= EPOLLIN;
    if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
        events |= EPOLLOUT;
    if (watch == NULL || socket->is_open || socket->is_closed)
        return 0; /* its timers, or its deadline, go on without */
    if (what == CURL_POLL_REMOVE) {
        drop_watch(socket, watch);
    } else if (watch->is_used) {
        mcp_loop_rewatch(socket->loop, &watch->watch, events);
    } else {
        watch->watch = (struct mcp_loop_watch){.fd = fd, .fn = on_connecting, .user = watch};
        watch->is_used = mcp_loop_watch(socket->loop, &watch->watch, events, NULL) == MCP_OK;
    }
    return 0;
}

static int on_want_timer(CURLM *multi, long wait_ms, void *user) {
    struct mcp_socket *socket = user;
    (void)multi;
    if (socket->is_open || socket->is_closed)
        return 0;
    if (wait_ms < 0)
        mcp_loop_timer_clear(socket->loop, &socket->timer);
    else
        mcp_loop_timer_set(socket->loop, &socket->timer, mcp_clock_now_ms() + (uint64_t)wait_ms);
    return 0;
}

static void run_job(void *user) {
    struct mcp_socket *socket = user;
    socket->is_queued = false;
    if (socket->is_closed) {
        mcp_loop_leave(socket->loop, &socket->guest);
        release(socket);
        return;
    }
    if (curl_multi_add_handle(socket->multi, socket->easy) != CURLM_OK)
        fail_with(socket, CURLE_OUT_OF_MEMORY);
    else
        step(socket, CURL_SOCKET_TIMEOUT, 0);
}

static bool set_url(CURL *easy, const struct mcp_socket_target *target) {
    char url[URL_BYTES];
    bool is_six = target->host != NULL && strchr(target->host, ':') != NULL;
    if (target->path != NULL)
        return curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, target->path) == CURLE_OK &&
               curl_easy_setopt(easy, CURLOPT_URL, "http://localhost/") == CURLE_OK;
    (void)snprintf(url, sizeof url, "%s://%s%s%s:%u/", target->is_tls ? "https" : "http",
                   is_six ? "[" : "", target->host, is_six ? "]" : "", (unsigned)target->port);
    return curl_easy_setopt(easy, CURLOPT_URL, url) == CURLE_OK;
}

static bool set_easy(struct mcp_socket *socket, const struct mcp_socket_target *target) {
    CURL *easy = socket->easy;
    long timeout_ms = (long)target->connect_timeout_ms;
    bool ok = set_url(easy, target) &&
              curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L) == CURLE_OK &&
              curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK &&
              curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
              curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L) == CURLE_OK &&
              curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK;
    (void)curl_easy_setopt(easy, CURLOPT_SSL_ENABLE_ALPN, 0L);
    (void)curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    (void)curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, socket->detail);
    (void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, timeout_ms);
    (void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, timeout_ms);
    return ok && (target->ca_file == NULL ||
                  curl_easy_setopt(easy, CURLOPT_CAINFO, target->ca_file) == CURLE_OK);
}

static bool build(struct mcp_socket *socket, const struct mcp_socket_target *target) {
    socket->multi = curl_multi_init();
    socket->easy = curl_easy_init();
    socket->chunk = mcp_alloc(CHUNK_BYTES);
    if (socket->multi == NULL || socket->easy == NULL || socket->chunk == NULL)
        return false;
    (void)curl_multi_setopt(socket->multi, CURLMOPT_SOCKETFUNCTION, on_want);
    (void)curl_multi_setopt(socket->multi, CURLMOPT_SOCKETDATA, socket);
    (void)curl_multi_setopt(socket->multi, CURLMOPT_TIMERFUNCTION, on_want_timer);
    (void)curl_multi_setopt(socket->multi, CURLMOPT_TIMERDATA, socket);
    return set_easy(socket, target);
}

enum mcp_code mcp_socket_open(struct mcp_loop *loop, const struct mcp_socket_target *target,
                              const struct mcp_socket_handlers *handlers,
                              struct mcp_socket **out_socket, struct mcp_err *err) {
    struct mcp_socket *socket = mcp_alloc(sizeof *socket);
    if (socket == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for a connection");
    socket->loop = loop;
    socket->handlers = *handlers;
    socket->waiting.max = target->max_waiting_bytes;
    socket->connect_timeout_ms = target->connect_timeout_ms;
    socket->timer = (struct mcp_loop_timer){.fn = on_timer, .user = socket};
    socket->job = (struct mcp_loop_job){.fn = run_job, .user = socket};
    socket->guest.close = close_guest;
    for (size_t i = 0; i < MAX_WATCHES; i++)
        socket->watches[i].socket = socket;
    if (!build(socket, target)) {
        release(socket);
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for a connection");
    }
    mcp_loop_enter(loop, &socket->guest);
    queue(socket);
    *out_socket = socket;
    return MCP_OK;
}
