/* SPDX-License-Identifier: MIT */
/* orch_error.c - see orch_error.h. Pure: no I/O, no clock, no log. */
#include "orchestrator/orch_error.h"

#include <string.h>

#include "mcp/buf.h"

void orch_error_deinit(struct orch_error *error) {
    if (error == NULL)
        return;
    json_decref(error->context);
    *error = (struct orch_error)ORCH_ERROR_INIT;
}

const char *orch_error_kind_name(enum orch_error_kind kind) {
    static const char *const names[] = {
        [ORCH_E_NONE] = "none",
        [ORCH_E_CONFIGURATION] = "configuration",
        [ORCH_E_CONNECTION] = "connection",
        [ORCH_E_NO_SERVER] = "no_server",
        [ORCH_E_RESOURCE_FETCH] = "resource_fetch",
        [ORCH_E_TOOL_CALL] = "tool_call",
        [ORCH_E_OTHER] = "other",
    };
    return (size_t)kind < MCP_COUNT(names) ? names[kind] : "other";
}

json_t *orch_error_to_json(const struct orch_error *error) {
    return json_pack("{s:s, s:s, s:s, s:s, s:O?}", "kind", orch_error_kind_name(error->kind),
                     "code", mcp_code_name(error->err.code), "where", error->err.where, "message",
                     error->err.what, "context", error->context);
}

enum mcp_code orch_error_set(struct orch_error *error, enum orch_error_kind kind,
                             const struct mcp_err *err, json_t *context) {
    if (error == NULL || error->kind != ORCH_E_NONE) {
        json_decref(context);
        return err->code;
    }
    error->kind = kind;
    error->err = *err;
    error->context = context;
    return err->code;
}

enum mcp_code orch_error_nomem(struct orch_error *error) {
    struct mcp_err err = {0};
    (void)MCP_FAIL(&err, MCP_E_NOMEM, "out of memory");
    return orch_error_set(error, ORCH_E_OTHER, &err, NULL);
}

enum mcp_code orch_code_of_name(const char *name) {
    for (enum mcp_code code = MCP_OK; name != NULL && code <= MCP_E_BUG; code++)
        if (strcmp(mcp_code_name(code), name) == 0)
            return code;
    return MCP_E_PEER;
}

/* `"Name" (cause)`, or `"uri" of "Name" (cause)`. */
static void add_failure(struct mcp_buf *line, const json_t *failure) {
    const char *uri = json_string_value(json_object_get(failure, "uri"));
    const char *name = json_string_value(json_object_get(failure, "name"));
    const char *cause = json_string_value(json_object_get(failure, "error"));
    if (uri != NULL)
        mcp_buf_addf(line, "\"%s\" of ", uri);
    mcp_buf_addf(line, "\"%s\" (%s)", name != NULL ? name : "", cause != NULL ? cause : "");
}

/* As many failures as fit into one line, the rest as a number. */
static void add_failures(struct mcp_buf *line, const json_t *failures) {
    enum { TAIL_BYTES = 24 }; /* room for " and 1000 more" */
    size_t count = json_array_size(failures);
    size_t room = sizeof((struct mcp_err *)0)->what - 1 - TAIL_BYTES;
    for (size_t i = 0; i < count; i++) {
        size_t before = line->len;
        mcp_buf_add(line, i == 0 ? MCP_STR(": ") : MCP_STR("; "));
        add_failure(line, json_array_get(failures, i));
        if (i > 0 && line->len > room) {
            line->len = before;
            mcp_buf_addf(line, " and %zu more", count - i);
            return;
        }
    }
}

enum mcp_code orch_error_set_servers(struct orch_error *error, enum orch_error_kind kind,
                                     const char *summary, const json_t *failures) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf line = MCP_BUF_INIT(64 << 10);
    mcp_buf_add(&line, mcp_str_of(summary));
    add_failures(&line, failures);
    if (mcp_buf_finish(&line, NULL) == MCP_E_NOMEM)
        return orch_error_nomem(error);

    json_t *context = json_pack("{s:o}", "servers", json_deep_copy(failures));
    if (context == NULL)
        return orch_error_nomem(error);
    const json_t *first = json_array_get(failures, 0);
    struct mcp_err err = {0};
    enum mcp_code code = MCP_E_NOT_FOUND;
    if (first != NULL)
        code = orch_code_of_name(json_string_value(json_object_get(first, "code")));
    (void)MCP_FAIL(&err, code, "%s", line.data);
    return orch_error_set(error, kind, &err, context);
}

void orch_error_copy(const struct orch_error *from, struct orch_error *to) {
    json_t *context = from->context != NULL ? json_deep_copy(from->context) : NULL;
    if (to == NULL) {
        json_decref(context);
        return;
    }
    (void)orch_error_set(to, from->kind, &from->err, context);
}
