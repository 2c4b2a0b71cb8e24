/* SPDX-License-Identifier: MIT */
/* dialect.c - see dialect.h. Pure: no I/O, no clock, no log. */
#include "product_metadata/dialect.h"

#include <stdlib.h>
#include <string.h>

#include "json/pointer.h"

static bool is_letter(char c) {
    return c >= 'a' && c <= 'z';
}

bool product_dialect_is_name(struct mcp_str text) {
    if (text.len == 0 || text.len > PRODUCT_DIALECT_MAX_NAME || !is_letter(text.ptr[0]))
        return false;
    for (size_t i = 1; i < text.len; i++) {
        char c = text.ptr[i];
        if (!is_letter(c) && !(c >= '0' && c <= '9') && c != '_' && c != '-')
            return false;
    }
    return !mcp_str_equal(text, MCP_STR("list"));
}

static int compare_texts(struct mcp_str a, struct mcp_str b) {
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common > 0 ? memcmp(a.ptr, b.ptr, common) : 0;
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_terms(const void *left, const void *right) {
    const struct product_override *const *a = left;
    const struct product_override *const *b = right;
    return compare_texts((*a)->term, (*b)->term);
}

/* Index into by_term; SIZE_MAX when the dialect does not override the term. */
static size_t find_term(const struct product_dialect *dialect, struct mcp_str term) {
    size_t low = 0;
    size_t high = dialect->override_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_texts(dialect->by_term[middle]->term, term);
        if (order == 0)
            return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return SIZE_MAX;
}

static enum mcp_code at_key(struct mcp_err *err, enum mcp_code code, const char *key) {
    char bytes[sizeof err->where] = "";
    struct mcp_buf pointer = {.data = bytes, .cap = sizeof bytes, .max = sizeof bytes - 1};
    mcp_pointer_add_key(&pointer, mcp_str_of(key));
    return mcp_err_at(err, code, "%s", bytes);
}

static enum mcp_code copy_override(struct product_arena *arena, const char *term, const json_t *sql,
                                   struct product_override *out, struct mcp_err *err) {
    if (!json_is_string(sql))
        return MCP_FAIL(err, MCP_E_SCHEMA, "expected a string, got %s", mcp_json_type_name(sql));
    out->is_addition = true;
    MCP_TRY(product_arena_copy(arena, mcp_str_of(term), &out->term, err));
    return product_arena_copy(arena, mcp_json_str(sql), &out->sql, err);
}

/* `rows` and `by_term` have room for all members of `object`. */
static enum mcp_code copy_overrides(struct product_arena *arena, json_t *object,
                                    struct product_override *rows,
                                    const struct product_override **by_term, struct mcp_err *err) {
    const char *term = NULL;
    json_t *sql = NULL;
    size_t count = 0;
    json_object_foreach(object, term, sql) {
        enum mcp_code code = copy_override(arena, term, sql, &rows[count], err);
        if (code != MCP_OK)
            return at_key(err, code, term);
        by_term[count] = &rows[count];
        count++;
    }
    if (count > 0)
        qsort(by_term, count, sizeof(void *), compare_terms);
    return MCP_OK;
}

/* Every term is a mapping's, or an addition. */
static void mark_additions(const struct product_model *model, const struct product_dialect *dialect,
                           struct product_override *rows) {
    for (size_t i = 0; i < model->mapping_count; i++) {
        size_t found = find_term(dialect, model->mappings[i].term);
        if (found != SIZE_MAX)
            rows[dialect->by_term[found] - rows].is_addition = false;
    }
}

static enum mcp_code build_overrides(json_t *object, struct product_model *model,
                                     struct product_dialect *out, struct mcp_err *err) {
    size_t count = json_object_size(object);
    void *rows = NULL;
    void *by_term = NULL;
    MCP_TRY(product_arena_take(&model->arena, count * sizeof *out->overrides, &rows, err));
    MCP_TRY(product_arena_take(&model->arena, count * sizeof(void *), &by_term, err));
    enum mcp_code code = copy_overrides(&model->arena, object, rows, by_term, err);
    if (code != MCP_OK)
        return at_key(err, code, "column_mappings");
    out->overrides = rows;
    out->by_term = by_term;
    out->override_count = count;
    mark_additions(model, out, rows);
    return MCP_OK;
}

static enum mcp_code build(const char *name, const json_t *value, struct product_model *model,
                           struct product_dialect *out, struct mcp_err *err) {
    json_t *object = NULL;
    if (!product_dialect_is_name(mcp_str_of(name)))
        return MCP_FAIL(err, MCP_E_SCHEMA,
                        "expected a dialect's name: a letter a-z, then at most %d of a-z, 0-9, "
                        "\"_\" and \"-\"; not \"list\"",
                        PRODUCT_DIALECT_MAX_NAME - 1);
    if (!json_is_object(value))
        return MCP_FAIL(err, MCP_E_SCHEMA, "expected an object, got %s", mcp_json_type_name(value));
    MCP_TRY(mcp_json_opt_object(value, "column_mappings", &object, err));
    MCP_TRY(build_overrides(object, model, out, err));
    return product_arena_copy(&model->arena, mcp_str_of(name), &out->name, err);
}

enum mcp_code product_dialects_build(json_t *dialects, struct product_model *model,
                                     struct mcp_err *err) {
    const char *name = NULL;
    json_t *value = NULL;
    void *room = NULL;
    size_t count = json_object_size(dialects);
    if (count > PRODUCT_MAX_DIALECTS)
        return MCP_FAIL(err, MCP_E_SCHEMA, "more than %d dialects", PRODUCT_MAX_DIALECTS);
    MCP_TRY(product_arena_take(&model->arena, count * sizeof *model->dialects, &room, err));
    struct product_dialect *rows = room;
    model->dialects = rows;
    json_object_foreach(dialects, name, value) {
        enum mcp_code code = build(name, value, model, &rows[model->dialect_count], err);
        if (code != MCP_OK)
            return at_key(err, code, name);
        model->dialect_count++;
    }
    return MCP_OK;
}

static bool is_same_name(struct mcp_str name, struct mcp_str given) {
    if (name.len != given.len)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = given.ptr[i];
        if (name.ptr[i] != (c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c))
            return false;
    }
    return true;
}

const struct product_dialect *product_dialect_find(const struct product_model *model,
                                                   struct mcp_str name) {
    for (size_t i = 0; i < model->dialect_count; i++)
        if (is_same_name(model->dialects[i].name, name))
            return &model->dialects[i];
    return NULL;
}

struct mcp_str product_dialect_sql(const struct product_dialect *dialect,
                                   const struct product_mapping *mapping) {
    size_t found = find_term(dialect, mapping->term);
    return found != SIZE_MAX ? dialect->by_term[found]->sql : mapping->sql;
}

static void add_mapping(struct mcp_buf *out, size_t *count, struct mcp_str term,
                        struct mcp_str sql) {
    if ((*count)++ > 0)
        mcp_buf_addc(out, ',');
    mcp_json_add_string(out, term);
    mcp_buf_addc(out, ':');
    mcp_json_add_string(out, sql);
}

void product_dialect_write(const struct product_model *model, const struct product_dialect *dialect,
                           struct mcp_buf *out) {
    size_t count = 0;
    mcp_buf_add(out, MCP_STR("{\"dialect\":"));
    mcp_json_add_string(out, dialect->name);
    mcp_buf_add(out, MCP_STR(",\"mappings\":{"));
    for (size_t i = 0; i < model->mapping_count; i++)
        add_mapping(out, &count, model->mappings[i].term,
                    product_dialect_sql(dialect, &model->mappings[i]));
    for (size_t i = 0; i < dialect->override_count; i++)
        if (dialect->overrides[i].is_addition)
            add_mapping(out, &count, dialect->overrides[i].term, dialect->overrides[i].sql);
    mcp_buf_add(out, MCP_STR("}}"));
}
