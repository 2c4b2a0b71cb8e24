/* SPDX-License-Identifier: MIT */
/*
 * Target: mcp_http_guard_check and mcp_http_route_find. Input: lines ended by LF; the first is
 * "METHOD target", the others "name: value". Properties: a request that is let in has one Host, at
 * most one length and not both kinds of framing, every name a token, a method the endpoint has and
 * a body within the bound; a refusal says why; a header nobody reads changes nothing.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "listen/http_guard.h"

#define MAX_LINES 64

static void require(bool claim) {
    if (!claim)
        abort();
}

static struct mcp_str next_line(struct mcp_str *rest) {
    const char *lf = rest->len > 0 ? memchr(rest->ptr, '\n', rest->len) : NULL;
    size_t len = lf != NULL ? (size_t)(lf - rest->ptr) : rest->len;
    struct mcp_str line = {rest->ptr, len};
    size_t step = lf != NULL ? len + 1 : len;
    *rest = (struct mcp_str){rest->ptr + step, rest->len - step};
    return line;
}

static void split(struct mcp_str line, char at, struct mcp_str *out_left,
                  struct mcp_str *out_right) {
    const char *mark = line.len > 0 ? memchr(line.ptr, at, line.len) : NULL;
    size_t len = mark != NULL ? (size_t)(mark - line.ptr) : line.len;
    size_t skip = mark != NULL ? len + 1 : len;
    *out_left = (struct mcp_str){line.ptr, len};
    *out_right = (struct mcp_str){line.ptr + skip, line.len - skip};
    while (out_right->len > 0 && out_right->ptr[0] == ' ')
        *out_right = (struct mcp_str){out_right->ptr + 1, out_right->len - 1};
}

static size_t count_of(const struct mcp_http_head *head, const char *name) {
    size_t count = 0;
    (void)mcp_http_find(head, mcp_str_of(name), &count);
    return count;
}

static void check_let_in(const struct mcp_http_inquiry *inquiry, const struct mcp_http_facts *facts,
                         size_t max_body_bytes) {
    const struct mcp_http_head *head = inquiry->head;
    size_t lengths = count_of(head, "Content-Length");
    size_t encodings = count_of(head, "Transfer-Encoding");
    require(count_of(head, "Host") == 1);
    require(lengths + encodings <= 1);
    require(facts->is_chunked == (encodings == 1));
    require(facts->content_length <= max_body_bytes);
    require(count_of(head, "Origin") == (facts->is_origin_allowed ? 1 : 0));
    require(mcp_http_route_allows(inquiry->endpoint, head->method));
    for (size_t i = 0; i < head->header_count; i++)
        require(head->headers[i].name.len > 0 &&
                memchr(head->headers[i].name.ptr, ' ', head->headers[i].name.len) == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const pages[] = {"/health"};
    static const struct mcp_bearer bearer = {"ann", "0123456789abcdef"};
    static const char *const hosts[] = {"mcp.example.com"};
    static const char *const origins[] = {"https://app.example.com"};
    if (size < 1)
        return 0;
    struct mcp_str rest = {(const char *)data + 1, size - 1};
    struct mcp_http_header headers[MAX_LINES + 1];
    struct mcp_http_head head = {.headers = headers};
    struct mcp_str target;
    split(next_line(&rest), ' ', &head.method, &target);
    while (rest.len > 0 && head.header_count < MAX_LINES) {
        struct mcp_http_header *header = &headers[head.header_count++];
        split(next_line(&rest), ':', &header->name, &header->value);
    }

    static struct mcp_bearers *bearers;
    if (bearers == NULL)
        require(mcp_bearers_new(&bearer, 1, &bearers, NULL) == MCP_OK);
    const struct mcp_listen_options options = {.allowed_hosts = hosts,
                                               .allowed_host_count = 1,
                                               .allowed_origins = origins,
                                               .allowed_origin_count = 1,
                                               .max_body_bytes = 1000};
    const struct mcp_http_policy policy = {.options = &options,
                                           .bearers = (data[0] & 1) != 0 ? bearers : NULL,
                                           .port = 8000,
                                           .is_protected = (data[0] & 2) != 0};
    struct mcp_http_route route;
    mcp_http_route_find(target, pages, 1, &route);
    const struct mcp_http_inquiry inquiry = {&head, route.endpoint, (data[0] & 4) != 0,
                                             (data[0] & 8) != 0, route.endpoint == MCP_HTTP_PAGE};
    struct mcp_http_facts facts;
    struct mcp_http_verdict verdict = mcp_http_guard_check(&policy, &inquiry, &facts);
    if (verdict.status == 0)
        check_let_in(&inquiry, &facts, options.max_body_bytes);
    else
        require(verdict.status == 204 || (verdict.status >= 400 && verdict.text != NULL));

    headers[head.header_count++] =
        (struct mcp_http_header){MCP_STR("X-Nobody-Reads"), MCP_STR("this")};
    struct mcp_http_verdict again = mcp_http_guard_check(&policy, &inquiry, &facts);
    require(again.status == verdict.status && again.must_close == verdict.must_close);
    return 0;
}
