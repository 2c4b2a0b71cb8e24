/* SPDX-License-Identifier: MIT */
/* share_record.c - see share_record.h. Pure: no I/O, no clock, no log. */
#include "orchestrator/share_record.h"

#include <stdio.h>
#include <string.h>

enum { MAX_HEAD_BYTES = 160 };

static const uint64_t max_number = (uint64_t)1 << 53;

enum mcp_code orch_share_record_write(const struct orch_share_record *record, struct mcp_buf *out,
                                      struct mcp_err *err) {
    mcp_buf_addf(out, "mcpo 1 %llu ", (unsigned long long)record->life_ms);
    if (record->terms.ttl_ms == ORCH_TTL_UNSAID)
        mcp_buf_addc(out, '-');
    else
        mcp_buf_addf(out, "%llu",
                     (unsigned long long)(record->terms.ttl_ms < max_number ? record->terms.ttl_ms
                                                                            : max_number));
    mcp_buf_addf(out, " %s %llu %zu\n", record->terms.is_private ? "private" : "public",
                 (unsigned long long)record->generation, record->body.len);
    mcp_buf_add(out, record->body);
    return mcp_buf_finish(out, err);
}

/* The word up to `end`, which is left behind; NULL pointer when there is none. */
static struct mcp_str take_word(struct mcp_str *rest, char end) {
    const char *at = rest->len > 0 ? memchr(rest->ptr, end, rest->len) : NULL;
    struct mcp_str word = {NULL, 0};
    if (at == NULL)
        return word;
    word = (struct mcp_str){rest->ptr, (size_t)(at - rest->ptr)};
    rest->len -= word.len + 1;
    rest->ptr = at + 1;
    return word;
}

/* Decimal, no sign, no leading zero, at most 2^53. */
static bool take_number(struct mcp_str word, uint64_t *out) {
    uint64_t number = 0;
    if (word.len == 0 || word.len > 16 || (word.len > 1 && word.ptr[0] == '0'))
        return false;
    for (size_t i = 0; i < word.len; i++) {
        if (word.ptr[i] < '0' || word.ptr[i] > '9')
            return false;
        number = number * 10 + (uint64_t)(word.ptr[i] - '0');
    }
    *out = number;
    return number <= max_number;
}

static enum mcp_code take_version(struct mcp_str *rest, struct mcp_err *err) {
    struct mcp_str name = take_word(rest, ' ');
    struct mcp_str version = take_word(rest, ' ');
    if (name.ptr == NULL || version.ptr == NULL || !mcp_str_equal(name, MCP_STR("mcpo")))
        return MCP_FAIL(err, MCP_E_SYNTAX, "no record of ours");
    if (!mcp_str_equal(version, MCP_STR("1")))
        return MCP_FAIL(err, MCP_E_UNSUPPORTED, "a record of another version");
    return MCP_OK;
}

static bool take_scope(struct mcp_str word, bool *out_is_private) {
    *out_is_private = word.ptr != NULL && mcp_str_equal(word, MCP_STR("private"));
    return *out_is_private || (word.ptr != NULL && mcp_str_equal(word, MCP_STR("public")));
}

enum mcp_code orch_share_record_read(struct mcp_str bytes, struct orch_share_record *out_record,
                                     struct mcp_err *err) {
    struct orch_share_record record = {.terms = {.ttl_ms = ORCH_TTL_UNSAID}};
    struct mcp_str rest = bytes;
    uint64_t len = 0;
    if (bytes.len > (size_t)ORCH_SHARE_MAX_BYTES + MAX_HEAD_BYTES)
        return MCP_FAIL(err, MCP_E_LIMIT, "more than %d bytes", ORCH_SHARE_MAX_BYTES);
    MCP_TRY(take_version(&rest, err));
    struct mcp_str life = take_word(&rest, ' ');
    struct mcp_str ttl = take_word(&rest, ' ');
    struct mcp_str scope = take_word(&rest, ' ');
    struct mcp_str generation = take_word(&rest, ' ');
    struct mcp_str size = take_word(&rest, '\n');
    bool is_unsaid = ttl.len == 1 && ttl.ptr[0] == '-';
    if (!take_number(life, &record.life_ms) ||
        !(is_unsaid || take_number(ttl, &record.terms.ttl_ms)) ||
        !take_scope(scope, &record.terms.is_private) ||
        !take_number(generation, &record.generation) || !take_number(size, &len))
        return MCP_FAIL(err, MCP_E_SYNTAX, "a record whose head is malformed");
    if (len != rest.len)
        return MCP_FAIL(err, MCP_E_SYNTAX, "a record of %zu bytes that should have %llu", rest.len,
                        (unsigned long long)len);
    if (len > ORCH_SHARE_MAX_BYTES)
        return MCP_FAIL(err, MCP_E_LIMIT, "more than %d bytes", ORCH_SHARE_MAX_BYTES);
    record.body = rest;
    *out_record = record;
    return MCP_OK;
}

static bool are_tools(const json_t *tools) {
    for (size_t i = 0; i < json_array_size(tools); i++)
        if (!json_is_string(json_object_get(json_array_get(tools, i), "name")))
            return false;
    return json_is_array(tools);
}

static bool is_shaped(const json_t *root, bool is_tools) {
    if (is_tools)
        return json_object_size(root) == 1 && are_tools(json_object_get(root, "tools"));
    const json_t *errors = json_object_get(root, "errors");
    return json_object_size(root) == 3 && json_is_object(json_object_get(root, "resources")) &&
           json_is_array(errors) && json_array_size(errors) == 0 &&
           json_is_object(json_object_get(root, "uris"));
}

enum mcp_code orch_share_record_value(struct mcp_str body, bool is_tools,
                                      struct orch_value **out_value, struct mcp_err *err) {
    json_t *root = NULL;
    MCP_TRY(mcp_json_parse(body, &root, err));
    if (!is_shaped(root, is_tools)) {
        json_decref(root);
        return MCP_FAIL(err, MCP_E_SCHEMA, "a value of another shape");
    }
    struct orch_value *value = orch_value_new(root);
    if (value == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    *out_value = value;
    return MCP_OK;
}

static const char *const news_names[] = {
    [ORCH_SHARE_OUTDATED] = "outdated",
    [ORCH_SHARE_FORGOTTEN] = "forgotten",
    [ORCH_SHARE_STORED] = "stored",
    [ORCH_SHARE_GIVEN_UP] = "given-up",
};

const char *orch_share_message_write(const struct orch_share_message *message,
                                     char out[ORCH_SHARE_MESSAGE_BYTES]) {
    (void)snprintf(out, ORCH_SHARE_MESSAGE_BYTES, "mcpo 1 %s %s %s %s", message->sender,
                   news_names[message->news], message->id,
                   message->is_tools ? "tools" : "resources");
    return out;
}

/* Exactly room - 1 hexadecimal digits. */
static bool take_digits(struct mcp_str word, char *out, size_t room) {
    if (word.ptr == NULL || word.len != room - 1)
        return false;
    for (size_t i = 0; i < word.len; i++)
        if (strchr("0123456789abcdef", word.ptr[i]) == NULL || word.ptr[i] == '\0')
            return false;
    memcpy(out, word.ptr, word.len);
    out[word.len] = '\0';
    return true;
}

static bool take_news(struct mcp_str word, enum orch_share_news *out) {
    for (size_t i = 0; word.ptr != NULL && i < ORCH_SHARE_NEWS; i++) {
        if (mcp_str_equal(word, mcp_str_of(news_names[i]))) {
            *out = (enum orch_share_news)i;
            return true;
        }
    }
    return false;
}

enum mcp_code orch_share_message_read(struct mcp_str bytes, struct orch_share_message *out_message,
                                      struct mcp_err *err) {
    struct orch_share_message message = {.news = ORCH_SHARE_OUTDATED};
    struct mcp_str rest = bytes;
    MCP_TRY(take_version(&rest, err));
    struct mcp_str sender = take_word(&rest, ' ');
    struct mcp_str news = take_word(&rest, ' ');
    struct mcp_str id = take_word(&rest, ' ');
    message.is_tools = mcp_str_equal(rest, MCP_STR("tools"));
    if (!take_digits(sender, message.sender, sizeof message.sender) ||
        !take_news(news, &message.news) || !take_digits(id, message.id, sizeof message.id) ||
        !(message.is_tools || mcp_str_equal(rest, MCP_STR("resources"))))
        return MCP_FAIL(err, MCP_E_SYNTAX, "a message that is malformed");
    *out_message = message;
    return MCP_OK;
}
