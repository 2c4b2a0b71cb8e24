/* SPDX-License-Identifier: MIT */
/* describe.c - see describe.h. Pure: no I/O, no clock, no log. */
#include "database/describe.h"

#include <string.h>
#include <strings.h>

static enum mcp_code out_of_memory(struct mcp_err *err) {
    return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
}

static enum mcp_code check_columns(const json_t *table, struct mcp_err *err) {
    json_t *columns = NULL;
    const char *name = NULL;
    json_t *text = NULL;
    MCP_TRY(mcp_json_opt_object(table, "columns", &columns, err));
    json_object_foreach(columns, name, text) {
        if (!json_is_string(text))
            return mcp_err_at(
                err,
                MCP_FAIL(err, MCP_E_SCHEMA, "expected a string, got %s", mcp_json_type_name(text)),
                "/columns/%s", name);
    }
    return MCP_OK;
}

static enum mcp_code check_table(const json_t *table, struct mcp_err *err) {
    const char *text = NULL;
    if (!json_is_object(table))
        return MCP_FAIL(err, MCP_E_SCHEMA, "expected an object, got %s", mcp_json_type_name(table));
    MCP_TRY(mcp_json_opt_string(table, "description", &text, err));
    return check_columns(table, err);
}

enum mcp_code database_describe_check(const json_t *descriptions, struct mcp_err *err) {
    const char *text = NULL;
    json_t *tables = NULL;
    const char *name = NULL;
    json_t *table = NULL;
    if (!json_is_object(descriptions))
        return MCP_FAIL(err, MCP_E_SCHEMA, "expected an object, got %s",
                        mcp_json_type_name(descriptions));
    MCP_TRY(mcp_json_opt_string(descriptions, "description", &text, err));
    MCP_TRY(mcp_json_opt_object(descriptions, "tables", &tables, err));
    json_object_foreach(tables, name, table) {
        enum mcp_code code = check_table(table, err);
        if (code != MCP_OK)
            return mcp_err_at(err, code, "/tables/%s", name);
    }
    return MCP_OK;
}

/* `name` is the table itself, or table.column. */
static bool is_same(const char *name, const char *table, const char *column) {
    size_t len = strlen(table);
    if (strncasecmp(name, table, len) != 0)
        return false;
    return column == NULL ? name[len] == '\0'
                          : name[len] == '.' && strcasecmp(name + len + 1, column) == 0;
}

static bool is_listed(const json_t *names, const char *table, const char *column) {
    size_t i = 0;
    json_t *name = NULL;
    json_array_foreach(names, i, name) {
        const char *text = json_string_value(name);
        if (text != NULL &&
            (is_same(text, table, NULL) || (column != NULL && is_same(text, table, column))))
            return true;
    }
    return false;
}

static bool is_hidden(const json_t *exposure, const char *table, const char *column) {
    const json_t *allowed = json_object_get(exposure, "allow");
    return is_listed(json_object_get(exposure, "deny"), table, column) ||
           (json_array_size(allowed) > 0 && !is_listed(allowed, table, column));
}

struct merge {
    const json_t *exposure;
    json_t *tables;
    json_t *mismatches;
};

static enum mcp_code add_mismatch(const struct merge *merge, const char *table, const char *column,
                                  struct mcp_err *err) {
    if (is_hidden(merge->exposure, table, column))
        return MCP_OK;
    json_t *sentence =
        column != NULL ? json_sprintf("column %s.%s is described but does not exist", table, column)
                       : json_sprintf("table %s is described but does not exist", table);
    return json_array_append_new(merge->mismatches, sentence) == 0 ? MCP_OK : out_of_memory(err);
}

static json_t *find_column(const json_t *entry, const char *name) {
    const json_t *columns = json_object_get(entry, "columns");
    size_t i = 0;
    json_t *column = NULL;
    json_array_foreach(columns, i, column) {
        if (mcp_str_equal(mcp_json_str(json_object_get(column, "name")), mcp_str_of(name)))
            return column;
    }
    return NULL;
}

static enum mcp_code describe_columns(const struct merge *merge, json_t *entry, const char *table,
                                      json_t *texts, struct mcp_err *err) {
    const char *name = NULL;
    json_t *text = NULL;
    json_object_foreach(texts, name, text) {
        json_t *column = find_column(entry, name);
        if (column == NULL)
            MCP_TRY(add_mismatch(merge, table, name, err));
        else if (json_object_set(column, "description", text) != 0)
            return out_of_memory(err);
    }
    return MCP_OK;
}

static enum mcp_code describe_table(const struct merge *merge, const char *name,
                                    const json_t *given, struct mcp_err *err) {
    json_t *entry = json_object_get(merge->tables, name);
    json_t *text = json_object_get(given, "description");
    if (entry == NULL)
        return add_mismatch(merge, name, NULL, err);
    if (text != NULL && json_object_set(entry, "description", text) != 0)
        return out_of_memory(err);
    return describe_columns(merge, entry, name, json_object_get(given, "columns"), err);
}

enum mcp_code database_describe_merge(const json_t *catalogue,
                                      const struct database_writing *writing, json_t **out_body,
                                      json_t *mismatches, struct mcp_err *err) {
    json_auto_t *copy = json_deep_copy(catalogue);
    json_auto_t *body = json_pack("{s:s}", "server_name", writing->server_name);
    json_t *text = json_object_get(writing->descriptions, "description");
    const char *name = NULL;
    json_t *given = NULL;
    if (copy == NULL || body == NULL ||
        (text != NULL && json_object_set(body, "description", text) != 0) ||
        json_object_update(body, copy) != 0)
        return out_of_memory(err);
    const struct merge merge = {writing->exposure, json_object_get(body, "tables"), mismatches};
    json_object_foreach(json_object_get(writing->descriptions, "tables"), name, given) {
        MCP_TRY(describe_table(&merge, name, given, err));
    }
    *out_body = MCP_TAKE(body);
    return MCP_OK;
}
