/* SPDX-License-Identifier: MIT */
/* lint.c - see lint.h. Pure: no I/O, no clock, no log. */
#include "product_metadata/lint.h"

#include <string.h>

#include "json/pointer.h"
#include "product_metadata/sql_form.h"

enum { MAX_POINTER_BYTES = 1 << 27, MAX_SENTENCE_BYTES = 1024, SHOWN_BYTES = 60 };

struct lint {
    product_problem_fn *on_problem;
    void *user;
    const struct product_model *model;
    enum product_part part; /* with `position`: the member pointed into */
    size_t position;
    struct mcp_buf pointer;
    struct mcp_buf sentence;
};

static void lint_deinit(struct lint *lint) {
    mcp_buf_deinit(&lint->pointer);
    mcp_buf_deinit(&lint->sentence);
}

/* Begin a pointer at a list's member: /product_aliases/key, /column_mappings/term. */
static void point(struct lint *lint, enum product_part part, struct mcp_str key) {
    mcp_buf_clear(&lint->pointer);
    mcp_pointer_add_key(&lint->pointer, mcp_str_of(product_part_name(part)));
    mcp_pointer_add_key(&lint->pointer, key);
    lint->part = part;
}

static void point_at_item(struct lint *lint, const struct product_item *item) {
    point(lint, PRODUCT_PART_PRODUCTS, item->key);
    lint->position = (size_t)(item - lint->model->items);
}

static void point_into(struct lint *lint, const struct product_item *item, const char *member) {
    point_at_item(lint, item);
    mcp_pointer_add_key(&lint->pointer, mcp_str_of(member));
}

static void point_at_mapping(struct lint *lint, const struct product_mapping *mapping) {
    point(lint, PRODUCT_PART_MAPPINGS, mapping->term);
    lint->position = (size_t)(mapping - lint->model->mappings);
}

static void point_at_override(struct lint *lint, const struct product_dialect *dialect,
                              const struct product_override *row) {
    mcp_buf_clear(&lint->pointer);
    mcp_pointer_add_key(&lint->pointer, MCP_STR("dialects"));
    mcp_pointer_add_key(&lint->pointer, dialect->name);
    mcp_pointer_add_key(&lint->pointer, MCP_STR("column_mappings"));
    mcp_pointer_add_key(&lint->pointer, row->term);
    lint->part = PRODUCT_PART_COUNT;
}

/* Point at what the term is in its product. */
static void point_at_term(struct lint *lint, const struct product_term *term) {
    switch (term->kind) {
    case PRODUCT_TERM_KEY:
        point_at_item(lint, term->item);
        break;
    case PRODUCT_TERM_CANONICAL_ID:
        point_into(lint, term->item, "canonical_id");
        break;
    case PRODUCT_TERM_CANONICAL_NAME:
        point_into(lint, term->item, "canonical_name");
        break;
    case PRODUCT_TERM_ALIAS:
        point_into(lint, term->item, "aliases");
        mcp_pointer_add_index(&lint->pointer, term->position);
        break;
    }
}

static int shown(struct mcp_str text) {
    return (int)(text.len < SHOWN_BYTES ? text.len : SHOWN_BYTES);
}

/* Report the sentence built so far at the pointer built so far. */
static enum mcp_code tell(struct lint *lint, const char *rule, struct mcp_err *err) {
    MCP_TRY(mcp_buf_finish(&lint->pointer, err));
    MCP_TRY(mcp_buf_finish(&lint->sentence, err));
    struct product_problem problem = {.is_warning = true,
                                      .pointer = mcp_buf_view(&lint->pointer),
                                      .part = lint->part,
                                      .position = lint->position,
                                      .rule = rule,
                                      .sentence = mcp_buf_view(&lint->sentence)};
    lint->on_problem(&problem, lint->user);
    mcp_buf_clear(&lint->sentence);
    return MCP_OK;
}

static enum mcp_code say(struct lint *lint, const char *rule, const char *sentence,
                         struct mcp_err *err) {
    mcp_buf_add(&lint->sentence, mcp_str_of(sentence));
    return tell(lint, rule, err);
}

static enum mcp_code check_pair(struct lint *lint, const struct product_term *first,
                                const struct product_term *other, struct mcp_err *err) {
    bool both_ids = first->kind == PRODUCT_TERM_CANONICAL_ID && other->kind == first->kind;
    struct mcp_str key = first->item->key;
    point_at_term(lint, other);
    mcp_buf_addf(&lint->sentence, "\"%.*s\" is also the %s of product \"%.*s\"", shown(other->text),
                 other->text.ptr, product_term_kind_name(first->kind), shown(key), key.ptr);
    return tell(lint, both_ids ? "same-canonical-id" : "ambiguous-term", err);
}

static enum mcp_code check_term(struct lint *lint, const struct product_term *first,
                                const struct product_term *term, struct mcp_err *err) {
    if (term->text.len == 0) {
        point_at_term(lint, term);
        return say(lint, "empty-term", "no letter or digit to find a product by", err);
    }
    return first->item != term->item ? check_pair(lint, first, term, err) : MCP_OK;
}

/* Terms are sorted: what two products share stands side by side. */
static enum mcp_code check_terms(struct lint *lint, const struct product_index *index,
                                 struct mcp_err *err) {
    size_t count = 0;
    const struct product_term *terms = product_index_terms(index, &count);
    size_t first = 0;
    for (size_t i = 0; i < count; i++) {
        if (!mcp_str_equal(terms[first].text, terms[i].text))
            first = i;
        MCP_TRY(check_term(lint, &terms[first], &terms[i], err));
    }
    return MCP_OK;
}

static bool is_word(struct mcp_str text) {
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80);
        if (!is_letter && !(i > 0 && c >= '0' && c <= '9'))
            return false;
    }
    return text.len > 0;
}

static bool is_table_and_column(struct mcp_str text) {
    const char *dot = text.len > 0 ? memchr(text.ptr, '.', text.len) : NULL;
    size_t len = dot != NULL ? (size_t)(dot - text.ptr) : 0;
    return dot != NULL && is_word((struct mcp_str){text.ptr, len}) &&
           is_word((struct mcp_str){dot + 1, text.len - len - 1});
}

static enum mcp_code check_references(struct lint *lint, const struct product_item *item,
                                      struct mcp_err *err) {
    for (size_t i = 0; i < item->reference_count; i++) {
        struct mcp_str column = item->references[i].column;
        if (is_table_and_column(column))
            continue;
        point_into(lint, item, "database_references");
        mcp_pointer_add_key(&lint->pointer, column);
        MCP_TRY(say(lint, "reference-form", "expected table.column", err));
    }
    return MCP_OK;
}

/* Report what the SQL's form shows, at the pointer built so far. */
static enum mcp_code check_sql(struct lint *lint, struct mcp_str sql, struct mcp_err *err) {
    struct product_sql_faults faults;
    product_sql_check(sql, &faults);
    for (size_t i = 0; i < faults.count; i++)
        MCP_TRY(say(lint, faults.rows[i].rule, faults.rows[i].sentence, err));
    return MCP_OK;
}

static bool has_letter_or_digit(struct mcp_str text) {
    for (size_t i = 0; i < text.len; i++)
        if (strchr(" \t_-", text.ptr[i]) == NULL)
            return true;
    return false;
}

/* A term and what it means, at the pointer built so far. */
static enum mcp_code check_meaning(struct lint *lint, struct mcp_str term, struct mcp_str sql,
                                   struct mcp_err *err) {
    if (!has_letter_or_digit(term))
        MCP_TRY(say(lint, "empty-term", "no letter or digit to find a mapping by", err));
    return check_sql(lint, sql, err);
}

static enum mcp_code check_mapping(struct lint *lint, const struct product_mapping *mapping,
                                   struct mcp_err *err) {
    point_at_mapping(lint, mapping);
    return check_meaning(lint, mapping->term, mapping->sql, err);
}

static enum mcp_code check_dialect(struct lint *lint, const struct product_dialect *dialect,
                                   struct mcp_err *err) {
    for (size_t i = 0; i < dialect->override_count; i++) {
        const struct product_override *row = &dialect->overrides[i];
        point_at_override(lint, dialect, row);
        if (row->is_addition)
            MCP_TRY(say(lint, "dialect-term",
                        "no mapping has this term: it is this dialect's alone", err));
        MCP_TRY(check_meaning(lint, row->term, row->sql, err));
    }
    return MCP_OK;
}

static enum mcp_code check_meanings(struct lint *lint, struct mcp_err *err) {
    const struct product_model *model = lint->model;
    for (size_t i = 0; i < model->mapping_count; i++)
        MCP_TRY(check_mapping(lint, &model->mappings[i], err));
    for (size_t i = 0; i < model->dialect_count; i++)
        MCP_TRY(check_dialect(lint, &model->dialects[i], err));
    return MCP_OK;
}

enum mcp_code product_lint(const struct product_model *model, const struct product_index *index,
                           product_problem_fn *on_problem, void *user, struct mcp_err *err) {
    MCP_AUTO(lint_deinit)
    struct lint lint = {.on_problem = on_problem,
                        .user = user,
                        .model = model,
                        .pointer = MCP_BUF_INIT(MAX_POINTER_BYTES),
                        .sentence = MCP_BUF_INIT(MAX_SENTENCE_BYTES)};
    MCP_TRY(check_terms(&lint, index, err));
    for (size_t i = 0; i < model->item_count; i++)
        MCP_TRY(check_references(&lint, &model->items[i], err));
    return check_meanings(&lint, err);
}
