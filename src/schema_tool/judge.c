/* SPDX-License-Identifier: MIT */
/* judge.c - see judge.h. */
#include "schema_tool/judge.h"

#include <string.h>

#include "base/file.h"
#include "json/pointer.h"

/* One instance being judged. */
struct judgement {
    const char *path;
    struct mcp_str text;
    FILE *out; /* NULL: failures go to `list` */
    json_t *list;
    bool is_complete; /* false when memory ran out for the list */
};

static const char *shown_path(const char *path) {
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

static enum mcp_code read_text(const char *path, struct mcp_buf *text, struct mcp_err *err) {
    return mcp_file_read(strcmp(path, "-") == 0 ? "/dev/stdin" : path, text, err);
}

static enum mcp_code read_json(const char *path, struct mcp_buf *text, json_t **out_root,
                               struct mcp_err *err) {
    MCP_TRY(read_text(path, text, err));
    enum mcp_code code = mcp_json_parse(mcp_buf_view(text), out_root, err);
    return code == MCP_OK ? code : mcp_err_at(err, code, "%s:", shown_path(path));
}

static void print_failure(const struct judgement *judgement, struct mcp_place place,
                          const struct mcp_schema_failure *failure) {
    (void)fprintf(judgement->out, "%s:%zu:%zu: ", shown_path(judgement->path), place.line,
                  place.column);
    if (failure->instance.len > 0)
        (void)fprintf(judgement->out, "%.*s: ", (int)failure->instance.len, failure->instance.ptr);
    (void)fprintf(judgement->out, "%.*s", (int)failure->sentence.len, failure->sentence.ptr);
    if (failure->schema.len > 0)
        (void)fprintf(judgement->out, " [%.*s]", (int)failure->schema.len, failure->schema.ptr);
    (void)fputc('\n', judgement->out);
}

static json_t *text_of(struct mcp_str text) {
    return json_stringn(text.ptr, text.len);
}

static bool list_failure(struct judgement *judgement, struct mcp_place place,
                         const struct mcp_schema_failure *failure) {
    json_t *entry = json_pack("{s:o, s:o, s:s, s:o, s:I, s:I}", "instance",
                              text_of(failure->instance), "schema", text_of(failure->schema),
                              "keyword", failure->keyword, "message", text_of(failure->sentence),
                              "line", (json_int_t)place.line, "column", (json_int_t)place.column);
    judgement->is_complete = json_array_append_new(judgement->list, entry) == 0;
    return judgement->is_complete;
}

static bool take_failure(const struct mcp_schema_failure *failure, void *user) {
    struct judgement *judgement = user;
    struct mcp_place place = {1, 1};
    if (mcp_pointer_locate(judgement->text, failure->instance, failure->at_key, &place, NULL) !=
        MCP_OK)
        place = (struct mcp_place){1, 1};
    if (judgement->out == NULL)
        return list_failure(judgement, place, failure);
    print_failure(judgement, place, failure);
    return true;
}

static void print_error(FILE *problems, const struct mcp_err *err) {
    (void)fprintf(problems, "mcp-schema: %s%s%s\n", err->where, err->where[0] != '\0' ? ": " : "",
                  err->what);
}

static void print_json(FILE *out, const json_t *line) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(SCHEMA_TOOL_MAX_FILE_BYTES);
    if (line != NULL && mcp_json_write(line, &text, NULL) == MCP_OK)
        (void)fprintf(out, "%s\n", text.data);
}

static void print_verdict(const struct judgement *judgement, enum mcp_code code, FILE *out) {
    if (judgement->out != NULL) {
        if (code == MCP_OK)
            (void)fprintf(out, "%s: valid\n", shown_path(judgement->path));
        return;
    }
    json_auto_t *line = json_pack("{s:s, s:b, s:O}", "instance", judgement->path, "valid",
                                  code == MCP_OK ? 1 : 0, "failures", judgement->list);
    print_json(out, line);
}

static void print_unjudged(const struct schema_tool_arguments *arguments, const char *path,
                           const struct mcp_err *err, FILE *out, FILE *problems) {
    print_error(problems, err);
    if (!arguments->is_json)
        return;
    json_auto_t *line =
        json_pack("{s:s, s:{s:s, s:s, s:s}}", "instance", path, "error", "code",
                  mcp_code_name(err->code), "where", err->where, "message", err->what);
    print_json(out, line);
}

static enum mcp_code judge_text(const struct schema_tool_arguments *arguments,
                                const struct mcp_schema *schema, const char *path, FILE *out,
                                struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(SCHEMA_TOOL_MAX_FILE_BYTES);
    json_auto_t *instance = NULL;
    json_auto_t *list = json_array();
    if (list == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    MCP_TRY(read_json(path, &text, &instance, err));
    struct judgement judgement = {.path = path,
                                  .text = mcp_buf_view(&text),
                                  .out = arguments->is_json ? NULL : out,
                                  .list = list,
                                  .is_complete = true};
    enum mcp_code code = mcp_schema_validate(schema, instance, take_failure, &judgement, err);
    if (code != MCP_OK && code != MCP_E_SCHEMA)
        return mcp_err_at(err, code, "%s", shown_path(path));
    if (!judgement.is_complete) {
        *err = (struct mcp_err){.code = MCP_OK};
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    }
    print_verdict(&judgement, code, out);
    return code;
}

static enum mcp_code add_remote(json_t *remotes, const char *argument, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(SCHEMA_TOOL_MAX_FILE_BYTES);
    json_auto_t *root = NULL;
    const char *equals = strchr(argument, '=');
    MCP_TRY(read_json(equals + 1, &text, &root, err));
    if (json_object_setn(remotes, argument, (size_t)(equals - argument), root) != 0)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    return MCP_OK;
}

static enum mcp_code load_schema(const struct schema_tool_arguments *arguments,
                                 struct mcp_schema **out_schema, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(SCHEMA_TOOL_MAX_FILE_BYTES);
    json_auto_t *root = NULL;
    json_auto_t *remotes = json_object();
    if (remotes == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    for (size_t i = 0; i < arguments->remote_count; i++)
        MCP_TRY(add_remote(remotes, arguments->remotes[i], err));
    MCP_TRY(read_json(arguments->schema, &text, &root, err));
    const struct mcp_schema_options options = {
        .draft = arguments->draft, .assert_format = arguments->assert_format, .remotes = remotes};
    enum mcp_code code = mcp_schema_compile(root, &options, out_schema, err);
    if (code == MCP_OK)
        return code;
    struct mcp_place place = {1, 1};
    bool is_placed = mcp_pointer_locate(mcp_buf_view(&text), mcp_str_of(err->where), false, &place,
                                        NULL) == MCP_OK;
    return is_placed ? mcp_err_at(err, code, "%s:%zu:%zu: ", shown_path(arguments->schema),
                                  place.line, place.column)
                     : mcp_err_at(err, code, "%s: ", shown_path(arguments->schema));
}

enum schema_tool_exit schema_tool_judge(const struct schema_tool_arguments *arguments, FILE *out,
                                        FILE *problems) {
    MCP_AUTO(mcp_schema_freep) struct mcp_schema *schema = NULL;
    struct mcp_err err = {0};
    if (load_schema(arguments, &schema, &err) != MCP_OK) {
        print_error(problems, &err);
        return SCHEMA_TOOL_ERROR;
    }
    enum schema_tool_exit worst = SCHEMA_TOOL_VALID;
    for (size_t i = 0; i < arguments->instance_count; i++) {
        struct mcp_err why = {0};
        enum mcp_code code = judge_text(arguments, schema, arguments->instances[i], out, &why);
        if (code == MCP_E_SCHEMA && worst == SCHEMA_TOOL_VALID)
            worst = SCHEMA_TOOL_INVALID;
        if (code == MCP_OK || code == MCP_E_SCHEMA)
            continue;
        print_unjudged(arguments, arguments->instances[i], &why, out, problems);
        worst = SCHEMA_TOOL_ERROR;
    }
    return worst;
}
