/* SPDX-License-Identifier: MIT */
/* share_target.c - see share_target.h. Pure: no I/O, no clock, no log. */
#include "orchestrator/share_target.h"

#include <string.h>
#include <strings.h>
#include <sys/un.h>

#include "mcp/uri.h"

static bool is_word(struct mcp_str text, const char *word) {
    return text.len == strlen(word) && strncasecmp(text.ptr, word, text.len) == 0;
}

/* `out` is a text of `room` bytes. A NUL, which no text here may hold, is refused by decode. */
static enum mcp_code decode(struct mcp_str text, const char *what, char *out, size_t room,
                            struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf plain = MCP_BUF_INIT(room - 1);
    enum mcp_code code = mcp_uri_decode(text, &plain, NULL);
    if (code == MCP_OK)
        code = mcp_buf_finish(&plain, NULL);
    if (code == MCP_E_NOMEM)
        return MCP_FAIL(err, code, "out of memory");
    if (code == MCP_E_LIMIT)
        return MCP_FAIL(err, MCP_E_INVALID, "the %s is longer than %zu bytes", what, room - 1);
    if (code != MCP_OK)
        return MCP_FAIL(err, MCP_E_INVALID, "the %s has a bad percent escape", what);
    if (plain.len > 0)
        memcpy(out, plain.data, plain.len);
    out[plain.len] = '\0';
    return MCP_OK;
}

static enum mcp_code take_user(struct mcp_str userinfo, struct orch_share_target *out,
                               struct mcp_err *err) {
    const char *colon = userinfo.len > 0 ? memchr(userinfo.ptr, ':', userinfo.len) : NULL;
    struct mcp_str user = userinfo;
    struct mcp_str password = {"", 0};
    if (colon != NULL) {
        user.len = (size_t)(colon - userinfo.ptr);
        password = (struct mcp_str){colon + 1, userinfo.len - user.len - 1};
    }
    MCP_TRY(decode(user, "user", out->user, sizeof out->user, err));
    return decode(password, "password", out->password, sizeof out->password, err);
}

static enum mcp_code take_db(struct mcp_str digits, unsigned *out, struct mcp_err *err) {
    unsigned db = 0;
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.ptr[i] < '0' || digits.ptr[i] > '9' || db > ORCH_SHARE_MAX_DB)
            return MCP_FAIL(err, MCP_E_INVALID, "expected a database number from 0 to %d",
                            ORCH_SHARE_MAX_DB);
        db = db * 10 + (unsigned)(digits.ptr[i] - '0');
    }
    if (db > ORCH_SHARE_MAX_DB)
        return MCP_FAIL(err, MCP_E_INVALID, "expected a database number from 0 to %d",
                        ORCH_SHARE_MAX_DB);
    *out = db;
    return MCP_OK;
}

static enum mcp_code take_host(const struct mcp_uri *uri, struct orch_share_target *out,
                               struct mcp_err *err) {
    struct mcp_str path = uri->path;
    if (uri->host.len == 0)
        return MCP_FAIL(err, MCP_E_INVALID, "expected a host: redis://HOST[:PORT][/DB]");
    if (uri->has_query)
        return MCP_FAIL(err, MCP_E_INVALID, "a query (?) means nothing here");
    MCP_TRY(decode(uri->host, "host", out->host, sizeof out->host, err));
    out->port = uri->port != 0 ? uri->port : ORCH_SHARE_PORT;
    if (path.len > 0) { /* "/2" */
        path.ptr++;
        path.len--;
    }
    return take_db(path, &out->db, err);
}

static enum mcp_code take_path(const struct mcp_uri *uri, struct orch_share_target *out,
                               struct mcp_err *err) {
    enum { MAX_PATH = sizeof((struct sockaddr_un *)0)->sun_path };
    static const char key[] = "db=";
    if (uri->host.len > 0 || uri->path.len < 2 || uri->path.ptr[0] != '/')
        return MCP_FAIL(err, MCP_E_INVALID, "expected an absolute path: unix:/PATH[?db=N]");
    MCP_TRY(decode(uri->path, "path", out->path, MAX_PATH, err));
    if (!uri->has_query)
        return MCP_OK;
    if (uri->query.len <= sizeof key - 1 || strncmp(uri->query.ptr, key, sizeof key - 1) != 0)
        return MCP_FAIL(err, MCP_E_INVALID, "expected ?db=N and nothing else after the path");
    return take_db((struct mcp_str){uri->query.ptr + 3, uri->query.len - 3}, &out->db, err);
}

enum mcp_code orch_share_target_parse(struct mcp_str text, struct orch_share_target *out_target,
                                      struct mcp_err *err) {
    struct orch_share_target target = {0};
    struct mcp_uri uri = {0};
    if (mcp_str_equal(text, MCP_STR("memory"))) {
        *out_target = target;
        return MCP_OK;
    }
    bool is_uri = mcp_uri_parse(text, &uri, NULL) == MCP_OK && !uri.has_fragment;
    bool is_unix = is_uri && is_word(uri.scheme, "unix");
    target.is_redis = true;
    target.is_tls = is_uri && is_word(uri.scheme, "rediss");
    if (!is_unix && !target.is_tls && !(is_uri && is_word(uri.scheme, "redis")))
        return MCP_FAIL(err, MCP_E_INVALID,
                        "expected memory, redis://HOST[:PORT][/DB], rediss:// or unix:/PATH, with "
                        "what is special in a password as %%XX");
    MCP_TRY(take_user(uri.userinfo, &target, err));
    MCP_TRY(is_unix ? take_path(&uri, &target, err) : take_host(&uri, &target, err));
    *out_target = target;
    return MCP_OK;
}

void orch_share_target_show(const struct orch_share_target *target, struct mcp_buf *out) {
    bool is_six = strchr(target->host, ':') != NULL;
    if (!target->is_redis) {
        mcp_buf_add(out, MCP_STR("memory"));
    } else if (target->path[0] != '\0') {
        mcp_buf_addf(out, "unix:%s", target->path);
        if (target->db != 0)
            mcp_buf_addf(out, "?db=%u", target->db);
    } else {
        mcp_buf_addf(out, "%s://%s%s%s:%u", target->is_tls ? "rediss" : "redis", is_six ? "[" : "",
                     target->host, is_six ? "]" : "", (unsigned)target->port);
        if (target->db != 0)
            mcp_buf_addf(out, "/%u", target->db);
    }
}

bool orch_share_target_tells(struct mcp_str text) {
    size_t at = text.len;
    while (at > 0 && text.ptr[at - 1] != '@')
        at--;
    if (at == 0)
        return false;
    struct mcp_str before = {text.ptr, at - 1};
    size_t slashes = 0;
    while (slashes + 1 < before.len && strncmp(before.ptr + slashes, "//", 2) != 0)
        slashes++;
    const char *colon = NULL;
    if (slashes + 2 < before.len)
        colon = memchr(before.ptr + slashes + 2, ':', before.len - slashes - 2);
    if (colon == NULL)
        return false;
    size_t left = before.len - (size_t)(colon + 1 - before.ptr);
    return left > 0 && (left < 2 || strncmp(colon + 1, "${", 2) != 0);
}

static bool are_same_targets(const struct orch_share_target *a, const struct orch_share_target *b) {
    return a->is_redis == b->is_redis && a->is_tls == b->is_tls && a->port == b->port &&
           a->db == b->db && strcmp(a->host, b->host) == 0 && strcmp(a->path, b->path) == 0 &&
           strcmp(a->user, b->user) == 0 && strcmp(a->password, b->password) == 0;
}

bool orch_share_settings_equal(const struct orch_share_settings *a,
                               const struct orch_share_settings *b) {
    return are_same_targets(&a->target, &b->target) && strcmp(a->prefix, b->prefix) == 0 &&
           strcmp(a->password_file, b->password_file) == 0 && strcmp(a->ca_file, b->ca_file) == 0 &&
           a->timeout_ms == b->timeout_ms;
}
