/* SPDX-License-Identifier: MIT */
/* schema_run.c - see schema_run.h. Pure: no I/O, no clock, no log. */
#include "json/schema_run.h"

static mcp_schema_check_fn *const checks[MCP_RULE_COUNT] = {
    [MCP_RULE_TYPE] = mcp_schema_check_type,
    [MCP_RULE_CONST] = mcp_schema_check_const,
    [MCP_RULE_ENUM] = mcp_schema_check_enum,
    [MCP_RULE_MULTIPLE_OF] = mcp_schema_check_multiple,
    [MCP_RULE_MAXIMUM] = mcp_schema_check_bound,
    [MCP_RULE_EXCLUSIVE_MAXIMUM] = mcp_schema_check_bound,
    [MCP_RULE_MINIMUM] = mcp_schema_check_bound,
    [MCP_RULE_EXCLUSIVE_MINIMUM] = mcp_schema_check_bound,
    [MCP_RULE_MAX_LENGTH] = mcp_schema_check_length,
    [MCP_RULE_MIN_LENGTH] = mcp_schema_check_length,
    [MCP_RULE_PATTERN] = mcp_schema_check_pattern,
    [MCP_RULE_FORMAT] = mcp_schema_check_format,
    [MCP_RULE_MAX_ITEMS] = mcp_schema_check_size,
    [MCP_RULE_MIN_ITEMS] = mcp_schema_check_size,
    [MCP_RULE_UNIQUE_ITEMS] = mcp_schema_check_unique,
    [MCP_RULE_MAX_PROPERTIES] = mcp_schema_check_size,
    [MCP_RULE_MIN_PROPERTIES] = mcp_schema_check_size,
    [MCP_RULE_REQUIRED] = mcp_schema_check_required,
    [MCP_RULE_DEPENDENT_REQUIRED] = mcp_schema_check_dependents,
    [MCP_RULE_PROPERTY_NAMES] = mcp_schema_check_names,
    [MCP_RULE_MEMBERS] = mcp_schema_check_members,
    [MCP_RULE_ITEMS] = mcp_schema_check_items,
    [MCP_RULE_CONTAINS] = mcp_schema_check_contains,
    [MCP_RULE_REF] = mcp_schema_check_ref,
    [MCP_RULE_DYNAMIC_REF] = mcp_schema_check_dynamic_ref,
    [MCP_RULE_ALL_OF] = mcp_schema_check_all_of,
    [MCP_RULE_ANY_OF] = mcp_schema_check_any_of,
    [MCP_RULE_ONE_OF] = mcp_schema_check_one_of,
    [MCP_RULE_NOT] = mcp_schema_check_not,
    [MCP_RULE_IF] = mcp_schema_check_if,
    [MCP_RULE_DEPENDENT_SCHEMAS] = mcp_schema_check_dependents,
    [MCP_RULE_UNEVALUATED_ITEMS] = mcp_schema_check_unevaluated_items,
    [MCP_RULE_UNEVALUATED_PROPERTIES] = mcp_schema_check_unevaluated_properties,
};

static bool has_step(const struct mcp_schema_step *step) {
    return step->key.ptr != NULL || step->has_index;
}

/* Whether another rule's failure makes what unevaluated* sees incomplete. */
static bool is_in_place(enum mcp_schema_op op) {
    return op >= MCP_RULE_REF && op <= MCP_RULE_DEPENDENT_SCHEMAS;
}

static bool apply_rules(struct mcp_schema_run *run, const struct mcp_schema_frame *frame,
                        struct mcp_schema_track *track) {
    bool is_valid = true;
    bool is_incomplete = false;
    for (size_t i = 0; i < frame->node->rule_count; i++) {
        const struct mcp_schema_rule *rule = &frame->node->rules[i];
        if (is_incomplete && rule->op >= MCP_RULE_UNEVALUATED_ITEMS)
            break;
        if (!mcp_schema_step(run, 1))
            return false;
        if (checks[rule->op](run, frame, rule, track))
            continue;
        is_valid = false;
        is_incomplete = is_incomplete || is_in_place(rule->op);
        if (!mcp_schema_goes_on(run))
            return false;
    }
    return is_valid;
}

/* unevaluated* sees what its own schema evaluated, never what was evaluated before it. */
static bool apply_tracked(struct mcp_schema_run *run, const struct mcp_schema_frame *frame,
                          struct mcp_schema_track *outer) {
    size_t count = json_is_object(frame->value) ? json_object_size(frame->value)
                                                : json_array_size(frame->value);
    MCP_AUTO(mcp_schema_track_deinit) struct mcp_schema_track own = {0};
    if (!mcp_schema_track_init(&own, count))
        return mcp_schema_halt(run, MCP_E_NOMEM);
    bool is_valid = apply_rules(run, frame, &own);
    if (is_valid)
        mcp_schema_track_merge(outer, &own);
    return is_valid;
}

bool mcp_schema_apply(struct mcp_schema_run *run, struct mcp_schema_frame *frame,
                      struct mcp_schema_track *track) {
    const struct mcp_schema_frame *up = frame->up;
    frame->frame_count = up != NULL ? up->frame_count + 1 : 1;
    frame->depth = up != NULL ? up->depth + (has_step(&frame->value_step) ? 1 : 0) : 0;
    if (frame->depth > run->schema->max_depth ||
        frame->frame_count > run->schema->max_depth * MCP_SCHEMA_FRAMES_PER_DEPTH) {
        run->is_too_deep = true;
        return mcp_schema_halt(run, MCP_E_LIMIT);
    }
    if (!mcp_schema_step(run, 1))
        return false;
    if (frame->node->verdict == MCP_VERDICT_ALWAYS)
        return true;
    if (frame->node->verdict == MCP_VERDICT_NEVER)
        return mcp_schema_fail(run, &(struct mcp_schema_fault){.frame = frame});
    bool is_container = json_is_object(frame->value) || json_is_array(frame->value);
    return frame->node->has_unevaluated && is_container ? apply_tracked(run, frame, track)
                                                        : apply_rules(run, frame, track);
}
