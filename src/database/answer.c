/* SPDX-License-Identifier: MIT */
/* answer.c - see answer.h. Pure: no I/O, no clock, no log. */
#include "database/answer.h"

#include <inttypes.h>
#include <string.h>

#include "mcp/blob.h"

enum {
    MAX_ANSWER_BYTES = 160 << 20, /* the largest result cap, escaped once more as text */
    MAX_NAME_BYTES = 4096
};

static enum mcp_code add_member(const struct database_reply *reply, const char *key,
                                struct mcp_buf *out, struct mcp_err *err) {
    mcp_buf_addf(out, ",\"%s\":", key);
    return mcp_json_write(json_object_get(reply->done, key), out, err);
}

static enum mcp_code add_head(const struct database_reply *reply, struct mcp_buf *out,
                              struct mcp_err *err) {
    mcp_buf_add(out, MCP_STR("{\"columns\":"));
    mcp_buf_add(out, reply->columns);
    MCP_TRY(add_member(reply, "types", out, err));
    mcp_buf_add(out, MCP_STR(",\"rows\":["));
    return mcp_buf_finish(out, err);
}

static enum mcp_code add_tail(const struct database_reply *reply, const char *query,
                              struct mcp_buf *out, struct mcp_err *err) {
    mcp_buf_add(out, MCP_STR("],\"row_count\":"));
    mcp_json_add_integer(out, json_integer_value(json_object_get(reply->done, "row_count")));
    mcp_buf_add(out, MCP_STR(",\"query\":"));
    mcp_json_add_string(out, mcp_str_of(query));
    mcp_buf_addf(out, ",\"truncated\":%s,\"elapsed_ms\":%" PRIu64,
                 json_is_true(json_object_get(reply->done, "truncated")) ? "true" : "false",
                 reply->elapsed_ms);
    const json_t *warnings = json_object_get(reply->done, "warnings");
    if (json_array_size(warnings) > 0)
        MCP_TRY(add_member(reply, "warnings", out, err));
    mcp_buf_addc(out, '}');
    return mcp_buf_finish(out, err);
}

/* Put `head` before what is in `out`. */
static void insert(struct mcp_buf *out, struct mcp_str head) {
    size_t len = out->len;
    if (mcp_buf_reserve(out, head.len) == NULL)
        return;
    memmove(out->data + head.len, out->data, len);
    memcpy(out->data, head.ptr, head.len);
    mcp_buf_commit(out, head.len);
}

enum mcp_code database_answer_rows(const struct database_reply *reply, const char *query,
                                   struct mcp_buf *out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf head = MCP_BUF_INIT(MAX_ANSWER_BYTES);
    MCP_TRY(add_head(reply, &head, err));
    if (reply->storage != NULL) {
        mcp_buf_deinit(out);
        out->data = reply->storage->data;
        out->cap = reply->storage->cap;
        (void)mcp_buf_take(reply->storage, &out->len);
        insert(out, mcp_buf_view(&head));
    } else {
        mcp_buf_add(out, mcp_buf_view(&head));
        mcp_buf_add(out, reply->rows);
    }
    return add_tail(reply, query, out, err);
}

static enum mcp_code carry(struct mcp_result *out_result, const char *key, struct mcp_buf *json,
                           struct mcp_err *err) {
    MCP_TRY(mcp_buf_finish(json, err));
    MCP_AUTO(mcp_blob_unrefp) struct mcp_blob *encoded = mcp_blob_take(json);
    if (encoded == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    mcp_result_set_encoded(out_result, key, encoded);
    return MCP_OK;
}

/* Both halves of a tool's answer, each encoded once: `structured` (its storage is taken) and the
 * same as the text of the content, or `text` instead of it. */
static enum mcp_code answer(struct mcp_buf *structured, const struct mcp_str *text,
                            struct mcp_result *out_result, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf content = MCP_BUF_INIT((size_t)2 * MAX_ANSWER_BYTES);
    mcp_buf_add(&content, MCP_STR("[{\"type\":\"text\",\"text\":"));
    if (text != NULL)
        mcp_json_add_string(&content, *text);
    else
        mcp_json_add_json_string(&content, mcp_buf_view(structured));
    mcp_buf_add(&content, MCP_STR("}]"));
    MCP_TRY(carry(out_result, "content", &content, err));
    return carry(out_result, "structuredContent", structured, err);
}

enum mcp_code database_answer_query(const struct database_reply *reply, const char *query,
                                    struct mcp_result *out_result, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf structured = MCP_BUF_INIT(MAX_ANSWER_BYTES);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(MAX_ANSWER_BYTES);
    MCP_TRY(database_answer_rows(reply, query, &structured, err));
    if (reply->text.len == 0)
        return answer(&structured, NULL, out_result, err);
    mcp_buf_add(&text, reply->text);
    if (json_is_true(json_object_get(reply->done, "truncated")))
        mcp_buf_add(&text, MCP_STR("\n(truncated: more rows exist)\n"));
    MCP_TRY(mcp_buf_finish(&text, err));
    const struct mcp_str view = mcp_buf_view(&text);
    return answer(&structured, &view, out_result, err);
}

enum mcp_code database_answer_json(const json_t *body, struct mcp_result *out_result,
                                   struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(MAX_ANSWER_BYTES);
    MCP_TRY(mcp_json_write(body, &text, err));
    return answer(&text, NULL, out_result, err);
}

enum mcp_code database_answer_validation(const struct database_reply *reply,
                                         struct mcp_result *out_result, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(MAX_ANSWER_BYTES);
    mcp_buf_add(&text, MCP_STR("{\"valid\":true,\"columns\":"));
    mcp_buf_add(&text, reply->columns);
    MCP_TRY(add_member(reply, "types", &text, err));
    MCP_TRY(add_member(reply, "parameters", &text, err));
    mcp_buf_addc(&text, '}');
    MCP_TRY(mcp_buf_finish(&text, err));
    return answer(&text, NULL, out_result, err);
}

/* The first name of the text, out of its quotes when it has them. */
static json_t *first_name(const char *text) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf name = MCP_BUF_INIT(MAX_NAME_BYTES);
    if (text[0] != '"')
        return json_stringn(text, strcspn(text, " "));
    for (text++; *text != '\0' && (text[0] != '"' || text[1] == '"'); text++) {
        if (*text == '"')
            text++;
        mcp_buf_addc(&name, *text);
    }
    return name.data != NULL ? json_string(name.data) : NULL;
}

/* What follows the mark in the text, or NULL. */
static const char *after(const char *text, const char *mark) {
    const char *found = strstr(text, mark);
    return found != NULL ? found + strlen(mark) : NULL;
}

/* PostgreSQL says "Seq Scan on sales s (rows=9)", with "CTE c: " before it perhaps. */
static const char *postgres_scan(const char *detail) {
    static const char seq_scan[] = "Seq Scan on ";
    if (strncmp(detail, seq_scan, sizeof seq_scan - 1) == 0)
        return detail + sizeof seq_scan - 1;
    const char *name = after(detail, ": Seq Scan on ");
    const char *rows = strchr(detail, '(');
    return name != NULL && (rows == NULL || name < rows) ? name : NULL;
}

/* SQLite: "SCAN sales" reads the table whole; "SCAN sales USING COVERING INDEX x" the index, which
 * is as long; "SCAN CONSTANT ROW" and "SCAN 2-ROW VALUES CLAUSE" read nothing. */
static const char *sqlite_scan(const char *detail) {
    static const char scan[] = "SCAN ";
    if (strncmp(detail, scan, sizeof scan - 1) != 0)
        return NULL;
    const char *name = detail + sizeof scan - 1;
    bool is_nothing = strncmp(name, "CONSTANT ROW", 12) == 0 || strstr(name, "VALUES") != NULL ||
                      strstr(name, "VIRTUAL TABLE") != NULL || name[0] == '(';
    return is_nothing ? NULL : name;
}

static enum mcp_code add_scan(json_t *scans, const char *detail, struct mcp_err *err) {
    const char *name = detail != NULL ? sqlite_scan(detail) : NULL;
    if (name == NULL && detail != NULL)
        name = postgres_scan(detail);
    if (name == NULL || json_array_append_new(scans, first_name(name)) == 0)
        return MCP_OK;
    return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
}

enum mcp_code database_answer_plan(const struct database_reply *reply,
                                   struct mcp_result *out_result, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(MAX_ANSWER_BYTES);
    json_t *rows MCP_AUTO(mcp_json_decref) = NULL;
    json_t *scans MCP_AUTO(mcp_json_decref) = json_array();
    size_t i = 0;
    json_t *row = NULL;
    mcp_buf_addc(&text, '[');
    mcp_buf_add(&text, reply->rows);
    mcp_buf_addc(&text, ']');
    MCP_TRY(mcp_buf_finish(&text, err));
    MCP_TRY(mcp_json_parse(mcp_buf_view(&text), &rows, err));
    json_array_foreach(rows, i, row) {
        (void)json_object_del(row, "notused");
        MCP_TRY(add_scan(scans, json_string_value(json_object_get(row, "detail")), err));
    }
    json_t *body MCP_AUTO(mcp_json_decref) =
        json_pack("{s:O, s:O}", "plan", rows, "full_scans", scans);
    if (body == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    return database_answer_json(body, out_result, err);
}

enum mcp_code database_answer_resource_text(const char *uri, struct mcp_str text,
                                            struct mcp_result *out_result, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf contents = MCP_BUF_INIT(MAX_ANSWER_BYTES);
    mcp_buf_add(&contents, MCP_STR("[{\"uri\":"));
    mcp_json_add_string(&contents, mcp_str_of(uri));
    mcp_buf_add(&contents, MCP_STR(",\"mimeType\":\"application/json\",\"text\":"));
    mcp_json_add_json_string(&contents, text);
    mcp_buf_add(&contents, MCP_STR("}]"));
    return carry(out_result, "contents", &contents, err);
}

enum mcp_code database_answer_resource(const char *uri, const json_t *body,
                                       struct mcp_result *out_result, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(MAX_ANSWER_BYTES);
    MCP_TRY(mcp_json_write(body, &text, err));
    return database_answer_resource_text(uri, mcp_buf_view(&text), out_result, err);
}
