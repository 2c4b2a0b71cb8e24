/* SPDX-License-Identifier: MIT */
/* command_import.c - a metadata file from CSV, JSON or YAML; see commands.h. */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "mcp/alloc.h"
#include "mcp/timestamp.h"
#include "mcp/utf8.h"
#include "product_metadata/commands.h"
#include "product_metadata/embedded.h"
#include "product_metadata/import.h"
#include "product_metadata/loader.h"
#include "program/conf_yaml.h"
#include "program/program.h"

#define IMPORT "mcp-product-metadata import"

enum {
    FILE_MODE = 0644,
    MAX_LINE_BYTES = 4096,
    EXIT_SOME_REJECTED = 3,
    BASE_BYTES = 1 << 26,
    BYTES_PER_BYTE = 64 /* of the input: values, and the metadata made of them */
};

static const char usage[] =
    "Usage: " IMPORT " --from csv|json|yaml [OPTION...] FILE\n\n"
    "Make a metadata file of products and mappings that somebody keeps elsewhere. Each row that\n"
    "cannot be taken is one line on standard error, FILE:LINE:COLUMN: rejected: why; the others\n"
    "are written.\n\n"
    "CSV (RFC 4180) begins with a row of column names, in any order:\n"
    "  canonical_id, canonical_name   a product; neither may be empty\n"
    "  key                            its name in the file; default: made of canonical_name\n"
    "  aliases, categories            texts with | between them\n"
    "  TABLE.COLUMN                   what a column of the database holds for it\n"
    "  term, sql                      a mapping; a row has a product or a mapping\n"
    "JSON and YAML are a list of rows with these members, or a metadata file.\n\n"
    "  " IMPORT " --from csv products.csv --out resources/product_metadata.json\n\n"
    "Exit status: 0 all rows are taken; 3 some are rejected, the others written; 1 nothing is\n"
    "written: the file is not of the format, no row can be taken, or the output fails; 2 the file\n"
    "cannot be read, or the command line is wrong.\n\n"
    "Options:\n";

struct job {
    const char *path;
    const char *from;
    const char *out; /* NULL: standard output */
    int64_t last_updated_ms;
    bool has_time;       /* the command line says so */
    struct mcp_buf text; /* of the file */
};

static void job_deinit(struct job *job) {
    mcp_buf_deinit(&job->text);
}

static bool is_from(const struct job *job, const char *format) {
    return strcmp(job->from, format) == 0;
}

/* Of a row in JSON or YAML. */
static struct mcp_place locate(const struct job *job, const struct product_reject *reject) {
    struct mcp_place place = {0};
    struct mcp_str text = mcp_buf_view(&job->text);
    enum mcp_code code =
        is_from(job, "yaml")
            ? mcp_yaml_locate(text, reject->pointer, reject->at_key, &place, NULL)
            : mcp_pointer_locate(text, reject->pointer, reject->at_key, &place, NULL);
    return code == MCP_OK ? place : (struct mcp_place){0};
}

static void show(const struct product_reject *reject, void *user) {
    const struct job *job = user;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf line = MCP_BUF_INIT(MAX_LINE_BYTES);
    struct mcp_place place = reject->place.line > 0 ? reject->place : locate(job, reject);
    mcp_buf_addf(&line, "%s:", job->path);
    if (place.line > 0)
        mcp_buf_addf(&line, "%zu:%zu:", place.line, place.column);
    mcp_buf_add(&line, MCP_STR(" rejected: "));
    mcp_utf8_add_printable(&line, mcp_str_of(reject->what));
    (void)fprintf(stderr, "%s\n", mcp_buf_view(&line).ptr);
}

static enum mcp_code take_value(struct product_import *import, const struct job *job,
                                struct mcp_err *err) {
    MCP_AUTO(mcp_json_decref) json_t *value = NULL;
    struct mcp_str text = mcp_buf_view(&job->text);
    MCP_TRY(is_from(job, "yaml") ? mcp_yaml_parse(text, &value, err)
                                 : mcp_json_parse(text, &value, err));
    return product_import_value(import, value, err);
}

/* Errors of the text get the file's name in front of their place. */
static enum mcp_code take_all(struct product_import *import, const struct job *job,
                              struct mcp_err *err) {
    struct mcp_err why = {0};
    enum mcp_code code = is_from(job, "csv")
                             ? product_import_csv(import, mcp_buf_view(&job->text), &why)
                             : take_value(import, job, &why);
    if (code == MCP_OK)
        return MCP_OK;
    return mcp_err_at(err, MCP_FAIL(err, code, "%s", why.what), "%s%s%s", job->path,
                      why.where[0] != '\0' ? ":" : "", why.where);
}

/* Now, or when the command line says; a metadata file keeps its own time. */
static enum mcp_code stamp(const struct job *job, json_t *root, struct mcp_err *err) {
    char text[MCP_TIMESTAMP_BYTES];
    if (!job->has_time && json_object_get(root, "last_updated") != NULL)
        return MCP_OK;
    mcp_timestamp_format(job->last_updated_ms, text);
    if (json_object_set_new(root, "last_updated", json_string(text)) != 0)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    return MCP_OK;
}

static void warn(const struct product_problem *problem, void *user) {
    const struct job *job = user;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf line = MCP_BUF_INIT(MAX_LINE_BYTES);
    mcp_buf_addf(&line, "%s: %s: ", job->path, problem->is_warning ? "warning" : "error");
    mcp_utf8_add_printable(&line, problem->pointer);
    mcp_buf_add(&line, problem->pointer.len > 0 ? MCP_STR(": ") : MCP_STR(""));
    mcp_utf8_add_printable(&line, problem->sentence);
    (void)fprintf(stderr, "%s [%s]\n", mcp_buf_view(&line).ptr, problem->rule);
}

/* What is written is what the server would load; it says what it thinks of it. */
static enum mcp_code check(const struct job *job, const struct mcp_schema *schema,
                           struct mcp_str text, struct mcp_err *err) {
    MCP_AUTO(product_model_freep) struct product_model *model = NULL;
    struct job told = *job;
    const struct product_load load = {
        .schema = schema, .name = job->path, .on_problem = warn, .user = &told};
    return product_load_text(&load, text, &model, err);
}

static enum mcp_code put(const struct job *job, struct mcp_str text, struct mcp_err *err) {
    if (job->out == NULL) {
        bool is_written = fwrite(text.ptr, 1, text.len, stdout) == text.len && fflush(stdout) == 0;
        return is_written ? MCP_OK : MCP_FAIL(err, MCP_E_IO, "standard output cannot be written");
    }
    MCP_TRY(mcp_file_make_parents(job->out, err));
    return mcp_file_write_atomic(job->out, text, FILE_MODE, err);
}

static enum mcp_code write_all(const struct job *job, const struct mcp_schema *schema, json_t *root,
                               struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf out = MCP_BUF_INIT(PRODUCT_MAX_BYTES);
    MCP_TRY(stamp(job, root, err));
    MCP_TRY(mcp_json_write_pretty(root, &out, err));
    MCP_TRY(mcp_buf_finish(&out, err));
    MCP_TRY(check(job, schema, mcp_buf_view(&out), err));
    return put(job, mcp_buf_view(&out), err);
}

static enum mcp_code make(const struct job *job, const struct mcp_schema *schema,
                          struct product_import *import, struct mcp_err *err) {
    MCP_TRY(take_all(import, job, err));
    if (import->row_count > 0 && import->rejected_count == import->row_count)
        return mcp_err_at(err, MCP_FAIL(err, MCP_E_SCHEMA, "no row can be taken"), "%s", job->path);
    return write_all(job, schema, import->root, err);
}

static void sum_up(const struct job *job, const struct product_import *import) {
    (void)fprintf(stderr, "%s: %zu row%s taken, %zu rejected%s%s\n", job->path,
                  import->row_count - import->rejected_count,
                  import->row_count - import->rejected_count == 1 ? "" : "s",
                  import->rejected_count, job->out != NULL ? "; wrote " : "",
                  job->out != NULL ? job->out : "");
}

static int run(struct job *job) {
    MCP_AUTO(mcp_schema_freep) struct mcp_schema *schema = NULL;
    MCP_AUTO(product_import_deinit) struct product_import import = {0};
    struct mcp_err err = {0};
    job->text.max = PRODUCT_IMPORT_MAX_BYTES;
    if (mcp_file_read(job->path, &job->text, &err) != MCP_OK)
        return mcp_program_complain(IMPORT, &err, MCP_EXIT_USAGE);
    if (product_loader_schema(&schema, &err) != MCP_OK ||
        product_import_init(&import, schema, show, job, &err) != MCP_OK)
        return mcp_program_complain(IMPORT, &err, MCP_EXIT_FAILURE);
    mcp_alloc_budget_begin(BASE_BYTES + (size_t)BYTES_PER_BYTE * job->text.len);
    enum mcp_code code = make(job, schema, &import, &err);
    mcp_alloc_budget_end();
    if (code != MCP_OK)
        return mcp_program_complain(IMPORT, &err, MCP_EXIT_FAILURE);
    sum_up(job, &import);
    return import.rejected_count > 0 ? EXIT_SOME_REJECTED : MCP_EXIT_OK;
}

static enum mcp_code read_job(const json_t *values, const json_t *words, struct job *job,
                              struct mcp_err *err) {
    const char *time = json_string_value(json_object_get(values, "last_updated"));
    job->from = json_string_value(json_object_get(values, "from"));
    job->out = json_string_value(json_object_get(values, "out"));
    job->has_time = time != NULL;
    MCP_TRY(product_command_time(time != NULL ? time : "now", &job->last_updated_ms, err));
    MCP_TRY(product_command_file(words, &job->path, err));
    if (job->from == NULL)
        return mcp_err_at(
            err, MCP_FAIL(err, MCP_E_INVALID, "--from csv, json or yaml must say what FILE is"),
            "command line");
    return MCP_OK;
}

int product_command_import(int argc, char **argv) {
    json_auto_t *schema = NULL;
    json_auto_t *values = NULL;
    json_auto_t *words = NULL;
    MCP_AUTO(job_deinit) struct job job = {0};
    struct mcp_err err = {0};
    if (mcp_json_parse(mcp_str_of(product_import_schema), &schema, &err) != MCP_OK)
        return mcp_program_complain(IMPORT, &err, MCP_EXIT_FAILURE);
    if (mcp_program_wish(argc, argv) == MCP_WISH_HELP)
        return mcp_program_help(usage, schema);
    if (product_command_options(schema, argc, argv, &values, &words, &err) != MCP_OK ||
        read_job(values, words, &job, &err) != MCP_OK)
        return mcp_program_complain(IMPORT, &err, MCP_EXIT_USAGE);
    return run(&job);
}
