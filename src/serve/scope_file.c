/* SPDX-License-Identifier: MIT */
/* scope_file.c - see scope_file.h. Effect: one file. */
#include "serve/scope_file.h"

#include <string.h>

#include "base/file.h"
#include "mcp/json.h"

struct rows {
    struct oauth_scope_rule rules[OAUTH_MAX_SCOPE_RULES];
    size_t rule_count;
    struct oauth_scope_includes includes[OAUTH_MAX_SCOPE_INCLUDES];
    size_t include_count;
};

/* `allowed`: NULL-terminated. */
static enum mcp_code check_members(json_t *object, const char *const *allowed,
                                   struct mcp_err *err) {
    const char *key = NULL;
    json_t *value = NULL;
    if (!json_is_object(object))
        return MCP_FAIL(err, MCP_E_SCHEMA, "not an object");
    json_object_foreach(object, key, value) {
        size_t i = 0;
        while (allowed[i] != NULL && strcmp(allowed[i], key) != 0)
            i++;
        if (allowed[i] == NULL)
            return MCP_FAIL(err, MCP_E_SCHEMA, "unknown member \"%.64s\"", key);
    }
    return MCP_OK;
}

static enum mcp_code take_rule(json_t *item, struct oauth_scope_rule *out, struct mcp_err *err) {
    static const char *const members[] = {"method", "name", "scopes", NULL};
    const char *method = NULL;
    const char *name = "";
    const char *scopes = NULL;
    MCP_TRY(check_members(item, members, err));
    MCP_TRY(mcp_json_get_string(item, "method", &method, err));
    MCP_TRY(mcp_json_opt_string(item, "name", &name, err));
    MCP_TRY(mcp_json_get_string(item, "scopes", &scopes, err));
    *out = (struct oauth_scope_rule){mcp_str_of(method), mcp_str_of(name), mcp_str_of(scopes)};
    return MCP_OK;
}

static enum mcp_code take_include(json_t *item, struct oauth_scope_includes *out,
                                  struct mcp_err *err) {
    static const char *const members[] = {"scope", "scopes", NULL};
    const char *scope = NULL;
    const char *scopes = NULL;
    MCP_TRY(check_members(item, members, err));
    MCP_TRY(mcp_json_get_string(item, "scope", &scope, err));
    MCP_TRY(mcp_json_get_string(item, "scopes", &scopes, err));
    *out = (struct oauth_scope_includes){mcp_str_of(scope), mcp_str_of(scopes)};
    return MCP_OK;
}

static enum mcp_code check_count(const json_t *items, size_t most, const char *where,
                                 struct mcp_err *err) {
    if (json_array_size(items) > most)
        return mcp_err_at(err, MCP_FAIL(err, MCP_E_LIMIT, "more than %zu rows", most), "%s", where);
    return MCP_OK;
}

static enum mcp_code take_rules(const json_t *items, struct rows *out, struct mcp_err *err) {
    MCP_TRY(check_count(items, OAUTH_MAX_SCOPE_RULES, "/rules", err));
    for (size_t i = 0; i < json_array_size(items); i++) {
        enum mcp_code code = take_rule(json_array_get(items, i), &out->rules[i], err);
        if (code != MCP_OK)
            return mcp_err_at(err, code, "/rules/%zu", i);
    }
    out->rule_count = json_array_size(items);
    return MCP_OK;
}

static enum mcp_code take_includes(const json_t *items, struct rows *out, struct mcp_err *err) {
    MCP_TRY(check_count(items, OAUTH_MAX_SCOPE_INCLUDES, "/includes", err));
    for (size_t i = 0; i < json_array_size(items); i++) {
        enum mcp_code code = take_include(json_array_get(items, i), &out->includes[i], err);
        if (code != MCP_OK)
            return mcp_err_at(err, code, "/includes/%zu", i);
    }
    out->include_count = json_array_size(items);
    return MCP_OK;
}

static enum mcp_code take_rows(json_t *root, struct rows *out, struct mcp_err *err) {
    static const char *const members[] = {"rules", "includes", NULL};
    json_t *rules = NULL;
    json_t *includes = NULL;
    MCP_TRY(check_members(root, members, err));
    MCP_TRY(mcp_json_get_array(root, "rules", &rules, err));
    MCP_TRY(mcp_json_opt_array(root, "includes", &includes, err));
    MCP_TRY(take_rules(rules, out, err));
    return take_includes(includes, out, err);
}

enum mcp_code serve_scopes_parse(struct mcp_str text, struct oauth_scope_policy **out_policy,
                                 struct mcp_err *err) {
    struct rows rows;
    json_auto_t *root = NULL;
    rows.rule_count = 0;
    rows.include_count = 0;
    MCP_TRY(mcp_json_parse(text, &root, err));
    MCP_TRY(take_rows(root, &rows, err));
    return oauth_scope_policy_new(rows.rules, rows.rule_count, rows.includes, rows.include_count,
                                  out_policy, err);
}

static enum mcp_code read_file(const char *path, struct oauth_scope_policy **out_policy,
                               struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(SERVE_MAX_SCOPE_FILE_BYTES);
    struct mcp_err why = {0};
    enum mcp_code code = mcp_file_read(path, &text, &why);
    if (code != MCP_OK)
        return MCP_FAIL(err, code, "%s", why.what);
    return serve_scopes_parse(mcp_buf_view(&text), out_policy, err);
}

enum mcp_code serve_scopes_read(const char *path, struct oauth_scope_policy **out_policy,
                                struct mcp_err *err) {
    enum mcp_code code = read_file(path, out_policy, err);
    return code == MCP_OK ? MCP_OK
                          : mcp_err_at(err, code, "%s%s", path,
                                       err != NULL && err->where[0] != '\0' ? ": " : "");
}
