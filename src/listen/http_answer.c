/* SPDX-License-Identifier: MIT */
/* http_answer.c - see http_answer.h. */
#include "listen/http_answer.h"

#include <stdio.h>
#include <string.h>

#include "listen/challenge.h"
#include "mcp/jsonrpc.h"

#define STREAM_BLOCK_BYTES  256 /* only HTTP/1.0 streams go through it */
#define MAX_ORIGIN_BYTES    256
#define MAX_CHALLENGE_BYTES 4096
#define MAX_ALLOWED_BYTES   2048 /* of header names told to a preflight */

enum { SERVER_ERROR = -32000, SESSION_NOT_FOUND = -32001 };

static void add(struct MHD_Response *response, const char *name, const char *value) {
    (void)MHD_add_response_header(response, name, value);
}

/* A page of an allowed origin may read the answer, and see the session's id in it. */
static void add_origin(struct mcp_http_connection *connection, struct MHD_Response *response) {
    char origin[MAX_ORIGIN_BYTES];
    struct mcp_str value = connection->facts.value[MCP_HTTP_ORIGIN];
    if (!connection->facts.is_origin_allowed || value.len >= sizeof origin)
        return;
    memcpy(origin, value.ptr, value.len);
    origin[value.len] = '\0';
    add(response, "Access-Control-Allow-Origin", origin);
    add(response, "Access-Control-Expose-Headers",
        "Mcp-Session-Id, MCP-Protocol-Version, WWW-Authenticate");
    add(response, "Vary", "Origin");
}

/* Why a bearer was refused, and how to come by a token that is not. */
static void add_challenge(struct MHD_Response *response, const struct mcp_challenge *challenge) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf value = MCP_BUF_INIT(MAX_CHALLENGE_BYTES);
    mcp_challenge_write(&value, challenge);
    add(response, "WWW-Authenticate",
        mcp_buf_finish(&value, NULL) == MCP_OK ? value.data : "Bearer");
}

static void add_denial(const struct mcp_http_connection *connection,
                       struct MHD_Response *response) {
    const struct mcp_authority *authority = connection->loop->policy.options->authority;
    const struct mcp_challenge challenge = {.error = "insufficient_scope",
                                            .scopes = mcp_buf_view(&connection->needed),
                                            .metadata_url = authority->metadata_url};
    add_challenge(response, &challenge);
}

/* A client has no use for more than the verdict's own challenge where there is no authority. */
static void add_refusal(const struct mcp_http_connection *connection, struct MHD_Response *response,
                        const struct mcp_http_verdict *verdict) {
    const struct mcp_authority *authority = connection->loop->policy.options->authority;
    if (authority == NULL) {
        add(response, "WWW-Authenticate", verdict->challenge);
        return;
    }
    const struct mcp_challenge challenge = {
        .error = verdict->error,
        .description = verdict->error != NULL ? verdict->text : NULL,
        .scopes = mcp_str_of(authority->scopes),
        .metadata_url = authority->metadata_url,
    };
    add_challenge(response, &challenge);
}

/* Gives the response up. */
static enum MHD_Result queue(struct mcp_http_connection *connection, unsigned status,
                             struct MHD_Response *response) {
    if (response == NULL)
        return MHD_NO;
    add_origin(connection, response);
    if (status == 403 && connection->is_denied)
        add_denial(connection, response);
    enum MHD_Result result = MHD_queue_response(connection->mhd, status, response);
    MHD_destroy_response(response);
    connection->step = MCP_HTTP_STEP_DONE;
    return result;
}

static struct MHD_Response *new_copy(struct mcp_str body, const char *content_type) {
    void *bytes = NULL; /* the library copies from it, and never writes */
    memcpy(&bytes, &body.ptr, sizeof bytes);
    struct MHD_Response *response =
        MHD_create_response_from_buffer(body.len, bytes, MHD_RESPMEM_MUST_COPY);
    if (response != NULL && content_type != NULL)
        add(response, "Content-Type", content_type);
    return response;
}

static struct MHD_Response *new_refusal(enum mcp_http_endpoint endpoint, unsigned status,
                                        const char *text) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf body = MCP_BUF_INIT(4096);
    if (endpoint != MCP_HTTP_MCP)
        return new_copy(mcp_str_of(text), "text/plain; charset=utf-8");
    int code = status == 404 ? SESSION_NOT_FOUND : SERVER_ERROR;
    if (mcp_jsonrpc_write_error(&body, NULL, code, text, NULL, NULL) != MCP_OK)
        return NULL;
    return new_copy(mcp_buf_view(&body), "application/json");
}

static bool is_parameter(struct mcp_str name) {
    static const struct mcp_str start = {"mcp-param-", 10};
    return name.len > start.len &&
           mcp_http_equal_nocase((struct mcp_str){name.ptr, start.len}, start) &&
           mcp_http_value_is_safe(name);
}

/* The headers we know, and of those asked for the ones named after a tool's arguments. */
static void allow_headers(struct MHD_Response *response, const char *asked) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf names = MCP_BUF_INIT(MAX_ALLOWED_BYTES);
    mcp_buf_add(&names, MCP_STR("Authorization, Content-Type, Accept, Last-Event-ID, "
                                "MCP-Protocol-Version, Mcp-Session-Id, Mcp-Method, Mcp-Name"));
    while (asked != NULL && *asked != '\0') {
        asked += strspn(asked, ", \t");
        struct mcp_str name = {asked, strcspn(asked, ", \t")};
        asked += name.len;
        if (!is_parameter(name))
            continue;
        mcp_buf_add(&names, MCP_STR(", "));
        mcp_buf_add(&names, name);
    }
    if (mcp_buf_finish(&names, NULL) == MCP_OK)
        add(response, "Access-Control-Allow-Headers", names.data);
}

static struct MHD_Response *new_preflight(const struct mcp_http_connection *connection) {
    struct MHD_Response *response = new_copy(MCP_STR(""), NULL);
    if (response == NULL)
        return NULL;
    enum mcp_http_endpoint endpoint = connection->route.endpoint;
    char methods[64];
    (void)snprintf(methods, sizeof methods, "%s, OPTIONS", mcp_http_route_methods(endpoint));
    add(response, "Allow", methods);
    if (!connection->facts.is_origin_allowed)
        return response;
    add(response, "Access-Control-Allow-Methods", methods);
    allow_headers(response, MHD_lookup_connection_value(connection->mhd, MHD_HEADER_KIND,
                                                        "Access-Control-Request-Headers"));
    add(response, "Access-Control-Max-Age", "600");
    return response;
}

enum MHD_Result mcp_http_answer_refuse(struct mcp_http_connection *connection,
                                       const struct mcp_http_verdict *verdict) {
    enum mcp_http_endpoint endpoint = connection->route.endpoint;
    struct MHD_Response *response = verdict->status == 204
                                        ? new_preflight(connection)
                                        : new_refusal(endpoint, verdict->status, verdict->text);
    if (response == NULL)
        return MHD_NO;
    if (verdict->status == 405)
        add(response, "Allow",
            verdict->allow != NULL ? verdict->allow : mcp_http_route_methods(endpoint));
    if (verdict->challenge != NULL)
        add_refusal(connection, response, verdict);
    if (verdict->must_close)
        add(response, "Connection", "close");
    return queue(connection, verdict->status, response);
}

enum MHD_Result mcp_http_answer_failure(struct mcp_http_connection *connection, unsigned status,
                                        const char *text) {
    const struct mcp_http_verdict verdict = {.status = status, .text = text};
    return mcp_http_answer_refuse(connection, &verdict);
}

enum MHD_Result mcp_http_answer_text(struct mcp_http_connection *connection, unsigned status,
                                     const char *content_type, struct mcp_str body) {
    return queue(connection, status, new_copy(body, content_type));
}

static void give_body(void *buffer) {
    mcp_reply_pool_give(buffer);
}

static struct MHD_Response *new_answer(const struct mcp_http_answer *answer) {
    if (answer->body == NULL)
        return new_copy(MCP_STR(""), NULL);
    struct MHD_Response *response = MHD_create_response_from_buffer_with_free_callback(
        answer->body_len, answer->body, give_body);
    if (response == NULL)
        give_body(answer->body);
    else
        add(response, "Content-Type", "application/json");
    return response;
}

enum MHD_Result mcp_http_answer_reply(struct mcp_http_connection *connection,
                                      const struct mcp_http_answer *answer) {
    const char *session = connection->reply != NULL ? connection->reply->opened_session : "";
    bool is_plain = session[0] == '\0' && !connection->facts.is_origin_allowed;
    if (answer->body == NULL && answer->status == 202 && is_plain) {
        connection->step = MCP_HTTP_STEP_DONE;
        return MHD_queue_response(connection->mhd, 202, connection->loop->accepted);
    }
    struct MHD_Response *response = new_answer(answer);
    if (response != NULL && session[0] != '\0')
        add(response, "Mcp-Session-Id", session);
    return queue(connection, answer->status, response);
}

enum MHD_Result mcp_http_answer_stream(struct mcp_http_connection *connection,
                                       MHD_ContentReaderCallback read) {
    struct MHD_Response *response = MHD_create_response_from_callback(
        MHD_SIZE_UNKNOWN, STREAM_BLOCK_BYTES, read, connection, NULL);
    if (response == NULL)
        return MHD_NO;
    bool is_mcp = connection->route.endpoint == MCP_HTTP_MCP;
    add(response, "Content-Type",
        is_mcp ? "text/event-stream" : "text/event-stream; charset=utf-8");
    add(response, "Cache-Control", is_mcp ? "no-cache, no-transform" : "no-store");
    add(response, "X-Accel-Buffering", "no");
    if (connection->reply->opened_session[0] != '\0')
        add(response, "Mcp-Session-Id", connection->reply->opened_session);
    return queue(connection, 200, response);
}

struct MHD_Response *mcp_http_answer_new_accepted(void) {
    return new_copy(MCP_STR(""), NULL);
}
