/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/http_route.json. */
#include "listen/http_route.h"
#include "probe.h"

#define MAX_PAGES 8

probe_fn probe_http_route;

static const char *const names[] = {
    [MCP_HTTP_NOWHERE] = "nowhere",
    [MCP_HTTP_BAD_TARGET] = "bad_target",
    [MCP_HTTP_LONG_TARGET] = "long_target",
    [MCP_HTTP_MCP] = "mcp",
    [MCP_HTTP_SSE] = "sse",
    [MCP_HTTP_MESSAGES] = "messages",
    [MCP_HTTP_PAGE] = "page",
};

static json_t *session_text(const struct mcp_http_route *route) {
    switch (route->has_id) {
    case MCP_HTTP_PARAM_ABSENT:
        return json_string("absent");
    case MCP_HTTP_PARAM_INVALID:
        return json_string("invalid");
    default:
        return json_string(route->session_id);
    }
}

enum mcp_code probe_http_route(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf target = MCP_BUF_INIT(1 << 20);
    MCP_TRY(probe_bytes(json_object_get(in, "target"), &target, err));
    const char *pages[MAX_PAGES];
    const json_t *list = json_object_get(in, "pages");
    size_t count = json_array_size(list) < MAX_PAGES ? json_array_size(list) : MAX_PAGES;
    for (size_t i = 0; i < count; i++)
        pages[i] = json_string_value(json_array_get(list, i));
    struct mcp_http_route route;
    mcp_http_route_find(mcp_buf_view(&target), pages, count, &route);

    json_auto_t *result = json_pack("{s:s, s:s}", "endpoint", names[route.endpoint], "methods",
                                    mcp_http_route_methods(route.endpoint));
    int rc = result != NULL ? 0 : -1;
    if (rc == 0 && route.endpoint == MCP_HTTP_PAGE)
        rc = json_object_set_new(result, "page", json_integer((json_int_t)route.page));
    if (rc == 0 && route.endpoint == MCP_HTTP_MESSAGES)
        rc = json_object_set_new(result, "session", session_text(&route));
    const json_t *method = json_object_get(in, "method");
    if (rc == 0 && method != NULL)
        rc = json_object_set_new(
            result, "allowed",
            json_boolean(mcp_http_route_allows(route.endpoint, mcp_json_str(method))));
    return probe_give(rc == 0 ? MCP_TAKE(result) : NULL, out, err);
}
