/* SPDX-License-Identifier: MIT */
/* streamable_session.c - see streamable.h. Effect: ends the session by an HTTP request. */
#include <string.h>

#include "dial/http_error.h"
#include "dial/http_headers.h"
#include "dial/streamable.h"
#include "mcp/log.h"

enum { DELETE_TIMEOUT_MS = 2000 };

void mcp_streamable_go_down(struct mcp_streamable *owner, const struct mcp_err *err) {
    if (owner->is_down || owner->is_stopped)
        return;
    owner->is_down = true;
    owner->events->on_down(owner->events->user, err);
}

void mcp_streamable_at_origin(const struct mcp_streamable *owner, struct mcp_err *err) {
    char origin[MCP_HTTP_ORIGIN_BYTES];
    mcp_http_origin(mcp_str_of(owner->target->url), origin);
    (void)mcp_err_at(err, err->code, "%s", origin);
}

void mcp_streamable_lose_session(struct mcp_exchange *exchange) {
    struct mcp_streamable *owner = exchange->owner;
    uint64_t refused_token = exchange->purpose == MCP_EXCHANGE_REQUEST ? exchange->token : 0;
    struct mcp_err err = {0};
    (void)MCP_FAIL(&err, MCP_E_STATE, "session lost: the server no longer knows it");
    mcp_streamable_at_origin(owner, &err);
    owner->session_id[0] = '\0';
    owner->version[0] = '\0';
    owner->is_ready = false;
    owner->barrier = NULL;
    while (owner->first != NULL)
        mcp_exchange_retire(owner->first);
    if (!owner->is_down && !owner->is_stopped)
        owner->events->on_session_lost(owner->events->user, refused_token, &err);
}

enum mcp_code mcp_streamable_take_session_id(struct mcp_streamable *owner, const char *id,
                                             struct mcp_err *err) {
    if (id == NULL)
        return MCP_OK;
    size_t len = strlen(id);
    if (len == 0 || len > MCP_STREAMABLE_MAX_SESSION_ID_BYTES)
        return MCP_FAIL(err, MCP_E_PEER, "a session id of %zu bytes: 1 to %d are accepted", len,
                        MCP_STREAMABLE_MAX_SESSION_ID_BYTES);
    for (size_t i = 0; i < len; i++)
        if (id[i] < 0x21 || id[i] > 0x7E)
            return MCP_FAIL(err, MCP_E_PEER, "a session id with byte 0x%02x in it",
                            (unsigned)(unsigned char)id[i]);
    memcpy(owner->session_id, id, len + 1);
    return MCP_OK;
}

static enum mcp_code ignore_head(void *user, const struct mcp_fetch *fetch, struct mcp_err *err) {
    (void)user;
    (void)fetch;
    (void)err;
    return MCP_OK;
}

static enum mcp_code ignore_body(void *user, struct mcp_str bytes, struct mcp_err *err) {
    (void)user;
    (void)bytes;
    (void)err;
    return MCP_OK;
}

/* 405 is an answer too: the server ends its sessions by itself. */
static void on_deleted(void *user, const struct mcp_err *err) {
    struct mcp_streamable *owner = user;
    if (err->code != MCP_OK)
        MCP_LOG(DEBUG, "dial.streamable", "session not ended: what=%s", err->what);
    mcp_loop_push(owner->loop, &owner->closed);
}

enum mcp_code mcp_streamable_delete_session(struct mcp_streamable *owner, struct mcp_err *err) {
    struct mcp_authorized message = {0};
    const struct mcp_http_extra extra = {
        .session_id = owner->session_id,
        .version = owner->version,
        .token = mcp_authorized_token(owner->target->authorizer, &message)};
    const struct mcp_fetch_handlers handlers = {ignore_head, ignore_body, on_deleted, owner};
    struct mcp_fetch_request request = {
        .config = &owner->config, .method = "DELETE", .timeout_ms = DELETE_TIMEOUT_MS};
    struct mcp_fetch *fetch = NULL;
    MCP_TRY(mcp_http_headers(owner->target, &extra, &request.headers, err));
    return mcp_fetch_start(owner->loop, &request, &handlers, &fetch, err);
}
