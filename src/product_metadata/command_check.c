/* SPDX-License-Identifier: MIT */
/* command_check.c - validate a metadata file; see commands.h. */
#include <stdio.h>

#include "mcp/utf8.h"
#include "product_metadata/commands.h"
#include "product_metadata/embedded.h"
#include "product_metadata/loader.h"
#include "program/program.h"

#define CHECK "mcp-product-metadata check"

/* Of one line: pointers and sentences are bounded, but a pointer may hold a file's longest key. */
enum { MAX_LINE_BYTES = 4096, MAX_JSON_BYTES = 1 << 30 };

static const char usage[] =
    "Usage: " CHECK " [OPTION...] FILE\n\n"
    "Validate a metadata file without serving it. Each problem is one line,\n"
    "FILE:LINE:COLUMN: error|warning: POINTER: what is wrong [rule].\n\n"
    "Warnings are what can be served, but hardly meant: a term of two products\n"
    "[ambiguous-term], a canonical_id of two [same-canonical-id], a term without a letter or\n"
    "digit [empty-term], a reference that is not table.column [reference-form], a\n"
    "dialect's term that no mapping has [dialect-term]; SQL that is blank, has a \";\" or a\n"
    "comment, leaves a quote or a parenthesis open, or has a placeholder other than\n"
    "{date_column} [sql-...].\n\n"
    "Exit status: 0 the file can be served; 1 it has errors (with --strict warnings are\n"
    "errors); 2 it cannot be read, or the command line is wrong.\n\n"
    "Options:\n";

/* What check was asked for, and what it has seen so far. */
struct check {
    const char *path;
    bool is_strict;
    bool is_json;
    bool is_begun; /* the JSON is */
    size_t error_count;
    size_t warning_count;
};

static void add_member(struct mcp_buf *out, const char *key, struct mcp_str text) {
    mcp_buf_addf(out, ",\"%s\":", key);
    mcp_json_add_string(out, text);
}

/* Once, when it is sure that there is something to report. */
static void begin_json(struct check *check) {
    if (check->is_begun)
        return;
    check->is_begun = true;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf line = MCP_BUF_INIT(MAX_JSON_BYTES);
    mcp_buf_add(&line, MCP_STR("{\"file\":"));
    mcp_json_add_string(&line, mcp_str_of(check->path));
    (void)printf("%s,\"problems\":[", mcp_buf_view(&line).ptr);
}

static void show_json(struct check *check, const struct product_problem *problem,
                      const char *severity) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf line = MCP_BUF_INIT(MAX_JSON_BYTES);
    bool is_first = check->error_count + check->warning_count == 1;
    begin_json(check);
    mcp_buf_addf(&line, "%s{\"severity\":\"%s\"", is_first ? "\n" : ",\n", severity);
    if (problem->line > 0)
        mcp_buf_addf(&line, ",\"line\":%zu,\"column\":%zu", problem->line, problem->column);
    add_member(&line, "pointer", problem->pointer);
    add_member(&line, "rule", mcp_str_of(problem->rule));
    add_member(&line, "message", problem->sentence);
    mcp_buf_addc(&line, '}');
    struct mcp_str text = mcp_buf_view(&line);
    (void)fwrite(text.ptr, 1, text.len, stdout);
}

static void show_line(const struct check *check, const struct product_problem *problem,
                      const char *severity) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf line = MCP_BUF_INIT(MAX_LINE_BYTES);
    mcp_buf_addf(&line, "%s:", check->path);
    if (problem->line > 0)
        mcp_buf_addf(&line, "%zu:%zu:", problem->line, problem->column);
    mcp_buf_addf(&line, " %s: ", severity);
    mcp_utf8_add_printable(&line, problem->pointer);
    mcp_buf_add(&line, problem->pointer.len > 0 ? MCP_STR(": ") : MCP_STR(""));
    mcp_utf8_add_printable(&line, problem->sentence);
    (void)printf("%s [%s]\n", mcp_buf_view(&line).ptr, problem->rule);
}

static void show(const struct product_problem *problem, void *user) {
    struct check *check = user;
    bool is_warning = problem->is_warning && !check->is_strict;
    const char *severity = is_warning ? "warning" : "error";
    if (is_warning)
        check->warning_count++;
    else
        check->error_count++;
    if (check->is_json)
        show_json(check, problem, severity);
    else
        show_line(check, problem, severity);
}

static const char *plural(size_t count) {
    return count == 1 ? "" : "s";
}

static void sum_up(const struct check *check, const struct product_model *model) {
    (void)printf("%s: ", check->path);
    if (model != NULL)
        (void)printf("%zu product%s, %zu mapping%s, ", model->item_count, plural(model->item_count),
                     model->mapping_count, plural(model->mapping_count));
    (void)printf("%zu error%s, %zu warning%s\n", check->error_count, plural(check->error_count),
                 check->warning_count, plural(check->warning_count));
}

static void end_json(struct check *check, const struct product_model *model) {
    begin_json(check);
    (void)printf("],\n\"errors\":%zu,\"warnings\":%zu", check->error_count, check->warning_count);
    if (model != NULL)
        (void)printf(",\"products\":%zu,\"mappings\":%zu,\"content_hash\":\"%s\"",
                     model->item_count, model->mapping_count, model->content_hash.ptr);
    (void)printf("}\n");
}

/* The file cannot be read, or memory ran out before there was a problem to tell. */
static int refuse(const struct check *check, const struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf line = MCP_BUF_INIT(MAX_JSON_BYTES);
    mcp_buf_add(&line, MCP_STR("{\"file\":"));
    mcp_json_add_string(&line, mcp_str_of(check->path));
    mcp_buf_addf(&line, ",\"error\":{\"code\":\"%s\"", mcp_code_name(err->code));
    add_member(&line, "where", mcp_str_of(err->where));
    add_member(&line, "message", mcp_str_of(err->what));
    mcp_buf_add(&line, MCP_STR("}}"));
    if (check->is_json && mcp_buf_finish(&line, NULL) == MCP_OK)
        (void)printf("%s\n", line.data);
    return mcp_program_complain(CHECK, err, MCP_EXIT_USAGE);
}

static int run(struct check *check) {
    MCP_AUTO(mcp_schema_freep) struct mcp_schema *schema = NULL;
    MCP_AUTO(product_model_freep) struct product_model *model = NULL;
    struct mcp_err err = {0};
    if (product_loader_schema(&schema, &err) != MCP_OK)
        return mcp_program_complain(CHECK, &err, MCP_EXIT_FAILURE);
    const struct product_load load = {
        .schema = schema, .name = check->path, .on_problem = show, .user = check};
    enum mcp_code code = product_load_file(&load, &model, &err);
    if (code != MCP_OK && check->error_count == 0 && check->warning_count == 0)
        return refuse(check, &err);
    if (check->is_json)
        end_json(check, model);
    else
        sum_up(check, model);
    if (model == NULL && check->error_count == 0) /* memory ran out among warnings */
        return mcp_program_complain(CHECK, &err, MCP_EXIT_USAGE);
    bool is_told = fflush(stdout) == 0 && ferror(stdout) == 0;
    return check->error_count == 0 && is_told ? MCP_EXIT_OK : MCP_EXIT_FAILURE;
}

int product_command_check(int argc, char **argv) {
    json_auto_t *schema = NULL;
    json_auto_t *values = NULL;
    json_auto_t *words = NULL;
    struct check check = {0};
    struct mcp_err err = {0};
    if (mcp_json_parse(mcp_str_of(product_check_schema), &schema, &err) != MCP_OK)
        return mcp_program_complain(CHECK, &err, MCP_EXIT_FAILURE);
    if (mcp_program_wish(argc, argv) == MCP_WISH_HELP)
        return mcp_program_help(usage, schema);
    if (product_command_options(schema, argc, argv, &values, &words, &err) != MCP_OK ||
        product_command_file(words, &check.path, &err) != MCP_OK)
        return mcp_program_complain(CHECK, &err, MCP_EXIT_USAGE);
    check.is_strict = json_is_true(json_object_get(values, "strict"));
    check.is_json = json_is_true(json_object_get(values, "json"));
    return run(&check);
}
