/* SPDX-License-Identifier: MIT */
/* request.c - see request.h. Pure: no I/O, no clock, no log. */
#include "database/request.h"

#include <string.h>

enum { MAX_ROWS = 1000000000 };

/* The place of the member's text among `names`; 0, the first, when it is absent. */
static enum mcp_code read_choice(const json_t *options, const char *key, const char *const *names,
                                 size_t count, size_t *out, struct mcp_err *err) {
    const char *text = NULL;
    MCP_TRY(mcp_json_opt_string(options, key, &text, err));
    for (size_t i = 0; text != NULL && i < count; i++)
        if (strcmp(text, names[i]) == 0) {
            *out = i;
            return MCP_OK;
        }
    if (text == NULL)
        return MCP_OK;
    return mcp_err_at(err, MCP_FAIL(err, MCP_E_SCHEMA, "\"%s\" is none of its values", text), "/%s",
                      key);
}

static enum mcp_code read_params(const json_t *options, const json_t **out, struct mcp_err *err) {
    const json_t *params = json_object_get(options, "params");
    if (params != NULL && !json_is_array(params) && !json_is_object(params))
        return mcp_err_at(err,
                          MCP_FAIL(err, MCP_E_SCHEMA, "expected an array or an object, got %s",
                                   mcp_json_type_name(params)),
                          "/params");
    *out = params;
    return MCP_OK;
}

static enum mcp_code read_choices(const json_t *options, struct database_request *request,
                                  struct mcp_err *err) {
    static const char *const purposes[] = {"run", "validate", "explain"};
    static const char *const formats[] = {"json", "csv", "markdown"};
    static const char *const integers[] = {"number", "string"};
    size_t purpose = 0;
    size_t format = 0;
    size_t integer = 0;
    MCP_TRY(read_choice(options, "purpose", purposes, MCP_COUNT(purposes), &purpose, err));
    MCP_TRY(read_choice(options, "format", formats, MCP_COUNT(formats), &format, err));
    MCP_TRY(read_choice(options, "big_integers", integers, MCP_COUNT(integers), &integer, err));
    request->purpose = (enum database_purpose)purpose;
    request->format = (enum database_format)format;
    request->has_exact_integers = integer == 1;
    return MCP_OK;
}

static enum mcp_code read_rows(const json_t *options, struct database_request *request,
                               struct mcp_err *err) {
    int64_t max_rows = 0;
    MCP_TRY(mcp_json_opt_integer(options, "max_rows", 1, MAX_ROWS, &max_rows, err));
    request->max_rows = (size_t)max_rows;
    return read_params(options, &request->params, err);
}

enum mcp_code database_request_read(const json_t *options, struct database_request *out_request,
                                    struct mcp_err *err) {
    struct database_request request = {.sql = out_request->sql};
    if (options != NULL) {
        MCP_TRY(read_choices(options, &request, err));
        MCP_TRY(read_rows(options, &request, err));
    }
    *out_request = request;
    return MCP_OK;
}

enum mcp_code database_request_write(const json_t *options, struct mcp_str sql, struct mcp_buf *out,
                                     struct mcp_err *err) {
    if (options != NULL)
        MCP_TRY(mcp_json_write(options, out, err));
    mcp_buf_addc(out, '\n');
    mcp_buf_add(out, sql);
    return mcp_buf_finish(out, err);
}

enum mcp_code database_request_parse(struct mcp_str frame, struct database_request *out_request,
                                     json_t **out_options, struct mcp_err *err) {
    json_t *options MCP_AUTO(mcp_json_decref) = NULL;
    const char *end = frame.len > 0 ? memchr(frame.ptr, '\n', frame.len) : NULL;
    if (end == NULL)
        return MCP_FAIL(err, MCP_E_SYNTAX, "no line of options");
    size_t head = (size_t)(end - frame.ptr);
    struct database_request request = {.sql = {end + 1, frame.len - head - 1}};
    if (head > 0)
        MCP_TRY(mcp_json_parse((struct mcp_str){frame.ptr, head}, &options, err));
    if (options != NULL && !json_is_object(options))
        return MCP_FAIL(err, MCP_E_SCHEMA, "expected an object, got %s",
                        mcp_json_type_name(options));
    MCP_TRY(database_request_read(options, &request, err));
    *out_request = request;
    *out_options = MCP_TAKE(options);
    return MCP_OK;
}
