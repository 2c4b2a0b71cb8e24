/* SPDX-License-Identifier: MIT */
/* json.c - parsing and typed access; see mcp/json.h. Pure: no I/O, no clock, no log. */
#include "mcp/json.h"

#include <string.h>

#include "json/pointer.h"
#include "json/text_scan.h"
#include "mcp/alloc.h"

/* jansson wants no zeroed memory, and zeroing costs. */
static void *plain_alloc(size_t bytes) {
    return mcp_realloc(NULL, bytes);
}

void mcp_json_use_allocator(void) {
    json_set_alloc_funcs(plain_alloc, mcp_free);
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

enum mcp_code mcp_json_parse(struct mcp_str text, json_t **out_root, struct mcp_err *err) {
    json_error_t why = {0};
    size_t refused = mcp_alloc_refusals();
    MCP_AUTO(mcp_json_decref)
    json_t *root = json_loadb(text.len > 0 ? text.ptr : "", text.len,
                              JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
    /* jansson takes a refused allocation for a bad token, or overlooks it and shortens a string. */
    if (mcp_alloc_refusals() != refused || (root == NULL && why.text[0] == '\0'))
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory while parsing %zu bytes of JSON",
                        text.len);
    if (root == NULL)
        return syntax_error(text, why.text, (size_t)why.position, err);
    const char *nul = text.len > 0 ? memchr(text.ptr, '\0', text.len) : NULL;
    if (nul != NULL) /* jansson loses a NUL that follows a number or a word */
        return syntax_error(text, "a NUL byte", (size_t)(nul - text.ptr) + 1, err);
    *out_root = MCP_TAKE(root);
    return MCP_OK;
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
