/* SPDX-License-Identifier: MIT */
/* postgres_scan.c - see postgres_scan.h. Pure: no I/O, no clock, no log. */
#include "database/postgres_scan.h"

#include <string.h>

#include "mcp/utf8.h"

/* What came last, as far as it matters to what follows. */
enum last {
    LAST_OTHER,
    LAST_TEXT,       /* a string: another one would continue it */
    LAST_DOT,        /* what follows is qualified */
    LAST_CATALOG,    /* the name pg_catalog */
    LAST_CATALOG_DOT /* what follows is of the engine's own */
};

/* The statement as it is read. */
struct reader {
    struct mcp_str sql;
    size_t at;
    bool has_names;
    bool is_first;  /* nothing but blanks and comments so far */
    bool has_ended; /* past a semicolon */
    enum last last;
    struct database_scan *scan;
    struct mcp_err *err;
};

static bool is_digit(unsigned char byte) {
    return byte >= '0' && byte <= '9';
}

static bool begins_name(unsigned char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_' ||
           byte >= 0x80;
}

static bool continues_name(unsigned char byte) {
    return begins_name(byte) || is_digit(byte) || byte == '$';
}

static bool is_blank(unsigned char byte) {
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static unsigned char byte_at(const struct reader *reader, size_t at) {
    return at < reader->sql.len ? (unsigned char)reader->sql.ptr[at] : '\0';
}

static enum mcp_code out_of_memory(struct mcp_err *err) {
    return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
}

static enum mcp_code at_character(const struct reader *reader, enum mcp_code code, size_t at) {
    size_t place = mcp_utf8_length((struct mcp_str){reader->sql.ptr, at}) + 1;
    return mcp_err_at(reader->err, code, "character %zu", place);
}

static enum mcp_code unended(const struct reader *reader, const char *what, size_t from) {
    return at_character(reader, MCP_FAIL(reader->err, MCP_E_SYNTAX, "%s does not end", what), from);
}

static bool begins_line_comment(const struct reader *reader, size_t at) {
    return byte_at(reader, at) == '-' && byte_at(reader, at + 1) == '-';
}

static bool begins_comment(const struct reader *reader, size_t at) {
    return byte_at(reader, at) == '/' && byte_at(reader, at + 1) == '*';
}

/* Past a comment that may hold others; the end of the text when it does not end. */
static size_t skip_comment(const struct reader *reader, size_t at) {
    size_t depth = 1;
    at += 2;
    while (depth > 0 && at < reader->sql.len) {
        bool is_end = byte_at(reader, at) == '*' && byte_at(reader, at + 1) == '/';
        bool is_begin = begins_comment(reader, at);
        depth = is_end ? depth - 1 : is_begin ? depth + 1 : depth;
        at += is_end || is_begin ? 2 : 1;
    }
    return depth == 0 ? at : SIZE_MAX;
}

/* Past blanks and comments; SIZE_MAX when a comment does not end. */
static size_t skip_blank(const struct reader *reader, size_t at) {
    for (;;) {
        if (at < reader->sql.len && is_blank(byte_at(reader, at)))
            at++;
        else if (begins_line_comment(reader, at)) {
            while (at < reader->sql.len && byte_at(reader, at) != '\n' &&
                   byte_at(reader, at) != '\r')
                at++;
        } else if (begins_comment(reader, at)) {
            at = skip_comment(reader, at);
            if (at == SIZE_MAX)
                return SIZE_MAX;
        } else {
            return at;
        }
    }
}

/* Past the closing quote of what opens at `at`; SIZE_MAX when there is none. */
static size_t skip_quoted(const struct reader *reader, size_t at, bool has_escapes) {
    unsigned char quote = byte_at(reader, at);
    for (at++; at < reader->sql.len; at++) {
        unsigned char byte = byte_at(reader, at);
        bool is_pair = byte == quote && byte_at(reader, at + 1) == quote;
        if (is_pair || (byte == '\\' && has_escapes))
            at++;
        else if (byte == quote)
            return at + 1;
    }
    return SIZE_MAX;
}

static void copy(struct reader *reader, size_t to) {
    mcp_buf_add(&reader->scan->text,
                (struct mcp_str){reader->sql.ptr + reader->at, to - reader->at});
    reader->at = to;
}

static enum mcp_code take_text(struct reader *reader, size_t quote, bool has_escapes) {
    if (reader->last == LAST_TEXT)
        return at_character(
            reader,
            MCP_FAIL(reader->err, MCP_E_SYNTAX, "a string in several parts; write it as one"),
            quote);
    size_t end = skip_quoted(reader, quote, has_escapes);
    if (end == SIZE_MAX)
        return unended(reader, "a string", quote);
    copy(reader, end);
    reader->last = LAST_TEXT;
    return MCP_OK;
}

/* $tag$...$tag$; *out_end is 0 when there is none at `at`. */
static enum mcp_code find_dollar_end(const struct reader *reader, size_t at, size_t *out_end) {
    size_t tag = at + 1;
    *out_end = 0;
    if (begins_name(byte_at(reader, tag)))
        while (continues_name(byte_at(reader, tag)) && byte_at(reader, tag) != '$')
            tag++;
    if (byte_at(reader, tag) != '$')
        return MCP_OK;
    struct mcp_str mark = {reader->sql.ptr + at, tag + 1 - at};
    struct mcp_str rest = {reader->sql.ptr + tag + 1, reader->sql.len - tag - 1};
    const char *found = memmem(rest.ptr, rest.len, mark.ptr, mark.len);
    if (found == NULL)
        return unended(reader, "a dollar-quoted string", at);
    *out_end = (size_t)(found - reader->sql.ptr) + mark.len;
    return MCP_OK;
}

static enum mcp_code take_dollar(struct reader *reader) {
    size_t end = 0;
    size_t digit = reader->at + 1;
    MCP_TRY(find_dollar_end(reader, reader->at, &end));
    if (end == 0)
        while (is_digit(byte_at(reader, digit)))
            digit++;
    bool is_number = end == 0 && digit > reader->at + 1;
    if (is_number && reader->has_names)
        return at_character(
            reader,
            MCP_FAIL(reader->err, MCP_E_SYNTAX, "a numbered placeholder needs params as an array"),
            reader->at);
    copy(reader, end != 0 ? end : digit);
    reader->last = end != 0 ? LAST_TEXT : LAST_OTHER;
    return MCP_OK;
}

static bool holds(const json_t *list, struct mcp_str name, size_t *out_at) {
    for (size_t i = 0; i < json_array_size(list); i++)
        if (mcp_str_equal(mcp_json_str(json_array_get(list, i)), name)) {
            *out_at = i;
            return true;
        }
    return false;
}

/* Add once; *out_at is its index. */
static enum mcp_code remember(json_t *list, struct mcp_str name, size_t *out_at,
                              struct mcp_err *err) {
    if (holds(list, name, out_at))
        return MCP_OK;
    if (json_array_size(list) == DATABASE_SCAN_MAX_NAMES)
        return MCP_FAIL(err, MCP_E_LIMIT, "more than %d different names", DATABASE_SCAN_MAX_NAMES);
    if (json_array_append_new(list, json_stringn(name.ptr, name.len)) != 0)
        return out_of_memory(err);
    *out_at = json_array_size(list) - 1;
    return MCP_OK;
}

static enum mcp_code begin_statement(struct reader *reader, const char *word) {
    static const char *const reads[] = {"select", "with", "values", "table"};
    reader->is_first = false;
    for (size_t i = 0; i < MCP_COUNT(reads); i++)
        if (strcmp(word, reads[i]) == 0)
            return MCP_OK;
    if (strcmp(word, "explain") == 0)
        return MCP_FAIL(reader->err, MCP_E_DENIED, "EXPLAIN is a tool here: explain_query");
    return MCP_FAIL(reader->err, MCP_E_DENIED,
                    "that statement is not a read; this server only reads");
}

static bool is_qualified(const struct reader *reader) {
    return reader->last == LAST_DOT || reader->last == LAST_CATALOG_DOT;
}

static enum last after_name(const struct reader *reader, const char *name) {
    return !is_qualified(reader) && strcmp(name, "pg_catalog") == 0 ? LAST_CATALOG : LAST_OTHER;
}

/* Every name passes here, folded as the engine folds it. */
static enum mcp_code judge_name(struct reader *reader, const char *name, bool is_quoted,
                                size_t end) {
    size_t next = skip_blank(reader, end);
    size_t ignored = 0;
    bool is_call = next != SIZE_MAX && byte_at(reader, next) == '(';
    if (database_postgres_is_engine_name(name))
        return MCP_FAIL(reader->err, MCP_E_DENIED,
                        is_call ? "%s() is not available"
                                : "%s is not readable; read the resource database://metadata",
                        name);
    if (!is_call)
        return is_qualified(reader)
                   ? remember(reader->scan->attributes, mcp_str_of(name), &ignored, reader->err)
                   : MCP_OK;
    if (!is_quoted && !is_qualified(reader) && database_postgres_is_word(name))
        return MCP_OK;
    if (reader->last == LAST_CATALOG_DOT && database_postgres_has_function(name))
        return MCP_OK; /* no other function can be meant */
    json_t *list =
        database_postgres_has_function(name) ? reader->scan->calls : reader->scan->other_calls;
    return remember(list, mcp_str_of(name), &ignored, reader->err);
}

static enum mcp_code too_long(const struct reader *reader) {
    return at_character(reader,
                        MCP_FAIL(reader->err, MCP_E_LIMIT, "a name is longer than %d bytes",
                                 DATABASE_SCAN_MAX_NAME),
                        reader->at);
}

/* Folded; *out_end is past it. */
static enum mcp_code read_name(const struct reader *reader, char *out_name, size_t *out_end) {
    size_t end = reader->at;
    while (end < reader->sql.len && continues_name(byte_at(reader, end)))
        end++;
    size_t len = end - reader->at;
    if (len > DATABASE_SCAN_MAX_NAME)
        return too_long(reader);
    for (size_t i = 0; i < len; i++) {
        char byte = reader->sql.ptr[reader->at + i];
        out_name[i] = (char)(byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte);
    }
    out_name[len] = '\0';
    *out_end = end;
    return MCP_OK;
}

/* U&"..." and U&'...' */
static bool begins_escapes(const struct reader *reader, const char *name, size_t end) {
    unsigned char quote = byte_at(reader, end + 1);
    return strcmp(name, "u") == 0 && byte_at(reader, end) == '&' && (quote == '\'' || quote == '"');
}

static enum mcp_code take_name(struct reader *reader) {
    char name[DATABASE_SCAN_MAX_NAME + 1] = "";
    size_t end = 0;
    MCP_TRY(read_name(reader, name, &end));
    if (begins_escapes(reader, name, end))
        return at_character(reader,
                            MCP_FAIL(reader->err, MCP_E_SYNTAX,
                                     "U& escapes are not available; write the characters"),
                            reader->at);
    if (reader->is_first)
        MCP_TRY(begin_statement(reader, name));
    bool is_prefix = name[1] == '\0' && strchr("ebxn", name[0]) != NULL;
    if (is_prefix && byte_at(reader, end) == '\'')
        return take_text(reader, end, name[0] == 'e');
    MCP_TRY(judge_name(reader, name, false, end));
    copy(reader, end);
    reader->last = after_name(reader, name);
    return MCP_OK;
}

static enum mcp_code take_quoted_name(struct reader *reader) {
    char name[DATABASE_SCAN_MAX_NAME + 1] = "";
    size_t len = 0;
    size_t end = skip_quoted(reader, reader->at, false);
    if (end == SIZE_MAX)
        return unended(reader, "a quoted name", reader->at);
    for (size_t i = reader->at + 1; i < end - 1; i++) {
        if (len == DATABASE_SCAN_MAX_NAME)
            return too_long(reader);
        name[len++] = reader->sql.ptr[i];
        i += byte_at(reader, i) == '"' ? 1 : 0;
    }
    if (reader->is_first)
        MCP_TRY(begin_statement(reader, "\""));
    MCP_TRY(judge_name(reader, name, true, end));
    copy(reader, end);
    reader->last = after_name(reader, name);
    return MCP_OK;
}

/* :name becomes $N, as wide as it was where that is possible, so that places stay true. */
static enum mcp_code take_placeholder(struct reader *reader) {
    size_t end = reader->at + 1;
    size_t number = 0;
    while (continues_name(byte_at(reader, end)) && end < reader->sql.len)
        end++;
    struct mcp_str name = {reader->sql.ptr + reader->at, end - reader->at};
    MCP_TRY(remember(reader->scan->parameters, name, &number, reader->err));
    struct mcp_buf *text = &reader->scan->text;
    if (reader->at > 0 && continues_name(byte_at(reader, reader->at - 1)))
        mcp_buf_addc(text, ' ');
    size_t before = text->len;
    mcp_buf_addf(text, "$%zu", number + 1);
    while (text->status == MCP_OK && text->len - before < name.len)
        mcp_buf_addc(text, ' ');
    reader->at = end;
    reader->last = LAST_OTHER;
    return MCP_OK;
}

static enum mcp_code take_other(struct reader *reader) {
    unsigned char byte = byte_at(reader, reader->at);
    if (reader->is_first && byte != '(' && byte != ';')
        MCP_TRY(begin_statement(reader, ""));
    if (byte == ':' && reader->has_names && begins_name(byte_at(reader, reader->at + 1)))
        return take_placeholder(reader);
    bool is_cast = byte == ':' && byte_at(reader, reader->at + 1) == ':';
    reader->has_ended = reader->has_ended || byte == ';';
    reader->last = byte != '.'                    ? LAST_OTHER
                   : reader->last == LAST_CATALOG ? LAST_CATALOG_DOT
                                                  : LAST_DOT;
    copy(reader, reader->at + (is_cast ? 2 : 1));
    return MCP_OK;
}

static enum mcp_code take_number(struct reader *reader) {
    size_t end = reader->at;
    if (reader->is_first)
        MCP_TRY(begin_statement(reader, ""));
    while (is_digit(byte_at(reader, end)))
        end++;
    copy(reader, end);
    reader->last = LAST_OTHER;
    return MCP_OK;
}

static enum mcp_code take_one(struct reader *reader) {
    unsigned char byte = byte_at(reader, reader->at);
    if (reader->has_ended && byte != ';')
        return MCP_FAIL(reader->err, MCP_E_DENIED,
                        "one statement at a time: text follows the first one");
    if (begins_name(byte))
        return take_name(reader);
    if (is_digit(byte))
        return take_number(reader);
    if (byte == '"')
        return take_quoted_name(reader);
    if (byte == '\'' && !reader->is_first)
        return take_text(reader, reader->at, false);
    if (byte == '$' && !reader->is_first)
        return take_dollar(reader);
    return take_other(reader);
}

static enum mcp_code take_all(struct reader *reader) {
    while (reader->at < reader->sql.len) {
        size_t next = skip_blank(reader, reader->at);
        if (next == SIZE_MAX)
            return unended(reader, "a comment", reader->at);
        copy(reader, next);
        if (reader->at < reader->sql.len)
            MCP_TRY(take_one(reader));
    }
    if (reader->is_first)
        return MCP_FAIL(reader->err, MCP_E_SYNTAX, "no statement: the query is empty");
    return mcp_buf_finish(&reader->scan->text, reader->err);
}

static enum mcp_code check_text(struct mcp_str sql, struct mcp_err *err) {
    if (sql.len > DATABASE_SCAN_MAX_BYTES)
        return MCP_FAIL(err, MCP_E_LIMIT, "the query is longer than %d bytes",
                        DATABASE_SCAN_MAX_BYTES);
    if (sql.len > 0 && memchr(sql.ptr, '\0', sql.len) != NULL)
        return MCP_FAIL(err, MCP_E_SYNTAX, "the query holds a NUL byte");
    if (mcp_utf8_valid_prefix(sql) != sql.len)
        return MCP_FAIL(err, MCP_E_SYNTAX, "the query is not UTF-8");
    return MCP_OK;
}

void database_scan_deinit(struct database_scan *scan) {
    mcp_buf_deinit(&scan->text);
    mcp_json_decref(&scan->parameters);
    mcp_json_decref(&scan->calls);
    mcp_json_decref(&scan->other_calls);
    mcp_json_decref(&scan->attributes);
}

enum mcp_code database_scan_make(struct mcp_str sql, bool has_names, struct database_scan *out_scan,
                                 struct mcp_err *err) {
    MCP_TRY(check_text(sql, err));
    struct database_scan scan = {.text = MCP_BUF_INIT((size_t)2 * DATABASE_SCAN_MAX_BYTES),
                                 .parameters = json_array(),
                                 .calls = json_array(),
                                 .other_calls = json_array(),
                                 .attributes = json_array()};
    struct reader reader = {
        .sql = sql, .has_names = has_names, .is_first = true, .scan = &scan, .err = err};
    bool has_lists = scan.parameters != NULL && scan.calls != NULL && scan.other_calls != NULL &&
                     scan.attributes != NULL;
    enum mcp_code code = has_lists ? take_all(&reader) : out_of_memory(err);
    if (code == MCP_OK)
        *out_scan = scan;
    else
        database_scan_deinit(&scan);
    return code;
}
