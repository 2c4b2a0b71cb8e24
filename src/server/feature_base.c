/* SPDX-License-Identifier: MIT */
/* feature_base.c - ping, initialize, server/discover, the lists; see features.h. */
#include <string.h>

#include "server/features.h"

/* What a client may say about itself: it is kept as long as its session. */
enum { MAX_INTRODUCTION_BYTES = 16 * 1024 };

enum mcp_code mcp_feature_ping(struct mcp_call *call, struct mcp_result *result,
                               struct mcp_err *err) {
    (void)call;
    (void)result;
    (void)err;
    return MCP_OK;
}

enum mcp_code mcp_feature_discover(struct mcp_call *call, struct mcp_result *result,
                                   struct mcp_err *err) {
    (void)result;
    (void)err;
    call->whole = mcp_blob_ref(call->server->discovery);
    return MCP_OK;
}

enum mcp_code mcp_feature_list(struct mcp_call *call, struct mcp_result *result,
                               struct mcp_err *err) {
    (void)result;
    struct mcp_server *server = call->server;
    const json_t *cursor = json_object_get(call->message.params, "cursor");
    for (size_t i = 0; i < MCP_LISTING_COUNT; i++) {
        struct mcp_blob *page = NULL;
        if (strcmp(server->listings[i].method->name, call->method->name) != 0)
            continue;
        MCP_TRY(mcp_listing_page(&server->listings[i], call->peer.version, server->secret, cursor,
                                 &page, err));
        call->whole = mcp_blob_ref(page);
        return MCP_OK;
    }
    return MCP_FAIL(err, MCP_E_BUG, "no such list");
}

/* --- initialize --- */

/* A tree of jansson's takes many times its text, so it is the text that is bounded. */
static enum mcp_code check_size(const json_t *value, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(MAX_INTRODUCTION_BYTES);
    enum mcp_code code = value != NULL ? mcp_json_write(value, &text, err) : MCP_OK;
    if (code == MCP_E_LIMIT) /* the caller's doing, so it is told */
        err->code = MCP_E_INVALID;
    return code == MCP_E_LIMIT ? MCP_E_INVALID : code;
}

static enum mcp_code read_introduction(const json_t *params, struct mcp_peer_facts *facts,
                                       struct mcp_err *err) {
    const char *version = NULL;
    MCP_TRY(mcp_json_get_string(params, "protocolVersion", &version, err));
    MCP_TRY(mcp_json_get_object(params, "capabilities", &facts->capabilities, err));
    MCP_TRY(mcp_json_opt_object(params, "clientInfo", &facts->client_info, err));
    enum mcp_code code = check_size(facts->capabilities, err);
    if (code != MCP_OK)
        return mcp_err_at(err, code, "/capabilities");
    code = check_size(facts->client_info, err);
    if (code != MCP_OK)
        return mcp_err_at(err, code, "/clientInfo");
    facts->version = mcp_version_negotiate(mcp_str_of(version));
    return MCP_OK;
}

/* The session the transport has opened, or over Streamable HTTP a new one. */
static enum mcp_code find_session(struct mcp_call *call, char id[33], struct mcp_err *err) {
    const struct mcp_arrival *arrival = call->arrival;
    if (arrival->carrier == MCP_CARRIER_STREAMABLE) {
        const struct mcp_session_wish wish = {.principal = arrival->principal,
                                              .carrier = (unsigned)arrival->carrier};
        return mcp_state_open(call->server->state, &wish, arrival->now_ms, id, err);
    }
    if (arrival->session_id.len != 32)
        return MCP_FAIL(err, MCP_E_NOT_FOUND, "no such session");
    memcpy(id, arrival->session_id.ptr, 32);
    id[32] = '\0';
    return MCP_OK;
}

static enum mcp_code greet(struct mcp_call *call, struct mcp_peer_facts *facts,
                           struct mcp_err *err) {
    facts->principal = call->arrival->principal;
    call->box = mcp_peer_new(facts);
    if (call->box == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    MCP_TRY(mcp_state_greet(call->server->state, mcp_str_of(facts->session_id), call->box, err));
    call->peer = call->box->peer;
    call->whole = mcp_blob_ref(call->server->greetings[facts->version]);
    return MCP_OK;
}

enum mcp_code mcp_feature_initialize(struct mcp_call *call, struct mcp_result *result,
                                     struct mcp_err *err) {
    (void)result;
    char id[33] = "";
    struct mcp_peer_facts facts = {.session_id = id};
    const struct mcp_arrival *arrival = call->arrival;
    MCP_TRY(read_introduction(call->message.params, &facts, err));
    MCP_TRY(find_session(call, id, err));
    enum mcp_code code = greet(call, &facts, err);
    if (arrival->carrier != MCP_CARRIER_STREAMABLE)
        return code;
    if (code == MCP_OK) {
        memcpy(call->session_id, id, sizeof id);
        return MCP_OK;
    }
    struct mcp_leftover leftover; /* nobody knows the new session: it has nothing yet */
    const struct mcp_session_key key = {mcp_str_of(id), arrival->principal,
                                        (unsigned)arrival->carrier};
    (void)mcp_state_close(call->server->state, &key, &leftover);
    return code;
}
