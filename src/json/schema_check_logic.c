/* SPDX-License-Identifier: MIT */
/* schema_check_logic.c - references and combinations in place; see schema_run.h. Pure. */
#include "json/schema_run.h"

/* Apply `node` to the value at hand, as `keyword` and `step` of the schema at hand. */
static bool apply_here(struct mcp_schema_run *run, const struct mcp_schema_frame *frame,
                       const char *keyword, struct mcp_schema_step step,
                       const struct mcp_schema_node *node, struct mcp_schema_track *track) {
    struct mcp_schema_frame same = {
        .up = frame,
        .node = node,
        .value = frame->value,
        .name = frame->name,
        .keyword = keyword,
        .schema_step = step,
    };
    return mcp_schema_apply(run, &same, track);
}

static const struct mcp_schema_step nowhere = {{NULL, 0}, 0, false};

static struct mcp_schema_step at_index(size_t index) {
    return (struct mcp_schema_step){.index = index, .has_index = true};
}

/* As apply_here, but failing is an answer: nothing is reported, and nothing it evaluated counts. */
static bool try_here(struct mcp_schema_run *run, const struct mcp_schema_frame *frame,
                     const char *keyword, struct mcp_schema_step step,
                     const struct mcp_schema_node *node, struct mcp_schema_track *track) {
    MCP_AUTO(mcp_schema_track_deinit) struct mcp_schema_track own = {0};
    if (track != NULL && !mcp_schema_track_init(&own, track->count))
        return mcp_schema_halt(run, MCP_E_NOMEM);
    run->quiet++;
    bool fits = apply_here(run, frame, keyword, step, node, track != NULL ? &own : NULL);
    run->quiet--;
    if (fits)
        mcp_schema_track_merge(track, &own);
    return fits;
}

bool mcp_schema_check_ref(struct mcp_schema_run *run, const struct mcp_schema_frame *frame,
                          const struct mcp_schema_rule *rule, struct mcp_schema_track *track) {
    return apply_here(run, frame, rule->keyword, nowhere, rule->as.node, track);
}

static const struct mcp_schema_node *find_dynamic(const struct mcp_schema_resource *resource,
                                                  struct mcp_str name) {
    for (const struct mcp_schema_anchor *at = resource->anchors; at != NULL; at = at->next)
        if (at->is_dynamic && mcp_str_equal(at->name, name))
            return at->node;
    return NULL;
}

/* Core section 8.2.3.2: the outermost resource of the dynamic scope that has the anchor. */
static const struct mcp_schema_node *outermost(struct mcp_schema_run *run,
                                               const struct mcp_schema_frame *frame,
                                               const struct mcp_schema_dynamic *dynamic) {
    const struct mcp_schema_node *target = dynamic->node;
    const struct mcp_schema_resource *last = NULL;
    for (const struct mcp_schema_frame *at = frame; at != NULL && mcp_schema_step(run, 1);
         at = at->up) {
        if (at->node->resource == last)
            continue;
        last = at->node->resource;
        const struct mcp_schema_node *found = find_dynamic(last, dynamic->anchor);
        target = found != NULL ? found : target;
    }
    return target;
}

bool mcp_schema_check_dynamic_ref(struct mcp_schema_run *run, const struct mcp_schema_frame *frame,
                                  const struct mcp_schema_rule *rule,
                                  struct mcp_schema_track *track) {
    const struct mcp_schema_dynamic *dynamic = rule->as.dynamic;
    const struct mcp_schema_node *target =
        dynamic->anchor.ptr != NULL ? outermost(run, frame, dynamic) : dynamic->node;
    return !run->is_halted && apply_here(run, frame, rule->keyword, nowhere, target, track);
}

bool mcp_schema_check_all_of(struct mcp_schema_run *run, const struct mcp_schema_frame *frame,
                             const struct mcp_schema_rule *rule, struct mcp_schema_track *track) {
    bool is_valid = true;
    for (size_t i = 0; i < rule->as.nodes.count; i++) {
        if (apply_here(run, frame, rule->keyword, at_index(i), rule->as.nodes.list[i], track))
            continue;
        is_valid = false;
        if (!mcp_schema_goes_on(run))
            return false;
    }
    return is_valid;
}

/*
 * Try each alternative once more, within a bound of its own, and keep the one that got furthest in
 * fault->near; `latest` holds the one at hand.
 */
static void find_near(struct mcp_schema_run *run, struct mcp_schema_fault *fault,
                      struct mcp_schema_near *best, struct mcp_schema_near *latest) {
    const struct mcp_schema_nodes *nodes = &fault->rule->as.nodes;
    struct mcp_schema_run saved = *run;
    run->steps = run->steps < MCP_SCHEMA_NEAR_STEPS ? run->steps : MCP_SCHEMA_NEAR_STEPS;
    run->near = latest;
    for (size_t i = 0; i < nodes->count && !run->is_halted; i++) {
        *latest = (struct mcp_schema_near){.depth = fault->frame->depth};
        (void)try_here(run, fault->frame, fault->rule->keyword, at_index(i), nodes->list[i], NULL);
        if (latest->has_failure && (!best->has_failure || latest->rank > best->rank)) {
            *best = *latest;
            fault->second = i;
        }
    }
    saved.match = run->match;
    saved.hints = run->hints;
    *run = saved;
}

static bool fail_none(struct mcp_schema_run *run, const struct mcp_schema_frame *frame,
                      const struct mcp_schema_rule *rule) {
    struct mcp_schema_near best = {.has_failure = false};
    struct mcp_schema_near latest = {.has_failure = false};
    struct mcp_schema_fault fault = {.frame = frame, .rule = rule, .near = &best};
    if (run->quiet == 0)
        find_near(run, &fault, &best, &latest);
    return mcp_schema_fail(run, &fault);
}

bool mcp_schema_check_any_of(struct mcp_schema_run *run, const struct mcp_schema_frame *frame,
                             const struct mcp_schema_rule *rule, struct mcp_schema_track *track) {
    bool has_fit = false;
    for (size_t i = 0; i < rule->as.nodes.count && (!has_fit || track != NULL); i++) {
        if (try_here(run, frame, rule->keyword, at_index(i), rule->as.nodes.list[i], track))
            has_fit = true;
        if (run->is_halted)
            return false;
    }
    return has_fit || fail_none(run, frame, rule);
}

bool mcp_schema_check_one_of(struct mcp_schema_run *run, const struct mcp_schema_frame *frame,
                             const struct mcp_schema_rule *rule, struct mcp_schema_track *track) {
    size_t first = SIZE_MAX;
    for (size_t i = 0; i < rule->as.nodes.count; i++) {
        bool fits = try_here(run, frame, rule->keyword, at_index(i), rule->as.nodes.list[i], track);
        if (run->is_halted)
            return false;
        if (fits && first != SIZE_MAX)
            return mcp_schema_fail(run,
                                   &(struct mcp_schema_fault){
                                       .frame = frame, .rule = rule, .first = first, .second = i});
        first = fits ? i : first;
    }
    return first != SIZE_MAX || fail_none(run, frame, rule);
}

bool mcp_schema_check_not(struct mcp_schema_run *run, const struct mcp_schema_frame *frame,
                          const struct mcp_schema_rule *rule, struct mcp_schema_track *track) {
    (void)track;
    bool fits = try_here(run, frame, rule->keyword, nowhere, rule->as.node, NULL);
    if (run->is_halted)
        return false;
    return !fits || mcp_schema_fail(run, &(struct mcp_schema_fault){.frame = frame, .rule = rule});
}

bool mcp_schema_check_if(struct mcp_schema_run *run, const struct mcp_schema_frame *frame,
                         const struct mcp_schema_rule *rule, struct mcp_schema_track *track) {
    const struct mcp_schema_condition *condition = rule->as.condition;
    bool fits = try_here(run, frame, rule->keyword, nowhere, condition->test, track);
    if (run->is_halted)
        return false;
    const struct mcp_schema_node *node = fits ? condition->then : condition->otherwise;
    return node == NULL || apply_here(run, frame, fits ? "then" : "else", nowhere, node, track);
}
