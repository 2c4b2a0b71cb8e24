/* SPDX-License-Identifier: MIT */
/* schema_check_array.c - rules on arrays and sizes; see schema_run.h. Pure. */
#include <stdlib.h>

#include "json/schema_run.h"
#include "mcp/alloc.h"

enum { FEW_ITEMS = 32 }; /* compared pair by pair, without allocation */

bool mcp_schema_check_size(struct mcp_schema_run *run, const struct mcp_schema_frame *frame,
                           const struct mcp_schema_rule *rule, struct mcp_schema_track *track) {
    (void)track;
    bool is_of_items = rule->op == MCP_RULE_MAX_ITEMS || rule->op == MCP_RULE_MIN_ITEMS;
    bool is_max = rule->op == MCP_RULE_MAX_ITEMS || rule->op == MCP_RULE_MAX_PROPERTIES;
    if (mcp_schema_type_of(frame) != (is_of_items ? JSON_ARRAY : JSON_OBJECT))
        return true;
    size_t size = is_of_items ? json_array_size(frame->value) : json_object_size(frame->value);
    bool is_valid = is_max ? size <= rule->as.count : size >= rule->as.count;
    return is_valid || mcp_schema_fail(run, &(struct mcp_schema_fault){
                                                .frame = frame, .rule = rule, .first = size});
}

struct hashed {
    uint64_t hash;
    size_t index;
};

static int order_hashed(const void *a, const void *b) {
    const struct hashed *left = a;
    const struct hashed *right = b;
    int order = (left->hash > right->hash) - (left->hash < right->hash);
    return order != 0 ? order : (left->index > right->index) - (left->index < right->index);
}

/* Fill in the two indexes when two of `items` are equal; they need not be the first such pair. */
static bool find_pair(struct mcp_schema_run *run, const json_t *array, const struct hashed *items,
                      size_t count, struct mcp_schema_fault *pair) {
    for (size_t i = 0; i < count; i++)
        for (size_t j = i + 1; j < count && items[j].hash == items[i].hash; j++) {
            bool is_same = mcp_schema_equal(json_array_get(array, items[i].index),
                                            json_array_get(array, items[j].index), &run->steps);
            if (run->steps == 0)
                return mcp_schema_halt(run, MCP_E_LIMIT);
            if (is_same) {
                pair->first = items[i].index;
                pair->second = items[j].index;
                return true;
            }
        }
    return false;
}

static bool find_equal(struct mcp_schema_run *run, const json_t *array, struct hashed *items,
                       struct mcp_schema_fault *pair) {
    size_t count = json_array_size(array);
    for (size_t i = 0; i < count; i++)
        items[i] = (struct hashed){mcp_schema_hash(json_array_get(array, i), &run->steps), i};
    if (run->steps == 0)
        return mcp_schema_halt(run, MCP_E_LIMIT);
    qsort(items, count, sizeof *items, order_hashed);
    return find_pair(run, array, items, count, pair);
}

bool mcp_schema_check_unique(struct mcp_schema_run *run, const struct mcp_schema_frame *frame,
                             const struct mcp_schema_rule *rule, struct mcp_schema_track *track) {
    (void)track;
    size_t count = json_is_array(frame->value) ? json_array_size(frame->value) : 0;
    if (count < 2)
        return true;
    if (!mcp_schema_step(run, count))
        return false;
    struct mcp_schema_fault fault = {.frame = frame, .rule = rule};
    struct hashed few[FEW_ITEMS];
    MCP_AUTO(mcp_freep) struct hashed *many = NULL;
    if (count > FEW_ITEMS && (many = mcp_alloc(count * sizeof *many)) == NULL)
        return mcp_schema_halt(run, MCP_E_NOMEM);
    bool has_pair = find_equal(run, frame->value, many != NULL ? many : few, &fault);
    return !run->is_halted && (!has_pair || mcp_schema_fail(run, &fault));
}

static bool apply_item(struct mcp_schema_run *run, const struct mcp_schema_frame *frame,
                       const char *keyword, const struct mcp_schema_node *node, size_t index,
                       bool is_prefix) {
    struct mcp_schema_step step = {.index = index, .has_index = true};
    struct mcp_schema_frame item = {
        .up = frame,
        .node = node,
        .value = json_array_get(frame->value, index),
        .keyword = keyword,
        .schema_step = is_prefix ? step : (struct mcp_schema_step){.index = 0},
        .value_step = step,
    };
    return mcp_schema_apply(run, &item, NULL);
}

bool mcp_schema_check_items(struct mcp_schema_run *run, const struct mcp_schema_frame *frame,
                            const struct mcp_schema_rule *rule, struct mcp_schema_track *track) {
    if (!json_is_array(frame->value))
        return true;
    const struct mcp_schema_items *items = rule->as.items;
    size_t count = json_array_size(frame->value);
    bool is_valid = true;
    for (size_t i = 0; i < count; i++) {
        bool is_prefix = i < items->prefix.count;
        const struct mcp_schema_node *node = is_prefix ? items->prefix.list[i] : items->rest;
        if (node == NULL)
            break;
        mcp_schema_track_mark(track, i);
        const char *keyword = is_prefix ? items->prefix_keyword : items->rest_keyword;
        if (apply_item(run, frame, keyword, node, i, is_prefix))
            continue;
        is_valid = false;
        if (!mcp_schema_goes_on(run))
            return false;
    }
    return is_valid;
}

/* How many items fit; stops once the answer is known, unless the matches are to be marked. */
static size_t count_matches(struct mcp_schema_run *run, const struct mcp_schema_frame *frame,
                            const struct mcp_schema_rule *rule, struct mcp_schema_track *track) {
    const struct mcp_schema_contains *contains = rule->as.contains;
    bool must_see_all = track != NULL && contains->marks_items;
    size_t found = 0;
    run->quiet++;
    for (size_t i = 0; i < json_array_size(frame->value) && !run->is_halted; i++) {
        if (!apply_item(run, frame, rule->keyword, contains->node, i, false))
            continue;
        found++;
        if (contains->marks_items)
            mcp_schema_track_mark(track, i);
        bool is_decided =
            found > contains->max || (found >= contains->min && contains->max == SIZE_MAX);
        if (is_decided && !must_see_all)
            break;
    }
    run->quiet--;
    return found;
}

bool mcp_schema_check_contains(struct mcp_schema_run *run, const struct mcp_schema_frame *frame,
                               const struct mcp_schema_rule *rule, struct mcp_schema_track *track) {
    if (!json_is_array(frame->value))
        return true;
    const struct mcp_schema_contains *contains = rule->as.contains;
    size_t found = count_matches(run, frame, rule, track);
    if (run->is_halted)
        return false;
    return (found >= contains->min && found <= contains->max) ||
           mcp_schema_fail(
               run, &(struct mcp_schema_fault){.frame = frame, .rule = rule, .first = found});
}

bool mcp_schema_check_unevaluated_items(struct mcp_schema_run *run,
                                        const struct mcp_schema_frame *frame,
                                        const struct mcp_schema_rule *rule,
                                        struct mcp_schema_track *track) {
    if (!json_is_array(frame->value))
        return true;
    bool is_valid = true;
    for (size_t i = 0; i < json_array_size(frame->value); i++) {
        if (mcp_schema_track_has(track, i))
            continue;
        if (apply_item(run, frame, rule->keyword, rule->as.node, i, false))
            continue;
        is_valid = false;
        if (!mcp_schema_goes_on(run))
            return false;
    }
    mcp_schema_track_mark_all(track);
    return is_valid;
}
