/* SPDX-License-Identifier: MIT */
/* mcp-replay: run transcripts against a server, over stdio or Streamable HTTP.
 *
 *   mcp-replay --url URL TRANSCRIPT...              a server that is listening
 *   mcp-replay TRANSCRIPT... -- COMMAND [ARG...]    a server on stdio, started anew for each
 *
 * A transcript is a JSON object a line: {"send": MESSAGE} or {"send_text": "bytes"}, and
 * {"expect": MESSAGE}: the next message from the server must match (match.h). "only": "stdio" or
 * "http" limits a line to one transport; {"status": 202} is the status of the last HTTP answer.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <curl/curl.h>
#include <jansson.h>

#include "match.h"
#include "mcp/line_framer.h"
#include "mcp/sse_parser.h"

enum { MAX_BYTES = 64 << 20, WAIT_MS = 30000 };

struct peer {
    json_t *inbox; /* messages received and not yet expected */
    /* stdio */
    pid_t pid;
    int to_fd, from_fd;
    struct mcp_line_framer framer;
    /* http */
    const char *url;
    char session[256];
    char version[32];
    bool is_stream;
    long status;
    struct mcp_buf body;
};

static enum mcp_code keep(struct peer *peer, struct mcp_str text) {
    json_t *message = json_loadb(text.ptr, text.len, JSON_DECODE_ANY, NULL);
    if (message == NULL)
        message = json_pack("{s:s%}", "unreadable", text.ptr, text.len);
    return json_array_append_new(peer->inbox, message) == 0 ? MCP_OK : MCP_E_NOMEM;
}

static enum mcp_code keep_line(struct mcp_str line, void *user, struct mcp_err *err) {
    (void)err;
    return keep(user, line);
}

static enum mcp_code keep_event(const struct mcp_sse_event *event, void *user,
                                struct mcp_err *err) {
    (void)err;
    return event->data.len > 0 ? keep(user, event->data) : MCP_OK;
}

/* stdio */

static int start_child(struct peer *peer, char **argv) {
    int in[2];
    int out[2];
    if (pipe(in) != 0 || pipe(out) != 0)
        return -1;
    peer->pid = fork();
    if (peer->pid == 0) {
        (void)dup2(in[0], STDIN_FILENO);
        (void)dup2(out[1], STDOUT_FILENO);
        for (int fd = 3; fd < 64; fd++)
            (void)close(fd);
        (void)execvp(argv[0], argv);
        _exit(127);
    }
    (void)close(in[0]);
    (void)close(out[1]);
    peer->to_fd = in[1];
    peer->from_fd = out[0];
    mcp_line_framer_init(&peer->framer, MAX_BYTES, keep_line, peer);
    return peer->pid > 0 ? 0 : -1;
}

static int stop_child(struct peer *peer) {
    int status = -1;
    (void)close(peer->to_fd);
    (void)waitpid(peer->pid, &status, 0);
    (void)close(peer->from_fd);
    mcp_line_framer_deinit(&peer->framer);
    return status;
}

static void send_line(const struct peer *peer, const char *text) {
    size_t len = strlen(text);
    if (write(peer->to_fd, text, len) != (ssize_t)len || write(peer->to_fd, "\n", 1) != 1)
        perror("write");
}

static bool read_some(struct peer *peer) {
    char bytes[65536];
    struct pollfd ready = {peer->from_fd, POLLIN, 0};
    if (poll(&ready, 1, WAIT_MS) <= 0)
        return false;
    ssize_t len = read(peer->from_fd, bytes, sizeof bytes);
    return len > 0 && mcp_line_framer_feed(&peer->framer, (struct mcp_str){bytes, (size_t)len},
                                           NULL) == MCP_OK;
}

/* http */

static size_t take_body(const char *bytes, size_t one, size_t len, void *user) {
    (void)one;
    struct peer *peer = user;
    mcp_buf_add(&peer->body, (struct mcp_str){bytes, len});
    return len;
}

static size_t take_header(const char *bytes, size_t one, size_t len, void *user) {
    (void)one;
    struct peer *peer = user;
    char line[512] = "";
    (void)snprintf(line, sizeof line, "%.*s", (int)len, bytes);
    if (strncasecmp(line, "mcp-session-id:", 15) == 0)
        (void)sscanf(line + 15, " %255s", peer->session);
    if (strncasecmp(line, "content-type:", 13) == 0)
        peer->is_stream = strstr(line, "text/event-stream") != NULL;
    return len;
}

static void read_answer(struct peer *peer) {
    if (peer->body.len == 0)
        return;
    if (!peer->is_stream) {
        (void)keep(peer, mcp_buf_view(&peer->body));
        return;
    }
    MCP_AUTO(mcp_sse_parser_deinit) struct mcp_sse_parser parser;
    mcp_sse_parser_init(&parser, MAX_BYTES, keep_event, peer);
    if (mcp_sse_parser_feed(&parser, mcp_buf_view(&peer->body), NULL) != MCP_OK)
        (void)fprintf(stderr, "unreadable event stream\n");
}

static struct curl_slist *request_headers(const struct peer *peer) {
    char line[320];
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    headers = curl_slist_append(headers, "Accept: application/json, text/event-stream");
    if (peer->session[0] != '\0') {
        (void)snprintf(line, sizeof line, "Mcp-Session-Id: %s", peer->session);
        headers = curl_slist_append(headers, line);
    }
    if (peer->version[0] != '\0') {
        (void)snprintf(line, sizeof line, "MCP-Protocol-Version: %s", peer->version);
        headers = curl_slist_append(headers, line);
    }
    return headers;
}

static void post(struct peer *peer, const char *text) {
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = request_headers(peer);
    peer->is_stream = false;
    mcp_buf_clear(&peer->body);
    (void)curl_easy_setopt(curl, CURLOPT_URL, peer->url);
    (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, text);
    (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, peer);
    (void)curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    (void)curl_easy_setopt(curl, CURLOPT_HEADERDATA, peer);
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)WAIT_MS);
    CURLcode code = curl_easy_perform(curl);
    if (code != CURLE_OK)
        (void)fprintf(stderr, "%s: %s\n", peer->url, curl_easy_strerror(code));
    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &peer->status);
    read_answer(peer);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
}

/* both */

/* After initialize is answered the agreed version goes into every header. */
static void note_version(struct peer *peer, const json_t *message) {
    const char *version =
        json_string_value(json_object_get(json_object_get(message, "result"), "protocolVersion"));
    if (version != NULL && strcmp(version, "2025-03-26") > 0)
        (void)snprintf(peer->version, sizeof peer->version, "%s", version);
}

static bool expect(struct peer *peer, const json_t *expected) {
    while (peer->url == NULL && json_array_size(peer->inbox) == 0)
        if (!read_some(peer))
            break;
    json_auto_t *message = json_incref(json_array_get(peer->inbox, 0));
    if (message != NULL)
        (void)json_array_remove(peer->inbox, 0);
    note_version(peer, message);
    if (match(expected, message))
        return true;
    char *want = json_dumps(expected, JSON_COMPACT | JSON_ENCODE_ANY);
    char *got = message != NULL ? json_dumps(message, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    (void)fprintf(stderr, "want %s\ngot  %s\n", want, got != NULL ? got : "nothing");
    free(want);
    free(got);
    return false;
}

static void send_text(struct peer *peer, const char *text) {
    if (peer->url != NULL)
        post(peer, text);
    else
        send_line(peer, text);
}

static bool run_line(struct peer *peer, const json_t *line) {
    const char *only = json_string_value(json_object_get(line, "only"));
    const char *text = json_string_value(json_object_get(line, "send_text"));
    const json_t *send = json_object_get(line, "send");
    const json_t *wanted = json_object_get(line, "expect");
    const json_t *status = json_object_get(line, "status");
    if (only != NULL && strcmp(only, peer->url != NULL ? "http" : "stdio") != 0)
        return true;
    if (send != NULL) {
        char *body = json_dumps(send, JSON_COMPACT);
        send_text(peer, body);
        free(body);
    }
    if (text != NULL)
        send_text(peer, text);
    if (status != NULL && peer->url != NULL && peer->status != json_integer_value(status)) {
        (void)fprintf(stderr, "want status %lld, got %ld\n", (long long)json_integer_value(status),
                      peer->status);
        return false;
    }
    return wanted == NULL || expect(peer, wanted);
}

static bool run_lines(struct peer *peer, const char *path) {
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t cap = 0;
    bool is_good = file != NULL;
    for (int number = 1; is_good && getline(&line, &cap, file) > 0; number++) {
        json_error_t why = {0};
        json_auto_t *step = json_loads(line, 0, &why);
        is_good = step != NULL && run_line(peer, step);
        if (!is_good)
            (void)fprintf(stderr, "%s:%d: failed %s\n", path, number, why.text);
    }
    if (is_good && json_array_size(peer->inbox) > 0) {
        (void)fprintf(stderr, "%s: %zu messages nobody expected\n", path,
                      json_array_size(peer->inbox));
        is_good = false;
    }
    free(line);
    if (file != NULL)
        (void)fclose(file);
    return is_good;
}

static bool run_transcript(const char *path, const char *url, char **argv) {
    struct peer peer = {.inbox = json_array(), .url = url, .body = MCP_BUF_INIT(MAX_BYTES)};
    bool is_good = url != NULL || start_child(&peer, argv) == 0;
    is_good = is_good && run_lines(&peer, path);
    if (url == NULL) {
        int status = stop_child(&peer);
        if (is_good && !(WIFEXITED(status) && WEXITSTATUS(status) == 0)) {
            (void)fprintf(stderr, "%s: the server ended with status %d at the end of its input\n",
                          path, status);
            is_good = false;
        }
    }
    json_decref(peer.inbox);
    mcp_buf_deinit(&peer.body);
    (void)printf("%s %s (%s)\n", is_good ? "ok" : "not ok", path, url != NULL ? "http" : "stdio");
    return is_good;
}

int main(int argc, char **argv) {
    const char *url = NULL;
    char **command = NULL;
    int first = 1;
    int last = argc;
    (void)signal(SIGPIPE, SIG_IGN);
    if (argc > 3 && strcmp(argv[1], "--url") == 0) {
        url = argv[2];
        first = 3;
    }
    for (int i = first; i < argc && command == NULL; i++)
        if (strcmp(argv[i], "--") == 0) {
            command = argv + i + 1;
            last = i;
        }
    if (last <= first || (url == NULL && (command == NULL || *command == NULL))) {
        (void)fprintf(stderr, "usage: mcp-replay --url URL TRANSCRIPT...\n"
                              "       mcp-replay TRANSCRIPT... -- COMMAND [ARG...]\n");
        return 2;
    }
    int failed = 0;
    for (int i = first; i < last; i++)
        failed += run_transcript(argv[i], url, command) ? 0 : 1;
    (void)printf("%d transcripts, %d failed\n", last - first, failed);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
