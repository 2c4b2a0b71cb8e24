/* SPDX-License-Identifier: MIT */
/* schema_pattern.c - see schema_pattern.h. Pure: no I/O, no clock, no log. */
#include "json/schema_pattern.h"

#include <assert.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "json/schema_ecma.h"
#include "json/schema_value.h"
#include "mcp/alloc.h"

enum { TRANSLATED_MAX_BYTES = 1 << 16, BYTES_PER_STEP = 64 };

struct mcp_schema_matcher {
    pcre2_general_context *general;
};

struct mcp_schema_pattern {
    pcre2_code *code;
    struct mcp_schema_ecma_cost cost;
};

static void *allocate(PCRE2_SIZE bytes, void *user) {
    (void)user;
    return mcp_alloc(bytes);
}

static void release(void *old, void *user) {
    (void)user;
    mcp_free(old);
}

static void freep_matcher(struct mcp_schema_matcher **matcher) {
    mcp_schema_matcher_free(*matcher);
}

enum mcp_code mcp_schema_matcher_new(struct mcp_schema_matcher **out_matcher, struct mcp_err *err) {
    MCP_AUTO(freep_matcher) struct mcp_schema_matcher *matcher = mcp_alloc(sizeof *matcher);
    if (matcher == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    matcher->general = pcre2_general_context_create(allocate, release, NULL);
    if (matcher->general == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    *out_matcher = MCP_TAKE(matcher);
    return MCP_OK;
}

void mcp_schema_matcher_free(struct mcp_schema_matcher *matcher) {
    if (matcher == NULL)
        return;
    pcre2_general_context_free(matcher->general);
    mcp_free(matcher);
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

/* The automatic call-outs are what a search is paid by: see charge. */
static enum mcp_code compile_translated(pcre2_general_context *general, struct mcp_str text,
                                        pcre2_code **out_code, struct mcp_err *err) {
    static const uint32_t options = PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_MATCH_UNSET_BACKREF |
                                    PCRE2_NEVER_BACKSLASH_C | PCRE2_AUTO_CALLOUT;
    pcre2_compile_context *context = pcre2_compile_context_create(general);
    if (context == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    int number = 0;
    PCRE2_SIZE offset = 0;
    pcre2_code *code =
        pcre2_compile((PCRE2_SPTR)text.ptr, text.len, options, &number, &offset, context);
    pcre2_compile_context_free(context);
    if (code == NULL)
        return fail_compile(number, err);
    *out_code = code;
    return MCP_OK;
}

static void freep_pattern(struct mcp_schema_pattern **pattern) {
    mcp_schema_pattern_free(*pattern);
}

enum mcp_code mcp_schema_pattern_compile(const struct mcp_schema_matcher *matcher,
                                         struct mcp_str text,
                                         struct mcp_schema_pattern **out_pattern, size_t *out_bytes,
                                         struct mcp_err *err) {
    if (text.len > MCP_SCHEMA_PATTERN_MAX_BYTES)
        return MCP_FAIL(err, MCP_E_LIMIT, "a regular expression of more than %d bytes",
                        (int)MCP_SCHEMA_PATTERN_MAX_BYTES);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf translated = MCP_BUF_INIT(TRANSLATED_MAX_BYTES);
    MCP_AUTO(freep_pattern) struct mcp_schema_pattern *pattern = mcp_alloc(sizeof *pattern);
    if (pattern == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    MCP_TRY(mcp_schema_ecma_translate(text, &translated, &pattern->cost, err));
    MCP_TRY(compile_translated(matcher->general, mcp_buf_view(&translated), &pattern->code, err));
    (void)pcre2_pattern_info(pattern->code, PCRE2_INFO_SIZE, out_bytes);
    *out_pattern = MCP_TAKE(pattern);
    return MCP_OK;
}

void mcp_schema_pattern_free(struct mcp_schema_pattern *pattern) {
    if (pattern == NULL)
        return;
    pcre2_code_free(pattern->code);
    mcp_free(pattern);
}

enum mcp_code mcp_schema_pattern_check(struct mcp_str text, bool *out_valid, struct mcp_err *err) {
    MCP_AUTO(freep_matcher) struct mcp_schema_matcher *matcher = NULL;
    MCP_TRY(mcp_schema_matcher_new(&matcher, err));
    assert(matcher != NULL);
    MCP_AUTO(freep_pattern) struct mcp_schema_pattern *pattern = NULL;
    size_t bytes = 0;
    struct mcp_err why = {0};
    enum mcp_code code = mcp_schema_pattern_compile(matcher, text, &pattern, &bytes, &why);
    if (code == MCP_E_NOMEM)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    *out_valid = code == MCP_OK;
    return MCP_OK;
}

void mcp_schema_match_deinit(struct mcp_schema_match *match) {
    pcre2_match_data_free(match->data);
    pcre2_match_context_free(match->context);
    *match = (struct mcp_schema_match){NULL, NULL};
}

static bool make_ready(const struct mcp_schema_matcher *matcher, struct mcp_schema_match *match) {
    if (match->context == NULL) {
        match->context = pcre2_match_context_create(matcher->general);
        if (match->context != NULL)
            (void)pcre2_set_heap_limit(match->context, MCP_SCHEMA_PATTERN_HEAP_KIB);
    }
    if (match->data == NULL)
        match->data = pcre2_match_data_create(1, matcher->general);
    return match->context != NULL && match->data != NULL;
}

/* What one search has to pay with, and where it last paid. */
struct payment {
    size_t *steps;
    size_t weight; /* of each call */
    size_t last;   /* byte of the text at the call before */
};

/*
 * PCRE2 calls this before each item of the pattern it tries. Its own limits count the recursions
 * from one start in the text, not the starts, nor the characters a repetition passes over.
 */
static int charge(pcre2_callout_block *block, void *user) {
    struct payment *payment = user;
    size_t here = block->current_position;
    size_t passed = here > payment->last ? here - payment->last : payment->last - here;
    payment->last = here;
    bool is_paid = mcp_schema_spend(payment->steps, payment->weight + passed / BYTES_PER_STEP);
    return is_paid ? 0 : PCRE2_ERROR_CALLOUT;
}

static enum mcp_code judge(int answer, bool *out_found) {
    switch (answer) {
    case PCRE2_ERROR_CALLOUT:
    case PCRE2_ERROR_MATCHLIMIT:
    case PCRE2_ERROR_DEPTHLIMIT:
    case PCRE2_ERROR_HEAPLIMIT:
        return MCP_E_LIMIT;
    case PCRE2_ERROR_NOMEMORY:
        return MCP_E_NOMEM;
    default:
        *out_found = answer >= 0; /* text that is not UTF-8 matches nothing */
        return MCP_OK;
    }
}

enum mcp_code mcp_schema_pattern_search(const struct mcp_schema_matcher *matcher,
                                        const struct mcp_schema_pattern *pattern,
                                        struct mcp_schema_match *match, struct mcp_str text,
                                        size_t *steps, bool *out_found) {
    if (!make_ready(matcher, match))
        return MCP_E_NOMEM;
    struct payment payment = {
        .steps = steps,
        .weight = 1 + pattern->cost.max_repeat / BYTES_PER_STEP +
                  (pattern->cost.has_reference ? text.len / BYTES_PER_STEP : 0),
    };
    if (!mcp_schema_spend(steps, 1 + text.len / BYTES_PER_STEP))
        return MCP_E_LIMIT;
    (void)pcre2_set_callout(match->context, charge, &payment);
    int answer = pcre2_match(pattern->code, (PCRE2_SPTR)text.ptr, text.len, 0, 0, match->data,
                             match->context);
    return judge(answer, out_found);
}
