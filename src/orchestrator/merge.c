/* SPDX-License-Identifier: MIT */
/* merge.c - see merge.h. Pure: no I/O, no clock, no log. */
#include "orchestrator/merge.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "mcp/alloc.h"
#include "mcp/utf8.h"

static enum mcp_code no_memory(struct mcp_err *err) {
    return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
}

/* "application/json; charset=utf-8" and "application/geo+json" are JSON. */
static bool is_json_type(const char *mime) {
    size_t len = strcspn(mime, "; \t");
    if (len == strlen("application/json") && strncasecmp(mime, "application/json", len) == 0)
        return true;
    return len > 5 && strncasecmp(mime + len - 5, "+json", 5) == 0;
}

static bool looks_like_json(struct mcp_str text) {
    size_t at = 0;
    while (at < text.len && strchr(" \t\r\n", text.ptr[at]) != NULL && text.ptr[at] != '\0')
        at++;
    return at < text.len && (text.ptr[at] == '{' || text.ptr[at] == '[');
}

static enum mcp_code text_value(json_t *text, const char *mime, json_t **out, char *out_remark,
                                struct mcp_err *err) {
    bool is_json = mime != NULL ? is_json_type(mime) : looks_like_json(mcp_json_str(text));
    struct mcp_err why = {0};
    enum mcp_code code =
        is_json ? mcp_json_parse(mcp_json_str(text), out, &why) : MCP_E_UNSUPPORTED;
    if (code == MCP_OK)
        return MCP_OK;
    if (code == MCP_E_NOMEM)
        return no_memory(err);
    if (is_json && mime != NULL)
        (void)snprintf(out_remark, ORCH_REMARK_BYTES,
                       "kept as text: it is not the JSON its type says, at %.24s: %.80s", why.where,
                       why.what);
    *out = json_incref(text);
    return MCP_OK;
}

static enum mcp_code blob_value(json_t *blob, const char *mime, json_t **out, struct mcp_err *err) {
    json_auto_t *pair = json_object();
    bool ok = json_object_set(pair, "blob", blob) == 0;
    const char *type = mime != NULL ? mime : "application/octet-stream";
    if (!ok || json_object_set_new(pair, "mimeType", json_string(type)) != 0)
        return no_memory(err);
    *out = MCP_TAKE(pair);
    return MCP_OK;
}

static enum mcp_code content_value(const json_t *content, const char *listed_mime, json_t **out,
                                   char *out_remark, struct mcp_err *err) {
    const char *mime = json_string_value(json_object_get(content, "mimeType"));
    json_t *text = json_object_get(content, "text");
    json_t *blob = json_object_get(content, "blob");
    if (mime == NULL)
        mime = listed_mime;
    if (json_is_string(text))
        return text_value(text, mime, out, out_remark, err);
    if (json_is_string(blob))
        return blob_value(blob, mime, out, err);
    return MCP_FAIL(err, MCP_E_SCHEMA, "a content with neither text nor blob");
}

static enum mcp_code several_values(const json_t *contents, const char *listed_mime, json_t **out,
                                    char *out_remark, struct mcp_err *err) {
    json_auto_t *list = json_array();
    if (list == NULL)
        return no_memory(err);
    for (size_t i = 0; i < json_array_size(contents); i++) {
        const json_t *content = json_array_get(contents, i);
        json_auto_t *entry = json_object();
        json_t *value = NULL;
        MCP_TRY(content_value(content, listed_mime, &value, out_remark, err));
        json_t *uri = json_object_get(content, "uri");
        bool ok = entry != NULL && (uri == NULL || json_object_set(entry, "uri", uri) == 0);
        ok = json_object_set_new(entry, "value", value) == 0 && ok;
        if (!ok || json_array_append(list, entry) != 0)
            return no_memory(err);
    }
    *out = MCP_TAKE(list);
    return MCP_OK;
}

enum mcp_code orch_merge_value(const json_t *contents, const char *listed_mime, json_t **out_value,
                               char *out_remark, struct mcp_err *err) {
    out_remark[0] = '\0';
    if (!json_is_array(contents))
        return MCP_FAIL(err, MCP_E_SCHEMA, "the answer has no contents array");
    if (json_array_size(contents) != 1)
        return several_values(contents, listed_mime, out_value, out_remark, err);
    return content_value(json_array_get(contents, 0), listed_mime, out_value, out_remark, err);
}

enum mcp_code orch_merge_put(json_t *resources, const char *name, const char *uri, json_t *value,
                             struct mcp_err *err) {
    const char *key = name != NULL && name[0] != '\0' ? name : uri;
    if (json_object_get(resources, key) != NULL)
        key = uri;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf numbered = MCP_BUF_INIT(1 << 20);
    for (size_t i = 2; json_object_get(resources, key) != NULL; i++) {
        mcp_buf_clear(&numbered);
        mcp_buf_addf(&numbered, "%s#%zu", uri, i);
        if (mcp_buf_finish(&numbered, err) != MCP_OK) {
            json_decref(value);
            return no_memory(err);
        }
        key = numbered.data;
    }
    return json_object_set_new(resources, key, value) == 0 ? MCP_OK : no_memory(err);
}

/* A JSON string of text that may have come from a peer: malformed bytes are replaced. */
static json_t *text_of(const char *text) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf repaired = MCP_BUF_INIT(1 << 20);
    (void)mcp_utf8_repair(&repaired, mcp_str_of(text));
    if (mcp_buf_finish(&repaired, NULL) == MCP_E_NOMEM)
        return NULL;
    return json_stringn(mcp_buf_view(&repaired).ptr, repaired.len);
}

static bool set(json_t *object, const char *key, json_t *value) {
    return json_object_set_new(object, key, value) == 0;
}

static bool set_why(json_t *entry, const struct mcp_err *why) {
    char line[sizeof why->where + sizeof why->what + 3];
    (void)snprintf(line, sizeof line, "%s%s%s", why->where, why->where[0] != '\0' ? ": " : "",
                   why->what);
    return set(entry, "error", text_of(line)) &&
           set(entry, "code", json_string(mcp_code_name(why->code)));
}

enum mcp_code orch_merge_note(json_t *errors, const char *name, const char *uri,
                              const struct mcp_err *why, struct mcp_err *err) {
    json_auto_t *entry = json_object();
    bool ok = set(entry, "name", text_of(name != NULL ? name : uri)) &&
              set(entry, "uri", text_of(uri)) && set_why(entry, why) &&
              json_array_append(errors, entry) == 0;
    return ok ? MCP_OK : no_memory(err);
}

static json_t *copy_or_empty_list(const json_t *list) {
    return list != NULL ? json_deep_copy(list) : json_array();
}

enum mcp_code orch_merge_server(json_t *answer, const struct orch_server *server,
                                const json_t *fetched, struct mcp_err *err) {
    json_auto_t *part = json_object();
    const json_t *errors = json_object_get(fetched, "errors");
    size_t refused = mcp_alloc_refusals();
    bool ok = set(part, "priority", json_integer(server->priority)) &&
              set(part, "domains", copy_or_empty_list(server->domains)) &&
              set(part, "capabilities", copy_or_empty_list(server->capabilities)) &&
              set(part, "resources", json_deep_copy(json_object_get(fetched, "resources"))) &&
              (json_array_size(errors) == 0 || set(part, "errors", json_deep_copy(errors))) &&
              json_object_set(answer, server->name, part) == 0;
    /* jansson's copy leaves out what it could not allocate */
    return ok && mcp_alloc_refusals() == refused ? MCP_OK : no_memory(err);
}

static bool set_server(json_t *entry, const struct orch_server *server) {
    return set(entry, "id", json_string(server->id)) &&
           set(entry, "name", json_string(server->name));
}

enum mcp_code orch_merge_missing(json_t *missing, const struct orch_server *server,
                                 const struct mcp_err *why, struct mcp_err *err) {
    json_auto_t *entry = json_object();
    bool ok = set_server(entry, server) && set(entry, "state", json_string("missing")) &&
              set_why(entry, why) && json_array_append(missing, entry) == 0;
    return ok ? MCP_OK : no_memory(err);
}

enum mcp_code orch_merge_stale(json_t *missing, const struct orch_server *server, uint64_t age_ms,
                               const struct mcp_err *why, struct mcp_err *err) {
    static const struct mcp_err none = {.what = "older than its time: it is being read again"};
    json_auto_t *entry = json_object();
    bool ok = set_server(entry, server) && set(entry, "state", json_string("stale")) &&
              set(entry, "age_ms", json_integer((json_int_t)age_ms)) &&
              set_why(entry, why->code != MCP_OK ? why : &none) &&
              json_array_append(missing, entry) == 0;
    return ok ? MCP_OK : no_memory(err);
}

enum mcp_code orch_merge_missing_resources(json_t *missing, const struct orch_server *server,
                                           const json_t *fetched, struct mcp_err *err) {
    const json_t *errors = json_object_get(fetched, "errors");
    for (size_t i = 0; i < json_array_size(errors); i++) {
        const json_t *failure = json_array_get(errors, i);
        json_auto_t *entry = json_object();
        bool ok = set_server(entry, server) &&
                  set(entry, "uri", json_copy(json_object_get(failure, "uri"))) &&
                  set(entry, "resource", json_copy(json_object_get(failure, "name"))) &&
                  set(entry, "state", json_string("failed")) &&
                  set(entry, "error", json_copy(json_object_get(failure, "error"))) &&
                  set(entry, "code", json_copy(json_object_get(failure, "code"))) &&
                  json_array_append(missing, entry) == 0;
        if (!ok)
            return no_memory(err);
    }
    return MCP_OK;
}
