/* SPDX-License-Identifier: MIT */
/* schema.c - see mcp/schema.h. Pure: no I/O, no clock, no log. */
#include "mcp/schema.h"

#include "json/schema_compile.h"
#include "json/schema_run.h"
#include "mcp/alloc.h"

enum mcp_code mcp_schema_compile(const json_t *schema, const struct mcp_schema_options *options,
                                 struct mcp_schema **out_schema, struct mcp_err *err) {
    MCP_AUTO(mcp_schema_freep) struct mcp_schema *fresh = mcp_alloc(sizeof *fresh);
    if (fresh == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    MCP_TRY(mcp_schema_build(fresh, schema, options, err));
    *out_schema = MCP_TAKE(fresh);
    return MCP_OK;
}

enum mcp_code mcp_schema_compile_text(struct mcp_str text, const struct mcp_schema_options *options,
                                      struct mcp_schema **out_schema, struct mcp_err *err) {
    MCP_AUTO(mcp_json_decref) json_t *root = NULL;
    MCP_TRY(mcp_json_parse(text, &root, err));
    return mcp_schema_compile(root, options, out_schema, err);
}

void mcp_schema_free(struct mcp_schema *schema) {
    if (schema == NULL)
        return;
    for (struct mcp_schema_pattern_ref *at = schema->patterns; at != NULL; at = at->next)
        mcp_schema_pattern_free(at->pattern);
    for (struct mcp_schema_document *at = schema->documents; at != NULL; at = at->next)
        json_decref(at->root);
    mcp_schema_matcher_free(schema->matcher);
    mcp_schema_arena_deinit(&schema->arena);
    mcp_free(schema);
}

void mcp_schema_freep(struct mcp_schema **schema) {
    mcp_schema_free(*schema);
    *schema = NULL;
}

static enum mcp_code fail_limit(const struct mcp_schema_run *run, struct mcp_err *err) {
    const struct mcp_schema *schema = run->schema;
    if (run->is_too_deep)
        return MCP_FAIL(err, MCP_E_LIMIT,
                        "the value nests, or schemas apply within one another, beyond a depth of "
                        "%zu",
                        schema->max_depth);
    if (run->steps > 0)
        return MCP_FAIL(err, MCP_E_LIMIT, "a regular expression needs more than %d KiB to match",
                        (int)MCP_SCHEMA_PATTERN_HEAP_KIB);
    return MCP_FAIL(err, MCP_E_LIMIT, "checking the value takes more than %zu steps",
                    schema->max_steps);
}

/* The list of failures is not whole: that is said, not left to be found out. */
static void report_cut(struct mcp_schema_run *run) {
    char sentence[MCP_SCHEMA_SENTENCE_BYTES];
    struct mcp_buf out = {.data = sentence, .cap = sizeof sentence, .max = sizeof sentence - 1};
    struct mcp_err why = {0};
    (void)fail_limit(run, &why);
    mcp_buf_add(&out, MCP_STR("stopped here, there may be more: "));
    mcp_buf_add(&out, mcp_str_of(why.what));
    const struct mcp_schema_failure failure = {
        .instance = MCP_STR(""),
        .schema = MCP_STR(""),
        .keyword = "",
        .sentence = mcp_buf_view(&out),
    };
    (void)run->on_failure(&failure, run->user);
}

enum mcp_code mcp_schema_validate(const struct mcp_schema *schema, const json_t *instance,
                                  mcp_schema_failure_fn *on_failure, void *user,
                                  struct mcp_err *err) {
    struct mcp_err first = {0};
    struct mcp_schema_run run = {
        .schema = schema,
        .on_failure = on_failure,
        .user = user,
        .err = &first,
        .steps = schema->max_steps,
        .hints = MCP_SCHEMA_HINT_COMPARISONS,
    };
    struct mcp_schema_frame root = {.node = schema->root, .value = instance};
    (void)mcp_schema_apply(&run, &root, NULL);
    mcp_schema_match_deinit(&run.match);
    if (run.code == MCP_E_LIMIT)
        return fail_limit(&run, err);
    if (run.code == MCP_E_NOMEM)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    if (run.code == MCP_E_SCHEMA && run.is_cut && on_failure != NULL)
        report_cut(&run);
    if (run.code != MCP_OK && err != NULL && err->code == MCP_OK)
        *err = first;
    return run.code;
}
