/* SPDX-License-Identifier: MIT */
/* tool_answer.c - see tool_answer.h. Pure: no I/O, no clock, no log. */
#include "product_metadata/tool_answer.h"

#include "product_metadata/dialect.h"

static const char nothing_hint[] =
    "Nothing here is called that at this min_score. product-aliases://list and "
    "column-mappings://list hold all that "
    "is defined; the database describes its own tables and values (mcp-database: "
    "database://metadata, search_schema, column_values). Else ask the user: do not guess.";

static const char ambiguous_hint[] =
    "Several fit about equally well: ask the user which one is meant, or choose by the question.";

static void add_member(struct mcp_buf *out, const char *key, struct mcp_str text) {
    mcp_buf_addf(out, "\"%s\":", key);
    mcp_json_add_string(out, text);
}

static void add_references(struct mcp_buf *out, const struct product_item *item) {
    mcp_buf_add(out, MCP_STR("\"database_references\":{"));
    for (size_t i = 0; i < item->reference_count; i++) {
        if (i > 0)
            mcp_buf_addc(out, ',');
        mcp_json_add_string(out, item->references[i].column);
        mcp_buf_addc(out, ':');
        mcp_buf_add(out, item->references[i].value);
    }
    mcp_buf_addc(out, '}');
}

static void add_texts(struct mcp_buf *out, const char *key, const struct mcp_str *texts,
                      size_t count) {
    mcp_buf_addf(out, "\"%s\":[", key);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            mcp_buf_addc(out, ',');
        mcp_json_add_string(out, texts[i]);
    }
    mcp_buf_addc(out, ']');
}

static void add_names(struct mcp_buf *out, const struct product_item *item) {
    add_member(out, "key", item->key);
    mcp_buf_addc(out, ',');
    add_member(out, "canonical_id", item->canonical_id);
    mcp_buf_addc(out, ',');
    add_member(out, "canonical_name", item->canonical_name);
}

/* "dialects":{NAME:SQL} of those that write the mapping in their own way. */
static void add_dialects(struct mcp_buf *out, const struct product_model *model,
                         const struct product_mapping *mapping) {
    bool is_first = true;
    for (size_t i = 0; i < model->dialect_count; i++) {
        struct mcp_str sql = product_dialect_sql(&model->dialects[i], mapping);
        if (sql.ptr == mapping->sql.ptr)
            continue;
        mcp_buf_add(out, is_first ? MCP_STR(",\"dialects\":{") : MCP_STR(","));
        mcp_json_add_string(out, model->dialects[i].name);
        mcp_buf_addc(out, ':');
        mcp_json_add_string(out, sql);
        is_first = false;
    }
    if (!is_first)
        mcp_buf_addc(out, '}');
}

static void add_match(struct mcp_buf *out, const struct product_model *model,
                      const struct product_match *match) {
    mcp_buf_addf(out, "{\"kind\":\"%s\",\"score\":", product_match_kind_name(match->kind));
    mcp_json_add_real(out, match->score / (double)PRODUCT_RESOLVE_MAX_SCORE);
    mcp_buf_addc(out, ',');
    add_member(out, "matched", product_name_text(model, match->name));
    if (match->name.role == PRODUCT_ROLE_MAPPING) {
        const struct product_mapping *mapping = &model->mappings[match->name.owner];
        mcp_buf_add(out, MCP_STR(",\"mapping\":{"));
        add_member(out, "term", mapping->term);
        mcp_buf_add(out, MCP_STR("},"));
        add_member(out, "sql", mapping->sql);
        add_dialects(out, model, mapping);
    } else {
        const struct product_item *item = &model->items[match->name.owner];
        mcp_buf_add(out, MCP_STR(",\"product\":{"));
        add_names(out, item);
        mcp_buf_add(out, MCP_STR("},"));
        add_references(out, item);
    }
    mcp_buf_addc(out, '}');
}

static void add_result(struct mcp_buf *out, const struct product_model *model, struct mcp_str term,
                       const struct product_resolution *found) {
    mcp_buf_addc(out, '{');
    add_member(out, "term", term);
    mcp_buf_add(out, MCP_STR(",\"matches\":["));
    for (size_t i = 0; i < found->count; i++) {
        if (i > 0)
            mcp_buf_addc(out, ',');
        add_match(out, model, &found->matches[i]);
    }
    mcp_buf_addf(out, "],\"ambiguous\":%s,\"truncated\":%s", found->is_ambiguous ? "true" : "false",
                 found->is_truncated ? "true" : "false");
    if (found->count == 0 || found->is_ambiguous) {
        mcp_buf_addc(out, ',');
        add_member(out, "hint", mcp_str_of(found->count == 0 ? nothing_hint : ambiguous_hint));
    }
    mcp_buf_addc(out, '}');
}

/* Limit and score of a call; the term comes later. */
static enum mcp_code read_question(const json_t *arguments, struct product_question *out,
                                   struct mcp_err *err) {
    int64_t limit = PRODUCT_RESOLVE_DEFAULT_LIMIT;
    unsigned thousandths = PRODUCT_RESOLVE_DEFAULT_SCORE;
    const json_t *score = json_object_get(arguments, "min_score");
    MCP_TRY(mcp_json_opt_integer(arguments, "limit", 1, PRODUCT_RESOLVE_MAX_LIMIT, &limit, err));
    if (score != NULL) {
        double value = json_number_value(score);
        if (!json_is_number(score) || value < 0 || value > 1)
            return mcp_err_at(err, MCP_FAIL(err, MCP_E_INVALID, "expected a number from 0 to 1"),
                              "/min_score");
        thousandths = (unsigned)(value * PRODUCT_RESOLVE_MAX_SCORE + 0.5);
    }
    *out = (struct product_question){.limit = (size_t)limit, .min_score = thousandths};
    return MCP_OK;
}

static enum mcp_code check_terms(const json_t *terms, struct mcp_err *err) {
    size_t count = json_array_size(terms);
    if (count == 0)
        return mcp_err_at(err, MCP_FAIL(err, MCP_E_INVALID, "expected at least one term"),
                          "/terms");
    if (count > PRODUCT_RESOLVE_MAX_TERMS)
        return mcp_err_at(err,
                          MCP_FAIL(err, MCP_E_LIMIT, "expected at most %d terms, got %zu",
                                   PRODUCT_RESOLVE_MAX_TERMS, count),
                          "/terms");
    return MCP_OK;
}

static enum mcp_code finish(const struct mcp_buf *out, struct mcp_err *err) {
    if (out->status == MCP_E_LIMIT)
        return MCP_FAIL(err, MCP_E_LIMIT,
                        "the answer is larger than %zu bytes: ask for less at a time", out->max);
    return mcp_buf_finish(out, err);
}

static enum mcp_code answer_term(const struct product_names *names,
                                 struct product_question *question, const json_t *term,
                                 struct mcp_buf *out, struct mcp_err *err) {
    struct product_resolution found;
    if (!json_is_string(term))
        return MCP_FAIL(err, MCP_E_SCHEMA, "expected a string, got %s", mcp_json_type_name(term));
    question->term = mcp_json_str(term);
    MCP_TRY(product_resolve(names->index, question, &found, err));
    add_result(out, names->model, question->term, &found);
    return finish(out, err);
}

enum mcp_code product_answer_resolve(const struct product_names *names, const json_t *arguments,
                                     struct mcp_buf *out, struct mcp_err *err) {
    json_t *terms = NULL;
    struct product_question question;
    MCP_TRY(mcp_json_get_array(arguments, "terms", &terms, err));
    MCP_TRY(check_terms(terms, err));
    MCP_TRY(read_question(arguments, &question, err));
    mcp_buf_add(out, MCP_STR("{\"results\":["));
    for (size_t i = 0; i < json_array_size(terms); i++) {
        if (i > 0)
            mcp_buf_addc(out, ',');
        enum mcp_code code = answer_term(names, &question, json_array_get(terms, i), out, err);
        if (code != MCP_OK)
            return mcp_err_at(err, code, "/terms/%zu", i);
    }
    mcp_buf_add(out, MCP_STR("]}"));
    return finish(out, err);
}

enum mcp_code product_answer_lookup(const struct product_names *names, const json_t *arguments,
                                    struct mcp_buf *out, struct mcp_err *err) {
    const char *key = NULL;
    const struct product_item *item = NULL;
    MCP_TRY(mcp_json_get_string(arguments, "key", &key, err));
    enum mcp_code code = product_lookup(names->model, names->index, mcp_str_of(key), &item, err);
    if (code != MCP_OK)
        return mcp_err_at(err, code, "/key");
    mcp_buf_add(out, MCP_STR("{\"product\":{"));
    add_names(out, item);
    mcp_buf_addc(out, ',');
    add_texts(out, "aliases", item->aliases, item->alias_count);
    mcp_buf_addc(out, ',');
    add_references(out, item);
    mcp_buf_addc(out, ',');
    add_texts(out, "categories", item->categories, item->category_count);
    mcp_buf_add(out, MCP_STR("}}"));
    return finish(out, err);
}
