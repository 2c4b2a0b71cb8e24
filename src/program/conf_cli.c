/* SPDX-License-Identifier: MIT */
/* conf_cli.c - see conf_cli.h. Pure: no I/O, no clock, no log. */
#include "program/conf_cli.h"

#include <string.h>

#include "mcp/utf8.h"

enum { MAX_WORD = 48 }; /* longer words are not compared for likeness */

struct words {
    json_t *properties;
    int count;
    char **at;
    int next;
    json_t *given;
    json_t *positional; /* NULL: refused */
};

/* A word such as --port=80, taken apart. */
struct option {
    const char *property; /* borrowed from the schema */
    const json_t *schema; /* of the property */
    struct mcp_str name;  /* as written, without the value */
    const char *value;    /* after '='; NULL when there is none */
    bool is_negated;      /* --no-... */
};

static const char *text_of(const json_t *property, const char *key) {
    return json_string_value(json_object_get(property, key));
}

static bool is_type(const json_t *property, const char *type) {
    const char *text = text_of(property, "type");
    return text != NULL && strcmp(text, type) == 0;
}

static bool names(const char *option, struct mcp_str word) {
    return option != NULL && mcp_str_equal(mcp_str_of(option), word);
}

/* --no-allow-remote names --allow-remote. */
static bool negates(const char *option, struct mcp_str word) {
    return option != NULL && word.len > 5 && memcmp(word.ptr, "--no-", 5) == 0 &&
           mcp_str_equal(mcp_str_of(option + 2), (struct mcp_str){word.ptr + 5, word.len - 5});
}

static bool find(json_t *properties, struct option *option) {
    const char *key = NULL;
    json_t *property = NULL;
    json_object_foreach(properties, key, property) {
        const char *spelled = text_of(property, "x-option");
        option->property = key;
        option->schema = property;
        option->is_negated = is_type(property, "boolean") && negates(spelled, option->name);
        if (option->is_negated || names(spelled, option->name) ||
            names(text_of(property, "x-option-short"), option->name))
            return true;
    }
    return false;
}

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

/* Edits (insert, delete, replace) that make `a` into `b`. */
static size_t distance(struct mcp_str a, struct mcp_str b) {
    size_t row[MAX_WORD + 1];
    for (size_t j = 0; j <= b.len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t above = row[j];
            size_t replaced = diagonal + (a.ptr[i - 1] != b.ptr[j - 1]);
            row[j] = least(replaced, least(above, row[j - 1]) + 1);
            diagonal = above;
        }
    }
    return row[b.len];
}

/* The known option with the fewest edits from `given`; NULL when none is near. */
static const char *nearest(json_t *properties, struct mcp_str given) {
    const char *found = NULL;
    const char *key = NULL;
    json_t *property = NULL;
    size_t best = given.len / 3 + 2;
    json_object_foreach(properties, key, property) {
        struct mcp_str known = mcp_str_of(text_of(property, "x-option"));
        if (known.len == 0 || known.len > MAX_WORD || given.len > MAX_WORD)
            continue;
        size_t edits = distance(given, known);
        if (edits < best) {
            best = edits;
            found = known.ptr;
        }
    }
    return found;
}

static enum mcp_code refuse_unknown(const struct words *words, struct mcp_str name,
                                    struct mcp_err *err) {
    int shown = (int)(name.len < 64 ? name.len : 64);
    const char *near = nearest(words->properties, name);
    if (near != NULL)
        return MCP_FAIL(err, MCP_E_INVALID, "unknown option \"%.*s\": did you mean %s?", shown,
                        name.ptr, near);
    return MCP_FAIL(err, MCP_E_INVALID, "unknown option \"%.*s\": see --help", shown, name.ptr);
}

/* The option's value: after '=', or the next word. */
static enum mcp_code take_value(struct words *words, const struct option *option,
                                const char **out_value, struct mcp_err *err) {
    const char *argument = text_of(option->schema, "x-option-argument");
    const char *next = words->next < words->count ? words->at[words->next] : NULL;
    if (option->value != NULL) {
        *out_value = option->value;
        return MCP_OK;
    }
    if (next == NULL)
        return MCP_FAIL(err, MCP_E_INVALID, "%.*s needs a value: %s", (int)option->name.len,
                        option->name.ptr, argument != NULL ? argument : "VALUE");
    if (strncmp(next, "--", 2) == 0)
        return MCP_FAIL(err, MCP_E_INVALID, "%.*s needs a value before \"%.64s\"",
                        (int)option->name.len, option->name.ptr, next);
    words->next++;
    *out_value = next;
    return MCP_OK;
}

static enum mcp_code take_switch(const struct option *option, const char **out_value,
                                 struct mcp_err *err) {
    if (option->value != NULL)
        return MCP_FAIL(err, MCP_E_INVALID, "%.*s takes no value: write %s or --no-%s",
                        (int)option->name.len, option->name.ptr,
                        text_of(option->schema, "x-option"),
                        text_of(option->schema, "x-option") + 2);
    *out_value = option->is_negated ? "false" : "true";
    return MCP_OK;
}

static enum mcp_code store(struct words *words, const struct option *option, struct mcp_str value,
                           struct mcp_err *err) {
    if (mcp_utf8_valid_prefix(value) < value.len)
        return MCP_FAIL(err, MCP_E_INVALID, "the value of %.*s is not UTF-8", (int)option->name.len,
                        option->name.ptr);
    json_t *entry = json_object_get(words->given, option->property);
    int failed = 0;
    if (entry != NULL && is_type(option->schema, "array")) {
        failed = json_array_append_new(json_object_get(entry, "texts"),
                                       json_stringn(value.ptr, value.len));
    } else {
        entry = json_pack("{s:s%, s:[s%]}", "option", option->name.ptr, option->name.len, "texts",
                          value.ptr, value.len);
        failed = json_object_set_new(words->given, option->property, entry);
    }
    return failed != 0 ? MCP_FAIL(err, MCP_E_NOMEM, "out of memory") : MCP_OK;
}

static enum mcp_code take_option(struct words *words, const char *word, struct mcp_err *err) {
    const char *equals = strncmp(word, "--", 2) == 0 ? strchr(word, '=') : NULL;
    struct option option = {
        .name = {word, equals != NULL ? (size_t)(equals - word) : strlen(word)},
        .value = equals != NULL ? equals + 1 : NULL,
    };
    if (!find(words->properties, &option))
        return refuse_unknown(words, option.name, err);
    const char *value = NULL;
    if (is_type(option.schema, "boolean"))
        MCP_TRY(take_switch(&option, &value, err));
    else
        MCP_TRY(take_value(words, &option, &value, err));
    return store(words, &option, mcp_str_of(value), err);
}

static enum mcp_code take_positional(struct words *words, const char *word, struct mcp_err *err) {
    if (words->positional == NULL)
        return MCP_FAIL(err, MCP_E_INVALID, "unexpected argument \"%.64s\": see --help", word);
    if (mcp_utf8_valid_prefix(mcp_str_of(word)) < strlen(word))
        return MCP_FAIL(err, MCP_E_INVALID, "argument %zu is not UTF-8",
                        json_array_size(words->positional) + 1);
    if (json_array_append_new(words->positional, json_string(word)) != 0)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    return MCP_OK;
}

static enum mcp_code sort_words(struct words *words, struct mcp_err *err) {
    bool is_past_options = false;
    while (words->next < words->count) {
        const char *word = words->at[words->next++];
        if (is_past_options || word[0] != '-' || word[1] == '\0')
            MCP_TRY(take_positional(words, word, err));
        else if (strcmp(word, "--") == 0)
            is_past_options = true;
        else
            MCP_TRY(take_option(words, word, err));
    }
    return MCP_OK;
}

enum mcp_code mcp_cli_parse(const json_t *schema, int argc, char **argv, json_t **out_given,
                            json_t **out_positional, struct mcp_err *err) {
    json_auto_t *given = json_object();
    json_auto_t *positional = out_positional != NULL ? json_array() : NULL;
    if (given == NULL || (out_positional != NULL && positional == NULL))
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    struct words words = {json_object_get(schema, "properties"), argc, argv, 0, given, positional};
    enum mcp_code code = sort_words(&words, err);
    if (code != MCP_OK)
        return mcp_err_at(err, code, "command line");
    *out_given = MCP_TAKE(given);
    if (out_positional != NULL)
        *out_positional = MCP_TAKE(positional);
    return MCP_OK;
}
