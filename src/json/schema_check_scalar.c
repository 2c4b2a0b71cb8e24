/* SPDX-License-Identifier: MIT */
/* schema_check_scalar.c - rules on any value, numbers and strings; see schema_run.h. Pure. */
#include "json/schema_run.h"
#include "mcp/utf8.h"

static unsigned bits_of(const struct mcp_schema_frame *frame) {
    switch (mcp_schema_type_of(frame)) {
    case JSON_OBJECT:
        return MCP_TYPE_OBJECT;
    case JSON_ARRAY:
        return MCP_TYPE_ARRAY;
    case JSON_STRING:
        return MCP_TYPE_STRING;
    case JSON_INTEGER:
        return MCP_TYPE_INTEGER | MCP_TYPE_NUMBER;
    case JSON_REAL:
        return MCP_TYPE_NUMBER |
               (mcp_schema_is_integral(frame->value) ? (unsigned)MCP_TYPE_INTEGER : 0U);
    case JSON_NULL:
        return MCP_TYPE_NULL;
    default:
        return MCP_TYPE_BOOLEAN;
    }
}

static bool is_number(const struct mcp_schema_frame *frame) {
    return frame->value != NULL && json_is_number(frame->value);
}

static bool is_string(const struct mcp_schema_frame *frame) {
    return mcp_schema_type_of(frame) == JSON_STRING;
}

static bool fail(struct mcp_schema_run *run, const struct mcp_schema_frame *frame,
                 const struct mcp_schema_rule *rule) {
    return mcp_schema_fail(run, &(struct mcp_schema_fault){.frame = frame, .rule = rule});
}

bool mcp_schema_check_type(struct mcp_schema_run *run, const struct mcp_schema_frame *frame,
                           const struct mcp_schema_rule *rule, struct mcp_schema_track *track) {
    (void)track;
    return (rule->as.types & bits_of(frame)) != 0 || fail(run, frame, rule);
}

/* The frame's value is `other`; the run is halted when that took too many steps. */
static bool is_equal(struct mcp_schema_run *run, const struct mcp_schema_frame *frame,
                     const json_t *other) {
    if (frame->value == NULL)
        return json_is_string(other) && mcp_str_equal(frame->name, mcp_json_str(other));
    bool is_same = mcp_schema_equal(frame->value, other, &run->steps);
    return run->steps > 0 ? is_same : mcp_schema_halt(run, MCP_E_LIMIT);
}

bool mcp_schema_check_const(struct mcp_schema_run *run, const struct mcp_schema_frame *frame,
                            const struct mcp_schema_rule *rule, struct mcp_schema_track *track) {
    (void)track;
    if (is_equal(run, frame, rule->as.value))
        return true;
    return !run->is_halted && fail(run, frame, rule);
}

/* Index of the first choice whose hash is not below `hash`. */
static size_t find_hash(const struct mcp_schema_choices *choices, uint64_t hash) {
    size_t low = 0;
    size_t high = choices->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (choices->list[middle].hash < hash)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool mcp_schema_check_enum(struct mcp_schema_run *run, const struct mcp_schema_frame *frame,
                           const struct mcp_schema_rule *rule, struct mcp_schema_track *track) {
    (void)track;
    const struct mcp_schema_choices *choices = rule->as.choices;
    uint64_t hash = frame->value != NULL ? mcp_schema_hash(frame->value, &run->steps)
                                         : mcp_schema_hash_text(frame->name);
    if (run->steps == 0)
        return mcp_schema_halt(run, MCP_E_LIMIT);
    for (size_t i = find_hash(choices, hash);
         i < choices->count && choices->list[i].hash == hash && !run->is_halted; i++)
        if (is_equal(run, frame, choices->list[i].value))
            return true;
    return !run->is_halted && fail(run, frame, rule);
}

bool mcp_schema_check_multiple(struct mcp_schema_run *run, const struct mcp_schema_frame *frame,
                               const struct mcp_schema_rule *rule, struct mcp_schema_track *track) {
    (void)track;
    if (!is_number(frame))
        return true;
    struct mcp_schema_decimal value = mcp_schema_decimal_of(frame->value);
    return mcp_schema_is_multiple(value, rule->as.divisor.decimal) || fail(run, frame, rule);
}

static bool is_within(enum mcp_schema_op op, int order) {
    switch (op) {
    case MCP_RULE_MAXIMUM:
        return order <= 0;
    case MCP_RULE_EXCLUSIVE_MAXIMUM:
        return order < 0;
    case MCP_RULE_MINIMUM:
        return order >= 0;
    default:
        return order > 0;
    }
}

bool mcp_schema_check_bound(struct mcp_schema_run *run, const struct mcp_schema_frame *frame,
                            const struct mcp_schema_rule *rule, struct mcp_schema_track *track) {
    (void)track;
    return !is_number(frame) ||
           is_within(rule->op, mcp_schema_compare(frame->value, rule->as.value)) ||
           fail(run, frame, rule);
}

bool mcp_schema_check_length(struct mcp_schema_run *run, const struct mcp_schema_frame *frame,
                             const struct mcp_schema_rule *rule, struct mcp_schema_track *track) {
    (void)track;
    if (!is_string(frame))
        return true;
    size_t length = mcp_utf8_length(mcp_schema_text_of(frame));
    bool is_valid =
        rule->op == MCP_RULE_MAX_LENGTH ? length <= rule->as.count : length >= rule->as.count;
    return is_valid || mcp_schema_fail(run, &(struct mcp_schema_fault){
                                                .frame = frame, .rule = rule, .first = length});
}

bool mcp_schema_check_pattern(struct mcp_schema_run *run, const struct mcp_schema_frame *frame,
                              const struct mcp_schema_rule *rule, struct mcp_schema_track *track) {
    (void)track;
    if (!is_string(frame))
        return true;
    bool is_found = false;
    enum mcp_code code =
        mcp_schema_pattern_search(run->schema->matcher, rule->as.pattern, &run->match,
                                  mcp_schema_text_of(frame), &run->steps, &is_found);
    if (code != MCP_OK)
        return mcp_schema_halt(run, code);
    return is_found || fail(run, frame, rule);
}

bool mcp_schema_check_format(struct mcp_schema_run *run, const struct mcp_schema_frame *frame,
                             const struct mcp_schema_rule *rule, struct mcp_schema_track *track) {
    (void)track;
    if (!is_string(frame))
        return true;
    bool is_valid = false;
    enum mcp_code code =
        mcp_schema_format_check(rule->as.format, mcp_schema_text_of(frame), &is_valid, NULL);
    if (code != MCP_OK)
        return mcp_schema_halt(run, code);
    return is_valid || fail(run, frame, rule);
}
