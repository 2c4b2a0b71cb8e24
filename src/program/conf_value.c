/* SPDX-License-Identifier: MIT */
/* conf_value.c - see conf_value.h. Pure: no I/O, no clock, no log. */
#include "program/conf_value.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mcp/utf8.h"

enum { MAX_NUMBER_BYTES = 40, MAX_SHOWN_BYTES = 64, MAX_EXPECTED_BYTES = 512 };

static bool is_type(const json_t *property, const char *type) {
    const char *text = json_string_value(json_object_get(property, "type"));
    return text != NULL && strcmp(text, type) == 0;
}

static void add_number(struct mcp_buf *out, const json_t *number) {
    if (json_is_integer(number))
        mcp_json_add_integer(out, json_integer_value(number));
    else
        mcp_json_add_real(out, json_real_value(number));
}

/* "an integer" + " from 0 to 65535", " of at least 0", " of at most 65535" or nothing. */
static void add_range(struct mcp_buf *out, const json_t *min, const json_t *max) {
    if (min != NULL)
        mcp_buf_add(out, max != NULL ? MCP_STR(" from ") : MCP_STR(" of at least "));
    if (min != NULL)
        add_number(out, min);
    if (max != NULL)
        mcp_buf_add(out, min != NULL ? MCP_STR(" to ") : MCP_STR(" of at most "));
    if (max != NULL)
        add_number(out, max);
}

static void add_enum(struct mcp_buf *out, const json_t *words) {
    mcp_buf_add(out, MCP_STR("one of "));
    for (size_t i = 0; i < json_array_size(words); i++) {
        if (i > 0)
            mcp_buf_add(out, MCP_STR(", "));
        mcp_json_add_string(out, mcp_json_str(json_array_get(words, i)));
    }
}

static void add_text_bounds(struct mcp_buf *out, const json_t *property) {
    const json_t *min = json_object_get(property, "minLength");
    const json_t *max = json_object_get(property, "maxLength");
    mcp_buf_add(out, MCP_STR("UTF-8 text"));
    add_range(out, min, max);
    if (min != NULL || max != NULL)
        mcp_buf_add(out, MCP_STR(" characters"));
}

void mcp_conf_value_expected(const json_t *property, struct mcp_buf *out) {
    const json_t *min = json_object_get(property, "minimum");
    const json_t *max = json_object_get(property, "maximum");
    if (json_object_get(property, "enum") != NULL) {
        add_enum(out, json_object_get(property, "enum"));
    } else if (is_type(property, "integer")) {
        mcp_buf_add(out, MCP_STR("an integer"));
        add_range(out, min, max);
    } else if (is_type(property, "number")) {
        mcp_buf_add(out, MCP_STR("a number"));
        add_range(out, min, max);
    } else if (is_type(property, "boolean")) {
        mcp_buf_add(out, MCP_STR("true or false"));
    } else {
        add_text_bounds(out, property);
    }
}

/* The value as a message may show it: printable, cut, or not at all. */
static void add_shown(struct mcp_buf *out, const json_t *property, struct mcp_str text) {
    if (json_is_true(json_object_get(property, "x-secret"))) {
        mcp_buf_add(out, MCP_STR("refused (the value is a secret and not shown)"));
        return;
    }
    struct mcp_str shown = {text.ptr, text.len < MAX_SHOWN_BYTES ? text.len : MAX_SHOWN_BYTES};
    while (shown.len < text.len && shown.len > 0 && (text.ptr[shown.len] & 0xC0) == 0x80)
        shown.len--;
    mcp_buf_add(out, MCP_STR("\""));
    mcp_utf8_add_printable(out, shown);
    mcp_buf_add(out, shown.len < text.len ? MCP_STR("...\"") : MCP_STR("\""));
}

static enum mcp_code refuse(const json_t *property, const char *setting, struct mcp_str text,
                            struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf shown = MCP_BUF_INIT(MAX_EXPECTED_BYTES);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf expected = MCP_BUF_INIT(MAX_EXPECTED_BYTES);
    add_shown(&shown, property, text);
    mcp_conf_value_expected(property, &expected);
    if (shown.status == MCP_E_NOMEM || expected.status == MCP_E_NOMEM)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    return MCP_FAIL(err, MCP_E_INVALID, "%s is %s: expected %s", setting, mcp_buf_view(&shown).ptr,
                    mcp_buf_view(&expected).ptr);
}

/* *out stays NULL when the text is not a value of the property. */
typedef json_t *(read_fn)(const json_t *property, struct mcp_str text, bool *out_is_allowed);

static double bound(const json_t *property, const char *key, double otherwise) {
    const json_t *value = json_object_get(property, key);
    return json_is_number(value) ? json_number_value(value) : otherwise;
}

static bool is_integer_text(struct mcp_str text) {
    size_t at = text.len > 0 && (text.ptr[0] == '-' || text.ptr[0] == '+') ? 1 : 0;
    if (at == text.len || text.len >= MAX_NUMBER_BYTES)
        return false;
    while (at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9')
        at++;
    return at == text.len;
}

static json_t *read_integer(const json_t *property, struct mcp_str text, bool *out_is_allowed) {
    char digits[MAX_NUMBER_BYTES] = "";
    const json_t *min = json_object_get(property, "minimum");
    const json_t *max = json_object_get(property, "maximum");
    if (!is_integer_text(text))
        return NULL;
    (void)snprintf(digits, sizeof digits, "%.*s", (int)text.len, text.ptr);
    errno = 0;
    json_int_t number = strtoll(digits, NULL, 10);
    if (errno == ERANGE || (json_is_integer(min) && number < json_integer_value(min)) ||
        (json_is_integer(max) && number > json_integer_value(max)))
        return NULL;
    *out_is_allowed = true;
    return json_integer(number);
}

static json_t *read_number(const json_t *property, struct mcp_str text, bool *out_is_allowed) {
    char digits[MAX_NUMBER_BYTES] = "";
    char *end = digits;
    if (text.len == 0 || text.len >= MAX_NUMBER_BYTES)
        return NULL;
    (void)snprintf(digits, sizeof digits, "%.*s", (int)text.len, text.ptr);
    if (strspn(digits, "0123456789+-.eE") != text.len) /* strtod also takes "inf", "0x1p3", " 1" */
        return NULL;
    double number = strtod(digits, &end);
    if (end == digits || *end != '\0' || !isfinite(number) ||
        number < bound(property, "minimum", -HUGE_VAL) ||
        number > bound(property, "maximum", HUGE_VAL))
        return NULL;
    *out_is_allowed = true;
    return json_real(number);
}

static bool equal_nocase(struct mcp_str text, const char *word) {
    return text.len == strlen(word) && strncasecmp(text.ptr, word, text.len) == 0;
}

static json_t *read_boolean(const json_t *property, struct mcp_str text, bool *out_is_allowed) {
    static const char *const yes[] = {"true", "yes", "on", "1"};
    static const char *const no[] = {"false", "no", "off", "0"};
    (void)property;
    for (size_t i = 0; i < MCP_COUNT(yes); i++) {
        bool is_yes = equal_nocase(text, yes[i]);
        *out_is_allowed = is_yes || equal_nocase(text, no[i]);
        if (*out_is_allowed)
            return json_boolean(is_yes);
    }
    return NULL;
}

static json_t *read_word(const json_t *property, struct mcp_str text, bool *out_is_allowed) {
    const json_t *words = json_object_get(property, "enum");
    bool any_case = json_is_true(json_object_get(property, "x-ignore-case"));
    for (size_t i = 0; i < json_array_size(words); i++) {
        json_t *word = json_array_get(words, i);
        if (mcp_str_equal(text, mcp_json_str(word)) ||
            (any_case && equal_nocase(text, json_string_value(word)))) {
            *out_is_allowed = true;
            return json_incref(word);
        }
    }
    return NULL;
}

static json_t *read_text(const json_t *property, struct mcp_str text, bool *out_is_allowed) {
    if (mcp_utf8_valid_prefix(text) < text.len)
        return NULL;
    double length = (double)mcp_utf8_length(text);
    if (length < bound(property, "minLength", 0) || length > bound(property, "maxLength", HUGE_VAL))
        return NULL;
    *out_is_allowed = true;
    return json_stringn(text.len > 0 ? text.ptr : "", text.len);
}

static read_fn *reader(const json_t *property) {
    if (json_object_get(property, "enum") != NULL)
        return read_word;
    if (is_type(property, "integer"))
        return read_integer;
    if (is_type(property, "number"))
        return read_number;
    if (is_type(property, "boolean"))
        return read_boolean;
    return read_text;
}

static enum mcp_code read_one(const json_t *property, const char *setting, struct mcp_str text,
                              json_t **out_value, struct mcp_err *err) {
    bool is_allowed = false;
    json_t *value = reader(property)(property, text, &is_allowed);
    if (!is_allowed)
        return refuse(property, setting, text, err);
    if (value == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    *out_value = value;
    return MCP_OK;
}

static enum mcp_code add_item(const json_t *property, const char *setting, struct mcp_str text,
                              json_t *items, struct mcp_err *err) {
    double most = bound(property, "maxItems", MCP_CONF_MAX_ITEMS);
    const json_t *item_schema = json_object_get(property, "items");
    json_auto_t *item = NULL;
    if ((double)json_array_size(items) >= most)
        return MCP_FAIL(err, MCP_E_INVALID, "%s has more than %.0f values", setting, most);
    MCP_TRY(read_one(item_schema != NULL ? item_schema : property, setting, text, &item, err));
    if (json_array_append(items, item) != 0)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    return MCP_OK;
}

static struct mcp_str trim(struct mcp_str text) {
    while (text.len > 0 && (text.ptr[0] == ' ' || text.ptr[0] == '\t'))
        text = (struct mcp_str){text.ptr + 1, text.len - 1};
    while (text.len > 0 && (text.ptr[text.len - 1] == ' ' || text.ptr[text.len - 1] == '\t'))
        text.len--;
    return text;
}

/* "a, b,,c": empty items count for nothing. */
static enum mcp_code read_list(const json_t *property, const char *setting, struct mcp_str text,
                               json_t **out_value, struct mcp_err *err) {
    json_auto_t *items = json_array();
    if (items == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    for (size_t at = 0; at < text.len;) {
        const char *comma = memchr(text.ptr + at, ',', text.len - at);
        size_t len = comma != NULL ? (size_t)(comma - text.ptr) - at : text.len - at;
        struct mcp_str item = trim((struct mcp_str){text.ptr + at, len});
        if (item.len > 0)
            MCP_TRY(add_item(property, setting, item, items, err));
        at += len + 1;
    }
    *out_value = MCP_TAKE(items);
    return MCP_OK;
}

enum mcp_code mcp_conf_value_of_variable(const json_t *property, const char *setting,
                                         struct mcp_str text, json_t **out_value,
                                         struct mcp_err *err) {
    if (is_type(property, "array"))
        return read_list(property, setting, text, out_value, err);
    return read_one(property, setting, text, out_value, err);
}

enum mcp_code mcp_conf_value_of_words(const json_t *property, const char *setting,
                                      const json_t *texts, json_t **out_value,
                                      struct mcp_err *err) {
    size_t count = json_array_size(texts);
    if (!is_type(property, "array"))
        return read_one(property, setting, mcp_json_str(json_array_get(texts, count - 1)),
                        out_value, err);
    json_auto_t *items = json_array();
    if (items == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    for (size_t i = 0; i < count; i++)
        MCP_TRY(add_item(property, setting, mcp_json_str(json_array_get(texts, i)), items, err));
    *out_value = MCP_TAKE(items);
    return MCP_OK;
}
