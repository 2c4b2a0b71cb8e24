/* SPDX-License-Identifier: MIT */
/* json.c - parsing and typed access; see mcp/json.h. Pure: no I/O, no clock, no log. */
#include "mcp/json.h"

#include <string.h>

#include "json/json_plain.h"
#include "json/json_shield.h"
#include "json/pointer.h"
#include "json/text_scan.h"

/* A text ends when an allocation was refused, at the next piece the parser asks for. A piece is at
 * most 1 KiB, which bounds what can be had beyond a budget. See json_shield.h. */
static size_t next_piece(void *buffer, size_t max_bytes, void *user) {
    struct mcp_str *rest = user;
    size_t len = rest->len < max_bytes ? rest->len : max_bytes;
    if (mcp_json_shield_is_hit())
        return (size_t)-1;
    if (len > 0)
        memcpy(buffer, rest->ptr, len);
    *rest = (struct mcp_str){rest->ptr + len, rest->len - len};
    return len;
}

static json_t *load(struct mcp_str text, json_error_t *why, bool *out_is_refused) {
    struct mcp_str rest = text.len > 0 ? text : MCP_STR(""); /* no arithmetic on a null pointer */
    mcp_json_shield_begin();
    json_t *root =
        json_load_callback(next_piece, &rest, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, why);
    *out_is_refused = mcp_json_shield_end();
    return root;
}

void mcp_json_decref(json_t **value) {
    json_decref(*value);
    *value = NULL;
}

/*
 * Where `text` stops being JSON. What breaks another rule (a duplicate key, a number out of range)
 * is JSON still: then it is the last of the `consumed` bytes the parser had read.
 */
static size_t offender(struct mcp_str text, size_t consumed) {
    struct mcp_text_scan scan = {text, 0};
    bool is_value = mcp_text_scan_value(&scan);
    if (is_value)
        mcp_text_scan_space(&scan);
    if (!is_value || scan.at < text.len)
        return scan.at;
    return consumed > 0 ? consumed - 1 : 0;
}

static enum mcp_code syntax_error(struct mcp_str text, const char *what, size_t consumed,
                                  struct mcp_err *err) {
    struct mcp_place place = mcp_text_scan_place(text, offender(text, consumed));
    enum mcp_code code = MCP_FAIL(err, MCP_E_SYNTAX, "%s", what);
    return mcp_err_at(err, code, "%zu:%zu", place.line, place.column);
}

static enum mcp_code no_memory(struct mcp_str text, struct mcp_err *err) {
    return MCP_FAIL(err, MCP_E_NOMEM, "out of memory while parsing %zu bytes of JSON", text.len);
}

static enum mcp_code parse_any(struct mcp_str text, json_t **out_root, struct mcp_err *err) {
    json_error_t why = {0};
    bool is_refused = false;
    MCP_AUTO(mcp_json_decref) json_t *root = load(text, &why, &is_refused);
    if (is_refused || (root == NULL && why.text[0] == '\0'))
        return no_memory(text, err);
    if (root == NULL)
        return syntax_error(text, why.text, (size_t)why.position, err);
    const char *nul = text.len > 0 ? memchr(text.ptr, '\0', text.len) : NULL;
    if (nul != NULL) /* jansson loses a NUL that follows a number or a word */
        return syntax_error(text, "a NUL byte", (size_t)(nul - text.ptr) + 1, err);
    *out_root = MCP_TAKE(root);
    return MCP_OK;
}

enum mcp_code mcp_json_parse(struct mcp_str text, json_t **out_root, struct mcp_err *err) {
    enum mcp_code code = mcp_json_plain_parse(text, out_root);
    if (code == MCP_E_NOMEM)
        return no_memory(text, err);
    return code == MCP_OK ? MCP_OK : parse_any(text, out_root, err);
}

struct mcp_str mcp_json_str(const json_t *value) {
    if (!json_is_string(value))
        return MCP_STR("");
    return (struct mcp_str){json_string_value(value), json_string_length(value)};
}

const char *mcp_json_type_name(const json_t *value) {
    static const char *const names[] = {
        [JSON_OBJECT] = "object",   [JSON_ARRAY] = "array", [JSON_STRING] = "string",
        [JSON_INTEGER] = "integer", [JSON_REAL] = "number", [JSON_TRUE] = "boolean",
        [JSON_FALSE] = "boolean",   [JSON_NULL] = "null",
    };
    return value != NULL ? names[json_typeof(value)] : "nothing";
}

static enum mcp_code at_key(struct mcp_err *err, enum mcp_code code, const char *key) {
    char bytes[sizeof err->where] = "";
    struct mcp_buf pointer = {.data = bytes, .cap = sizeof bytes, .max = sizeof bytes - 1};
    mcp_pointer_add_key(&pointer, mcp_str_of(key));
    return mcp_err_at(err, code, "%s", bytes);
}

/* The member in *out, which must be of `kind` ("a string"); absent fails only when it is needed. */
static enum mcp_code take_member(const json_t *object, const char *key, bool is_needed,
                                 json_t **out, struct mcp_err *err) {
    *out = json_object_get(object, key);
    if (*out == NULL && is_needed)
        return at_key(err, MCP_FAIL(err, MCP_E_SCHEMA, "required, but missing"), key);
    return MCP_OK;
}

static enum mcp_code wrong_type(const json_t *value, const char *key, const char *expected,
                                struct mcp_err *err) {
    enum mcp_code code =
        MCP_FAIL(err, MCP_E_SCHEMA, "expected %s, got %s", expected, mcp_json_type_name(value));
    return at_key(err, code, key);
}

static enum mcp_code string_member(const json_t *object, const char *key, bool is_needed,
                                   const char **out, struct mcp_err *err) {
    json_t *value = NULL;
    MCP_TRY(take_member(object, key, is_needed, &value, err));
    if (value == NULL)
        return MCP_OK;
    if (!json_is_string(value))
        return wrong_type(value, key, "a string", err);
    *out = json_string_value(value);
    return MCP_OK;
}

enum mcp_code mcp_json_get_string(const json_t *object, const char *key, const char **out,
                                  struct mcp_err *err) {
    return string_member(object, key, true, out, err);
}

enum mcp_code mcp_json_opt_string(const json_t *object, const char *key, const char **out,
                                  struct mcp_err *err) {
    return string_member(object, key, false, out, err);
}

static enum mcp_code check_range(const json_t *value, const char *key, int64_t min, int64_t max,
                                 struct mcp_err *err) {
    int64_t number = json_integer_value(value);
    if (number >= min && number <= max)
        return MCP_OK;
    enum mcp_code code =
        MCP_FAIL(err, MCP_E_SCHEMA, "expected an integer from %lld to %lld, got %lld",
                 (long long)min, (long long)max, (long long)number);
    return at_key(err, code, key);
}

enum mcp_code mcp_json_opt_integer(const json_t *object, const char *key, int64_t min, int64_t max,
                                   int64_t *out, struct mcp_err *err) {
    const json_t *value = json_object_get(object, key);
    if (value == NULL)
        return MCP_OK;
    if (!json_is_integer(value))
        return wrong_type(value, key, "an integer", err);
    MCP_TRY(check_range(value, key, min, max, err));
    *out = json_integer_value(value);
    return MCP_OK;
}

enum mcp_code mcp_json_get_integer(const json_t *object, const char *key, int64_t min, int64_t max,
                                   int64_t *out, struct mcp_err *err) {
    json_t *value = NULL;
    MCP_TRY(take_member(object, key, true, &value, err));
    return mcp_json_opt_integer(object, key, min, max, out, err);
}

enum mcp_code mcp_json_opt_bool(const json_t *object, const char *key, bool *out,
                                struct mcp_err *err) {
    const json_t *value = json_object_get(object, key);
    if (value == NULL)
        return MCP_OK;
    if (!json_is_boolean(value))
        return wrong_type(value, key, "a boolean", err);
    *out = json_is_true(value);
    return MCP_OK;
}

static enum mcp_code object_member(const json_t *object, const char *key, bool is_needed,
                                   json_t **out, struct mcp_err *err) {
    json_t *value = NULL;
    MCP_TRY(take_member(object, key, is_needed, &value, err));
    if (value == NULL)
        return MCP_OK;
    if (!json_is_object(value))
        return wrong_type(value, key, "an object", err);
    *out = value;
    return MCP_OK;
}

enum mcp_code mcp_json_get_object(const json_t *object, const char *key, json_t **out,
                                  struct mcp_err *err) {
    return object_member(object, key, true, out, err);
}

enum mcp_code mcp_json_opt_object(const json_t *object, const char *key, json_t **out,
                                  struct mcp_err *err) {
    return object_member(object, key, false, out, err);
}

static enum mcp_code array_member(const json_t *object, const char *key, bool is_needed,
                                  json_t **out, struct mcp_err *err) {
    json_t *value = NULL;
    MCP_TRY(take_member(object, key, is_needed, &value, err));
    if (value == NULL)
        return MCP_OK;
    if (!json_is_array(value))
        return wrong_type(value, key, "an array", err);
    *out = value;
    return MCP_OK;
}

enum mcp_code mcp_json_get_array(const json_t *object, const char *key, json_t **out,
                                 struct mcp_err *err) {
    return array_member(object, key, true, out, err);
}

enum mcp_code mcp_json_opt_array(const json_t *object, const char *key, json_t **out,
                                 struct mcp_err *err) {
    return array_member(object, key, false, out, err);
}
