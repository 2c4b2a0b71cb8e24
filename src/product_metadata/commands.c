/* SPDX-License-Identifier: MIT */
/* commands.c - see commands.h. */
#include "product_metadata/commands.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "mcp/clock.h"
#include "mcp/timestamp.h"
#include "mcp/utf8.h"
#include "product_metadata/embedded.h"
#include "product_metadata/generate.h"
#include "product_metadata/loader.h"
#include "program/program.h"

#define GENERATE "mcp-product-metadata generate"
#define CHECK    "mcp-product-metadata check"

enum { MAX_FILE_BYTES = 1 << 30, FILE_MODE = 0644, MAX_SHOWN = 100, MAX_LINE_BYTES = 4096 };

static const char generate_usage[] =
    "Usage: " GENERATE " [OPTION...]\n\n"
    "Write a metadata file and its schema: by default the example, three products and ten\n"
    "column mappings; with --products any number of them, for load tests. The same options\n"
    "give the same bytes.\n\n"
    "  " GENERATE " --out resources\n"
    "  " GENERATE " --products 100000 --out /tmp/load\n\n"
    "Options:\n";

static const char check_usage[] =
    "Usage: " CHECK " [OPTION...] FILE\n\n"
    "Validate a metadata file without serving it. Each problem is one line,\n"
    "FILE:LINE:COLUMN: error|warning: POINTER: what is wrong [rule].\n\n"
    "Exit status: 0 the file can be served; 1 it has errors (or, with --strict, warnings);\n"
    "2 it cannot be read, or the command line is wrong.\n\n"
    "Options:\n";

/* Options of a command: from the command line alone. */
static enum mcp_code read_options(const json_t *schema, int argc, char **argv, json_t **out_values,
                                  json_t **out_positional, struct mcp_err *err) {
    const struct mcp_conf_inputs inputs = {.argc = argc, .argv = argv};
    return mcp_conf_resolve(schema, &inputs, out_values, out_positional, err);
}

static const char *text_of(const json_t *values, const char *key) {
    return json_string_value(json_object_get(values, key));
}

static enum mcp_code read_time(const char *text, int64_t *out_wall_ms, struct mcp_err *err) {
    struct mcp_err why = {0};
    if (strcmp(text, "now") == 0) {
        *out_wall_ms = mcp_clock_wall_ms();
        return MCP_OK;
    }
    if (mcp_timestamp_parse(mcp_str_of(text), out_wall_ms, &why) == MCP_OK)
        return MCP_OK;
    return mcp_err_at(err,
                      MCP_FAIL(err, MCP_E_INVALID,
                               "--last-updated is \"%.40s\": expected \"now\" or a time such as "
                               "\"2026-01-31T12:00:00Z\"",
                               text),
                      "command line");
}

static enum mcp_code write_file(const char *directory, const char *name, struct mcp_str bytes,
                                struct mcp_err *err) {
    char path[MAX_LINE_BYTES + 64];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    MCP_TRY(mcp_file_make_parents(path, err));
    MCP_TRY(mcp_file_write_atomic(path, bytes, FILE_MODE, err));
    (void)printf("wrote %s (%zu bytes)\n", path, bytes.len);
    return MCP_OK;
}

static enum mcp_code generate(const json_t *values, const struct product_generate *options,
                              struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(MAX_FILE_BYTES);
    const char *directory = text_of(values, "out");
    MCP_TRY(product_generate_write(options, &text, err));
    MCP_TRY(write_file(directory, "product_metadata.json", mcp_buf_view(&text), err));
    if (text.len > PRODUCT_MAX_BYTES)
        (void)fprintf(stderr, GENERATE ": the file is larger than the %d bytes the server reads\n",
                      PRODUCT_MAX_BYTES);
    return write_file(directory, "product_metadata_schema.json",
                      mcp_str_of(product_metadata_schema), err);
}

static int complain(const char *command, struct mcp_err *err, int exit_code) {
    return mcp_program_complain(command, err, exit_code);
}

int product_command_generate(int argc, char **argv) {
    json_auto_t *schema = NULL;
    json_auto_t *values = NULL;
    struct mcp_err err = {0};
    struct product_generate options = {0};
    if (mcp_json_parse(mcp_str_of(product_generate_schema), &schema, &err) != MCP_OK)
        return complain(GENERATE, &err, MCP_EXIT_FAILURE);
    if (mcp_program_wish(argc, argv) == MCP_WISH_HELP)
        return mcp_program_help(generate_usage, schema);
    if (read_options(schema, argc, argv, &values, NULL, &err) != MCP_OK ||
        read_time(text_of(values, "last_updated"), &options.last_updated_ms, &err) != MCP_OK)
        return complain(GENERATE, &err, MCP_EXIT_USAGE);
    options.product_count = (size_t)json_integer_value(json_object_get(values, "products"));
    options.seed = (uint64_t)json_integer_value(json_object_get(values, "seed"));
    if (generate(values, &options, &err) != MCP_OK)
        return complain(GENERATE, &err, MCP_EXIT_FAILURE);
    return MCP_EXIT_OK;
}

/* What check has seen so far. */
struct tally {
    const char *path;
    size_t error_count;
    size_t warning_count;
};

static void show(const struct product_problem *problem, void *user) {
    struct tally *tally = user;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf line = MCP_BUF_INIT(MAX_LINE_BYTES);
    if (problem->is_warning)
        tally->warning_count++;
    else
        tally->error_count++;
    if (tally->error_count + tally->warning_count > MAX_SHOWN)
        return;
    mcp_buf_addf(&line, "%s:", tally->path);
    if (problem->line > 0)
        mcp_buf_addf(&line, "%zu:%zu:", problem->line, problem->column);
    mcp_buf_addf(&line, " %s: ", problem->is_warning ? "warning" : "error");
    mcp_utf8_add_printable(&line, problem->pointer);
    mcp_buf_add(&line, problem->pointer.len > 0 ? MCP_STR(": ") : MCP_STR(""));
    mcp_utf8_add_printable(&line, problem->sentence);
    (void)printf("%s [%s]\n", mcp_buf_view(&line).ptr, problem->rule);
}

static const char *plural(size_t count) {
    return count == 1 ? "" : "s";
}

static void sum_up(const struct tally *tally, const struct product_model *model) {
    size_t shown = tally->error_count + tally->warning_count;
    if (shown > MAX_SHOWN)
        (void)printf("%s: %zu more not shown\n", tally->path, shown - MAX_SHOWN);
    if (model != NULL)
        (void)printf("%s: %zu product%s, %zu mapping%s, ", tally->path, model->item_count,
                     plural(model->item_count), model->mapping_count, plural(model->mapping_count));
    else
        (void)printf("%s: ", tally->path);
    (void)printf("%zu error%s, %zu warning%s\n", tally->error_count, plural(tally->error_count),
                 tally->warning_count, plural(tally->warning_count));
}

static int check(const char *path, bool is_strict) {
    MCP_AUTO(mcp_schema_freep) struct mcp_schema *schema = NULL;
    MCP_AUTO(product_model_freep) struct product_model *model = NULL;
    struct mcp_err err = {0};
    struct tally tally = {.path = path};
    if (product_loader_schema(&schema, &err) != MCP_OK)
        return complain(CHECK, &err, MCP_EXIT_FAILURE);
    const struct product_load load = {
        .schema = schema, .name = path, .now_wall_ms = 0, .on_problem = show, .user = &tally};
    enum mcp_code code = product_load_file(&load, &model, &err);
    if (code != MCP_OK && tally.error_count == 0)
        return complain(CHECK, &err, MCP_EXIT_USAGE);
    sum_up(&tally, model);
    bool is_good = code == MCP_OK && !(is_strict && tally.warning_count > 0);
    return is_good ? MCP_EXIT_OK : MCP_EXIT_FAILURE;
}

int product_command_check(int argc, char **argv) {
    json_auto_t *schema = NULL;
    json_auto_t *values = NULL;
    json_auto_t *words = NULL;
    struct mcp_err err = {0};
    if (mcp_json_parse(mcp_str_of(product_check_schema), &schema, &err) != MCP_OK)
        return complain(CHECK, &err, MCP_EXIT_FAILURE);
    if (mcp_program_wish(argc, argv) == MCP_WISH_HELP)
        return mcp_program_help(check_usage, schema);
    if (read_options(schema, argc, argv, &values, &words, &err) != MCP_OK)
        return complain(CHECK, &err, MCP_EXIT_USAGE);
    if (json_array_size(words) != 1) {
        (void)MCP_FAIL(&err, MCP_E_INVALID, "expected one FILE, got %zu", json_array_size(words));
        (void)mcp_err_at(&err, err.code, "command line");
        return complain(CHECK, &err, MCP_EXIT_USAGE);
    }
    return check(json_string_value(json_array_get(words, 0)),
                 json_is_true(json_object_get(values, "strict")));
}
