/* SPDX-License-Identifier: MIT */
/* schema_report.c - failures, on their way to the caller; see schema_run.h. Pure. */
#include "json/pointer.h"
#include "json/schema_run.h"

enum { POINTER_MAX_BYTES = 1 << 20, RANKS_PER_DEPTH = 4 };

static void add_step(struct mcp_buf *out, const struct mcp_schema_step *step) {
    if (step->key.ptr != NULL)
        mcp_pointer_add_key(out, step->key);
    else if (step->has_index)
        mcp_pointer_add_index(out, step->index);
}

/* Both walk up to the root first, as deep as frames may nest. */
static void add_instance(struct mcp_buf *out, const struct mcp_schema_frame *frame) {
    if (frame->up == NULL)
        return;
    add_instance(out, frame->up);
    add_step(out, &frame->value_step);
}

static void add_schema(struct mcp_buf *out, const struct mcp_schema_frame *frame) {
    if (frame->up == NULL)
        return;
    add_schema(out, frame->up);
    mcp_pointer_add_key(out, mcp_str_of(frame->keyword));
    add_step(out, &frame->schema_step);
}

/* A rule that several keywords share names the one at fault by the frame; here it is the rule's. */
static const char *keyword_of(const struct mcp_schema_fault *fault) {
    const char *keyword = fault->rule != NULL ? fault->rule->keyword : fault->frame->keyword;
    return keyword != NULL ? keyword : "";
}

/* Sentences never grow beyond their bytes, nor allocate. */
static struct mcp_str write_sentence(struct mcp_schema_run *run,
                                     const struct mcp_schema_fault *fault, char *bytes,
                                     size_t size) {
    struct mcp_buf out = {.data = bytes, .cap = size, .max = size - 1};
    bytes[0] = '\0';
    mcp_schema_sentence(run, fault, &out);
    return (struct mcp_str){bytes, out.len};
}

/* How far an alternative got: the deeper, and the less it was a matter of its kind, the further. */
static size_t rank_of(const struct mcp_schema_fault *fault) {
    size_t rank = RANKS_PER_DEPTH - 1;
    if (fault->rule != NULL && fault->rule->op <= MCP_RULE_ENUM)
        rank = fault->rule->op == MCP_RULE_TYPE ? 1 : 0;
    return (size_t)fault->frame->depth * RANKS_PER_DEPTH + rank;
}

static void remember(struct mcp_schema_run *run, const struct mcp_schema_fault *fault) {
    struct mcp_schema_near *near = run->near;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf pointer = MCP_BUF_INIT(MCP_SCHEMA_SENTENCE_BYTES / 2);
    char sentence[MCP_SCHEMA_SENTENCE_BYTES];
    struct mcp_str text = write_sentence(run, fault, sentence, sizeof sentence);
    struct mcp_buf out = {
        .data = near->text, .cap = sizeof near->text, .max = sizeof near->text - 1};
    if (fault->frame->depth > near->depth) {
        add_instance(&pointer, fault->frame);
        mcp_buf_add(&out, MCP_STR("at "));
        mcp_buf_add(&out, mcp_buf_view(&pointer));
        mcp_buf_add(&out, MCP_STR(", "));
    }
    size_t room = out.max - out.len;
    mcp_buf_add(&out, (struct mcp_str){text.ptr, text.len < room ? text.len : room});
    near->has_failure = true;
    near->rank = rank_of(fault);
}

static bool deliver(struct mcp_schema_run *run, const struct mcp_schema_failure *failure) {
    if (run->code == MCP_OK) {
        run->code = MCP_FAIL(run->err, MCP_E_SCHEMA, "%s", failure->sentence.ptr);
        (void)mcp_err_at(run->err, run->code, "%s", failure->instance.ptr);
    }
    return run->on_failure != NULL && run->on_failure(failure, run->user);
}

bool mcp_schema_fail(struct mcp_schema_run *run, const struct mcp_schema_fault *fault) {
    if (run->quiet > 0) {
        if (run->near != NULL && run->quiet == 1 && !run->near->has_failure)
            remember(run, fault);
        return false;
    }
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf instance = MCP_BUF_INIT(POINTER_MAX_BYTES);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf schema = MCP_BUF_INIT(POINTER_MAX_BYTES);
    char sentence[MCP_SCHEMA_SENTENCE_BYTES];
    add_instance(&instance, fault->frame);
    add_schema(&schema, fault->frame);
    if (fault->rule != NULL) {
        mcp_pointer_add_key(&schema, mcp_str_of(keyword_of(fault)));
        add_step(&schema, &fault->step);
    }
    if (instance.status == MCP_E_NOMEM || schema.status == MCP_E_NOMEM)
        return mcp_schema_halt(run, MCP_E_NOMEM);
    const struct mcp_schema_failure failure = {
        .instance = mcp_buf_view(&instance),
        .schema = mcp_buf_view(&schema),
        .keyword = keyword_of(fault),
        .sentence = write_sentence(run, fault, sentence, sizeof sentence),
        .at_key = mcp_schema_blames_key(fault),
    };
    if (!deliver(run, &failure))
        run->is_halted = true;
    return false;
}
