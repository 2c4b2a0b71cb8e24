/* SPDX-License-Identifier: MIT */
/* batch.c - see batch.h. */
#include "schema_tool/batch.h"

/* False at the end of `in`. A line beyond the bound leaves its refusal in line->status. */
static bool read_line(FILE *in, struct mcp_buf *line) {
    mcp_buf_clear(line);
    int byte = getc(in);
    if (byte == EOF)
        return false;
    for (; byte != EOF && byte != '\n'; byte = getc(in))
        mcp_buf_addc(line, (char)byte);
    return true;
}

static enum mcp_code take_options(const json_t *request, const json_t *remotes,
                                  struct mcp_schema_options *out, struct mcp_err *err) {
    const char *dialect = NULL;
    bool assert_format = false;
    MCP_TRY(mcp_json_opt_string(request, "dialect", &dialect, err));
    MCP_TRY(mcp_json_opt_bool(request, "format", &assert_format, err));
    struct mcp_schema_options options = {.remotes = remotes, .assert_format = assert_format};
    if (dialect != NULL)
        MCP_TRY(schema_tool_draft(mcp_str_of(dialect), &options.draft, err));
    *out = options;
    return MCP_OK;
}

static enum mcp_code judge_tests(const struct mcp_schema *schema, const json_t *tests,
                                 json_t *verdicts, struct mcp_err *err) {
    for (size_t i = 0; i < json_array_size(tests); i++) {
        struct mcp_err why = {0};
        enum mcp_code code =
            mcp_schema_validate(schema, json_array_get(tests, i), NULL, NULL, &why);
        if (code != MCP_OK && code != MCP_E_SCHEMA) {
            *err = why;
            return mcp_err_at(err, code, "/tests/%zu", i);
        }
        if (json_array_append_new(verdicts, json_boolean(code == MCP_OK)) != 0)
            return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    }
    return MCP_OK;
}

static enum mcp_code judge(const json_t *request, const json_t *remotes, json_t *verdicts,
                           struct mcp_err *err) {
    struct mcp_schema_options options = {0};
    MCP_AUTO(mcp_schema_freep) struct mcp_schema *schema = NULL;
    json_t *tests = NULL;
    const json_t *root = json_object_get(request, "schema");
    MCP_TRY(take_options(request, remotes, &options, err));
    MCP_TRY(mcp_json_get_array(request, "tests", &tests, err));
    if (root == NULL)
        return MCP_FAIL(err, MCP_E_SCHEMA, "\"schema\" is missing");
    MCP_TRY(mcp_schema_compile(root, &options, &schema, err));
    return judge_tests(schema, tests, verdicts, err);
}

static json_t *answer(const json_t *request, const json_t *remotes) {
    json_auto_t *verdicts = json_array();
    struct mcp_err err = {0};
    json_t *number = json_object_get(request, "n");
    if (verdicts == NULL)
        return NULL;
    if (judge(request, remotes, verdicts, &err) == MCP_OK)
        return json_pack("{s:O?, s:O}", "n", number, "valid", verdicts);
    char text[sizeof err.where + sizeof err.what + 2];
    (void)snprintf(text, sizeof text, "%s%s%s", err.where, err.where[0] != '\0' ? ": " : "",
                   err.what);
    return json_pack("{s:O?, s:s}", "n", number, "error", text);
}

static bool write_line(FILE *out, const json_t *value) {
    bool is_written = value != NULL && json_dumpf(value, out, JSON_COMPACT | JSON_ENCODE_ANY) == 0;
    return is_written && fputc('\n', out) != EOF && fflush(out) == 0;
}

static json_t *parse_line(const struct mcp_buf *line, json_error_t *why) {
    return json_loadb(line->data != NULL ? line->data : "", line->len,
                      JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, why);
}

/* One line; false when the answer could not be written. */
static bool serve_line(const struct mcp_buf *line, json_t **remotes, FILE *out) {
    json_error_t why = {.text = "a line beyond the bound, or out of memory"};
    json_auto_t *request = line->status == MCP_OK ? parse_line(line, &why) : NULL;
    if (request == NULL) {
        json_auto_t *refusal = json_pack("{s:n, s:s}", "n", "error", why.text);
        return write_line(out, refusal);
    }
    json_t *given = json_object_get(request, "remotes");
    if (given != NULL) {
        json_decref(*remotes);
        *remotes = json_incref(given);
        return true;
    }
    json_auto_t *reply = answer(request, *remotes);
    return write_line(out, reply);
}

enum schema_tool_exit schema_tool_batch(FILE *in, FILE *out, FILE *problems) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf line = MCP_BUF_INIT(SCHEMA_TOOL_MAX_LINE_BYTES);
    json_auto_t *remotes = NULL;
    while (read_line(in, &line))
        if (line.len > 0 && !serve_line(&line, &remotes, out)) {
            (void)fprintf(problems, "mcp-schema: an answer could not be written\n");
            return SCHEMA_TOOL_ERROR;
        }
    return SCHEMA_TOOL_VALID;
}
