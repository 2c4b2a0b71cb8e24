/* SPDX-License-Identifier: MIT */
/* call_talk.c - what a handler may do with its call; see mcp/call.h. */
#include <assert.h>
#include <math.h>

#include "mcp/alloc.h"
#include "protocol/shape.h"
#include "server/call.h"

enum { MAX_NOTIFICATION_BYTES = 16 * 1024 * 1024 };

const struct mcp_peer *mcp_call_peer(const struct mcp_call *call) {
    return &call->peer;
}

bool mcp_call_cancelled(const struct mcp_call *call) {
    return mcp_cancel_has_fired(&call->cancel);
}

void mcp_call_on_cancel(struct mcp_call *call, void (*fn)(void *user), void *user) {
    mcp_cancel_listen(&call->cancel, fn, user);
}

/* The notification in the words of the peer's revision. */
static enum mcp_code write_notification(const struct mcp_call *call, const char *method,
                                        json_t *params, struct mcp_buf *out, struct mcp_err *err) {
    json_auto_t *shaped = NULL;
    if (params == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    const struct mcp_method *row =
        mcp_method_find(mcp_str_of(method), call->peer.version, MCP_SIDE_SERVER);
    if (row == NULL)
        return MCP_FAIL(err, MCP_E_UNSUPPORTED, "not in this revision");
    MCP_TRY(mcp_shape_params(params, row, call->peer.version, &shaped, err));
    return mcp_jsonrpc_write_notification(out, method, shaped, err);
}

static const struct mcp_opening stream_opening = {.outcome = MCP_OUTCOME_OK};

static json_t *number(double value) {
    bool is_whole = value == floor(value) && fabs(value) <= 9007199254740992.0;
    return is_whole ? json_integer((json_int_t)value) : json_real(value);
}

/* jansson leaves an optional member out when its memory is refused. NULL then. */
static json_t *all_or_nothing(json_t *params, size_t refused_before) {
    if (mcp_alloc_refusals() == refused_before)
        return params;
    json_decref(params);
    return NULL;
}

static json_t *progress_params(const struct mcp_call *call, double progress, double total,
                               const char *message) {
    size_t refused = mcp_alloc_refusals();
    return all_or_nothing(json_pack("{s:O, s:o, s:o*, s:s*}", "progressToken", call->progress_token,
                                    "progress", number(progress), "total",
                                    total >= 0 ? number(total) : NULL, "message", message),
                          refused);
}

void mcp_call_progress(struct mcp_call *call, double progress, double total, const char *message) {
    if (call->progress_token == NULL || !isfinite(progress) || mcp_call_cancelled(call))
        return;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(MAX_NOTIFICATION_BYTES);
    json_auto_t *params = progress_params(call, progress, total, message);
    if (write_notification(call, "notifications/progress", params, &text, NULL) != MCP_OK ||
        !mcp_channel_claim(&call->channel))
        return;
    if (call->has_progress && progress <= call->progress) {
        mcp_channel_release(&call->channel);
        return;
    }
    call->has_progress = true;
    call->progress = progress;
    const struct mcp_str part = mcp_buf_view(&text);
    (void)mcp_channel_send_claimed(&call->channel, &stream_opening, &part, 1, NULL);
}

static int lowest_severity(const struct mcp_call *call) {
    return call->box != NULL ? atomic_load(&call->box->level) : call->log_rank;
}

void mcp_call_log(struct mcp_call *call, enum mcp_severity severity, const char *logger,
                  json_t *data) {
    json_auto_t *taken = data;
    int lowest = lowest_severity(call);
    if (taken == NULL || lowest < 0 || (int)severity < lowest || mcp_call_cancelled(call))
        return;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(MAX_NOTIFICATION_BYTES);
    size_t refused = mcp_alloc_refusals();
    json_auto_t *params =
        all_or_nothing(json_pack("{s:s, s:s*, s:O}", "level", mcp_severity_name(severity), "logger",
                                 logger, "data", taken),
                       refused);
    if (write_notification(call, "notifications/message", params, &text, NULL) != MCP_OK)
        return;
    const struct mcp_str part = mcp_buf_view(&text);
    (void)mcp_channel_send(&call->channel, &stream_opening, &part, 1, NULL);
}

void mcp_call_pause(struct mcp_call *call, uint64_t retry_ms) {
    enum { SHORTEST = 1, LONGEST = 60000 };
    if (!mcp_version_info(call->peer.version)->has_stream_priming)
        return;
    retry_ms = retry_ms < SHORTEST ? SHORTEST : retry_ms;
    mcp_channel_pause(&call->channel, &stream_opening, retry_ms > LONGEST ? LONGEST : retry_ms);
}

void mcp_call_keep(struct mcp_call *call) {
    bool was_kept = atomic_exchange(&call->is_kept, true);
    assert(!was_kept);
    (void)was_kept;
    mcp_call_ref(call);
}

void mcp_call_finish(struct mcp_call *call, struct mcp_result *result) {
    struct mcp_result taken = mcp_result_move(result);
    mcp_call_answer(call, &taken);
}

void mcp_call_fail(struct mcp_call *call, const struct mcp_err *err) {
    mcp_call_settle_failure(call, err);
}
