/* SPDX-License-Identifier: MIT */
/* schema_run.h - one validation at work. Layer: json. Includes: schema_form, schema_track. */
#ifndef MCP_SCHEMA_RUN_H
#define MCP_SCHEMA_RUN_H

#include "json/schema_form.h"
#include "json/schema_track.h"

enum {
    MCP_SCHEMA_SENTENCE_BYTES = 256,
    MCP_SCHEMA_HINT_COMPARISONS = 5000, /* keys compared for suggestions, per validation */
    MCP_SCHEMA_NEAR_STEPS = 10000       /* steps spent to find the nearest alternative */
};

/* The nearest alternative so far, while anyOf or oneOf looks for one. */
struct mcp_schema_near {
    bool has_failure;
    size_t rank;    /* the higher, the further that alternative got */
    unsigned depth; /* of the value that has the alternatives */
    char text[MCP_SCHEMA_SENTENCE_BYTES];
};

struct mcp_schema_run {
    const struct mcp_schema *schema;
    mcp_schema_failure_fn *on_failure; /* NULL: stop at the first */
    void *user;
    struct mcp_err *err;
    struct mcp_schema_match match;
    size_t steps;                 /* left */
    size_t hints;                 /* comparisons left */
    unsigned quiet;               /* above 0: failures are an answer, not yet reported */
    bool is_halted;               /* nothing more is to be found out */
    bool is_cut;                  /* halted by a bound */
    bool is_too_deep;             /* that bound is max_depth */
    enum mcp_code code;           /* MCP_OK, or what the validation ends with */
    struct mcp_schema_near *near; /* set while quiet failures are wanted */
};

/* One schema applied to one value. */
struct mcp_schema_frame {
    const struct mcp_schema_frame *up;
    const struct mcp_schema_node *node;
    const json_t *value; /* NULL: the name of a member, in `name` */
    struct mcp_str name;
    const char *keyword; /* of up's schema, that led here; NULL at the root */
    struct mcp_schema_step schema_step;
    struct mcp_schema_step value_step; /* none when `value` is that of `up` */
    unsigned frame_count;
    unsigned depth; /* of the value */
};

/* Why a rule does not hold; members a rule has no use for are zero. */
struct mcp_schema_fault {
    const struct mcp_schema_frame *frame;
    const struct mcp_schema_rule *rule; /* NULL: the schema is `false` */
    struct mcp_str key;                 /* missing, or the one that needs it is in step */
    struct mcp_schema_step step;        /* below the keyword, in the schema */
    size_t first;                       /* counts and indexes the sentence names */
    size_t second;
    const struct mcp_schema_near *near;
};

/*
 * Apply frame->node to its value; `up`, `node`, `value`, `keyword` and the steps are filled in by
 * the caller. `track` receives what was evaluated and may be NULL; after false it holds anything.
 * False too when the run is halted.
 */
bool mcp_schema_apply(struct mcp_schema_run *run, struct mcp_schema_frame *frame,
                      struct mcp_schema_track *track);

/* Report, or only remember, a failure; always false. */
bool mcp_schema_fail(struct mcp_schema_run *run, const struct mcp_schema_fault *fault);

/* Stop the run with LIMIT or NOMEM; always false. */
bool mcp_schema_halt(struct mcp_schema_run *run, enum mcp_code code);

/* Spend steps; false, and the run is halted, when there are not enough. */
bool mcp_schema_step(struct mcp_schema_run *run, size_t count);

/* After a failure: whether to look for more. */
bool mcp_schema_goes_on(const struct mcp_schema_run *run);

/* The members a rule has not looked for: the key of `keys` nearest to `wanted`, not one the object
 * `taken` (or NULL) has; empty when none is near. Compares at most *budget keys. */
struct mcp_str mcp_schema_nearest(struct mcp_str wanted, const struct mcp_schema_entries *keys,
                                  const json_t *taken, size_t *budget);

/* True when `a` and `b` differ by a slip: in case, or in a third of the shorter's letters. */
bool mcp_schema_is_near(struct mcp_str a, struct mcp_str b, size_t *out_distance);

json_type mcp_schema_type_of(const struct mcp_schema_frame *frame);
struct mcp_str mcp_schema_text_of(const struct mcp_schema_frame *frame);

/* schema_message.c: append the sentence; the run is used for hints. */
void mcp_schema_sentence(struct mcp_schema_run *run, const struct mcp_schema_fault *fault,
                         struct mcp_buf *out);

/* The key of the member is at fault, not its value. */
bool mcp_schema_blames_key(const struct mcp_schema_fault *fault);

/* One function for each operation; false when the rule does not hold. */
typedef bool(mcp_schema_check_fn)(struct mcp_schema_run *run, const struct mcp_schema_frame *frame,
                                  const struct mcp_schema_rule *rule,
                                  struct mcp_schema_track *track);

mcp_schema_check_fn mcp_schema_check_type;
mcp_schema_check_fn mcp_schema_check_const;
mcp_schema_check_fn mcp_schema_check_enum;
mcp_schema_check_fn mcp_schema_check_multiple;
mcp_schema_check_fn mcp_schema_check_bound;
mcp_schema_check_fn mcp_schema_check_length;
mcp_schema_check_fn mcp_schema_check_pattern;
mcp_schema_check_fn mcp_schema_check_format;
mcp_schema_check_fn mcp_schema_check_size;
mcp_schema_check_fn mcp_schema_check_unique;
mcp_schema_check_fn mcp_schema_check_items;
mcp_schema_check_fn mcp_schema_check_contains;
mcp_schema_check_fn mcp_schema_check_unevaluated_items;
mcp_schema_check_fn mcp_schema_check_required;
mcp_schema_check_fn mcp_schema_check_dependents;
mcp_schema_check_fn mcp_schema_check_names;
mcp_schema_check_fn mcp_schema_check_members;
mcp_schema_check_fn mcp_schema_check_unevaluated_properties;
mcp_schema_check_fn mcp_schema_check_ref;
mcp_schema_check_fn mcp_schema_check_dynamic_ref;
mcp_schema_check_fn mcp_schema_check_all_of;
mcp_schema_check_fn mcp_schema_check_any_of;
mcp_schema_check_fn mcp_schema_check_one_of;
mcp_schema_check_fn mcp_schema_check_not;
mcp_schema_check_fn mcp_schema_check_if;

#endif
