/* SPDX-License-Identifier: MIT */
/* schema_message.c - sentences for people; see schema_run.h. Pure: no I/O, no clock, no log. */
#include "json/schema_run.h"
#include "mcp/utf8.h"

enum { SHOWN_BYTES = 48, SHOWN_CHOICES = 6 };

static void add(struct mcp_buf *out, const char *text) {
    mcp_buf_add(out, mcp_str_of(text));
}

/* In quotes, safe for a terminal, cut between characters when it is long. */
static void add_quoted(struct mcp_buf *out, struct mcp_str text) {
    struct mcp_str shown = text;
    if (text.len > SHOWN_BYTES) {
        shown.len = SHOWN_BYTES;
        while (shown.len > 0 && ((unsigned char)text.ptr[shown.len] & 0xc0) == 0x80)
            shown.len--;
    }
    mcp_buf_addc(out, '"');
    mcp_utf8_add_printable(out, shown);
    add(out, shown.len < text.len ? "...\"" : "\"");
}

static void add_number(struct mcp_buf *out, const json_t *value) {
    if (json_is_integer(value))
        mcp_json_add_integer(out, json_integer_value(value));
    else
        mcp_json_add_real(out, json_real_value(value));
}

static void add_value(struct mcp_buf *out, const json_t *value) {
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        add(out, json_object_size(value) == 0 ? "{}" : "an object");
        break;
    case JSON_ARRAY:
        add(out, json_array_size(value) == 0 ? "[]" : "an array");
        break;
    case JSON_STRING:
        add_quoted(out, mcp_json_str(value));
        break;
    case JSON_INTEGER:
    case JSON_REAL:
        add_number(out, value);
        break;
    case JSON_NULL:
        add(out, "null");
        break;
    default:
        add(out, json_is_true(value) ? "true" : "false");
    }
}

static void add_got(struct mcp_buf *out, const struct mcp_schema_frame *frame) {
    add(out, ", got ");
    if (frame->value == NULL)
        add_quoted(out, frame->name);
    else
        add_value(out, frame->value);
}

static void add_count(struct mcp_buf *out, size_t count, const char *singular) {
    mcp_buf_addf(out, "%zu %s%s", count, singular, count == 1 ? "" : "s");
}

static void say_type(const struct mcp_schema_fault *fault, struct mcp_buf *out) {
    static const struct {
        unsigned bit;
        const char *noun;
    } nouns[] = {
        {MCP_TYPE_STRING, "a string"},  {MCP_TYPE_INTEGER, "an integer"},
        {MCP_TYPE_NUMBER, "a number"},  {MCP_TYPE_BOOLEAN, "true or false"},
        {MCP_TYPE_OBJECT, "an object"}, {MCP_TYPE_ARRAY, "an array"},
        {MCP_TYPE_NULL, "null"},
    };
    const char *between = "expected ";
    for (size_t i = 0; i < MCP_COUNT(nouns); i++)
        if ((fault->rule->as.types & nouns[i].bit) != 0) {
            add(out, between);
            add(out, nouns[i].noun);
            between = " or ";
        }
    bool is_text = mcp_schema_type_of(fault->frame) == JSON_STRING;
    add(out, is_text ? ", got the string " : ", got ");
    if (is_text)
        add_quoted(out, mcp_schema_text_of(fault->frame));
    else
        add_value(out, fault->frame->value);
}

static struct mcp_str nearest_choice(struct mcp_schema_run *run, const json_t *choices,
                                     struct mcp_str text) {
    struct mcp_str best = {NULL, 0};
    size_t best_distance = SIZE_MAX;
    for (size_t i = 0; i < json_array_size(choices) && run->hints > 0; i++, run->hints--) {
        size_t distance = 0;
        struct mcp_str choice = mcp_json_str(json_array_get(choices, i));
        if (mcp_schema_is_near(text, choice, &distance) && distance < best_distance) {
            best = choice;
            best_distance = distance;
        }
    }
    return best;
}

static void add_hint(struct mcp_buf *out, struct mcp_str meant) {
    if (meant.ptr == NULL)
        return;
    add(out, "; did you mean ");
    add_quoted(out, meant);
    mcp_buf_addc(out, '?');
}

static void say_enum(struct mcp_schema_run *run, const struct mcp_schema_fault *fault,
                     struct mcp_buf *out) {
    const json_t *choices = fault->rule->as.choices->given;
    size_t count = json_array_size(choices);
    size_t shown = count <= SHOWN_CHOICES ? count : SHOWN_CHOICES;
    add(out, count == 0   ? "no value is allowed here"
             : count == 1 ? "expected "
                          : "expected one of ");
    for (size_t i = 0; i < shown; i++) {
        add(out, i > 0 ? ", " : "");
        add_value(out, json_array_get(choices, i));
    }
    if (shown < count)
        mcp_buf_addf(out, " or %zu more", count - shown);
    add_got(out, fault->frame);
    if (mcp_schema_type_of(fault->frame) == JSON_STRING)
        add_hint(out, nearest_choice(run, choices, mcp_schema_text_of(fault->frame)));
}

/* An absent key may have been written with a slip: a member that no rule of `properties` knows. */
static struct mcp_str nearest_member(struct mcp_schema_run *run,
                                     const struct mcp_schema_fault *fault) {
    struct mcp_str best = {NULL, 0};
    size_t best_distance = SIZE_MAX;
    const json_t *known = json_object_get(fault->frame->node->json, "properties");
    json_t *open = mcp_schema_open(fault->frame->value);
    for (void *at = json_object_iter(open); at != NULL && run->hints > 0;
         at = json_object_iter_next(open, at), run->hints--) {
        struct mcp_str key = {json_object_iter_key(at), json_object_iter_key_len(at)};
        size_t distance = 0;
        if (mcp_schema_is_near(fault->key, key, &distance) && distance < best_distance &&
            json_object_getn(known, key.ptr, key.len) == NULL) {
            best = key;
            best_distance = distance;
        }
    }
    return best;
}

static void say_missing(struct mcp_schema_run *run, const struct mcp_schema_fault *fault,
                        struct mcp_buf *out) {
    add(out, fault->rule->op == MCP_RULE_REQUIRED ? "the required key " : "the key ");
    add_quoted(out, fault->key);
    add(out, " is missing");
    if (fault->step.key.ptr != NULL) {
        add(out, ", which ");
        add_quoted(out, fault->step.key);
        add(out, " needs");
    }
    struct mcp_str slip = nearest_member(run, fault);
    if (slip.ptr != NULL) {
        add(out, "; is ");
        add_quoted(out, slip);
        add(out, " meant for it?");
    }
}

static const struct mcp_schema_members *members_of(const struct mcp_schema_node *node) {
    for (size_t i = 0; i < node->rule_count; i++)
        if (node->rules[i].op == MCP_RULE_MEMBERS)
            return node->rules[i].as.members;
    return NULL;
}

static bool is_beyond_items(const struct mcp_schema_frame *frame) {
    return frame->value_step.has_index && !frame->schema_step.has_index;
}

static void say_unknown_key(struct mcp_schema_run *run, const struct mcp_schema_frame *frame,
                            struct mcp_buf *out) {
    const struct mcp_schema_members *members = members_of(frame->up->node);
    add(out, "unknown key ");
    add_quoted(out, frame->value_step.key);
    if (members != NULL)
        add_hint(out, mcp_schema_nearest(frame->value_step.key, &members->named, frame->up->value,
                                         &run->hints));
}

/* The schema is `false`: whoever led here says what that means. */
static void say_never(struct mcp_schema_run *run, const struct mcp_schema_fault *fault,
                      struct mcp_buf *out) {
    const struct mcp_schema_frame *frame = fault->frame;
    if (mcp_schema_blames_key(fault)) {
        say_unknown_key(run, frame, out);
    } else if (is_beyond_items(frame)) {
        add(out, "expected at most ");
        add_count(out, frame->value_step.index, "item");
        mcp_buf_addf(out, ", got %zu", json_array_size(frame->up->value));
    } else
        add(out, "no value is allowed here");
}

static void say_contains(const struct mcp_schema_fault *fault, struct mcp_buf *out) {
    const struct mcp_schema_contains *contains = fault->rule->as.contains;
    bool is_few = fault->first < contains->min;
    size_t bound = is_few ? contains->min : contains->max;
    mcp_buf_addf(out, "expected at %s ", is_few ? "least" : "most");
    add_count(out, bound, "item");
    add(out, bound == 1 ? " that fits \"contains\", got " : " that fit \"contains\", got ");
    if (is_few)
        mcp_buf_addf(out, "%zu", fault->first);
    else
        add(out, "more"); /* counting stopped there */
}

static void say_branches(const struct mcp_schema_fault *fault, struct mcp_buf *out) {
    if (fault->near == NULL) {
        mcp_buf_addf(out, "expected exactly one alternative to fit, but numbers %zu and %zu do",
                     fault->first + 1, fault->second + 1);
        return;
    }
    size_t count = fault->rule->as.nodes.count;
    if (count > 1)
        mcp_buf_addf(out, "none of the %zu alternatives fits", count);
    else
        add(out, "the only alternative does not fit");
    if (!fault->near->has_failure)
        return;
    if (count > 1)
        mcp_buf_addf(out, "; nearest is number %zu: ", fault->second + 1);
    else
        add(out, ": ");
    add(out, fault->near->text);
}

static void say_number(const struct mcp_schema_fault *fault, struct mcp_buf *out) {
    static const char *const words[] = {
        [MCP_RULE_MULTIPLE_OF] = "a multiple of ",   [MCP_RULE_MAXIMUM] = "at most ",
        [MCP_RULE_EXCLUSIVE_MAXIMUM] = "less than ", [MCP_RULE_MINIMUM] = "at least ",
        [MCP_RULE_EXCLUSIVE_MINIMUM] = "more than ",
    };
    const struct mcp_schema_rule *rule = fault->rule;
    add(out, "expected ");
    add(out, words[rule->op]);
    add_number(out, rule->op == MCP_RULE_MULTIPLE_OF ? rule->as.divisor.value : rule->as.value);
    add_got(out, fault->frame);
}

static void say_size(const struct mcp_schema_fault *fault, struct mcp_buf *out) {
    static const struct {
        enum mcp_schema_op op;
        const char *bound;
        const char *noun;
    } sizes[] = {
        {MCP_RULE_MAX_LENGTH, "a string of at most ", "character"},
        {MCP_RULE_MIN_LENGTH, "a string of at least ", "character"},
        {MCP_RULE_MAX_ITEMS, "at most ", "item"},
        {MCP_RULE_MIN_ITEMS, "at least ", "item"},
        {MCP_RULE_MAX_PROPERTIES, "at most ", "key"},
        {MCP_RULE_MIN_PROPERTIES, "at least ", "key"},
    };
    for (size_t i = 0; i < MCP_COUNT(sizes); i++)
        if (sizes[i].op == fault->rule->op) {
            add(out, "expected ");
            add(out, sizes[i].bound);
            add_count(out, fault->rule->as.count, sizes[i].noun);
            mcp_buf_addf(out, ", got %zu", fault->first);
        }
}

static void say_text(const struct mcp_schema_fault *fault, struct mcp_buf *out) {
    if (fault->rule->op == MCP_RULE_FORMAT) {
        add(out, "expected ");
        add(out, mcp_schema_format_noun(fault->rule->as.format));
    } else {
        add(out, "expected a string that matches ");
        add_quoted(out, fault->rule->text);
    }
    add_got(out, fault->frame);
}

static void say_const(const struct mcp_schema_fault *fault, struct mcp_buf *out) {
    const json_t *value = fault->rule->as.value;
    bool is_long = json_array_size(value) > 0 || json_object_size(value) > 0;
    add(out, "expected ");
    if (is_long)
        add(out, "exactly the value of \"const\"");
    else
        add_value(out, value);
    add_got(out, fault->frame);
}

static void say_rule(struct mcp_schema_run *run, const struct mcp_schema_fault *fault,
                     struct mcp_buf *out) {
    switch (fault->rule->op) {
    case MCP_RULE_TYPE:
        say_type(fault, out);
        break;
    case MCP_RULE_CONST:
        say_const(fault, out);
        break;
    case MCP_RULE_ENUM:
        say_enum(run, fault, out);
        break;
    case MCP_RULE_PATTERN:
    case MCP_RULE_FORMAT:
        say_text(fault, out);
        break;
    case MCP_RULE_UNIQUE_ITEMS:
        mcp_buf_addf(out, "expected different items, but items %zu and %zu are equal", fault->first,
                     fault->second);
        break;
    case MCP_RULE_REQUIRED:
    case MCP_RULE_DEPENDENT_REQUIRED:
    case MCP_RULE_DEPENDENT_SCHEMAS:
        say_missing(run, fault, out);
        break;
    case MCP_RULE_CONTAINS:
        say_contains(fault, out);
        break;
    case MCP_RULE_ANY_OF:
    case MCP_RULE_ONE_OF:
        say_branches(fault, out);
        break;
    case MCP_RULE_NOT:
        add(out, "the value fits what \"not\" forbids");
        break;
    default:
        say_size(fault, out);
    }
}

bool mcp_schema_blames_key(const struct mcp_schema_fault *fault) {
    const struct mcp_schema_frame *frame = fault->frame;
    bool is_false = fault->rule == NULL && frame->value_step.key.ptr != NULL;
    return frame->value == NULL || is_false;
}

void mcp_schema_sentence(struct mcp_schema_run *run, const struct mcp_schema_fault *fault,
                         struct mcp_buf *out) {
    if (fault->rule == NULL)
        say_never(run, fault, out);
    else if (fault->rule->op >= MCP_RULE_MULTIPLE_OF &&
             fault->rule->op <= MCP_RULE_EXCLUSIVE_MINIMUM)
        say_number(fault, out);
    else
        say_rule(run, fault, out);
}
