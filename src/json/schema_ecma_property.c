/* SPDX-License-Identifier: MIT */
/* schema_ecma_property.c - \p{...} of schema_ecma_reader.h. Pure: no I/O, no clock, no log. */
#include <ctype.h>
#include <string.h>

#include "json/schema_ecma_reader.h"

enum { MAX_PROPERTY_BYTES = 64 };

/* PCRE2 knows general categories by their short names only. */
static const struct {
    const char *name;
    const char *shorter;
} categories[] = {
    {"Cased_Letter", "L&"},
    {"LC", "L&"},
    {"Close_Punctuation", "Pe"},
    {"Connector_Punctuation", "Pc"},
    {"Control", "Cc"},
    {"cntrl", "Cc"},
    {"Currency_Symbol", "Sc"},
    {"Dash_Punctuation", "Pd"},
    {"Decimal_Number", "Nd"},
    {"digit", "Nd"},
    {"Enclosing_Mark", "Me"},
    {"Final_Punctuation", "Pf"},
    {"Format", "Cf"},
    {"Initial_Punctuation", "Pi"},
    {"Letter", "L"},
    {"Letter_Number", "Nl"},
    {"Line_Separator", "Zl"},
    {"Lowercase_Letter", "Ll"},
    {"Mark", "M"},
    {"Combining_Mark", "M"},
    {"Math_Symbol", "Sm"},
    {"Modifier_Letter", "Lm"},
    {"Modifier_Symbol", "Sk"},
    {"Nonspacing_Mark", "Mn"},
    {"Number", "N"},
    {"Open_Punctuation", "Ps"},
    {"Other", "C"},
    {"Other_Letter", "Lo"},
    {"Other_Number", "No"},
    {"Other_Punctuation", "Po"},
    {"Other_Symbol", "So"},
    {"Paragraph_Separator", "Zp"},
    {"Private_Use", "Co"},
    {"Punctuation", "P"},
    {"punct", "P"},
    {"Separator", "Z"},
    {"Space_Separator", "Zs"},
    {"Spacing_Mark", "Mc"},
    {"Surrogate", "Cs"},
    {"Symbol", "S"},
    {"Titlecase_Letter", "Lt"},
    {"Unassigned", "Cn"},
    {"Uppercase_Letter", "Lu"},
};

static bool is(struct mcp_str text, const char *name) {
    return mcp_str_equal(text, mcp_str_of(name));
}

static struct mcp_str shorten(struct mcp_str name) {
    for (size_t i = 0; i < MCP_COUNT(categories); i++)
        if (is(name, categories[i].name))
            return mcp_str_of(categories[i].shorter);
    return name;
}

/* "sc:" and "scx:" are PCRE2's spelling of the two script properties. */
static const char *script_prefix(struct mcp_str key) {
    if (is(key, "Script") || is(key, "sc"))
        return "sc:";
    return is(key, "Script_Extensions") || is(key, "scx") ? "scx:" : NULL;
}

static void write_property(struct mcp_buf *out, bool negated, const char *prefix,
                           struct mcp_str name) {
    mcp_buf_add(out, negated ? MCP_STR("\\P{") : MCP_STR("\\p{"));
    mcp_buf_add(out, mcp_str_of(prefix));
    mcp_buf_add(out, name);
    mcp_buf_addc(out, '}');
}

static bool is_property_text(struct mcp_str text) {
    for (size_t i = 0; i < text.len; i++)
        if (isalnum((unsigned char)text.ptr[i]) == 0 && text.ptr[i] != '_' && text.ptr[i] != '=')
            return false;
    return text.len > 0 && text.len <= MAX_PROPERTY_BYTES;
}

enum mcp_code mcp_schema_ecma_property(struct mcp_schema_ecma *ecma, bool negated,
                                       struct mcp_buf *out) {
    size_t start = ecma->at + 1;
    size_t end = start;
    while (end < ecma->in.len && ecma->in.ptr[end] != '}')
        end++;
    struct mcp_str text = {ecma->in.ptr + start, end > start ? end - start : 0};
    if (mcp_schema_ecma_peek(ecma, 0) != '{' || end >= ecma->in.len || !is_property_text(text))
        return mcp_schema_ecma_fail(ecma, ecma->at, "\\p needs a {property}");
    ecma->at = end + 1;

    const char *equals = memchr(text.ptr, '=', text.len);
    if (equals == NULL && is(text, "Assigned")) {
        write_property(out, !negated, "", MCP_STR("Cn"));
        return MCP_OK;
    }
    if (equals == NULL) {
        write_property(out, negated, "", shorten(text));
        return MCP_OK;
    }
    struct mcp_str key = {text.ptr, (size_t)(equals - text.ptr)};
    struct mcp_str value = {equals + 1, text.len - key.len - 1};
    const char *prefix = script_prefix(key);
    if (prefix != NULL)
        write_property(out, negated, prefix, value);
    else if (is(key, "General_Category") || is(key, "gc"))
        write_property(out, negated, "", shorten(value));
    else
        return mcp_schema_ecma_fail(ecma, start, "a property ECMA-262 does not have");
    return MCP_OK;
}
