/* SPDX-License-Identifier: MIT */
/* streamable_end.c - see streamable.h. Effect: timers, through the loop. */
#include "base/random.h"
#include "client/peer_text.h"
#include "dial/http_error.h"
#include "dial/resume.h"
#include "dial/streamable.h"
#include "mcp/alloc.h"
#include "mcp/clock.h"
#include "mcp/log.h"

static void retry_later(struct mcp_exchange *exchange) {
    uint64_t random = 0;
    if (mcp_random_fill(&random, sizeof random, NULL) != MCP_OK)
        random = mcp_clock_now_ms();
    exchange->attempts++;
    mcp_http_reader_reset(&exchange->reader);
    uint64_t delay_ms = mcp_resume_delay_ms(exchange->reader.retry_ms, exchange->attempts, random);
    mcp_loop_timer_set(exchange->owner->loop, &exchange->timer, mcp_clock_now_ms() + delay_ms);
}

static bool can_resume(const struct mcp_exchange *exchange, const struct mcp_err *err) {
    const struct mcp_http_reader *reader = &exchange->reader;
    return !exchange->is_modern && mcp_resume_is_possible(&(struct mcp_resume_facts){
                                       .code = err->code,
                                       .was_stream = reader->kind == MCP_READER_EVENTS,
                                       .is_resumed = exchange->is_resumed,
                                       .is_unanswered = reader->kind == MCP_READER_NOTHING,
                                       .has_event_id = reader->last_id.len > 0,
                                       .attempts = exchange->attempts,
                                   });
}

static void explain_missing(const struct mcp_exchange *exchange, struct mcp_err *err) {
    const struct mcp_http_reader *reader = &exchange->reader;
    if (!mcp_exchange_is_success(exchange))
        (void)mcp_http_status_failure(reader->status, mcp_buf_view(&reader->text), err);
    else if (reader->kind == MCP_READER_EVENTS)
        (void)MCP_FAIL(err, MCP_E_PEER, "the event stream ended before the answer");
    else if (reader->kind == MCP_READER_TEXT)
        (void)MCP_FAIL(err, MCP_E_PEER, "the reply holds no answer to the request");
    else if (reader->media_type[0] == '\0')
        (void)MCP_FAIL(err, MCP_E_PEER, "HTTP %ld and no answer", reader->status);
    else
        (void)MCP_FAIL(err, MCP_E_PEER,
                       "an answer of type \"%s\": expected application/json or text/event-stream",
                       mcp_peer_text(mcp_str_of(reader->media_type)).text);
}

/* A page or an explanation without end tells nothing more. */
enum mcp_code mcp_exchange_on_body(void *user, struct mcp_str bytes, struct mcp_err *err) {
    struct mcp_exchange *exchange = user;
    MCP_TRY(mcp_http_reader_body(&exchange->reader, bytes, err));
    if (!mcp_http_reader_has_enough(&exchange->reader))
        return MCP_OK;
    struct mcp_err why = {0};
    explain_missing(exchange, &why);
    return MCP_FAIL(err, why.code, "%s", why.what);
}

static void end_request(struct mcp_exchange *exchange, const struct mcp_err *cause) {
    struct mcp_streamable *owner = exchange->owner;
    struct mcp_err err = *cause;
    owner->base.link.status = err.code == MCP_OK ? exchange->reader.status : 0;
    /* An error status may carry the JSON-RPC error of this very request. */
    if (err.code == MCP_OK && exchange->reader.kind == MCP_READER_TEXT && exchange->reader.is_json)
        owner->events->on_message(owner->events->user, mcp_buf_view(&exchange->reader.text));
    if (exchange->is_retired)
        return;
    if (owner->events->is_waiting(owner->events->user, exchange->token)) {
        if (can_resume(exchange, &err)) {
            mcp_free(exchange->body);
            exchange->body = NULL;
            exchange->body_len = 0;
            exchange->is_resumed = true;
            retry_later(exchange);
            return;
        }
        if (err.code == MCP_OK) {
            explain_missing(exchange, &err);
            mcp_streamable_at_origin(owner, &err);
        }
        owner->events->on_failed(owner->events->user, exchange->token, &err);
    }
    mcp_exchange_retire(exchange);
}

/* Nobody waits for these: the log is the only one to tell. */
static void end_notice(struct mcp_exchange *exchange, const struct mcp_err *cause) {
    struct mcp_streamable *owner = exchange->owner;
    bool was_barrier = exchange->is_barrier;
    struct mcp_err err = *cause;
    if (err.code == MCP_OK && !mcp_exchange_is_success(exchange))
        explain_missing(exchange, &err);
    if (err.code != MCP_OK)
        MCP_LOG(WARN, "dial.streamable", "message not delivered: where=%s what=%s", err.where,
                err.what);
    mcp_exchange_retire(exchange);
    if (was_barrier)
        mcp_streamable_release_held(owner);
}

/* Servers may offer none (405, and in practice any other refusal). One that did and is gone for
 * MCP_RESUME_MAX_ATTEMPTS tries is gone altogether. */
static void end_standalone(struct mcp_exchange *exchange, const struct mcp_err *err) {
    struct mcp_streamable *owner = exchange->owner;
    bool is_refused = err->code == MCP_OK && exchange->reader.kind != MCP_READER_EVENTS;
    if (!exchange->was_open || is_refused || !mcp_resume_is_cut(err->code)) {
        MCP_LOG(DEBUG, "dial.streamable", "no standalone stream: status=%ld what=%s",
                exchange->reader.status, err->what);
        mcp_exchange_retire(exchange);
    } else if (exchange->attempts >= MCP_RESUME_MAX_ATTEMPTS && err->code != MCP_OK) {
        mcp_exchange_retire(exchange);
        mcp_streamable_go_down(owner, err);
    } else {
        retry_later(exchange);
    }
}

/* A server without a standalone stream may refuse it by 404 as well. */
static bool is_session_lost(const struct mcp_exchange *exchange, const struct mcp_err *err) {
    return err->code == MCP_OK && exchange->reader.status == 404 && exchange->had_session &&
           (exchange->purpose != MCP_EXCHANGE_STANDALONE || exchange->was_open);
}

void mcp_exchange_on_done(void *user, const struct mcp_err *err) {
    struct mcp_exchange *exchange = user;
    exchange->fetch = NULL;
    if (err->code == MCP_OK &&
        mcp_authorized_is_refused(exchange->owner->target->authorizer, &exchange->authorized,
                                  exchange->reader.status))
        return;
    if (is_session_lost(exchange, err)) {
        mcp_streamable_lose_session(exchange);
        return;
    }
    switch (exchange->purpose) {
    case MCP_EXCHANGE_REQUEST:
        end_request(exchange, err);
        return;
    case MCP_EXCHANGE_NOTICE:
        end_notice(exchange, err);
        return;
    case MCP_EXCHANGE_STANDALONE:
        end_standalone(exchange, err);
        return;
    }
}
