/* SPDX-License-Identifier: MIT */
/* http_guard.c - see http_guard.h. Pure: no I/O, no clock, no log. */
#include "listen/http_guard.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "listen/http_access.h"

static const struct {
    struct mcp_str name;
    enum mcp_http_field field;
    bool is_single; /* a second one could be read by another party than the first */
} fields[] = {
    {{"Host", 4}, MCP_HTTP_HOST, true},
    {{"Accept", 6}, MCP_HTTP_ACCEPT, false},
    {{"Content-Length", 14}, MCP_HTTP_CONTENT_LENGTH, true},
    {{"Content-Type", 12}, MCP_HTTP_CONTENT_TYPE, true},
    {{"Mcp-Session-Id", 14}, MCP_HTTP_SESSION_ID, true},
    {{"MCP-Protocol-Version", 20}, MCP_HTTP_PROTOCOL_VERSION, false}, /* the server answers that */
    {{"Transfer-Encoding", 17}, MCP_HTTP_TRANSFER_ENCODING, true},
    {{"Origin", 6}, MCP_HTTP_ORIGIN, true},
    {{"Authorization", 13}, MCP_HTTP_AUTHORIZATION, true},
    {{"Expect", 6}, MCP_HTTP_EXPECT, true},
    {{"Last-Event-ID", 13}, MCP_HTTP_LAST_EVENT_ID, true},
    {{"Sec-Fetch-Site", 14}, MCP_HTTP_FETCH_SITE, true},
};

static struct mcp_http_verdict pass(void) {
    return (struct mcp_http_verdict){0};
}

static struct mcp_http_verdict refuse(unsigned status, const char *text) {
    return (struct mcp_http_verdict){.status = status, .text = text};
}

static struct mcp_http_verdict refuse_and_close(unsigned status, const char *text) {
    return (struct mcp_http_verdict){.status = status, .text = text, .must_close = true};
}

static bool is(struct mcp_str text, const char *other) {
    return mcp_str_equal(text, mcp_str_of(other));
}

static bool is_alnum(unsigned char byte) {
    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= 'a' && byte <= 'z');
}

/* RFC 9110 section 5.6.2 */
static bool is_token(struct mcp_str text) {
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.ptr[i];
        if (!is_alnum(byte) && (byte == '\0' || strchr("!#$%&'*+-.^_`|~", byte) == NULL))
            return false;
    }
    return text.len > 0;
}

static bool starts_nocase(struct mcp_str text, struct mcp_str prefix) {
    return text.len >= prefix.len &&
           mcp_http_equal_nocase((struct mcp_str){text.ptr, prefix.len}, prefix);
}

static bool names_a_proxy(struct mcp_str name) {
    return starts_nocase(name, MCP_STR("X-Forwarded-")) ||
           mcp_http_equal_nocase(name, MCP_STR("Forwarded")) ||
           mcp_http_equal_nocase(name, MCP_STR("X-Real-IP")) ||
           mcp_http_equal_nocase(name, MCP_STR("Via"));
}

static void note_accept(struct mcp_str value, struct mcp_http_facts *facts) {
    bool is_usual = is(value, "application/json, text/event-stream");
    facts->accepts_json =
        facts->accepts_json || is_usual || mcp_http_accepts(value, MCP_STR("application/json"));
    facts->accepts_stream =
        facts->accepts_stream || is_usual || mcp_http_accepts(value, MCP_STR("text/event-stream"));
    facts->prefers_stream =
        facts->prefers_stream ||
        (!is_usual && mcp_http_accept_leads(value, MCP_STR("text/event-stream")));
}

/* False when the name is none of ours, and so could be no name at all. */
static bool note_header(const struct mcp_http_header *header, struct mcp_http_facts *facts) {
    for (size_t i = 0; i < MCP_COUNT(fields); i++) {
        if (fields[i].name.len != header->name.len ||
            !mcp_http_equal_nocase(fields[i].name, header->name))
            continue;
        enum mcp_http_field field = fields[i].field;
        if (facts->count[field] == 0)
            facts->value[field] = header->value;
        if (facts->count[field] < 2)
            facts->count[field]++;
        if (field == MCP_HTTP_ACCEPT)
            note_accept(header->value, facts);
        return true;
    }
    facts->is_forwarded = facts->is_forwarded || names_a_proxy(header->name);
    return false;
}

static bool read_length(struct mcp_str text, uint64_t *out_length) {
    uint64_t length = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        uint64_t digit = (uint64_t)(text.ptr[i] - '0');
        length = length > (UINT64_MAX - digit) / 10 ? UINT64_MAX : length * 10 + digit;
    }
    *out_length = length;
    return text.len > 0;
}

static struct mcp_http_verdict check_length(bool is_http_1_0, struct mcp_http_facts *facts) {
    bool has_length = facts->count[MCP_HTTP_CONTENT_LENGTH] > 0;
    facts->is_chunked = facts->count[MCP_HTTP_TRANSFER_ENCODING] > 0;
    if (has_length && facts->is_chunked)
        return refuse_and_close(400, "both Content-Length and Transfer-Encoding: send one");
    if (facts->is_chunked && is_http_1_0)
        return refuse_and_close(400, "Transfer-Encoding in HTTP/1.0: send Content-Length");
    if (facts->is_chunked &&
        !mcp_http_equal_nocase(facts->value[MCP_HTTP_TRANSFER_ENCODING], MCP_STR("chunked")))
        return refuse_and_close(400, "Transfer-Encoding is not \"chunked\"");
    if (has_length && !read_length(facts->value[MCP_HTTP_CONTENT_LENGTH], &facts->content_length))
        return refuse_and_close(400, "Content-Length is not a number");
    return pass();
}

static struct mcp_http_verdict check_framing(const struct mcp_http_inquiry *inquiry,
                                             struct mcp_http_facts *facts) {
    const struct mcp_http_head *head = inquiry->head;
    bool names_are_sound = true;
    for (size_t i = 0; i < head->header_count; i++)
        if (!note_header(&head->headers[i], facts) && !is_token(head->headers[i].name))
            names_are_sound = false;
    if (!is_token(head->method))
        return refuse_and_close(501, "the method is not a name");
    if (!names_are_sound)
        return refuse_and_close(400, "a header name has a byte that no name may have");
    for (size_t i = 0; i < MCP_COUNT(fields); i++)
        if (fields[i].is_single && facts->count[fields[i].field] > 1)
            return refuse_and_close(400, "a header that may come once came twice");
    if (facts->count[MCP_HTTP_HOST] == 0)
        return refuse_and_close(400, "no Host header");
    return check_length(inquiry->is_http_1_0, facts);
}

/* `name` may carry its own port, and then only that one matches. */
static bool is_host(struct mcp_str given, struct mcp_str name, uint16_t port, bool may_be_bare) {
    if (!starts_nocase(given, name))
        return false;
    struct mcp_str rest = {given.ptr + name.len, given.len - name.len};
    if (rest.len == 0)
        return may_be_bare;
    uint64_t number = 0;
    struct mcp_str digits = {rest.ptr + 1, rest.len - 1};
    return rest.ptr[0] == ':' && rest.len > 1 && rest.ptr[1] != '0' &&
           read_length(digits, &number) && number == port;
}

static bool is_host_allowed(const struct mcp_http_policy *policy, struct mcp_str host) {
    static const struct mcp_str loopback[] = {{"localhost", 9}, {"127.0.0.1", 9}, {"[::1]", 5}};
    for (size_t i = 0; i < MCP_COUNT(loopback); i++)
        if (is_host(host, loopback[i], policy->port, policy->is_usual_port))
            return true;
    const struct mcp_listen_options *options = policy->options;
    for (size_t i = 0; i < options->allowed_host_count; i++) {
        struct mcp_str name = mcp_str_of(options->allowed_hosts[i]);
        if (name.len > 0 && is_host(host, name, policy->port, true))
            return true;
    }
    return false;
}

/* "http://localhost:6274": a page of a program on the same machine. */
static bool is_loopback_origin(struct mcp_str origin) {
    static const struct mcp_str starts[] = {
        {"http://localhost", 16},  {"http://127.0.0.1", 16},  {"http://[::1]", 12},
        {"https://localhost", 17}, {"https://127.0.0.1", 17}, {"https://[::1]", 13},
    };
    for (size_t i = 0; i < MCP_COUNT(starts); i++) {
        if (!starts_nocase(origin, starts[i]))
            continue;
        struct mcp_str rest = {origin.ptr + starts[i].len, origin.len - starts[i].len};
        uint64_t port = 0;
        if (rest.len == 0)
            return true;
        return rest.ptr[0] == ':' && rest.len <= 6 &&
               read_length((struct mcp_str){rest.ptr + 1, rest.len - 1}, &port) && port <= 65535;
    }
    return false;
}

static bool is_origin_allowed(const struct mcp_listen_options *options, struct mcp_str origin) {
    if (origin.len == 0 || mcp_http_equal_nocase(origin, MCP_STR("null")))
        return false;
    for (size_t i = 0; i < options->allowed_origin_count; i++)
        if (mcp_http_equal_nocase(origin, mcp_str_of(options->allowed_origins[i])))
            return true;
    return is_loopback_origin(origin);
}

static struct mcp_http_verdict check_access(const struct mcp_http_policy *policy,
                                            const struct mcp_http_inquiry *inquiry,
                                            struct mcp_http_facts *facts) {
    if (policy->is_protected && (!inquiry->is_loopback || facts->is_forwarded))
        return refuse_and_close(
            403, "only programs on the same machine are served until a token is set: start the "
                 "server with --token-file FILE, or with --allow-remote to serve everyone");
    if (!is_host_allowed(policy, facts->value[MCP_HTTP_HOST]))
        return refuse(403, "the Host header does not name this server: if the name is right, add "
                           "it to the allowed hosts");
    if (facts->count[MCP_HTTP_ORIGIN] > 0) {
        facts->is_origin_allowed =
            is_origin_allowed(policy->options, facts->value[MCP_HTTP_ORIGIN]);
        if (!facts->is_origin_allowed)
            return refuse(403, "pages of this Origin may not call this server: if they should, add "
                               "it to the allowed origins");
    } else if (mcp_http_equal_nocase(facts->value[MCP_HTTP_FETCH_SITE], MCP_STR("cross-site"))) {
        return refuse(403, "a browser sends this request for another site");
    }
    return pass();
}

static struct mcp_http_verdict check_target(enum mcp_http_endpoint endpoint) {
    switch (endpoint) {
    case MCP_HTTP_BAD_TARGET:
        return refuse_and_close(400, "the request target is not a plain path");
    case MCP_HTTP_LONG_TARGET:
        return refuse_and_close(414, "the request target is longer than 2048 bytes");
    case MCP_HTTP_NOWHERE:
        return refuse(404, "no such page");
    default:
        return pass();
    }
}

static struct mcp_http_verdict check_method(const struct mcp_http_inquiry *inquiry) {
    static const char *const known[] = {"GET", "HEAD",  "POST",  "DELETE", "OPTIONS",
                                        "PUT", "PATCH", "TRACE", "CONNECT"};
    struct mcp_str method = inquiry->head->method;
    if (mcp_http_route_allows(inquiry->endpoint, method))
        return pass();
    for (size_t i = 0; i < MCP_COUNT(known); i++)
        if (is(method, known[i]))
            return refuse(405, "this page does not have that method");
    return refuse_and_close(501, "no such method");
}

static struct mcp_http_verdict check_post(const struct mcp_http_policy *policy,
                                          enum mcp_http_endpoint endpoint,
                                          const struct mcp_http_facts *facts) {
    bool is_mcp = endpoint == MCP_HTTP_MCP;
    if (!mcp_http_media_type_is(facts->value[MCP_HTTP_CONTENT_TYPE], MCP_STR("application/json")))
        return is_mcp ? refuse(415, "Content-Type is not application/json")
                      : refuse(400, "Invalid Content-Type header");
    if (is_mcp && !(facts->accepts_json && facts->accepts_stream))
        return refuse(406, "Accept does not list both application/json and text/event-stream");
    if (facts->content_length > policy->options->max_body_bytes)
        return refuse_and_close(413, "the body is longer than this server takes");
    return pass();
}

static struct mcp_http_verdict check_content(const struct mcp_http_policy *policy,
                                             const struct mcp_http_inquiry *inquiry,
                                             const struct mcp_http_facts *facts) {
    struct mcp_str method = inquiry->head->method;
    if (is(method, "POST"))
        return check_post(policy, inquiry->endpoint, facts);
    if (inquiry->endpoint == MCP_HTTP_MCP && is(method, "GET") && !facts->accepts_stream)
        return refuse(406, "Accept does not list text/event-stream");
    if (facts->content_length > policy->options->max_body_bytes)
        return refuse_and_close(413, "the body is longer than this server takes");
    return pass();
}

struct mcp_http_verdict mcp_http_guard_check(const struct mcp_http_policy *policy,
                                             const struct mcp_http_inquiry *inquiry,
                                             struct mcp_http_facts *out_facts) {
    *out_facts = (struct mcp_http_facts){0};
    for (size_t i = 0; i < MCP_HTTP_FIELD_COUNT; i++)
        out_facts->value[i] = MCP_STR("");
    struct mcp_http_verdict verdict = check_framing(inquiry, out_facts);
    if (verdict.status == 0)
        verdict = check_access(policy, inquiry, out_facts);
    if (verdict.status == 0)
        verdict = check_target(inquiry->endpoint);
    if (verdict.status == 0 && is(inquiry->head->method, "OPTIONS"))
        return (struct mcp_http_verdict){.status = 204};
    if (verdict.status == 0 && !inquiry->is_open)
        verdict = mcp_http_access_check(policy, out_facts);
    if (verdict.status == 0)
        verdict = check_method(inquiry);
    if (verdict.status == 0)
        verdict = check_content(policy, inquiry, out_facts);
    return verdict;
}

static bool is_loopback_v4(uint32_t network_order) {
    return ntohl(network_order) >> 24 == 127;
}

bool mcp_http_guard_is_loopback(const struct sockaddr *address) {
    if (address->sa_family == AF_UNIX)
        return true;
    if (address->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof v4);
        return is_loopback_v4(v4.sin_addr.s_addr);
    }
    if (address->sa_family != AF_INET6)
        return false;
    struct sockaddr_in6 v6;
    memcpy(&v6, address, sizeof v6);
    uint32_t mapped;
    memcpy(&mapped, &v6.sin6_addr.s6_addr[12], sizeof mapped);
    if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr))
        return is_loopback_v4(mapped);
    return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
}
