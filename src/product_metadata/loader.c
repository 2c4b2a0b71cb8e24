/* SPDX-License-Identifier: MIT */
/* loader.c - see loader.h. Pure but for product_load_file. */
#include "product_metadata/loader.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "mcp/alloc.h"
#include "mcp/utf8.h"
#include "product_metadata/content_hash.h"
#include "product_metadata/embedded.h"
#include "product_metadata/lint.h"
#include "product_metadata/load_pass.h"

enum mcp_code product_loader_schema(struct mcp_schema **out_schema, struct mcp_err *err) {
    /* The schema asks for a handful of steps a value, and the file's size bounds the values. */
    const struct mcp_schema_options options = {.max_steps = 1000000000};
    return mcp_schema_compile_text(mcp_str_of(product_metadata_schema), &options, out_schema, err);
}

static void tell_warning(const struct product_problem *problem, void *user) {
    product_pass_tell_at(user, problem, MCP_OK);
}

/* A problem at a byte of the text. */
static enum mcp_code refuse_byte(struct product_pass *pass, size_t offset, const char *sentence) {
    struct product_problem problem = {.line = 1,
                                      .column = 1,
                                      .rule = "json",
                                      .part = PRODUCT_PART_COUNT,
                                      .sentence = mcp_str_of(sentence)};
    for (size_t i = 0; i < offset; i++) {
        bool ends_line = pass->text.ptr[i] == '\n';
        problem.line += ends_line;
        problem.column = ends_line ? 1 : problem.column + 1;
    }
    product_pass_tell(pass, &problem, MCP_E_SYNTAX);
    return MCP_E_SYNTAX;
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* What a JSON parser would only call an unexpected byte. */
static enum mcp_code check_bytes(struct product_pass *pass) {
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

/* The parser's own place, "12:4", goes in front of its words. */
static enum mcp_code refuse_text(struct product_pass *pass, enum mcp_code code,
                                 const struct mcp_err *why) {
    if (code != MCP_E_SYNTAX)
        return mcp_err_at(pass->err, MCP_FAIL(pass->err, code, "%s", why->what), "%s",
                          pass->load->name);
    struct product_problem problem = {
        .rule = "json", .part = PRODUCT_PART_COUNT, .sentence = mcp_str_of(why->what)};
    const char *colon = strchr(why->where, ':');
    problem.line = (size_t)strtoul(why->where, NULL, 10);
    problem.column = colon != NULL ? (size_t)strtoul(colon + 1, NULL, 10) : 1;
    product_pass_tell(pass, &problem, code);
    return code;
}

static enum mcp_code load_other(struct product_pass *pass) {
    MCP_AUTO(mcp_json_decref) json_t *root = NULL;
    struct mcp_err why = {0};
    enum mcp_code code = mcp_json_parse(pass->text, &root, &why);
    if (code != MCP_OK)
        return refuse_text(pass, code, &why);
    MCP_TRY(product_load_other(pass, root));
    return pass->code != MCP_OK ? pass->code
                                : MCP_FAIL(pass->err, MCP_E_SCHEMA, "expected an object");
}

static enum mcp_code warn(struct product_pass *pass, const struct product_model *model) {
    MCP_AUTO(product_index_freep) struct product_index *index = NULL;
    if (pass->load->on_problem == NULL)
        return MCP_OK;
    MCP_TRY(product_index_new(model, &index, pass->err));
    return product_lint(model, index, tell_warning, pass, pass->err);
}

static enum mcp_code stamp(const struct product_pass *pass, struct product_model *model) {
    char hash[PRODUCT_HASH_BYTES];
    product_content_hash(pass->text, hash);
    MCP_TRY(product_arena_copy(&model->arena, mcp_str_of(hash), &model->content_hash, pass->err));
    if (model->version.len == 0)
        model->version = model->content_hash;
    return MCP_OK;
}

enum mcp_code product_load_text(const struct product_load *load, struct mcp_str text,
                                struct product_model **out_model, struct mcp_err *err) {
    MCP_AUTO(product_pass_deinit)
    struct product_pass pass = {.load = load, .text = text, .err = err};
    MCP_AUTO(product_model_freep) struct product_model *model = NULL;
    struct mcp_err why = {0};
    MCP_TRY(check_bytes(&pass));
    enum mcp_code code = product_outline_read(text, &pass.outline, &why);
    if (code != MCP_OK)
        return refuse_text(&pass, code, &why);
    if (!pass.outline.is_object)
        return load_other(&pass);
    MCP_TRY(product_load_parts(&pass, &model));
    MCP_TRY(stamp(&pass, model));
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
