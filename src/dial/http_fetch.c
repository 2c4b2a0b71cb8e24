/* SPDX-License-Identifier: MIT */
/* http_fetch.c - see http_fetch.h. Effect: HTTP through libcurl. */
#include "dial/http_fetch.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "dial/address_class.h"
#include "dial/http_error.h"
#include "dial/proxy.h"
#include "mcp/alloc.h"
#include "mcp/http_text.h"

enum {
    HALF_OPEN_MS = 30000, /* sent bytes nobody acknowledges for so long: the peer is gone */
    KEEPALIVE_S = 30,
    BUFFER_BYTES = 64 << 10
};

#define PRIVATE_ADDRESS "its address is of a private network, where a public server may not lead"

struct mcp_fetch {
    struct mcp_loop_transfer transfer; /* first: CURLOPT_PRIVATE points to it */
    struct mcp_loop *loop;
    struct mcp_loop_job job; /* begins it, or ends it after cancel */
    bool is_queued;          /* the job waits to run */
    bool is_running;         /* libcurl has the handle */
    bool is_cancelled;
    bool has_head;
    bool is_once;
    bool was_sent;      /* or about to be, on some connection */
    bool names_private; /* the URL's host is an address of a private network */
    const char *proxy;  /* the loop's; NULL: none */
    struct mcp_fetch_handlers handlers;
    CURL *easy;
    struct curl_slist *headers;
    char *url;
    char *body;
    size_t header_bytes;
    uint64_t connect_timeout_ms;
    uint64_t timeout_ms;
    struct mcp_err err; /* the first failure of ours */
    char detail[CURL_ERROR_SIZE];
};

static void release(struct mcp_fetch *fetch) {
    if (fetch->is_running)
        (void)curl_multi_remove_handle(mcp_loop_curl(fetch->loop), fetch->easy);
    if (fetch->easy != NULL)
        mcp_loop_give_easy(fetch->loop, fetch->easy);
    curl_slist_free_all(fetch->headers);
    mcp_free(fetch->url);
    mcp_free(fetch->body);
    mcp_free(fetch);
}

static bool is_encoded(const struct mcp_fetch *fetch) {
    const char *encoding = mcp_fetch_header(fetch, "Content-Encoding");
    return encoding != NULL && !mcp_http_equal_nocase(mcp_str_of(encoding), MCP_STR("identity"));
}

static enum mcp_code take_head(struct mcp_fetch *fetch) {
    long status = mcp_fetch_status(fetch);
    fetch->has_head = true;
    if (status >= 300 && status < 400)
        return mcp_http_redirect_failure(status, fetch->url, mcp_fetch_header(fetch, "Location"),
                                         &fetch->err);
    if (is_encoded(fetch))
        return MCP_FAIL(&fetch->err, MCP_E_PEER,
                        "the answer is compressed, which was not asked for");
    return fetch->handlers.on_head(fetch->handlers.user, fetch, &fetch->err);
}

static size_t on_header(char *bytes, size_t size, size_t count, void *user) {
    struct mcp_fetch *fetch = user;
    size_t len = size * count;
    if (fetch->is_cancelled)
        return 0;
    fetch->header_bytes += len;
    if (fetch->header_bytes > MCP_FETCH_MAX_HEADER_BYTES) {
        (void)MCP_FAIL(&fetch->err, MCP_E_PEER, "the answer's header is longer than %d bytes",
                       MCP_FETCH_MAX_HEADER_BYTES);
        return 0;
    }
    bool is_end = len == 2 && memcmp(bytes, "\r\n", 2) == 0;
    bool is_trailer = fetch->has_head;
    if (!is_end || is_trailer || mcp_fetch_status(fetch) < 200)
        return len;
    return take_head(fetch) == MCP_OK && !fetch->is_cancelled ? len : 0;
}

static size_t on_bytes(const char *bytes, size_t size, size_t count, void *user) {
    struct mcp_fetch *fetch = user;
    struct mcp_str body = {bytes, size * count};
    if (fetch->is_cancelled)
        return 0;
    if (!fetch->has_head && take_head(fetch) != MCP_OK)
        return 0;
    enum mcp_code code = fetch->is_cancelled
                             ? MCP_E_CANCELLED
                             : fetch->handlers.on_body(fetch->handlers.user, body, &fetch->err);
    return code == MCP_OK && !fetch->is_cancelled ? body.len : 0;
}

static bool is_connected(const struct mcp_fetch *fetch) {
    curl_off_t spent_us = 0;
    (void)curl_easy_getinfo(fetch->easy, CURLINFO_PRETRANSFER_TIME_T, &spent_us);
    return spent_us > 0;
}

static void judge(struct mcp_fetch *fetch, CURLcode code) {
    if (fetch->err.code != MCP_OK)
        return;
    if (code != CURLE_OK) {
        bool connected = is_connected(fetch);
        (void)mcp_http_curl_failure((int)code, fetch->detail, connected,
                                    connected ? fetch->timeout_ms : fetch->connect_timeout_ms,
                                    &fetch->err);
        long os_errno = 0;
        (void)curl_easy_getinfo(fetch->easy, CURLINFO_OS_ERRNO, &os_errno);
        fetch->err.os_errno = (int)os_errno;
    } else if (!fetch->has_head) {
        (void)take_head(fetch);
    }
}

static void on_end(struct mcp_loop_transfer *transfer, CURLcode code) {
    struct mcp_fetch *fetch = (struct mcp_fetch *)transfer;
    if (!fetch->is_cancelled) {
        char origin[MCP_HTTP_ORIGIN_BYTES];
        judge(fetch, code);
        mcp_http_origin(mcp_str_of(fetch->url), origin);
        bool is_behind = fetch->proxy != NULL && !is_connected(fetch);
        (void)mcp_err_at(&fetch->err, fetch->err.code, "%s%s", origin,
                         is_behind ? " through the proxy of the environment" : "");
    }
    if (!fetch->is_cancelled)
        fetch->handlers.on_done(fetch->handlers.user, &fetch->err);
    if (!fetch->is_queued) {
        release(fetch);
        return;
    }
    /* cancelled: the queued job releases it; libcurl must let go of it here */
    (void)curl_multi_remove_handle(mcp_loop_curl(fetch->loop), fetch->easy);
    fetch->is_running = false;
}

/* Runs outside libcurl's callbacks. */
static void run_job(void *user) {
    struct mcp_fetch *fetch = user;
    fetch->is_queued = false;
    if (fetch->is_cancelled) {
        release(fetch);
        return;
    }
    CURLMcode code = curl_multi_add_handle(mcp_loop_curl(fetch->loop), fetch->easy);
    fetch->is_running = code == CURLM_OK;
    if (fetch->is_running)
        return;
    (void)MCP_FAIL(&fetch->err, MCP_E_NOMEM, "the exchange cannot begin: %s",
                   curl_multi_strerror(code));
    fetch->handlers.on_done(fetch->handlers.user, &fetch->err);
    release(fetch);
}

/* A write that is not acknowledged ends the connection; libcurl's keep-alive covers idle ones. */
static int on_socket(void *user, curl_socket_t descriptor, curlsocktype purpose) {
    unsigned timeout_ms = HALF_OPEN_MS;
    (void)user;
    (void)purpose;
    (void)setsockopt(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms, sizeof timeout_ms);
    return CURL_SOCKOPT_OK;
}

/* libcurl sends a request again when a kept connection ends without an answer: the server may have
 * acted on it all the same. */
/* NOLINTNEXTLINE(readability-non-const-parameter): the signature is libcurl's */
static int before_request(void *user, char *peer, char *local, int peer_port, int local_port) {
    struct mcp_fetch *fetch = user;
    (void)peer;
    (void)local;
    (void)peer_port;
    (void)local_port;
    if (fetch->is_once && fetch->was_sent) {
        (void)MCP_FAIL(&fetch->err, MCP_E_PEER,
                       "the connection broke before the answer: the request may have been "
                       "carried out, so it is not sent again");
        return CURL_PREREQFUNC_ABORT;
    }
    fetch->was_sent = true;
    return CURL_PREREQFUNC_OK;
}

/* Looked at when it is connected to: a name may lead elsewhere by then. */
static curl_socket_t open_public(void *user, curlsocktype purpose, struct curl_sockaddr *address) {
    struct mcp_fetch *fetch = user;
    const struct sockaddr *any = &address->addr;
    const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)any;
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)any;
    bool is_public =
        address->family == AF_INET6
            ? mcp_address_is_public(six->sin6_addr.s6_addr, sizeof six->sin6_addr.s6_addr)
            : address->family == AF_INET &&
                  mcp_address_is_public((const unsigned char *)&four->sin_addr,
                                        sizeof four->sin_addr);
    (void)purpose;
    if (is_public)
        return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    (void)MCP_FAIL(&fetch->err, MCP_E_DENIED, PRIVATE_ADDRESS);
    return CURL_SOCKET_BAD;
}

/* What is in CURLUPART_HOST, without brackets. */
static void judge_host(struct mcp_fetch *fetch, char *host) {
    size_t len = strlen(host);
    if (host[0] == '[' && host[len - 1] == ']') {
        host[len - 1] = '\0';
        memmove(host, host + 1, len - 1);
    }
    char address[INET6_ADDRSTRLEN];
    unsigned char bytes[16];
    (void)snprintf(address, sizeof address, "%s", host);
    len = strlen(address);
    if (len > 0 && address[len - 1] == '.')
        address[len - 1] = '\0';
    bool is_address =
        inet_pton(AF_INET, address, bytes) == 1 || inet_pton(AF_INET6, address, bytes) == 1;
    fetch->names_private = is_address && !mcp_address_text_is_public(address);
}

/* libcurl takes the URL apart, so that an address has one form whatever it is written as. */
static enum mcp_code choose_proxy(struct mcp_fetch *fetch, struct mcp_err *err) {
    CURLU *url = curl_url();
    char *scheme = NULL;
    char *host = NULL;
    enum mcp_code code = MCP_OK;
    if (url == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for an HTTP exchange");
    if (curl_url_set(url, CURLUPART_URL, fetch->url, 0) == CURLUE_OK &&
        curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
        curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK) {
        judge_host(fetch, host);
        code = mcp_proxy_choose(mcp_loop_proxies(fetch->loop), scheme, host, &fetch->proxy, err);
    }
    curl_free(scheme);
    curl_free(host);
    curl_url_cleanup(url);
    return code;
}

/* What a proxy connects to is not seen here: an address in the URL is all that can be judged. */
static enum mcp_code set_proxy(struct mcp_fetch *fetch, bool is_public_only, struct mcp_err *err) {
    CURL *easy = fetch->easy;
    MCP_TRY(choose_proxy(fetch, err));
    if (fetch->proxy != NULL && is_public_only && fetch->names_private)
        return MCP_FAIL(err, MCP_E_DENIED, PRIVATE_ADDRESS);
    if (curl_easy_setopt(easy, CURLOPT_PROXY, fetch->proxy != NULL ? fetch->proxy : "") !=
            CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_NOPROXY, "") != CURLE_OK)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for an HTTP exchange");
    (void)curl_easy_setopt(easy, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE);
    (void)curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    return MCP_OK;
}

static bool set_safety(CURL *easy) {
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L) == CURLE_OK;
}

static void set_connection(struct mcp_fetch *fetch, const struct mcp_fetch_config *config) {
    CURL *easy = fetch->easy;
    (void)curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (config->ca_file != NULL)
        (void)curl_easy_setopt(easy, CURLOPT_CAINFO, config->ca_file);
    (void)curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, (long)KEEPALIVE_S);
    (void)curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, (long)KEEPALIVE_S);
    (void)curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, on_socket);
    if (config->is_public_only && fetch->proxy == NULL) {
        (void)curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_public);
        (void)curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, fetch);
        (void)curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L); /* none opened without the check */
    }
    (void)curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)BUFFER_BYTES);
    (void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)fetch->connect_timeout_ms);
    (void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)fetch->timeout_ms);
}

static bool set_request(struct mcp_fetch *fetch, const struct mcp_fetch_request *request) {
    CURL *easy = fetch->easy;
    bool is_post = strcmp(request->method, "POST") == 0;
    if (is_post) {
        (void)curl_easy_setopt(easy, CURLOPT_POST, 1L);
        (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
        (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS, fetch->body);
    } else if (strcmp(request->method, "GET") != 0 &&
               curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method) != CURLE_OK) {
        return false;
    }
    (void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, fetch->headers);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERDATA, fetch);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_bytes);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, fetch);
    (void)curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_request);
    (void)curl_easy_setopt(easy, CURLOPT_PREREQDATA, fetch);
    (void)curl_easy_setopt(easy, CURLOPT_PRIVATE, &fetch->transfer);
    (void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, fetch->detail);
    return curl_easy_setopt(easy, CURLOPT_USERAGENT, "mcp-orchestra") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_URL, fetch->url) == CURLE_OK;
}

static enum mcp_code build(struct mcp_fetch *fetch, const struct mcp_fetch_request *request,
                           struct mcp_err *err) {
    const char *url = request->url != NULL ? request->url : request->config->url;
    fetch->url = mcp_strdup(url);
    fetch->body = mcp_strndup(request->body.len > 0 ? request->body.ptr : "", request->body.len);
    fetch->easy = mcp_loop_take_easy(fetch->loop);
    if (fetch->url == NULL || fetch->body == NULL || fetch->easy == NULL ||
        !set_safety(fetch->easy) || !set_request(fetch, request))
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for an HTTP exchange");
    enum mcp_code code = set_proxy(fetch, request->config->is_public_only, err);
    if (code != MCP_OK) {
        char origin[MCP_HTTP_ORIGIN_BYTES];
        mcp_http_origin(mcp_str_of(fetch->url), origin);
        return mcp_err_at(err, code, "%s", origin);
    }
    set_connection(fetch, request->config);
    return MCP_OK;
}

enum mcp_code mcp_fetch_start(struct mcp_loop *loop, const struct mcp_fetch_request *request,
                              const struct mcp_fetch_handlers *handlers,
                              struct mcp_fetch **out_fetch, struct mcp_err *err) {
    struct mcp_fetch *fetch = mcp_alloc(sizeof *fetch);
    if (fetch == NULL) {
        curl_slist_free_all(request->headers);
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for an HTTP exchange");
    }
    uint64_t connect_ms = request->config->connect_timeout_ms;
    *fetch = (struct mcp_fetch){
        .transfer = {on_end},
        .loop = loop,
        .job = {.fn = run_job, .user = fetch},
        .handlers = *handlers,
        .headers = request->headers,
        .is_once = request->is_once,
        .connect_timeout_ms = connect_ms != 0 ? connect_ms : MCP_FETCH_CONNECT_MS,
        .timeout_ms = request->timeout_ms,
    };
    enum mcp_code code = build(fetch, request, err);
    if (code != MCP_OK) {
        release(fetch);
        return code;
    }
    fetch->is_queued = true;
    mcp_loop_curl_later(loop, &fetch->job);
    *out_fetch = fetch;
    return MCP_OK;
}

void mcp_fetch_cancel(struct mcp_fetch *fetch) {
    if (fetch == NULL || fetch->is_cancelled)
        return;
    fetch->is_cancelled = true;
    if (fetch->is_queued)
        return;
    fetch->is_queued = true;
    mcp_loop_curl_later(fetch->loop, &fetch->job);
}

long mcp_fetch_status(const struct mcp_fetch *fetch) {
    long status = 0;
    (void)curl_easy_getinfo(fetch->easy, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

bool mcp_fetch_is_public(const struct mcp_fetch *fetch) {
    char *address = NULL;
    if (fetch->proxy != NULL)
        return !fetch->names_private;
    return curl_easy_getinfo(fetch->easy, CURLINFO_PRIMARY_IP, &address) == CURLE_OK &&
           address != NULL && mcp_address_text_is_public(address);
}

const char *mcp_fetch_header_at(const struct mcp_fetch *fetch, const char *name, size_t index) {
    struct curl_header *header = NULL;
    if (curl_easy_header(fetch->easy, name, index, CURLH_HEADER, -1, &header) != CURLHE_OK)
        return NULL;
    return header->value;
}

const char *mcp_fetch_header(const struct mcp_fetch *fetch, const char *name) {
    return mcp_fetch_header_at(fetch, name, 0);
}
