/* SPDX-License-Identifier: MIT */
/* describe.c - see describe.h. Pure: no I/O, no clock, no log. */
#include "database/describe.h"

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

static enum mcp_code add_mismatch(json_t *mismatches, const char *table, const char *column,
                                  struct mcp_err *err) {
    json_t *sentence =
        column != NULL ? json_sprintf("column %s.%s is described but does not exist", table, column)
                       : json_sprintf("table %s is described but does not exist", table);
    return json_array_append_new(mismatches, sentence) == 0 ? MCP_OK : out_of_memory(err);
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

static enum mcp_code describe_columns(json_t *entry, const char *table, json_t *texts,
                                      json_t *mismatches, struct mcp_err *err) {
    const char *name = NULL;
    json_t *text = NULL;
    json_object_foreach(texts, name, text) {
        json_t *column = find_column(entry, name);
        if (column == NULL)
            MCP_TRY(add_mismatch(mismatches, table, name, err));
        else if (json_object_set(column, "description", text) != 0)
            return out_of_memory(err);
    }
    return MCP_OK;
}

static enum mcp_code describe_table(json_t *tables, const char *name, const json_t *given,
                                    json_t *mismatches, struct mcp_err *err) {
    json_t *entry = json_object_get(tables, name);
    json_t *text = json_object_get(given, "description");
    if (entry == NULL)
        return add_mismatch(mismatches, name, NULL, err);
    if (text != NULL && json_object_set(entry, "description", text) != 0)
        return out_of_memory(err);
    return describe_columns(entry, name, json_object_get(given, "columns"), mismatches, err);
}

static enum mcp_code describe_tables(json_t *body, const json_t *descriptions, json_t *mismatches,
                                     struct mcp_err *err) {
    json_t *tables = json_object_get(body, "tables");
    const char *name = NULL;
    json_t *given = NULL;
    json_object_foreach(json_object_get(descriptions, "tables"), name, given) {
        MCP_TRY(describe_table(tables, name, given, mismatches, err));
    }
    return MCP_OK;
}

enum mcp_code database_describe_merge(const json_t *catalogue, const json_t *descriptions,
                                      const char *server_name, json_t **out_body,
                                      json_t *mismatches, struct mcp_err *err) {
    json_auto_t *copy = json_deep_copy(catalogue);
    json_auto_t *body = json_pack("{s:s}", "server_name", server_name);
    json_t *text = json_object_get(descriptions, "description");
    if (copy == NULL || body == NULL ||
        (text != NULL && json_object_set(body, "description", text) != 0) ||
        json_object_update(body, copy) != 0)
        return out_of_memory(err);
    MCP_TRY(describe_tables(body, descriptions, mismatches, err));
    *out_body = MCP_TAKE(body);
    return MCP_OK;
}
