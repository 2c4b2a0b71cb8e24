/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/catalogue.json. */
#include "database/catalogue.h"
#include "probe.h"

probe_fn probe_catalogue;

enum mcp_code probe_catalogue(const json_t *in, json_t **out, struct mcp_err *err) {
    const json_t *body = json_object_get(in, "body");
    const char *prefix = json_string_value(json_object_get(in, "prefix"));
    const char *pattern = json_string_value(json_object_get(in, "search"));
    if (pattern != NULL)
        return database_catalogue_search(
            body, pattern, json_string_value(json_object_get(in, "detail")), out, err);
    json_t *values = json_array();
    if (values == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    size_t max = (size_t)probe_int(in, "max", 100);
    const json_t *columns = json_object_get(in, "columns_of");
    bool is_all = columns != NULL ? database_catalogue_complete_column(
                                        body, json_string_value(columns), prefix, max, values)
                                  : database_catalogue_complete(body, prefix, max, values);
    return probe_give(json_pack("{s:o, s:b}", "values", values, "all", is_all), out, err);
}
