/* SPDX-License-Identifier: MIT */
/* watch.c - see watch.h. */
#include "orchestrator/watch.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "mcp/alloc.h"
#include "mcp/clock.h"
#include "mcp/log.h"
#include "mcp/timestamp.h"
#include "orchestrator/frame.h"
#include "orchestrator/orch_error.h"
#include "orchestrator/render.h"
#include "program/program.h"

enum { MAX_FRAME_BYTES = 16 << 20, MIN_LINES = 4 };

struct watcher {
    const struct orch_watch_order *order;
    json_t *reload; /* owned: how the last one went; NULL: none yet */
    enum mcp_code code;
    struct orch_error *error;
};

static void stop(struct watcher *watcher, const struct mcp_err *err) {
    watcher->code = orch_error_set(watcher->error, ORCH_E_OTHER, err, NULL);
    mcp_program_quit();
}

static size_t lines_of_terminal(void) {
    struct winsize size = {0};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row < MIN_LINES)
        return SIZE_MAX;
    return size.ws_row;
}

static void put(struct watcher *watcher, struct mcp_str text) {
    struct mcp_err err = {0};
    if (fwrite(text.ptr, 1, text.len, stdout) == text.len && fflush(stdout) == 0)
        return;
    (void)MCP_FAIL(&err, MCP_E_IO, "standard output cannot be written");
    stop(watcher, &err);
}

static void show_json(struct watcher *watcher, json_t *status) {
    struct mcp_err err = {0};
    char now[MCP_TIMESTAMP_BYTES];
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf line = MCP_BUF_INIT(MAX_FRAME_BYTES);
    mcp_timestamp_format(mcp_clock_wall_ms(), now);
    json_t *reload = watcher->reload != NULL ? json_incref(watcher->reload) : json_null();
    bool ok = json_object_set_new(status, "at", json_string(now)) == 0;
    ok = json_object_set_new(status, "reload", reload) == 0 && ok;
    if (!ok)
        (void)MCP_FAIL(&err, MCP_E_NOMEM, "out of memory");
    else if (mcp_json_write(status, &line, &err) == MCP_OK)
        mcp_buf_addc(&line, '\n');
    if (err.code == MCP_OK && mcp_buf_finish(&line, &err) == MCP_OK)
        put(watcher, mcp_buf_view(&line));
    else
        stop(watcher, &err);
}

static void show_text(struct watcher *watcher, const json_t *status) {
    const struct orch_watch_order *order = watcher->order;
    struct mcp_err err = {0};
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(MAX_FRAME_BYTES);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf frame = MCP_BUF_INIT(MAX_FRAME_BYTES);
    struct orch_look look = order->look_of(STDOUT_FILENO);
    char now[MCP_TIMESTAMP_BYTES];
    mcp_timestamp_format(mcp_clock_wall_ms(), now);
    const struct orch_frame head = {.config = order->config,
                                    .now = now,
                                    .interval_s = order->interval_ms / 1000,
                                    .reload = watcher->reload};
    orch_frame_add_head(&text, &look, &head);
    enum mcp_code code = orch_render_status(&text, &look, status, &err);
    if (order->is_terminal)
        orch_frame_add_in_place(&frame, mcp_buf_view(&text), lines_of_terminal());
    else
        mcp_buf_addc(&text, '\n'); /* an empty line between blocks */
    const struct mcp_buf *shown = order->is_terminal ? &frame : &text;
    if (code == MCP_OK && mcp_buf_finish(shown, &err) == MCP_OK)
        put(watcher, mcp_buf_view(shown));
    else
        stop(watcher, &err);
}

static void show(void *user) {
    struct watcher *watcher = user;
    json_auto_t *status = NULL;
    watcher->code = orch_get_status(watcher->order->orch, &status, watcher->error);
    if (watcher->code != MCP_OK)
        mcp_program_quit();
    else if (watcher->order->is_json)
        show_json(watcher, status);
    else
        show_text(watcher, status);
}

/* {"at", "error": null or one line, "changes": null or as orch_reload has them}. */
static void note_reload(struct watcher *watcher, json_t *changes, const struct orch_error *error) {
    char now[MCP_TIMESTAMP_BYTES];
    mcp_timestamp_format(mcp_clock_wall_ms(), now);
    json_t *why = json_null();
    if (changes == NULL)
        why = json_sprintf("%s%s%s", error->err.where, error->err.where[0] != '\0' ? ": " : "",
                           error->err.what);
    json_decref(watcher->reload);
    watcher->reload = json_pack("{s:s, s:o?, s:O?}", "at", now, "error", why, "changes", changes);
}

static void reload(void *user) {
    struct watcher *watcher = user;
    struct orch_error error = ORCH_ERROR_INIT;
    json_auto_t *changes = NULL;
    if (orch_reload(watcher->order->orch, &changes, &error) == MCP_OK)
        MCP_LOG(INFO, "orch.reload", "added=%zu removed=%zu reconnected=%zu updated=%zu",
                json_array_size(json_object_get(changes, "added")),
                json_array_size(json_object_get(changes, "removed")),
                json_array_size(json_object_get(changes, "reconnected")),
                json_array_size(json_object_get(changes, "updated")));
    else
        MCP_LOG(WARN, "orch.reload", "where=%s what=\"%s\": the running configuration stays",
                error.err.where, error.err.what);
    note_reload(watcher, changes, &error);
    orch_error_deinit(&error);
    show(watcher);
}

enum mcp_code orch_watch_run(const struct orch_watch_order *order, struct orch_error *error) {
    struct watcher watcher = {.order = order, .error = error};
    struct mcp_err err = {0};
    if (order->is_terminal && isatty(STDERR_FILENO))
        mcp_log_set_level(MCP_LOG_OFF); /* it would be written into the picture */
    orch_stay_open(order->orch);
    MCP_AUTO(mcp_file_watch_closep)
    struct mcp_file_watch *file = mcp_program_watch_file(order->config);
    MCP_TRY(orch_reload(order->orch, NULL, error)); /* no change falls between */
    MCP_TRY(orch_initialize(order->orch, error));
    const struct mcp_program_watch watch = {.on_reload = reload,
                                            .file = file,
                                            .user = &watcher,
                                            .on_tick = show,
                                            .tick_ms = order->interval_ms};
    int number = mcp_program_wait(&watch);
    json_decref(watcher.reload);
    if (number >= 0 || watcher.code != MCP_OK)
        return watcher.code;
    (void)MCP_FAIL(&err, MCP_E_IO, "signals cannot be watched");
    return orch_error_set(error, ORCH_E_OTHER, &err, NULL);
}
