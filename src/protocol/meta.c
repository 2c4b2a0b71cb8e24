/* SPDX-License-Identifier: MIT */
/* meta.c - see meta.h. Pure: no I/O, no clock, no log. */
#include "protocol/meta.h"

#include <string.h>

#include "mcp/alloc.h"

static const char *const levels[] = {"debug", "info",     "notice", "warning",
                                     "error", "critical", "alert",  "emergency"};

/* Keys a gateway must not pass on: they speak about one hop. */
static const char *const hop_keys[] = {
    "progressToken",    MCP_META_VERSION,      MCP_META_CLIENT_INFO, MCP_META_CAPABILITIES,
    MCP_META_LOG_LEVEL, MCP_META_SUBSCRIPTION, MCP_META_SERVER_INFO};

static enum mcp_code no_memory(struct mcp_err *err) {
    return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
}

/* A string or an integer: a progress token, or the id of a request. */
static enum mcp_code opt_token(const json_t *meta, const char *key, const char *pointer,
                               json_t **out, struct mcp_err *err) {
    json_t *value = json_object_get(meta, key);
    if (value != NULL && !json_is_string(value) && !json_is_integer(value)) {
        enum mcp_code code = MCP_FAIL(err, MCP_E_SCHEMA, "expected a string or an integer, got %s",
                                      mcp_json_type_name(value));
        return mcp_err_at(err, code, "%s", pointer);
    }
    *out = value;
    return MCP_OK;
}

static enum mcp_code opt_level(const json_t *meta, const char **out, struct mcp_err *err) {
    const char *level = NULL;
    MCP_TRY(mcp_json_opt_string(meta, MCP_META_LOG_LEVEL, &level, err));
    if (level == NULL || mcp_meta_log_rank(mcp_str_of(level)) >= 0) {
        *out = level;
        return MCP_OK;
    }
    enum mcp_code code = MCP_FAIL(err, MCP_E_SCHEMA,
                                  "\"%s\" is not a log level: expected debug, info, notice, "
                                  "warning, error, critical, alert or emergency",
                                  level);
    return mcp_err_at(err, code, "/io.modelcontextprotocol~1logLevel");
}

static enum mcp_code read_members(const json_t *meta, struct mcp_meta *out, struct mcp_err *err) {
    MCP_TRY(opt_token(meta, "progressToken", "/progressToken", &out->progress_token, err));
    MCP_TRY(opt_token(meta, MCP_META_SUBSCRIPTION, "/io.modelcontextprotocol~1subscriptionId",
                      &out->subscription_id, err));
    MCP_TRY(mcp_json_opt_string(meta, MCP_META_VERSION, &out->protocol_version, err));
    MCP_TRY(mcp_json_opt_object(meta, MCP_META_CLIENT_INFO, &out->client_info, err));
    MCP_TRY(mcp_json_opt_object(meta, MCP_META_CAPABILITIES, &out->client_capabilities, err));
    return opt_level(meta, &out->log_level, err);
}

bool mcp_meta_is_modern(const json_t *params) {
    return json_object_get(json_object_get(params, "_meta"), MCP_META_VERSION) != NULL;
}

enum mcp_code mcp_meta_read(const json_t *params, struct mcp_meta *out_meta, struct mcp_err *err) {
    json_t *meta = NULL;
    struct mcp_meta read = {0};
    MCP_TRY(mcp_json_opt_object(params, "_meta", &meta, err));
    if (meta == NULL) {
        *out_meta = read;
        return MCP_OK;
    }
    MCP_TRY(mcp_err_at(err, read_members(meta, &read, err), "/_meta"));
    *out_meta = read;
    return MCP_OK;
}

enum mcp_code mcp_meta_require(const struct mcp_meta *meta, struct mcp_err *err) {
    const char *missing = NULL;
    if (meta->protocol_version == NULL)
        missing = "protocolVersion";
    else if (meta->client_capabilities == NULL)
        missing = "clientCapabilities";
    if (missing == NULL)
        return MCP_OK;
    enum mcp_code code = MCP_FAIL(err, MCP_E_SCHEMA, "required, but missing");
    return mcp_err_at(err, code, "/_meta/io.modelcontextprotocol~1%s", missing);
}

int mcp_meta_log_rank(struct mcp_str level) {
    for (size_t i = 0; i < MCP_COUNT(levels); i++)
        if (mcp_str_equal(level, mcp_str_of(levels[i])))
            return (int)i;
    return -1;
}

static bool is_letter(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static bool is_alnum(char byte) {
    return is_letter(byte) || (byte >= '0' && byte <= '9');
}

static bool is_label(struct mcp_str label) {
    if (label.len == 0 || !is_letter(label.ptr[0]) || !is_alnum(label.ptr[label.len - 1]))
        return false;
    for (size_t i = 0; i < label.len; i++)
        if (!is_alnum(label.ptr[i]) && label.ptr[i] != '-')
            return false;
    return true;
}

static bool is_name(struct mcp_str name) {
    if (name.len == 0)
        return true;
    if (!is_alnum(name.ptr[0]) || !is_alnum(name.ptr[name.len - 1]))
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (!is_alnum(name.ptr[i]) && strchr("-_.", name.ptr[i]) == NULL)
            return false;
    return memchr(name.ptr, '\0', name.len) == NULL;
}

/* Up to the slash; false when there is none. */
static bool split_prefix(struct mcp_str key, struct mcp_str *out_prefix) {
    const char *slash = key.len > 0 ? memchr(key.ptr, '/', key.len) : NULL;
    if (slash == NULL)
        return false;
    *out_prefix = (struct mcp_str){key.ptr, (size_t)(slash - key.ptr)};
    return true;
}

/* Cut the first label off *rest; false when *rest is used up. */
static bool next_label(struct mcp_str *rest, struct mcp_str *out_label) {
    if (rest->ptr == NULL)
        return false;
    const char *dot = rest->len > 0 ? memchr(rest->ptr, '.', rest->len) : NULL;
    *out_label = (struct mcp_str){rest->ptr, dot != NULL ? (size_t)(dot - rest->ptr) : rest->len};
    if (dot != NULL)
        *rest = (struct mcp_str){dot + 1, rest->len - out_label->len - 1};
    else
        *rest = (struct mcp_str){0};
    return true;
}

bool mcp_meta_key_is_valid(struct mcp_str key) {
    struct mcp_str prefix;
    struct mcp_str label;
    if (!split_prefix(key, &prefix))
        return is_name(key);
    struct mcp_str name = {key.ptr + prefix.len + 1, key.len - prefix.len - 1};
    while (next_label(&prefix, &label))
        if (!is_label(label))
            return false;
    return is_name(name);
}

bool mcp_meta_key_is_reserved(struct mcp_str key) {
    struct mcp_str prefix;
    struct mcp_str label;
    if (!split_prefix(key, &prefix) || !next_label(&prefix, &label) || !next_label(&prefix, &label))
        return false;
    return mcp_str_equal(label, MCP_STR("mcp")) ||
           mcp_str_equal(label, MCP_STR("modelcontextprotocol"));
}

/* jansson's copy overlooks a refused allocation. */
static json_t *copy_or_new(json_t *meta) {
    size_t refused = mcp_alloc_refusals();
    json_t *copy = meta != NULL ? json_copy(meta) : json_object();
    if (mcp_alloc_refusals() == refused)
        return copy;
    json_decref(copy);
    return NULL;
}

enum mcp_code mcp_meta_set(json_t *object, const char *key, json_t *value, struct mcp_err *err) {
    json_auto_t *meta = copy_or_new(json_object_get(object, "_meta"));
    if (meta == NULL || json_object_set(meta, key, value) != 0 ||
        json_object_set(object, "_meta", meta) != 0)
        return no_memory(err);
    return MCP_OK;
}

enum mcp_code mcp_meta_set_client(json_t *params, enum mcp_version version, json_t *client_info,
                                  json_t *capabilities, struct mcp_err *err) {
    json_auto_t *meta = copy_or_new(json_object_get(params, "_meta"));
    json_t *text = json_string(mcp_version_text(version));
    if (json_object_set_new(meta, MCP_META_VERSION, text) != 0 ||
        json_object_set(meta, MCP_META_CAPABILITIES, capabilities) != 0 ||
        (client_info != NULL && json_object_set(meta, MCP_META_CLIENT_INFO, client_info) != 0) ||
        json_object_set(params, "_meta", meta) != 0)
        return no_memory(err);
    return MCP_OK;
}

static bool is_hop_key(const char *key) {
    for (size_t i = 0; i < MCP_COUNT(hop_keys); i++)
        if (strcmp(key, hop_keys[i]) == 0)
            return true;
    return false;
}

enum mcp_code mcp_meta_forward(json_t *meta, json_t **out_meta, struct mcp_err *err) {
    json_auto_t *kept = json_object();
    if (kept == NULL)
        return no_memory(err);
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach(meta, key, value) {
        if (!is_hop_key(key) && json_object_set(kept, key, value) != 0)
            return no_memory(err);
    }
    *out_meta = json_object_size(kept) > 0 ? MCP_TAKE(kept) : NULL;
    return MCP_OK;
}
