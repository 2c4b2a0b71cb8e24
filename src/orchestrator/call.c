/* SPDX-License-Identifier: MIT */
/* call.c - see call.h. */
#include "orchestrator/call.h"

#include <time.h>

#include "mcp/alloc.h"

struct call {
    struct orch_upstream *upstream;
    mcp_reply_fn *on_done;
    void *user;
    uint64_t sent_us;
};

static uint64_t now_us(void) {
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* We ended it, or never sent it. */
static bool is_ours(enum mcp_code code) {
    return code == MCP_E_CANCELLED || code == MCP_E_NOMEM || code == MCP_E_LIMIT ||
           code == MCP_E_STATE || code == MCP_E_INVALID;
}

static enum orch_note_kind judge(const struct call *call, const struct mcp_reply *reply,
                                 uint64_t done_us) {
    struct orch_pulse *pulse = orch_upstream_pulse(call->upstream);
    if (reply->code == MCP_OK || reply->rpc_error != NULL) {
        pulse->heard_us = done_us;
        return reply->code == MCP_OK ? ORCH_NOTE_ANSWERED : ORCH_NOTE_REFUSED;
    }
    if (is_ours(reply->code))
        return ORCH_NOTE_GIVEN_UP;
    if (call->sent_us <= pulse->heard_us || call->sent_us <= pulse->blamed_us)
        return ORCH_NOTE_FAILED_TOO;
    pulse->blamed_us = done_us;
    return ORCH_NOTE_FAILED;
}

static void on_reply(const struct mcp_reply *reply, void *user) {
    struct call *call = user;
    struct call mine = *call;
    uint64_t done_us = now_us();
    struct orch_note note = {.kind = judge(&mine, reply, done_us), .us = done_us - mine.sent_us};
    if (note.kind == ORCH_NOTE_FAILED || note.kind == ORCH_NOTE_FAILED_TOO)
        note.why = reply->err;
    mcp_free(call);
    orch_state_note(orch_upstream_hub(mine.upstream)->state, orch_upstream_slot(mine.upstream),
                    &note);
    mine.on_done(reply, mine.user);
}

static void refuse(mcp_reply_fn *on_done, void *user) {
    struct mcp_err err = {0};
    struct mcp_reply reply = {.err = &err};
    reply.code = MCP_FAIL(&err, MCP_E_NOMEM, "out of memory");
    on_done(&reply, user);
}

void orch_call_send(struct orch_upstream *upstream, const char *method, const json_t *params,
                    uint64_t timeout_ms, mcp_reply_fn *on_done, void *user) {
    struct call *call = mcp_alloc(sizeof *call);
    if (call == NULL) {
        refuse(on_done, user);
        return;
    }
    *call = (struct call){upstream, on_done, user, now_us()};
    mcp_dial_request(orch_upstream_dial(upstream), method, params, timeout_ms, on_reply, call);
}
