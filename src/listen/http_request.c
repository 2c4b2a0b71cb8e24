/* SPDX-License-Identifier: MIT */
/* http_request.c - see http_request.h. */
#include "listen/http_request.h"

#include <string.h>
#include <sys/socket.h>

#include "listen/http_answer.h"
#include "listen/http_endpoint.h"
#include "listen/http_resume.h"
#include "listen/http_tls.h"
#include "listen/listen_unix.h"
#include "mcp/alloc.h"

/* ---- connections ---- */

static bool is_stranger(const struct mcp_http_loop *loop, bool is_loopback) {
    return loop->policy.is_protected && !is_loopback;
}

/* Near the ceiling, the connection that has been idle longest makes room. */
static void make_room(struct mcp_http_loop *loop) {
    if (loop->limit.count < loop->limit.max_in_all / 5 * 4)
        return;
    const struct mcp_reaper_entry *oldest = mcp_reaper_oldest_idle(&loop->reaper);
    if (oldest != NULL)
        (void)shutdown(oldest->socket, SHUT_RDWR);
}

static enum MHD_Result refuse(atomic_uint_fast64_t *tally) {
    atomic_fetch_add_explicit(tally, 1, memory_order_relaxed);
    return MHD_NO;
}

enum MHD_Result mcp_http_request_accept(void *cls, const struct sockaddr *address,
                                        socklen_t address_len) {
    struct mcp_http_loop *loop = cls;
    (void)address_len;
    make_room(loop);
    if (loop->limit.count >= loop->limit.max_in_all)
        return refuse(&loop->tally.refused_in_all);
    if (!mcp_peer_limit_has_room(&loop->limit, mcp_peer_key_of(address)))
        return refuse(&loop->tally.refused_of_address);
    if (is_stranger(loop, mcp_http_guard_is_loopback(address)) &&
        loop->stranger_count >= MCP_HTTP_MAX_STRANGERS)
        return refuse(&loop->tally.refused_of_stranger);
    return MHD_YES;
}

static struct mcp_http_connection *connection_of(struct MHD_Connection *mhd) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info != NULL ? info->socket_context : NULL;
}

/* Who comes in by a file is known only now. */
static void admit_stranger(const struct mcp_http_connection *connection) {
    struct mcp_http_loop *loop = connection->loop;
    if (++loop->stranger_count <= MCP_HTTP_MAX_STRANGERS)
        return;
    (void)refuse(&loop->tally.refused_of_stranger);
    (void)shutdown(connection->socket, SHUT_RDWR);
}

static struct mcp_http_connection *open_connection(struct mcp_http_loop *loop,
                                                   struct MHD_Connection *mhd) {
    const union MHD_ConnectionInfo *peer =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const union MHD_ConnectionInfo *fd =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct mcp_http_connection *connection = mcp_alloc(sizeof *connection);
    if (connection == NULL || peer == NULL || fd == NULL) {
        mcp_free(connection);
        return NULL;
    }
    connection->loop = loop;
    connection->mhd = mhd;
    connection->socket = fd->connect_fd;
    connection->reaper.socket = fd->connect_fd;
    connection->needed.max = MCP_HTTP_MAX_SCOPES;
    connection->body.max = loop->policy.options->max_body_bytes;
    connection->is_loopback = loop->is_unix ? mcp_listen_unix_is_own(fd->connect_fd)
                                            : mcp_http_guard_is_loopback(peer->client_addr);
    connection->key = mcp_peer_key_of(peer->client_addr);
    connection->is_counted = mcp_peer_limit_enter(&loop->limit, connection->key, NULL) == MCP_OK;
    connection->is_stranger = is_stranger(loop, connection->is_loopback);
    if (connection->is_stranger)
        admit_stranger(connection);
    mcp_http_tls_greet(connection);
    connection->after = loop->connections;
    if (loop->connections != NULL)
        loop->connections->before = connection;
    loop->connections = connection;
    atomic_fetch_add_explicit(&loop->tally.connections, 1, memory_order_relaxed);
    mcp_reaper_enter(&loop->reaper, &connection->reaper, MCP_REAPER_HEAD, loop->now_ms);
    return connection;
}

static void release_grant(struct mcp_http_connection *connection) {
    const struct mcp_authority *authority = connection->loop->policy.options->authority;
    if (connection->facts.grant != NULL)
        authority->release(authority->user, connection->facts.grant);
    connection->facts.grant = NULL;
}

static void close_connection(struct mcp_http_connection *connection) {
    struct mcp_http_loop *loop = connection->loop;
    mcp_reaper_enter(&loop->reaper, &connection->reaper, MCP_REAPER_NONE, loop->now_ms);
    if (connection->is_watched)
        mcp_peer_watch_remove(&loop->watch, connection->socket);
    if (connection->is_counted)
        mcp_peer_limit_leave(&loop->limit, connection->key);
    if (connection->is_stranger)
        loop->stranger_count--;
    atomic_fetch_sub_explicit(&loop->tally.connections, 1, memory_order_relaxed);
    if (connection->before != NULL)
        connection->before->after = connection->after;
    else
        loop->connections = connection->after;
    if (connection->after != NULL)
        connection->after->before = connection->before;
    release_grant(connection);
    mcp_tls_identity_unref(connection->identity); /* the session has ended before */
    mcp_buf_deinit(&connection->needed);
    mcp_buf_deinit(&connection->body);
    mcp_free(connection);
}

void mcp_http_request_connect(void *cls, struct MHD_Connection *mhd, void **socket_context,
                              enum MHD_ConnectionNotificationCode what) {
    struct mcp_http_loop *loop = cls;
    if (what == MHD_CONNECTION_NOTIFY_STARTED)
        *socket_context = open_connection(loop, mhd);
    else if (*socket_context != NULL)
        close_connection(*socket_context);
}

/* ---- sleeping and waking ---- */

static void sleep_connection(struct mcp_http_connection *connection) {
    struct mcp_http_loop *loop = connection->loop;
    connection->is_suspended = true;
    MHD_suspend_connection(connection->mhd);
    if (!connection->is_watched)
        connection->is_watched =
            mcp_peer_watch_add(&loop->watch, connection->socket, connection, NULL) == MCP_OK;
    if (connection->is_lost)
        mcp_http_request_wake(connection);
}

void mcp_http_request_wake(struct mcp_http_connection *connection) {
    if (!connection->is_suspended)
        return;
    connection->is_suspended = false;
    MHD_resume_connection(connection->mhd);
}

void mcp_http_request_lose(void *peer) {
    struct mcp_http_connection *connection = peer;
    connection->is_lost = true; /* while it is awake the HTTP library notices by itself */
    mcp_http_request_wake(connection);
}

/* ---- the answer ---- */

static ssize_t read_stream(void *cls, uint64_t position, char *out, size_t max) {
    struct mcp_http_connection *connection = cls;
    (void)position;
    enum mcp_http_next next = MCP_HTTP_WAIT;
    size_t len = mcp_http_reply_read(connection->reply, out, max, &next);
    switch (next) {
    case MCP_HTTP_STREAM:
        connection->last_write_ms = connection->loop->now_ms;
        return (ssize_t)len;
    case MCP_HTTP_ANSWER:
        return MHD_CONTENT_READER_END_OF_STREAM;
    case MCP_HTTP_DROP:
        return MHD_CONTENT_READER_END_WITH_ERROR;
    default:
        if (connection->is_lost)
            return MHD_CONTENT_READER_END_WITH_ERROR;
        sleep_connection(connection); /* or the HTTP library would ask again at once, for ever */
        return 0;
    }
}

/* Do what the reply says: answer, stream, sleep or hang up. */
static enum MHD_Result follow_reply(struct mcp_http_connection *connection) {
    struct mcp_http_answer answer = {0};
    switch (mcp_http_reply_next(connection->reply, &answer)) {
    case MCP_HTTP_ANSWER:
        return mcp_http_answer_reply(connection, &answer);
    case MCP_HTTP_STREAM:
        connection->is_streaming = true;
        connection->last_write_ms = connection->loop->now_ms;
        return mcp_http_answer_stream(connection, read_stream);
    case MCP_HTTP_WAIT:
        if (connection->is_lost)
            return MHD_NO;
        sleep_connection(connection);
        return MHD_YES;
    default:
        return MHD_NO;
    }
}

/* ---- the request ---- */

void *mcp_http_request_begin(void *cls, const char *target, struct MHD_Connection *mhd) {
    struct mcp_http_loop *loop = cls;
    struct mcp_http_connection *connection = connection_of(mhd);
    if (connection == NULL)
        return NULL;
    mcp_http_route_find(mcp_str_of(target), loop->page_paths, loop->policy.options->page_count,
                        &connection->route);
    connection->step = MCP_HTTP_STEP_HEAD;
    connection->verdict = (struct mcp_http_verdict){0};
    connection->drained = 0;
    connection->is_streaming = false;
    bool was_idle = connection->reaper.phase_plus_one == MCP_REAPER_IDLE + 1;
    if (was_idle)
        mcp_reaper_enter(&loop->reaper, &connection->reaper, MCP_REAPER_HEAD, loop->now_ms);
    return connection;
}

struct header_list {
    struct mcp_http_header headers[MCP_HTTP_MAX_HEADERS];
    size_t count;
    bool is_full;
};

static bool is_space(char byte) {
    return byte == ' ' || byte == '\t';
}

static struct mcp_str trim(const char *text, size_t len) {
    struct mcp_str value = {text != NULL ? text : "", text != NULL ? len : 0};
    while (value.len > 0 && is_space(value.ptr[0]))
        value = (struct mcp_str){value.ptr + 1, value.len - 1};
    while (value.len > 0 && is_space(value.ptr[value.len - 1]))
        value.len--;
    return value;
}

static enum MHD_Result note_header(void *cls, enum MHD_ValueKind kind, const char *name,
                                   size_t name_len, const char *value, size_t value_len) {
    struct header_list *list = cls;
    (void)kind;
    list->is_full = list->count == MCP_HTTP_MAX_HEADERS;
    if (list->is_full)
        return MHD_NO;
    list->headers[list->count++] =
        (struct mcp_http_header){{name, name_len}, trim(value, value_len)};
    return MHD_YES;
}

static struct mcp_http_head read_head(struct mcp_http_connection *connection, const char *method,
                                      struct header_list *list) {
    list->count = 0;
    list->is_full = false;
    (void)MHD_get_connection_values_n(connection->mhd, MHD_HEADER_KIND, note_header, list);
    return (struct mcp_http_head){.method = mcp_str_of(method),
                                  .path = MCP_STR(""),
                                  .query = MCP_STR(""),
                                  .headers = list->headers,
                                  .header_count = list->count};
}

/* A refusal of a short body waits for it, so that the connection stays usable and the peer, still
 * writing, gets to see the answer. */
static bool can_drain(const struct mcp_http_connection *connection) {
    return !connection->verdict.must_close &&
           connection->facts.content_length <= MCP_HTTP_DRAIN_BYTES &&
           connection->facts.count[MCP_HTTP_EXPECT] == 0;
}

static bool is_open_page(const struct mcp_http_loop *loop, const struct mcp_http_route *route) {
    return route->endpoint == MCP_HTTP_PAGE && !loop->policy.options->pages[route->page].is_private;
}

static enum MHD_Result handle_head(struct mcp_http_connection *connection, const char *method,
                                   const char *version) {
    struct mcp_http_loop *loop = connection->loop;
    struct header_list list;
    const struct mcp_http_head head = read_head(connection, method, &list);
    const struct mcp_http_inquiry inquiry = {
        .head = &head,
        .endpoint = connection->route.endpoint,
        .is_http_1_0 = strcmp(version, "HTTP/1.0") == 0,
        .is_loopback = connection->is_loopback,
        .is_open = is_open_page(loop, &connection->route),
    };
    release_grant(connection);
    connection->verdict = mcp_http_guard_check(&loop->policy, &inquiry, &connection->facts);
    if (list.is_full)
        connection->verdict = (struct mcp_http_verdict){
            .status = 431, .text = "more than 100 headers", .must_close = true};
    bool has_body = connection->facts.content_length > 0 || connection->facts.is_chunked;
    mcp_reaper_enter(&loop->reaper, &connection->reaper,
                     has_body ? MCP_REAPER_BODY : MCP_REAPER_NONE, loop->now_ms);
    connection->step = connection->verdict.status == 0 ? MCP_HTTP_STEP_BODY : MCP_HTTP_STEP_REFUSE;
    if (connection->verdict.status == 0 || can_drain(connection))
        return MHD_YES;
    return mcp_http_answer_refuse(connection, &connection->verdict);
}

static enum MHD_Result take_body(struct mcp_http_connection *connection, struct mcp_str bytes) {
    static const struct mcp_http_verdict too_long = {
        .status = 413, .text = "the body is longer than this server takes", .must_close = true};
    static const struct mcp_http_verdict no_memory = {
        .status = 503, .text = "out of memory", .must_close = true};
    if (connection->step == MCP_HTTP_STEP_REFUSE) {
        connection->drained += bytes.len;
        return connection->drained <= MCP_HTTP_DRAIN_BYTES ? MHD_YES : MHD_NO;
    }
    mcp_buf_add(&connection->body, bytes);
    enum mcp_code code = mcp_buf_finish(&connection->body, NULL);
    if (code != MCP_OK) {
        connection->verdict = code == MCP_E_LIMIT ? too_long : no_memory;
        connection->step = MCP_HTTP_STEP_REFUSE;
    }
    return MHD_YES;
}

static enum MHD_Result serve(struct mcp_http_connection *connection, const char *method) {
    struct mcp_http_loop *loop = connection->loop;
    mcp_reaper_enter(&loop->reaper, &connection->reaper, MCP_REAPER_NONE, loop->now_ms);
    if (connection->step == MCP_HTTP_STEP_REFUSE)
        return mcp_http_answer_refuse(connection, &connection->verdict);
    struct header_list list;
    const struct mcp_http_head head = read_head(connection, method, &list);
    if (mcp_http_endpoint_serve(connection, &head) != MHD_YES)
        return MHD_NO;
    return connection->step == MCP_HTTP_STEP_REPLY ? follow_reply(connection) : MHD_YES;
}

/* NOLINTNEXTLINE(readability-function-size): the HTTP library names the parameters */
enum MHD_Result mcp_http_request_handle(void *cls, struct MHD_Connection *mhd, const char *path,
                                        const char *method, const char *version, const char *upload,
                                        size_t *upload_len, void **request) {
    struct mcp_http_connection *connection = *request;
    (void)cls;
    (void)mhd;
    (void)path;
    if (connection == NULL)
        return MHD_NO;
    switch (connection->step) {
    case MCP_HTTP_STEP_HEAD:
        return handle_head(connection, method, version);
    case MCP_HTTP_STEP_BODY:
    case MCP_HTTP_STEP_REFUSE:
        if (*upload_len == 0)
            return serve(connection, method);
        const struct mcp_str bytes = {upload, *upload_len};
        *upload_len = 0;
        return take_body(connection, bytes);
    case MCP_HTTP_STEP_REPLY:
        return follow_reply(connection);
    default:
        return MHD_NO;
    }
}

static void release_reply(struct mcp_http_connection *connection) {
    struct mcp_http_loop *loop = connection->loop;
    struct mcp_http_reply *reply = connection->reply;
    connection->reply = NULL;
    if (reply == NULL)
        return;
    reply->reader = NULL;
    bool is_detached = mcp_http_resume_detach(reply);
    bool is_listed = reply->detached_ms != 0;
    if (is_detached)
        reply->detached_ms = loop->now_ms + 1; /* never 0 */
    if (is_detached && !is_listed) {
        reply->next_detached = loop->detached; /* the reference goes with it */
        loop->detached = reply;
    } else {
        mcp_http_reply_unref(reply);
    }
}

void mcp_http_request_complete(void *cls, struct MHD_Connection *mhd, void **request,
                               enum MHD_RequestTerminationCode why) {
    struct mcp_http_loop *loop = cls;
    struct mcp_http_connection *connection = *request;
    (void)mhd;
    (void)why;
    if (connection == NULL)
        return;
    *request = NULL;
    connection->is_streaming = false;
    connection->is_suspended = false;
    release_reply(connection);
    release_grant(connection);
    connection->is_denied = false;
    mcp_buf_deinit(&connection->needed);
    if (connection->body.cap > MCP_HTTP_KEPT_BODY_BYTES)
        mcp_buf_deinit(&connection->body);
    else
        mcp_buf_clear(&connection->body);
    mcp_reaper_enter(&loop->reaper, &connection->reaper, MCP_REAPER_IDLE, loop->now_ms);
}
