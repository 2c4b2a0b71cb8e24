/* SPDX-License-Identifier: MIT */
/* scope_policy.c - see scope_policy.h. Pure: no I/O, no clock, no log. */
#include "oauth/scope_policy.h"

#include <stdint.h>
#include <string.h>

#include "mcp/alloc.h"
#include "oauth/scope_text.h"

struct oauth_scope_policy {
    struct oauth_scope_rule *rules;
    size_t rule_count;
    struct oauth_scope_includes *includes;
    size_t include_count;
    char *text; /* what the rows look into */
};

_Static_assert(OAUTH_MAX_SCOPE_INCLUDES <= 64, "one bit each in a set of rows");

void oauth_scope_policy_free(struct oauth_scope_policy *policy) {
    if (policy == NULL)
        return;
    mcp_free(policy->rules);
    mcp_free(policy->includes);
    mcp_free(policy->text);
    mcp_free(policy);
}

void oauth_scope_policy_freep(struct oauth_scope_policy **policy) {
    oauth_scope_policy_free(*policy);
    *policy = NULL;
}

static enum mcp_code check_length(struct mcp_str text, const char *member, struct mcp_err *err) {
    if (text.len <= OAUTH_MAX_SCOPE_TEXT_BYTES)
        return MCP_OK;
    return mcp_err_at(err,
                      MCP_FAIL(err, MCP_E_LIMIT, "more than %d bytes", OAUTH_MAX_SCOPE_TEXT_BYTES),
                      "/%s", member);
}

static enum mcp_code check_pattern(struct mcp_str text, const char *member, struct mcp_err *err) {
    MCP_TRY(check_length(text, member, err));
    const char *star = text.len > 0 ? memchr(text.ptr, '*', text.len) : NULL;
    if (star != NULL && star != text.ptr + text.len - 1)
        return mcp_err_at(err, MCP_FAIL(err, MCP_E_INVALID, "a '*' that is not at the end"), "/%s",
                          member);
    return MCP_OK;
}

static enum mcp_code check_scopes(struct mcp_str list, const char *member, struct mcp_err *err) {
    struct mcp_str word = MCP_STR("");
    size_t count = 0;
    enum mcp_code code = MCP_OK;
    MCP_TRY(check_length(list, member, err));
    for (; code == MCP_OK && oauth_scope_next(&list, &word); count++) {
        if (!oauth_scope_is_token(word))
            code = MCP_FAIL(err, MCP_E_INVALID, "\"%.*s\" is no scope of RFC 6749",
                            (int)(word.len < 64 ? word.len : 64), word.ptr);
        else if (mcp_str_equal(word, MCP_STR("offline_access")))
            code = MCP_FAIL(err, MCP_E_INVALID, "offline_access is nothing a resource asks for");
    }
    if (code == MCP_OK && count == 0)
        code = MCP_FAIL(err, MCP_E_INVALID, "no scope");
    return code == MCP_OK ? MCP_OK : mcp_err_at(err, code, "/%s", member);
}

static enum mcp_code check_rule(const struct oauth_scope_rule *rule, struct mcp_err *err) {
    MCP_TRY(check_pattern(rule->method, "method", err));
    if (rule->method.len == 0)
        return mcp_err_at(err, MCP_FAIL(err, MCP_E_INVALID, "empty"), "/method");
    MCP_TRY(check_pattern(rule->name, "name", err));
    return check_scopes(rule->scopes, "scopes", err);
}

static enum mcp_code check_includes(const struct oauth_scope_includes *row, struct mcp_err *err) {
    if (!oauth_scope_is_token(row->scope))
        return mcp_err_at(err, MCP_FAIL(err, MCP_E_INVALID, "not one scope of RFC 6749"), "/scope");
    MCP_TRY(check_scopes(row->scope, "scope", err));
    return check_scopes(row->scopes, "scopes", err);
}

static enum mcp_code check_count(size_t count, size_t max, const char *what, struct mcp_err *err) {
    if (count <= max)
        return MCP_OK;
    return mcp_err_at(err, MCP_FAIL(err, MCP_E_LIMIT, "more than %zu rows", max), "/%s", what);
}

static struct mcp_str copy(char **at, struct mcp_str text) {
    struct mcp_str copied = {*at, text.len};
    if (text.len > 0)
        memcpy(*at, text.ptr, text.len);
    *at += text.len;
    return copied;
}

/* Check each row, and add to *bytes how much text it has. */
static enum mcp_code check_rules(const struct oauth_scope_rule *rows, size_t count, size_t *bytes,
                                 struct mcp_err *err) {
    MCP_TRY(check_count(count, OAUTH_MAX_SCOPE_RULES, "rules", err));
    for (size_t i = 0; i < count; i++) {
        MCP_TRY(mcp_err_at(err, check_rule(&rows[i], err), "/rules/%zu", i));
        *bytes += rows[i].method.len + rows[i].name.len + rows[i].scopes.len;
    }
    return MCP_OK;
}

static enum mcp_code check_all_includes(const struct oauth_scope_includes *rows, size_t count,
                                        size_t *bytes, struct mcp_err *err) {
    MCP_TRY(check_count(count, OAUTH_MAX_SCOPE_INCLUDES, "includes", err));
    for (size_t i = 0; i < count; i++) {
        MCP_TRY(mcp_err_at(err, check_includes(&rows[i], err), "/includes/%zu", i));
        *bytes += rows[i].scope.len + rows[i].scopes.len;
    }
    return MCP_OK;
}

enum mcp_code oauth_scope_policy_new(const struct oauth_scope_rule *rules, size_t rule_count,
                                     const struct oauth_scope_includes *includes,
                                     size_t include_count, struct oauth_scope_policy **out_policy,
                                     struct mcp_err *err) {
    MCP_AUTO(oauth_scope_policy_freep) struct oauth_scope_policy *policy = NULL;
    size_t bytes = 0;
    MCP_TRY(check_rules(rules, rule_count, &bytes, err));
    MCP_TRY(check_all_includes(includes, include_count, &bytes, err));
    policy = mcp_alloc(sizeof *policy);
    if (policy == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for a scope policy");
    policy->rules = mcp_alloc(rule_count * sizeof *rules);
    policy->includes = mcp_alloc(include_count * sizeof *includes);
    policy->text = mcp_alloc(bytes);
    if (policy->rules == NULL || policy->includes == NULL || policy->text == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for a scope policy");
    char *at = policy->text;
    policy->rule_count = rule_count;
    policy->include_count = include_count;
    for (size_t i = 0; i < rule_count; i++)
        policy->rules[i] = (struct oauth_scope_rule){
            copy(&at, rules[i].method), copy(&at, rules[i].name), copy(&at, rules[i].scopes)};
    for (size_t i = 0; i < include_count; i++)
        policy->includes[i] = (struct oauth_scope_includes){copy(&at, includes[i].scope),
                                                            copy(&at, includes[i].scopes)};
    *out_policy = MCP_TAKE(policy);
    return MCP_OK;
}

static bool is_match(struct mcp_str pattern, struct mcp_str text) {
    if (pattern.len == 0 || pattern.ptr[pattern.len - 1] != '*')
        return mcp_str_equal(pattern, text);
    size_t len = pattern.len - 1;
    return text.len >= len && (len == 0 || memcmp(pattern.ptr, text.ptr, len) == 0);
}

static bool is_about(const struct oauth_scope_rule *rule, struct mcp_str method,
                     struct mcp_str name) {
    return is_match(rule->method, method) && (rule->name.len == 0 || is_match(rule->name, name));
}

/* Whether a row of `held` includes the scope. */
static bool is_included(const struct oauth_scope_policy *policy, uint64_t held,
                        struct mcp_str scope) {
    for (size_t i = 0; i < policy->include_count; i++) {
        if ((held >> i & 1) != 0 && oauth_scope_has(policy->includes[i].scopes, scope))
            return true;
    }
    return false;
}

/* The rows of `includes` that a holder of `granted` has, one bit each. */
static uint64_t hold(const struct oauth_scope_policy *policy, struct mcp_str granted) {
    uint64_t held = 0;
    uint64_t before = 0;
    for (size_t i = 0; i < policy->include_count; i++)
        held |= oauth_scope_has(granted, policy->includes[i].scope) ? UINT64_C(1) << i : 0;
    do {
        before = held;
        for (size_t i = 0; i < policy->include_count; i++)
            held |= is_included(policy, held, policy->includes[i].scope) ? UINT64_C(1) << i : 0;
    } while (held != before);
    return held;
}

static bool has_all(const struct oauth_scope_policy *policy, struct mcp_str granted, uint64_t held,
                    struct mcp_str scopes) {
    struct mcp_str word = MCP_STR("");
    while (oauth_scope_next(&scopes, &word)) {
        if (!oauth_scope_has(granted, word) && !is_included(policy, held, word))
            return false;
    }
    return true;
}

/* Append those that are not there since `start`. */
static void add_missing(struct mcp_buf *out, size_t start, struct mcp_str scopes) {
    struct mcp_str word = MCP_STR("");
    while (out->status == MCP_OK && oauth_scope_next(&scopes, &word)) {
        struct mcp_str whole = mcp_buf_view(out);
        struct mcp_str fresh = {whole.ptr + start, whole.len - start};
        if (out->len == start || !oauth_scope_has(fresh, word))
            oauth_scope_add(out, start, word);
    }
}

bool oauth_scope_policy_allows(const struct oauth_scope_policy *policy, struct mcp_str granted,
                               struct mcp_str method, struct mcp_str name,
                               struct mcp_buf *out_scopes) {
    const size_t start = out_scopes->len;
    const uint64_t held = hold(policy, granted);
    bool is_allowed = true;
    for (size_t i = 0; i < policy->rule_count && is_allowed; i++) {
        const struct oauth_scope_rule *rule = &policy->rules[i];
        is_allowed = !is_about(rule, method, name) || has_all(policy, granted, held, rule->scopes);
    }
    for (size_t i = 0; i < policy->rule_count && !is_allowed; i++) {
        if (is_about(&policy->rules[i], method, name))
            add_missing(out_scopes, start, policy->rules[i].scopes);
    }
    return is_allowed;
}

void oauth_scope_policy_list(const struct oauth_scope_policy *policy, struct mcp_buf *out) {
    const size_t start = out->len;
    for (size_t i = 0; i < policy->rule_count; i++)
        add_missing(out, start, policy->rules[i].scopes);
}
