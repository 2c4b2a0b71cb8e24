/* SPDX-License-Identifier: MIT */
/* schema_pattern.c - see schema_pattern.h. Pure: no I/O, no clock, no log. */
#include "json/schema_pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "json/schema_ecma.h"
#include "json/schema_value.h"
#include "mcp/alloc.h"

enum {
    FIRST_LIMIT = 1000, /* backtracking points before a match is charged for */
    LEVELS = 6,         /* 1000 x 4^5 = MCP_SCHEMA_PATTERN_MATCH_LIMIT */
    TRANSLATED_MAX_BYTES = 1 << 17,
    BYTES_PER_STEP = 256
};

struct mcp_schema_matcher {
    pcre2_general_context *general;
    pcre2_match_context *levels[LEVELS];
};

static void *allocate(PCRE2_SIZE bytes, void *user) {
    (void)user;
    return mcp_alloc(bytes);
}

static void release(void *old, void *user) {
    (void)user;
    mcp_free(old);
}

static bool make_level(struct mcp_schema_matcher *matcher, size_t level, uint32_t limit) {
    pcre2_match_context *context = pcre2_match_context_create(matcher->general);
    if (context == NULL)
        return false;
    (void)pcre2_set_match_limit(context, limit);
    (void)pcre2_set_depth_limit(context, limit);
    (void)pcre2_set_heap_limit(context, MCP_SCHEMA_PATTERN_HEAP_KIB);
    matcher->levels[level] = context;
    return true;
}

static void freep_matcher(struct mcp_schema_matcher **matcher) {
    mcp_schema_matcher_free(*matcher);
}

enum mcp_code mcp_schema_matcher_new(struct mcp_schema_matcher **out_matcher, struct mcp_err *err) {
    MCP_AUTO(freep_matcher) struct mcp_schema_matcher *matcher = mcp_alloc(sizeof *matcher);
    if (matcher == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    matcher->general = pcre2_general_context_create(allocate, release, NULL);
    bool is_complete = matcher->general != NULL;
    uint32_t limit = FIRST_LIMIT;
    for (size_t level = 0; is_complete && level < LEVELS; level++, limit *= 4)
        is_complete = make_level(matcher, level, limit);
    if (!is_complete)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    *out_matcher = MCP_TAKE(matcher);
    return MCP_OK;
}

void mcp_schema_matcher_free(struct mcp_schema_matcher *matcher) {
    if (matcher == NULL)
        return;
    for (size_t level = 0; level < LEVELS; level++)
        pcre2_match_context_free(matcher->levels[level]);
    pcre2_general_context_free(matcher->general);
    mcp_free(matcher);
}

static pcre2_code *as_code(const struct mcp_schema_pattern *pattern) {
    pcre2_code *code = NULL;
    memcpy(&code, &pattern, sizeof code);
    return code;
}

static enum mcp_code fail_compile(int number, struct mcp_err *err) {
    unsigned char text[160] = "";
    if (number == PCRE2_ERROR_HEAP_FAILED)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    if (number == PCRE2_ERROR_PATTERN_TOO_LARGE || number == PCRE2_ERROR_PATTERN_TOO_COMPLICATED ||
        number == PCRE2_ERROR_PARENTHESES_NEST_TOO_DEEP)
        return MCP_FAIL(err, MCP_E_LIMIT, "the regular expression is too large once compiled");
    (void)pcre2_get_error_message(number, text, sizeof text);
    return MCP_FAIL(err, MCP_E_SYNTAX, "not a regular expression: %s", (const char *)text);
}

static enum mcp_code compile_translated(const struct mcp_schema_matcher *matcher,
                                        struct mcp_str text, pcre2_code **out_code,
                                        struct mcp_err *err) {
    pcre2_compile_context *context = pcre2_compile_context_create(matcher->general);
    if (context == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    int number = 0;
    PCRE2_SIZE offset = 0;
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)text.ptr, text.len,
                                     PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_MATCH_UNSET_BACKREF |
                                         PCRE2_NEVER_BACKSLASH_C,
                                     &number, &offset, context);
    pcre2_compile_context_free(context);
    if (code == NULL)
        return fail_compile(number, err);
    *out_code = code;
    return MCP_OK;
}

enum mcp_code mcp_schema_pattern_compile(const struct mcp_schema_matcher *matcher,
                                         struct mcp_str text,
                                         struct mcp_schema_pattern **out_pattern, size_t *out_bytes,
                                         struct mcp_err *err) {
    if (text.len > MCP_SCHEMA_PATTERN_MAX_BYTES)
        return MCP_FAIL(err, MCP_E_LIMIT, "a regular expression of more than %d bytes",
                        (int)MCP_SCHEMA_PATTERN_MAX_BYTES);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf translated = MCP_BUF_INIT(TRANSLATED_MAX_BYTES);
    MCP_TRY(mcp_schema_ecma_translate(text, &translated, err));
    pcre2_code *code = NULL;
    MCP_TRY(compile_translated(matcher, mcp_buf_view(&translated), &code, err));
    (void)pcre2_pattern_info(code, PCRE2_INFO_SIZE, out_bytes);
    *out_pattern = (struct mcp_schema_pattern *)(void *)code;
    return MCP_OK;
}

void mcp_schema_pattern_free(struct mcp_schema_pattern *pattern) {
    pcre2_code_free(as_code(pattern));
}

enum mcp_code mcp_schema_pattern_check(struct mcp_str text, bool *out_valid, struct mcp_err *err) {
    MCP_AUTO(freep_matcher) struct mcp_schema_matcher *matcher = NULL;
    MCP_TRY(mcp_schema_matcher_new(&matcher, err));
    struct mcp_schema_pattern *pattern = NULL;
    size_t bytes = 0;
    struct mcp_err why = {0};
    enum mcp_code code = mcp_schema_pattern_compile(matcher, text, &pattern, &bytes, &why);
    mcp_schema_pattern_free(pattern);
    if (code == MCP_E_NOMEM)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    *out_valid = code == MCP_OK;
    return MCP_OK;
}

void mcp_schema_match_deinit(struct mcp_schema_match *match) {
    pcre2_match_data_free(match->data);
    match->data = NULL;
}

/* What the C library's answer means; MCP_E_LIMIT only for the limit that a higher level raises. */
static enum mcp_code judge(int answer, bool *out_found) {
    if (answer >= 0 || answer == PCRE2_ERROR_NOMATCH) {
        *out_found = answer >= 0;
        return MCP_OK;
    }
    if (answer == PCRE2_ERROR_MATCHLIMIT || answer == PCRE2_ERROR_DEPTHLIMIT)
        return MCP_E_LIMIT;
    if (answer == PCRE2_ERROR_HEAPLIMIT)
        return MCP_E_TIMEOUT;
    if (answer == PCRE2_ERROR_NOMEMORY)
        return MCP_E_NOMEM;
    *out_found = false; /* text that is not UTF-8 matches nothing */
    return MCP_OK;
}

enum mcp_code mcp_schema_pattern_search(const struct mcp_schema_matcher *matcher,
                                        const struct mcp_schema_pattern *pattern,
                                        struct mcp_schema_match *match, struct mcp_str text,
                                        size_t *steps, bool *out_found) {
    size_t weight = 1 + text.len / BYTES_PER_STEP;
    if (match->data == NULL)
        match->data = pcre2_match_data_create(1, matcher->general);
    if (match->data == NULL)
        return MCP_E_NOMEM;
    if (!mcp_schema_spend(steps, weight))
        return MCP_E_LIMIT;
    size_t limit = FIRST_LIMIT;
    for (size_t level = 0; level < LEVELS; level++, limit *= 4) {
        int answer = pcre2_match(as_code(pattern), (PCRE2_SPTR)text.ptr, text.len, 0, 0,
                                 match->data, matcher->levels[level]);
        enum mcp_code code = judge(answer, out_found);
        if (code != MCP_E_LIMIT)
            return code == MCP_E_TIMEOUT ? MCP_E_LIMIT : code;
        if (!mcp_schema_spend(steps, limit * weight))
            return MCP_E_LIMIT;
    }
    return MCP_E_LIMIT;
}
