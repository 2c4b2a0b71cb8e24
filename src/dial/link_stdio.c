/* SPDX-License-Identifier: MIT */
/* link_stdio.c - see dial_link.h. Effect: a child process, one message a line. */
#include <string.h>

#include "client/peer_text.h"
#include "dial/child.h"
#include "dial/dial_link.h"
#include "mcp/alloc.h"
#include "mcp/line_framer.h"

struct stdio_link {
    struct mcp_dial_link base; /* first */
    struct mcp_loop *loop;
    const struct mcp_target *target;
    const struct mcp_link_events *events;
    struct mcp_child *child;
    struct mcp_line_framer framer;
    bool is_stopped;
    bool is_down;
};

static struct stdio_link *stdio_of(struct mcp_link *link) {
    return (struct stdio_link *)link;
}

static enum mcp_code on_line(struct mcp_str line, void *user, struct mcp_err *err) {
    struct stdio_link *stdio = user;
    if (!stdio->is_stopped)
        stdio->events->on_message(stdio->events->user, line);
    return stdio->is_stopped ? MCP_FAIL(err, MCP_E_CANCELLED, "stopped") : MCP_OK;
}

static void go_down(struct stdio_link *stdio, const struct mcp_err *err) {
    if (stdio->is_down || stdio->is_stopped)
        return;
    stdio->is_down = true;
    stdio->events->on_down(stdio->events->user, err);
}

/* An oversized line may have been the answer to anything: nothing after it can be trusted. */
static void on_output(void *user, struct mcp_str bytes) {
    struct stdio_link *stdio = user;
    struct mcp_err err = {0};
    if (stdio->is_down)
        return;
    enum mcp_code code = mcp_line_framer_feed(&stdio->framer, bytes, &err);
    if (code == MCP_E_LIMIT) {
        err = (struct mcp_err){0};
        (void)MCP_FAIL(&err, MCP_E_LIMIT, "the server sent a line longer than %zu bytes",
                       stdio->target->max_message_bytes);
    }
    if (code != MCP_OK)
        go_down(stdio, &err);
}

/* Programs that cannot start say why on stderr, on its last line. */
static struct mcp_peer_text last_words(const struct stdio_link *stdio) {
    char tail[1024];
    mcp_child_stderr_tail(stdio->child, tail, sizeof tail);
    size_t len = strlen(tail);
    while (len > 0 && tail[len - 1] == '\n')
        tail[--len] = '\0';
    const char *line = strrchr(tail, '\n');
    return mcp_peer_text(mcp_str_of(line != NULL ? line + 1 : tail));
}

static void on_gone(void *user, const struct mcp_err *cause) {
    struct stdio_link *stdio = user;
    struct mcp_err err = {0};
    struct mcp_peer_text words = last_words(stdio);
    if (!stdio->is_down && mcp_line_framer_end(&stdio->framer, NULL) == MCP_E_NOMEM)
        (void)MCP_FAIL(&err, MCP_E_NOMEM, "out of memory for a message");
    if (words.text[0] != '\0')
        (void)MCP_FAIL(&err, cause->code, "%s; its last words: %s", cause->what, words.text);
    go_down(stdio, err.code != MCP_OK ? &err : cause);
}

static void on_closed(void *user) {
    struct stdio_link *stdio = user;
    stdio->child = NULL;
    stdio->base.on_closed(stdio->base.closed_user);
}

static enum mcp_code start(struct mcp_link *link, const struct mcp_link_events *events,
                           struct mcp_err *err) {
    struct stdio_link *stdio = stdio_of(link);
    const struct mcp_child_spec spec = {
        .program = stdio->target->program, .argv = stdio->target->argv, .env = stdio->target->env};
    const struct mcp_child_handlers handlers = {
        .on_output = on_output, .on_gone = on_gone, .on_closed = on_closed, .user = stdio};
    stdio->events = events;
    return mcp_child_start(stdio->loop, &spec, &handlers, &stdio->child, err);
}

static enum mcp_code send_message(struct mcp_link *link, const struct mcp_link_message *message,
                                  struct mcp_err *err) {
    struct stdio_link *stdio = stdio_of(link);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf line = MCP_BUF_INIT(message->body.len + 1);
    mcp_buf_add(&line, message->body);
    mcp_buf_addc(&line, '\n');
    MCP_TRY(mcp_buf_finish(&line, err));
    return mcp_child_write(stdio->child, mcp_buf_view(&line), err);
}

/* The pipe is shared: nothing can be closed for one request. */
static void forget(struct mcp_link *link, uint64_t token) {
    (void)link;
    (void)token;
}

static void ready(struct mcp_link *link, const char *version) {
    (void)link;
    (void)version;
}

static void stop(struct mcp_link *link) {
    struct stdio_link *stdio = stdio_of(link);
    stdio->is_stopped = true;
    mcp_child_stop(stdio->child);
}

static void describe(const struct mcp_dial_link *link, struct mcp_dial_state *out_state) {
    const struct stdio_link *stdio = (const struct stdio_link *)link;
    out_state->transport = MCP_DIAL_STDIO;
    if (stdio->child == NULL)
        return;
    out_state->child_pid = mcp_child_pid(stdio->child);
    mcp_child_stderr_tail(stdio->child, out_state->stderr_tail, sizeof out_state->stderr_tail);
}

static void release(struct mcp_dial_link *link) {
    struct stdio_link *stdio = (struct stdio_link *)link;
    mcp_line_framer_deinit(&stdio->framer);
    mcp_free(stdio);
}

enum mcp_code mcp_link_stdio_new(struct mcp_loop *loop, const struct mcp_target *target,
                                 struct mcp_dial_link **out_link, struct mcp_err *err) {
    static const struct mcp_link_ops ops = {start, send_message, forget, ready, stop, NULL};
    static const struct mcp_dial_link_ops more = {describe, release};
    struct stdio_link *stdio = mcp_alloc(sizeof *stdio);
    if (stdio == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for a connection");
    stdio->base.link.ops = &ops;
    stdio->base.more = &more;
    stdio->loop = loop;
    stdio->target = target;
    mcp_line_framer_init(&stdio->framer, target->max_message_bytes, on_line, stdio);
    *out_link = &stdio->base;
    return MCP_OK;
}
