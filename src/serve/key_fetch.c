/* SPDX-License-Identifier: MIT */
/* key_fetch.c - see key_fetch.h. Effect: HTTP, a thread. */
#include "serve/key_fetch.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include <curl/curl.h>

#include "mcp/alloc.h"
#include "mcp/clock.h"

enum { MAX_WAIT_MS = 60000 };

struct serve_key_fetch {
    struct serve_key_wish wish;
    CURLM *multi;
    struct curl_slist *headers;
    pthread_t thread;
    bool has_thread;
    atomic_bool is_stopping;

    /* of the thread: the exchange under way */
    CURL *easy; /* NULL: none */
    struct mcp_buf body;
    char detail[CURL_ERROR_SIZE];
};

static CURLcode curl_ready;

static void init_curl(void) {
    curl_ready = curl_global_init(CURL_GLOBAL_DEFAULT);
}

static size_t on_bytes(const char *bytes, size_t one, size_t count, void *user) {
    struct serve_key_fetch *fetch = user;
    (void)one;
    mcp_buf_add(&fetch->body, (struct mcp_str){bytes, count});
    return mcp_buf_finish(&fetch->body, NULL) == MCP_OK ? count : CURL_WRITEFUNC_ERROR;
}

/* The programs start workers of their own. */
static int on_socket(void *user, curl_socket_t descriptor, curlsocktype purpose) {
    (void)user;
    (void)purpose;
    (void)fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    return CURL_SOCKOPT_OK;
}

static bool set_rules(struct serve_key_fetch *fetch, CURL *easy) {
    const char *protocols = fetch->wish.is_plain ? "http" : "https";
    return curl_easy_setopt(easy, CURLOPT_URL, fetch->wish.url) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, protocols) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)SERVE_FETCH_CONNECT_MS) ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)SERVE_FETCH_TIMEOUT_MS) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_USERAGENT, "mcp-orchestra") == CURLE_OK;
}

static bool prepare(struct serve_key_fetch *fetch, CURL *easy) {
    fetch->detail[0] = '\0';
    mcp_buf_clear(&fetch->body);
    (void)curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    (void)curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, on_socket);
    (void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, fetch->headers);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_bytes);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, fetch);
    (void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, fetch->detail);
    return set_rules(fetch, easy) && curl_multi_add_handle(fetch->multi, easy) == CURLM_OK;
}

static void fail(struct serve_key_fetch *fetch, enum mcp_code code, const char *what) {
    struct mcp_err err = {0};
    code = MCP_FAIL(&err, code, "%s", what);
    (void)mcp_err_at(&err, code, "%s", fetch->wish.url);
    fetch->wish.failed(fetch->wish.user, &err);
}

static void begin(struct serve_key_fetch *fetch) {
    fetch->wish.begin(fetch->wish.user);
    CURL *easy = curl_easy_init();
    if (easy != NULL && prepare(fetch, easy)) {
        fetch->easy = easy;
        return;
    }
    curl_easy_cleanup(easy);
    fail(fetch, MCP_E_NOMEM, "out of memory");
}

static const char *words_of(const struct serve_key_fetch *fetch, CURLcode result) {
    return fetch->detail[0] != '\0' ? fetch->detail : curl_easy_strerror(result);
}

static void judge(struct serve_key_fetch *fetch, CURLcode result) {
    long status = 0;
    char what[64];
    struct curl_header *found = NULL;
    struct mcp_err err = {0};
    if (result == CURLE_WRITE_ERROR && mcp_buf_finish(&fetch->body, &err) != MCP_OK) {
        fail(fetch, err.code, err.what);
        return;
    }
    if (result != CURLE_OK) {
        fail(fetch, result == CURLE_OPERATION_TIMEDOUT ? MCP_E_TIMEOUT : MCP_E_IO,
             words_of(fetch, result));
        return;
    }
    (void)curl_easy_getinfo(fetch->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200) {
        (void)snprintf(what, sizeof what, "status %ld instead of 200%s", status,
                       status / 100 == 3 ? ": redirects are not followed" : "");
        fail(fetch, MCP_E_IO, what);
        return;
    }
    bool says =
        curl_easy_header(fetch->easy, "Cache-Control", 0, CURLH_HEADER, -1, &found) == CURLHE_OK;
    fetch->wish.took(fetch->wish.user, mcp_buf_view(&fetch->body),
                     says ? mcp_str_of(found->value) : MCP_STR(""));
}

static void drop(struct serve_key_fetch *fetch) {
    if (fetch->easy == NULL)
        return;
    (void)curl_multi_remove_handle(fetch->multi, fetch->easy);
    curl_easy_cleanup(fetch->easy);
    fetch->easy = NULL;
    mcp_buf_deinit(&fetch->body);
}

static void end_finished(struct serve_key_fetch *fetch) {
    int left = 0;
    const CURLMsg *message = curl_multi_info_read(fetch->multi, &left);
    if (message == NULL || message->msg != CURLMSG_DONE)
        return;
    judge(fetch, message->data.result);
    drop(fetch);
}

static int wait_ms(const struct serve_key_fetch *fetch, uint64_t now_ms) {
    uint64_t due_ms = fetch->wish.due(fetch->wish.user);
    if (due_ms <= now_ms)
        return 0;
    return due_ms - now_ms < MAX_WAIT_MS ? (int)(due_ms - now_ms) : MAX_WAIT_MS;
}

static void *run(void *arg) {
    struct serve_key_fetch *fetch = arg;
    int running = 0;
    while (!atomic_load(&fetch->is_stopping)) {
        if (fetch->easy == NULL && wait_ms(fetch, mcp_clock_now_ms()) == 0)
            begin(fetch);
        (void)curl_multi_perform(fetch->multi, &running);
        end_finished(fetch);
        int wait = fetch->easy != NULL ? MAX_WAIT_MS : wait_ms(fetch, mcp_clock_now_ms());
        (void)curl_multi_poll(fetch->multi, NULL, 0, wait, NULL);
    }
    drop(fetch);
    return NULL;
}

void serve_key_fetch_wake(struct serve_key_fetch *fetch) {
    (void)curl_multi_wakeup(fetch->multi);
}

void serve_key_fetch_stop(struct serve_key_fetch *fetch) {
    if (fetch == NULL)
        return;
    atomic_store(&fetch->is_stopping, true);
    if (fetch->has_thread) {
        serve_key_fetch_wake(fetch);
        (void)pthread_join(fetch->thread, NULL);
    }
    (void)curl_multi_cleanup(fetch->multi);
    curl_slist_free_all(fetch->headers);
    mcp_free(fetch);
}

/* Signals are the main thread's. */
static enum mcp_code start_thread(struct serve_key_fetch *fetch, struct mcp_err *err) {
    sigset_t all;
    sigset_t former;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &former);
    int code = pthread_create(&fetch->thread, NULL, run, fetch);
    (void)pthread_sigmask(SIG_SETMASK, &former, NULL);
    fetch->has_thread = code == 0;
    return code == 0 ? MCP_OK : MCP_FAIL(err, MCP_E_IO, "no thread to fetch keys");
}

enum mcp_code serve_key_fetch_start(const struct serve_key_wish *wish,
                                    struct serve_key_fetch **out_fetch, struct mcp_err *err) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, init_curl);
    struct serve_key_fetch *fetch = mcp_alloc(sizeof *fetch);
    if (fetch == NULL || curl_ready != CURLE_OK) {
        mcp_free(fetch);
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    }
    fetch->wish = *wish;
    fetch->body.max = wish->max_bytes + 1;
    atomic_init(&fetch->is_stopping, false);
    fetch->multi = curl_multi_init();
    fetch->headers = curl_slist_append(NULL, "Accept: application/jwk-set+json, application/json");
    enum mcp_code code = fetch->multi != NULL && fetch->headers != NULL
                             ? start_thread(fetch, err)
                             : MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    if (code != MCP_OK) {
        serve_key_fetch_stop(fetch);
        return code;
    }
    *out_fetch = fetch;
    return MCP_OK;
}
