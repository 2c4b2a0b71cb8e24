/* SPDX-License-Identifier: MIT */
/* catalogue.c - see catalogue.h. */
#include "database/catalogue.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { MAX_OUTLINE_BYTES = 17 << 20 };

void database_catalogue_init(struct database_catalogue *catalogue) {
    *catalogue = (struct database_catalogue){.outline = MCP_BUF_INIT(MAX_OUTLINE_BYTES)};
    (void)pthread_mutex_init(&catalogue->lock, NULL);
}

void database_catalogue_deinit(struct database_catalogue *catalogue) {
    mcp_json_decref(&catalogue->body);
    mcp_json_decref(&catalogue->mismatches);
    mcp_buf_deinit(&catalogue->outline);
    (void)pthread_mutex_destroy(&catalogue->lock);
}

static bool has_same_tables(const json_t *a, const json_t *b) {
    const char *name = NULL;
    json_t *entry = NULL;
    json_t *tables = json_object_get(a, "tables");
    const json_t *others = json_object_get(b, "tables");
    json_object_foreach(tables, name, entry) {
        if (json_object_get(others, name) == NULL)
            return false;
    }
    return json_object_size(tables) == json_object_size(others);
}

struct database_news database_catalogue_set(struct database_catalogue *catalogue, json_t *body,
                                            json_t *mismatches) {
    (void)pthread_mutex_lock(&catalogue->lock);
    json_t *old_body = catalogue->body;
    json_t *old_mismatches = catalogue->mismatches;
    catalogue->body = body;
    catalogue->mismatches = mismatches;
    struct database_news news = {
        .has_changed = old_body != NULL && !json_equal(old_body, body),
        .has_other_tables = old_body != NULL && !has_same_tables(old_body, body),
        .has_other_mistakes = old_mismatches == NULL ? json_array_size(mismatches) > 0
                                                     : !json_equal(old_mismatches, mismatches),
    };
    (void)pthread_mutex_unlock(&catalogue->lock);
    json_decref(old_body);
    json_decref(old_mismatches);
    return news;
}

bool database_catalogue_outline(struct database_catalogue *catalogue, struct mcp_str outline) {
    (void)pthread_mutex_lock(&catalogue->lock);
    bool is_news = !mcp_str_equal(mcp_buf_view(&catalogue->outline), outline);
    if (is_news) {
        mcp_buf_clear(&catalogue->outline);
        mcp_buf_add(&catalogue->outline, outline);
    }
    (void)pthread_mutex_unlock(&catalogue->lock);
    return is_news;
}

static json_t *get(struct database_catalogue *catalogue, json_t *const *which) {
    (void)pthread_mutex_lock(&catalogue->lock);
    json_t *value = json_incref(*which);
    (void)pthread_mutex_unlock(&catalogue->lock);
    return value;
}

json_t *database_catalogue_body(struct database_catalogue *catalogue) {
    return get(catalogue, &catalogue->body);
}

json_t *database_catalogue_mismatches(struct database_catalogue *catalogue) {
    return get(catalogue, &catalogue->mismatches);
}

const json_t *database_catalogue_columns(const json_t *body, const char *table) {
    const char *name = NULL;
    json_t *entry = NULL;
    json_object_foreach(json_object_get(body, "tables"), name, entry) {
        if (strcasecmp(name, table) == 0)
            return json_object_get(entry, "columns");
    }
    return NULL;
}

bool database_catalogue_complete(const json_t *body, const char *prefix, size_t max,
                                 json_t *values) {
    const char *name = NULL;
    json_t *entry = NULL;
    json_object_foreach(json_object_get(body, "tables"), name, entry) {
        if (strncasecmp(name, prefix, strlen(prefix)) != 0)
            continue;
        if (json_array_size(values) >= max)
            return false;
        (void)json_array_append_new(values, json_string(name));
    }
    return true;
}

static bool holds_name(const json_t *names, const char *name) {
    size_t i = 0;
    json_t *one = NULL;
    json_array_foreach(names, i, one) {
        if (strcmp(json_string_value(one), name) == 0)
            return true;
    }
    return false;
}

/* False when there was no room for one of them. */
static bool add_columns(const json_t *entry, const char *prefix, size_t max, json_t *values) {
    size_t i = 0;
    json_t *column = NULL;
    json_array_foreach(json_object_get(entry, "columns"), i, column) {
        const char *name = json_string_value(json_object_get(column, "name"));
        if (name == NULL || strncasecmp(name, prefix, strlen(prefix)) != 0 ||
            holds_name(values, name))
            continue;
        if (json_array_size(values) >= max)
            return false;
        (void)json_array_append_new(values, json_string(name));
    }
    return true;
}

bool database_catalogue_complete_column(const json_t *body, const char *table, const char *prefix,
                                        size_t max, json_t *values) {
    const char *name = NULL;
    json_t *entry = NULL;
    json_object_foreach(json_object_get(body, "tables"), name, entry) {
        bool is_meant = table == NULL || strcasecmp(name, table) == 0;
        if (is_meant && !add_columns(entry, prefix, max, values))
            return false;
    }
    return true;
}

static bool is_any(char byte) {
    return byte == '*' || byte == '%';
}

static bool is_one(char wanted, char byte) {
    return wanted == '?' || wanted == '_' ||
           tolower((unsigned char)wanted) == tolower((unsigned char)byte);
}

/* The whole text; goes back to the last * only, so the cost is at most length times length. */
static bool matches(const char *pattern, const char *text) {
    const char *star = NULL;
    const char *resume = NULL;
    while (*text != '\0') {
        if (is_any(*pattern)) {
            star = pattern++;
            resume = text;
        } else if (*pattern != '\0' && is_one(*pattern, *text)) {
            pattern++;
            text++;
        } else if (star != NULL) {
            pattern = star + 1;
            text = ++resume;
        } else
            return false;
    }
    while (is_any(*pattern))
        pattern++;
    return *pattern == '\0';
}

static bool holds(const char *pattern, const json_t *text) {
    return json_is_string(text) && matches(pattern, json_string_value(text));
}

static json_t *columns_found(const char *pattern, const json_t *entry, bool wants_all) {
    json_t *found = json_array();
    size_t i = 0;
    json_t *column = NULL;
    json_array_foreach(json_object_get(entry, "columns"), i, column) {
        if (wants_all || holds(pattern, json_object_get(column, "name")) ||
            holds(pattern, json_object_get(column, "description")))
            (void)json_array_append(found, column);
    }
    return found;
}

/* One table of the answer; NULL when memory is refused. */
static json_t *table_found(const char *name, json_t *entry, json_t *columns, const char *detail) {
    json_t *found = json_pack("{s:s}", "name", name);
    bool is_full = strcmp(detail, "full") == 0;
    if (found == NULL)
        return NULL;
    const char *const brief[] = {"type", "description", "row_count"};
    for (size_t i = 0; !is_full && i < MCP_COUNT(brief); i++)
        if (json_object_get(entry, brief[i]) != NULL)
            (void)json_object_set(found, brief[i], json_object_get(entry, brief[i]));
    if (is_full)
        (void)json_object_update(found, entry);
    else if (strcmp(detail, "columns") == 0)
        (void)json_object_set(found, "columns", columns);
    return found;
}

static enum mcp_code search_tables(const json_t *body, const char *pattern, const char *detail,
                                   json_t *found, struct mcp_err *err) {
    const char *name = NULL;
    json_t *entry = NULL;
    json_object_foreach(json_object_get(body, "tables"), name, entry) {
        bool is_table =
            matches(pattern, name) || holds(pattern, json_object_get(entry, "description"));
        json_auto_t *columns = columns_found(pattern, entry, is_table);
        if (!is_table && json_array_size(columns) == 0)
            continue;
        if (json_array_append_new(found, table_found(name, entry, columns, detail)) != 0)
            return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    }
    return MCP_OK;
}

enum mcp_code database_catalogue_search(const json_t *body, const char *pattern, const char *detail,
                                        json_t **out_found, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf wide = MCP_BUF_INIT(4096);
    json_auto_t *found = json_array();
    mcp_buf_addf(&wide, "*%s*", pattern);
    MCP_TRY(mcp_buf_finish(&wide, err));
    if (found == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    MCP_TRY(search_tables(body, wide.data, detail, found, err));
    json_t *answer =
        json_pack("{s:O, s:I}", "tables", found, "count", (json_int_t)json_array_size(found));
    if (answer == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    *out_found = answer;
    return MCP_OK;
}
