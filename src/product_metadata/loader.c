/* SPDX-License-Identifier: MIT */
/* loader.c - see loader.h. Pure but for product_load_file. */
#include "product_metadata/loader.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "json/pointer.h"
#include "mcp/alloc.h"
#include "mcp/utf8.h"
#include "product_metadata/embedded.h"
#include "product_metadata/lint.h"

/* A load under way. */
struct pass {
    const struct product_load *load;
    struct mcp_str text;
    struct mcp_err *err; /* receives the first problem that is not a warning */
    size_t error_count;
};

enum mcp_code product_loader_schema(struct mcp_schema **out_schema, struct mcp_err *err) {
    /* The schema asks for a handful of steps a value, and the file's size bounds the values. */
    const struct mcp_schema_options options = {.max_steps = 1000000000};
    return mcp_schema_compile_text(mcp_str_of(product_metadata_schema), &options, out_schema, err);
}

/* Tell the problem; the first error also goes into the record. */
static void tell(struct pass *pass, const struct product_problem *problem, enum mcp_code code) {
    const struct product_load *load = pass->load;
    if (!problem->is_warning && pass->error_count++ == 0) {
        int pointer_len = (int)(problem->pointer.len < 120 ? problem->pointer.len : 120);
        (void)MCP_FAIL(pass->err, code, "%.*s%s%.*s (%s)", pointer_len, problem->pointer.ptr,
                       pointer_len > 0 ? ": " : "", (int)problem->sentence.len,
                       problem->sentence.ptr, problem->rule);
        if (problem->line > 0)
            (void)mcp_err_at(pass->err, code, "%s:%zu:%zu", load->name, problem->line,
                             problem->column);
        else
            (void)mcp_err_at(pass->err, code, "%s", load->name);
    }
    if (load->on_problem != NULL)
        load->on_problem(problem, load->user);
}

/* Line and column for a problem that knows only its pointer. */
static void place(const struct pass *pass, struct product_problem *problem) {
    struct mcp_place found = {0};
    bool at_key = problem->pointer.len > 0 && strcmp(problem->rule, "type") != 0;
    if (mcp_pointer_locate(pass->text, problem->pointer, at_key, &found, NULL) != MCP_OK)
        return;
    problem->line = found.line;
    problem->column = found.column;
}

static void tell_warning(const struct product_problem *problem, void *user) {
    struct pass *pass = user;
    struct product_problem placed = *problem;
    place(pass, &placed);
    tell(pass, &placed, MCP_OK);
}

static bool tell_schema_failure(const struct mcp_schema_failure *failure, void *user) {
    struct pass *pass = user;
    struct product_problem problem = {
        .pointer = failure->instance, .rule = failure->keyword, .sentence = failure->sentence};
    place(pass, &problem);
    tell(pass, &problem, MCP_E_SCHEMA);
    return true;
}

/* A problem at a byte of the text. */
static enum mcp_code refuse_byte(struct pass *pass, size_t offset, const char *sentence) {
    struct product_problem problem = {
        .line = 1, .column = 1, .rule = "json", .sentence = mcp_str_of(sentence)};
    for (size_t i = 0; i < offset; i++) {
        bool ends_line = pass->text.ptr[i] == '\n';
        problem.line += ends_line;
        problem.column = ends_line ? 1 : problem.column + 1;
    }
    tell(pass, &problem, MCP_E_SYNTAX);
    return MCP_E_SYNTAX;
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* What a JSON parser would only call an unexpected byte. */
static enum mcp_code check_bytes(struct pass *pass) {
    struct mcp_str text = pass->text;
    size_t blank = 0;
    if (text.len > PRODUCT_MAX_BYTES)
        return mcp_err_at(
            pass->err, MCP_FAIL(pass->err, MCP_E_LIMIT, "larger than %d bytes", PRODUCT_MAX_BYTES),
            "%s", pass->load->name);
    while (blank < text.len && is_blank(text.ptr[blank]))
        blank++;
    if (blank == text.len)
        return refuse_byte(pass, 0, "the file is empty");
    if (text.len >= 3 && memcmp(text.ptr, "\xEF\xBB\xBF", 3) == 0)
        return refuse_byte(pass, 0, "a byte order mark: save the file as UTF-8 without one");
    size_t valid = mcp_utf8_valid_prefix(text);
    if (valid < text.len)
        return refuse_byte(pass, valid, "invalid UTF-8");
    return MCP_OK;
}

/* The parser's own place, "12:4", stays in front of its words. */
static enum mcp_code parse(struct pass *pass, json_t **out_root) {
    struct mcp_err why = {0};
    enum mcp_code code = mcp_json_parse(pass->text, out_root, &why);
    if (code == MCP_OK)
        return MCP_OK;
    if (code != MCP_E_SYNTAX)
        return mcp_err_at(pass->err, MCP_FAIL(pass->err, code, "%s", why.what), "%s",
                          pass->load->name);
    struct product_problem problem = {.rule = "json", .sentence = mcp_str_of(why.what)};
    const char *colon = strchr(why.where, ':');
    problem.line = (size_t)strtoul(why.where, NULL, 10);
    problem.column = colon != NULL ? (size_t)strtoul(colon + 1, NULL, 10) : 1;
    tell(pass, &problem, code);
    return code;
}

static enum mcp_code validate(struct pass *pass, const json_t *root) {
    struct mcp_err why = {0};
    enum mcp_code code =
        mcp_schema_validate(pass->load->schema, root, tell_schema_failure, pass, &why);
    if (code == MCP_OK || pass->error_count > 0)
        return code;
    return mcp_err_at(pass->err, MCP_FAIL(pass->err, code, "%s", why.what), "%s", pass->load->name);
}

static enum mcp_code build(struct pass *pass, const json_t *root, struct product_model **out) {
    struct mcp_err why = {0};
    enum mcp_code code = product_model_build(root, pass->load->now_wall_ms, out, &why);
    if (code == MCP_OK)
        return MCP_OK;
    struct product_problem problem = {
        .pointer = mcp_str_of(why.where), .rule = "model", .sentence = mcp_str_of(why.what)};
    if (code == MCP_E_SCHEMA)
        place(pass, &problem);
    tell(pass, &problem, code);
    return code;
}

static enum mcp_code warn(struct pass *pass, const struct product_model *model) {
    MCP_AUTO(product_index_freep) struct product_index *index = NULL;
    if (pass->load->on_problem == NULL)
        return MCP_OK;
    MCP_TRY(product_index_new(model, &index, pass->err));
    return product_lint(model, index, tell_warning, pass, pass->err);
}

enum mcp_code product_load_text(const struct product_load *load, struct mcp_str text,
                                struct product_model **out_model, struct mcp_err *err) {
    struct pass pass = {.load = load, .text = text, .err = err};
    MCP_AUTO(mcp_json_decref) json_t *root = NULL;
    MCP_AUTO(product_model_freep) struct product_model *model = NULL;
    MCP_TRY(check_bytes(&pass));
    MCP_TRY(parse(&pass, &root));
    MCP_TRY(validate(&pass, root));
    MCP_TRY(build(&pass, root, &model));
    MCP_TRY(warn(&pass, model));
    *out_model = MCP_TAKE(model);
    return MCP_OK;
}

enum mcp_code product_load_file(const struct product_load *load, struct product_model **out_model,
                                struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(PRODUCT_MAX_BYTES);
    MCP_TRY(mcp_file_read(load->name, &text, err));
    size_t budget = PRODUCT_LOAD_BASE_BYTES + PRODUCT_LOAD_BYTES_PER_BYTE * text.len;
    mcp_alloc_budget_begin(budget);
    enum mcp_code code = product_load_text(load, mcp_buf_view(&text), out_model, err);
    mcp_alloc_budget_end();
    return code;
}
