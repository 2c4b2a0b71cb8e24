/* SPDX-License-Identifier: MIT */
/* schema_check_object.c - rules on objects; see schema_run.h. Pure: no I/O, no clock, no log. */
#include "json/schema_run.h"

static const json_t *member_of(const struct mcp_schema_frame *frame, struct mcp_str key) {
    return json_object_getn(frame->value, key.ptr, key.len);
}

bool mcp_schema_check_required(struct mcp_schema_run *run, const struct mcp_schema_frame *frame,
                               const struct mcp_schema_rule *rule, struct mcp_schema_track *track) {
    (void)track;
    if (!json_is_object(frame->value))
        return true;
    if (!mcp_schema_step(run, rule->as.names.count))
        return false;
    bool is_valid = true;
    for (size_t i = 0; i < rule->as.names.count; i++) {
        if (member_of(frame, rule->as.names.list[i]) != NULL)
            continue;
        is_valid =
            mcp_schema_fail(run, &(struct mcp_schema_fault){
                                     .frame = frame, .rule = rule, .key = rule->as.names.list[i]});
        if (!mcp_schema_goes_on(run))
            return false;
    }
    return is_valid;
}

/* The keys that the presence of entry->key needs. */
static bool check_needed(struct mcp_schema_run *run, const struct mcp_schema_frame *frame,
                         const struct mcp_schema_rule *rule, const struct mcp_schema_entry *entry) {
    if (!mcp_schema_step(run, entry->name_count))
        return false;
    bool is_valid = true;
    for (size_t i = 0; i < entry->name_count; i++) {
        if (member_of(frame, entry->names[i]) != NULL)
            continue;
        is_valid = mcp_schema_fail(run, &(struct mcp_schema_fault){.frame = frame,
                                                                   .rule = rule,
                                                                   .key = entry->names[i],
                                                                   .step = {.key = entry->key}});
        if (!mcp_schema_goes_on(run))
            return false;
    }
    return is_valid;
}

static bool check_dependent(struct mcp_schema_run *run, const struct mcp_schema_frame *frame,
                            const struct mcp_schema_rule *rule,
                            const struct mcp_schema_entry *entry, struct mcp_schema_track *track) {
    if (entry->node == NULL)
        return check_needed(run, frame, rule, entry);
    struct mcp_schema_frame same = {
        .up = frame,
        .node = entry->node,
        .value = frame->value,
        .keyword = rule->keyword,
        .schema_step = {.key = entry->key},
    };
    return mcp_schema_apply(run, &same, track);
}

bool mcp_schema_check_dependents(struct mcp_schema_run *run, const struct mcp_schema_frame *frame,
                                 const struct mcp_schema_rule *rule,
                                 struct mcp_schema_track *track) {
    if (!json_is_object(frame->value))
        return true;
    if (!mcp_schema_step(run, rule->as.entries.count))
        return false;
    bool is_valid = true;
    for (size_t i = 0; i < rule->as.entries.count; i++) {
        const struct mcp_schema_entry *entry = &rule->as.entries.list[i];
        if (member_of(frame, entry->key) == NULL || check_dependent(run, frame, rule, entry, track))
            continue;
        is_valid = false;
        if (!mcp_schema_goes_on(run))
            return false;
    }
    return is_valid;
}

/* A member at hand: its key, its value, and its number in iteration order. */
struct member {
    struct mcp_str key;
    const json_t *value;
    size_t index;
};

static bool apply_member(struct mcp_schema_run *run, const struct mcp_schema_frame *frame,
                         const char *keyword, struct mcp_schema_step schema_step,
                         const struct mcp_schema_node *node, const struct member *member) {
    struct mcp_schema_frame inner = {
        .up = frame,
        .node = node,
        .value = member->value,
        .keyword = keyword,
        .schema_step = schema_step,
        .value_step = {.key = member->key},
    };
    return mcp_schema_apply(run, &inner, NULL);
}

bool mcp_schema_check_names(struct mcp_schema_run *run, const struct mcp_schema_frame *frame,
                            const struct mcp_schema_rule *rule, struct mcp_schema_track *track) {
    (void)track;
    if (!json_is_object(frame->value))
        return true;
    bool is_valid = true;
    json_t *open = mcp_schema_open(frame->value);
    for (void *at = json_object_iter(open); at != NULL; at = json_object_iter_next(open, at)) {
        struct mcp_str key = {json_object_iter_key(at), json_object_iter_key_len(at)};
        struct mcp_schema_frame name = {
            .up = frame,
            .node = rule->as.node,
            .name = key,
            .keyword = rule->keyword,
            .value_step = {.key = key},
        };
        if (mcp_schema_apply(run, &name, NULL))
            continue;
        is_valid = false;
        if (!mcp_schema_goes_on(run))
            return false;
    }
    return is_valid;
}

static const struct mcp_schema_entry *find_named(const struct mcp_schema_entries *named,
                                                 struct mcp_str key) {
    size_t low = 0;
    size_t high = named->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        struct mcp_str other = named->list[middle].key;
        size_t shorter = key.len < other.len ? key.len : other.len;
        int order = shorter > 0 ? memcmp(key.ptr, other.ptr, shorter) : 0;
        if (order == 0 && key.len == other.len)
            return &named->list[middle];
        if (order < 0 || (order == 0 && key.len < other.len))
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

/* Every pattern that matches the key applies; *is_known is set by any. */
static bool check_patterns(struct mcp_schema_run *run, const struct mcp_schema_frame *frame,
                           const struct mcp_schema_members *members, const struct member *member,
                           bool *is_known) {
    bool is_valid = true;
    for (size_t i = 0; i < members->patterns.count; i++) {
        const struct mcp_schema_entry *entry = &members->patterns.list[i];
        bool is_found = false;
        enum mcp_code code = mcp_schema_pattern_search(
            run->schema->matcher, entry->pattern, &run->match, member->key, &run->steps, &is_found);
        if (code != MCP_OK)
            return mcp_schema_halt(run, code);
        if (!is_found)
            continue;
        *is_known = true;
        is_valid = apply_member(run, frame, "patternProperties",
                                (struct mcp_schema_step){.key = entry->key}, entry->node, member) &&
                   is_valid;
        if (!is_valid && !mcp_schema_goes_on(run))
            return false;
    }
    return is_valid;
}

static bool check_member(struct mcp_schema_run *run, const struct mcp_schema_frame *frame,
                         const struct mcp_schema_members *members, const struct member *member,
                         bool *is_known) {
    bool is_valid = true;
    const struct mcp_schema_entry *entry = find_named(&members->named, member->key);
    if (entry != NULL) {
        *is_known = true;
        is_valid = apply_member(run, frame, "properties",
                                (struct mcp_schema_step){.key = member->key}, entry->node, member);
        if (!is_valid && !mcp_schema_goes_on(run))
            return false;
    }
    is_valid = check_patterns(run, frame, members, member, is_known) && is_valid;
    if (*is_known || run->is_halted || members->rest == NULL)
        return is_valid;
    *is_known = true;
    return apply_member(run, frame, "additionalProperties", (struct mcp_schema_step){.index = 0},
                        members->rest, member);
}

bool mcp_schema_check_members(struct mcp_schema_run *run, const struct mcp_schema_frame *frame,
                              const struct mcp_schema_rule *rule, struct mcp_schema_track *track) {
    if (!json_is_object(frame->value))
        return true;
    bool is_valid = true;
    size_t index = 0;
    json_t *open = mcp_schema_open(frame->value);
    for (void *at = json_object_iter(open); at != NULL;
         at = json_object_iter_next(open, at), index++) {
        struct member member = {{json_object_iter_key(at), json_object_iter_key_len(at)},
                                json_object_iter_value(at),
                                index};
        bool is_known = false;
        bool fits = mcp_schema_step(run, 1) &&
                    check_member(run, frame, rule->as.members, &member, &is_known);
        if (is_known)
            mcp_schema_track_mark(track, index);
        is_valid = is_valid && fits;
        if (!fits && !mcp_schema_goes_on(run))
            return false;
    }
    return is_valid;
}

bool mcp_schema_check_unevaluated_properties(struct mcp_schema_run *run,
                                             const struct mcp_schema_frame *frame,
                                             const struct mcp_schema_rule *rule,
                                             struct mcp_schema_track *track) {
    if (!json_is_object(frame->value))
        return true;
    bool is_valid = true;
    size_t index = 0;
    json_t *open = mcp_schema_open(frame->value);
    for (void *at = json_object_iter(open); at != NULL;
         at = json_object_iter_next(open, at), index++) {
        if (mcp_schema_track_has(track, index))
            continue;
        struct member member = {{json_object_iter_key(at), json_object_iter_key_len(at)},
                                json_object_iter_value(at),
                                index};
        if (apply_member(run, frame, rule->keyword, (struct mcp_schema_step){.index = 0},
                         rule->as.node, &member))
            continue;
        is_valid = false;
        if (!mcp_schema_goes_on(run))
            return false;
    }
    mcp_schema_track_mark_all(track);
    return is_valid;
}
