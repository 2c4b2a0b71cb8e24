/* SPDX-License-Identifier: MIT */
/* http_error.c - see http_error.h. Pure: no I/O, no clock, no log. */
#include "dial/http_error.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <curl/curl.h>

#include "client/peer_text.h"
#include "mcp/json.h"
#include "mcp/uri.h"

void mcp_http_origin(struct mcp_str url, char out[MCP_HTTP_ORIGIN_BYTES]) {
    struct mcp_uri uri;
    out[0] = '\0';
    if (mcp_uri_parse(url, &uri, NULL) != MCP_OK || !uri.has_authority)
        return;
    struct mcp_peer_text host = mcp_peer_text(uri.host);
    bool is_v6 = memchr(uri.host.ptr, ':', uri.host.len) != NULL;
    (void)snprintf(out, MCP_HTTP_ORIGIN_BYTES, "%.*s://%s%.80s%s", (int)uri.scheme.len,
                   uri.scheme.ptr, is_v6 ? "[" : "", host.text, is_v6 ? "]" : "");
    size_t used = strlen(out);
    if (uri.port != 0)
        (void)snprintf(out + used, MCP_HTTP_ORIGIN_BYTES - used, ":%u", (unsigned)uri.port);
}

/* The first line of what the server says about it. */
static struct mcp_peer_text explain(struct mcp_str body) {
    json_auto_t *root = NULL;
    if (mcp_json_parse(body, &root, NULL) != MCP_OK) {
        const char *end = body.len > 0 ? memchr(body.ptr, '\n', body.len) : NULL;
        if (body.len > 0 && body.ptr[0] == '<')
            return (struct mcp_peer_text){0}; /* a page for a browser */
        return mcp_peer_text(
            (struct mcp_str){body.ptr, end != NULL ? (size_t)(end - body.ptr) : body.len});
    }
    const json_t *error = json_object_get(root, "error");
    const json_t *message = json_object_get(error, "message");
    if (message == NULL)
        message = json_object_get(root, "detail");
    return mcp_peer_text(mcp_json_str(message != NULL ? message : error));
}

static const char *advice(long status) {
    switch (status) {
    case 401:
        return ": the server wants a valid token";
    case 403:
        return ": the server refuses this client";
    case 404:
        return ": nothing is served under this path";
    case 405:
        return ": the path does not take this kind of request";
    case 407:
        return ": the proxy wants credentials";
    case 413:
        return ": the message is too long for the server";
    case 429:
        return ": too many requests";
    default:
        return "";
    }
}

enum mcp_code mcp_http_status_failure(long status, struct mcp_str body, struct mcp_err *err) {
    enum mcp_code code = status == 401 || status == 403 ? MCP_E_DENIED
                         : status == 404                ? MCP_E_NOT_FOUND
                                                        : MCP_E_PEER;
    struct mcp_peer_text said = explain(body);
    return MCP_FAIL(err, code, "HTTP %ld%s%s%s", status, advice(status),
                    said.text[0] != '\0' ? ": " : "", said.text);
}

enum mcp_code mcp_http_redirect_failure(long status, const char *url, const char *location,
                                        struct mcp_err *err) {
    char origin[MCP_HTTP_ORIGIN_BYTES] = "";
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf target = MCP_BUF_INIT(MCP_URI_MAX_BYTES);
    if (location != NULL &&
        mcp_uri_resolve(mcp_str_of(url), mcp_str_of(location), &target, NULL) == MCP_OK)
        mcp_http_origin(mcp_buf_view(&target), origin);
    if (origin[0] == '\0')
        return MCP_FAIL(err, MCP_E_DENIED, "HTTP %ld: a redirect to nowhere, and none is followed",
                        status);
    return MCP_FAIL(err, MCP_E_DENIED,
                    "HTTP %ld: redirects are not followed; the server points to \"%s\": "
                    "configure the right URL if it is trusted",
                    status, origin);
}

static enum mcp_code timed_out(bool is_connected, uint64_t timeout_ms, struct mcp_err *err) {
    return MCP_FAIL(err, MCP_E_TIMEOUT, "no %s within %" PRIu64 " ms",
                    is_connected ? "answer" : "connection", timeout_ms);
}

/* What libcurl says of a proxy that refuses, with the code of a broken connection. */
static const char no_tunnel[] = "CONNECT tunnel failed";

enum mcp_code mcp_http_curl_failure(int curl_code, const char *detail, bool is_connected,
                                    uint64_t timeout_ms, struct mcp_err *err) {
    const char *why = detail[0] != '\0' ? detail : curl_easy_strerror((CURLcode)curl_code);
    struct mcp_peer_text said = mcp_peer_text(mcp_str_of(why));
    switch ((CURLcode)curl_code) {
    case CURLE_OPERATION_TIMEDOUT:
        return timed_out(is_connected, timeout_ms, err);
    case CURLE_COULDNT_RESOLVE_PROXY:
        return MCP_FAIL(err, MCP_E_IO, "the proxy's host name is not known: %s", said.text);
    case CURLE_PROXY:
        return MCP_FAIL(err, MCP_E_IO, "the proxy does not reach the server: %s", said.text);
    case CURLE_COULDNT_RESOLVE_HOST:
        return MCP_FAIL(err, MCP_E_IO, "the host name is not known: %s", said.text);
    case CURLE_COULDNT_CONNECT:
        return MCP_FAIL(err, MCP_E_IO, "cannot connect: is the server running? (%s)", said.text);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
        return MCP_FAIL(err, MCP_E_DENIED, "the server's certificate is not trusted: %s",
                        said.text);
    case CURLE_SSL_CACERT_BADFILE:
        return MCP_FAIL(err, MCP_E_INVALID, "the file of trusted certificates cannot be used: %s",
                        said.text);
    case CURLE_SSL_CONNECT_ERROR:
        return MCP_FAIL(err, MCP_E_PEER, "TLS failed: %s", said.text);
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
        return MCP_FAIL(err, MCP_E_PEER, "the server does not speak HTTP: %s", said.text);
    case CURLE_GOT_NOTHING:
        return MCP_FAIL(err, MCP_E_PEER, "the server closed the connection without an answer");
    case CURLE_PARTIAL_FILE:
        return MCP_FAIL(err, MCP_E_PEER, "the answer is shorter than announced");
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
        if (strncmp(detail, no_tunnel, sizeof no_tunnel - 1) == 0)
            return MCP_FAIL(err, MCP_E_IO, "the proxy does not reach the server: %s", said.text);
        return MCP_FAIL(err, MCP_E_PEER, "the connection broke: %s", said.text);
    case CURLE_OUT_OF_MEMORY: /* what libcurl reports for an endless header line */
        return MCP_FAIL(err, MCP_E_PEER, "the answer's header is too long, or memory is short");
    default:
        return MCP_FAIL(err, MCP_E_PEER, "the exchange failed: %s", said.text);
    }
}
