/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/http_guard.json. */
#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#include "listen/http_guard.h"
#include "probe.h"

#define MAX_ROWS 200

probe_fn probe_http_guard;

struct rows {
    const char *texts[MAX_ROWS];
    size_t count;
};

static void read_texts(const json_t *list, struct rows *out) {
    out->count = json_array_size(list) < MAX_ROWS ? json_array_size(list) : MAX_ROWS;
    for (size_t i = 0; i < out->count; i++)
        out->texts[i] = json_string_value(json_array_get(list, i));
}

static size_t read_bearers(const json_t *list, struct mcp_bearer *out) {
    size_t count = json_array_size(list) < MAX_ROWS ? json_array_size(list) : MAX_ROWS;
    for (size_t i = 0; i < count; i++) {
        const json_t *row = json_array_get(list, i);
        out[i] = (struct mcp_bearer){json_string_value(json_array_get(row, 0)),
                                     json_string_value(json_array_get(row, 1))};
    }
    return count;
}

static size_t read_headers(const json_t *list, struct mcp_http_header *out) {
    size_t count = json_array_size(list) < MAX_ROWS ? json_array_size(list) : MAX_ROWS;
    for (size_t i = 0; i < count; i++) {
        const json_t *row = json_array_get(list, i);
        out[i] = (struct mcp_http_header){mcp_json_str(json_array_get(row, 0)),
                                          mcp_json_str(json_array_get(row, 1))};
    }
    return count;
}

static const char *text_of(const json_t *in, const char *key, const char *otherwise) {
    const char *text = json_string_value(json_object_get(in, key));
    return text != NULL ? text : otherwise;
}

/* What the authority of the case knows of a token: a principal, or null: cannot be judged now. */
static enum mcp_admission admit(void *user, struct mcp_str token, struct mcp_grant **out_grant,
                                const char **out_why) {
    const json_t *known = json_object_getn(user, token.ptr, token.len);
    static struct mcp_grant grant;
    if (json_is_null(known)) {
        *out_why = "cannot be judged now";
        return MCP_ADMISSION_UNDECIDABLE;
    }
    if (known == NULL) {
        *out_why = "unknown to the authority";
        return MCP_ADMISSION_REFUSED;
    }
    grant.principal = json_string_value(known);
    *out_grant = &grant;
    return MCP_ADMISSION_GRANTED;
}

static json_t *describe(const struct mcp_http_verdict *verdict, const struct mcp_http_facts *facts,
                        bool with_text) {
    json_auto_t *out = json_pack("{s:i}", "status", (int)verdict->status);
    int rc = out != NULL ? 0 : -1;
    if (rc == 0 && verdict->must_close)
        rc = json_object_set_new(out, "close", json_true());
    if (rc == 0 && facts->principal[0] != '\0')
        rc = json_object_set_new(out, "principal", json_string(facts->principal));
    if (rc == 0 && facts->is_origin_allowed)
        rc = json_object_set_new(out, "readable", json_true());
    if (rc == 0 && with_text)
        rc = json_object_set_new(out, "text", json_string(verdict->text));
    if (rc == 0 && with_text && verdict->challenge != NULL)
        rc = json_object_set_new(out, "challenge", json_string(verdict->challenge));
    return rc == 0 ? MCP_TAKE(out) : NULL;
}

static bool is_loopback(const char *text) {
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    struct sockaddr local = {.sa_family = AF_UNIX};
    struct sockaddr other = {.sa_family = AF_UNSPEC};
    if (strcmp(text, "unix") == 0)
        return mcp_http_guard_is_loopback(&local);
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        return mcp_http_guard_is_loopback((const struct sockaddr *)&v4);
    if (inet_pton(AF_INET6, text, &v6.sin6_addr) == 1)
        return mcp_http_guard_is_loopback((const struct sockaddr *)&v6);
    return mcp_http_guard_is_loopback(&other);
}

static void drop_bearers(struct mcp_bearers **bearers) {
    mcp_bearers_unref(*bearers);
}

enum mcp_code probe_http_guard(const json_t *in, json_t **out, struct mcp_err *err) {
    const char *address = json_string_value(json_object_get(in, "address"));
    if (address != NULL)
        return probe_give(json_boolean(is_loopback(address)), out, err);

    const json_t *given = json_object_get(in, "policy");
    struct mcp_bearer bearers[MAX_ROWS];
    struct mcp_http_header headers[MAX_ROWS];
    struct rows hosts;
    struct rows origins;
    read_texts(json_object_get(given, "hosts"), &hosts);
    read_texts(json_object_get(given, "origins"), &origins);
    MCP_AUTO(drop_bearers) struct mcp_bearers *known = NULL;
    size_t bearer_count = read_bearers(json_object_get(given, "bearers"), bearers);
    if (bearer_count > 0)
        MCP_TRY(mcp_bearers_new(bearers, bearer_count, &known, err));
    const struct mcp_authority authority = {.admit = admit,
                                            .user = json_object_get(given, "authority")};
    const struct mcp_listen_options options = {
        .authority = authority.user != NULL ? &authority : NULL,
        .allowed_hosts = hosts.texts,
        .allowed_host_count = hosts.count,
        .allowed_origins = origins.texts,
        .allowed_origin_count = origins.count,
        .max_body_bytes = (size_t)probe_int(given, "max_body", 4194304),
    };
    const struct mcp_http_policy policy = {
        .options = &options,
        .bearers = known,
        .port = (uint16_t)probe_int(given, "port", 8000),
        .is_usual_port = probe_int(given, "port", 8000) == probe_int(given, "usual_port", 80),
        .is_protected = !json_is_false(json_object_get(given, "protected")),
    };
    const struct mcp_http_head head = {
        .method = mcp_str_of(text_of(in, "method", "POST")),
        .path = MCP_STR(""),
        .query = MCP_STR(""),
        .headers = headers,
        .header_count = read_headers(json_object_get(in, "headers"), headers),
    };
    static const char *const pages[] = {"/health", "/metrics"};
    struct mcp_http_route route;
    mcp_http_route_find(mcp_str_of(text_of(in, "target", "/mcp")), pages, 2, &route);
    const struct mcp_http_inquiry inquiry = {
        .head = &head,
        .endpoint = route.endpoint,
        .is_http_1_0 = strcmp(text_of(in, "version", "1.1"), "1.0") == 0,
        .is_loopback = strcmp(text_of(in, "peer", "loopback"), "loopback") == 0,
        .is_open = route.endpoint == MCP_HTTP_PAGE && route.page == 0,
    };
    struct mcp_http_facts facts;
    const struct mcp_http_verdict verdict = mcp_http_guard_check(&policy, &inquiry, &facts);
    bool with_text = json_is_true(json_object_get(in, "why"));
    return probe_give(describe(&verdict, &facts, with_text), out, err);
}
