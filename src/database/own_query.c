/* SPDX-License-Identifier: MIT */
/* own_query.c - see own_query.h. */
#include "database/own_query.h"

#include <stdio.h>
#include <string.h>

void database_own_query_identifier(struct mcp_buf *out, const char *name) {
    mcp_buf_addc(out, '"');
    for (; *name != '\0'; name++) {
        if (*name == '"')
            mcp_buf_addc(out, '"');
        mcp_buf_addc(out, *name);
    }
    mcp_buf_addc(out, '"');
}

void database_own_query_table(struct mcp_buf *out, const struct database_service *service,
                              const char *name) {
    const char *dot = service->is_postgres ? strchr(name, '.') : NULL;
    char schema[256];
    if (dot == NULL || (size_t)(dot - name) >= sizeof schema) {
        database_own_query_identifier(out, name);
        return;
    }
    (void)snprintf(schema, sizeof schema, "%.*s", (int)(dot - name), name);
    database_own_query_identifier(out, schema);
    mcp_buf_addc(out, '.');
    database_own_query_identifier(out, dot + 1);
}

void database_own_query_values(struct mcp_buf *out, const struct database_service *service,
                               const char *table, const char *column) {
    mcp_buf_add(out, MCP_STR("SELECT "));
    database_own_query_identifier(out, column);
    mcp_buf_add(out, MCP_STR(" AS value, count(*) AS count FROM "));
    database_own_query_table(out, service, table);
    mcp_buf_add(out, MCP_STR(" GROUP BY 1 ORDER BY 2 DESC, 1"));
}

void database_own_query_sample(struct mcp_buf *out, struct database_service *service,
                               const char *table) {
    json_t *body MCP_AUTO(mcp_json_decref) = database_catalogue_body(&service->catalogue);
    bool hides = service->is_postgres ||
                 json_array_size(json_object_get(service->settings, "allow")) > 0 ||
                 json_array_size(json_object_get(service->settings, "deny")) > 0;
    const json_t *columns = hides ? database_catalogue_columns(body, table) : NULL;
    mcp_buf_add(out, json_array_size(columns) > 0 ? MCP_STR("SELECT ") : MCP_STR("SELECT *"));
    for (size_t i = 0; i < json_array_size(columns); i++) {
        if (i > 0)
            mcp_buf_add(out, MCP_STR(", "));
        database_own_query_identifier(
            out, json_string_value(json_object_get(json_array_get(columns, i), "name")));
    }
    mcp_buf_add(out, MCP_STR(" FROM "));
    database_own_query_table(out, service, table);
}
