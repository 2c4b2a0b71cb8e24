/* SPDX-License-Identifier: MIT */
/* lint.c - see lint.h. Pure: no I/O, no clock, no log. */
#include "product_metadata/lint.h"

#include <string.h>

#include "json/pointer.h"

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

/* A scan that knows quotes: '...' and "...", doubled inside. */
struct sql_scan {
    char quote; /* the open one, or 0 */
    long depth; /* open parentheses; -1: closed one too many */
    bool has_semicolon;
    bool has_text;
};

static void scan_byte(struct sql_scan *scan, char c) {
    if (scan->quote != 0) {
        if (c == scan->quote)
            scan->quote = '\0';
        return;
    }
    scan->has_text = scan->has_text || (c != ' ' && c != '\t' && c != '\n' && c != '\r');
    scan->has_semicolon = scan->has_semicolon || c == ';';
    if (c == '\'' || c == '"')
        scan->quote = c;
    else if (c == '(' && scan->depth >= 0)
        scan->depth++;
    else if (c == ')' && scan->depth >= 0)
        scan->depth--;
}

/* Report what the SQL's scan found, at the pointer built so far. */
static enum mcp_code check_sql(struct lint *lint, struct mcp_str sql, struct mcp_err *err) {
    struct sql_scan scan = {0};
    for (size_t i = 0; i < sql.len; i++)
        scan_byte(&scan, sql.ptr[i]);
    const struct {
        bool is_so;
        const char *rule;
        const char *sentence;
    } faults[] = {
        {!scan.has_text, "sql-empty", "expected a column or an SQL expression"},
        {scan.has_semicolon, "sql-semicolon", "\";\" ends a statement; expected one expression"},
        {scan.quote != 0, "sql-quote", "a quote is not closed"},
        {scan.quote == 0 && scan.depth != 0, "sql-parenthesis", "parentheses do not match"},
    };
    for (size_t i = 0; i < MCP_COUNT(faults); i++)
        if (faults[i].is_so)
            MCP_TRY(say(lint, faults[i].rule, faults[i].sentence, err));
    return MCP_OK;
}

static bool has_letter_or_digit(struct mcp_str text) {
    for (size_t i = 0; i < text.len; i++)
        if (strchr(" \t_-", text.ptr[i]) == NULL)
            return true;
    return false;
}

static enum mcp_code check_mapping(struct lint *lint, const struct product_mapping *mapping,
                                   struct mcp_err *err) {
    point_at_mapping(lint, mapping);
    if (!has_letter_or_digit(mapping->term))
        MCP_TRY(say(lint, "empty-term", "no letter or digit to find a mapping by", err));
    return check_sql(lint, mapping->sql, err);
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
    for (size_t i = 0; i < model->mapping_count; i++)
        MCP_TRY(check_mapping(&lint, &model->mappings[i], err));
    return MCP_OK;
}
